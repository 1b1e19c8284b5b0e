"""Constraints: what a trained array is brought back to after every step, in place.

Definitions are those of Keras 3 (keras/src/constraints/constraints.py).
"""

import numpy as np

EPSILON = 1e-7  # keras.config.epsilon()


def norm(w, low, high, rate):
    """`w *= (rate * min(max(n, low), high) + (1 - rate) * n) / (EPSILON + n)`.

    `n = sqrt(sum(w**2))` of each column, or of a vector.
    """
    n = np.sqrt(np.square(w).sum(axis=0))
    w *= (rate * np.clip(n, low, high) + (1 - rate) * n) / (EPSILON + n)


def non_negative(w):
    """`w = max(w, 0)`."""
    np.maximum(w, 0, out=w)


CONSTRAINTS = {"norm": norm, "non_negative": non_negative}
