"""Accumulators of metrics, and costs: against definitions, and scikit-learn's numbers."""

import numpy as np
import pytest
from compare import (
    COSTS,
    assert_close,
    identity,
    random_rows,
    targets,
    tolerance,
)
from sklearn import metrics as sk

from trilobite.reference import METRICS

N = 211


def totals(module, y, t, metrics, loss="mean_squared_error", weights=None):
    """Accumulators of metrics of outputs y, metric after metric."""
    net = identity(module, y.shape[1])
    net.compile(loss, metrics)
    given = None if weights is None else module.Rows(weights[:, None])
    result = net.evaluate(module.Rows(y), module.Rows(t), 2, given)
    assert result.dtype == np.float64 and result[1] == len(y)
    assert len(result) == 2 + sum(net.sizes) and len(net.sizes) == len(metrics)
    return np.split(result[2:], np.cumsum(net.sizes)[:-1])


def probabilities(module, n_out, seed=0):
    return np.random.default_rng(seed).dirichlet(np.ones(n_out), N).astype(module.dtype)


def scores(module, n_out, seed=0):
    return np.random.default_rng(seed).random((N, n_out)).astype(module.dtype)


WEIGHTS = np.random.default_rng(9).uniform(0, 3, N).astype(np.float32)
WEIGHTS[::7] = 0


def both_ways(name):
    """A metric without and with weights, in one compilation."""
    names = [
        name,
        (f"weighted:{name[0]}", name[1]) if isinstance(name, tuple) else f"weighted:{name}",
    ]
    return names, (np.ones(N), WEIGHTS.astype(np.float64))


# ---- against definitions ----

EPS = 1e-7
ROWWISE = {  # v of a row, of y and t in float64
    "mean_squared_error": lambda y, t: ((y - t) ** 2).mean(1),
    "root_mean_squared_error": lambda y, t: ((y - t) ** 2).mean(1),
    "mean_absolute_error": lambda y, t: abs(y - t).mean(1),
    "mean_absolute_percentage_error": lambda y, t: (
        100 * (abs(y - t) / np.maximum(abs(t), EPS)).mean(1)
    ),
    "mean_squared_logarithmic_error": lambda y, t: (
        (np.log1p(np.maximum(y, EPS)) - np.log1p(np.maximum(t, EPS))) ** 2
    ).mean(1),
    "huber": lambda y, t: np.where(abs(y - t) <= 1, (y - t) ** 2 / 2, abs(y - t) - 0.5).mean(1),
    "log_cosh": lambda y, t: np.log(np.cosh(y - t)).mean(1),
    "poisson": lambda y, t: (y - t * np.log(y + EPS)).mean(1),
    "kl_divergence": lambda y, t: (
        np.clip(t, EPS, 1) * np.log(np.clip(t, EPS, 1) / np.clip(y, EPS, 1))
    ).sum(1),
    "hinge": lambda y, t: np.maximum(1 - t * y, 0).mean(1),
    "squared_hinge": lambda y, t: (np.maximum(1 - t * y, 0) ** 2).mean(1),
    "categorical_hinge": lambda y, t: np.maximum(((1 - t) * y).max(1) - (t * y).sum(1) + 1, 0),
    "categorical_crossentropy": lambda y, t: (
        -(t * np.log(np.clip(y / y.sum(1, keepdims=True), EPS, 1 - EPS))).sum(1)
    ),
    "binary_crossentropy": lambda y, t: -(t * np.log(y) + (1 - t) * np.log(1 - y)).mean(1),
    "categorical_crossentropy_from_logits": lambda z, t: (
        -(t * (z - np.log(np.exp(z).sum(1, keepdims=True)))).sum(1)
    ),
    "binary_crossentropy_from_logits": lambda z, t: (np.log1p(np.exp(z)) - z * t).mean(1),
    "cosine_similarity": lambda y, t: -(y * t).sum(1) / np.sqrt((y * y).sum(1) * (t * t).sum(1)),
    "binary_accuracy": lambda y, t: ((y > 0.5) == t).mean(1),
    "categorical_accuracy": lambda y, t: y.argmax(1) == t.argmax(1),
    "top_k_categorical_accuracy": lambda y, t: (
        (y > np.take_along_axis(y, t.argmax(1)[:, None], 1)).sum(1) < 5
    ),
}


