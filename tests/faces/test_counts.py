"""Metrics of counts in a model, beside scikit-learn's; and losses that are sums."""

import numpy as np
import pytest
from sklearn import metrics as sk

import trilobite
from trilobite import layers, losses, metrics

RNG = np.random.default_rng(0)
X = RNG.random((90, 3)).astype("float32")
CLASSES = RNG.integers(0, 3, 90)
ONE_HOT = np.eye(3)[CLASSES]
BITS = RNG.integers(0, 2, (90, 3))


def of_x(metric, y, loss="mse"):
    """The metric of a model whose outputs are x."""
    model = trilobite.Sequential([trilobite.Input((3,)), layers.Dense(3, use_bias=False)])
    model.set_weights([np.eye(3)])
    model.compile("sgd", loss, metrics=[metric])
    return model.evaluate(X, y, verbose=0)[1]


@pytest.mark.parametrize("average", ["micro", "macro", "weighted"])
def test_f_scores(average):
    largest = sk.f1_score(CLASSES, X.argmax(axis=1), average=average)
    assert of_x(metrics.F1Score(average), ONE_HOT) == pytest.approx(largest, abs=1e-6)
    above = sk.fbeta_score(BITS, X > 0.25, beta=0.5, average=average)
    metric = metrics.FBetaScore(average, beta=0.5, threshold=0.25)
    assert of_x(metric, BITS) == pytest.approx(above, abs=1e-6)


def test_counts():
    tn, fp, fn, tp = sk.confusion_matrix(BITS.ravel(), (X > 0.75).ravel()).ravel()
    kinds = metrics.TrueNegatives, metrics.FalsePositives
    kinds += metrics.FalseNegatives, metrics.TruePositives
    assert [of_x(kind(0.75), BITS) for kind in kinds] == [tn, fp, fn, tp]


@pytest.mark.parametrize("output", [0, 2])
def test_of_one_output(output):
    t, y = BITS[:, output], X[:, output] > 0.5
    assert of_x(metrics.Precision(class_id=output), BITS) == pytest.approx(sk.precision_score(t, y))
    assert of_x(metrics.Recall(class_id=output), BITS) == pytest.approx(sk.recall_score(t, y))


def test_areas_of_labels():
    """Scores that are no finer than the thresholds."""
    global_x = np.round(X * 64) / 64
    areas = [sk.roc_auc_score(BITS[:, j], global_x[:, j]) for j in range(3)]
    of_all = of_x(metrics.AUC(513, multi_label=True), BITS)
    assert of_all == pytest.approx(np.mean(areas), abs=2e-3)
    weighted = of_x(metrics.AUC(513, multi_label=True, label_weights=[0, 0, 2]), BITS)
    assert weighted == pytest.approx(areas[2], abs=2e-3)


def test_from_logits():
    logits = np.log(X / (1 - X))
    model = trilobite.Sequential([trilobite.Input((3,)), layers.Dense(3, use_bias=False)])
    model.set_weights([np.eye(3)])
    given = [metrics.AUC(from_logits=True), metrics.BinaryCrossentropy(from_logits=True)]
    model.compile("sgd", "mse", metrics=given)
    found = model.evaluate(logits, BITS, verbose=0)[1:]
    of_p = [of_x(metrics.AUC(), BITS), of_x("binary_crossentropy", BITS)]
    np.testing.assert_allclose(found, of_p, 1e-5)


def test_several_numbers_are_refused():
    for metric in (metrics.F1Score(), metrics.Precision([0.25, 0.75])):
        with pytest.raises(ValueError, match="metrics: got .*, which is an array of numbers"):
            of_x(metric, BITS)
    t, y = BITS, X
    of_each = metrics.F1Score(threshold=0.5)(t, y)
    np.testing.assert_allclose(of_each, sk.f1_score(t, y > 0.5, average=None), 1e-5)
    both = metrics.Precision([0.75, 0.25])(t, y)
    np.testing.assert_allclose(both, [metrics.Precision(at)(t, y) for at in (0.75, 0.25)])


def test_sum():
    """Of batches, and of them the mean by their rows."""
    model = trilobite.Sequential([trilobite.Input((3,)), layers.Dense(3, kernel_regularizer="l2")])
    model.compile("sgd", losses.MeanSquaredError("sum"))
    penalty = 0.01 * np.square(model.get_weights()[0]).sum()
    of_rows = np.square(model.predict(X, verbose=0) - BITS).mean(axis=1)
    for size, parts in ((90, [90]), (32, [32, 64, 90])):
        batches = np.split(of_rows, parts[:-1])
        expected = sum(len(batch) * batch.sum() for batch in batches) / 90 + penalty
        found = model.evaluate(X, BITS, batch_size=size, verbose=0)
        assert found == pytest.approx(expected, rel=1e-5)
    before = model.get_weights()
    model.train_on_batch(X, BITS)
    other = trilobite.Sequential([trilobite.Input((3,)), layers.Dense(3)])
    other.set_weights(before)
    other.compile(trilobite.optimizers.SGD(0.9), "mse")  # 90 rows at 0.01
    other.train_on_batch(X, BITS)
    decayed = model.get_weights()[0] + 0.01 * 2 * 0.01 * before[0]
    np.testing.assert_allclose(decayed, other.get_weights()[0], 1e-4, 1e-6)
