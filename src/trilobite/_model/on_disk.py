"""Arrays on disk: in which order training takes their rows, and who reads them ahead of it."""

import mmap
import resource
import threading
from contextlib import nullcontext
from pathlib import Path

import numpy as np

# Rows are shuffled in blocks of so many bytes of x, the rows of so many blocks among each other. A
# disk reads 1 MB at nearly the speed of a whole file; 64 MB hold rows from 64 places of it.
BLOCK, AT_ONCE = 1 << 20, 64
SHARE = 2  # a file is large if it is more than one part in so many of the memory
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
    keeps : bool
        Whether what was written to the map is in memory alone, as with mode "c".
    """

    def __init__(self, a, file, keeps):
        self.nbytes, self.file, self.keeps = a.nbytes, file, keeps
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
        return cls(first, a, mapped.mode == "c")

    def advise(self, option, first, until):
        """Tell the system what is to become of the rows from `first` on."""
        page = mmap.PAGESIZE
        start = self.start + first * self.row_size
        end = self.start + until * self.row_size
        if option == mmap.MADV_DONTNEED:  # not those that other rows share
            start, end = -(-start // page) * page, end // page * page
        start -= start % page
        if start < min(end, len(self.file)):
            self.file.madvise(option, start, end - start)


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
        self.thread.start()

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()

    def _run(self):
        order, training = self.order, self.training
        if order.shuffle and not order.blocks:
            if not order.large:  # else all rows of the file come from anywhere
                self._advise(mmap.MADV_WILLNEED, [(0, order.n)])
            return
        asked = dropped = 0
        last = training.epochs * self.pieces
        while True:
            now = training.epoch * self.pieces
            now += training.rows_done // (order.block_rows * AT_ONCE)
            while asked < min(now + 2, last):
                self._advise(mmap.MADV_WILLNEED, self._rows(asked))
                asked += 1
            while dropped < now:
                if order.large:
                    self._advise(mmap.MADV_DONTNEED, self._rows(dropped))
                dropped += 1
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

    def _advise(self, option, ranges):
        for first, until in ranges:
            for each in self.order.maps:
                if self.over.is_set():
                    return
                if option == mmap.MADV_WILLNEED or not each.keeps:
                    each.advise(option, first, until)
