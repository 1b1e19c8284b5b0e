"""`keras.backend`: Keras 2's mathematics over NumPy, and what programs ask for beside it.

`trilobite.ops` has today's names of the same functions. Arrays go in and come out; there is no
`gradients`, `function` or `placeholder`.
"""

import numpy as np

from trilobite import losses as _losses
from trilobite import ops
from trilobite._declare.names import forget_names as _forget_names
from trilobite.config import backend, epsilon, floatx, image_data_format, set_floatx  # noqa: F401
from trilobite.ops import *  # noqa: F403

__all__ = [
    "backend",
    "batch_flatten",
    "binary_crossentropy",
    "cast_to_floatx",
    "categorical_crossentropy",
    "clear_session",
    "constant",
    "count_params",
    "epsilon",
    "eval",
    "flatten",
    "floatx",
    "get_value",
    "image_data_format",
    "int_shape",
    "l2_normalize",
    "ndim",
    "pow",
    "set_floatx",
    "set_value",
    "sparse_categorical_crossentropy",
    "switch",
    *ops.__all__,
]


def clear_session():
    """Count the names of layers and models anew: dense, dense_1, ..."""
    _forget_names()


def cast_to_floatx(x):
    """`x` as an array of the dtype of new models."""
    return ops.cast(x, floatx())


def get_value(x):
    """`x` as an array, or as NumPy's number if it has no dimensions."""
    return np.asarray(x)[()]


eval = get_value
constant = ops.convert_to_tensor
pow = ops.power


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


def batch_flatten(x):
    """The rows of `x`, each of one dimension."""
    return np.reshape(x, (len(x), -1))


def flatten(x):
    """The elements of `x` in one dimension."""
    return np.reshape(x, -1)


def int_shape(x):
    """The shape of `x`, a tuple."""
    return np.shape(x)


def ndim(x):
    """The number of dimensions of `x`."""
    return np.ndim(x)


def count_params(x):
    """The number of elements of `x`."""
    return np.size(x)


def l2_normalize(x, axis=None):
    """``x / sqrt(max(sum(x**2), 1e-12))``."""
    return x / np.sqrt(np.maximum(np.sum(np.square(x), axis=axis, keepdims=True), 1e-12))


def switch(condition, then_expression, else_expression):
    """Elements of one array or the other; functions are called for them."""
    both = (then_expression, else_expression)
    return np.where(condition, *(each() if callable(each) else each for each in both))


def categorical_crossentropy(target, output, from_logits=False):
    """``-sum(target * log(output))`` over the last dimension."""
    return _losses.categorical_crossentropy(target, output, from_logits)


def sparse_categorical_crossentropy(target, output, from_logits=False):
    """``-log(output[target])``."""
    return _losses.sparse_categorical_crossentropy(target, output, from_logits)


def binary_crossentropy(target, output, from_logits=False):
    """``-(target * log(output) + (1 - target) * log(1 - output))`` of each element."""
    target, output = ops.convert_to_tensor(target), ops.convert_to_tensor(output)
    if from_logits:
        return np.maximum(output, 0) - output * target + np.log1p(np.exp(-np.abs(output)))
    output = np.clip(output, epsilon(), 1 - epsilon())
    return -(target * np.log(output) + (1 - target) * np.log(1 - output))
