"""Points in the plane as TensorFlow Playground draws them, and the features that it offers.

The programs that the playground shows call these functions. Source of the sets: `dataset.ts` and
`state.ts` of https://github.com/tensorflow/playground; they are drawn by NumPy here.
"""

import numpy as np

from trilobite._checks.numbers import integer, real

EDGE = 6.0  # the plane is drawn from -EDGE to EDGE
_RADIUS = 5.0
# centre and sign of the bumps of "gauss_regression"
_BUMPS = np.array([[-4, 2.5, 1], [0, 2.5, -1], [4, 2.5, 1], [-4, -2.5, -1], [0, -2.5, 1],
                   [4, -2.5, -1]])  # fmt: skip


def _circle(n, noise, rng):
    inside = np.arange(n) < n // 2
    low, high = np.where(inside, 0.0, 0.7), np.where(inside, 0.5, 1.0)
    r, a = _RADIUS * rng.uniform(low, high), rng.uniform(0, 2 * np.pi, n)
    x = np.stack([r * np.sin(a), r * np.cos(a)], axis=1)
    seen = x + _RADIUS * noise * rng.uniform(-1, 1, (n, 2))
    return x, np.hypot(*seen.T) < _RADIUS / 2


def _xor(n, noise, rng):
    x = rng.uniform(-_RADIUS, _RADIUS, (n, 2))
    x += np.where(x > 0, 0.3, -0.3)
    seen = x + _RADIUS * noise * rng.uniform(-1, 1, (n, 2))
    return x, seen[:, 0] * seen[:, 1] >= 0


def _spread(noise):
    """Standard deviation of the Gaussian clouds: their variance goes from 0.5 to 4."""
    return np.sqrt(0.5 + 7 * noise)


def _gauss(n, noise, rng):
    y = np.arange(n) < n // 2
    centre = np.where(y, 2.0, -2.0)[:, None]
    return centre + _spread(noise) * rng.standard_normal((n, 2)), y


def _spiral(n, noise, rng):
    y = np.arange(n) < n // 2
    k = np.where(y, np.arange(n), np.arange(n) - n // 2) / max(n // 2, 1)
    r, t = _RADIUS * k, 3.5 * np.pi * k + np.where(y, 0.0, np.pi)
    x = np.stack([r * np.sin(t), r * np.cos(t)], axis=1)
    return x + noise * rng.uniform(-1, 1, (n, 2)), y


def _three_classes(n, noise, rng):
    y = np.arange(n) % 3
    a = 2 * np.pi * y / 3 + np.pi / 2
    x = 3 * np.stack([np.cos(a), np.sin(a)], axis=1)
    return x + _spread(noise) * rng.standard_normal((n, 2)), y


def _plane(n, noise, rng):
    x = rng.uniform(-EDGE, EDGE, (n, 2))
    seen = x + EDGE * noise * rng.uniform(-1, 1, (n, 2))
    return x, seen.sum(axis=1) / 10


def _gauss_regression(n, noise, rng):
    x = rng.uniform(-EDGE, EDGE, (n, 2))
    seen = x + EDGE * noise * rng.uniform(-1, 1, (n, 2))
    far = np.linalg.norm(seen[:, None] - _BUMPS[:, :2], axis=2)
    heights = _BUMPS[:, 2] * np.clip(1 - far / 2, 0, 1)
    return x, heights[np.arange(n), np.abs(heights).argmax(axis=1)]


CLASSIFICATION = {
    "circle": _circle,
    "xor": _xor,
    "gauss": _gauss,
    "spiral": _spiral,
    "three_classes": _three_classes,
}
REGRESSION = {"plane": _plane, "gauss_regression": _gauss_regression}
FEATURES = {
    "x1": lambda x1, x2: x1,
    "x2": lambda x1, x2: x2,
    "x1^2": lambda x1, x2: x1 * x1,
    "x2^2": lambda x1, x2: x2 * x2,
    "x1*x2": lambda x1, x2: x1 * x2,
    "sin(x1)": lambda x1, x2: np.sin(x1),
    "sin(x2)": lambda x1, x2: np.sin(x2),
}


def points(name, rows=500, noise=0, seed=0):
    """Draw one of TensorFlow Playground's data sets, or "three_classes".

    Parameters
    ----------
    name : str
        "circle", "xor", "gauss", "spiral", "three_classes"; of numbers "plane" and
        "gauss_regression".
    rows : int, default 500
    noise : float, default 0
        0 to 50: how far, in per cent of the set's size, points lie from where they belong.
    seed : int, default 0
        Of the draws.

    Returns
    -------
    x : ndarray of float32, shape (rows, 2)
        In an order drawn at random.
    y : ndarray
        Classes, uint8, or numbers from -1.2 to 1.2, float32; shape (rows,).

    Raises
    ------
    TypeError, ValueError
        An unknown name, or a number out of range.
    """
    known = CLASSIFICATION | REGRESSION
    if name not in known:
        raise ValueError(f"name: got {name!r}, expected one of {', '.join(known)}")
    rng = np.random.default_rng(integer("seed", seed, least=0))
    x, y = known[name](integer("rows", rows), real("noise", noise, 0, 50) / 100, rng)
    order = rng.permutation(rows)
    return x[order].astype("f4"), y[order].astype("u1" if name in CLASSIFICATION else "f4")


def features(x, names):
    """Features of points of the plane, as columns.

    Parameters
    ----------
    x : ndarray, shape (n, 2)
    names : list of str
        Some of "x1", "x2", "x1^2", "x2^2", "x1*x2", "sin(x1)", "sin(x2)".

    Returns
    -------
    ndarray of float32, shape (n, len(names))
    """
    if unknown := [name for name in names if name not in FEATURES]:
        raise ValueError(f"names: got {unknown[0]!r}, expected some of {', '.join(FEATURES)}")
    return np.stack([FEATURES[name](*x.T) for name in names], axis=1).astype("f4")


def split(x, y, test_share=0.5):
    """The first rows to train with, and the last ones, `test_share` of all, to test on.

    Returns
    -------
    (x_train, y_train), (x_test, y_test)
    """
    n = len(y) - test_rows(len(y), test_share)
    return (x[:n], y[:n]), (x[n:], y[n:])


def test_rows(n, test_share):
    """How many of n rows are to test on: at least one, and one is left."""
    return min(max(round(n * test_share), 1), n - 1)
