"""Feeding: batches that are made one after the other, in place of arrays."""

import itertools
import random
from collections import deque
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from trilobite._checks import arrays
from trilobite._checks.options import run_out
from trilobite._model.py_dataset import PyDataset
from trilobite.engine import get_num_threads

_END = object()
_MOST = 1000  # batches in stock


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
    rows : int or None
        Of an epoch, likewise.
    read : callable or None
        How much of a file is read, as text.
    check : callable
        (x, y, sample_weight) of one batch, or of several one behind the other -> what they are.
    weigh : callable
        What `check` returned -> the same with weights of classes.
    draw : callable
        () -> seed and number of the epoch, for a source that has orders of its own: `shuffled`.
    """

    def __init__(self, argument, source, steps=None, shuffle=False, anew=False):
        self.argument, self.source, self.shuffle = argument, source, shuffle
        self.asked, self.anew = steps, anew or steps is None
        self.steps = self.asked or _length(source)
        self.check = self.weigh = self.draw = None
        known = hasattr(source, "shuffled")  # a `data.Table`, which can say more of itself
        self.rows, self.read = (source.rows, source.read) if known else (None, None)
        self.made = False  # whether there was a batch
        self._rest = None  # of what the source makes

    def peek(self):
        """x, y and weights of the first batch, which is there again for the first epoch."""
        self.rewind()
        first = next(self._rest, _END)
        if first is _END:
            raise ValueError(f"{self.argument}: got no batch, expected at least one")
        self._rest = itertools.chain([first], self._rest)
        return self._unpack(first)

    @property
    def row_shape(self):
        """Of a row of x, from the first batch if the source does not say it."""
        if hasattr(self.source, "shuffled"):
            return self.source.row_shape
        return arrays.inputs(self.argument, self.peek()[0]).shape[1:]

    def rewind(self):
        """Begin anew, as far as the source can."""
        self._rest = self._begin()

    def epoch(self):
        """x, y and weights of each batch of an epoch; of none if the source has no more."""
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
            yield self._unpack(batch)
        if self.anew:
            self._rest = None
        self._tell("on_epoch_end")

    def checked(self):
        """The batches of an epoch as `check` returns them, copies."""
        for batch in self.epoch():
            copied = [part.copy() if isinstance(part, np.ndarray) else part for part in batch]
            yield self.check(*copied)

    def work_off(self, work):
        """`work` of each batch of an epoch, in order, in threads, while others are made here."""
        threads, waiting = get_num_threads(), deque()
        with ThreadPoolExecutor(threads) as pool:
            for batch in self.checked():
                waiting.append(pool.submit(work, batch))
                if len(waiting) > 2 * threads:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()

    def _unpack(self, batch):
        """x, y and weights of a batch, None for what it has not."""
        if not isinstance(batch, (tuple, list)):
            batch = (batch,)
        if not 0 < len(batch) <= 3:
            raise ValueError(
                f"{self.argument}: got a batch of {len(batch)} parts, expected x, (x, y) or "
                "(x, y, sample_weight)"
            )
        if len(batch) == 2 and type(batch[0]) is type(batch[1]) is np.ndarray:
            return *batch, None
        parts = [
            part if type(part) is np.ndarray or not hasattr(part, "numpy") else part.numpy()
            for part in batch
        ]
        return parts + [None] * (3 - len(parts))

    def _begin(self):
        source = self.source
        if self.shuffle and self.draw and hasattr(source, "shuffled"):
            return source.shuffled(*self.draw())
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


class Stock:
    """Copies of batches of one form, one behind the other, in memory that is used again and again.

    New memory takes as long as a copy: its pages come one by one.

    Parameters
    ----------
    size : int
        Bytes of x that there is room for, if one batch takes no more.

    Attributes
    ----------
    sizes : list of int
        Rows of each batch.
    """

    def __init__(self, size):
        self.size, self.sizes = size, []
        self._rows = self._room = 0  # taken, and in all
        self._last = ()  # shapes and dtypes of the last batch, which is of this form
        self._forms = self._arrays = ()  # dtype and shape of a row of x, y, weights

    def add(self, batch):
        """Copy x, y and weights or None; False if they have another form or find no room."""
        x, y, weights = batch
        if (
            type(x) is type(y) is np.ndarray
            and weights is None
            and (  # most batches, in few steps
                (x.shape, y.shape, x.dtype, y.dtype) == self._last
            )
        ):
            start, rows = self._rows, self._last[0][0]
            end = start + rows
            if end > self._room:
                return False
            self._arrays[0][start:end], self._arrays[1][start:end] = x, y
            self._rows = end
            self.sizes.append(rows)
            return True
        return self._add_other(batch)

    def _add_other(self, batch):
        """As `add`, of a batch that may be of another form than the last one."""
        rows, start = batch[0], self._rows
        rows = len(rows) if type(rows) is np.ndarray and rows.ndim else 0
        end = start + rows
        if not rows or end > self._room:
            return False
        for part, form in zip(batch, self._forms, strict=True):
            if part is None or form is None:
                if part is not form:
                    return False
            elif (
                type(part) is not np.ndarray
                or part.dtype != form[0]
                or part.shape[1:] != form[1]
                or len(part) != rows
            ):
                return False
        for part, array in zip(batch, self._arrays, strict=True):
            if part is not None:
                array[start:end] = part
        self._rows = end
        self.sizes.append(rows)
        x, y, weights = batch
        if y is not None and weights is None:
            self._last = x.shape, y.shape, x.dtype, y.dtype
        return True

    def begin(self, batch):
        """Hold this batch, which is checked, and no other; make room for more like it."""
        self.clear()
        if self.add(batch):
            return
        x, rows = batch[0], len(batch[0])
        self._last = ()
        self._forms = [part if part is None else (part.dtype, part.shape[1:]) for part in batch]
        self._room = max(rows, min(rows * _MOST, self.size * rows // x.nbytes))
        self._arrays = [
            None if part is None else np.empty((self._room, *part.shape[1:]), part.dtype)
            for part in batch
        ]
        self.add(batch)

    def clear(self):
        """Be empty."""
        self._rows, self.sizes = 0, []

    def keep(self, batches):
        """Forget all batches but so many, the first ones."""
        self.sizes = self.sizes[:batches]
        self._rows = sum(self.sizes)

    def rows(self, batch=None):
        """x, y and weights of all batches, or of one by its number."""
        rows = slice(self._rows)
        if batch is not None:
            end = sum(self.sizes[: batch + 1])
            rows = slice(end - self.sizes[batch], end)
        return [None if array is None else array[rows] for array in self._arrays]


def _length(source):
    """The number of batches of a source, None if it does not know or has no end."""
    if isinstance(source, PyDataset):
        return source.num_batches
    try:
        return len(source)
    except TypeError:
        return None
