"""Activations, in place: z -> y in y. Beside each its gradient, dy -> dz in dy.

Gradients are computed from the output y, which is used up, or from z where the row in
`ACTIVATIONS` says so. Numbers, of those that have some, come after the arrays.
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


def leaky_relu(y, slope):
    """`y = z` where z > 0, else slope * z."""
    np.copyto(y, slope * y, where=~(y > 0))


def d_leaky_relu(dy, y, slope):
    """`dz = dy` where y > 0, else slope * dy."""
    dy *= np.where(y > 0, 1, y.dtype.type(slope))


def elu(y, alpha):
    """`y = z` where z > 0, else alpha * (exp(z) - 1)."""
    np.copyto(y, alpha * np.expm1(np.minimum(y, 0)), where=~(y > 0))


def d_elu(dy, y, alpha):
    """`dz = dy` where y > 0, else dy * (y + alpha)."""
    dy *= np.where(y > 0, 1, y + y.dtype.type(alpha))


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


def mish(y):
    """`y = z * tanh(softplus(z))`."""
    y *= np.tanh(np.logaddexp(y, 0))


def d_mish(dy, z):
    """`dz = dy * (t + z * (1 - t**2) * sigmoid(z))`, t the tanh."""
    t, s = np.tanh(np.logaddexp(z, 0)), z.copy()
    sigmoid(s)
    dy *= t + z * (1 - t * t) * s


def softsign(y):
    """`y = z / (1 + |z|)`."""
    y /= 1 + np.abs(y)


def d_softsign(dy, z):
    """`dz = dy / (1 + |z|)**2`."""
    dy /= np.square(1 + np.abs(z))


def log_sigmoid(y):
    """`y = log(sigmoid(z)) = -log(1 + exp(-z))`."""
    np.negative(y, out=y)
    softplus(y)
    np.negative(y, out=y)


def d_log_sigmoid(dy, z):
    """`dz = dy * sigmoid(-z)`."""
    s = -z
    sigmoid(s)
    dy *= s


def tanh_shrink(y):
    """`y = z - tanh(z)`."""
    y -= np.tanh(y)


def d_tanh_shrink(dy, z):
    """`dz = dy * tanh(z)**2`."""
    dy *= np.square(np.tanh(z))


def celu(y, alpha):
    """`y = z` where z > 0, else alpha * (exp(z / alpha) - 1)."""
    np.copyto(y, alpha * np.expm1(np.minimum(y, 0) / alpha), where=~(y > 0))


def d_celu(dy, z, alpha):
    """`dz = dy` where z > 0, else dy * exp(z / alpha)."""
    dy *= np.exp(np.minimum(z, 0) / alpha)


def squareplus(y, b):
    """`y = (z + sqrt(z**2 + b)) / 2`."""
    y += np.sqrt(y * y + b)
    y *= 0.5


def d_squareplus(dy, z, b):
    """`dz = dy * (1 + z / sqrt(z**2 + b)) / 2`."""
    dy *= 0.5 * (1 + z / np.sqrt(z * z + b))


def sparse_plus(y):
    """`y = 0` where z < -1, (z + 1)**2 / 4 up to 1, z beyond."""
    np.copyto(y, np.square(np.maximum(y, -1) + 1) / 4, where=~(y > 1))


def d_sparse_plus(dy, z):
    """`dz = dy * min(max((z + 1) / 2, 0), 1)`."""
    dy *= np.clip((z + 1) / 2, 0, 1)


def hard_silu(y):
    """`y = z * min(max(z / 6 + 1 / 2, 0), 1)`."""
    y *= np.clip(y / 6 + 0.5, 0, 1)


def d_hard_silu(dy, z):
    """`dz = 0` where z < -3, dy * (2 * z + 3) / 6 up to 3, dy beyond."""
    dy *= np.where(np.abs(z) <= 3, (2 * z + 3) / 6, z > 3)


# ---- linear in pieces ----


def hard_sigmoid(y):
    """`y = min(max(z / 6 + 1 / 2, 0), 1)`."""
    y *= 1 / 6
    y += 0.5
    np.clip(y, 0, 1, out=y)


def d_hard_sigmoid(dy, z):
    """`dz = dy / 6` where -3 < z < 3, else 0."""
    dy *= np.abs(z) < 3
    dy *= 1 / 6


def sparse_sigmoid(y):
    """`y = min(max((z + 1) / 2, 0), 1)`."""
    y += 1
    y *= 0.5
    np.clip(y, 0, 1, out=y)


def d_sparse_sigmoid(dy, z):
    """`dz = dy / 2` where -1 <= z <= 1, else 0."""
    dy *= np.abs(z) <= 1
    dy *= 0.5


def hard_tanh(y):
    """`y = min(max(z, -1), 1)`."""
    np.clip(y, -1, 1, out=y)


def d_hard_tanh(dy, z):
    """`dz = dy` where -1 <= z <= 1, else 0."""
    dy *= np.abs(z) <= 1


def bent_relu(y, slope, most, threshold):
    """`y = min(z, most)` where z > threshold, else slope * (z - threshold)."""
    np.copyto(y, np.where(y <= threshold, slope * (y - threshold), np.minimum(y, most)))


def d_bent_relu(dy, z, slope, most, threshold):
    """`dz = slope * dy` where z <= threshold, dy up to most, 0 beyond."""
    dy *= np.where(z <= threshold, z.dtype.type(slope), z <= most)


def threshold(y, least, default):
    """`y = z` where z > least, else default."""
    np.copyto(y, default, where=y <= least)


def d_threshold(dy, z, least, default):
    """`dz = dy` where z > least, else 0."""
    dy *= z > least


def hard_shrink(y, least):
    """`y = z` where |z| > least, else 0."""
    np.copyto(y, 0, where=np.abs(y) <= least)


def d_hard_shrink(dy, z, least):
    """`dz = dy` where |z| > least, else 0."""
    dy *= np.abs(z) > least


def soft_shrink(y, least):
    """`y = z - least` where z > least, z + least where z < -least, else 0."""
    y -= np.clip(y, -least, least)


d_soft_shrink = d_hard_shrink


# ---- of a row ----


def softmax(y):
    """`y = exp(z) / sum(exp(z))` of each row; z - max(z) for z, so that nothing overflows."""
    y -= np.maximum.reduce(y, axis=1, keepdims=True)
    np.exp(y, out=y)
    y /= np.add.reduce(y, axis=1, keepdims=True)


def d_softmax(dy, y):
    """`dz = y * (dy - sum(dy * y))`, the full Jacobian."""
    dy -= np.einsum("ij,ij->i", dy, y)[:, None]
    dy *= y


def log_softmax(y):
    """`y = z - max(z) - log(sum(exp(z - max(z))))` of each row."""
    y -= np.maximum.reduce(y, axis=1, keepdims=True)
    y -= np.log(np.add.reduce(np.exp(y), axis=1, keepdims=True))


def d_log_softmax(dy, y):
    """`dz = dy - exp(y) * sum(dy)`."""
    dy -= np.exp(y) * np.add.reduce(dy, axis=1, keepdims=True)


Row = namedtuple("Row", "function gradient from_z numbers", defaults=(False, ()))
Row.__doc__ = (
    """An activation, its gradient, whether that is computed from z; default numbers of both."""
)

ACTIVATIONS = {
    "linear": Row(linear, d_linear),
    "sigmoid": Row(sigmoid, d_sigmoid),
    "tanh": Row(tanh, d_tanh),
    "relu": Row(relu, d_relu),
    "leaky_relu": Row(leaky_relu, d_leaky_relu, numbers=(0.2,)),
    "elu": Row(elu, d_elu, numbers=(1.0,)),
    "selu": Row(selu, d_selu),
    "softplus": Row(softplus, d_softplus),
    "exponential": Row(exponential, d_exponential),
    "softmax": Row(softmax, d_softmax),
    "log_softmax": Row(log_softmax, d_log_softmax),
    # y does not determine z, or they are rare
    "gelu": Row(gelu, d_gelu, from_z=True),
    "gelu_tanh": Row(gelu_tanh, d_gelu_tanh, from_z=True),
    "silu": Row(silu, d_silu, from_z=True),
    "mish": Row(mish, d_mish, from_z=True),
    "softsign": Row(softsign, d_softsign, from_z=True),
    "log_sigmoid": Row(log_sigmoid, d_log_sigmoid, from_z=True),
    "tanh_shrink": Row(tanh_shrink, d_tanh_shrink, from_z=True),
    "celu": Row(celu, d_celu, True, (1.0,)),
    "squareplus": Row(squareplus, d_squareplus, True, (4.0,)),
    "sparse_plus": Row(sparse_plus, d_sparse_plus, from_z=True),
    "hard_silu": Row(hard_silu, d_hard_silu, from_z=True),
    "hard_sigmoid": Row(hard_sigmoid, d_hard_sigmoid, from_z=True),
    "sparse_sigmoid": Row(sparse_sigmoid, d_sparse_sigmoid, from_z=True),
    "hard_tanh": Row(hard_tanh, d_hard_tanh, from_z=True),
    "bent_relu": Row(bent_relu, d_bent_relu, True, (0.0, math.inf, 0.0)),
    "relu6": Row(bent_relu, d_bent_relu, True, (0.0, 6.0, 0.0)),
    "threshold": Row(threshold, d_threshold, True, (0.0, 0.0)),
    "hard_shrink": Row(hard_shrink, d_hard_shrink, True, (0.5,)),
    "soft_shrink": Row(soft_shrink, d_soft_shrink, True, (0.5,)),
}


def described(activation):
    """The row of an activation, which is a name or a name and numbers; and its numbers."""
    name, *numbers = (activation,) if isinstance(activation, str) else activation
    row = ACTIVATIONS[name]
    return row, tuple(numbers) or row.numbers
