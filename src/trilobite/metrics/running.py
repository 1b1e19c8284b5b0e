"""Metrics of numbers that a program counts itself: means and sums, and whether two are equal."""

from functools import partial

import numpy as np

from trilobite.metrics.metric import Metric


class Mean(Metric):
    """The mean of all numbers counted in, by their weights.

    To be called by hand: ``m = Mean(); m(2.0); m([4.0, 6.0]); m.result()``.

    Parameters
    ----------
    name, dtype
        See `Metric`.
    """

    def __init__(self, name="mean", dtype=None):
        super().__init__(name, dtype)

    def __call__(self, values, sample_weight=None):
        """`update_state`, then `result`."""
        self.update_state(values, sample_weight)
        return self.result()

    def update_state(self, values, sample_weight=None):
        """Count numbers in.

        Parameters
        ----------
        values : float or array_like
        sample_weight : float or array_like, optional
            Of each, or of each row.
        """
        values = np.asarray(values, np.float64)
        weights = np.asarray(1.0 if sample_weight is None else sample_weight, np.float64)
        weights = weights.reshape(weights.shape + (1,) * (values.ndim - weights.ndim))
        weights = np.broadcast_to(weights, values.shape)
        totals = np.array([np.sum(values * weights), np.sum(weights)])
        self._totals = totals if self._totals is None else self._totals + totals

    def of_totals(self, totals):
        """The metric, from the totals of all numbers."""
        return totals[0] / totals[1] if totals[1] else 0.0


class Sum(Mean):
    """The sum of all numbers counted in, times their weights; see `Mean`."""

    def __init__(self, name="sum", dtype=None):
        super().__init__(name, dtype)

    def of_totals(self, totals):
        """The metric, from the totals of all numbers."""
        return totals[0]


class MeanMetricWrapper(Mean):
    """The mean of what a function returns for (y_true, y_pred).

    Parameters
    ----------
    fn : callable
    name, dtype
        See `Metric`.
    **kwargs
        Of the function.
    """

    def __init__(self, fn, name=None, dtype=None, **kwargs):
        super().__init__(name or getattr(fn, "__name__", None), dtype)
        self.function = partial(fn, **kwargs)

    def __call__(self, y_true, y_pred, sample_weight=None):
        """`update_state`, then `result`."""
        self.update_state(y_true, y_pred, sample_weight)
        return self.result()

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Count in what the function returns; see `Mean`."""
        super().update_state(self.function(y_true, y_pred), sample_weight)


class Accuracy(MeanMetricWrapper):
    """How often y_true equals y_pred, both classes; see `Mean`. Of a model it is "accuracy".

    Parameters
    ----------
    name, dtype
        See `Metric`.
    """

    direction = "max"

    def __init__(self, name="accuracy", dtype=None):
        super().__init__(_equal, name, dtype)


def _equal(y_true, y_pred):
    return np.equal(y_true, y_pred)
