"""Metrics that need counts or sums over all rows, and are no mean over them."""

from trilobite._checks.numbers import integer, real
from trilobite._declare.names import auto_name, choose, only, snake_case
from trilobite._model import results
from trilobite.metrics.metric import Metric


class _Retrieval(Metric):
    """Base of `Precision` and `Recall`: outputs above the threshold are positive.

    Parameters
    ----------
    thresholds : float, optional
        0.5 by default. Keras's lists of thresholds are not supported.
    top_k, class_id : None
        Keras's, which are not supported.
    name : str, optional
        The class's name in snake_case by default, numbered from the second on.
    dtype
        See `Metric`.
    """

    direction = "max"

    def __init__(self, thresholds=None, top_k=None, class_id=None, name=None, dtype=None):
        super().__init__(name or auto_name(snake_case(type(self).__name__)), dtype)
        self.thresholds = thresholds
        if thresholds is not None:
            self.thresholds = real("thresholds", thresholds, 0, 1)
        self.top_k = only("top_k", top_k, None)
        self.class_id = only("class_id", class_id, None)

    def plan(self):
        """What the engine is to sum up."""
        return (self.formula, 0.5 if self.thresholds is None else self.thresholds)


class Precision(_Retrieval):
    """Share of true positives among the predicted positives."""


class Recall(_Retrieval):
    """Share of true positives among the positives, the outputs whose target is not 0."""


class AUC(Metric):
    """Area under a curve, by the trapezoidal rule over evenly spaced thresholds.

    Several outputs count as so many rows of one.

    Parameters
    ----------
    num_thresholds : int
        At least 2, 200 by default.
    curve : {"ROC", "PR"}
        True over false positive rate, or precision over recall.
    summation_method : {"interpolation", "minoring", "majoring"}
        Between two thresholds the mean, the smaller or the larger value counts; for "PR"
        interpolation is that of Davis and Goadrich (2006).
    name : str, optional
        "auc" by default, numbered from the second on.
    dtype
        See `Metric`.
    thresholds, multi_label, num_labels, label_weights, from_logits
        Keras's, which must be their defaults.
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
        self.thresholds = only("thresholds", thresholds, None)
        self.multi_label = only("multi_label", multi_label, False)
        self.num_labels = only("num_labels", num_labels, None)
        self.label_weights = only("label_weights", label_weights, None)
        self.from_logits = only("from_logits", from_logits, False)

    def plan(self):
        """What the engine is to sum up."""
        return (self.formula, self.num_thresholds)

    def of_totals(self, totals):
        """The metric, from the totals of all rows."""
        return results.area(totals, self.curve, self.summation_method)


class R2Score(Metric):
    """``1 - sum((y - target)**2) / sum((target - mean(target))**2)`` of each output, averaged.

    Parameters
    ----------
    class_aggregation : {"uniform_average", "variance_weighted_average"}
        How the outputs are averaged.
    num_regressors : int
        Keras's, which must be 0.
    name, dtype
        See `Metric`.
    """

    direction = "max"

    def __init__(
        self, class_aggregation="uniform_average", num_regressors=0, name=None, dtype=None
    ):
        super().__init__(name, dtype)
        self.class_aggregation = only(
            "class_aggregation", class_aggregation, "uniform_average", "variance_weighted_average"
        )
        self.num_regressors = only("num_regressors", num_regressors, 0)

    def of_totals(self, totals):
        """The metric, from the totals of all rows."""
        return results.r2(totals, by_variance=self.class_aggregation != "uniform_average")
