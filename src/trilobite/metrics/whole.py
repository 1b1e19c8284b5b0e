"""Metrics that need sums over all rows, and are no mean over them."""

from trilobite._declare.names import only
from trilobite._model import results
from trilobite.metrics.metric import Metric


class R2Score(Metric):
    """``1 - sum((y - target)**2) / sum((target - mean(target))**2)`` of each output, averaged.

    Parameters
    ----------
    class_aggregation : {"uniform_average", "variance_weighted_average"}
        How the outputs are averaged.
    num_regressors : int
        Keras's, which must be 0.
    name, dtype
        See `Metric`.
    """

    direction = "max"

    def __init__(
        self, class_aggregation="uniform_average", num_regressors=0, name=None, dtype=None
    ):
        super().__init__(name, dtype)
        self.class_aggregation = only(
            "class_aggregation", class_aggregation, "uniform_average", "variance_weighted_average"
        )
        self.num_regressors = only("num_regressors", num_regressors, 0)

    def of_totals(self, totals):
        """The metric, from the totals of all rows."""
        return results.r2(totals, by_variance=self.class_aggregation != "uniform_average")
