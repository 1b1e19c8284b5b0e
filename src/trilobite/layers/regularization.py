"""A penalty of what passes through."""

from trilobite._checks.numbers import real
from trilobite._declare.layer import Layer


class ActivityRegularization(Layer):
    """``y = x``; the loss gains the mean over the rows of ``sum(l1 * abs(x) + l2 * x**2)``.

    Parameters
    ----------
    l1, l2 : float
        0 by default.
    **common
        See `Layer`.
    """

    def __init__(self, l1=0.0, l2=0.0, **common):
        self.l1, self.l2 = real("l1", l1, 0), real("l2", l2, 0)
        super().__init__(**common)

    def stage(self):
        """The engine's stage of this layer."""
        return ("activity", self.l1, self.l2)
