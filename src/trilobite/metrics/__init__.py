"""Metrics: what is watched beside the loss. The engine sums up what they need.

Definitions, names and defaults are Keras 3's; y are the model's outputs. Of `weighted_metrics`
the weights of the rows count, of `metrics` they do not.
"""

from trilobite._declare.names import by_name, choose, classes_in, snake_case
from trilobite.metrics.metric import Metric
from trilobite.metrics.rows import (
    BinaryAccuracy,
    BinaryCrossentropy,
    CategoricalAccuracy,
    CategoricalCrossentropy,
    CategoricalHinge,
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
from trilobite.metrics.whole import AUC, Precision, R2Score, Recall

_CLASSES = classes_in(globals(), Metric)
# Keras's function names, of those that are the mean of a formula of each row.
globals().update({
    snake_case(c.__name__): c
    for c in _CLASSES
    if c.result is Metric.result and not c.key
})  # fmt: skip

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


_METRICS = dict.fromkeys(("accuracy", "acc", "Accuracy"), _Accuracy) | by_name(
    _CLASSES, _SHORT | {name.upper(): c for name, c in _SHORT.items()}
)


def get_all(argument, identifiers):
    """The metrics, given as instances, classes or names; None is none."""
    if not isinstance(identifiers, (list, tuple, type(None))):
        raise TypeError(f"{argument}: got {identifiers!r}, expected a list such as ['accuracy']")
    metrics = []
    for identifier in identifiers or ():
        metric = identifier
        if not isinstance(metric, Metric):
            known = choose(argument, identifier, _METRICS)
            metric = known(name=identifier if isinstance(identifier, str) else None)
        if metric.name in ("loss", "val_loss"):
            raise ValueError(
                f"{argument}: got the name {metric.name!r}, which is that of another number in the "
                "history, expected another name"
            )
        metrics.append(metric)
    return metrics
