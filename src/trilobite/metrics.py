"""Metrics: what is watched beside the loss. The engine sums up what they need.

Definitions, names and defaults are Keras 3's; y are the model's outputs. Of `weighted_metrics`
the weights of the rows count, of `metrics` they do not.
"""

from trilobite import data, results
from trilobite.declaration import Declaration
from trilobite.names import auto_name, by_name, choose, only, snake_case


class Metric(Declaration):
    """Base of the metrics: of most the result is the mean over the rows.

    Parameters
    ----------
    name : str, optional
        Key in the history; the class's name in snake_case by default.
    dtype : None
        Keras's, which is not supported: totals are float64.
    """

    direction = "min"  # which is better
    sparse = False  # whether targets are class indices
    key = None  # the default name, if not the formula's

    def __init__(self, name=None, dtype=None):
        self.formula = snake_case(type(self).__name__)
        self.name = name or self.key or self.formula
        self.dtype = only("dtype", dtype, None)

    def plan(self):
        """What the engine is to sum up: a formula, or a formula and its number."""
        return self.formula

    def result(self, totals):
        """The metric, from the totals of all rows."""
        return results.mean(totals)


class CategoricalAccuracy(Metric):
    """Share of the rows whose largest output is where the one-hot target is largest."""

    direction = "max"


class SparseCategoricalAccuracy(Metric):
    """Share of the rows whose largest output is the one of the target class index."""

    direction = "max"
    sparse = True


class BinaryAccuracy(Metric):
    """Share of the outputs on the same side of the threshold as their target, 0 or 1.

    Parameters
    ----------
    name, dtype
        See `Metric`.
    threshold : float
        0.5 by default; outputs above it count as 1.
    """

    direction = "max"

    def __init__(self, name=None, dtype=None, threshold=0.5):
        super().__init__(name, dtype)
        self.threshold = data.real("threshold", threshold)

    def plan(self):
        """What the engine is to sum up."""
        return (self.formula, self.threshold)


class TopKCategoricalAccuracy(Metric):
    """Share of the rows whose one-hot target is among the k largest outputs.

    Parameters
    ----------
    k : int
        5 by default.
    name, dtype
        See `Metric`.
    """

    direction = "max"

    def __init__(self, k=5, name=None, dtype=None):
        super().__init__(name, dtype)
        self.k = data.integer("k", k)

    def plan(self):
        """What the engine is to sum up."""
        return (self.formula, self.k)


class SparseTopKCategoricalAccuracy(TopKCategoricalAccuracy):
    """Share of the rows whose target class index is among those of the k largest outputs.

    Parameters
    ----------
    k : int
        5 by default.
    name, dtype
        See `Metric`.
    from_sorted_ids : bool
        Keras's, which must be False.
    """

    sparse = True

    def __init__(self, k=5, name=None, dtype=None, from_sorted_ids=False):
        super().__init__(k, name, dtype)
        self.from_sorted_ids = only("from_sorted_ids", from_sorted_ids, False)


class MeanSquaredError(Metric):
    """``mean((y - target)**2)``."""


class RootMeanSquaredError(Metric):
    """``sqrt(mean((y - target)**2))``."""

    def result(self, totals):
        """The metric, from the totals of all rows."""
        return results.root_mean(totals)


class MeanAbsoluteError(Metric):
    """``mean(abs(y - target))``."""


class MeanAbsolutePercentageError(Metric):
    """``mean(100 * abs((y - target) / max(abs(target), 1e-7)))``."""


class MeanSquaredLogarithmicError(Metric):
    """``mean((log(max(y, 1e-7) + 1) - log(max(target, 1e-7) + 1))**2)``."""


class LogCoshError(Metric):
    """``mean(log(cosh(y - target)))``; its name is "logcosh"."""

    key = "logcosh"

    def plan(self):
        """What the engine is to sum up."""
        return "log_cosh"


class Poisson(Metric):
    """``mean(y - target * log(y + 1e-7))``."""


class KLDivergence(Metric):
    """``sum(target * log(target / y))`` over the classes, both clipped at 1e-7 and 1."""


class Hinge(Metric):
    """``mean(max(1 - target * y, 0))``; see `losses.Hinge`."""


class SquaredHinge(Metric):
    """``mean(max(1 - target * y, 0)**2)``; see `losses.Hinge`."""


class CategoricalHinge(Metric):
    """``max(max((1 - target) * y) - sum(target * y) + 1, 0)``; targets are one-hot."""


