"""Activations by name; each is a function of an array, too, as in `keras.activations`.

The formulas are those of `trilobite.reference`; in a model the engine computes them.
"""

import math
from functools import wraps
from inspect import signature

import numpy as np

from trilobite._checks.numbers import real
from trilobite._declare.differentiable import Derived, Differentiable
from trilobite._declare.names import choose, custom_objects, only
from trilobite._declare.returned import returned
from trilobite._declare.tensor import KerasTensor

_FUNCTIONS = {}  # by name


def _activation(f):
    """The function of an array that applies what `f` returns, its `spec`.

    That is how the engine calls it: a name, or a name and numbers. None is the name of `f`.
    """

    def spec(*arguments, **named):
        return f(None, *arguments, **named) or f.__name__

    @wraps(f)
    def apply(x, *arguments, **named):
        if isinstance(x, KerasTensor):
            return _layer(apply, arguments, named)(x)
        from trilobite.reference.activations import described  # here: a model does not need it

        row, numbers = described(spec(*arguments, **named))
        if hasattr(x, "computed"):  # `reference.traced.Traced`
            return x.activated(row, numbers)
        x = np.asarray(x)
        dtype = x.dtype if x.dtype in (np.float32, np.float64) else np.float32
        y = np.array(x, dtype, ndmin=2)
        flat = y.reshape(-1, y.shape[-1])
        with np.errstate(all="ignore"):
            row.function(flat, *numbers)
        return returned(flat.reshape(x.shape))

    _FUNCTIONS[f.__name__], apply.spec = apply, spec
    return apply


def _layer(function, arguments, named):
    """The layer that an activation is in a chain, where it is called with a place of it."""
    if not arguments and not named:
        return KerasTensor.layers["Activation"](function)
    names = {"relu": "ReLU", "leaky_relu": "LeakyReLU", "elu": "ELU", "softmax": "Softmax"}
    if function.__name__ not in names:
        raise TypeError(
            f"{function.__name__}: got numbers beside a place in a chain of layers, expected none"
        )
    arguments = dict(zip([*signature(function).parameters][1:], arguments, strict=False)) | named
    return KerasTensor.layers[names[function.__name__]](**arguments)


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
def relu(x, negative_slope=0.0, max_value=None, threshold=0.0):
    """``min(x, max_value)`` above the threshold, else ``negative_slope * (x - threshold)``."""
    slope = real("negative_slope", negative_slope, 0)
    most = math.inf if max_value is None else real("max_value", max_value, 0)
    threshold = real("threshold", threshold, 0)
    if math.isfinite(most) or threshold:
        return "bent_relu", slope, most, threshold
    return ("leaky_relu", slope) if slope else None


@_activation
def relu6(x):
    """``min(max(x, 0), 6)``."""


@_activation
def leaky_relu(x, negative_slope=0.2):
    """``x`` where it is positive, else ``negative_slope * x``."""
    return "leaky_relu", real("negative_slope", negative_slope, 0)


@_activation
def elu(x, alpha=1.0):
    """``x`` where it is positive, else ``alpha * (exp(x) - 1)``."""
    return "elu", real("alpha", alpha, 0)


@_activation
def celu(x, alpha=1.0):
    """``x`` where it is positive, else ``alpha * (exp(x / alpha) - 1)``."""
    return "celu", real("alpha", alpha, 1e-30)


@_activation
def selu(x):
    """``1.0507 * x`` where x is positive, else ``1.7581 * (exp(x) - 1)``."""


@_activation
def gelu(x, approximate=False):
    """``x * P(X <= x)``, X being standard normal; approximately: see `gelu_tanh`."""
    return "gelu_tanh" if approximate else None


@_activation
def gelu_tanh(x):
    """``x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x**3))) / 2``: Keras's approximate gelu."""


@_activation
def silu(x):
    """``x * sigmoid(x)``."""


@_activation
def hard_silu(x):
    """``x * clip(x / 6 + 1 / 2, 0, 1)``."""


@_activation
def mish(x):
    """``x * tanh(log(1 + exp(x)))``."""


@_activation
def softplus(x):
    """``log(1 + exp(x))``."""


@_activation
def sparse_plus(x):
    """``0`` up to -1, ``(x + 1)**2 / 4`` up to 1, then ``x``."""


@_activation
def squareplus(x, b=4):
    """``(x + sqrt(x**2 + b)) / 2``."""
    return "squareplus", real("b", b, 0)


@_activation
def softsign(x):
    """``x / (1 + abs(x))``."""


@_activation
def hard_sigmoid(x):
    """``clip(x / 6 + 1 / 2, 0, 1)``."""


@_activation
def sparse_sigmoid(x):
    """``clip((x + 1) / 2, 0, 1)``."""


@_activation
def log_sigmoid(x):
    """``log(sigmoid(x))``."""


@_activation
def hard_tanh(x):
    """``clip(x, -1, 1)``."""


@_activation
def tanh_shrink(x):
    """``x - tanh(x)``."""


@_activation
def hard_shrink(x, threshold=0.5):
    """``x`` where ``abs(x) > threshold``, else 0."""
    return "hard_shrink", real("threshold", threshold, 0)


@_activation
def soft_shrink(x, threshold=0.5):
    """``x`` moved by the threshold towards 0, which it does not cross."""
    return "soft_shrink", real("threshold", threshold, 0)


@_activation
def threshold(x, threshold, default_value):
    """``x`` where it is above the threshold, else the default value."""
    return "threshold", real("threshold", threshold), real("default_value", default_value)


@_activation
def exponential(x):
    """``exp(x)``."""


@_activation
def softmax(x, axis=-1):
    """``exp(x) / sum(exp(x))`` over the last dimension."""
    only("axis", axis, -1)


@_activation
def log_softmax(x, axis=-1):
    """``log(softmax(x))``."""
    only("axis", axis, -1)


swish = silu
hard_swish = hard_silu

# Those that need no numbers of their own.
_NAMES = {name: name for name in _FUNCTIONS if name != "threshold"}
_NAMES |= {"swish": "silu", "hard_swish": "hard_silu"}

__all__ = ["deserialize", "get", "serialize", "threshold", *_NAMES]


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
    if isinstance(given, str):
        given = custom_objects.get(given, given)
    if isinstance(given, Differentiable):
        return given
    if given in _FUNCTIONS.values():
        given = given.__name__
    if callable(given) and not isinstance(given, type):
        return Derived(given)
    return choose("activation", given, _NAMES)
