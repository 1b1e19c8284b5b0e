"""What is drawn at random: orders of rows, masks and noise. All depend on their arguments alone."""

import numpy as np


def permutation(n, seed, epoch, block_rows=0, blocks_at_once=1):
    """The order of n rows in an epoch: these numbers alone decide.

    Of blocks of rows, if there are any, `blocks_at_once` are shuffled among each other.
    """
    rng = np.random.default_rng((seed, epoch))
    if not block_rows:
        return rng.permutation(n)
    blocks = rng.permutation(-(-n // block_rows))
    parts = []
    for k in range(0, len(blocks), blocks_at_once):
        firsts = blocks[k : k + blocks_at_once] * block_rows
        rows = np.concatenate([np.arange(i, min(n, i + block_rows)) for i in firsts])
        parts.append(rng.permutation(rows))
    return np.concatenate(parts)


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