class Crossentropy(Metric):
    """Base of the cross-entropies, of outputs that are probabilities.

    Parameters
    ----------
    name, dtype
        See `Metric`.
    from_logits, label_smoothing, axis
        Keras's, which must be False, 0 and -1.
    """

    def __init__(self, name=None, dtype=None, from_logits=False, label_smoothing=0, axis=-1):
        super().__init__(name, dtype)
        self.from_logits = only("from_logits", from_logits, False)
        self.label_smoothing = only("label_smoothing", label_smoothing, 0)
        self.axis = only("axis", axis, -1)


class CategoricalCrossentropy(Crossentropy):
    """``-sum(target * log(y))`` over the classes; targets are one-hot."""


class BinaryCrossentropy(Crossentropy):
    """``-mean(target * log(y) + (1 - target) * log(1 - y))``."""


class SparseCategoricalCrossentropy(Metric):
    """``-log(y[target])``; targets are class indices.

    Parameters
    ----------
    name, dtype
        See `Metric`.
    from_logits, ignore_class, axis
        Keras's, which must be False, None and -1.
    """

    sparse = True

    def __init__(self, name=None, dtype=None, from_logits=False, ignore_class=None, axis=-1):
        super().__init__(name, dtype)
        self.from_logits = only("from_logits", from_logits, False)
        self.ignore_class = only("ignore_class", ignore_class, None)
        self.axis = only("axis", axis, -1)


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
            self.thresholds = data.real("thresholds", thresholds, 0, 1)
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
        self.num_thresholds = data.integer("num_thresholds", num_thresholds, 2, most=10**6)
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

    def result(self, totals):
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

    def result(self, totals):
        """The metric, from the totals of all rows."""
        return results.r2(totals, by_variance=self.class_aggregation != "uniform_average")


# Keras's function names.
categorical_accuracy = CategoricalAccuracy
sparse_categorical_accuracy = SparseCategoricalAccuracy
binary_accuracy = BinaryAccuracy
top_k_categorical_accuracy = TopKCategoricalAccuracy
sparse_top_k_categorical_accuracy = SparseTopKCategoricalAccuracy
mean_squared_error = MeanSquaredError
mean_absolute_error = MeanAbsoluteError
mean_absolute_percentage_error = MeanAbsolutePercentageError
mean_squared_logarithmic_error = MeanSquaredLogarithmicError
poisson = Poisson
kl_divergence = KLDivergence
hinge = Hinge
squared_hinge = SquaredHinge
categorical_hinge = CategoricalHinge
categorical_crossentropy = CategoricalCrossentropy
sparse_categorical_crossentropy = SparseCategoricalCrossentropy
binary_crossentropy = BinaryCrossentropy

_CLASSES = [
    CategoricalAccuracy,
    SparseCategoricalAccuracy,
    BinaryAccuracy,
    TopKCategoricalAccuracy,
    SparseTopKCategoricalAccuracy,
    MeanSquaredError,
    RootMeanSquaredError,
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanSquaredLogarithmicError,
    LogCoshError,
    Poisson,
    KLDivergence,
    Hinge,
    SquaredHinge,
    CategoricalHinge,
    CategoricalCrossentropy,
    SparseCategoricalCrossentropy,
    BinaryCrossentropy,
    Precision,
    Recall,
    AUC,
    R2Score,
]
_SHORT = {
    "mse": MeanSquaredError,
    "mae": MeanAbsoluteError,
    "mape": MeanAbsolutePercentageError,
    "msle": MeanSquaredLogarithmicError,
    "bce": BinaryCrossentropy,
}
_ACCURACY = ("accuracy", "acc", "Accuracy")
_METRICS = dict.fromkeys(_ACCURACY) | by_name(
    _CLASSES, _SHORT | {name.upper(): c for name, c in _SHORT.items()}
)


def get_all(argument, identifiers):
    """The metrics and their names, given as instances, classes or names; None is none.

    The metric of "accuracy" is None until `resolve` knows which.
    """
    if not isinstance(identifiers, (list, tuple, type(None))):
        raise TypeError(f"{argument}: got {identifiers!r}, expected a list such as ['accuracy']")
    metrics = []
    for identifier in identifiers or ():
        metric = identifier
        if not isinstance(metric, Metric):
            known = choose(argument, identifier, _METRICS)
            metric = known and known(name=identifier if isinstance(identifier, str) else None)
        metrics.append((metric, metric.name if metric else identifier))
    return metrics


def accuracy(loss, n_out):
    """What "accuracy" means, as in Keras: binary for one output, else by the kind of targets."""
    if loss.formula == "sparse_categorical_crossentropy":
        return SparseCategoricalAccuracy()
    return BinaryAccuracy() if n_out == 1 else CategoricalAccuracy()
