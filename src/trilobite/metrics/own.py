"""The metric of a function of one's own."""

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

    def __init__(self, function, class_indices=False):
        super().__init__(getattr(function, "__name__", snake_case(type(function).__name__)))
        self.function, self.class_indices = function, class_indices

    def resolve(self, loss, n_out):
        """The same, for the targets of a loss."""
        return Own(self.function, loss.class_indices)

    def plan(self):
        """What is to be summed up."""
        return ("own", (self.function, self.class_indices))
