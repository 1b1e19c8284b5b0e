"""Costs, summed over the rows; beside each its gradient, which is the cost's -> dy.

Definitions are those of Keras 3 (keras/src/losses/losses.py, keras/src/backend/jax/nn.py). y are
the outputs, t the targets, one-hot for class indices; w are the weights of the rows, None for ones,
and formulas are those of one row of weight 1. p is what a cost leaves behind for its gradient, to
which the weights of the rows come only afterwards. Costs from logits are handed z in y, and leave
the probabilities in p, maybe the same array.
"""

import math
from collections import namedtuple

import numpy as np

from trilobite.reference.activations import sigmoid

EPSILON = 1e-7  # keras.config.epsilon()
EACH = object()  # in the place of w: not the sum over the rows is asked for, but each row's term


def total(w, a, b=None):
    """`sum(w * a * b)`, w being one number for each row."""
    if w is None:
        return a.sum() if b is None else np.vdot(a, b)
    of_rows = a.sum(axis=1) if b is None else np.einsum("ij,ij->i", a, b)
    return of_rows if w is EACH else np.vdot(w, of_rows)


# ---- of numbers ----


def mean_squared_error(p, y, t, w):
    """`cost = sum((y - t)**2) / n_out`."""
    np.subtract(y, t, out=p)
    return total(w, p, p) / y.shape[1]


def d_mean_squared_error(dy, p, y, t):
    """`dy = 2 * (y - t) / n_out`."""
    np.multiply(p, 2 / y.shape[1], out=dy)


def mean_absolute_error(p, y, t, w):
    """`cost = sum(|y - t|) / n_out`."""
    np.subtract(y, t, out=p)
    return total(w, np.abs(p)) / y.shape[1]


def d_mean_absolute_error(dy, p, y, t):
    """`dy = sign(y - t) / n_out`."""
    np.sign(p, out=dy)
    dy *= 1 / y.shape[1]


def mean_absolute_percentage_error(p, y, t, w):
    """`cost = 100 * sum(|y - t| / max(|t|, EPSILON)) / n_out`."""
    np.subtract(y, t, out=p)
    p /= np.maximum(np.abs(t), EPSILON)
    return total(w, np.abs(p)) * (100 / y.shape[1])


def d_mean_absolute_percentage_error(dy, p, y, t):
    """`dy = 100 * sign(y - t) / max(|t|, EPSILON) / n_out`."""
    np.divide(np.sign(p), np.maximum(np.abs(t), EPSILON), out=dy)
    dy *= 100 / y.shape[1]


def mean_squared_logarithmic_error(p, y, t, w):
    """`cost = sum((log(max(y, EPSILON) + 1) - log(max(t, EPSILON) + 1))**2) / n_out`."""
    np.log(np.maximum(y, EPSILON) + 1, out=p)
    p -= np.log(np.maximum(t, EPSILON) + 1)
    return total(w, p, p) / y.shape[1]


def d_mean_squared_logarithmic_error(dy, p, y, t):
    """`dy = 2 * p / (y + 1) / n_out` where y > EPSILON, else 0; p the difference of the logs."""
    np.divide(p, np.maximum(y, EPSILON) + 1, out=dy)
    dy *= y > y.dtype.type(EPSILON)
    dy *= 2 / y.shape[1]


def huber(p, y, t, w, delta):
    """`cost = sum(e**2 / 2 if |e| <= delta else delta * |e| - delta**2 / 2) / n_out`, e = y - t.

    Which is `c * (|e| - c / 2)` with `c = min(|e|, delta)`.
    """
    np.subtract(y, t, out=p)
    e = np.abs(p)
    c = np.minimum(e, delta)
    e -= c * 0.5
    return total(w, c, e) / y.shape[1]


def d_huber(dy, p, y, t, delta):
    """`dy = min(max(e, -delta), delta) / n_out`."""
    np.clip(p, -delta, delta, out=dy)
    dy *= 1 / y.shape[1]


