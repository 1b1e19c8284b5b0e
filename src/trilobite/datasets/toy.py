"""Toy data: points in the plane, drawn as they are asked for."""

import numpy as np


def moons(n=1000, noise=0.1, seed=0):
    """Draw points of two interleaved half circles, which no straight line separates.

    ``x = (cos t, sin t)`` in class 0, ``x = (1 - cos t, 1/2 - sin t)`` in class 1, t uniform in
    [0, pi), plus noise.

    Parameters
    ----------
    n : int, default 1000
        Number of points.
    noise : float, default 0.1
        Standard deviation of the normal noise in each coordinate.
    seed : int, default 0
        Seed of the draws.

    Returns
    -------
    x : ndarray of float32, shape (n, 2)
    y : ndarray of uint8, shape (n,)
        Classes 0 and 1.

    Raises
    ------
    ValueError
        If an argument is out of range.
    """
    if n < 0 or noise < 0:
        raise ValueError(f"n, noise: expected at least 0, got {n}, {noise}")
    rng = np.random.default_rng(seed)
    y = rng.integers(2, size=n, dtype=np.uint8)
    t = rng.uniform(0, np.pi, n)
    sign = 1 - 2.0 * y
    x = np.stack([y + sign * np.cos(t), y / 2 + sign * np.sin(t)], axis=1)
    return (x + noise * rng.standard_normal((n, 2))).astype(np.float32), y


def blobs(n=1000, n_classes=3, noise=0.3, seed=0):
    """Draw points around centres that are evenly spaced on the unit circle.

    ``x = (cos a, sin a)`` with ``a = 2 pi y / n_classes``, plus noise.

    Parameters
    ----------
    n : int, default 1000
        Number of points.
    n_classes : int, default 3
        Number of centres, 1 to 256.
    noise : float, default 0.3
        Standard deviation of the normal noise in each coordinate.
    seed : int, default 0
        Seed of the draws.

    Returns
    -------
    x : ndarray of float32, shape (n, 2)
    y : ndarray of uint8, shape (n,)
        Classes 0 to n_classes - 1.

    Raises
    ------
    ValueError
        If an argument is out of range.
    """
    if n < 0 or noise < 0:
        raise ValueError(f"n, noise: expected at least 0, got {n}, {noise}")
    if not 1 <= n_classes <= 256:
        raise ValueError(f"n_classes: expected 1 to 256, got {n_classes}")
    rng = np.random.default_rng(seed)
    y = rng.integers(n_classes, size=n, dtype=np.uint8)
    a = 2 * np.pi * y / n_classes
    x = np.stack([np.cos(a), np.sin(a)], axis=1)
    return (x + noise * rng.standard_normal((n, 2))).astype(np.float32), y
