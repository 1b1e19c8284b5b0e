"""get_config and from_config: what was declared is written down and made again."""

import inspect
import json
import math

import numpy as np
import pytest

import trilobite as keras
from trilobite import layers
from trilobite._declare import declaration
from trilobite._declare.declaration import Declaration, describe, restore
from trilobite.optimizers import schedules

NOT_BY_NAME = {"deserialize", "get", "serialize", "threshold"}
# Arguments without a default, and a few others than the defaults.
ARGUMENTS = {
    "Input": {"shape": (3, 4)},
    "Dense": {
        "units": 3,
        "activation": "relu",
        "kernel_initializer": keras.initializers.HeNormal(seed=3),
        "kernel_regularizer": keras.regularizers.L1L2(0.1, 0.2),
        "name": "mine",
    },
    "Activation": {"activation": "tanh"},
    "Dropout": {"rate": 0.25, "seed": 4},
    "AlphaDropout": {"rate": 0.25, "seed": 4},
    "GaussianDropout": {"rate": 0.25, "seed": 4},
    "GaussianNoise": {"stddev": 0.25, "seed": 4},
    "Reshape": {"target_shape": (2, -1)},
    "PrecisionAtRecall": {"recall": 0.5},
    "RecallAtPrecision": {"precision": 0.5},
    "SensitivityAtSpecificity": {"specificity": 0.5},
    "SpecificityAtSensitivity": {"sensitivity": 0.5},
    "Rescaling": {"scale": 1 / 255, "offset": -1},
    "Adam": {"learning_rate": schedules.CosineDecay(0.1, 100, warmup_target=0.2, warmup_steps=5)},
    "SGD": {"learning_rate": 0.5, "momentum": 0.9, "nesterov": True, "clipnorm": 1.0},
    "Huber": {"delta": 0.5, "name": "mine"},
    "RandomNormal": {"stddev": 0.5, "seed": 7},
    "ExponentialDecay": {"initial_learning_rate": 0.1, "decay_steps": 10, "decay_rate": 0.9},
    "InverseTimeDecay": {"initial_learning_rate": 0.1, "decay_steps": 10, "decay_rate": 0.9},
    "PiecewiseConstantDecay": {"boundaries": [1, 5], "values": [0.3, 0.2, 0.1]},
    "PolynomialDecay": {"initial_learning_rate": 0.1, "decay_steps": 10},
    "CosineDecay": {"initial_learning_rate": 0.1, "decay_steps": 10},
    "CosineDecayRestarts": {"initial_learning_rate": 0.1, "first_decay_steps": 10},
}
BASES = {"Layer", "Loss", "Metric", "Crossentropy", "Initializer", "Optimizer"}
BASES |= {"Regularizer", "LearningRateSchedule", "RandomInitializer", "VarianceScaling"}
BASES |= {"Constraint", "Lambda", "MeanMetricWrapper"}  # the last two are of functions


def public_classes():
    for module in declaration._MODULES.values():
        found = vars(module)
        for name, value in sorted(found.items()):
            if inspect.isclass(value) and issubclass(value, Declaration):
                if name == value.__name__ and name not in BASES and name[0] != "_":
                    yield pytest.param(value, id=f"{module}.{name}")


@pytest.mark.parametrize("cls", list(public_classes()))
def test_every_class_comes_back(cls):
    made = cls(**ARGUMENTS.get(cls.__name__, {}))
    config = made.get_config()
    text = json.dumps(config, allow_nan=False)
    again = cls.from_config(json.loads(text))
    assert type(again) is cls
    assert again.get_config() == config
    for name, value in ARGUMENTS.get(cls.__name__, {}).items():
        if not isinstance(value, Declaration):
            assert getattr(again, name) == getattr(made, name)
            assert config[name] == describe(name, value)
    described = describe("it", made)
    assert restore(json.loads(json.dumps(described))).get_config() == config


def test_the_list_of_modules_is_complete():
    def subclasses(cls):
        return {cls}.union(*map(subclasses, cls.__subclasses__()))

    own = {c for c in subclasses(Declaration) if c.__module__.startswith("trilobite.")}
    private = {c for c in own if c.__name__[0] == "_" or c is Declaration}
    private |= {c for c in own if getattr(c, "is_own", False)}  # functions cannot be written down
    assert len(own) > 60
    assert not [c for c in own - private if declaration._module_of(c) is None]


