"""The stages of a network: forward, and beside it the gradient. (Activations: activations.py.)

np.dot has half the overhead of np.matmul on small arrays. `ones` are as many as rows.
"""

import math

import numpy as np


def dense(y, x, w, b):
    """`z = x @ w + b`, in y; b may be None."""
    np.dot(x, w, out=y)
    if b is not None:
        y += b


def d_dense(dx, dz, w):
    """`dx = dz @ w.T`."""
    np.dot(dz, w.T, out=dx)


def d_dense_weights(dw, db, dz, x, ones):
    """`dw = x.T @ dz`, `db = sum(dz)` over the rows; db may be None."""
    np.dot(x.T, dz, out=dw)
    if db is not None:
        np.dot(ones, dz, out=db)


def dropout(y, x, mask, rate):
    """`y = x / (1 - rate)` where the mask is True, else 0."""
    np.multiply(x, mask, out=y)
    if rate < 1:
        y *= 1 / (1 - rate)


def d_dropout(dy, mask, rate):
    """`dx = dy / (1 - rate)` where the mask is True, else 0; in dy."""
    dropout(dy, dy, mask, rate)


SELU_LIMIT = -1.7580993408473766  # of selu at minus infinity


def alpha_dropout(y, x, mask, rate):
    """`y = a * x + b` where the mask is True, else a * SELU_LIMIT + b.

    Mean 0 and variance 1 stay so: `a = ((1 - rate) * (1 + rate * SELU_LIMIT**2))**-0.5` and
    `b = -a * SELU_LIMIT * rate`.
    """
    a = ((1 - rate) * (1 + rate * SELU_LIMIT**2)) ** -0.5
    np.copyto(y, np.where(mask, x, x.dtype.type(SELU_LIMIT)))
    y *= a
    y -= a * SELU_LIMIT * rate


def d_alpha_dropout(dy, mask, rate):
    """`dx = a * dy` where the mask is True, else 0; in dy."""
    dy *= mask
    dy *= ((1 - rate) * (1 + rate * SELU_LIMIT**2)) ** -0.5


def gaussian_dropout(y, x, normal, rate):
    """`y = x * (1 + sqrt(rate / (1 - rate)) * normal)`."""
    np.multiply(x, 1 + math.sqrt(rate / (1 - rate)) * normal, out=y)


def d_gaussian_dropout(dy, normal, rate):
    """`dx = dy * (1 + sqrt(rate / (1 - rate)) * normal)`; in dy."""
    gaussian_dropout(dy, dy, normal, rate)


def gaussian_noise(y, x, normal, stddev):
    """`y = x + stddev * normal`."""
    np.add(x, stddev * normal, out=y)


def activity(x, l1, l2):
    """`sum(l1 * |x| + l2 * x**2)`."""
    return l1 * float(np.abs(x).sum()) + l2 * float(np.vdot(x, x))


def d_activity(dy, x, l1, l2):
    """`dx = dy + l1 * sign(x) + 2 * l2 * x`; in dy."""
    dy += l1 * np.sign(x) + 2 * l2 * x


def prelu(y, x, alpha):
    """`y = x` where x > 0, else alpha * x; an alpha for each column."""
    np.copyto(y, np.where(x > 0, x, alpha * x))


def d_prelu(dx, dalpha, dy, x, alpha):
    """`dalpha = sum(dy * min(x, 0))` over the rows, `dx = dy` where x > 0, alpha * dy where x < 0.

    0 where x is 0, as in Keras. dx may be None.
    """
    np.einsum("ij,ij->j", dy, np.minimum(x, 0), out=dalpha)
    if dx is not None:
        np.multiply(dy, np.where(x < 0, alpha, x.dtype.type(1) * (x > 0)), out=dx)


def normalize(y, x_hat, mean, variance, x, gamma, beta, epsilon, ones):
    """`x_hat = (x - mean) / sqrt(variance + epsilon)`, `y = x_hat * gamma + beta`.

    Mean and variance are those of the batch, `variance = sum((x - mean)**2) / n`. gamma and beta
    may be None. Keras 3: keras/src/layers/normalization/batch_normalization.py.
    """
    np.dot(ones, x, out=mean)
    mean *= 1 / len(x)
    np.subtract(x, mean, out=x_hat)
    np.einsum("ij,ij->j", x_hat, x_hat, out=variance)
    variance *= 1 / len(x)
    x_hat *= 1 / np.sqrt(variance + epsilon)
    scale_and_shift(y, x_hat, gamma, beta)


def d_normalize(dx, dgamma, dbeta, dy, x_hat, variance, gamma, epsilon, ones):
    """`dbeta = sum(dy)`, `dgamma = sum(dy * x_hat)` over the rows; each may be None.

    `dx = gamma / sqrt(variance + epsilon) * (dy - (dbeta + x_hat * dgamma) / n)`, in dy, which dx
    is unless it is None. x_hat is used up.
    """
    sum_dy, sum_dy_x_hat = np.dot(ones, dy), np.einsum("ij,ij->j", dy, x_hat)
    if dbeta is not None:
        np.copyto(dbeta, sum_dy)
    if dgamma is not None:
        np.copyto(dgamma, sum_dy_x_hat)
    if dx is not None:
        x_hat *= sum_dy_x_hat
        x_hat += sum_dy
        x_hat *= 1 / len(dy)
        dy -= x_hat
        dy *= (1 if gamma is None else gamma) / np.sqrt(variance + epsilon)


def move_statistics(moving, of_batch, momentum):
    """`moving = moving * momentum + of_batch * (1 - momentum)`: a moving mean or variance."""
    moving *= momentum
    moving += of_batch * (1 - momentum)


def normalize_by_moving(y, x, gamma, beta, moving_mean, moving_variance, epsilon):
    """`y = (x - moving_mean) / sqrt(moving_variance + epsilon) * gamma + beta`: inference."""
    np.subtract(x, moving_mean, out=y)
    y *= 1 / np.sqrt(moving_variance + epsilon)
    scale_and_shift(y, y, gamma, beta)


def d_normalize_by_moving(dx, gamma, moving_variance, epsilon):
    """`dx = gamma / sqrt(moving_variance + epsilon) * dy`, in place."""
    dx *= (1 if gamma is None else gamma) / np.sqrt(moving_variance + epsilon)


def scale_and_shift(y, x_hat, gamma, beta):
    """`y = x_hat * gamma + beta`."""
    np.multiply(x_hat, 1 if gamma is None else gamma, out=y)
    if beta is not None:
        y += beta
