"""Normalization by numbers that are known before training, beside Keras's."""

import numpy as np
import pytest

import trilobite
from trilobite import layers

RNG = np.random.default_rng(0)
X = RNG.normal(3, 5, (64, 6)).astype("float32") * [1, 2, 3, 1, 1, 0]  # the last column is constant
Y = RNG.normal(size=(64, 2)).astype("float32")

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


def normalized(k, given):
    """A model of two Dense layers behind a Normalization, adapted unless numbers are given."""
    layer = k.layers.Normalization(**given)
    if "mean" not in given:
        layer.adapt(X)
    model = k.Sequential([k.Input((6,)), layer, k.layers.Dense(5, "tanh"), k.layers.Dense(2)])
    rng = np.random.default_rng(1)
    for dense in model.layers[1:]:
        dense.set_weights([rng.normal(size=w.shape) / 3 for w in dense.get_weights()])
    model.compile(k.optimizers.SGD(0.0625), "mse")
    return model


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"axis": None},
        {"axis": None, "mean": 2.0, "variance": 4.0},
        {"mean": [1.0, 2, 3, 4, 5, 6], "variance": [1.0, 2, 3, 4, 5, 6]},
    ],
    ids=str,
)
def test_same_as_keras(keras, given):
    theirs, ours = (normalized(k, given) for k in (keras, trilobite))
    np.testing.assert_allclose(ours.predict(X, verbose=0), theirs.predict(X, verbose=0), 1e-4, 1e-5)
    options = dict(batch_size=16, epochs=4, shuffle=False, verbose=0)
    ours, theirs = ours.fit(X, Y, **options).history, theirs.fit(X, Y, **options).history
    np.testing.assert_allclose(ours["loss"], theirs["loss"], 1e-4)


def test_training_leaves_it():
    """Also within a model; what is before it is trained all the same."""
    first, within = layers.Normalization(), layers.Normalization(mean=0.5, variance=4.0)
    first.adapt(X)
    model = trilobite.Sequential([first, layers.Dense(5), within, layers.Dense(2)])
    assert model.built and model.input_shape == (None, 6)
    before = model.get_weights()
    model.compile("sgd", "mse")
    model.fit(X, Y, epochs=2, verbose=0)
    moved = [(a != b).any() for a, b in zip(before, model.get_weights(), strict=True)]
    assert moved == [False, False, True, True, False, False, True, True]
    assert not len(first.trainable_weights) and len(first.non_trainable_weights) == 2


def test_adapted_anew_and_copied(tmp_path):
    layer = layers.Normalization()
    model = trilobite.Sequential([trilobite.Input((6,)), layer, layers.Dense(2)])
    before = model.predict(X, verbose=0)
    layer.adapt(X)
    after = model.predict(X, verbose=0)
    assert (before != after).any()
    np.testing.assert_allclose(layer.mean, X.mean(axis=0)[None], 1e-5)
    np.testing.assert_allclose(
        layer.variance, np.maximum(X.var(axis=0, keepdims=True), 1e-14), 1e-5
    )
    model.save(tmp_path / "model")
    again = trilobite.models.load_model(tmp_path / "model")
    assert again.predict(X, verbose=0).tobytes() == after.tobytes()


@pytest.mark.parametrize(
    "make, error, message",
    [
        (lambda: layers.Normalization(axis=0), ValueError, "axis: got 0"),
        (lambda: layers.Normalization(invert=True), ValueError, "invert: got True"),
        (lambda: layers.Normalization(mean=1.0), ValueError, "mean, variance: got 1.0, None"),
        (lambda: layers.Normalization(mean=0.0, variance=-1.0), ValueError, "no variance below 0"),
        (lambda: layers.Normalization().adapt(["a"]), TypeError, "data: got"),
        (lambda: layers.Normalization().adapt(X * np.nan), ValueError, "data: got"),
    ],
)
def test_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()
