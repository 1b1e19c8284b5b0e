"""Metrics: what is watched beside the loss. The engine sums up what they need.

Definitions, names and defaults are Keras 3's; y are the model's outputs. Of `weighted_metrics`
the weights of the rows count, of `metrics` they do not.
"""

from trilobite import losses
from trilobite._declare.declaration import describe, made
from trilobite._declare.names import by_name, choose, classes_in, custom_objects
from trilobite.losses.functions import *  # noqa: F403
from trilobite.metrics import functions
from trilobite.metrics.confusion import (
    F1Score,
    FalseNegatives,
    FalsePositives,
    FBetaScore,
    Precision,
    Recall,
    TrueNegatives,
    TruePositives,
)
from trilobite.metrics.curves import (
    AUC,
    PrecisionAtRecall,
    RecallAtPrecision,
    SensitivityAtSpecificity,
    SpecificityAtSensitivity,
)
from trilobite.metrics.functions import *  # noqa: F403
from trilobite.metrics.metric import Metric
from trilobite.metrics.own import Counted as _Counted
from trilobite.metrics.own import Own as _Own
from trilobite.metrics.rows import (
    BinaryAccuracy,
    BinaryCrossentropy,
    CategoricalAccuracy,
    CategoricalCrossentropy,
    CategoricalHinge,
    CosineSimilarity,
    Hinge,
    KLDivergence,
    LogCoshError,
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanSquaredError,
    MeanSquaredLogarithmicError,
    Poisson,
    RootMeanSquaredError,
    SparseCategoricalAccuracy,
    SparseCategoricalCrossentropy,
    SparseTopKCategoricalAccuracy,
    SquaredHinge,
    TopKCategoricalAccuracy,
)
from trilobite.metrics.running import Accuracy, Mean, MeanMetricWrapper, Sum
from trilobite.metrics.whole import R2Score

_CLASSES = [c for c in classes_in(globals(), Metric) if not issubclass(c, Mean)]
_FUNCTIONS = [getattr(functions, name) for name in functions.__all__]
_FUNCTIONS += [f for f in losses._OF_FUNCTIONS if f not in (losses.huber, losses.cosine_similarity)]
_SHORT = {
    "mse": MeanSquaredError,
    "mae": MeanAbsoluteError,
    "mape": MeanAbsolutePercentageError,
    "msle": MeanSquaredLogarithmicError,
    "bce": BinaryCrossentropy,
}


class _Accuracy(Metric):
    """What "accuracy" means, as in Keras: by the kind of targets, and binary for one output."""

    def resolve(self, loss, n_out):
        """The metric that is meant for a loss and so many outputs."""
        if loss.class_indices:
            return SparseCategoricalAccuracy()
        return BinaryAccuracy() if n_out == 1 else CategoricalAccuracy()


_METRICS = by_name(_CLASSES, _SHORT | {name.upper(): c for name, c in _SHORT.items()})
_METRICS |= {"log_cosh": LogCoshError}
_FOR_MODELS = dict.fromkeys(("accuracy", "acc", "Accuracy"), _Accuracy) | _METRICS

__all__ = [
    "AUC",
    "Accuracy",
    "BinaryAccuracy",
    "BinaryCrossentropy",
    "CategoricalAccuracy",
    "CategoricalCrossentropy",
    "CategoricalHinge",
    "CosineSimilarity",
    "F1Score",
    "FBetaScore",
    "FalseNegatives",
    "FalsePositives",
    "Hinge",
    "KLDivergence",
    "LogCoshError",
    "Mean",
    "MeanAbsoluteError",
    "MeanAbsolutePercentageError",
    "MeanMetricWrapper",
    "MeanSquaredError",
    "MeanSquaredLogarithmicError",
    "Metric",
    "Poisson",
    "Precision",
    "PrecisionAtRecall",
    "R2Score",
    "Recall",
    "RecallAtPrecision",
    "RootMeanSquaredError",
    "SensitivityAtSpecificity",
    "SparseCategoricalAccuracy",
    "SparseCategoricalCrossentropy",
    "SparseTopKCategoricalAccuracy",
    "SpecificityAtSensitivity",
    "SquaredHinge",
    "Sum",
    "TopKCategoricalAccuracy",
    "TrueNegatives",
    "TruePositives",
    "deserialize",
    "get",
    "serialize",
    *functions.__all__,
    *losses.functions.__all__,
]


def get(identifier):
    """A `Metric` from an object, a class, a name ("mse", "AUC") or what `serialize` made.

    A function is returned as it is, as is None.
    """
    given = isinstance(identifier, Metric) or callable(identifier)
    if identifier is None or given and not isinstance(identifier, type):
        return identifier
    return made("identifier", identifier, _METRICS)


def serialize(metric):
    """A metric as plain data, for `deserialize`; a function is its name."""
    return describe("metric", metric) if isinstance(metric, Metric) else metric.__name__


def deserialize(config, custom_objects=None):
    """What `serialize` was given; `custom_objects` are classes by name that it may be of, too."""
    return made("config", config, _METRICS, custom_objects)


def _listed(metrics):
    return metrics if isinstance(metrics, (list, tuple)) else [metrics]


def get_all(argument, identifiers):
    """The metrics for a model, given as objects, classes, functions or names; None is none."""
    if isinstance(identifiers, dict):  # by the names of outputs, of which there is one
        identifiers = [
            metric for of_output in identifiers.values() for metric in _listed(of_output)
        ]
    if not isinstance(identifiers, (list, tuple, type(None))):
        raise TypeError(f"{argument}: got {identifiers!r}, expected a list such as ['accuracy']")
    if identifiers and list(map(type, identifiers)) in ([list], [tuple]):
        identifiers = identifiers[0]  # those of the one output
    metrics = []
    for identifier in identifiers or ():
        if isinstance(identifier, str):
            identifier = custom_objects.get(identifier, identifier)
        metric = identifier
        if not isinstance(metric, Metric):
            if identifier in _FUNCTIONS:
                identifier = identifier.__name__
            if callable(identifier) and not isinstance(identifier, type):
                metric = _Own(identifier)
            else:
                known = choose(argument, identifier, _FOR_MODELS)
                metric = known(name=identifier if isinstance(identifier, str) else None)
        elif isinstance(metric, MeanMetricWrapper):
            metric = _Own(metric.function, name=metric.name)
        elif metric.variables:
            metric = _Counted(metric)
        elif type(metric).update_state is not Metric.update_state:
            raise TypeError(
                f"{argument}: got {metric!r}, whose class counts for itself, expected a function "
                "of (y_true, y_pred), or one that counts in variables of add_weight"
            )
        if metric.name in ("loss", "val_loss"):
            raise ValueError(
                f"{argument}: got the name {metric.name!r}, which is that of another number in the "
                "history, expected another name"
            )
        metrics.append(metric)
    return metrics
