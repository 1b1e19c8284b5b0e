"""Activations by name; each is a function of an array, too, as in `keras.activations`.

The formulas are those of `trilobite.reference`; in a model the engine computes them.
"""

from functools import wraps

import numpy as np

from trilobite._declare.names import choose

_FUNCTIONS = {}  # by name


def _activation(f):
    """The function that a name and a formula stand for: that of the reference, of any array."""

    @wraps(f)
    def apply(x):
        from trilobite import reference  # here: a model does not need it

        x = np.asarray(x)
        dtype = x.dtype if x.dtype in (np.float32, np.float64) else np.float32
        y = np.array(x, dtype, ndmin=2)
        flat = y.reshape(-1, y.shape[-1])
        with np.errstate(all="ignore"):
            reference.ACTIVATIONS[f.__name__].function(flat)
        return flat.reshape(x.shape)

    _FUNCTIONS[f.__name__] = apply
    return apply


@_activation
def linear(x):
    """``x``."""


@_activation
def sigmoid(x):
    """``1 / (1 + exp(-x))``."""


@_activation
def tanh(x):
    """``tanh(x)``."""


@_activation
def relu(x):
    """``max(x, 0)``."""


@_activation
def softmax(x):
    """``exp(x) / sum(exp(x))`` over the last dimension."""


@_activation
def leaky_relu(x):
    """``x`` where it is positive, else ``0.2 * x``."""


@_activation
def elu(x):
    """``x`` where it is positive, else ``exp(x) - 1``."""


@_activation
def selu(x):
    """``1.0507 * x`` where x is positive, else ``1.7581 * (exp(x) - 1)``."""


@_activation
def gelu(x):
    """``x * P(X <= x)``, X being standard normal."""


@_activation
def gelu_tanh(x):
    """``x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x**3))) / 2``: Keras's approximate gelu."""


@_activation
def silu(x):
    """``x * sigmoid(x)``."""


@_activation
def softplus(x):
    """``log(1 + exp(x))``."""


@_activation
def hard_sigmoid(x):
    """``clip(x / 6 + 1 / 2, 0, 1)``."""


@_activation
def exponential(x):
    """``exp(x)``."""


swish = silu

_NAMES = {name: name for name in _FUNCTIONS} | {"swish": "silu"}

__all__ = ["deserialize", "get", "serialize", *_NAMES]


def get(identifier):
    """A function from its name; None is `linear`, a function is returned as it is."""
    return identifier if callable(identifier) else _FUNCTIONS[chosen(identifier)]


def serialize(activation):
    """The name of an activation."""
    return chosen(activation)


def deserialize(config, custom_objects=None):
    """The function of a name; `custom_objects` are functions by name that there are, too."""
    return (custom_objects or {}).get(config) or get(config)


def chosen(given):
    """Name of an activation for the engine, from a name or a function of this module."""
    if given is None:
        return "linear"
    if given in _FUNCTIONS.values():
        return given.__name__
    return choose("activation", given, _NAMES)
