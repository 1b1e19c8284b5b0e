"""Metrics, as accumulators: sums over rows, so that those of two blocks of rows add up.

Definitions are those of Keras 3 (keras/src/metrics/). y are the outputs, t the targets, one-hot for
class indices; w are the weights of the rows, None for ones.

A row metric has a value v for each row, and two accumulators: sum(w * v), which its function
returns, and sum(w). The functions of the others, the whole metrics, return their accumulators.
"""

import math
from collections import namedtuple
from functools import partial

import numpy as np

from trilobite.reference.activations import sigmoid
from trilobite.reference.costs import COSTS, EACH


def count(w, hits):
    """`sum(w * v)` of a boolean v, one number for each row or a row of them, of which the mean."""
    if w is None:
        return np.count_nonzero(hits) / math.prod(hits.shape[1:])
    if w is EACH:
        return hits.reshape(len(hits), -1).mean(axis=1)
    return np.vdot(w, hits if hits.ndim == 1 else hits.mean(axis=1, dtype=w.dtype))


# ---- row metrics ----


def categorical_accuracy(y, t, w):
    """`v = argmax(y) == argmax(t)`; of equal maxima the first counts."""
    return count(w, y.argmax(axis=1) == t.argmax(axis=1))


def top_k_categorical_accuracy(y, t, w, k):
    """`v = (number of outputs greater than that of the class argmax(t)) < k`."""
    of_class = y[np.arange(len(y)), t.argmax(axis=1)]
    np.copyto(of_class, -math.inf, where=np.isnan(of_class))
    return count(w, np.count_nonzero(y > of_class[:, None], axis=1) < k)


def binary_accuracy(y, t, w, threshold):
    """`v = sum((y > threshold) == t) / n_out`."""
    return count(w, (y > threshold) == t)


def of_cost(y, t, w, cost, **constants):
    """`v = cost` of the row."""
    return cost(np.empty_like(y), y, t, w, **constants)


# ---- whole metrics: every output of every row counts, with the weight of its row ----


def confusion(y, t, w, thresholds):
    """For each output how many positives are above so many thresholds, then how many negatives."""
    above = np.searchsorted(np.array(thresholds, y.dtype), np.where(np.isnan(y), -np.inf, y))
    return in_buckets(above, len(thresholds) + 1, t, w)


def auc(y, t, w, n_thresholds):
    """For each output how many positives are in each bucket, then how many negatives.

    Bucket i holds what lies above threshold `i / (n_thresholds - 1)` and not above the next; the
    first threshold is a little below 0 and the last a little above 1. y is clipped to 0 .. 1 (NaN
    is 0): `bucket = max(ceil(y * (n_thresholds - 1)) - 1, 0)`.
    """
    clipped = np.fmin(np.fmax(y, 0), 1)
    buckets = np.maximum(np.ceil(clipped * (n_thresholds - 1)) - 1, 0).astype(np.intp)
    buckets = np.minimum(buckets, n_thresholds - 1)  # where n_thresholds is rounded up
    return in_buckets(buckets, n_thresholds, t, w)


def in_buckets(buckets, n, t, w):
    """Sums of weights for each output: (n_out, 2, n), of positives and of negatives."""
    weights = np.ones(len(t)) if w is None else w
    return np.array([
        [np.bincount(of, weights * (positive == wanted), n) for wanted in (True, False)]
        for of, positive in zip(buckets.T, (t != 0).T, strict=True)
    ])  # fmt: skip


def r2_score(y, t, w):
    """For each output: `sum(w), sum(w * t), sum(w * t**2), sum(w * (t - y)**2)`."""
    weights = np.ones(len(y)) if w is None else w.astype(np.float64)
    t = t.astype(np.float64)
    terms = np.stack([np.ones_like(t), t, t * t, np.square(t - y)], axis=2)  # (n, n_out, 4)
    return np.einsum("i,ijk->jk", weights, terms)


Row = namedtuple("Row", "function of number sums", defaults=(None, None, None))
Row.__doc__ = """A metric.

Parameters
----------
function : callable
of, number : str or None, float, tuple of float or None
    Name of the function's number, and what it is where none is given.
sums : callable or None
    None: a row metric. Otherwise (number, outputs of a row) to how many accumulators it has.
"""

