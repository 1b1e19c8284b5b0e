"""Feeding: batches that are made one after the other, in place of arrays."""

import itertools
import random
from collections import deque
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from trilobite._checks.options import run_out
from trilobite._model.py_dataset import PyDataset
from trilobite.engine import get_num_threads

_END = object()
_LINE = 64  # bytes: where in a room an array begins


class Batches:
    """Batches that `source` makes, epoch after epoch.

    Parameters
    ----------
    argument : str
        Its name in messages.
    source : PyDataset or iterable
        Of (x,), (x, y) or (x, y, sample_weight), tuples or lists, or of x alone.
    steps : int, optional
        Batches of an epoch: the next one goes on where this one ended. None: all there are.
    shuffle : bool
        Take the batches of a `PyDataset` that has an end in a new order every epoch.
    anew : bool
        Begin every epoch anew, as far as the source can.

    Attributes
    ----------
    steps : int or None
        Batches of an epoch, None if nobody knows.
    check : callable
        (x, y, sample_weight) -> what an epoch yields of a batch.
    copy : callable
        What copies its arrays: a generator may write the next batch over one that still waits.
    """

    def __init__(self, argument, source, steps=None, shuffle=False, anew=False):
        self.argument, self.source, self.shuffle = argument, source, shuffle
        self.asked, self.anew = steps, anew or steps is None
        self.steps = self.asked or _length(source)
        self.check, self.made = None, False  # whether there was a batch
        self.copy = np.ndarray.copy
        self._rest = None  # of what the source makes

    def peek(self):
        """x, y and weights of the first batch, which is there again for the first epoch."""
        self.rewind()
        first = next(self._rest, _END)
        if first is _END:
            raise ValueError(f"{self.argument}: got no batch, expected at least one")
        self._rest = itertools.chain([first], self._rest)
        return self._unpack(first)

    def rewind(self):
        """Begin anew, as far as the source can."""
        self._rest = self._begin()

    def epoch(self):
        """The batches of an epoch as `check` returns them, none if the source has no more."""
        self._tell("on_epoch_begin")
        begun = self._rest is None
        if begun:
            self.rewind()
        for done in itertools.count() if self.asked is None else range(self.asked):
            batch = next(self._rest, _END)
            if batch is _END and done == 0 and not begun:
                self.rewind()
                batch = next(self._rest, _END)
            if batch is _END:
                self._rest = None
                if self.asked or (done == 0 and self.made):
                    run_out(self.argument, done, self.asked)
                break
            self.made = True
            yield self.check(*self._unpack(batch))
        if self.anew:
            self._rest = None
        self._tell("on_epoch_end")

    def work_off(self, work):
        """`work` of each batch of an epoch, in order, in threads, while others are made here."""
        threads, waiting = get_num_threads(), deque()
        with ThreadPoolExecutor(threads) as pool:
            for batch in self.epoch():
                waiting.append(pool.submit(work, batch))
                if len(waiting) > 2 * threads:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()

    def _unpack(self, batch):
        """x, y and weights of a batch, None for what it has not, arrays copied."""
        parts = tuple(batch) if isinstance(batch, (tuple, list)) else (batch,)
        if not 0 < len(parts) <= 3:
            raise ValueError(
                f"{self.argument}: got a batch of {len(parts)} parts, expected x, (x, y) or "
                "(x, y, sample_weight)"
            )
        parts = [part.numpy() if hasattr(part, "numpy") else part for part in parts]
        parts = [self.copy(part) if isinstance(part, np.ndarray) else part for part in parts]
        return (*parts, None, None)[:3]

    def _begin(self):
        source = self.source
        if not isinstance(source, PyDataset):
            return iter(source)
        numbers = itertools.count() if self.steps is None else range(source.num_batches)
        if self.shuffle and isinstance(numbers, range):
            numbers = list(numbers)
            random.shuffle(numbers)
        return (source[number] for number in numbers)

    def _tell(self, hook):
        if isinstance(self.source, PyDataset):
            getattr(self.source, hook)()


class Slices:
    """Rows of arrays that are checked already, as batches.

    Parameters
    ----------
    examples : Examples
    size : int
        Rows of a batch; the last one takes the rest.
    permutation : callable or None
        Number of rows, number of the pass over them -> their order; None: as they lie.
    """

    def __init__(self, examples, size, permutation=None):
        self.examples, self.size, self.permutation = examples, size, permutation
        self.passes = 0

    def __len__(self):
        return -(-len(self.examples.x) // self.size)

    def __iter__(self):
        n = len(self.examples.x)
        order = self.permutation and self.permutation(n, self.passes)
        self.passes += 1
        for start in range(0, n, self.size):
            rows = slice(start, start + self.size)
            yield tuple(self.examples.part(rows if order is None else order[rows]))


class Room:
    """Memory for copies of arrays, of so many bytes, that is used again and again.

    New memory takes as long as the copy: its pages come one by one.
    """

    def __init__(self, size):
        self.bytes, self.taken = np.empty(size, np.uint8), 0

    def copy(self, array):
        """A copy, here if there is room."""
        end = self.taken + array.nbytes
        if end > len(self.bytes) or array.dtype == object:
            return array.copy()
        out = self.bytes[self.taken : end].view(array.dtype).reshape(array.shape)
        np.copyto(out, array)
        self.taken = -(-end // _LINE) * _LINE
        return out


def _length(source):
    """The number of batches of a source, None if it does not know or has no end."""
    if isinstance(source, PyDataset):
        return source.num_batches
    try:
        return len(source)
    except TypeError:
        return None
