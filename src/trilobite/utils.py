"""Keras's `utils`: one-hot encoding, the random seed, data made by batches, drawings, downloads."""

import os
import random
from contextlib import suppress

import numpy as np

from trilobite._declare.names import choose, forget_names, only
from trilobite._declare.seeds import seed_all
from trilobite._declare.tensor import KerasTensor
from trilobite._files.drawing import model_to_dot, plot_model
from trilobite._model.py_dataset import PyDataset
from trilobite.config import disable_interactive_logging, enable_interactive_logging
from trilobite.saving import (
    CustomObjectScope,
    custom_object_scope,
    get_custom_objects,
    register_keras_serializable,
)

__all__ = [
    "CustomObjectScope",
    "PyDataset",
    "Sequence",
    "clear_session",
    "custom_object_scope",
    "disable_interactive_logging",
    "enable_interactive_logging",
    "get_custom_objects",
    "get_file",
    "is_keras_tensor",
    "model_to_dot",
    "normalize",
    "plot_model",
    "register_keras_serializable",
    "set_random_seed",
    "to_categorical",
]

Sequence = PyDataset
_LARGEST = 1 << 30  # bytes of a file that is downloaded


def set_random_seed(seed):
    """Seed everything random: this library, `random` and `numpy.random`.

    Weights and the order of the rows are then the same in every run.

    Parameters
    ----------
    seed : int
        0 to 2**32 - 1.
    """
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)):
        raise TypeError(f"seed: got {seed!r} ({type(seed).__name__}), expected an integer")
    if not 0 <= seed < 2**32:
        raise ValueError(f"seed: got {seed}, expected 0 to 2**32 - 1")
    random.seed(int(seed))
    np.random.seed(seed)
    seed_all(int(seed))


def clear_session(free_memory=True):
    """Count the names of layers and models anew: dense, dense_1, ...

    `free_memory`, Keras's, makes no difference: what nobody holds is freed.
    """
    forget_names()


def is_keras_tensor(x):
    """Whether this is a place in a chain of layers."""
    return isinstance(x, KerasTensor)


def normalize(x, axis=-1, order=2):
    """A copy of an array whose vectors along `axis` have the length 1, but for those of length 0.

    Parameters
    ----------
    x : array_like
    axis : int
        The last by default.
    order : int
        Of the norm: ``sum(abs(x)**order)**(1 / order)``.

    Returns
    -------
    ndarray, of the shape of x
    """
    x = np.asarray(x)
    length = np.linalg.norm(x, order, axis, keepdims=True)
    return x / np.where(length == 0, 1, length)


def to_categorical(x, num_classes=None):
    """One-hot encode class indices.

    Parameters
    ----------
    x : array_like of int, shape (...) or (..., 1)
        Class indices from 0 to `num_classes` - 1.
    num_classes : int, optional
        Width of the encoding; the largest index + 1 by default.

    Returns
    -------
    ndarray of float64, shape (..., num_classes)
    """
    x = np.asarray(x)
    if x.dtype.kind not in "biuf" or not np.array_equal(x, x.astype(np.int64)):
        raise ValueError(f"x: got {x.dtype} values that are no class indices, expected integers")
    x = x.astype(np.int64)
    if x.ndim > 1 and x.shape[-1] == 1:
        x = x[..., 0]
    if num_classes is None:
        num_classes = x.max(initial=-1) + 1
    if x.size and not 0 <= x.min() <= x.max() < num_classes:
        given = f"{x.min()} to {x.max()}"
        raise ValueError(f"x: got class indices {given}, expected 0 to {num_classes - 1}")
    encoded = np.zeros((*x.shape, num_classes))
    np.put_along_axis(encoded, x[..., None], 1, axis=-1)
    return encoded


def get_file(
    fname=None,
    origin=None,
    untar=False,
    md5_hash=None,
    file_hash=None,
    cache_subdir="datasets",
    hash_algorithm="auto",
    extract=False,
    archive_format="auto",
    cache_dir=None,
    force_download=False,
):
    """Path of a file, which is downloaded if it is not there, or not what its hash says.

    It is written whole or not at all, and checked before.

    Parameters
    ----------
    fname : str, optional
        Its name; that at the end of `origin` by default.
    origin : str
        URL. A file has up to a gigabyte.
    file_hash : str, optional
        SHA-256 or MD5 of the file in hexadecimal digits: it is checked, also if it is there.
    hash_algorithm : {"auto", "sha256", "md5"}
        "auto" is told by the length.
    md5_hash : str, optional
        Keras 2's way to give an MD5.
    cache_dir : str or os.PathLike, optional
        Folder; ``$XDG_CACHE_HOME/trilobite``, or ``~/.cache/trilobite``, by default.
    cache_subdir : str
        Folder in that one.
    force_download : bool
        Download it even if it is there.
    untar, extract, archive_format
        Keras's, of which the first two must be False: a file cannot say where others are written.
        `tarfile` and `zipfile` unpack what is at the path.

    Returns
    -------
    str

    Raises
    ------
    ConnectionError
        It cannot be had, or is not what its hash says.
    """
    import hashlib  # here, as below: they take a while

    from trilobite.datasets.download import fetch

    only("untar", untar, False)
    only("extract", extract, False)
    if not isinstance(origin, str):
        raise TypeError(f"origin: got {origin!r}, expected a URL")
    name = os.fspath(fname or origin.partition("?")[0].rpartition("/")[2])
    if not name:
        raise ValueError(f"fname: got none, and {origin!r} does not end with one, expected a name")
    if cache_dir is None:
        cache_dir = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
        cache_dir = os.path.join(cache_dir, "trilobite")
    path = os.path.join(os.fspath(cache_dir), cache_subdir, name)
    if md5_hash is not None and file_hash is None:
        file_hash, hash_algorithm = md5_hash, "md5"
    algorithms = {"sha256": "sha256", "md5": "md5"}
    algorithms["auto"] = "sha256" if len(file_hash or "") == 64 else "md5"
    algorithm = choose("hash_algorithm", hash_algorithm, algorithms)

    def check(data, called):
        found = hashlib.new(algorithm, data, usedforsecurity=False).hexdigest()
        if file_hash is not None and found != file_hash.lower():
            raise ValueError(f"{called}: got {algorithm} {found}, expected {file_hash}")

    if os.path.isfile(path) and not force_download:
        with suppress(ValueError), open(path, "rb") as file:
            check(file.read(), path)
            return path
    fetch(path, [origin], check, _LARGEST, f"a file that is there already, {path}, is taken")
    return path
