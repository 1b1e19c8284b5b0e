"""Activations, in place: z -> y in y. Beside each its gradient, dy -> dz in dy.

Gradients are computed from the output y, which is used up, or from z where the row in
`ACTIVATIONS` says so.
Definitions and constants are those of Keras 3 (keras/src/activations/activations.py,
keras/src/backend/jax/nn.py).
"""

import math
from collections import namedtuple

import numpy as np


def linear(y):
    """`y = z`."""


def d_linear(dy, y):
    """`dz = dy`."""


def sigmoid(y):
    """`y = 1 / (1 + exp(-z))`."""
    np.negative(y, out=y)
    np.exp(y, out=y)
    y += 1
    np.reciprocal(y, out=y)


def d_sigmoid(dy, y):
    """`dz = dy * y * (1 - y)`."""
    dy *= y
    np.subtract(1, y, out=y)
    dy *= y


def hard_sigmoid(y):
    """`y = min(max(z / 6 + 1 / 2, 0), 1)`."""
    y *= 1 / 6
    y += 0.5
    np.clip(y, 0, 1, out=y)


def d_hard_sigmoid(dy, y):
    """`dz = dy / 6` where 0 < y < 1, else 0."""
    dy *= (y > 0) & (y < 1)
    dy *= 1 / 6


def tanh(y):
    """`y = tanh(z)`."""
    np.tanh(y, out=y)


def d_tanh(dy, y):
    """`dz = dy * (1 - y**2)`."""
    y *= y
    np.subtract(1, y, out=y)
    dy *= y


def relu(y):
    """`y = max(z, 0)`; NaN stays NaN."""
    np.maximum(y, 0, out=y)


def d_relu(dy, y):
    """`dz = dy` where y > 0, else 0."""
    np.sign(y, out=y)
    dy *= y


LEAKY_SLOPE = 0.2


def leaky_relu(y):
    """`y = max(z, LEAKY_SLOPE * z)`."""
    np.maximum(y, LEAKY_SLOPE * y, out=y)


def d_leaky_relu(dy, y):
    """`dz = dy` where y > 0, else LEAKY_SLOPE * dy."""
    dy *= np.where(y > 0, 1, y.dtype.type(LEAKY_SLOPE))


def elu(y):
    """`y = z` where z > 0, else exp(z) - 1."""
    np.copyto(y, np.expm1(np.minimum(y, 0)), where=~(y > 0))


def d_elu(dy, y):
    """`dz = dy` where y > 0, else dy * (y + 1)."""
    y += 1
    np.minimum(y, 1, out=y)
    dy *= y


SELU_SCALE, SELU_ALPHA = 1.0507009873554805, 1.6732632423543772


def selu(y):
    """`y = SELU_SCALE * z` where z > 0, else SELU_SCALE * SELU_ALPHA * (exp(z) - 1)."""
    np.copyto(y, SELU_ALPHA * np.expm1(np.minimum(y, 0)), where=~(y > 0))
    y *= SELU_SCALE


def d_selu(dy, y):
    """`dz = dy * SELU_SCALE` where y > 0, else dy * (y + SELU_SCALE * SELU_ALPHA)."""
    dy *= np.where(y > 0, y.dtype.type(SELU_SCALE), y + SELU_SCALE * SELU_ALPHA)


def exponential(y):
    """`y = exp(z)`."""
    np.exp(y, out=y)


def d_exponential(dy, y):
    """`dz = dy * y`."""
    dy *= y


def softplus(y):
    """`y = log(1 + exp(z))`."""
    np.logaddexp(y, 0, out=y)


def d_softplus(dy, y):
    """`dz = dy * (1 - exp(-y))`, which is dy * sigmoid(z)."""
    np.negative(y, out=y)
    np.expm1(y, out=y)
    dy *= y
    np.negative(dy, out=dy)


def silu(y):
    """`y = z * sigmoid(z)`."""
    s = y.copy()
    sigmoid(s)
    y *= s


def d_silu(dy, z):
    """`dz = dy * s * (1 + z * (1 - s))`, `s = sigmoid(z)`."""
    s = z.copy()
    sigmoid(s)
    dy *= s * (1 + z * (1 - s))


_erfc = np.frompyfunc(math.erfc, 1, 1)  # NumPy has none


def _normal_distribution(z):
    """`P(Z < z) = erfc(-z / sqrt(2)) / 2`, Z being standard normal."""
    return _erfc(z * -math.sqrt(0.5)).astype(z.dtype) * z.dtype.type(0.5)


def gelu(y):
    """`y = z * P(Z < z)`, Z being standard normal."""
    y *= _normal_distribution(y)


def d_gelu(dy, z):
    """`dz = dy * (P(Z < z) + z * exp(-z**2 / 2) / sqrt(2 pi))`."""
    density = np.exp(-0.5 * z * z) * (1 / math.sqrt(2 * math.pi))
    dy *= _normal_distribution(z) + z * density


GELU_A, GELU_B = math.sqrt(2 / math.pi), 0.044715


def gelu_tanh(y):
    """`y = z * (1 + tanh(GELU_A * (z + GELU_B * z**3))) / 2`."""
    y *= 0.5 * (1 + np.tanh(GELU_A * (y + GELU_B * y**3)))


def d_gelu_tanh(dy, z):
    """`dz = dy * (1 + t + z * (1 - t**2) * GELU_A * (1 + 3 * GELU_B * z**2)) / 2`, t the tanh."""
    t = np.tanh(GELU_A * (z + GELU_B * z**3))
    dy *= 0.5 * (1 + t + z * (1 - t * t) * (GELU_A * (1 + 3 * GELU_B * z * z)))


def softmax(y):
    """`y = exp(z) / sum(exp(z))` of each row; z - max(z) for z, so that nothing overflows."""
    y -= np.maximum.reduce(y, axis=1, keepdims=True)
    np.exp(y, out=y)
    y /= np.add.reduce(y, axis=1, keepdims=True)


def d_softmax(dy, y):
    """`dz = y * (dy - sum(dy * y))`, the full Jacobian."""
    dy -= np.einsum("ij,ij->i", dy, y)[:, None]
    dy *= y


Activation = namedtuple("Activation", "function gradient from_z", defaults=(False,))
Activation.__doc__ = """An activation, its gradient, and whether that is computed from z."""

ACTIVATIONS = {
    "linear": Activation(linear, d_linear),
    "sigmoid": Activation(sigmoid, d_sigmoid),
    "tanh": Activation(tanh, d_tanh),
    "relu": Activation(relu, d_relu),
    "softmax": Activation(softmax, d_softmax),
    "leaky_relu": Activation(leaky_relu, d_leaky_relu),
    "elu": Activation(elu, d_elu),
    "selu": Activation(selu, d_selu),
    "softplus": Activation(softplus, d_softplus),
    "hard_sigmoid": Activation(hard_sigmoid, d_hard_sigmoid),
    "exponential": Activation(exponential, d_exponential),
    # no monotone functions: y does not determine z
    "gelu": Activation(gelu, d_gelu, from_z=True),
    "gelu_tanh": Activation(gelu_tanh, d_gelu_tanh, from_z=True),
    "silu": Activation(silu, d_silu, from_z=True),
}
