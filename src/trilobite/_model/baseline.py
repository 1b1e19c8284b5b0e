"""The cost of the best constant answer: what a net that has learned nothing can reach."""

import numpy as np


def baseline(loss, y):
    """Mean cost of the constant that costs least, or None for a loss for which it is not known.

    ``var(y)`` for mean squared error, ``mean(abs(y - median))`` for mean absolute error, the
    entropy of the shares for a cross-entropy.

    Parameters
    ----------
    loss : Loss
    y : ndarray, shape (n, ...)
        Checked targets.

    Returns
    -------
    float or None
    """
    if loss.reduction == "sum" or loss.label_smoothing or loss.is_own or not y.size:
        return None
    columns = y.reshape(len(y), -1)
    if loss.formula == "mean_squared_error":
        return float(np.var(columns, axis=0, dtype=float).mean())
    if loss.formula == "mean_absolute_error":
        return float(np.abs(columns - np.median(columns, axis=0)).mean())
    if loss.class_indices:
        return _entropy(np.bincount(columns[:, 0].astype(np.intp)) / len(y))
    shares = columns.mean(axis=0, dtype=float)
    if loss.formula == "categorical_crossentropy":
        return _entropy(shares)
    if loss.formula == "binary_crossentropy":
        return (_entropy(shares) + _entropy(1 - shares)) / len(shares)
    return None


def _entropy(shares):
    """``-sum(share * log(share))``."""
    shares = shares[shares > 0]
    return float(-(shares * np.log(shares)).sum())