def log_cosh(p, y, t, w):
    """`cost = sum(log(cosh(e))) / n_out`, `log(cosh(e)) = |e| + log(1 + exp(-2 |e|)) - log(2)`."""
    np.subtract(y, t, out=p)
    e = np.abs(p)
    return total(w, e + np.log1p(np.exp(-2 * e)) - math.log(2)) / y.shape[1]


def d_log_cosh(dy, p, y, t):
    """`dy = tanh(e) / n_out`."""
    np.tanh(p, out=dy)
    dy *= 1 / y.shape[1]


def poisson(p, y, t, w):
    """`cost = sum(y - t * log(y + EPSILON)) / n_out`."""
    np.add(y, EPSILON, out=p)
    return total(w, y - t * np.log(p)) / y.shape[1]


def d_poisson(dy, p, y, t):
    """`dy = (1 - t / (y + EPSILON)) / n_out`."""
    np.divide(t, p, out=dy)
    np.subtract(1, dy, out=dy)
    dy *= 1 / y.shape[1]


# ---- of margins: t is -1 or 1 for the hinges, one-hot for the categorical one ----


def signs(t):
    """-1 where t is 0: hinges take bits, too."""
    return np.where(t == 0, t.dtype.type(-1), t)


def hinge(p, y, t, w):
    """`cost = sum(max(1 - t * y, 0)) / n_out`."""
    np.multiply(signs(t), y, out=p)
    np.subtract(1, p, out=p)
    np.maximum(p, 0, out=p)
    return total(w, p) / y.shape[1]


def d_hinge(dy, p, y, t):
    """`dy = -t / n_out` where 1 - t * y > 0, else 0."""
    np.multiply(signs(t), p > 0, out=dy)
    dy *= -1 / y.shape[1]


def squared_hinge(p, y, t, w):
    """`cost = sum(max(1 - t * y, 0)**2) / n_out`."""
    hinge(p, y, t, None)
    return total(w, p, p) / y.shape[1]


def d_squared_hinge(dy, p, y, t):
    """`dy = -2 * t * max(1 - t * y, 0) / n_out`."""
    np.multiply(signs(t), p, out=dy)
    dy *= -2 / y.shape[1]


def categorical_hinge(p, y, t, w):
    """`cost = max(max((1 - t) * y) - sum(t * y) + 1, 0)`; a column of p holds it."""
    margin = ((1 - t) * y).max(axis=1) - np.einsum("ij,ij->i", t, y) + 1
    np.maximum(margin, 0, out=p[:, 0])
    return total(w, p[:, :1])


def d_categorical_hinge(dy, p, y, t):
    """`dy = (1 - t where (1 - t) * y is largest, else 0) - t` where the cost is not 0, else 0.

    Of equal maxima the first counts.
    """
    positive = p[:, :1] > 0
    rows, at = np.arange(len(y)), ((1 - t) * y).argmax(axis=1)
    np.negative(t, out=dy)
    dy[rows, at] += 1 - t[rows, at]
    dy *= positive


# ---- of probabilities ----


def categorical_crossentropy(p, y, t, w):
    """`cost = -sum(t * log(p))`, `p = clip(y / sum(y), EPSILON, 1 - EPSILON)`."""
    np.divide(y, np.add.reduce(y, axis=1, keepdims=True), out=p)
    np.clip(p, EPSILON, 1 - EPSILON, out=p)
    return -total(w, t, np.log(p))


def d_categorical_crossentropy(dy, p, y, t):
    """`dp = -t / p` where p is not clipped, else 0; `dy = (dp - sum(dp * p)) / sum(y)`."""
    np.divide(t, p, out=dy)
    dy *= inside(p)
    np.subtract(np.einsum("ij,ij->i", dy, p)[:, None], dy, out=dy)
    dy /= np.add.reduce(y, axis=1, keepdims=True)


def categorical_crossentropy_from_logits(p, y, t, w):
    """`cost = -sum(t * log(p))`, `p = softmax(z)`; log(p) = z - max - log(sum(exp(z - max)))."""
    log_p = y - np.maximum.reduce(y, axis=1, keepdims=True)
    np.exp(log_p, out=p)
    normalizer = np.add.reduce(p, axis=1, keepdims=True)
    p /= normalizer
    log_p -= np.log(normalizer, out=normalizer)
    return -total(w, t, log_p)


