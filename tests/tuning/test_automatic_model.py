"""`fit_automatically` of a model: what a refused call leaves, and which weights it goes on from."""

import numpy as np
import pytest

import trilobite as keras
from trilobite import layers, tuning

RNG = np.random.default_rng(0)
X = RNG.normal([500, 3], [100, 0.1], (120, 2))
Y = 3000 + X @ [1.0, 20.0]


class Raises(keras.callbacks.Callback):
    def __init__(self, hook):
        super().__init__()
        setattr(self, hook, self.fail)

    def fail(self, *_):
        raise RuntimeError


def made(built, inner=False):
    keras.utils.set_random_seed(0)
    first = [keras.Input((2,))] if built else []
    hidden = [layers.Dense(4, "relu"), layers.Dense(3)]
    hidden = [keras.Sequential(hidden)] if inner else hidden
    return keras.Sequential([*first, *hidden, layers.Dense(1)])


@pytest.mark.parametrize("inner", [False, True])
@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("built", [False, True])
@pytest.mark.parametrize("callbacks", [[3], [Raises("on_train_begin")], [Raises("set_model")]])
def test_a_refused_call_changes_nothing(callbacks, built, compiled, inner):
    """Layers, weights, what was compiled; and it trains on as one that was never handed in."""
    model = made(built, inner)
    if compiled:
        model.compile(keras.optimizers.SGD(1e-7), "mse")
    config, weights = model.get_config(), model.get_weights()
    with pytest.raises((TypeError, RuntimeError)):
        tuning.fit_automatically(model, X, Y, callbacks=callbacks, epochs=1)
    assert model.get_config() == config and model.built == built
    assert (model.compiled_with is not None) == compiled
    for one, other in zip(model.get_weights(), weights, strict=True):
        np.testing.assert_array_equal(one, other)
    fresh, histories = made(built, inner), []
    for each in (fresh, model):
        keras.utils.set_random_seed(5)
        if not compiled or each is fresh:
            each.compile(keras.optimizers.SGD(1e-7), "mse")
        each._seed = 0
        histories.append(each.fit(X, Y, epochs=2, verbose=0).history)
    assert histories[0] == histories[1]


def test_callbacks_are_checked_before_anything_is_tried(monkeypatch):
    monkeypatch.setattr("trilobite.tuning.automatic.learning_rate_range", None)
    with pytest.raises(TypeError, match="callbacks: got 3"):
        tuning.fit_automatically(made(True), X, Y, callbacks=[3])


def test_an_error_after_training_has_begun_keeps_what_was_learned():
    model = made(True)
    with pytest.raises(RuntimeError):
        tuning.fit_automatically(model, X, Y, callbacks=[Raises("on_epoch_end")], epochs=5)
    assert model.epochs_begun == 1 and model.layers[-1].name == "scale_of_y"


def by_hand():
    """Weights with which the model is right."""
    return [np.eye(2), np.zeros(2), np.array([[1.0], [20.0]]), [3000.0]]


@pytest.mark.parametrize("how", ["set_weights", "of_a_layer", "assign", "load_weights", "file"])
def test_weights_that_were_set_are_gone_on_from(how, tmp_path):
    def net():
        return keras.Sequential([keras.Input((2,)), layers.Dense(2), layers.Dense(1)])

    model, good = net(), net()
    good.set_weights(by_hand())
    if how == "set_weights":
        model.set_weights(by_hand())
    elif how == "of_a_layer":
        for k, layer in enumerate(model.layers):
            layer.set_weights(by_hand()[2 * k : 2 * k + 2])
    elif how == "assign":
        for variable, array in zip(model.weights, by_hand(), strict=True):
            variable.assign(array)
    elif how == "load_weights":
        good.save_weights(tmp_path / "net.weights.h5")
        model.load_weights(tmp_path / "net.weights.h5")
    else:
        good.save(tmp_path / "net")
        model = keras.models.load_model(tmp_path / "net")
    found = tuning.fit_automatically(model, X, Y, epochs=2)
    assert len(model.layers) == 2 and "y" not in found.reasons
    name = model.layers[0].name
    assert found.reasons["x"] == f"left as it is: the weights of layer {name!r} have been set"
    assert found.history["loss"][0] < 0.1 * Y.var()


def test_weights_that_were_drawn_are_not_taken_for_set():
    """Of many initializers, copied; of a function of one's own, which draws others each time."""

    def own(shape, dtype=None):
        return RNG.normal(size=shape).astype(dtype)

    for kind in ("glorot_normal", "orthogonal", keras.initializers.RandomNormal(), own):
        dense = layers.Dense(4, "relu", kernel_initializer=kind)
        model = keras.Sequential([keras.Input((2,), dtype="float64"), dense, layers.PReLU()])
        model.add(layers.Dense(1))
        found = tuning.fit_automatically(model.__copy__(), X, Y, epochs=1)
        assert "mean 0 and variance 1" in found.reasons["x"] and "y" in found.reasons


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
@pytest.mark.parametrize("loss", ["mse", "mae"])
def test_the_unit_of_y_does_not_matter(optimizer, loss):
    """Prices in cents or in millions: rates of SGD are tried where they are of use."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((400, 3))
    y = x @ [1.0, -2.0, 0.5] + np.tanh(x[:, 0] * x[:, 1])
    for unit in (1e-4, 1.0, 1e6):
        keras.utils.set_random_seed(1)
        model = keras.Sequential([keras.Input((3,)), layers.Dense(16, "relu"), layers.Dense(1)])
        model.compile(optimizer, loss)
        tuning.fit_automatically(model, x, y * unit + 3 * unit, epochs=30)
        error = model.predict(x, verbose=0)[:, 0] / unit - 3 - y
        assert np.mean(error**2) < 0.1 * np.var(y), unit
