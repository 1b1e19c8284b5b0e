"""`keras.backend`: what programs ask for beside the mathematics."""

import numpy as np

from trilobite._declare.dtypes import floatx, set_floatx
from trilobite._declare.names import forget_names

__all__ = [
    "backend",
    "cast_to_floatx",
    "clear_session",
    "epsilon",
    "floatx",
    "get_value",
    "image_data_format",
    "set_floatx",
    "set_value",
]


def backend():
    """The name of what computes."""
    return "trilobite"


def epsilon():
    """What keeps logarithms finite, 1e-7: losses and metrics clip at it."""
    return 1e-7


def image_data_format():
    """Keras's default, "channels_last"; nothing here depends on it."""
    return "channels_last"


def clear_session():
    """Count the names of layers and models anew: dense, dense_1, ..."""
    forget_names()


def cast_to_floatx(x):
    """`x` as an array of the dtype of new models."""
    return np.asarray(x, floatx())


def get_value(x):
    """`x` as an array, or as NumPy's number if it has no dimensions."""
    return np.asarray(x)[()]


def set_value(x, value):
    """Set what can be set: ``optimizer.lr``.

    Raises
    ------
    TypeError
        For anything else.
    """
    if not hasattr(x, "assign"):
        raise TypeError(
            f"x: got {x!r}, which is a copy, expected optimizer.lr; assign to "
            "optimizer.learning_rate, or use set_weights"
        )
    x.assign(value)
