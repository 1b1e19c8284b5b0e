"""Sparse matrices that callers hand over, checked before SciPy converts them.

SciPy and scikit-learn read and write beyond their arrays where an index lies outside the shape.
"""

import numpy as np
from scipy import sparse


def check(**matrices):
    """Raise ValueError if what a sparse matrix stores does not lie within its shape.

    Of any format of SciPy's, matrix or array; what is not sparse passes. Nothing is converted, and
    nothing changed: SciPy's own `check_format` shortens arrays, and knows three of the formats.
    """
    for argument, x in matrices.items():
        if sparse.issparse(x) and (fault := FAULTS[x.format](x)):
            raise ValueError(f"{argument}: got a corrupt {x.format} matrix: {fault}")


def _indices(name, array, n, size):
    """What is wrong with n indices, from 0 to size - 1."""
    if not isinstance(array, np.ndarray) or array.ndim != 1 or array.dtype.kind not in "iu":
        return f"{name}: expected an array (n,) of integers"
    if len(array) != n:
        return f"{name}: {len(array)} of them; expected {n}, as many as there are data"
    if n and not 0 <= array.min() <= array.max() < size:
        return f"{name}: from {array.min()} to {array.max()}; expected 0 to {size - 1}"
    return None


def _compressed(x):
    """Of CSR, CSC and BSR."""
    shape = (1, *x.shape)[-2:]
    block = x.data.shape[1:] if x.format == "bsr" else (1, 1)
    if x.data.ndim != (3 if x.format == "bsr" else 1):
        return f"data: of shape {x.data.shape}"
    if 0 in block or shape[0] % block[0] or shape[1] % block[1]:
        return f"data: in blocks {block}; expected such as {shape} is made of"
    n, size = (length // of for length, of in zip(shape, block, strict=True))
    if x.format == "csc":
        n, size = size, n
    ends = x.indptr
    if not isinstance(ends, np.ndarray) or ends.dtype.kind not in "iu" or ends.shape != (n + 1,):
        return f"indptr: expected an array ({n + 1},) of integers"
    if ends[0] != 0 or (ends[1:] < ends[:-1]).any() or ends[-1] > len(x.data):
        return f"indptr: expected numbers rising from 0 to {len(x.data)}, the length of data"
    return _indices("indices", x.indices, len(x.data), size)


def _coordinates(x):
    coordinates = x.coords if hasattr(x, "coords") else (x.row, x.col)  # before SciPy 1.13
    if x.data.ndim != 1 or len(coordinates) != len(x.shape):
        return f"data and coordinates: expected {len(x.shape)} arrays of the length of data"
    for axis, (array, size) in enumerate(zip(coordinates, x.shape, strict=True)):
        if fault := _indices(f"coordinates of axis {axis}", array, len(x.data), size):
            return fault
    return None


def _diagonals(x):
    offsets = x.offsets
    if x.data.ndim != 2 or offsets.shape != x.data.shape[:1] or offsets.dtype.kind not in "iu":
        return "offsets: expected an integer for each row of data"
    if len(np.unique(offsets)) != len(offsets):
        return "offsets: one of them twice"
    most = 2**30  # SciPy adds them to indices of 32 bits
    if len(offsets) and not -most <= offsets.min() <= offsets.max() <= most:
        return f"offsets: from {offsets.min()} to {offsets.max()}"
    return None


def _lists(x):
    if x.rows.shape != x.shape[:1] or x.data.shape != x.shape[:1]:
        return f"rows and data: {x.rows.shape} and {x.data.shape} lists; expected {x.shape[:1]}"
    for columns, values in zip(x.rows, x.data, strict=True):
        of_row = np.array(columns, np.intp if not columns else None)
        if fault := _indices("columns of a row", of_row, len(values), x.shape[1]):
            return fault
    return None


def _keys(x):
    keys = [key if isinstance(key, tuple) else (key,) for key in x.keys()]
    if any(len(key) != len(x.shape) for key in keys):
        return f"keys: expected {len(x.shape)} indices each"
    for axis, (along, size) in enumerate(zip(zip(*keys, strict=True), x.shape, strict=False)):
        if fault := _indices(f"keys of axis {axis}", np.array(along), len(keys), size):
            return fault
    return None


FAULTS = {
    "csr": _compressed,
    "csc": _compressed,
    "bsr": _compressed,
    "coo": _coordinates,
    "dia": _diagonals,
    "lil": _lists,
    "dok": _keys,
}