def d_categorical_crossentropy_from_logits(dy, p, y, t):
    """`dz = p * sum(t) - t`."""
    np.multiply(p, np.add.reduce(t, axis=1, keepdims=True), out=dy)
    dy -= t


def binary_crossentropy(p, y, t, w):
    """`cost = -sum(t log(p) + (1 - t) log(1 - p)) / n_out`, `p = clip(y, EPSILON, 1 - EPSILON)`."""
    np.clip(y, EPSILON, 1 - EPSILON, out=p)
    return -(total(w, t, np.log(p)) + total(w, 1 - t, np.log(1 - p))) / y.shape[1]


def d_binary_crossentropy(dy, p, y, t):
    """`dy = (p - t) / (p * (1 - p)) / n_out` where p is not clipped, else 0."""
    np.subtract(p, t, out=dy)
    dy /= p * (1 - p) * y.shape[1]
    dy *= inside(p)


def binary_crossentropy_from_logits(p, y, t, w):
    """`cost = sum(max(z, 0) - z * t + log(1 + exp(-|z|))) / n_out`, `p = sigmoid(z)`."""
    cost = np.maximum(y, 0)
    cost -= y * t
    cost += np.log1p(np.exp(-np.abs(y)))
    np.copyto(p, y)
    sigmoid(p)
    return total(w, cost) / y.shape[1]


def d_binary_crossentropy_from_logits(dy, p, y, t):
    """`dz = (p - t) / n_out`."""
    np.subtract(p, t, out=dy)
    dy *= 1 / y.shape[1]


def kl_divergence(p, y, t, w):
    """`cost = sum(q * log(q / p))`, p and q being y and t clipped to EPSILON .. 1."""
    np.clip(y, EPSILON, 1, out=p)
    q = np.clip(t, EPSILON, 1)
    return total(w, q, np.log(q / p))


def d_kl_divergence(dy, p, y, t):
    """`dy = -q / p` where p is not clipped, else 0."""
    np.divide(np.clip(t, EPSILON, 1), p, out=dy)
    np.negative(dy, out=dy)
    dy *= inside(p, high=1)


def cosine_similarity(p, y, t, w):
    """`cost = -sum(y * t) / (|y| * |t|)`, `|a| = sqrt(max(sum(a**2), 1e-12))`."""
    np.multiply(t / norms(t), y / norms(y), out=p)
    return -total(w, p)


def d_cosine_similarity(dy, p, y, t):
    """`dy = (c * y / |y| - t / |t|) / |y|`, c the similarity, 0 where |y| = 1e-6."""
    c = np.add.reduce(p, axis=1, keepdims=True) * (norms(y) > 1e-6)
    np.divide(c * y / norms(y) - t / norms(t), norms(y), out=dy)


def norms(a):
    """`sqrt(max(sum(a**2), 1e-12))` of each row, a column."""
    return np.sqrt(np.maximum(np.square(a).sum(axis=1, keepdims=True), 1e-12))


# ---- scikit-learn's (sklearn/neural_network/_base.py): given z, they leave y in p; dz = y - t ----


def log_loss(p, y, t, w):
    """`cost = -sum(t * log(clip(y)))`, `y = softmax(z)`; of class indices."""
    log_p = y - np.maximum.reduce(y, axis=1, keepdims=True)
    np.exp(log_p, out=p)
    normalizer = np.add.reduce(p, axis=1, keepdims=True)
    p /= normalizer
    log_p -= np.log(normalizer)
    return total(w, t, clip_log_loss(-log_p))


def binary_log_loss(p, y, t, w):
    """`cost = -sum(t * log(clip(y)) + (1 - t) * log(clip(1 - y)))`, `y = sigmoid(z)`."""
    cost = np.maximum(y, 0)
    cost -= y * t
    cost += np.log1p(np.exp(-np.abs(y)))
    np.copyto(p, y)
    sigmoid(p)
    return total(w, clip_log_loss(cost))


def clip_log_loss(cost):
    """`-log(clip(exp(-cost), eps, 1 - eps))`, eps being the dtype's."""
    eps = np.finfo(cost.dtype).eps
    return np.clip(cost, eps, -np.log(eps))


