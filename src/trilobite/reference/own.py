"""Functions of one's own in place of rows of the tables.

Of an activation `value(z)` and `derivative(z)`, or `pull(z, dy)`, which is `dz`; of a loss
`cost(t, y, weighted)`, a number for each row, and `derivative(t, y)`.
"""

from functools import partial

import numpy as np

from trilobite.reference.activations import Row, described
from trilobite.reference.costs import COSTS, Cost, total


def apply(y, own):
    """`y = value(y)`."""
    y[...] = of_shape(own, own.value(y.copy()), y.shape)


def d_apply(dy, z, own):
    """`dy *= derivative(z)`."""
    if hasattr(own, "pull"):
        dy[...] = own.pull(z.copy(), dy.copy())
    else:
        dy *= of_shape(own, own.derivative(z.copy()), dy.shape)


def cost(p, y, t, w, own):
    """`cost = value(t, y)`, a number for each row."""
    of_rows = of_shape(own, own.cost(t.copy(), y.copy(), w is not None), y.shape[:1])
    return total(w, np.asarray(of_rows, y.dtype)[:, None])


def d_cost(dy, p, y, t, own):
    """`dy = derivative(t, y)`."""
    dy[...] = of_shape(own, own.derivative(t.copy(), y.copy()), y.shape)


def activation_of(activation):
    """Row and numbers of an activation, as `described` returns them."""
    if isinstance(activation, (str, tuple)):
        return described(activation)
    return Row(apply, d_apply, from_z=True), (activation,)


def cost_of(loss):
    """The row of a cost, which has no functions if there is none of this name."""
    if isinstance(loss, str):
        return COSTS.get(loss, Cost(None))
    return Cost((partial(cost, own=loss), partial(d_cost, own=loss)))


def of_shape(own, given, shape):
    """What a function returned, if it has this shape."""
    if np.shape(given) != shape:
        name = getattr(own, "__name__", own)
        raise ValueError(f"{name}: got {np.shape(given)} for the shape of it, expected {shape}")
    return given
