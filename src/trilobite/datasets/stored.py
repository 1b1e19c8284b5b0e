"""Files of data sets: in the caller's folder, the cache folder or at a mirror, always checked."""

import io
import math
import os
from functools import partial

import numpy as np

from . import idx


def images(data_set, path, files, mirrors, folders):
    """Load a data set of IDX files.

    Parameters
    ----------
    data_set : str
        Its folder in the cache.
    path : str, os.PathLike or None
        The only folder to look into, if given.
    files : sequence of (str, tuple of int, str)
        Name, shape and SHA-256 of each uncompressed file; all are unsigned bytes.
    mirrors : sequence of str
        Addresses that a file's name completes.
    folders : tuple of str
        Where in the folder ``TRILOBITE_DATA`` its files may be; "" is that folder itself.

    Returns
    -------
    list of ndarray
    """
    arrays = []
    for name, shape, sha256 in files:
        found = _find(
            data_set,
            path,
            (name, f"{name}.gz"),
            [f"{mirror}{name}.gz" for mirror in mirrors],
            partial(_read_idx, shape, sha256),
            folders,
            # Deflate lengthens what it cannot shorten by 5 bytes in every 16 KB at most.
            limit=math.prod(shape) * 17 // 16 + 1024,
        )
        arrays.append(found)
    return arrays


def table(data_set, path, mirrors, sha256, limit):
    """Load the arrays x and y of the file ``<data_set>.npz``.

    Parameters
    ----------
    data_set, path, mirrors
        See `images`; Keras's default for `path`, the file's name, means None.
    sha256 : str
        Of the file.
    limit : int
        Its largest size in bytes.

    Returns
    -------
    x, y : ndarray
    """
    name = f"{data_set}.npz"
    return _find(
        data_set,
        None if path == name else path,
        (name,),
        [f"{mirror}{name}" for mirror in mirrors],
        partial(_read_npz, sha256, limit),
        (data_set, ""),
        limit,
    )


def split(x, y, test_split, seed):
    """Shuffle the rows as Keras does and hold the last part of them out.

    Returns
    -------
    (x_train, y_train), (x_test, y_test)
    """
    if not 0 <= test_split < 1:
        raise ValueError(f"test_split: got {test_split}, expected 0 <= test_split < 1")
    order = np.arange(len(x))
    np.random.RandomState(seed).shuffle(order)
    n = int(len(x) * (1 - test_split))
    return (x[order[:n]], y[order[:n]]), (x[order[n:]], y[order[n:]])


def _find(data_set, path, names, urls, read, folders, limit):
    """What `read` makes of a file that has one of `names`, the last of which the cache keeps."""
    folder = os.environ.get("TRILOBITE_DATA") if path is None else os.fspath(path)
    if folder:
        folder = os.path.expanduser(folder)
        for inside in folders if path is None else dict.fromkeys((*folders, "")):
            for name in names:
                found = os.path.join(folder, inside, name)
                if os.path.isfile(found):
                    return read(found)
    if path is not None:
        expected = " or ".join(names)
        raise FileNotFoundError(f"path: no {expected} in {folder!r} or its folder {data_set!r}")

    cache = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    cached = os.path.join(cache, "trilobite", data_set, names[-1])
    if os.path.isfile(cached):
        try:
            return read(cached)
        except ValueError as error:
            import warnings

            warnings.warn(f"{error}; downloading it again", stacklevel=4)
    from .download import fetch

    return fetch(
        cached,
        urls,
        read,
        limit,
        advice=f"TRILOBITE_DATA can name a folder whose folder {data_set!r} holds {names[-1]}",
    )


def _read_idx(shape, sha256, source, called=None):
    called = called or source
    array = idx.read(source, limit=math.prod(shape), name=called)
    _check(idx.to_bytes(array), sha256, called)
    return array


def _read_npz(sha256, limit, source, called=None):
    data = source
    if not isinstance(source, bytes):
        with open(source, "rb") as file:
            data = file.read(limit + 1)
    _check(data, sha256, called or source)
    arrays = np.load(io.BytesIO(data), allow_pickle=False)
    return arrays["x"], arrays["y"]


def _check(data, sha256, called):
    import hashlib  # here: it takes a while

    found = hashlib.sha256(data).hexdigest()
    if found != sha256:
        raise ValueError(f"{called}: not the right file: SHA-256 {found}, expected {sha256}")
