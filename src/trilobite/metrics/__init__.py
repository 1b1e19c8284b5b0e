"""Metrics: what is watched beside the loss. The engine sums up what they need.

Definitions, names and defaults are Keras 3's; y are the model's outputs. Of `weighted_metrics`
the weights of the rows count, of `metrics` they do not.
"""

from trilobite._declare.names import by_name, choose
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


class _Accuracy(Metric):
    """What "accuracy" means, as in Keras: by the kind of targets, and binary for one output."""

    def resolve(self, loss, n_out):
        """The metric that is meant for a loss and so many outputs."""
        if loss.sparse:
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
        metrics.append(metric)
    return metrics
