"""Files written whole or not at all: under another name, brought to the disk, renamed."""

import _thread
import errno
import fcntl
import os
import stat
from contextlib import suppress

_CHUNK = 1 << 24  # bytes between two looks at whether the caller has been interrupted
# What fsync says where there is nothing to be brought to the disk.
_NO_SYNC = (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP)


def write(path, parts, overwrite=True):
    """Write bytes; whatever happens, `path` is the old file or the whole new one.

    Parameters
    ----------
    path : str or os.PathLike
    parts : list of bytes or ndarray of uint8, shape (n,)
    overwrite : bool

    Raises
    ------
    FileExistsError
        There is such a file and `overwrite` is false.
    OSError
        It cannot be written, or is something else than a file.
    """
    path = os.fsdecode(path)
    target, mode = os.path.realpath(path), None  # a link stays a link
    if os.path.exists(target):
        if not overwrite:
            raise FileExistsError(f"{path} exists, and overwrite is False")
        if not os.path.isfile(target):
            raise OSError(f"{path}: got a folder or a device, expected a file or a new name")
        mode = stat.S_IMODE(os.stat(target).st_mode)
    writing = _Writing(target, parts, mode)
    try:
        try:
            _thread.start_new_thread(writing.run, ())
        except RuntimeError:  # there can be no more threads, or Python is about to end
            writing.run()
        while not writing.done.acquire(timeout=0.05):
            pass  # a signal that came before the waiting does not end it
    except BaseException:
        writing.abandon()
        raise
    try:
        if isinstance(writing.error, OSError):  # of the caller's file, not of the one beside it
            writing.error.filename, writing.error.filename2 = path, None
        if writing.error is not None:
            raise writing.error
    finally:
        del writing  # the error knows this frame


class _Writing:
    """The writing of one file, in a thread of its own.

    Signals, and so Ctrl-C, are heard in the main thread alone, between any two of its bytecodes.
    So a file is opened, written, renamed and closed in another one. What the main thread does
    meanwhile is one call in C each, so that nothing is half done when it is interrupted: those
    of `threading` are not.
    """

    def __init__(self, path, parts, mode):
        self._path, self._parts, self._mode = path, parts, mode
        self._temporary, self._abandoned, self.error = None, False, None
        self.done = _thread.allocate_lock()  # released at the end
        self.done.acquire()

    def run(self):
        """Write it; an exception is kept in `error`."""
        try:
            self._write()
        except BaseException as error:
            self.error = error
        finally:
            self.done.release()

    def abandon(self):
        """Stop, and delete what was begun; do not wait for a disk that does not answer."""
        self._abandoned = True
        if not self.done.acquire(timeout=0.1) and self._temporary:
            with suppress(FileNotFoundError):
                os.unlink(self._temporary)

    def _write(self):
        descriptor, self._temporary = _beside(self._path)
        try:
            with open(descriptor, "wb") as file:
                if self._mode is not None:
                    os.fchmod(descriptor, self._mode)
                for chunk in chunks(self._parts):
                    self._go_on()
                    file.write(chunk)
                file.flush()
                self._go_on()
                _sync(descriptor)
                self._go_on()
                os.replace(self._temporary, self._path)
        except BaseException:
            with suppress(FileNotFoundError):
                os.unlink(self._temporary)
            raise
        _sync_folder(os.path.dirname(self._path))

    def _go_on(self):
        if self._abandoned:
            raise InterruptedError


def chunks(parts):
    """The bytes of `parts`, in pieces that take a moment each."""
    for view in map(memoryview, parts):
        for start in range(0, len(view), _CHUNK):
            yield view[start : start + _CHUNK]


def _beside(path):
    """A new file in the same folder, held as long as it is open: its descriptor and its path."""
    folder, name = os.path.split(path)
    while True:
        temporary = os.path.join(folder, os.urandom(8).hex().join(_around(name)))
        # 0o666 less the umask, as open() would make it
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        with suppress(OSError):  # there are file systems without locks
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        if os.path.exists(temporary):  # not taken for a leftover before it was held
            return descriptor, temporary
        os.close(descriptor)


def _around(name):
    """What stands around random digits in the name of a file that becomes `name`."""
    return f".trilobite-{os.fsdecode(os.fsencode(name)[:100])}-", ".tmp"


def remove_leftovers(path):
    """Delete what writers of `path` that were killed left beside it: the files that nobody holds.

    One that cannot be held, where the file system has no locks, stays.
    """
    folder, name = os.path.split(os.path.realpath(path))
    start, end = _around(name)
    length = len(start) + 16 + len(end)
    for found in os.listdir(folder) if os.path.isdir(folder) else ():
        if found.startswith(start) and found.endswith(end) and len(found) == length:
            with suppress(OSError), open(os.path.join(folder, found), "r+b") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                os.unlink(file.name)


def _sync(descriptor):
    """Bring a file to the disk, where there is one."""
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _NO_SYNC:
            raise


def _sync_folder(folder):
    """Let the new name in a folder outlive a power failure, where the file system can."""
    with suppress(OSError):  # the file is whole, whatever becomes of its name then
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
