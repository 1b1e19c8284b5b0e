"""What all metrics have: a name, a direction, and the number that their totals stand for."""

from trilobite._declare.declaration import Declaration
from trilobite._declare.names import only, snake_case
from trilobite._model import results


class Metric(Declaration):
    """Base of the metrics: of most the result is the mean over the rows.

    Parameters
    ----------
    name : str, optional
        Key in the history; the class's name in snake_case by default.
    dtype : None
        Keras's, which is not supported: totals are float64.
    """

    direction = "min"  # which is better
    class_indices = False  # whether these are the targets
    key = None  # the default name, if not the formula's

    def __init__(self, name=None, dtype=None):
        self.formula = snake_case(type(self).__name__)
        self.name = name or self.key or self.formula
        self.dtype = only("dtype", dtype, None)

    def resolve(self, loss, n_out):
        """The metric that is meant for a loss and so many outputs: for most, itself."""
        return self

    def plan(self):
        """What the engine is to sum up: a formula, or a formula and its number."""
        return self.formula

    def result(self, totals):
        """The metric, from the totals of all rows."""
        return results.mean(totals)
