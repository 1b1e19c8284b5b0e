"""Costs and metrics of arrays of any shape, row by row: what they are when called by hand.

A row is the last dimension: y and t are (..., n_out), class indices (...).
"""

from functools import partial

import numpy as np

from trilobite.reference.costs import COSTS, EACH, smooth_labels
from trilobite.reference.metrics import METRICS, Metric


def rows(y, t):
    """The rows of y (n, n_out) and of t, likewise, or one-hot if it holds class indices."""
    of_rows = y.reshape(-1, y.shape[-1])
    if t.ndim < y.ndim:
        return of_rows, np.eye(y.shape[-1], dtype=y.dtype)[t.ravel()]
    return of_rows, t.reshape(of_rows.shape)


def costs_of_rows(y, t, name, from_logits=False, label_smoothing=0.0, delta=1.0):
    """The cost `name` of each row, (...); see `Network.compile`."""
    costs, _ = _costs(y, t, name, from_logits, label_smoothing, delta)
    return costs[()]


def costs_of_traced(y, t, *options):
    """As `costs_of_rows`, of a `Traced`."""
    costs, pull = _costs(y.value, t, *options)
    return y.computed(costs, [(y, pull)])


def _costs(y, t, name, from_logits, label_smoothing, delta):
    """The cost of each row, and the way of its gradient back to y."""
    row, (of_rows, t) = COSTS[name], rows(y, t)
    cost, d_cost = row.of_z if from_logits else row.of_output
    if row.delta is not None:
        cost, d_cost = partial(cost, delta=delta), partial(d_cost, delta=delta)
    if row.smoothed and label_smoothing:
        n_classes = {"bits": 2, "classes": y.shape[-1]}[row.smoothed]
        smooth_labels(smoothed := np.empty_like(of_rows), t, label_smoothing, n_classes)
        t = smoothed
    p = np.empty_like(of_rows)
    with np.errstate(all="ignore"):
        costs = cost(p, of_rows, t, EACH)

    def pull(g):
        d_cost(dy := np.empty_like(of_rows), p, of_rows, t)
        return (dy * g.reshape(-1, 1)).reshape(y.shape)

    return costs.reshape(y.shape[:-1]), pull


def reduced(costs, w, reduction):
    """One number of the costs of the rows and their weights, None for ones.

    `sum(w * cost) / n` for "sum_over_batch_size" and "mean", `sum(w * cost) / sum(w)` for
    "mean_with_sample_weight", `sum(w * cost)` for "sum", the array `w * cost` for "none".
    """
    weighted = costs if w is None else w * costs
    if reduction in ("none", None):
        return weighted
    n = np.size(costs)
    if reduction == "sum":
        n = 1
    elif reduction == "mean_with_sample_weight" and w is not None:
        n = np.sum(w)
    total = np.sum(weighted)
    return (
        total * (1 / n if n else 0)
        if hasattr(total, "computed")
        else costs.dtype.type(total / n if n else 0)
    )


def metric_of_rows(spec, y, t):
    """The value of a row metric for each row, (...); see `Metric`."""
    name, *number = (spec,) if isinstance(spec, str) else spec
    of_rows, t = rows(y, t)
    row = METRICS[name]
    named = {row.of: number[0] if number else row.number} if row.of else {}
    return row.function(of_rows, t, EACH, **named).astype(y.dtype).reshape(y.shape[:-1])[()]


def accumulators(spec, y, t, w):
    """The accumulators of a metric over all rows, of weights (...) or None: an array.

    As in Keras, outputs (n,) are one row, but n rows where each of them is counted.
    """
    name, *number = (spec,) if isinstance(spec, str) else spec
    if w is not None:
        w = w.ravel()
    metric = Metric(
        (name if w is None else f"weighted:{name}", *number), y.shape[-1] if y.ndim > 1 else 1
    )
    if y.ndim == 1:
        if not metric.of_rows or name == "binary_accuracy":
            y, t = y[:, None], t[:, None]
        elif w is not None:
            w = w.sum(keepdims=True)
    of_rows, t = rows(y, t)
    with np.errstate(all="ignore"):
        return np.array(metric(of_rows, t, w), np.float64)
