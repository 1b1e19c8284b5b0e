"""Functions of one's own that can be trained through."""

from functools import partial

import numpy as np


class Differentiable:
    """A function of one's own and its derivative: an activation or a loss of a model.

    The model is then computed by NumPy, the functions called once for each batch: a step takes
    1.2 times as long as the engine's for 784-256-256-10 and 21 times for 2-8-8-2. Ctrl-C is
    heard after the step. Such a model cannot be saved as a whole, but for its weights.

    Parameters
    ----------
    value : callable
        Of an activation ``value(x)``, arrays (n, n_out) both. Of a loss ``value(y_true, y_pred)``,
        arrays (n, n_out), which returns the cost of each row, (n,).
    derivative : callable
        Of the same arguments, what `value` changes with x or y_pred, (n, n_out): of an activation
        each output with its own x, of a loss the cost of a row with each of its outputs.
    name : str, optional
        That of `value` by default.

    Examples
    --------
    >>> square = Differentiable(lambda x: x * x, lambda x: 2 * x, "square")
    >>> layers.Dense(8, activation=square)
    >>> quantile = Differentiable(
    ...     lambda t, y: np.mean(np.maximum(0.9 * (t - y), 0.1 * (y - t)), axis=1),
    ...     lambda t, y: np.where(t > y, -0.9, 0.1) / y.shape[1],
    ...     "quantile",
    ... )
    >>> model.compile("adam", loss=quantile)
    """

    def __init__(self, value, derivative, name=None):
        for argument, given in {"value": value, "derivative": derivative}.items():
            if not callable(given):
                raise TypeError(f"{argument}: got {given!r}, expected a function of arrays")
        self.value, self.derivative = value, derivative
        self.__name__ = name or getattr(value, "__name__", type(value).__name__)

    def __repr__(self):
        return f"<Differentiable {self.__name__}>"

    def spec(self):
        """What a stage of a network has for it: itself."""
        return self

    def cost(self, t, y, weighted):
        """The cost of each row, of a loss."""
        return self.value(t, y)

    def __call__(self, *arguments):
        """What `value` returns."""
        return self.value(*arguments)


class Derived(Differentiable):
    """A function of one's own whose derivative is found, from NumPy's operations in it.

    Parameters
    ----------
    function : callable
        An activation, of arrays (n, n_out), or a loss of targets and outputs, (n, n_out) both, that
        returns what one of Keras may: a number for each row or each output, or one for all.
    """

    def __init__(self, function, name=None):
        self.value = function
        self.__name__ = name or getattr(function, "__name__", type(function).__name__)

    def pull(self, z, dy):
        """`dz` of an activation."""
        y, pull = _traced(self.value, z)
        return pull(dy)

    def cost(self, t, y, weighted):
        """The cost of each row, (n,)."""
        costs = np.asarray(self.value(t, y))
        if costs.ndim == 0 and weighted:
            raise ValueError(
                f"sample_weight: got weights of rows for the loss {self.__name__}, which is one "
                "number for all of them, expected one for each row"
            )
        return self._of_rows(costs, len(y))

    def derivative(self, t, y):
        """The gradient of the sum of the costs of the rows."""
        costs, pull = _traced(partial(self.value, t), y)
        self._of_rows(costs, len(y))
        return pull(np.full(costs.shape, len(y) / costs.size, costs.dtype))

    def _of_rows(self, costs, n):
        if costs.ndim == 0:
            return np.full(n, costs)
        if len(costs) != n:
            raise ValueError(
                f"{self.__name__}: got {costs.shape} for the shape of it, expected {n} rows or a "
                "number"
            )
        return costs.reshape(n, -1).mean(axis=1)


def _traced(function, x):
    from trilobite.reference.traced import traced  # here: it is rarely needed

    return traced(function, x)
