"""Regularizers: a penalty on large weights, which the cost includes. The engine computes them."""

import numpy as np

from trilobite._checks.numbers import real
from trilobite._declare.declaration import Declaration, describe, made
from trilobite._declare.names import by_name

__all__ = [
    "L1",
    "L1L2",
    "L2",
    "Regularizer",
    "deserialize",
    "get",
    "l1",
    "l1_l2",
    "l2",
    "serialize",
]


class Regularizer(Declaration):
    """Base of the regularizers: ``l1 * sum(abs(w)) + l2 * sum(w**2)``."""

    l1 = l2 = 0.0

    def __call__(self, x):
        """The penalty of the array `x`, a float."""
        x = np.asarray(x, np.float64)
        return float(self.l1 * np.abs(x).sum() + self.l2 * np.square(x).sum())


class L1(Regularizer):
    """``l1 * sum(abs(w))``: draws weights to 0 exactly.

    Parameters
    ----------
    l1 : float
        0.01 by default.
    """

    def __init__(self, l1=0.01):
        self.l1 = real("l1", l1, 0)


class L2(Regularizer):
    """``l2 * sum(w**2)``: keeps weights small.

    Parameters
    ----------
    l2 : float
        0.01 by default.
    """

    def __init__(self, l2=0.01):
        self.l2 = real("l2", l2, 0)


class L1L2(Regularizer):
    """``l1 * sum(abs(w)) + l2 * sum(w**2)``.

    Parameters
    ----------
    l1, l2 : float
        0 by default.
    """

    def __init__(self, l1=0.0, l2=0.0):
        self.l1 = real("l1", l1, 0)
        self.l2 = real("l2", l2, 0)


# Keras's short names.
l1, l2, l1_l2 = L1, L2, L1L2

_REGULARIZERS = by_name([L1, L2], {"l1l2": L1L2, "l1_l2": L1L2, "L1L2": L1L2})


def get(identifier):
    """A regularizer from an object, a class, a name ("l1", "l2", "l1l2") or what `serialize` made.

    None is none.
    """
    return chosen("identifier", identifier)


def serialize(regularizer):
    """A regularizer as plain data, for `deserialize`."""
    return describe("regularizer", regularizer)


def deserialize(config, custom_objects=None):
    """What `serialize` was given; `custom_objects` are classes by name that it may be of, too."""
    return made("config", config, _REGULARIZERS, custom_objects)


def chosen(argument, identifier):
    """What `get` returns, for an argument of this name."""
    if identifier is None or isinstance(identifier, Regularizer):
        return identifier
    return made(argument, identifier, _REGULARIZERS)
