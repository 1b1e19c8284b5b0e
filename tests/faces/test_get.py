"""`get`, `serialize` and `deserialize` of every kind take and return what Keras's do."""

import json

import pytest

import trilobite

KINDS = {  # module: (names that both know, an object)
    "regularizers": (["l1", "L2", "l1l2"], "L1L2(0.5, 0.25)"),
    "optimizers": (["sgd", "RMSprop", "adamw"], "SGD(0.5, momentum=0.25)"),
    "losses": (["MeanSquaredError", "Huber"], "BinaryCrossentropy(True)"),
    "metrics": (["mse", "AUC", "Precision", "binary_accuracy"], "TopKCategoricalAccuracy(2)"),
}
MODULES = sorted(KINDS)

# Keras's own, under NumPy 2
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


def of_keras_and_here(keras, module):
    return [getattr(k, module) for k in (keras, trilobite)]


@pytest.mark.parametrize("module", MODULES)
def test_get(keras, module):
    names, expression = KINDS[module]
    found = []
    for m in of_keras_and_here(keras, module):
        made = eval(expression, vars(m).copy())
        assert m.get(made) is made
        assert type(m.get(type(made))) is type(made) if module != "optimizers" else True
        found.append([type(m.get(name)).__name__ for name in names])
    assert found[0] == found[1]


@pytest.mark.parametrize("module", MODULES)
def test_what_is_serialized_comes_back(keras, module):
    """From data of ours, and from that of Keras, too."""
    for m in of_keras_and_here(keras, module):
        made = eval(KINDS[module][1], vars(m).copy())
        data = json.loads(json.dumps(m.serialize(made)))
        assert m.deserialize(data).get_config() == made.get_config()
    theirs, ours = (
        eval(KINDS[module][1], vars(getattr(k, module)).copy()) for k in (keras, trilobite)
    )
    found = getattr(trilobite, module).deserialize(getattr(keras, module).serialize(theirs))
    configs = [found.get_config(), ours.get_config()]
    for config in configs:
        config.pop("name", None), config.pop("dtype", None)
    assert configs[0] == configs[1]


def test_functions_by_name(keras):
    for k in (keras, trilobite):
        assert k.losses.get("mse") is k.losses.mean_squared_error
        assert k.losses.get("categorical_crossentropy") is k.losses.categorical_crossentropy
        assert k.losses.get(len) is len and k.metrics.get(len) is len
        assert k.activations.get("relu") is k.activations.relu
        assert k.activations.get(None) is k.activations.linear
        assert k.activations.get(len) is len
        assert k.activations.serialize(k.activations.relu) == "relu"
        assert k.activations.deserialize("relu") is k.activations.relu
    for module in ("losses", "metrics", "regularizers"):
        assert getattr(trilobite, module).get(None) is getattr(keras, module).get(None) is None


@pytest.mark.parametrize("module", [*MODULES, "activations", "initializers"])
def test_what_is_unknown_is_refused(keras, module):
    for m in of_keras_and_here(keras, module):
        for given in ("nothing", 3):
            with pytest.raises((ValueError, TypeError)):
                m.get(given)
    with pytest.raises(ValueError, match="class_name'.: got 'nothing', expected one of"):
        getattr(trilobite, module if module != "activations" else "losses").get(
            {"class_name": "nothing", "config": {}}
        )


def test_custom_objects():
    class Mine(trilobite.regularizers.L2):
        pass

    found = trilobite.regularizers.deserialize(
        {"class_name": "Mine", "config": {"l2": 3}}, {"Mine": Mine}
    )
    assert type(found) is Mine and found.l2 == 3


def test_layers(keras):
    for k in (keras, trilobite):
        made = k.layers.Dense(3, "relu", name="mine")
        config = k.layers.deserialize(k.layers.serialize(made)).get_config()
        assert config["units"] == 3 and config["name"] == "mine"


def test_schedules():
    schedules = trilobite.optimizers.schedules
    made = schedules.ExponentialDecay(0.5, 3, 0.25)
    assert schedules.deserialize(schedules.serialize(made)).get_config() == made.get_config()


def test_models_are_compiled_with_functions():
    model = trilobite.Sequential([trilobite.Input((2,)), trilobite.layers.Dense(1)])
    losses, metrics = trilobite.losses, trilobite.metrics
    model.compile("sgd", losses.mean_squared_error, metrics=[losses.mse, metrics.binary_accuracy])
    assert model.metrics_names == ["loss", "mean_squared_error", "binary_accuracy"]
    assert model.compiled_with["loss"].name == "mean_squared_error"
