"""The IDX file format, in which MNIST is published, read strictly.

An IDX file is a four-byte magic number (0, 0, element type, number of dimensions), one big-endian
uint32 per dimension, and the elements in C order, big-endian. Nothing follows them.
"""

import io
import math
import os

import numpy as np

DTYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
MAX_NDIM = 32
CHUNK = 1 << 20


def read(source, *, limit=1 << 31, name=None):
    """Read one array from IDX data, gzip-compressed or not.

    Memory grows with what is really there, never with what a header promises, and compressed
    data are inflated to one byte more than promised at most.

    Parameters
    ----------
    source : str, os.PathLike or bytes-like
        A file's path, or the contents themselves.
    limit : int, default 2 GiB
        The largest size of the array that is accepted, in bytes.
    name : str, optional
        What error messages call the data; default: the path.

    Returns
    -------
    ndarray
        Writable, C-ordered, native byte order; uint8, int8, int16, int32, float32 or float64.

    Raises
    ------
    ValueError
        Unless the data are one whole IDX array and nothing else.
    TypeError
        If `source` is neither a path nor bytes.
    OSError
        If the file cannot be read.
    """
    if isinstance(source, bytes | bytearray | memoryview):
        file = io.BufferedReader(io.BytesIO(source))
        name = name or "IDX data"
    elif isinstance(source, str | os.PathLike):
        file = open(source, "rb")
        name = name or os.fspath(source)
    else:
        raise TypeError(f"source: expected a path or bytes, got {type(source).__name__}")
    with file:
        if file.peek(2)[:2] != b"\x1f\x8b":
            return _parse(file, limit, name)
        import gzip
        import zlib

        try:
            with gzip.GzipFile(fileobj=file) as inflated:
                return _parse(inflated, limit, name)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise ValueError(f"{name}: damaged or truncated gzip data: {error}") from error


def to_bytes(array):
    """Return the IDX encoding of an array, uncompressed; there is exactly one.

    Parameters
    ----------
    array : array_like
        1 to 32 dimensions; uint8, int8, int16, int32, float32 or float64 in any byte order.

    Raises
    ------
    ValueError
        If the format has no such number of dimensions.
    TypeError
        If the format has no such dtype.
    """
    array = np.asarray(array)
    dtype = array.dtype.newbyteorder(">")
    codes = [code for code, known in DTYPES.items() if np.dtype(known) == dtype]
    if not codes:
        known = ", ".join(np.dtype(known).name for known in DTYPES.values())
        raise TypeError(f"array: IDX has no dtype {array.dtype}; expected one of {known}")
    if not 1 <= array.ndim <= MAX_NDIM:
        raise ValueError(f"array: expected 1 to {MAX_NDIM} dimensions, got {array.ndim}")
    magic = bytes([0, 0, codes[0], array.ndim])
    return magic + np.array(array.shape, ">u4").tobytes() + array.astype(dtype).tobytes()


def _parse(file, limit, name):
    magic = bytes(_take(file, 4))
    if len(magic) < 4 or magic[:2] != b"\0\0" or magic[2] not in DTYPES:
        types = " ".join(f"{code:02x}" for code in DTYPES)
        raise ValueError(
            f"{name}: not an IDX file: it begins with the bytes {magic.hex(' ') or '(none)'}; "
            f"expected 00 00, an element type ({types}) and the number of dimensions"
        )
    dtype, ndim = np.dtype(DTYPES[magic[2]]), magic[3]
    if not 1 <= ndim <= MAX_NDIM:
        raise ValueError(f"{name}: expected 1 to {MAX_NDIM} dimensions, got {ndim}")
    sizes = _take(file, 4 * ndim)
    if len(sizes) < 4 * ndim:
        raise ValueError(f"{name}: ends within its header: {ndim} sizes expected")
    shape = tuple(np.frombuffer(sizes, ">u4").tolist())
    # Zeros count as ones here, so that no shape that passes can overflow NumPy's arithmetic.
    if math.prod(max(size, 1) for size in shape) * dtype.itemsize > limit:
        raise ValueError(f"{name}: {dtype.name} array of shape {shape} exceeds {limit} bytes")
    promised = math.prod(shape) * dtype.itemsize
    data = _take(file, promised + 1)
    if len(data) != promised:
        found = len(data) if len(data) < promised else "more"
        raise ValueError(
            f"{name}: expected {promised} bytes after the header "
            f"({dtype.name} array of shape {shape}), found {found}"
        )
    return np.ndarray(shape, dtype, data).astype(dtype.newbyteorder("="), copy=False)


def _take(file, n):
    """Read n bytes, or all there are if fewer."""
    data = bytearray()
    while len(data) < n and (chunk := file.read(min(n - len(data), CHUNK))):
        data += chunk
    return data
