"""Optimizers: how a weight moves against its gradient."""

import math
import numbers

from trilobite.declaration import Declaration
from trilobite.names import by_name, choose


class Optimizer(Declaration):
    """Base of the optimizers.

    Parameters
    ----------
    learning_rate : float
        Positive and finite. May be assigned at any time, also while `fit` runs.
    """

    schedule, state, iterations, _undecayed = None, None, 0, ()

    def __init__(self, learning_rate):
        self.learning_rate = learning_rate

    @property
    def learning_rate(self):
        """The factor of the gradient, a float."""
        return self._learning_rate

    @learning_rate.setter
    def learning_rate(self, value):
        if isinstance(value, bool) or not isinstance(value, numbers.Real):
            kind = type(value).__name__
            raise TypeError(f"learning_rate: got {value!r} ({kind}), expected a positive number")
        if not (math.isfinite(value) and value > 0):
            raise ValueError(f"learning_rate: got {value}, expected a positive, finite number")
        self._learning_rate = float(value)


class SGD(Optimizer):
    """Stochastic gradient descent: ``w <- w - learning_rate * dw``.

    Parameters
    ----------
    learning_rate : float
        0.01 by default.
    """

    def __init__(self, learning_rate=0.01):
        super().__init__(learning_rate)


_OPTIMIZERS = by_name([SGD], {})


def get(identifier):
    """An `Optimizer` from an instance, a class or a name ("sgd")."""
    if isinstance(identifier, Optimizer):
        return identifier
    return choose("optimizer", identifier, _OPTIMIZERS)()
