"""Layers that say how x is read: nothing is computed for them."""

import math

from trilobite._checks.numbers import real
from trilobite._declare.layer import Layer


class Flatten(Layer):
    """Rows of any shape to rows of one dimension; nothing is moved."""

    def shape_for(self, input_shape):
        """Shape of one row of the output, from that of the input."""
        return (math.prod(input_shape),)


class Rescaling(Layer):
    """``y = x * scale + offset``, done while the engine reads x; before all other computing layers.

    Parameters
    ----------
    scale : float
        ``1 / 255`` brings bytes into the range 0 to 1.
    offset : float
        0 by default.
    **common
        See `Layer`.
    """

    def __init__(self, scale, offset=0.0, **common):
        self.scale = real("scale", scale)
        self.offset = real("offset", offset)
        super().__init__(**common)

    @property
    def rescaling(self):
        """Scale and offset."""
        return self.scale, self.offset
