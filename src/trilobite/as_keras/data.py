"""`tf.data`: data sets of arrays, and what programs do with them before `fit`.

Elements are arrays, or tuples or dicts of them. A data set of rows of arrays, shuffled and batched
and no more, is handed to `fit` as arrays; of any other one the batches are made in Python.
"""

import itertools

import numpy as np

from trilobite._checks.numbers import integer
from trilobite._declare.seeds import draw_seed
from trilobite.as_keras.tensor import tensor

__all__ = ["AUTOTUNE", "Dataset", "Options", "experimental"]

AUTOTUNE, INFINITE, UNKNOWN = -1, -1, -2


class experimental:  # noqa: N801, as TensorFlow has it
    """Former names."""

    AUTOTUNE = AUTOTUNE

    @staticmethod
    def cardinality(dataset):
        """See `Dataset.cardinality`."""
        return dataset.cardinality()


class Options:
    """What a data set's `with_options` takes; nothing here depends on it."""


class Dataset:
    """Elements, one after the other, again and again.

    Parameters
    ----------
    begin : callable
        Returns an iterator over the elements.
    length : int
        Their number, `INFINITE` or `UNKNOWN`.
    rows : tuple, optional
        (arrays, shuffled, rows of a batch or None), if they are nothing but rows of arrays.
    """

    def __init__(self, begin, length=UNKNOWN, rows=None):
        self._begin, self._length, self.rows = begin, length, rows

    def __iter__(self):
        return self._begin()

    def __len__(self):
        if self._length < 0:
            raise TypeError("the data set's length is infinite or unknown")
        return self._length

    @staticmethod
    def from_tensor_slices(tensors, name=None):
        """The rows of an array, or of arrays in tuples or dicts."""
        arrays = _each(np.asarray, tensors)
        lengths = {len(a) for a in _leaves(arrays)}
        if len(lengths) != 1:
            raise ValueError(f"tensors: got {sorted(lengths)} rows, expected as many of each")

        def begin():
            return (_each(lambda a, k=k: tensor(a[k]), arrays) for k in range(*lengths))

        return Dataset(begin, *lengths, (arrays, False, None))

    @staticmethod
    def from_tensors(tensors, name=None):
        """One element."""
        return Dataset(lambda: iter([_each(tensor, tensors)]), 1)

    @staticmethod
    def from_generator(generator, *types, args=(), output_signature=None, **named):
        """What the iterator yields that a function returns; types and shapes are as they come."""
        return Dataset(lambda: (_each(tensor, each) for each in generator(*args)))

    @staticmethod
    def range(*args, **named):
        """The numbers of Python's range."""
        numbers = range(*args)
        return Dataset(lambda: map(tensor, numbers), len(numbers))

    @staticmethod
    def zip(*datasets, name=None):
        """Tuples of an element of each."""
        given = datasets[0] if len(datasets) == 1 else datasets
        return Dataset(lambda: zip(*given, strict=False), min(each._length for each in given))

    def batch(self, batch_size, drop_remainder=False, num_parallel_calls=None, **named):
        """So many elements as one, with one more dimension; the last one takes the rest."""
        size = integer("batch_size", batch_size)
        length, rest = self._length, not drop_remainder
        if length >= 0:
            length = -(-length // size) if rest else length // size

        def begin():
            elements = iter(self)
            while len(part := list(itertools.islice(elements, size))) == size or part and rest:
                yield _stacked(part)

        rows = None
        if self.rows and self.rows[2] is None and rest:
            arrays, shuffled, _ = rows = (*self.rows[:2], size)
            if not shuffled:

                def begin():
                    for k in range(length):
                        yield _each(lambda a, k=k: tensor(a[k * size : (k + 1) * size]), arrays)

        return Dataset(begin, length, rows)

    def shuffle(self, buffer_size, seed=None, reshuffle_each_iteration=True, name=None):
        """Elements in random order: each is drawn from the next `buffer_size` ones."""
        size = integer("buffer_size", int(buffer_size))
        seed = draw_seed() if seed is None else seed
        rng = np.random.default_rng(seed)

        def begin():
            draw = rng if reshuffle_each_iteration else np.random.default_rng(seed)
            waiting, elements = [], iter(self)
            for element in elements:
                waiting.append(element)
                if len(waiting) >= size:
                    yield waiting.pop(draw.integers(len(waiting)))
            draw.shuffle(order := np.arange(len(waiting)))
            for k in order:
                yield waiting[k]

        whole = self.rows and self.rows[2] is None and size >= self._length
        whole = whole and reshuffle_each_iteration
        return Dataset(begin, self._length, (self.rows[0], True, None) if whole else None)

    def map(self, map_func, num_parallel_calls=None, deterministic=None, **named):
        """What a function makes of each element, of a tuple's members."""

        def made(element):
            return map_func(*element) if isinstance(element, tuple) else map_func(element)

        return Dataset(lambda: (_each(tensor, made(each)) for each in self), self._length)

    def filter(self, predicate, name=None):
        """The elements of which a function is true."""

        def kept(element):
            return predicate(*element) if isinstance(element, tuple) else predicate(element)

        return Dataset(lambda: (each for each in self if kept(each)))

    def repeat(self, count=None, name=None):
        """All elements so many times, for ever by default."""
        endless = count is None or count < 0

        def begin():
            for _ in itertools.count() if endless else range(count):
                yield from self

        length = self._length if self._length < 0 else self._length * (count or 0)
        return Dataset(begin, INFINITE if endless else length)

    def take(self, count, name=None):
        """The first elements."""
        length = count if self._length == INFINITE else min(count, self._length)
        return Dataset(lambda: itertools.islice(iter(self), count), length)

    def skip(self, count, name=None):
        """The elements behind the first ones."""
        length = self._length if self._length < 0 else max(self._length - count, 0)
        return Dataset(lambda: itertools.islice(iter(self), count, None), length)

    def concatenate(self, dataset, name=None):
        """The elements, then those of another data set."""
        both = self._length, dataset._length
        length = min(both) if min(both) < 0 else sum(both)
        return Dataset(lambda: itertools.chain(self, dataset), length)

    def enumerate(self, start=0, name=None):
        """Pairs of a number and an element."""
        return Dataset(lambda: enumerate(self, start), self._length)

    def unbatch(self, name=None):
        """The rows of the elements."""

        def begin():
            for each in self:
                yield from Dataset.from_tensor_slices(each)

        return Dataset(begin)

    def cache(self, filename="", name=None):
        """The same: elements are made again."""
        return self

    def prefetch(self, buffer_size=None, name=None):
        """The same: `fit` has batches made ahead."""
        return self

    def with_options(self, options, name=None):
        """The same."""
        return self

    def as_numpy_iterator(self):
        """The elements as NumPy's arrays and numbers."""
        return (_each(lambda a: a.numpy(), each) for each in self)

    def cardinality(self):
        """The number of elements, -1 of endless, -2 of unknown ones."""
        return tensor(np.int64(self._length))


def _each(function, element):
    """An element whose arrays a function has been called with."""
    if isinstance(element, dict):
        return {name: _each(function, part) for name, part in element.items()}
    if isinstance(element, tuple):
        return tuple(_each(function, part) for part in element)
    return function(element)


def _leaves(element):
    """The arrays of an element."""
    found = []
    _each(found.append, element)
    return found


def _stacked(elements):
    """Elements as one."""
    first = elements[0]
    if isinstance(first, dict):
        return {name: _stacked([each[name] for each in elements]) for name in first}
    if isinstance(first, tuple):
        return tuple(map(_stacked, zip(*elements, strict=True)))
    return tensor(np.stack(elements))
