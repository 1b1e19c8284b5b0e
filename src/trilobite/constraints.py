"""Constraints: what weights are brought back to after every step. The engine computes them."""

import numpy as np

from trilobite._checks.numbers import real
from trilobite._declare.declaration import Declaration, describe, made
from trilobite._declare.names import by_name, only

__all__ = [
    "Constraint",
    "MaxNorm",
    "MinMaxNorm",
    "NonNeg",
    "UnitNorm",
    "deserialize",
    "get",
    "max_norm",
    "min_max_norm",
    "non_neg",
    "serialize",
    "unit_norm",
]


class Constraint(Declaration):
    """Base of the constraints: the norms of the columns of a matrix, or of a vector."""

    def plan(self):
        """What the engine is told: a name and its numbers."""
        raise NotImplementedError

    def __call__(self, w):
        """The array `w` as it is to be, a new one."""
        from trilobite.reference.constraints import CONSTRAINTS  # here: a model does not need it

        w = np.array(w, np.result_type(w, np.float32))
        name, *numbers = self.plan()
        CONSTRAINTS[name](w, *numbers)
        return w


class MaxNorm(Constraint):
    """Norms of at most `max_value`.

    Parameters
    ----------
    max_value : float
        2 by default.
    axis : int
        Along which norms are taken; must be 0, along the inputs.
    """

    def __init__(self, max_value=2, axis=0):
        self.max_value = real("max_value", max_value, 0)
        self.axis = only("axis", axis, 0)

    def plan(self):
        """What the engine is told: a name and its numbers."""
        return ("norm", 0.0, self.max_value, 1.0)


class NonNeg(Constraint):
    """No weight below 0."""

    def __init__(self):
        pass

    def plan(self):
        """What the engine is told: a name and its numbers."""
        return ("non_negative",)


class UnitNorm(Constraint):
    """Norms of 1.

    Parameters
    ----------
    axis : int
        See `MaxNorm`.
    """

    def __init__(self, axis=0):
        self.axis = only("axis", axis, 0)

    def plan(self):
        """What the engine is told: a name and its numbers."""
        return ("norm", 1.0, 1.0, 1.0)


class MinMaxNorm(Constraint):
    """Norms brought nearer to the range from `min_value` to `max_value`, by the part `rate`.

    Parameters
    ----------
    min_value, max_value, rate : float
        0, 1 and 1, which is all the way, by default.
    axis : int
        See `MaxNorm`.
    """

    def __init__(self, min_value=0.0, max_value=1.0, rate=1.0, axis=0):
        self.min_value = real("min_value", min_value, 0)
        self.max_value = real("max_value", max_value, self.min_value)
        self.rate = real("rate", rate, 0, 1)
        self.axis = only("axis", axis, 0)

    def plan(self):
        """What the engine is told: a name and its numbers."""
        return ("norm", self.min_value, self.max_value, self.rate)


# Keras's short names.
max_norm, non_neg, unit_norm, min_max_norm = MaxNorm, NonNeg, UnitNorm, MinMaxNorm

_CONSTRAINTS = by_name([MaxNorm, MinMaxNorm, NonNeg, UnitNorm], {})


def get(identifier):
    """A constraint from an object, a class, a name ("max_norm") or what `serialize` made.

    None is none.
    """
    return chosen("identifier", identifier)


def serialize(constraint):
    """A constraint as plain data, for `deserialize`."""
    return describe("constraint", constraint)


def deserialize(config, custom_objects=None):
    """What `serialize` was given; `custom_objects` are classes by name that it may be of, too."""
    return made("config", config, _CONSTRAINTS, custom_objects)


def chosen(argument, identifier):
    """What `get` returns, for an argument of this name."""
    if identifier is None or isinstance(identifier, Constraint):
        return identifier
    return made(argument, identifier, _CONSTRAINTS)
