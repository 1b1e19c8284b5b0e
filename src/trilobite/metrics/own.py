"""The metric of a function of one's own."""

import numpy as np

from trilobite._declare.names import snake_case
from trilobite.metrics.metric import Metric


class Own(Metric):
    """The mean of what a function of (y_true, y_pred) returns, called for each batch.

    A model with such a metric is computed by NumPy; see `Differentiable` for what that costs.

    Parameters
    ----------
    function : callable
        Of the targets, (n, n_out) or class indices (n,), and the outputs (n, n_out): a number for
        each row (n,), or (n, n_out) whose mean over the outputs counts; or one for all rows, which
        counts once: as in Keras the metric is then the mean over the batches, whatever their size.
    class_indices : bool
        Whether these are the targets.
    """

    is_own = True

    def __init__(self, function, class_indices=False, name=None):
        own = getattr(function, "__name__", snake_case(type(function).__name__))
        super().__init__(name or own)
        self.function, self.class_indices = function, class_indices

    def resolve(self, loss, n_out):
        """The same, for the targets of a loss."""
        return Own(self.function, loss.class_indices, self.name)

    def plan(self):
        """What is to be summed up."""
        return ("own", (self.function, self.class_indices))


class Counted(Metric):
    """A metric of a class of one's own, which counts in its variables; called for each batch.

    Of a model the variables are summed up over the batches, for training and validation apart. So
    they have to be sums; that a batch twice counts twice is tried with the first one.

    Parameters
    ----------
    metric : Metric
        With `update_state`, `result` and variables of its own.
    class_indices : bool
        Whether these are the targets.
    """

    is_own = True

    def __init__(self, metric, class_indices=False):
        super().__init__(metric.name)
        self.metric, self.class_indices, self._tried = metric, class_indices, False

    def resolve(self, loss, n_out):
        """The same, for the targets of a loss."""
        return Counted(self.metric, loss.class_indices)

    def plan(self):
        """What is to be summed up."""
        return ("counted", (self._count, len(self._values())))

    def of_totals(self, totals):
        """The metric, from the sums of its variables."""
        start = 0
        for variable in self.metric.variables:
            end = start + variable.size
            variable.assign(np.reshape(totals[start:end], variable.shape))
            start = end
        result = np.asarray(self.metric.result())
        if result.size != 1:
            raise ValueError(f"{self.name}: got a result of {result.size} numbers, expected one")
        return float(result.reshape(()))

    def _count(self, t, y, w):
        t = t.argmax(axis=1) if self.class_indices else t
        given = (t, y) if w is None else (t, y, w)
        self.metric.reset_state()
        self.metric.update_state(*given)
        values = self._values()
        if not self._tried:
            self.metric.update_state(*given)
            if not np.allclose(self._values(), 2 * values, 1e-3):
                raise ValueError(
                    f"{self.name}: got variables that are no sums over the rows, expected that a "
                    "batch that is counted twice doubles them"
                )
            self._tried = True
        return values

    def _values(self):
        return np.concatenate([np.ravel(v.numpy()) for v in self.metric.variables] or [[]])
