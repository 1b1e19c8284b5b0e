"""Files of named arrays and JSON: safetensors, written at once or not at all, and checked.

The layout is described in docs/model-file.md. What the arrays mean is the matter of `model_file`.
"""

import math
import os
import stat

import numpy as np

from trilobite._files import whole

_DTYPES = {"F32": np.dtype("<f4"), "F64": np.dtype("<f8")}
_LONGEST_HEADER = 100_000_000  # bytes, safetensors' own limit
# What a header that is not of the form of `_header` makes Python raise.
_WRONG = (ValueError, LookupError, TypeError, AttributeError, RecursionError)


def write(path, tensors, content, overwrite=True):
    """Write arrays and a JSON object; whatever happens, `path` is the old file or the whole new.

    Parameters
    ----------
    path : str or os.PathLike
    tensors : dict of str and ndarray of float32 or float64
    content : dict
        Of which strict JSON can be made.
    overwrite : bool

    Raises
    ------
    FileExistsError
        There is such a file and `overwrite` is false.
    OSError
        It cannot be written, or is something else than a file.
    ValueError
        `content` is too large for the header.
    """
    whole.write(path, parts(path, tensors, content), overwrite)


def parts(path, tensors, content):
    """The bytes of a file, in parts."""
    arrays = {name: _little_endian(a) for name, a in sorted(tensors.items())}
    return [_header(path, arrays, content), *map(_bytes, arrays.values())]


def _header(path, arrays, content):
    """The length of the header and the header, padded to a multiple of 8 bytes."""
    import json

    text = json.dumps(content, allow_nan=False, separators=(",", ":"))
    header = {"__metadata__": {"trilobite": text, "sha256": _digest(text, arrays)}}
    start = 0
    for name, a in arrays.items():
        end = start + a.nbytes
        dtype = next(key for key, dtype in _DTYPES.items() if dtype == a.dtype)
        header[name] = {"dtype": dtype, "shape": a.shape, "data_offsets": (start, end)}
        start = end
    encoded = json.dumps(header, separators=(",", ":")).encode()
    encoded += b" " * (-len(encoded) % 8)
    if len(encoded) > _LONGEST_HEADER:
        raise ValueError(
            f"{path}: got {len(encoded)} bytes of history and description, expected at most "
            f"{_LONGEST_HEADER}"
        )
    return len(encoded).to_bytes(8, "little") + encoded


def read(path):
    """What `write` was given: the arrays and the JSON object; errors as from `Reader`."""
    with Reader(path) as file:
        return file.tensors(), file.content


class Reader:
    """A file of `write`, of which the header is read and checked, and the arrays on demand.

    Parameters
    ----------
    path : str or os.PathLike

    Attributes
    ----------
    content : dict
        The JSON object.
    forms : dict
        Name of each array, its shape and dtype.

    Raises
    ------
    OSError
        It cannot be read.
    ValueError
        It is no such file, truncated or changed; the message names the file.
    """

    def __init__(self, path):
        self._path = path
        self._file = open(path, "rb", opener=_without_waiting)
        try:
            self._read_header()
        except BaseException:
            self._file.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._file.close()

    def _read_header(self):
        import json  # here, as below: it takes a while

        path, status = self._path, os.fstat(self._file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise ValueError(f"{path}: got a device or pipe, expected a file")
        size, start = status.st_size, self._file.read(8)
        if len(start) < 8:
            raise ValueError(f"{path}: got {size} bytes, expected a file of trilobite: too short")
        length = int.from_bytes(start, "little")
        if length > min(size - 8, _LONGEST_HEADER):
            raise ValueError(
                f"{path}: got {size} bytes, the header alone says {8 + length}; the file is "
                "truncated or none of trilobite's"
            )
        try:
            header = json.loads(self._file.read(length))
            metadata = header.pop("__metadata__", None)
            self.forms = _forms(header, size - 8 - length)
        except _WRONG as error:
            raise ValueError(
                f"{path}: truncated, damaged or no safetensors file: {error}"
            ) from error
        try:
            self._text, self._sha256 = metadata["trilobite"], metadata["sha256"]
            self.content = json.loads(self._text)
            self._text.encode()
        except _WRONG as error:
            raise ValueError(
                f"{path}: got no metadata of trilobite, expected a file of it"
            ) from error
        if not isinstance(self.content, dict):
            raise ValueError(f"{path}: got metadata {self._text[:50]!r}, expected a JSON object")

    def tensors(self):
        """The arrays by name, if they and the header are what was written."""
        tensors = {}
        for name, (shape, dtype) in self.forms.items():
            a = tensors[name] = np.empty(shape, dtype)
            for chunk in whole.chunks([_bytes(a)]):
                if self._file.readinto(chunk) < len(chunk):
                    raise ValueError(f"{self._path}: the file was truncated while it was read")
        found = _digest(self._text, tensors)
        if self._sha256 != found:
            raise ValueError(
                f"{self._path} is damaged: got SHA-256 {found}, expected {self._sha256}"
            )
        return tensors


def first_bytes(path):
    """The first 8 bytes of a file, none of what is no file."""
    with open(path, "rb", opener=_without_waiting) as file:
        return file.read(8) if stat.S_ISREG(os.fstat(file.fileno()).st_mode) else b""


def _without_waiting(path, flags):
    """Open a file; a pipe without waiting until somebody writes to it."""
    return os.open(path, flags | os.O_NONBLOCK)


def _forms(header, size):
    """Shape and dtype of each array in the order of the file, of which they fill `size` bytes."""
    forms, start = {}, 0
    for name, entry in sorted(header.items(), key=lambda item: item[1]["data_offsets"]):
        shape, dtype = entry["shape"], _DTYPES.get(entry["dtype"])
        if dtype is None:
            known = ", ".join(_DTYPES)
            raise ValueError(f"got {name!r} of dtype {entry['dtype']}, expected one of {known}")
        if len(shape) > 32 or any(type(n) is not int or not 0 <= n < 2**63 for n in shape):
            raise ValueError(f"got {name!r} of shape {str(shape)[:80]}")
        if math.prod(max(n, 1) for n in shape) > 2**60:
            raise ValueError(f"got {name!r} of shape {shape}, which is too large")
        end = start + math.prod(shape) * dtype.itemsize
        if entry["data_offsets"] != [start, end]:
            raise ValueError(
                f"got {name!r} at {entry['data_offsets']}, expected it at {[start, end]}"
            )
        forms[name], start = (tuple(shape), dtype), end
    if start != size:
        raise ValueError(f"got {size} bytes of arrays, expected {start}")
    return forms


def _digest(text, arrays):
    """SHA-256 of the JSON text and, in the order of their names, of the arrays."""
    import hashlib  # here: it loads OpenSSL
    import json

    digest = hashlib.sha256(text.encode())
    for name, a in sorted(arrays.items()):
        head = json.dumps([name, a.dtype.itemsize, a.shape], separators=(",", ":"))
        digest.update(head.encode())
        for chunk in whole.chunks([_bytes(a)]):
            digest.update(chunk)
    return digest.hexdigest()


def _little_endian(a):
    return np.asarray(a, a.dtype.newbyteorder("<"), order="C")


def _bytes(a):
    return a.reshape(-1).view(np.uint8)
