"""PyDataset: batches by their numbers."""

import itertools
from collections.abc import Mapping, Sequence, Set

from trilobite._checks import arrays


class PyDataset:
    """Base of data that are made batch by batch, for `fit`, `evaluate` and `predict`.

    A class derived from it has ``__getitem__(index)``, which returns the batch of this number,
    ``(x, y)`` or ``(x, y, sample_weight)``, and ``__len__``, the number of batches, or a property
    `num_batches`, None if there is no end.

    Parameters
    ----------
    workers, use_multiprocessing, max_queue_size
        Keras's, which make no difference: batches are made one after the other in the thread that
        called `fit`, while the engine works in others.
    """

    workers = 1
    use_multiprocessing = False
    max_queue_size = 10

    def __init__(self, workers=1, use_multiprocessing=False, max_queue_size=10):
        self.workers, self.use_multiprocessing = workers, use_multiprocessing
        self.max_queue_size = max_queue_size

    def __getitem__(self, index):
        raise NotImplementedError(f"{type(self).__name__} has no __getitem__, which makes a batch")

    def __iter__(self):
        n = self.num_batches
        return (self[index] for index in (itertools.count() if n is None else range(n)))

    @property
    def num_batches(self):
        """Number of batches of an epoch, None if there is no end."""
        if not hasattr(self, "__len__"):
            raise NotImplementedError(f"{type(self).__name__} has neither __len__ nor num_batches")
        return len(self)

    def on_epoch_begin(self):
        """Called before the first batch of each epoch is made."""

    def on_epoch_end(self):
        """Called after the last batch of each epoch was made."""


def is_fed(x):
    """Whether `x` makes batches: a `PyDataset`, or what one can iterate over and is no array."""
    if isinstance(x, PyDataset):
        return True
    known = isinstance(x, (Mapping, Sequence, Set)) or hasattr(x, "shape")
    return hasattr(x, "__iter__") and not (known or hasattr(x, "__array__"))


def moments_of_batches(argument, source, of_columns):
    """`arrays.moments` of all rows that a source makes, in one pass.

    Those of two parts, of n and k rows, by Chan, Golub and LeVeque (1979), with d the difference of
    their means: mean + d k / (n + k), and n var + k var + d^2 n k / (n + k) by n + k.
    """
    n, mean, squares, shape = 0, 0.0, 0.0, None
    for batch in source:
        x = batch[0] if isinstance(batch, (tuple, list)) else batch
        x = x.numpy() if hasattr(x, "numpy") else x
        shape, (mean_here, variance) = arrays.moments(argument, x, of_columns)
        k = len(x)
        d = mean_here - mean
        mean = mean + d * k / (n + k)
        squares = squares + k * variance + d * d * n * k / (n + k)
        n += k
    if not n:
        raise ValueError(f"{argument}: got no batch, expected at least one")
    return shape, [mean, squares / n]
