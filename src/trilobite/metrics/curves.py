"""Metrics of a curve over thresholds: the area under it, or its best point."""

import numpy as np

from trilobite._checks.numbers import integer, real
from trilobite._declare.names import auto_name, choose, only
from trilobite._model import results
from trilobite.metrics.metric import Metric


class AUC(Metric):
    """Area under a curve, by the trapezoidal rule between thresholds.

    Several outputs count as so many rows of one.

    Parameters
    ----------
    num_thresholds : int
        At least 2, evenly spaced, 200 by default.
    curve : {"ROC", "PR"}
        True over false positive rate, or precision over recall.
    summation_method : {"interpolation", "minoring", "majoring"}
        Between two thresholds the mean, the smaller or the larger value counts; for "PR"
        interpolation is that of Davis and Goadrich (2006).
    name : str, optional
        "auc" by default, numbered from the second on.
    dtype
        See `Metric`.
    thresholds : list of float, optional
        In place of those evenly spaced, and between one below 0 and one above 1.
    multi_label : bool
        The mean of the areas of each output.
    num_labels : None
        Keras's: the model knows.
    label_weights : list of float, optional
        Of each output in that mean.
    from_logits : bool
        Outputs are what sigmoid would be applied to.
    """

    direction = "max"

    def __init__(
        self,
        num_thresholds=200,
        curve="ROC",
        summation_method="interpolation",
        name=None,
        dtype=None,
        thresholds=None,
        multi_label=False,
        num_labels=None,
        label_weights=None,
        from_logits=False,
    ):
        super().__init__(name or auto_name("auc"), dtype)
        self.num_thresholds = integer("num_thresholds", num_thresholds, 2, most=10**6)
        self.curve = choose("curve", curve, {c: c.upper() for c in ("roc", "pr", "ROC", "PR")})
        methods = {m: m for m in ("interpolation", "minoring", "majoring")}
        self.summation_method = choose("summation_method", summation_method, methods)
        self.thresholds = thresholds and sorted(real("thresholds", t, 0, 1) for t in thresholds)
        self.multi_label = bool(multi_label)
        self.num_labels = only("num_labels", num_labels, None)
        self.label_weights = label_weights and [real("label_weights", w) for w in label_weights]
        self.from_logits = bool(from_logits)

    def plan(self):
        """What the engine is to sum up."""
        flags = "by_output:" * self.multi_label + "of_logits:" * self.from_logits
        if self.thresholds:
            return (f"{flags}confusion", tuple(self.thresholds))
        return (f"{flags}auc", self.num_thresholds)

    def of_totals(self, totals):
        """The metric, from the totals of all rows."""
        buckets = len(self.thresholds) + 1 if self.thresholds else self.num_thresholds
        each = np.reshape(totals, (-1, 2, buckets))
        if self.thresholds:  # and none beyond the last
            each = np.pad(each, [(0, 0), (0, 0), (0, 1)])
        areas = [results.area(of_output, self.curve, self.summation_method) for of_output in each]
        return float(np.average(areas, weights=self.label_weights))


class _At(Metric):
    """Base of the metrics that are the best one where another is at least a value."""

    direction = "max"
    argument = ""

    def _set(self, value, num_thresholds, class_id):
        self._value = real(self.argument, value, 0, 1)
        self.num_thresholds = integer("num_thresholds", num_thresholds, 2, most=10**6)
        self.class_id = None if class_id is None else integer("class_id", class_id, 0)

    def plan(self):
        """What the engine is to sum up."""
        each = "" if self.class_id is None else "by_output:"
        return (f"{each}auc", self.num_thresholds)

    def of_totals(self, totals):
        """The metric, from the totals of all rows."""
        buckets = np.reshape(totals, (-1, 2, self.num_thresholds))
        buckets = np.pad(buckets, [(0, 0), (0, 0), (1, 0)])  # all are above the first
        counted = results.confusion(buckets, self.num_thresholds + 1, self.class_id)
        wanted, other = self.of_counts(*counted)
        return float(np.max(wanted, where=other >= self._value, initial=0.0))


class SensitivityAtSpecificity(_At):
    """The best sensitivity at any threshold where the specificity is at least `specificity`.

    Parameters
    ----------
    specificity : float
        0 to 1.
    num_thresholds : int
        Evenly spaced, among which is searched: 200 by default.
    class_id : int, optional
        This output alone counts.
    name : str, optional
        "sensitivity_at_specificity" by default, numbered from the second on.
    dtype
        See `Metric`.
    """

    argument = "specificity"

    def __init__(self, specificity, num_thresholds=200, class_id=None, name=None, dtype=None):
        super().__init__(name or auto_name("sensitivity_at_specificity"), dtype)
        self._set(specificity, num_thresholds, class_id)
        self.specificity = self._value

    def of_counts(self, tp, fp, fn, tn):
        """The number that is wanted and the other, at each threshold."""
        return results.divide(tp, tp + fn), results.divide(tn, tn + fp)


class SpecificityAtSensitivity(_At):
    """The best specificity at any threshold where the sensitivity is at least `sensitivity`.

    Parameters
    ----------
    sensitivity : float
        0 to 1.
    num_thresholds : int
        Evenly spaced, among which is searched: 200 by default.
    class_id : int, optional
        This output alone counts.
    name : str, optional
        "specificity_at_sensitivity" by default, numbered from the second on.
    dtype
        See `Metric`.
    """

    argument = "sensitivity"

    def __init__(self, sensitivity, num_thresholds=200, class_id=None, name=None, dtype=None):
        super().__init__(name or auto_name("specificity_at_sensitivity"), dtype)
        self._set(sensitivity, num_thresholds, class_id)
        self.sensitivity = self._value

    def of_counts(self, tp, fp, fn, tn):
        """The number that is wanted and the other, at each threshold."""
        return results.divide(tn, tn + fp), results.divide(tp, tp + fn)


class PrecisionAtRecall(_At):
    """The best precision at any threshold where the recall is at least `recall`.

    Parameters
    ----------
    recall : float
        0 to 1.
    num_thresholds : int
        Evenly spaced, among which is searched: 200 by default.
    class_id : int, optional
        This output alone counts.
    name : str, optional
        "precision_at_recall" by default, numbered from the second on.
    dtype
        See `Metric`.
    """

    argument = "recall"

    def __init__(self, recall, num_thresholds=200, class_id=None, name=None, dtype=None):
        super().__init__(name or auto_name("precision_at_recall"), dtype)
        self._set(recall, num_thresholds, class_id)
        self.recall = self._value

    def of_counts(self, tp, fp, fn, tn):
        """The number that is wanted and the other, at each threshold."""
        return results.divide(tp, tp + fp), results.divide(tp, tp + fn)


class RecallAtPrecision(_At):
    """The best recall at any threshold where the precision is at least `precision`.

    Parameters
    ----------
    precision : float
        0 to 1.
    num_thresholds : int
        Evenly spaced, among which is searched: 200 by default.
    class_id : int, optional
        This output alone counts.
    name : str, optional
        "recall_at_precision" by default, numbered from the second on.
    dtype
        See `Metric`.
    """

    argument = "precision"

    def __init__(self, precision, num_thresholds=200, class_id=None, name=None, dtype=None):
        super().__init__(name or auto_name("recall_at_precision"), dtype)
        self._set(precision, num_thresholds, class_id)
        self.precision = self._value

    def of_counts(self, tp, fp, fn, tn):
        """The number that is wanted and the other, at each threshold."""
        return results.divide(tp, tp + fn), results.divide(tp, tp + fp)
