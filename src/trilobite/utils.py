"""Keras's `utils`: one-hot encoding and the random seed."""

import random

import numpy as np

from trilobite._declare.seeds import seed_all


def set_random_seed(seed):
    """Seed everything random: this library, `random` and `numpy.random`.

    Weights and the order of the rows are then the same in every run.

    Parameters
    ----------
    seed : int
        0 to 2**32 - 1.
    """
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)):
        raise TypeError(f"seed: got {seed!r} ({type(seed).__name__}), expected an integer")
    if not 0 <= seed < 2**32:
        raise ValueError(f"seed: got {seed}, expected 0 to 2**32 - 1")
    random.seed(int(seed))
    np.random.seed(seed)
    seed_all(int(seed))


def to_categorical(x, num_classes=None):
    """One-hot encode class indices.

    Parameters
    ----------
    x : array_like of int, shape (...) or (..., 1)
        Class indices from 0 to `num_classes` - 1.
    num_classes : int, optional
        Width of the encoding; the largest index + 1 by default.

    Returns
    -------
    ndarray of float64, shape (..., num_classes)
    """
    x = np.asarray(x)
    if x.dtype.kind not in "biuf" or not np.array_equal(x, x.astype(np.int64)):
        raise ValueError(f"x: got {x.dtype} values that are no class indices, expected integers")
    x = x.astype(np.int64)
    if x.ndim > 1 and x.shape[-1] == 1:
        x = x[..., 0]
    if num_classes is None:
        num_classes = x.max(initial=-1) + 1
    if x.size and not 0 <= x.min() <= x.max() < num_classes:
        given = f"{x.min()} to {x.max()}"
        raise ValueError(f"x: got class indices {given}, expected 0 to {num_classes - 1}")
    encoded = np.zeros((*x.shape, num_classes))
    np.put_along_axis(encoded, x[..., None], 1, axis=-1)
    return encoded
