"""Metrics: what is watched beside the loss. The engine computes them."""

from collections import Counter

from trilobite.declaration import Declaration
from trilobite.names import by_name, choose, snake_case


class Metric(Declaration):
    """Base of the metrics.

    Parameters
    ----------
    name : str, optional
        Key in the history; the class's name in snake_case by default.
    """

    def __init__(self, name=None):
        self.formula = snake_case(type(self).__name__)
        self.name = name or self.formula


class CategoricalAccuracy(Metric):
    """Share of the rows whose largest output is where the one-hot target is largest."""


class SparseCategoricalAccuracy(Metric):
    """Share of the rows whose largest output is the one of the target class index."""


class BinaryAccuracy(Metric):
    """Share of the outputs on the same side of 0.5 as their target."""


class MeanSquaredError(Metric):
    """``mean((y - target)**2)``."""


class MeanAbsoluteError(Metric):
    """``mean(abs(y - target))``."""


# Keras's function names.
categorical_accuracy = CategoricalAccuracy
sparse_categorical_accuracy = SparseCategoricalAccuracy
binary_accuracy = BinaryAccuracy
mean_squared_error = MeanSquaredError
mean_absolute_error = MeanAbsoluteError

_METRICS = {"accuracy": None, "acc": None, "Accuracy": None} | by_name(
    [
        CategoricalAccuracy,
        SparseCategoricalAccuracy,
        BinaryAccuracy,
        MeanSquaredError,
        MeanAbsoluteError,
    ],
    {
        "mse": MeanSquaredError,
        "MSE": MeanSquaredError,
        "mae": MeanAbsoluteError,
        "MAE": MeanAbsoluteError,
    },
)


def get_all(identifiers):
    """Formula and name of each metric, given as instances, classes or names; None is none.

    The formula of "accuracy" is "accuracy" until `resolve` knows which.
    """
    if not isinstance(identifiers, (list, tuple, type(None))):
        raise TypeError(f"metrics: got {identifiers!r}, expected a list such as ['accuracy']")
    metrics = []
    for identifier in identifiers or ():
        metric = identifier
        if not isinstance(metric, Metric):
            known = choose("metrics", identifier, _METRICS)
            metric = known and known()
        name = identifier if isinstance(identifier, str) else metric.name
        metrics.append((metric.formula if metric else "accuracy", name))
    return metrics


def resolve(metrics, loss, n_out):
    """What the engine computes for `metrics`, and under which names it is reported.

    "accuracy" is, as in Keras, the binary one for a single output, the sparse one for class
    indices and the categorical one otherwise. A name used before gets a number.

    Parameters
    ----------
    metrics : list of (formula, name)
        From `get_all`.
    loss : Loss
    n_out : int
        Outputs of the model.

    Returns
    -------
    formulas, names : tuple of str
    """
    sparse = loss.formula == "sparse_categorical_crossentropy"
    accuracy = "sparse_categorical" if sparse else "binary" if n_out == 1 else "categorical"
    formulas, names, times = [], [], Counter()
    for formula, name in metrics:
        if formula == "accuracy":
            formula = f"{accuracy}_accuracy"
        if sparse != (formula == "sparse_categorical_accuracy"):
            targets = "class indices" if sparse else f"targets of width {n_out}"
            raise ValueError(
                f"metrics: got {name!r}, which does not go with {targets} "
                f"(loss {loss.formula!r}), expected 'accuracy' or '{accuracy}_accuracy'"
            )
        formulas.append(formula)
        names.append(f"{name}_{times[name]}" if times[name] else name)
        times[name] += 1
    return tuple(formulas), tuple(names)
