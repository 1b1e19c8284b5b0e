"""Rows: what x, y and weights of rows are read from."""

import math

import numpy as np


class Rows:
    """The rows of an array, read and converted a batch at a time.

    Parameters
    ----------
    array : ndarray of bool, integers or floats, ndim >= 1, any strides
        Not copied.
    dtype : {"float32", "float64"}
        What the rows are converted to.
    """

    def __init__(self, array, dtype="float32"):
        self.n_rows = len(array)
        self.n_columns = math.prod(array.shape[1:])
        if array.ndim <= 2 or array.flags.c_contiguous:  # a view; otherwise it would be a copy
            array = array.reshape(self.n_rows, self.n_columns)
        self.array, self.dtype = array, dtype
        # np.take gathers without a temporary, but would first copy the whole of any other array
        self._take = array.dtype == dtype and array.flags.c_contiguous and array.flags.aligned

    def read(self, out, rows):
        """`out = array[rows]`, a slice or indices; False if a NaN or an infinity is in it."""
        if self._take and not isinstance(rows, slice):
            np.take(self.array, rows, axis=0, out=out, mode="clip")
        else:
            np.copyto(out, self.array[rows].reshape(out.shape), casting="unsafe")
        # a finite sum(x * x) is proof in one fast pass, an infinite one may be mere overflow
        return (
            self.array.dtype.kind != "f"
            or math.isfinite(np.vdot(out, out))
            or bool(np.isfinite(out).all())
        )

    def find_nonfinite(self):
        """(row, column) of the first element that is NaN or infinite as `dtype`, or None."""
        with np.errstate(all="ignore"):
            for start in range(0, self.n_rows, 1024):
                out = np.empty((min(1024, self.n_rows - start), self.n_columns), self.dtype)
                if not self.read(out, slice(start, start + 1024)):
                    row, column = np.argwhere(~np.isfinite(out))[0]
                    return start + int(row), int(column)
        return None
