"""Metrics of how many positives and negatives lie above thresholds."""

import numpy as np

from trilobite._checks.numbers import integer, real
from trilobite._declare.names import auto_name, only, snake_case
from trilobite._model import results
from trilobite.metrics.metric import Metric


class _Confusion(Metric):
    """Base of the metrics of true and false positives and negatives at thresholds.

    An output above a threshold is predicted to be positive; positive are those whose target is
    not 0. All outputs count alike, of all rows.

    Parameters
    ----------
    thresholds : float or list of float, optional
        0.5 by default. In a model one threshold is what the history has room for.
    name : str, optional
        The class's name in snake_case by default, numbered from the second on.
    dtype
        See `Metric`.
    """

    direction = "max"
    class_id = None

    def __init__(self, thresholds=None, name=None, dtype=None):
        super().__init__(name or auto_name(snake_case(type(self).__name__)), dtype)
        self.thresholds = thresholds
        several = isinstance(thresholds, (list, tuple, np.ndarray))
        given = thresholds if several else [0.5 if thresholds is None else thresholds]
        self._given = [real("thresholds", threshold, 0, 1) for threshold in given]
        if not self._given:
            raise ValueError("thresholds: got none, expected one at least")
        self.is_array = len(self._given) > 1

    def plan(self):
        """What the engine is to sum up."""
        each = "" if self.class_id is None else "by_output:"
        return (f"{each}confusion", tuple(sorted(self._given)))

    def of_totals(self, totals):
        """The metric, from the totals of all rows; an array if there are several thresholds."""
        counted = results.confusion(totals, len(self._given) + 1, self.class_id)
        at = np.searchsorted(sorted(self._given), self._given)
        values = self.of_counts(*counted)[at]
        return values if self.is_array else float(values[0])


class TruePositives(_Confusion):
    """How many positives are predicted to be."""

    def of_counts(self, tp, fp, fn, tn):
        """The metric of the counts at each threshold."""
        return tp


class FalsePositives(_Confusion):
    """How many others are predicted to be positive."""

    direction = "min"

    def of_counts(self, tp, fp, fn, tn):
        """The metric of the counts at each threshold."""
        return fp


class FalseNegatives(_Confusion):
    """How many positives are not predicted to be."""

    direction = "min"

    def of_counts(self, tp, fp, fn, tn):
        """The metric of the counts at each threshold."""
        return fn


class TrueNegatives(_Confusion):
    """How many others are not predicted to be positive."""

    def of_counts(self, tp, fp, fn, tn):
        """The metric of the counts at each threshold."""
        return tn


class _Retrieval(_Confusion):
    """Base of `Precision` and `Recall`.

    Parameters
    ----------
    thresholds, name, dtype
        See `TruePositives`.
    top_k : None
        Keras's, which is not supported.
    class_id : int, optional
        This output alone counts.
    """

    def __init__(self, thresholds=None, top_k=None, class_id=None, name=None, dtype=None):
        super().__init__(thresholds, name, dtype)
        self.top_k = only("top_k", top_k, None)
        self.class_id = None if class_id is None else integer("class_id", class_id, 0)


class Precision(_Retrieval):
    """Share of true positives among the predicted positives."""

    def of_counts(self, tp, fp, fn, tn):
        """The metric of the counts at each threshold."""
        return results.divide(tp, tp + fp)


class Recall(_Retrieval):
    """Share of true positives among the positives, the outputs whose target is not 0."""

    def of_counts(self, tp, fp, fn, tn):
        """The metric of the counts at each threshold."""
        return results.divide(tp, tp + fn)


class FBetaScore(Metric):
    """``(1 + beta**2) * p * r / (beta**2 * p + r)`` of precision p and recall r of each class.

    Parameters
    ----------
    average : {"micro", "macro", "weighted"}, optional
        Of all classes: of their counts, their mean, their mean weighted by positives. None, Keras's
        default, is an array of all, which the history of a model has no room for.
    beta : float
        Weight of recall, above 0, 1 by default.
    threshold : float, optional
        Outputs above it are predicted; by default the largest one of a row is.
    name : str
        "fbeta_score" by default.
    dtype
        See `Metric`.
    """

    direction = "max"

    def __init__(self, average=None, beta=1.0, threshold=None, name="fbeta_score", dtype=None):
        super().__init__(name, dtype)
        self.average = only("average", average, None, "micro", "macro", "weighted")
        self.beta = real("beta", beta, 1e-30)
        self.threshold = None if threshold is None else real("threshold", threshold, 0, 1)
        self.is_array = average is None

    def plan(self):
        """What the engine is to sum up."""
        if self.threshold is None:
            return ("of_largest:by_output:confusion", (0.5,))
        return ("by_output:confusion", (self.threshold,))

    def of_totals(self, totals):
        """The metric, from the totals of all rows."""
        return results.f_score(totals, self.beta, self.average)


class F1Score(FBetaScore):
    """``2 * p * r / (p + r)`` of precision p and recall r of each class.

    Parameters
    ----------
    average, threshold, name, dtype
        See `FBetaScore`; the name is "f1_score" by default.
    """

    def __init__(self, average=None, threshold=None, name="f1_score", dtype=None):
        super().__init__(average, 1.0, threshold, name, dtype)
