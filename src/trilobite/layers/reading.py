"""Layers that say how x is read: nothing is computed for them."""

import math

from trilobite._checks.numbers import integer, real
from trilobite._declare.layer import Layer
from trilobite._declare.names import only
from trilobite._declare.tensor import KerasTensor


class Flatten(Layer):
    """Rows of any shape to rows of one dimension; nothing is moved.

    Parameters
    ----------
    data_format : str, optional
        Keras's, which must be "channels_last".
    **common
        See `Layer`.
    """

    def __init__(self, data_format=None, **common):
        self.data_format = only("data_format", data_format, None, "channels_last")
        super().__init__(**common)

    def shape_for(self, input_shape):
        """Shape of one row of the output, from that of the input."""
        return (math.prod(input_shape),)


class Identity(Layer):
    """``y = x``."""


class Reshape(Layer):
    """Rows to rows of another shape and as many numbers; nothing is moved.

    Parameters
    ----------
    target_shape : tuple of int
        Of a row; one of them may be -1: as many as are left.
    **common
        See `Layer`.
    """

    def __init__(self, target_shape, **common):
        if isinstance(target_shape, int):
            target_shape = (target_shape,)
        self.target_shape = tuple(
            width if width == -1 else integer("target_shape", width) for width in target_shape
        )
        super().__init__(**common)

    def shape_for(self, input_shape):
        """Shape of one row of the output, from that of the input."""
        size, rest = math.prod(input_shape), [w for w in self.target_shape if w != -1]
        left = size // math.prod(rest)
        shape = tuple(left if width == -1 else width for width in self.target_shape)
        if self.target_shape.count(-1) > 1 or math.prod(shape) != size:
            raise ValueError(
                f"target_shape: got {self.target_shape} for rows of shape {input_shape}, expected "
                f"a shape of {size} numbers, at most one of them -1"
            )
        return shape


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


KerasTensor.layers["Rescaling"] = Rescaling
