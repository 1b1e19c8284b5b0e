# Rows: the rows of a caller's array.

def zeros(Py_ssize_t n):
    """n zeros of the engine's dtype that begin on a cache line and end with one."""
    per_line = 64 // sizeof(real)
    buffer = np.zeros((n + per_line - 1) // per_line * per_line + per_line, dtype)
    cdef real[::1] view = buffer
    skip = (per_line - <size_t> &view[0] // sizeof(real) % per_line) % per_line
    return buffer[skip:len(buffer) - per_line + skip]


cdef enum:
    READ_AT_ONCE = 1 << 18  # elements, before Ctrl-C is heard again
    MOST_COPIED = 1 << 30   # bytes
    ROWS_AT_ONCE = 16       # a cache line of them, where they are in Fortran's order


cdef object ndarray = np.ndarray  # has no `format`; to miss it costs as much as a small net
cdef bytes NATIVE = b"@=^<" if sys.byteorder == "little" else b"@=^>"


cdef class Rows:
    """The rows of an array, read as they are wanted: nothing is copied or converted as a whole.

    Parameters
    ----------
    array : ndarray of shape (n_rows, ...), or SciPy's CSR matrix or array
        Of a bool, integer or float (16, 32, 64 bits) dtype in native byte order; any strides.
        What a CSR matrix stores is copied if its dtype or that of its indices is another.

    Raises
    ------
    TypeError
        If the array is of another dtype.
    """

    cdef Py_buffer buffer
    cdef Array array
    cdef object offsets, compressed
    cdef readonly Py_ssize_t n_rows, n_columns

    def __cinit__(self, array):
        if type(array) is not ndarray and getattr(array, "format", None) == "csr":
            self.compress(array)
            return
        try:
            PyObject_GetBuffer(array, &self.buffer, PyBUF_STRIDES | PyBUF_FORMAT)
        except (BufferError, ValueError):
            raise self.refusal(array) from None
        cdef Py_buffer* buffer = &self.buffer
        cdef const char* format = buffer.format
        if format[0] in NATIVE:
            format += 1
        self.array.code = format[0]
        if format[0] in b"lL":  # 4 bytes or 8
            self.array.code = b"iIqQ"[(buffer.itemsize == 8) * 2 + (format[0] == c"L")]
        if buffer.ndim == 0 or self.array.code not in b"?bhiqBHIQefd" or format[1] != 0:
            raise self.refusal(array)
        cdef Py_ssize_t size = buffer.itemsize
        cdef bint contiguous = True
        cdef int axis
        for axis in range(buffer.ndim - 1, 0, -1):
            contiguous &= buffer.shape[axis] == 1 or buffer.strides[axis] == size
            size *= buffer.shape[axis]
        self.n_rows = self.array.n_rows = buffer.shape[0]
        self.n_columns = self.array.n_columns = size // buffer.itemsize
        self.array.data = <const char*> buffer.buf
        self.array.row_stride = buffer.strides[0]
        self.array.row_size = size
        cdef Py_ssize_t[::1] view
        if not contiguous and self.n_rows and self.n_columns:
            offsets = np.zeros(array.shape[1:], np.intp)
            for axis in range(1, buffer.ndim):
                along = np.arange(buffer.shape[axis], dtype=np.intp) * buffer.strides[axis]
                offsets += along.reshape([-1] + [1] * (buffer.ndim - 1 - axis))
            self.offsets = offsets.ravel()
            view = self.offsets
            self.array.columns = &view[0]

    cdef compress(self, array):
        """Take a CSR matrix; its arrays are copied with an element more, so that none is empty."""
        cdef const real[::1] values = np.append(array.data, 0).astype(dtype)
        cdef const int64_t[::1] starts = np.array(array.indptr, np.int64)
        cdef const int64_t[::1] at = np.append(array.indices, 0).astype(np.int64)
        self.n_rows, self.n_columns = array.shape
        ends = np.asarray(starts)
        if (
            len(ends) != self.n_rows + 1 or ends[0] != 0 or (np.diff(ends) < 0).any()
            or ends[self.n_rows] >= min(len(values), len(at))
            or np.min(at) < 0 or np.max(at) >= max(1, self.n_columns)
        ):
            raise ValueError("array: expected a CSR matrix whose indices lie within its shape")
        self.array.n_rows, self.array.n_columns = self.n_rows, self.n_columns
        self.compressed = values, starts, at
        self.array.values, self.array.starts, self.array.at = &values[0], &starts[0], &at[0]
        self.array.data = <const char*> &values[0]

    cdef Py_ssize_t copied(self):
        """Bytes of the copy that `row_by_row` makes, 0 if it makes none."""
        if (
            self.array.columns == NULL or abs(self.array.row_stride) >= self.array.row_size
            or self.n_rows * self.array.row_size > MOST_COPIED
        ):
            return 0
        return self.n_rows * self.array.row_size

    cdef Rows row_by_row(self):
        """These rows, or a copy if they lie across each other, as in Fortran's order, and it is not
        too large: a row that is drawn by lot would touch a cache line for each of its columns."""
        cdef Py_ssize_t first, rows = max(<Py_ssize_t> 1, READ_AT_ONCE // (self.n_columns + 1))
        if self.copied() == 0:
            return self
        array = np.asarray(<object> self.buffer.obj)
        copy = np.empty(array.shape, array.dtype)
        for first in range(0, self.n_rows, rows):
            PyErr_CheckSignals()
            copy[first:first + rows] = array[first:first + rows]
        return Rows(copy)

    cdef Py_ssize_t stored(self):
        """The number of elements that a CSR matrix stores."""
        return self.array.starts[self.n_rows]

    cdef Py_ssize_t most_stored(self, Py_ssize_t rows):
        """The most elements that so many rows of a CSR matrix store."""
        stored = np.diff(self.compressed[1])
        return int(np.partition(stored, len(stored) - rows)[len(stored) - rows:].sum())

    cdef refusal(self, array):
        return TypeError(
            f"array: {np.ndim(array)}-dimensional {np.asarray(array).dtype} given; expected rows "
            "of bool, integer or float (16, 32, 64 bits) in native byte order"
        )

    def __dealloc__(self):
        if self.buffer.obj is not None:
            PyBuffer_Release(&self.buffer)

    def find_nonfinite(self):
        """(row, column) of the first element that is NaN or infinite in this dtype, or None."""
        cdef Py_ssize_t most = ROWS_AT_ONCE if self.n_columns <= READ_AT_ONCE // ROWS_AT_ONCE else 1
        cdef real[::1] view = zeros(max(1, ceiling(self.n_columns, PANEL)) * PANEL * most)
        cdef Py_ssize_t first, i, rows = READ_AT_ONCE // (self.n_columns + 1) // most * most
        cdef Reading reading = reading_of(&self.array, NULL, 0)
        for first in range(0, self.n_rows, max(most, rows)):
            PyErr_CheckSignals()
            with nogil:
                reading.first = first
                while reading.first < min(first + max(most, rows), self.n_rows):
                    i = min(most, self.n_rows - reading.first)
                    if not pack(&view[0], most * PANEL, &reading, 0, i):
                        break
                    reading.first += most
                else:
                    reading.first = self.n_rows
            if reading.first < self.n_rows:
                break
        else:
            return None
        packed = np.asarray(view).reshape(-1, most, PANEL).transpose(1, 0, 2).reshape(most, -1)
        row, column = np.argwhere(~np.isfinite(packed[:i, :self.n_columns]))[0]
        return reading.first + int(row), int(column)
