"""Metrics that are means over the rows of a value of each row."""

from trilobite._checks.numbers import integer, real
from trilobite._declare.names import only
from trilobite._model import results
from trilobite.metrics.metric import Metric


class CategoricalAccuracy(Metric):
    """Share of the rows whose largest output is where the one-hot target is largest."""

    direction = "max"


class SparseCategoricalAccuracy(Metric):
    """Share of the rows whose largest output is the one of the target class index."""

    direction = "max"
    class_indices = True


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
        self.threshold = real("threshold", threshold)

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
        self.k = integer("k", k)

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

    class_indices = True

    def __init__(self, k=5, name=None, dtype=None, from_sorted_ids=False):
        super().__init__(k, name, dtype)
        self.from_sorted_ids = only("from_sorted_ids", from_sorted_ids, False)


class MeanSquaredError(Metric):
    """``mean((y - target)**2)``."""


class RootMeanSquaredError(Metric):
    """``sqrt(mean((y - target)**2))``."""

    def of_totals(self, totals):
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


class CosineSimilarity(Metric):
    """``sum(target * y) / (norm(target) * norm(y))``: 1 where both point the same way.

    Parameters
    ----------
    name, dtype
        See `Metric`.
    axis : int
        Keras's, which must be -1.
    """

    direction = "max"

    def __init__(self, name="cosine_similarity", dtype=None, axis=-1):
        super().__init__(name, dtype)
        self.axis = only("axis", axis, -1, 1)

    def of_totals(self, totals):
        """The metric, from the totals of all rows: the loss of this name is its negative."""
        return -results.mean(totals)


class _Crossentropy(Metric):
    """Base of the cross-entropies, of outputs that are probabilities.

    Parameters
    ----------
    name, dtype
        See `Metric`.
    from_logits : bool
        Outputs are what softmax (sigmoid for binary) would be applied to.
    label_smoothing, axis
        Keras's, which must be 0 and -1.
    """

    def __init__(self, name=None, dtype=None, from_logits=False, label_smoothing=0, axis=-1):
        super().__init__(name, dtype)
        self.from_logits = bool(from_logits)
        self.label_smoothing = only("label_smoothing", label_smoothing, 0)
        self.axis = only("axis", axis, -1)

    def plan(self):
        """What the engine is to sum up."""
        return f"{self.formula}_from_logits" if self.from_logits else self.formula


class CategoricalCrossentropy(_Crossentropy):
    """``-sum(target * log(y))`` over the classes; targets are one-hot."""


class BinaryCrossentropy(_Crossentropy):
    """``-mean(target * log(y) + (1 - target) * log(1 - y))``."""


class SparseCategoricalCrossentropy(Metric):
    """``-log(y[target])``; targets are class indices.

    Parameters
    ----------
    name, dtype
        See `Metric`.
    from_logits : bool
        Outputs are what softmax would be applied to.
    ignore_class, axis
        Keras's, which must be None and -1.
    """

    class_indices = True

    def __init__(self, name=None, dtype=None, from_logits=False, ignore_class=None, axis=-1):
        super().__init__(name, dtype)
        self.from_logits = bool(from_logits)
        self.ignore_class = only("ignore_class", ignore_class, None)
        self.axis = only("axis", axis, -1)

    def plan(self):
        """What the engine is to sum up."""
        return f"{self.formula}_from_logits" if self.from_logits else self.formula