def test_the_learning_rate_is_the_present_one():
    optimizer = keras.optimizers.Adam(0.1)
    optimizer.learning_rate = 0.025
    assert keras.optimizers.Adam.from_config(optimizer.get_config()).learning_rate == 0.025


def test_an_initializer_without_a_seed_draws_anew():
    given, drawn = keras.initializers.HeNormal(seed=3), keras.initializers.HeNormal()
    assert type(given).from_config(given.get_config()).seed == 3
    assert type(drawn).from_config(drawn.get_config()).seed != drawn.seed


@pytest.mark.parametrize(
    "value, plain",
    [
        (math.nan, {"float": "nan"}),
        (-math.inf, {"float": "-inf"}),
        (np.float32(0.1), 0.10000000149011612),
        (np.array([[1, 2]]), [[1, 2]]),
        ((1, (True, None), "a"), [1, [True, None], "a"]),
        (layers.Flatten, {"module": "layers", "class_name": "Flatten"}),
    ],
)
def test_values(value, plain):
    assert describe("it", value) == plain
    back = restore(plain)
    assert back == plain or back is value or back != back or back == value


class Mine(keras.initializers.Initializer):
    def __call__(self, shape, dtype=None):
        return np.ones(shape, dtype)


@pytest.mark.parametrize("initializer", [Mine(), lambda shape, dtype=None: np.ones(shape)])
def test_what_cannot_be_written_down(initializer):
    layer = layers.Dense(3, kernel_initializer=initializer, name="hidden")
    with pytest.raises(TypeError, match="kernel_initializer of Dense 'hidden': got"):
        layer.get_config()
    with pytest.raises(TypeError, match="kernel_initializer of Dense 'hidden': got"):
        keras.Sequential([layer]).get_config()


@pytest.mark.parametrize(
    "description",
    [
        {"module": "os", "class_name": "system", "config": {}},
        {"module": "layers", "class_name": "np", "config": {}},
        {"module": "layers", "class_name": "__class__", "config": {}},
        {"module": "layers", "class_name": 3, "config": {}},
        {"module": "layers", "class_name": "Dense", "config": {"units": 3}, "more": 1},
        {"module": ["layers"], "class_name": "Dense"},
        {"class_name": "Dense", "config": {"units": 3}},
        {},
    ],
)
def test_only_classes_of_declarations_are_made(description):
    with pytest.raises(ValueError, match="expected a"):
        restore(description)


def model():
    return keras.Sequential(
        [keras.Input((4,)), layers.Dense(8, "relu", name="hidden"), layers.Dense(1)], name="net"
    )


def test_a_model_comes_back():
    made = model()
    again = keras.Sequential.from_config(json.loads(json.dumps(made.get_config())))
    assert again.get_config() == made.get_config()
    assert (again.name, again.layers[0].name) == ("net", "hidden")
    assert again.count_params() == made.count_params()
    from_json = keras.models.model_from_json(made.to_json(indent=2))
    assert from_json.get_config() == made.get_config()
    with pytest.raises(ValueError, match="json_string: expected"):
        keras.models.model_from_json("[]")


@pytest.mark.parametrize("name", sorted(set(keras.activations.__all__) - NOT_BY_NAME))
def test_activations_come_back_by_name(name):
    """Also those that stand for numbers of their own."""
    for layer in layers.Dense(2, name), layers.Activation(name):
        config = layer.get_config()
        again = type(layer).from_config(json.loads(json.dumps(config)))
        assert again.activation is layer.activation
        assert config["activation"] in (name, layer.activation.__name__, "gelu_tanh")


def test_clone_draws_its_own_weights():
    made = model()
    clone = keras.models.clone_model(made)
    assert clone.get_config() == made.get_config()
    assert (clone.get_weights()[0] != made.get_weights()[0]).all()


def test_a_model_without_input_comes_back_unbuilt():
    made = keras.Sequential([layers.Flatten(), layers.Dense(2)])
    again = keras.Sequential.from_config(made.get_config())
    assert not again.built and len(again.layers) == 2
