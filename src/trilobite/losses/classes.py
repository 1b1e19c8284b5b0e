"""The losses as classes, whose objects say which cost a model is trained for."""

from trilobite._checks.numbers import real
from trilobite._declare.names import only
from trilobite.losses.loss import Loss


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


class CosineSimilarity(Loss):
    """``-sum(target * y) / (norm(target) * norm(y))``: -1 where both point the same way.

    Parameters
    ----------
    axis : int
        Keras's, which must be -1.
    reduction, name, dtype
        See `Loss`.
    """

    def __init__(
        self,
        axis=-1,
        reduction="sum_over_batch_size",
        name="cosine_similarity",
        dtype=None,
    ):
        super().__init__(reduction, name, dtype)
        self.axis = only("axis", axis, -1)


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