def half_poisson_deviance(p, y, t, w):
    """`cost = sum(t * log(t / y) - t + y)`, `y = exp(z)`; 0 log(0) is 0."""
    cost = np.log(t, out=np.zeros_like(t), where=t != 0)
    cost -= y
    cost *= t
    np.exp(y, out=p)
    cost += p
    cost -= t
    return total(w, cost)


def half_squared_error(p, y, t, w):
    """`cost = sum((y - t)**2) / 2 / n_out`, y = z. Its gradient is not divided by n_out."""
    np.copyto(p, y)
    e = y - t
    return total(w, e, e) * (0.5 / y.shape[1])


def d_canonical(dy, p, y, t):
    """`dz = y - t`: the activation is the inverse of the cost's canonical link."""
    np.subtract(p, t, out=dy)


def inside(p, high=1 - EPSILON):
    """Where a clipped p is strictly inside the limits: there alone the gradient passes."""
    low, high = np.array([EPSILON, high], p.dtype)
    return (p > low) & (p < high)


def smooth_labels(out, t, smoothing, n_classes):
    """`out = t * (1 - s) + s / n_classes`."""
    np.multiply(t, 1 - smoothing, out=out)
    out += smoothing / n_classes


Cost = namedtuple(
    "Cost",
    "of_output of_z activation class_indices smoothed delta",
    defaults=(None, None, False, None, None),
)
Cost.__doc__ = """A cost: its functions, and what else there is to know.

Parameters
----------
of_output, of_z : (cost, gradient) or None
    Of the output, and of z: with the activation between them one stable function.
activation : str or None
    That activation: where it is the last one, the cost takes it over.
class_indices : bool
    Targets are class indices, otherwise a number for each output.
smoothed : {"classes", "bits", None}
    Labels can be smoothed, each over all classes, or over yes and no.
delta : float or None
    Its number where none is given.
"""

COSTS = {
    "mean_squared_error": Cost((mean_squared_error, d_mean_squared_error)),
    "mean_absolute_error": Cost((mean_absolute_error, d_mean_absolute_error)),
    "mean_absolute_percentage_error": Cost(
        (mean_absolute_percentage_error, d_mean_absolute_percentage_error)
    ),
    "mean_squared_logarithmic_error": Cost(
        (mean_squared_logarithmic_error, d_mean_squared_logarithmic_error)
    ),
    "huber": Cost((huber, d_huber), delta=1),
    "log_cosh": Cost((log_cosh, d_log_cosh)),
    "poisson": Cost((poisson, d_poisson)),
    "hinge": Cost((hinge, d_hinge)),
    "squared_hinge": Cost((squared_hinge, d_squared_hinge)),
    "categorical_hinge": Cost((categorical_hinge, d_categorical_hinge)),
    "kl_divergence": Cost((kl_divergence, d_kl_divergence)),
    "cosine_similarity": Cost((cosine_similarity, d_cosine_similarity)),
    "binary_crossentropy": Cost(
        (binary_crossentropy, d_binary_crossentropy),
        (binary_crossentropy_from_logits, d_binary_crossentropy_from_logits),
        "sigmoid",
        smoothed="bits",
    ),
    "categorical_crossentropy": Cost(
        (categorical_crossentropy, d_categorical_crossentropy),
        (categorical_crossentropy_from_logits, d_categorical_crossentropy_from_logits),
        "softmax",
        smoothed="classes",
    ),
    "sparse_categorical_crossentropy": Cost(
        (categorical_crossentropy, d_categorical_crossentropy),
        (categorical_crossentropy_from_logits, d_canonical),
        "softmax",
        class_indices=True,
        smoothed="classes",
    ),
    # scikit-learn's
    "log_loss": Cost(None, (log_loss, d_canonical), "softmax", class_indices=True),
    "binary_log_loss": Cost(None, (binary_log_loss, d_canonical), "sigmoid"),
    "half_poisson_deviance": Cost(None, (half_poisson_deviance, d_canonical), "exponential"),
    "half_squared_error": Cost(None, (half_squared_error, d_canonical), "linear"),
}
