"""Arrays on disk: in which order training takes their rows, and who reads them ahead of it."""

import mmap
import os
import resource
import threading
from collections import deque
from contextlib import ExitStack, nullcontext, suppress
from pathlib import Path

import numpy as np

# Rows are shuffled in blocks of so many bytes of x, the rows of so many blocks among each other. A
# disk reads 1 MB at nearly the speed of a whole file; 64 MB hold rows from 64 places of it.
BLOCK, AT_ONCE = 1 << 20, 64
SHARE = 2  # a file is large if it is more than one part in so many of the memory
_GRAIN = mmap.ALLOCATIONGRANULARITY  # of the place in a file where a map begins
_WANTED = 1 << 17  # bytes: of more that are asked for at once the system may read these alone
_POLL = 0.01  # seconds; 64 MB take a core 20 ms at the least
_CGROUPS = Path("/sys/fs/cgroup")


def memory():
    """Bytes of memory that this process may use, and the name of what says so."""
    found = [_of_cgroup(), (_available(), "MemAvailable")]
    for name in ("RLIMIT_AS", "RLIMIT_DATA"):
        soft, _ = resource.getrlimit(getattr(resource, name))
        if soft != resource.RLIM_INFINITY:
            found.append((soft, name))
    return min(found, key=lambda each: each[0])


def _available():
    for line in Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    return np.inf


def _of_cgroup():
    """The least limit of the control groups that the process is in, version 1 or 2."""
    least = np.inf
    try:
        lines = Path("/proc/self/cgroup").read_text().splitlines()
    except OSError:
        lines = []
    for line in lines:
        _, controllers, group = line.split(":", 2)
        if controllers and "memory" not in controllers.split(","):
            continue
        root = _CGROUPS / "memory" if controllers else _CGROUPS
        name = "memory.limit_in_bytes" if controllers else "memory.max"
        group = root / group.lstrip("/")
        for folder in (group, *group.parents):
            if not folder.is_relative_to(root):
                break
            try:
                least = min(least, int((folder / name).read_text()))
            except (OSError, ValueError):  # there is none, or it is "max"
                pass
    return least, "the limit of the control group"