def test_no_row_metric_is_forgotten():
    rowwise = {name for name, row in METRICS.items() if not row.sums}
    sparse = {"sparse_" + name for name in ROWWISE} & rowwise
    assert ROWWISE.keys() | sparse == rowwise and set(COSTS) < rowwise


@pytest.mark.parametrize("name", ROWWISE)
def test_row_metrics(module, name):
    """Two accumulators: sum(w * v) and sum(w)."""
    y = scores(module, 9)
    t = targets(np.random.default_rng(1), name, N, 9)
    if name == "binary_accuracy":
        t = np.random.default_rng(1).integers(0, 2, (N, 9))
    v = ROWWISE[name](y.astype("f8"), t.astype(module.dtype).astype("f8"))
    names, weights = both_ways(name)
    tol = 4 * tolerance(module, 9, N)
    for got, w in zip(totals(module, y, t, names, weights=WEIGHTS), weights, strict=True):
        assert_close(got, [(w * v).sum(), w.sum()], rtol=tol)


@pytest.mark.parametrize("loss", [name for name in COSTS if name in ROWWISE])
def test_costs(module, loss):
    """A cost is its row metric, always weighted; the gradient is checked in test_gradients."""
    y, t = scores(module, 9), targets(np.random.default_rng(1), loss, N, 9)
    v = ROWWISE[loss](y.astype("f8"), t.astype(module.dtype).astype("f8"))
    net = identity(module, 9)
    net.compile(loss)
    tol = 4 * tolerance(module, 9, N)
    rows = module.Rows(y), module.Rows(t)
    assert_close(net.evaluate(*rows), [v.sum(), N], rtol=tol)
    weighted = net.evaluate(*rows, weights=module.Rows(WEIGHTS[:, None]))
    assert_close(weighted, [(WEIGHTS.astype("f8") * v).sum(), N], rtol=tol)


def test_huber_delta(module):
    y, t = scores(module, 9), scores(module, 9, 1)
    e = abs(y.astype("f8") - t)
    for delta in (0.1, 0.5):
        v = np.where(e <= delta, e**2 / 2, delta * e - delta**2 / 2).mean(1)
        net = identity(module, 9)
        net.compile("huber", [("huber", delta), "huber"], delta=delta)
        got = net.evaluate(module.Rows(y), module.Rows(t))
        of_1 = ROWWISE["huber"](y.astype("f8"), t.astype("f8")).sum()
        assert_close(got, [v.sum(), N, v.sum(), N, of_1, N], rtol=tolerance(module, 9, N))


@pytest.mark.parametrize("name", ["categorical_accuracy", "top_k_categorical_accuracy"])
def test_sparse_metrics(module, name):
    y, classes = scores(module, 9), np.random.default_rng(1).integers(0, 9, N)
    numbered = (name, 3) if "top" in name else name
    one_hot = totals(module, y, np.eye(9)[classes], both_ways(numbered)[0], weights=WEIGHTS)
    numbered = (f"sparse_{name}", 3) if "top" in name else f"sparse_{name}"
    loss = "sparse_categorical_crossentropy"
    sparse = totals(module, y, classes, both_ways(numbered)[0], loss, WEIGHTS)
    for a, b in zip(one_hot, sparse, strict=True):
        assert_close(a, b, rtol=tolerance(module, N))
    expected = totals(module, y, np.eye(9)[classes], ["categorical_crossentropy"], weights=WEIGHTS)
    got = totals(module, y, classes, ["sparse_categorical_crossentropy"], loss, WEIGHTS)
    assert_close(*got, *expected, rtol=tolerance(module, 9, N))


