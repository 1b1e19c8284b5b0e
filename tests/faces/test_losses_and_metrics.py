"""What losses and metrics are told beside the outputs: numbers, weights, smoothing, no variance."""

import math

import numpy as np
import pytest

import trilobite as keras
from trilobite import layers, losses, metrics
from trilobite._model import results

RNG = np.random.default_rng(2)
X = RNG.normal(size=(60, 4)).astype(np.float32)
LABELS = RNG.integers(0, 3, 60)
ONE_HOT = np.eye(3)[LABELS]


def model(loss, **options):
    keras.utils.set_random_seed(4)
    net = keras.Sequential([keras.Input((4,)), layers.Dense(3, "softmax")])
    net.compile("sgd", loss, **options)
    return net


def test_weighted_metrics_keep_their_numbers():
    """All weights being 1, a metric is the same among the weighted ones."""
    for made in (lambda: metrics.BinaryAccuracy(threshold=0.2), lambda: metrics.AUC(7)):
        net = model("mse", metrics=[made()], weighted_metrics=[made()])
        _, plain, weighted = net.evaluate(X, ONE_HOT, verbose=0)
        assert weighted == plain


def test_label_smoothing_is_of_the_targets():
    smoothed = model(losses.CategoricalCrossentropy(label_smoothing=0.25))
    expected = model("categorical_crossentropy").evaluate(X, ONE_HOT * 0.75 + 0.25 / 3, verbose=0)
    assert smoothed.evaluate(X, ONE_HOT, verbose=0) == pytest.approx(expected, rel=1e-5)


def test_class_weights_of_a_batch():
    of_rows = np.array([0.5, 1, 3])[LABELS]
    trained = []
    for options in ({"class_weight": {0: 0.5, 2: 3}}, {"sample_weight": of_rows}):
        net = model("sparse_categorical_crossentropy")
        loss = net.train_on_batch(X, LABELS, **options)
        trained.append([loss, *net.get_weights()])
    for a, b in zip(*trained, strict=True):
        np.testing.assert_allclose(a, b, 1e-6)


def test_weights_of_the_rows_for_validation():
    w = RNG.uniform(0, 2, 60)
    net = model("mse", weighted_metrics=["mae"])
    history = net.fit(X, ONE_HOT, verbose=0, validation_data=(X, ONE_HOT, w)).history
    expected = net.evaluate(X, ONE_HOT, sample_weight=w, verbose=0)
    assert [history["val_loss"][0], history["val_mae"][0]] == pytest.approx(expected)


def test_r2_score_of_targets_without_variance_is_0():
    assert results.r2([4, 4, 4, 0.5]) == 0


def test_precision_between_two_thresholds_is_no_line():
    """tp is: 3, 2, 0 of 6, 3, 0 above the thresholds, so that the area has a logarithm."""
    of_thresholds = np.array([1, 2, 0, 2, 1, 0], float)
    assert results.area(of_thresholds, "PR") == pytest.approx((5 + math.log(2)) / 9)