class Mapped:
    """Where the rows of an array lie in a file.

    Parameters
    ----------
    a : ndarray
        A memory map or a view of one; see `of`.
    file : mmap.mmap
    mapped : memmap
        Of all the file.
    """

    def __init__(self, a, file, mapped):
        self.nbytes, self.file = a.nbytes, file
        self.path, self.at = mapped.filename, mapped.offset - mapped.offset % _GRAIN
        self.keeps = mapped.mode == "c"  # what was written to it is in memory alone
        self.row_size = a.strides[0]
        begins = np.frombuffer(file, np.uint8).ctypes.data
        self.start = a.__array_interface__["data"][0] - begins

    @classmethod
    def of(cls, a):
        """That of an array, None if it does not lie in a file."""
        first, mapped = a, None
        while isinstance(a, np.ndarray):
            mapped = a if isinstance(a, np.memmap) else mapped
            a = a.base
        if mapped is None or not isinstance(a, mmap.mmap) or first.strides[0] <= 0:
            return None
        return cls(first, a, mapped)

    def want(self, first, until):
        """Have the system read the rows from `first` on."""
        start = self.start + first * self.row_size
        end = self.start + until * self.row_size
        for begin in range(start - start % mmap.PAGESIZE, end, _WANTED):
            self.file.madvise(mmap.MADV_WILLNEED, begin, min(_WANTED, end - begin))

    def alone(self, are):
        """Whether a page that is not there is read alone: others around it would be many MB."""
        self.file.madvise(mmap.MADV_RANDOM if are else mmap.MADV_NORMAL)

    def let_go(self, first, until, file):
        """Have it forget them, but for pages that they share with others.

        Of an open file, too: otherwise they stay in the page cache, where pages that were used many
        times drive out those just read.
        """
        page = mmap.PAGESIZE
        start = -(-(self.start + first * self.row_size) // page) * page
        size = (self.start + until * self.row_size) // page * page - start
        if size > 0 and not self.keeps:
            self.file.madvise(mmap.MADV_DONTNEED, start, size)
            os.posix_fadvise(file, self.at + start, size, os.POSIX_FADV_DONTNEED)


class RowOrder:
    """In which order a training takes the rows of its examples.

    Parameters
    ----------
    examples : Examples
    shuffle : bool, "rows" or "blocks"
        True: in blocks, if what lies on disk is more than half of the memory.

    Attributes
    ----------
    blocks : dict
        What the engine's `Training` is to be told: nothing, or ``block_rows, blocks_at_once``.
    told : str
        What a person should know, if anything.
    """

    def __init__(self, examples, shuffle):
        x = examples.x
        self.n, self.shuffle, self.told, self.large = len(x), bool(shuffle), "", False
        arrays = (a for a in examples if a is not None)
        self.maps = [each for each in map(Mapped.of, arrays) if each]
        self.block_rows = max(1, BLOCK // max(1, x.nbytes // len(x)))
        if self.maps:
            size, (limit, why) = sum(each.nbytes for each in self.maps), memory()
            self.large = size * SHARE > limit
            if self.large and shuffle is True:
                shuffle = "blocks"
                self.told = (
                    f"{size / 1e9:.3g} GB lie on disk, more than half of the {limit / 1e9:.3g} GB "
                    f"of memory ({why}): blocks of {self.block_rows} rows are shuffled, and the "
                    f'rows of {AT_ONCE} blocks (shuffle="rows": all rows)'
                )
        in_blocks = shuffle == "blocks"
        self.blocks = (
            {"block_rows": self.block_rows, "blocks_at_once": AT_ONCE} if in_blocks else {}
        )

    def read_ahead(self, training, permutation, seed, first_epoch):
        """A context in which a thread has the disk read what the training comes to."""
        if not self.maps:
            return nullcontext()
        return _ReadAhead(self, training, lambda n, e: permutation(n, seed, first_epoch + e))


class _ReadAhead:
    """A thread that tells the system which rows are wanted soon, and which no longer."""

    def __init__(self, order, training, permutation):
        self.order, self.training, self.permutation = order, training, permutation
        self.pieces = -(-order.n // (order.block_rows * AT_ONCE))  # of an epoch
        self.epoch, self.blocks = None, None
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        for each in self.order.maps if self.order.large and self.order.shuffle else ():
            each.alone(True)
        self.thread.start()

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()
        for each in self.order.maps if self.order.large else ():
            each.alone(False)

    def _run(self):
        with ExitStack() as stack:
            files = {}
            for each in self.order.maps if self.order.large else ():
                with suppress(OSError, TypeError):  # it has another name now, or none
                    files[each] = stack.enter_context(open(each.path, "rb")).fileno()
            self._advise(files)

    def _advise(self, files):
        order, training = self.order, self.training
        if order.shuffle and not order.blocks:
            if not order.large:  # else all rows of the file come from anywhere
                self._want([(0, order.n)])
            return
        asked, dropped, held = 0, 0, deque()
        last = training.epochs * self.pieces
        while True:
            now = training.epoch * self.pieces
            now += training.rows_done // (order.block_rows * AT_ONCE)
            while dropped < min(now, asked):
                for rows in held.popleft():
                    for each, file in files.items():
                        each.let_go(*rows, file)
                dropped += 1
            while asked < min(now + 2, last):
                held.append(list(self._rows(asked)))
                self._want(held[-1])
                asked += 1
            if self.over.wait(_POLL):
                return

    def _rows(self, piece):
        """First and last row of each of the blocks of a piece."""
        epoch, piece = divmod(piece, self.pieces)
        n, size = self.order.n, self.order.block_rows
        if epoch != self.epoch:
            count = -(-n // size)
            self.epoch = epoch
            self.blocks = self.permutation(count, epoch) if self.order.blocks else np.arange(count)
        for block in self.blocks[piece * AT_ONCE : (piece + 1) * AT_ONCE].tolist():
            yield block * size, min(n, (block + 1) * size)

    def _want(self, ranges):
        for rows in ranges:
            for each in self.order.maps:
                if not self.over.is_set():
                    each.want(*rows)