@pytest.mark.parametrize("loss", ["categorical_crossentropy", "sparse_categorical_crossentropy"])
@pytest.mark.parametrize("smoothing", [0.1, 0.5])
def test_label_smoothing(module, loss, smoothing):
    """Of the cost's targets alone."""
    y, classes = probabilities(module, 4), np.random.default_rng(1).integers(0, 4, N)
    t = np.eye(4)[classes]
    net = identity(module, 4)
    net.compile(loss, [loss], label_smoothing=smoothing)
    given = classes if "sparse" in loss else t
    got = net.evaluate(module.Rows(y), module.Rows(given))
    of = ROWWISE["categorical_crossentropy"]
    smooth = of(y.astype("f8"), t * (1 - smoothing) + smoothing / 4).sum()
    rtol = tolerance(module, 4, N)
    assert_close(got, [smooth, N, of(y.astype("f8"), t).sum(), N], rtol=rtol)


def test_label_smoothing_of_binary_crossentropy(module):
    y, t = scores(module, 3), np.random.default_rng(1).integers(0, 2, (N, 3))
    net = identity(module, 3)
    net.compile("binary_crossentropy", ["binary_crossentropy"], label_smoothing=0.2)
    got = net.evaluate(module.Rows(y), module.Rows(t))
    of = ROWWISE["binary_crossentropy"]
    y = y.astype("f8")
    rtol = tolerance(module, 3, N)
    assert_close(got, [of(y, t * 0.8 + 0.1).sum(), N, of(y, t).sum(), N], rtol=rtol)


# ---- against scikit-learn ----


@pytest.mark.parametrize("n_out", [1, 4])
@pytest.mark.parametrize("threshold", [0.5, 0.25])
def test_precision_and_recall(module, n_out, threshold):
    y, t = scores(module, n_out), np.random.default_rng(1).integers(0, 2, (N, n_out))
    names, weights = both_ways(("confusion", (threshold,)))
    for got, w in zip(totals(module, y, t, names, weights=WEIGHTS), weights, strict=True):
        (missed, hits), (_, false) = got.reshape(2, 2)
        flat, w = (t.ravel(), (y > threshold).ravel()), np.repeat(w, n_out)
        tol = tolerance(module, n_out * N)
        precision, recall = (
            of(*flat, sample_weight=w) for of in (sk.precision_score, sk.recall_score)
        )
        assert_close(hits / (hits + false), precision, rtol=tol)
        assert_close(hits / (hits + missed), recall, rtol=tol)


def test_confusion(module):
    """Between thresholds, of each output apart, of probabilities or of the largest output."""
    z, t = 3 * random_rows(module, N, 4, 0), np.random.default_rng(1).integers(0, 2, (N, 4))
    thresholds = (-1.0, 0.25, 0.5)
    p = 1 / (1 + np.exp(-z.astype(np.float64)))
    largest = (z == z.max(axis=1, keepdims=True)).astype(np.float64)
    for flags, y in (("", z), ("of_logits:", p), ("of_largest:", largest)):
        above = (y[..., None] > np.array(thresholds)).sum(axis=2)
        expected = np.array([
            [[((above == k) & (t == bit))[:, j].sum() for k in range(4)] for bit in (1, 0)]
            for j in range(4)
        ])  # fmt: skip
        names = [(f"{flags}by_output:confusion", thresholds), (f"{flags}confusion", thresholds)]
        each, all_ = totals(module, z, t, names)
        assert each.tolist() == expected.ravel().tolist()
        assert all_.tolist() == expected.sum(axis=0).ravel().tolist()


def test_auc_of_each_output(module):
    y, t = scores(module, 3), np.random.default_rng(1).integers(0, 2, (N, 3))
    (each,) = totals(module, y, t, [("by_output:auc", 5)])
    alone = [totals(module, y[:, [j]], t[:, [j]], [("auc", 5)])[0] for j in range(3)]
    assert each.tolist() == np.concatenate(alone).tolist()