METRICS = {
    "categorical_accuracy": Row(categorical_accuracy),
    "sparse_categorical_accuracy": Row(categorical_accuracy),
    "top_k_categorical_accuracy": Row(top_k_categorical_accuracy, "k", 5),
    "sparse_top_k_categorical_accuracy": Row(top_k_categorical_accuracy, "k", 5),
    "binary_accuracy": Row(binary_accuracy, "threshold", 0.5),
    "confusion": Row(confusion, "thresholds", (0.5,), lambda given, n_out: 2 * (len(given) + 1)),
    "auc": Row(auc, "n_thresholds", 200, lambda n_thresholds, n_out: 2 * n_thresholds),
    "r2_score": Row(r2_score, sums=lambda _, n_out: 4 * n_out),
}
METRICS |= {
    name: Row(partial(of_cost, cost=cost.of_output[0]), cost.delta and "delta", cost.delta)
    for name, cost in COSTS.items()
    if cost.of_output
}
METRICS |= {
    f"{name}_from_logits": Row(partial(of_cost, cost=cost.of_z[0]))
    for name, cost in COSTS.items()
    if cost.of_output and cost.of_z
}
METRICS["root_mean_squared_error"] = METRICS["mean_squared_error"]  # whose mean's root it is


def own(y, t, w, of):
    """`v = function(t, y)`: a number for each row, or one for all, which counts once.

    The accumulators are sum(w * v) and sum(w); `of` is the function, and whether its targets are
    class indices.
    """
    function, class_indices = of
    v = np.asarray(function(t.argmax(axis=1) if class_indices else t.copy(), y.copy()), np.float64)
    if v.ndim > 1:
        v = v.reshape(len(v), -1).mean(axis=1)
    if w is not None and v.ndim == 0:
        raise ValueError(
            f"weighted_metrics: got one number for all rows from {function.__name__}, expected one "
            "for each row, as they have weights"
        )
    return np.array([[v.sum(), v.size] if w is None else [v @ w, w.sum()]])


def counted(y, t, w, of):
    """What a function of (t, y, w) counts; `of` is the function, and of how many numbers."""
    return np.array([of[0](t.copy(), y.copy(), w)], np.float64)


OWN = {  # by names that no cost has; their numbers are what the functions take
    "own": Row(own, "of", sums=lambda of, n_out: 2),
    "counted": Row(counted, "of", sums=lambda of, n_out: of[1]),
}


class Metric:
    """The accumulators of a metric over blocks of rows.

    Parameters
    ----------
    spec : str or (str, number)
        A name of `METRICS` and its number. Before the name, each with a colon, may come "weighted":
        weights of rows count; "by_output": sums are of each output; "of_logits": of sigmoid(y);
        "of_largest": of 1 where y is the largest of its row, else 0.
    n_out : int
    """

    def __init__(self, spec, n_out):
        name, *numbers = (spec,) if isinstance(spec, str) else spec
        *self.flags, name = name.split(":")
        row = OWN[name] if name in OWN else METRICS[name]
        number = numbers[0] if numbers else row.number
        self.of_rows, self.is_own = row.sums is None, name in OWN
        self.function = partial(row.function, **{row.of: number}) if row.of else row.function
        self.by_output = "by_output" in self.flags or name == "r2_score"
        self.size = 2 if self.of_rows else row.sums(number, n_out)
        if "by_output" in self.flags:
            self.size *= n_out

    def __call__(self, y, t, w):
        """The accumulators of these rows."""
        w = w if "weighted" in self.flags else None
        if "of_logits" in self.flags:
            y = y.copy()
            sigmoid(y)
        if "of_largest" in self.flags:
            y = ((y == y.max(axis=1, keepdims=True)) & (np.abs(y) > 1e-9)).astype(y.dtype)
        result = self.function(y, t, w)
        if self.of_rows:
            return result, len(y) if w is None else w.sum()
        return (result if self.by_output else result.sum(axis=0)).ravel().tolist()
