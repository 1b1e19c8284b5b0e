"""Losses and metrics that are called by hand compute what Keras's do."""

import numpy as np
import pytest

import trilobite
from trilobite import losses, metrics

RNG = np.random.default_rng(0)
Y = RNG.dirichlet(np.ones(4), 6).astype("float32")
TARGETS = {
    "numbers": RNG.normal(size=Y.shape).astype("float32"),
    "bits": RNG.integers(0, 2, Y.shape),
    "one-hot": np.eye(4)[RNG.integers(0, 4, 6)],
    "classes": RNG.integers(0, 4, 6),
}
W = RNG.uniform(0, 2, 6).astype("float32")
OF_BITS = ("Binary", "Precision", "Recall", "AUC")
REDUCTIONS = ["mean", "sum", "mean_with_sample_weight", "none", None]


def targets(name):
    """Such as a class or function takes."""
    if name.lower().startswith("sparse"):
        return TARGETS["classes"]
    if name.startswith("F"):
        return TARGETS["bits"]
    if "ategorical" in name or name.startswith("KL"):
        return TARGETS["one-hot"]
    return TARGETS["bits" if name.startswith(OF_BITS) else "numbers"]


def assert_same(ours, theirs):
    theirs = np.asarray(theirs)
    assert ours.dtype == np.float32 and ours.shape == theirs.shape
    np.testing.assert_allclose(ours, theirs, 2e-5, 1e-6)


@pytest.mark.parametrize("cls", losses._CLASSES, ids=lambda c: c.__name__)
def test_losses(keras, cls):
    t, theirs = targets(cls.__name__), getattr(keras.losses, cls.__name__)
    assert_same(cls()(t, Y), theirs()(t, Y))
    assert_same(cls()(t, Y, W), theirs()(t, Y, W))
    if "Crossentropy" in cls.__name__:
        assert_same(cls(from_logits=True)(t, 5 * Y), theirs(from_logits=True)(t, 5 * Y))


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_reductions(keras, reduction):
    t = TARGETS["numbers"]
    ours, theirs = (k.losses.MeanSquaredError(reduction) for k in (trilobite, keras))
    for weights in (None, W, 0 * W):
        assert_same(ours(t, Y, weights), theirs(t, Y, weights))
    np.testing.assert_array_equal(ours(t, Y, W[:, None]), ours(t, Y, W))


@pytest.mark.parametrize("name", losses.functions.__all__)
def test_functions_of_losses(keras, name):
    t, ours = targets(name), getattr(losses, name)
    assert_same(ours(t, Y), getattr(keras.losses, ours.__name__)(t, Y))
    assert ours(t, Y.astype(float)).dtype == np.float64
    assert getattr(metrics, name) is ours


def test_arguments_of_functions(keras):
    def results(k):
        yield k.losses.huber(TARGETS["numbers"], Y, 0.5)
        yield k.losses.binary_crossentropy(TARGETS["bits"], Y, True, 0.25)
        yield k.losses.categorical_crossentropy(TARGETS["one-hot"], Y, True, 0.25)
        yield k.losses.sparse_categorical_crossentropy(TARGETS["classes"], Y, True)
        yield k.metrics.binary_accuracy(TARGETS["bits"], Y, 0.25)
        yield k.metrics.top_k_categorical_accuracy(TARGETS["one-hot"], Y, 2)
        yield k.metrics.sparse_top_k_categorical_accuracy(TARGETS["classes"], Y, 2)
        yield k.metrics.categorical_accuracy(TARGETS["one-hot"], Y)
        yield k.metrics.sparse_categorical_accuracy(TARGETS["classes"], Y)

    for ours, theirs in zip(results(trilobite), results(keras), strict=True):
        assert_same(ours, theirs)


def test_shapes(keras):
    """A last dimension of 1 may be missing or too many; there may be more than two."""
    numbers, classes = TARGETS["numbers"], TARGETS["classes"]
    cases = [
        (numbers[:, :1], Y[:, 0]),
        (numbers[:, 0], Y[:, :1]),
        (numbers[:, 0], Y[:, 0]),
        (numbers.tolist(), Y.tolist()),
        (numbers.reshape(2, 3, 4), Y.reshape(2, 3, 4)),
    ]
    for t, y in cases:
        assert_same(losses.MeanSquaredError()(t, y), keras.losses.MeanSquaredError()(t, y))
    for t, y in [(classes[:, None], Y), (classes.reshape(2, 3), Y.reshape(2, 3, 4))]:
        ours, theirs = (k.losses.SparseCategoricalCrossentropy() for k in (trilobite, keras))
        assert_same(ours(t, y), theirs(t, y))


@pytest.mark.parametrize("cls", metrics._CLASSES, ids=lambda c: c.__name__)
def test_metrics(keras, cls):
    """Over two batches, without weights and, begun anew, with them."""
    given = [0.5] * ("At" in cls.__name__)
    ours, theirs = (getattr(k.metrics, cls.__name__)(*given) for k in (trilobite, keras))
    t = targets(cls.__name__)
    assert ours.result() == 0 and ours.result().dtype == np.float32
    for part in (slice(3), slice(3, None)):
        for metric in (ours, theirs):
            metric.update_state(t[part], Y[part])
    assert_same(ours.result(), theirs.result())
    for metric in (ours, theirs):
        metric.reset_state()
    assert_same(ours(t[:3], Y[:3], W[:3]), theirs(t[:3], Y[:3], W[:3]))


@pytest.mark.parametrize(
    "name", ["Precision", "AUC", "BinaryAccuracy", "MeanSquaredError", "CategoricalAccuracy"]
)
def test_metrics_of_one_dimension(keras, name):
    """Where outputs are counted these are rows, otherwise they are one row."""
    t, y, w = (
        TARGETS["bits"][:, 0],
        Y[:, 0],
        W if name in ("Precision", "AUC", "BinaryAccuracy") else None,
    )
    ours, theirs = (getattr(k.metrics, name)() for k in (trilobite, keras))
    assert_same(ours(t, y, w), theirs(t, y, w))


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: losses.MeanSquaredError()([[1.0]], [[1.0, 2.0]]), r"y_true: got shape \(1, 1\)"),
        (lambda: losses.sparse_categorical_crossentropy([4], Y[:1]), "y_true: got class indices"),
        (
            lambda: losses.MeanSquaredError()(TARGETS["numbers"], Y, [1, 2]),
            r"sample_weight: got shape \(2,\), expected \(6,\)",
        ),
        (lambda: metrics.Precision()([1, 0], [0.5]), "y_true: got shape"),
    ],
)
def test_what_does_not_fit_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
