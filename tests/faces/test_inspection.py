"""What a model, its layers, its optimizer and its schedules say of themselves, as in Keras."""

import numpy as np
import pytest

import trilobite
from trilobite import layers

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
X = np.random.default_rng(0).uniform(-1, 1, (40, 6))
Y = np.arange(40) % 3


def compiled(k):
    hidden = k.layers.Dense(4, activation="relu", name="hidden")
    scaled, output = k.layers.BatchNormalization(name="scaled"), k.layers.Dense(3, name="output")
    net = [k.Input((6,)), hidden, scaled, output, k.layers.Softmax(name="softmax")]
    model = k.Sequential(net, name="net")
    optimizer = k.optimizers.Adam(learning_rate=0.25)
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def test_as_in_keras(keras):
    theirs, ours = compiled(keras), compiled(trilobite)
    for model in (theirs, ours):
        model.fit(X, Y, verbose=0)
    for name in ("name", "built", "trainable", "loss", "stop_training", "dtype", "compute_dtype"):
        assert getattr(ours, name) == getattr(theirs, name), name
    for names in (
        "weights",
        "variables",
        "trainable_variables",
        "trainable_weights",
        "non_trainable_variables",
        "non_trainable_weights",
    ):
        for a, b in zip(getattr(ours, names), getattr(theirs, names), strict=True):
            assert (a.name, a.shape, a.dtype) == (b.name, tuple(b.shape), b.dtype)
            assert a.numpy().dtype == np.asarray(b).dtype and np.ndim(a) == len(b.shape)
    for a, b in zip(ours.layers, theirs.layers, strict=True):
        for name in ("name", "built", "trainable", "dtype", "compute_dtype"):
            assert getattr(a, name) == getattr(b, name), name
        assert a.count_params() == b.count_params()
        assert len(a.get_config()) > 3
        assert a.input.shape == b.input.shape and a.output.shape == b.output.shape
    assert ours.layers[0].activation.__name__ == theirs.layers[0].activation.__name__ == "relu"
    assert ours.layers[0].compute_output_shape((None, 6)) == (None, 4)
    assert ours.inputs[0].shape == theirs.inputs[0].shape == (None, 6)
    ours_kept, theirs_kept = (
        sorted(tuple(v.shape) for v in model.optimizer.variables) for model in (ours, theirs)
    )
    assert ours_kept == theirs_kept
    assert [v.name for v in ours.optimizer.variables[:2]] == ["iteration", "learning_rate"]
    assert ours.metrics_names[0] == theirs.metrics_names[0] == "loss"
    assert [metric.name for metric in ours.metrics] == ["accuracy"]
    ours.reset_metrics()


def test_variables():
    model = compiled(trilobite)
    kernel = model.layers[0].kernel
    assert "path=hidden/kernel, shape=(6, 4), dtype=float32" in repr(kernel)
    assert kernel.name == "kernel" and kernel.path == "hidden/kernel" and kernel.trainable
    given = np.arange(24.0).reshape(6, 4)
    assert kernel.assign(given) is kernel
    for array in (kernel, kernel.value, kernel.numpy(), np.array(kernel), model.get_weights()[0]):
        assert np.array_equal(array, given)
    kernel.assign_add(given)
    kernel.assign_sub(given / 2)
    np.testing.assert_array_equal(kernel, 1.5 * given)
    assert (kernel + 1)[0, 1] == 2.5 and (2 * kernel).sum() == 3 * given.sum()
    assert np.exp(kernel).shape == kernel.T.shape[::-1] and len(kernel) == 6
    assert kernel[1].tolist() == (1.5 * given[1]).tolist()
    with pytest.raises(ValueError, match=r"kernel of layer 'hidden': got shape \(2,\), expected"):
        kernel.assign([1, 2])
    assert not model.layers[1].moving_mean.trainable
    assert layers.Dense(3, use_bias=False).weights == []
    for variable in model.weights:
        variable.assign(np.full(variable.shape, 0.25))
    assert all((w == 0.25).all() for w in model.get_weights())


def test_learning_rate(keras):
    for optimizer in (keras.optimizers.SGD(0.5), trilobite.optimizers.SGD(0.5)):
        rate = optimizer.learning_rate
        assert float(rate) == rate * 1 == rate.numpy() == rate.value == 0.5
        rate.assign(0.25)
        assert optimizer.learning_rate == 0.25
        optimizer.learning_rate = np.float32(0.125)
        assert optimizer.learning_rate.numpy() == 0.125
    assert f"{optimizer.learning_rate:.3f}" == str(optimizer.learning_rate) == "0.125"
    optimizer.variables[1].assign(0.75)
    assert optimizer.learning_rate == 0.75


def test_variables_of_an_optimizer():
    model = compiled(trilobite)
    model.fit(X, Y, verbose=0)
    steps, _, first, *_ = model.optimizer.variables
    assert int(steps) == model.optimizer.iterations == 2
    assert first.path == "adam/momentum/dense/kernel" and np.any(first.numpy())
    first.assign(np.zeros((6, 4)))
    assert not np.any(model.optimizer.variables[2])
    steps.assign(7)
    assert model.optimizer.iterations == 7


@pytest.mark.parametrize(
    "name, arguments",
    [
        ("ExponentialDecay", (0.5, 3, 0.5)),
        ("PiecewiseConstantDecay", ([2, 5], [0.5, 0.25, 0.125])),
        ("PolynomialDecay", (0.5, 7)),
        ("InverseTimeDecay", (0.5, 3, 0.5)),
        ("CosineDecay", (0.5, 7)),
        ("CosineDecayRestarts", (0.5, 3)),
    ],
)
def test_schedules_take_arrays(name, arguments):
    schedule = getattr(trilobite.optimizers.schedules, name)(*arguments)
    steps = np.arange(12).reshape(3, 4)
    rates = schedule(steps)
    assert rates.shape == steps.shape and type(schedule(3)) is float
    assert rates.ravel().tolist() == [schedule(step) for step in range(12)]
