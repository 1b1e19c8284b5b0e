"""Losses (costs): which number training makes small. The engine computes them.

Definitions, defaults and the clipping of probabilities at 1e-7 are Keras 3's. y are the model's
outputs; a row's cost is the mean over its outputs unless a formula sums over classes, the loss
the mean over the rows, each cost multiplied by the weight of its row if there are weights.
"""

from trilobite._checks.numbers import real
from trilobite._declare.declaration import Declaration
from trilobite._declare.names import by_name, choose, classes_in, only, snake_case


class Loss(Declaration):
    """Base of the losses.

    Parameters
    ----------
    reduction : str
        Keras's, which must be "sum_over_batch_size".
    name : str, optional
        The class's name in snake_case by default.
    dtype : None
        Keras's, which is not supported: a loss is computed in the dtype of the model.
    """

    from_logits = False
    label_smoothing = 0.0
    delta = 1.0
    class_indices = False  # whether these are the targets
    least_outputs = 1

    def __init__(self, reduction="sum_over_batch_size", name=None, dtype=None):
        self.formula = snake_case(type(self).__name__)
        self.reduction = only("reduction", reduction, "sum_over_batch_size")
        self.name = name or self.formula
        self.dtype = only("dtype", dtype, None)


class MeanSquaredError(Loss):
    """``(y - target)**2``: the quadratic cost."""


class MeanAbsoluteError(Loss):
    """``abs(y - target)``."""


class MeanAbsolutePercentageError(Loss):
    """``100 * abs((y - target) / max(abs(target), 1e-7))``."""


class MeanSquaredLogarithmicError(Loss):
    """``(log(max(y, 1e-7) + 1) - log(max(target, 1e-7) + 1))**2``."""


class LogCosh(Loss):
    """``log(cosh(y - target))``."""


class Poisson(Loss):
    """``y - target * log(y + 1e-7)``."""


class KLDivergence(Loss):
    """``sum(target * log(target / y))`` over the classes, both clipped at 1e-7 and 1."""


class Hinge(Loss):
    """``max(1 - target * y, 0)``; targets are -1 and 1, or 0 and 1, of which 0 counts as -1."""


class SquaredHinge(Loss):
    """``max(1 - target * y, 0)**2``; targets are -1 and 1, or 0 and 1, of which 0 counts as -1."""


class CategoricalHinge(Loss):
    """``max(max((1 - target) * y) - sum(target * y) + 1, 0)``; targets are one-hot."""


class Huber(Loss):
    """``e**2 / 2`` where ``e = abs(y - target)`` is up to delta, else ``delta * (e - delta / 2)``.

    Parameters
    ----------
    delta : float
        1 by default.
    reduction, name, dtype
        See `Loss`.
    """

    def __init__(self, delta=1.0, reduction="sum_over_batch_size", name="huber_loss", dtype=None):
        super().__init__(reduction, name, dtype)
        self.delta = real("delta", delta, 0)


class _SmoothedCrossentropy(Loss):
    """Base of the cross-entropy costs whose targets may be smoothed.

    Parameters
    ----------
    from_logits : bool
        True: the model's outputs are what softmax (sigmoid for binary) would be applied to.
    label_smoothing : float
        s from 0 to 1: ``target * (1 - s) + s / n`` in place of the target, n being the number of
        classes, 2 for binary.
    axis : int
        Keras's, which must be -1.
    reduction, name, dtype
        See `Loss`.
    """

    def __init__(
        self,
        from_logits=False,
        label_smoothing=0.0,
        axis=-1,
        reduction="sum_over_batch_size",
        name=None,
        dtype=None,
    ):
        super().__init__(reduction, name, dtype)
        self.from_logits = bool(from_logits)
        self.label_smoothing = real("label_smoothing", label_smoothing, 0, 1)
        self.axis = only("axis", axis, -1)


class CategoricalCrossentropy(_SmoothedCrossentropy):
    """``-sum(target * log(y))`` over the classes; targets are one-hot."""

    least_outputs = 2


class BinaryCrossentropy(_SmoothedCrossentropy):
    """``-(target * log(y) + (1 - target) * log(1 - y))``."""


class SparseCategoricalCrossentropy(Loss):
    """``-log(y[target])``; targets are class indices.

    Parameters
    ----------
    from_logits : bool
        True: the model's outputs are what softmax would be applied to.
    ignore_class : None
        Keras's, which is not supported: weigh the rows of the class with 0.
    reduction, axis, name, dtype
        See `CategoricalCrossentropy`.
    """

    class_indices = True
    least_outputs = 2

    def __init__(
        self,
        from_logits=False,
        ignore_class=None,
        reduction="sum_over_batch_size",
        axis=-1,
        name=None,
        dtype=None,
    ):
        super().__init__(reduction, name, dtype)
        self.from_logits = bool(from_logits)
        self.ignore_class = only("ignore_class", ignore_class, None)
        self.axis = only("axis", axis, -1)


_CLASSES = classes_in(globals(), Loss)
# Keras's function names: `loss=losses.mean_squared_error` works as in Keras.
globals().update({snake_case(c.__name__): c for c in _CLASSES})

_SHORT = {
    "mse": MeanSquaredError,
    "bce": BinaryCrossentropy,
    "mae": MeanAbsoluteError,
    "mape": MeanAbsolutePercentageError,
    "msle": MeanSquaredLogarithmicError,
    "kld": KLDivergence,
}
_LOSSES = by_name(_CLASSES, _SHORT | {name.upper(): c for name, c in _SHORT.items()})


def get(identifier):
    """A `Loss` from an instance, a class or a name ("mse", "categorical_crossentropy", ...)."""
    if isinstance(identifier, Loss):
        return identifier
    return choose("loss", identifier, _LOSSES)()
