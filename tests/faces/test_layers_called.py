"""Layers that are called with arrays; classes derived from models."""

import itertools

import numpy as np
import pytest

import trilobite as tl

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
CALLED = {
    "dense": lambda k: k.layers.Dense(3, "tanh", bias_initializer="ones"),
    "no bias": lambda k: k.layers.Dense(3, use_bias=False),
    "normalized": lambda k: k.layers.BatchNormalization(),
    "prelu": lambda k: k.layers.PReLU(),
    "softmax": lambda k: k.layers.Softmax(),
    "activation": lambda k: k.layers.Activation("gelu"),
    "dropout": lambda k: k.layers.Dropout(0.5),
    "noise": lambda k: k.layers.GaussianNoise(1.0),
    "flatten": lambda k: k.layers.Flatten(),
    "reshape": lambda k: k.layers.Reshape((2, 3)),
    "rescaling": lambda k: k.layers.Rescaling(2.0, -1.0),
}


@pytest.mark.parametrize("kind", CALLED)
def test_a_layer_called_with_an_array(keras, kind):
    """An array, as in Keras; weights are made by the first call, and a model has them then."""
    x = np.linspace(-1, 2, 24).reshape(4, 6).astype(np.float32)
    theirs, ours = (CALLED[kind](k) for k in (keras, tl))
    expected, got = np.asarray(theirs(x)), ours(x)
    assert isinstance(got, np.ndarray) and got.shape == expected.shape
    if ours.get_weights():
        theirs.set_weights(ours.get_weights())
        expected = np.asarray(theirs(x))
        assert ours.built
    np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-6)
    if got.ndim == 2 and ours.stages():
        model = tl.Sequential([tl.Input((6,)), ours])
        np.testing.assert_array_equal(model.predict(x), got)


def test_a_layer_called_wrongly():
    x = np.ones((4, 6), np.float32)
    dense = tl.layers.Dense(2)
    dense(x)
    for layer, given, message in (
        (dense, x[:, :3], r"got shape \(6, 2\), expected \(3, 2\)"),
        (dense, x[0], "x: got shape"),
        (dense, x * np.nan, "x: got nan in row 0"),
        (dense, "x", "x: got"),
    ):
        with pytest.raises((TypeError, ValueError), match=message):
            layer(given)
    with pytest.raises(ValueError, match="training: got True"):
        tl.layers.BatchNormalization()(x, training=True)


@pytest.mark.parametrize(
    ("base", "method"),
    [
        (tl.Sequential, "call"),
        *itertools.product([tl.Sequential, tl.Model], ["train_step", "test_step", "compute_loss"]),
    ],
)
def test_methods_of_ones_own_are_refused(base, method):
    """Where the class is made: nothing of it would ever be called."""
    mixin = type("Mixin", (), {method: lambda self, *args: None})
    for make in (
        lambda: type("Mine", (base,), {method: lambda self, *args: None}),
        lambda: type("Mine", (mixin, base), {}),
    ):
        with pytest.raises(TypeError, match=f"Mine: got a {method} of its own, expected a chain"):
            make()


def test_classes_with_an_init_of_their_own(tmp_path):
    class Net(tl.Sequential):
        def __init__(self, units):
            super().__init__()
            self.add(tl.Input((4,)))
            self.add(tl.layers.Dense(units))

    class Graph(tl.Model):
        def __init__(self, units):
            x = tl.Input((4,))
            super().__init__(x, tl.layers.Dense(units)(x))

    x, y = np.ones((8, 4)), np.zeros((8, 2))
    for model in (Net(2), Graph(2)):
        model.compile("sgd", "mse")
        model.fit(x, y, verbose=0)
        model.save(tmp_path / "net.safetensors")
        again = tl.models.load_model(tmp_path / "net.safetensors")
        np.testing.assert_array_equal(again.predict(x), model.predict(x))
        assert tl.models.clone_model(model).count_params() == 10
    with pytest.raises(TypeError, match=r"^Model.fit\(\) got an unexpected keyword argument 'foo'"):
        model.fit(x, y, foo=1)
    for name in ("evaluate", "predict", "train_on_batch", "build", "compile", "get_weights"):
        assert getattr(tl.Sequential, name).__qualname__ == f"Model.{name}"


def test_a_loss_and_metrics_in_lists():
    """Of the one output, as Keras takes them."""
    x, y = np.ones((8, 4)), np.zeros((8, 2))
    histories = []
    for loss, metrics in (("mse", ["mae"]), (["mse"], [["mae"]])):
        tl.utils.set_random_seed(1)
        model = tl.Sequential([tl.Input((4,)), tl.layers.Dense(2)])
        model.compile("sgd", loss, metrics=metrics)
        histories.append(model.fit(x, y, verbose=0).history)
        tl.models.clone_model(model).compile_from_config(model.get_compile_config())
    assert histories[0] == histories[1] and list(histories[0]) == ["loss", "mae"]
    with pytest.raises(TypeError, match="loss: got"):
        model.compile("sgd", ["mse", "mae"])
