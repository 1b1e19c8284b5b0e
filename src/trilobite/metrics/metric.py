"""What all metrics have: a name, a direction, and the number that their totals stand for."""

import numpy as np

from trilobite._checks.targets import paired, row_weights
from trilobite._declare.declaration import Declaration
from trilobite._declare.dtypes import floatx
from trilobite._declare.names import only, snake_case
from trilobite._declare.returned import returned
from trilobite._declare.variable import Variable
from trilobite._model import results


class Metric(Declaration):
    """Base of the metrics: of most the result is the mean over the rows.

    Parameters
    ----------
    name : str, optional
        Key in the history; the class's name in snake_case by default.
    dtype : str, optional
        Keras's, which must be `config.floatx()`: totals are float64.
    """

    direction = "min"  # which is better
    class_indices = False  # whether these are the targets
    key = None  # the default name, if not the formula's
    is_own = False  # whether it is a function of one's own
    is_array = False  # whether the result is one, which a history has no room for

    def __init__(self, name=None, dtype=None):
        own = next(c for c in type(self).__mro__ if c.__module__.startswith("trilobite."))
        self.formula = snake_case(own.__name__)
        self.name = name or self.key or snake_case(type(self).__name__)
        self.dtype = only("dtype", dtype, None, floatx())
        self._totals = None  # of update_state
        self._variables = []  # of a class of one's own

    def resolve(self, loss, n_out):
        """The metric that is meant for a loss and so many outputs: for most, itself."""
        return self

    def plan(self):
        """What the engine is to sum up: a formula, or a formula and its number."""
        return self.formula

    def of_totals(self, totals):
        """The metric, from the totals of all rows."""
        return results.mean(totals)

    def __call__(self, y_true, y_pred, sample_weight=None):
        """`update_state`, then `result`."""
        self.update_state(y_true, y_pred, sample_weight)
        return self.result()

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Count these outputs in, by NumPy; models keep totals of their own.

        Parameters
        ----------
        y_true : array_like
            Targets, of the shape of the outputs; class indices without its last dimension.
        y_pred : array_like, shape (..., n_out)
        sample_weight : array_like, shape (...), optional
            Of each row.
        """
        from trilobite import reference  # here: a model does not need it

        t, y = paired(y_true, y_pred, self.class_indices, floatx())
        weights = row_weights("sample_weight", sample_weight, y.shape[:-1] or y.shape, y.dtype)
        totals = reference.accumulators(self.plan(), y, t, weights)
        self._totals = totals if self._totals is None else self._totals + totals

    def result(self):
        """The metric of all that was counted in since the last `reset_state`, of NumPy."""
        nothing = self._totals is None
        return returned(np.asarray(0 if nothing else self.of_totals(self._totals), floatx())[()])

    def reset_state(self):
        """Begin anew."""
        self._totals = None
        for variable in self._variables:
            variable.assign(np.zeros(variable.shape))

    @property
    def variables(self):
        """Those that `add_weight` has made."""
        return list(self._variables)

    def add_weight(self, shape=(), initializer="zeros", dtype=None, name=None):
        """A variable of a class of one's own, in which its `update_state` counts.

        Parameters
        ----------
        shape : tuple of int
        initializer : str or Initializer
        dtype, name : str, optional
        """
        from trilobite import initializers  # here: metrics need none

        if isinstance(shape, str):  # the name came first
            shape, name = (), shape
        at = {}
        at[0] = np.asarray(initializers.get(initializer or "zeros")(shape), dtype or floatx())

        def write(value):
            at[0] = np.broadcast_to(np.asarray(value, at[0].dtype), at[0].shape).copy()

        self._variables.append(Variable(name or "variable", lambda: at[0].copy(), write))
        return self._variables[-1]

    add_variable = add_weight