@pytest.mark.parametrize("n_out", [1, 3])
def test_auc(module, n_out):
    """scikit-learn's, when the scores are no finer than the thresholds."""
    rng, n_thresholds = np.random.default_rng(1), 65
    # halfway between thresholds: rounding makes no difference to the bucket
    y = ((rng.integers(0, 64, (N, n_out)) + 0.5) / 64).astype(module.dtype)
    t = (rng.random((N, n_out)) < 0.2 + 0.6 * y).astype(np.uint8)
    names, weights = both_ways(("auc", n_thresholds))
    for got, w in zip(totals(module, y, t, names, weights=WEIGHTS), weights, strict=True):
        assert len(got) == 2 * n_thresholds
        tp, fp = got.reshape(2, -1)[:, ::-1].cumsum(axis=1)[:, ::-1]
        positives, negatives = tp[0], fp[0]
        tol = tolerance(module, n_out * N)
        w = np.repeat(w, n_out)
        assert_close(positives, (w * (t.ravel() != 0)).sum(), rtol=tol)
        assert_close(negatives, (w * (t.ravel() == 0)).sum(), rtol=tol)
        assert (tp[-1], fp[-1]) == (0, 0)
        area = ((tp[:-1] + tp[1:]) / 2 * (fp[:-1] - fp[1:])).sum() / positives / negatives
        assert_close(area, sk.roc_auc_score(t.ravel(), y.ravel(), sample_weight=w), rtol=tol)
        for i in (1, 7, 31, 63):
            above = w * (y.ravel() > i / 64)
            assert_close(tp[i], above[t.ravel() == 1].sum(), rtol=tol)
            assert_close(fp[i], above[t.ravel() == 0].sum(), rtol=tol)


def test_auc_at_its_limits(module):
    """y is clipped to 0 .. 1; all are above the first threshold, none above the last."""
    y = np.array([[-3.0], [0.0], [0.25], [0.5], [1.0], [7.0]], module.dtype)
    for bit in (0, 1):
        (got,) = totals(module, y, np.full((6, 1), bit), [("auc", 5)])
        counted = [3, 1, 0, 2, 0]
        expected = [[0] * 5 + counted, counted + [0] * 5][bit]
        assert got.tolist() == expected


def test_threshold_is_rounded_as_outputs_are(module):
    y, t = np.full((3, 1), 0.1, module.dtype), np.ones((3, 1))
    (got,) = totals(module, y, t, [("confusion", (0.1,))])
    assert got.tolist() == [3, 0, 0, 0]


@pytest.mark.parametrize("n_out", [1, 4])
def test_r2_score(module, n_out):
    t = random_rows(module, N, n_out, 0) + 3
    y = (t + 0.5 * random_rows(module, N, n_out, 1)).astype(module.dtype)
    names, weights = both_ways("r2_score")
    for got, w in zip(totals(module, y, t, names, weights=WEIGHTS), weights, strict=True):
        n, s, ss, residual = got.reshape(n_out, 4).T
        assert_close(n, np.full(n_out, w.sum()), rtol=tolerance(module, N))
        r2 = 1 - residual / (ss - s * s / n)
        expected = sk.r2_score(t, y, sample_weight=w, multioutput="raw_values")
        assert_close(r2, expected, rtol=200 * tolerance(module, N))


@pytest.mark.parametrize("k", [1, 2, 5, 6])
def test_top_k(module, k):
    y, classes = scores(module, 6), np.random.default_rng(1).integers(0, 6, N)
    names, weights = both_ways(("top_k_categorical_accuracy", k))
    for got, w in zip(
        totals(module, y, np.eye(6)[classes], names, weights=WEIGHTS), weights, strict=True
    ):
        expected = [(w * True).sum()] * 2
        if k < 6:
            expected[0] = sk.top_k_accuracy_score(
                classes, y, k=k, normalize=False, sample_weight=w, labels=range(6)
            )
        assert_close(got, expected, rtol=tolerance(module, N))


def test_top_k_with_ties(module):
    """As many outputs greater than the class's as fit: equal ones do no harm."""
    y = np.array([[1.0, 1.0, 1.0, 0.0], [2.0, 1.0, 1.0, 0.0]], module.dtype)
    for k, hits in ((1, 1), (2, 2), (3, 2)):
        (got,) = totals(module, y, np.eye(4)[[2, 2]], [("top_k_categorical_accuracy", k)])
        assert got.tolist() == [hits, 2]
