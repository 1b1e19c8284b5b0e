"""What is drawn at random: orders of rows, masks and noise. All depend on their arguments alone."""

import numpy as np


def permutation(n, seed, epoch):
    """The order of n rows in an epoch: n, seed and epoch alone decide."""
    return np.random.default_rng((seed, epoch)).permutation(n)


def dropout_mask(seed, epoch, step, stage, n_rows, n_columns, rate):
    """Which units a dropout stage keeps in a step of an epoch, each with probability 1 - rate.

    Returns
    -------
    ndarray of bool, (n_rows, n_columns)
        Its first rows are those of a mask of fewer rows.
    """
    rng = np.random.default_rng((seed, epoch, step, stage))
    return rng.random((n_rows, n_columns)) >= rate


def normal_noise(seed, epoch, step, stage, n_rows, n_columns):
    """Standard normal numbers for a stage in a step of an epoch, (n_rows, n_columns)."""
    rng = np.random.default_rng((seed, epoch, step, stage))
    return rng.standard_normal((n_rows, n_columns))
