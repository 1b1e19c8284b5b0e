"""The way that training takes through the weights, and directions to look at it from.

Weights are flat here: the arrays of `get_weights` one after the other, float64.
"""

import math

import numpy as np

from trilobite._checks import arrays
from trilobite._checks.numbers import integer
from trilobite._model.callback import Callback


class Path(Callback):
    """Records the weights while a model trains: what `cost_contour` and its like draw.

    It stands among the `callbacks` of `fit`, in that of `trilobite.sklearn`, too, which calls it
    after each epoch. ``path(estimator)`` records those of an estimator by hand, of scikit-learn's
    as well, as after each call of `partial_fit`.

    Parameters
    ----------
    every : int, optional
        Record after every so many steps; after every epoch by default. Not for estimators.

    Attributes
    ----------
    weights : list of list of ndarray
        First those at the start of `fit` (not of estimators). The estimators' lie as the models',
        ``[w, b, w, b, ...]``.
    """

    def __init__(self, every=None):
        super().__init__()
        self.every = None if every is None else integer("every", every)
        self.idle_hooks = (Path.on_epoch_end if every else Path.on_train_batch_end,)
        self.weights = []
        self._steps = 0

    def on_train_begin(self, logs=None):
        """Begin a new path."""
        self.weights, self._steps = [self.model.get_weights()], 0

    def on_train_batch_end(self, batch, logs=None):
        """Record the weights if it is this step's turn."""
        self._steps += 1
        if self.every and self._steps % self.every == 0:
            self.weights.append(self.model.get_weights())

    def on_epoch_end(self, epoch, logs=None):
        """Record the weights."""
        if not self.every:
            self.weights.append(self.model.get_weights())

    def __call__(self, estimator):
        """Record the weights of an estimator; of a new `fit` too, if it is given to one."""
        pairs = zip(estimator.coefs_, estimator.intercepts_, strict=True)
        self.weights.append([np.array(array) for pair in pairs for array in pair])


def flat(weights):
    """A list of arrays as one."""
    return np.concatenate([np.ravel(np.asarray(w, np.float64)) for w in weights])


def points(path, like):
    """A `Path`, or a list of weights, as an array (points, parameters); None stays None."""
    if path is None:
        return None
    given = path.weights if isinstance(path, Path) else path
    if not isinstance(given, (list, tuple)) or not given:
        raise TypeError(f"path: got {path!r}, expected a Path that has recorded or such a list")
    names = [f"path, array {k}" for k in range(len(like))]
    return np.array([flat(arrays.weights(names, weights, like)) for weights in given])


class Direction:
    """A way to move the weights: ``weights + (t - start) * vector``.

    Attributes
    ----------
    vector : ndarray
    start : float
        The coordinate t of the model's own weights.
    label : str
    """

    def __init__(self, vector, start=0.0, label=""):
        self.vector, self.start, self.label = vector, start, label


def chosen(argument, given, weights, rng):
    """A `Direction` of what the caller gives.

    Parameters
    ----------
    argument : str
        Its name in messages.
    given : tuple of int, list of array_like or None
        The number of an array of the weights and an index in it, for one parameter, which then is
        the coordinate; a direction shaped as the weights; a random one.
    weights : list of ndarray
    rng : numpy.random.Generator
    """
    if given is None:
        return Direction(random(weights, rng), label="random direction")
    if isinstance(given, tuple) and all(isinstance(k, (int, np.integer)) for k in given):
        return _parameter(argument, given, weights)
    if not isinstance(given, (list, tuple)):
        raise TypeError(
            f"{argument}: got {given!r} ({type(given).__name__}), expected the number of an array "
            "and an index in it, as (0, 3, 5), or a list of arrays as get_weights returns"
        )
    names = [f"{argument}, array {k}" for k in range(len(weights))]
    vector = flat(arrays.weights(names, given, [np.asarray(w, np.float64) for w in weights]))
    if not np.isfinite(vector).all() or not vector.any():
        raise ValueError(f"{argument}: got {given!r}, expected finite numbers, not all zero")
    return Direction(vector, label="given direction")


def random(weights, rng):
    """A random direction, filter-normalised: Li et al., "Visualizing the Loss Landscape of Neural
    Nets" (2018), section 4.

    Normal numbers; those of each unit, a column of a kernel, scaled to the norm of that unit's
    weights. Biases and what else has one dimension stay as they are.
    """
    parts = []
    for w in weights:
        d = np.zeros(w.shape)
        if w.ndim > 1:
            d = rng.standard_normal(w.shape)
            lengths = np.linalg.norm(np.asarray(w, np.float64), axis=0)
            d *= lengths / np.linalg.norm(d, axis=0)
        parts.append(d)
    vector = flat(parts)
    if not vector.any():
        raise ValueError("direction: got kernels of zeros, expected a direction for such weights")
    return vector


def principal(path, trained, n):
    """The `n` directions in which the points of a path spread most: of unit length, PCA.

    As in Li et al. (2018), section 7. Their labels say which share of the variance they have.
    Of the parameters only those count where `trained` is true. Fewer, if the path has no more.
    """
    if path is None or len(path) < 2:
        return []
    moves = trained * (path - path.mean(axis=0))
    _, sizes, vectors = np.linalg.svd(moves, full_matrices=False)
    least = 1e-12 * max(sizes[0], np.abs(path).max())
    shares = sizes**2 / (np.sum(sizes**2) or 1.0)
    return [
        Direction(vector, label=f"principal direction {k} ({share:.0%} of the path's variance)")
        for k, (vector, share, size) in enumerate(zip(vectors, shares, sizes, strict=True), 1)
        if k <= n and size > least
    ]


def project(path, origin, directions):
    """Coordinates (points, directions) of the nearest points that the directions reach."""
    basis = np.array([d.vector for d in directions]).T
    found = np.linalg.lstsq(basis, (path - origin).T, rcond=None)[0].T
    return found + [d.start for d in directions]


def _parameter(argument, given, weights):
    known = f"expected one of {len(weights)} arrays and an index in it, as (0, 3, 5)"
    if not given or not 0 <= given[0] < len(weights):
        raise ValueError(f"{argument}: got {given}, {known}")
    k, *at = map(int, given)
    shape = weights[k].shape
    if len(at) != len(shape) or not all(0 <= i < n for i, n in zip(at, shape, strict=True)):
        raise ValueError(f"{argument}: got index {tuple(at)} in an array of shape {shape}, {known}")
    place = np.ravel_multi_index(at, shape) + sum(math.prod(w.shape) for w in weights[:k])
    vector = np.zeros(sum(w.size for w in weights))
    vector[place] = 1.0
    index = ", ".join(map(str, at))
    return Direction(vector, float(weights[k][tuple(at)]), f"parameter {k}[{index}]")
