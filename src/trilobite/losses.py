"""Losses (costs): which number training makes small. The engine computes them."""

from trilobite.declaration import Declaration
from trilobite.names import by_name, choose, snake_case


class Loss(Declaration):
    """Base of the losses.

    Parameters
    ----------
    name : str, optional
        The class's name in snake_case by default.
    """

    from_logits = False

    def __init__(self, *, name=None):
        self.formula = snake_case(type(self).__name__)
        self.name = name or self.formula


class MeanSquaredError(Loss):
    """``mean((y - target)**2)`` over the outputs and the rows: the quadratic cost."""


class Crossentropy(Loss):
    """Base of the cross-entropy costs.

    Parameters
    ----------
    from_logits : bool
        True: the model's outputs are what softmax (sigmoid for binary) would be applied to.
    name : str, optional
    """

    def __init__(self, from_logits=False, *, name=None):
        super().__init__(name=name)
        self.from_logits = bool(from_logits)


class CategoricalCrossentropy(Crossentropy):
    """``-sum(target * log(y))`` over the classes, mean over the rows; targets are one-hot."""


class SparseCategoricalCrossentropy(Crossentropy):
    """``-log(y[target])``, mean over the rows; targets are class indices."""


class BinaryCrossentropy(Crossentropy):
    """``-mean(target * log(y) + (1 - target) * log(1 - y))`` over the outputs and the rows."""


# Keras's function names: `loss=losses.mean_squared_error` works as in Keras.
mean_squared_error = MeanSquaredError
categorical_crossentropy = CategoricalCrossentropy
sparse_categorical_crossentropy = SparseCategoricalCrossentropy
binary_crossentropy = BinaryCrossentropy

_LOSSES = by_name(
    [
        MeanSquaredError,
        CategoricalCrossentropy,
        SparseCategoricalCrossentropy,
        BinaryCrossentropy,
    ],
    {
        "mse": MeanSquaredError,
        "MSE": MeanSquaredError,
        "bce": BinaryCrossentropy,
        "BCE": BinaryCrossentropy,
    },
)


def get(identifier):
    """A `Loss` from an instance, a class or a name ("mse", "categorical_crossentropy", ...)."""
    if isinstance(identifier, Loss):
        return identifier
    return choose("loss", identifier, _LOSSES)()
