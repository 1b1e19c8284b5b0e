"""Activations by name; each is a function of an array, too, as in `keras.activations`.

The formulas are those of `trilobite.reference`; in a model the engine computes them.
"""

import numpy as np

from trilobite._declare.names import choose


def _apply(name, x):
    """`name` of the array `x`; softmax is over its last dimension."""
    from trilobite import reference  # here: a model does not need it

    x = np.asarray(x)
    dtype = x.dtype if x.dtype in (np.float32, np.float64) else np.float32
    y = np.array(x, dtype, ndmin=2)
    flat = y.reshape(-1, y.shape[-1])
    with np.errstate(all="ignore"):
        reference.ACTIVATIONS[name](flat)
    return flat.reshape(x.shape)


def linear(x):
    """``x``."""
    return _apply("linear", x)


def sigmoid(x):
    """``1 / (1 + exp(-x))``."""
    return _apply("sigmoid", x)


def tanh(x):
    """``tanh(x)``."""
    return _apply("tanh", x)


def relu(x):
    """``max(x, 0)``."""
    return _apply("relu", x)


def softmax(x):
    """``exp(x) / sum(exp(x))`` over the last dimension."""
    return _apply("softmax", x)


def leaky_relu(x):
    """``x`` where it is positive, else ``0.2 * x``."""
    return _apply("leaky_relu", x)


def elu(x):
    """``x`` where it is positive, else ``exp(x) - 1``."""
    return _apply("elu", x)


def selu(x):
    """``1.0507 * x`` where x is positive, else ``1.7581 * (exp(x) - 1)``."""
    return _apply("selu", x)


def gelu(x):
    """``x * P(X <= x)``, X being standard normal."""
    return _apply("gelu", x)


def gelu_tanh(x):
    """``x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x**3))) / 2``: Keras's approximate gelu."""
    return _apply("gelu_tanh", x)


def silu(x):
    """``x * sigmoid(x)``."""
    return _apply("silu", x)


def softplus(x):
    """``log(1 + exp(x))``."""
    return _apply("softplus", x)


def hard_sigmoid(x):
    """``clip(x / 6 + 1 / 2, 0, 1)``."""
    return _apply("hard_sigmoid", x)


def exponential(x):
    """``exp(x)``."""
    return _apply("exponential", x)


swish = silu

_FUNCTIONS = (
    linear, sigmoid, tanh, relu, softmax, leaky_relu, elu, selu, gelu, gelu_tanh, silu, softplus,
    hard_sigmoid, exponential,
)  # fmt: skip
_NAMES = {f.__name__: f.__name__ for f in _FUNCTIONS} | {"swish": "silu"}


def get(given):
    """Name of an activation for the engine, from a name or a function of this module."""
    if given is None:
        return "linear"
    if given in _FUNCTIONS:
        return given.__name__
    return choose("activation", given, _NAMES)
