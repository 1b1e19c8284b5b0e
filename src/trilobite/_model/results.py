"""From the totals that the engine sums up over the rows to the numbers of the history."""

import math

import numpy as np

EPSILON = 1e-7  # keras.config.epsilon()


def ratio(part, whole):
    """``part / whole``, 0 where the whole is 0, as in Keras."""
    return float(part / whole) if whole else 0.0


def mean(totals):
    """Of (sum of w * v, sum of w): the mean. Of (true positives, all): precision or recall."""
    return ratio(*totals)


def root_mean(totals):
    """Of (sum of w * v, sum of w): the root of the mean."""
    return math.sqrt(mean(totals))


def area(totals, curve="ROC", method="interpolation"):
    """Area under the curve, of the numbers of positives between thresholds, then of negatives.

    The thresholds ascend; above each of them lie its true and false positives, tp and fp.
    """
    tp, fp = np.reshape(totals, (2, -1))[:, ::-1].cumsum(axis=1)[:, ::-1]
    positives, negatives = tp[0], fp[0]
    if curve == "PR" and method == "interpolation":
        return _interpolated_precision(tp, fp, positives)
    recall = divide(tp, positives)
    x, y = (divide(fp, negatives), recall) if curve == "ROC" else (recall, divide(tp, tp + fp))
    between = {"interpolation": _middle, "minoring": np.minimum, "majoring": np.maximum}[method]
    return float(np.sum((x[:-1] - x[1:]) * between(y[:-1], y[1:])))


def confusion(totals, buckets, output=None):
    """Of positives, then negatives, above 0, 1, ... thresholds: tp, fp, fn, tn at each.

    Parameters
    ----------
    totals : array
        (2, buckets), or of each output.
    buckets : int
        One more than thresholds, which ascend.
    output : int, optional
        Whose they are.
    """
    counts = np.reshape(totals, (-1, 2, buckets))[output or 0]
    above = counts[:, ::-1].cumsum(axis=1)[:, ::-1]
    (positives, negatives), (tp, fp) = above[:, 0], above[:, 1:]
    return tp, fp, positives - tp, negatives - fp


def f_score(totals, beta, average):
    """Keras's F-beta score, of the numbers of positives, then negatives, that are not predicted
    and are, for each output.
    """
    (fn, tp), (_, fp) = np.reshape(totals, (-1, 2, 2)).transpose(1, 2, 0)
    weights = tp + fn
    if average == "micro":
        tp, fp, fn = tp.sum(), fp.sum(), fn.sum()
    precision, recall = tp / (tp + fp + EPSILON), tp / (tp + fn + EPSILON)
    each = (1 + beta**2) * precision * recall / (beta**2 * precision + recall + EPSILON)
    if average == "weighted":
        return float(np.sum(each * weights / (weights.sum() + EPSILON)))
    return each if average is None else float(np.mean(each))


def r2(totals, by_variance=False):
    """Of (sum of w, of w * t, of w * t**2, of w * (t - y)**2) for each output: the mean R squared.

    Outputs count equally or by the variance of their targets.
    """
    w, wt, wtt, residual = np.reshape(totals, (-1, 4)).T
    with np.errstate(all="ignore"):
        variance = wtt - wt * wt / w
        score = 1 - residual / variance
        score[np.isinf(score)] = 0
        return float(np.sum(variance * score) / np.sum(variance) if by_variance else score.mean())


def _interpolated_precision(tp, fp, positives):
    """Davis and Goadrich (2006), as in Keras: between two thresholds tp is linear in tp + fp.

    The area is ``sum(slope * (dtp + intercept * log(p[i] / p[i + 1]))) / positives``.
    """
    p = tp + fp
    dtp, dp = tp[:-1] - tp[1:], p[:-1] - p[1:]
    slope = divide(dtp, dp)
    intercept = tp[1:] - slope * p[1:]
    both = (p[:-1] > 0) & (p[1:] > 0)
    fraction = np.where(both, divide(p[:-1], p[1:]), 1)
    return ratio(np.sum(slope * (dtp + intercept * np.log(fraction))), positives)


def divide(a, b):
    """``a / b``, 0 where b is 0."""
    a, b = np.broadcast_arrays(a, b)
    return np.divide(a, b, out=np.zeros(a.shape), where=b != 0)


def _middle(a, b):
    return (a + b) / 2
