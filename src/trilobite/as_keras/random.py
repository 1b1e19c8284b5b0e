"""`keras.random`: arrays of random numbers; of Keras's distributions, not its numbers."""

import numpy as np

from trilobite import config
from trilobite._declare.seeds import draw_seed
from trilobite.as_keras.tensor import tensor

__all__ = ["normal", "randint", "shuffle", "truncated_normal", "uniform"]


def normal(shape, mean=0.0, stddev=1.0, dtype=None, seed=None):
    """Normal numbers."""
    return _array(_generator(seed).normal(mean, stddev, shape), dtype)


def truncated_normal(shape, mean=0.0, stddev=1.0, dtype=None, seed=None):
    """Normal numbers, drawn again beyond two standard deviations."""
    rng = _generator(seed)
    x = rng.standard_normal(shape)
    while (far := np.abs(x) > 2).any():
        x = np.where(far, rng.standard_normal(shape), x)
    return _array(mean + stddev * x, dtype)


def uniform(shape, minval=0.0, maxval=1.0, dtype=None, seed=None):
    """Numbers from `minval` up to `maxval`; integers of a dtype of integers."""
    if dtype is not None and np.dtype(dtype).kind in "iu":
        return randint(shape, minval, maxval, dtype, seed)
    return _array(_generator(seed).uniform(minval, maxval, shape), dtype)


def randint(shape, minval, maxval, dtype="int32", seed=None):
    """Integers from `minval` up to `maxval`, without it."""
    return _array(_generator(seed).integers(minval, maxval, shape), dtype)


def shuffle(x, axis=0, seed=None):
    """An array in random order."""
    return _array(_generator(seed).permutation(x, axis), np.asarray(x).dtype)


def _generator(seed):
    return np.random.default_rng(draw_seed() if seed is None else seed)


def _array(x, dtype):
    return tensor(np.asarray(x, dtype or config.floatx()))
