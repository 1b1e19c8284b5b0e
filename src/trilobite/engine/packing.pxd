"""Rows of the caller's arrays, of any dtype and any strides, converted into panels of reals."""
from libc.stdint cimport int8_t, int16_t, int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy

from trilobite.engine.vector cimport (
    PANEL, VECTORS, ceiling, half, half_value, prefetch, real, splat, vec,
)

ctypedef fused source:
    uint8_t
    float
    double
    half
    int8_t
    int16_t
    int32_t
    int64_t
    uint16_t
    uint32_t
    uint64_t


cdef struct Array:
    const char* data
    char code                # the struct module's type code, sizes as NumPy has them
    Py_ssize_t n_rows
    Py_ssize_t n_columns
    Py_ssize_t row_stride    # bytes
    Py_ssize_t row_size      # bytes of a row whose columns lie one after another
    Py_ssize_t* columns      # byte offset of each column; NULL: one after another


cdef inline real value_of(const source* x) noexcept nogil:
    if source is half:
        return <real> half_value(x[0])
    else:
        return <real> x[0]


cdef inline vec pack_row_of(
    real* out, Py_ssize_t stride, const source* x, const Py_ssize_t* columns, Py_ssize_t n,
    real scale, real offset,
) noexcept nogil:
    """out[:] = x * scale + offset; returns 0 in every lane, or NaN in some if any is not finite."""
    cdef Py_ssize_t p, j, count
    cdef int v
    cdef real converted[PANEL]
    cdef real value, check = 0
    cdef vec values
    cdef vec checks = splat(0)
    for p in range(ceiling(n, PANEL)):
        count = min(<Py_ssize_t> PANEL, n - p * PANEL)
        if columns == NULL and count == PANEL:  # a literal number of turns: vectorised
            for j in range(PANEL):
                converted[j] = value_of(x + p * PANEL + j)
            for v in range(VECTORS):
                values = (<vec*> converted)[v] * scale + offset
                checks += values * 0  # 0 but for NaN and infinity
                (<vec*> out)[v] = values
        else:
            for j in range(p * PANEL, p * PANEL + count):
                value = value_of(
                    x + j if columns == NULL else <const source*> (<const char*> x + columns[j])
                ) * scale + offset
                check += value * 0
                out[j - p * PANEL] = value
        out += stride
    return checks + check


cdef inline vec pack_row(
    real* out, Py_ssize_t stride, const Array* x, Py_ssize_t row, real scale, real offset,
) noexcept nogil:
    cdef const char* data = x.data + row * x.row_stride
    cdef Py_ssize_t* columns = x.columns
    cdef Py_ssize_t n = x.n_columns
    if x.code == c"f":
        return pack_row_of(out, stride, <const float*> data, columns, n, scale, offset)
    if x.code == c"B" or x.code == c"?":
        return pack_row_of(out, stride, <const uint8_t*> data, columns, n, scale, offset)
    if x.code == c"d":
        return pack_row_of(out, stride, <const double*> data, columns, n, scale, offset)
    if x.code == c"e":
        return pack_row_of(out, stride, <const half*> data, columns, n, scale, offset)
    if x.code == c"b":
        return pack_row_of(out, stride, <const int8_t*> data, columns, n, scale, offset)
    if x.code == c"h":
        return pack_row_of(out, stride, <const int16_t*> data, columns, n, scale, offset)
    if x.code == c"i":
        return pack_row_of(out, stride, <const int32_t*> data, columns, n, scale, offset)
    if x.code == c"q":
        return pack_row_of(out, stride, <const int64_t*> data, columns, n, scale, offset)
    if x.code == c"H":
        return pack_row_of(out, stride, <const uint16_t*> data, columns, n, scale, offset)
    if x.code == c"I":
        return pack_row_of(out, stride, <const uint32_t*> data, columns, n, scale, offset)
    return pack_row_of(out, stride, <const uint64_t*> data, columns, n, scale, offset)


cdef inline void prefetch_rows(
    const Array* x, const int64_t* order, Py_ssize_t first, Py_ssize_t i0, Py_ssize_t i1,
) noexcept nogil:
    """Ask for x[order[first + i], :]. Shuffled rows come from anywhere in memory, so no hardware
    prefetcher knows them; without this a third of the time goes into waiting for them."""
    cdef Py_ssize_t i, line
    cdef const char* row
    if x.columns != NULL:
        return
    for i in range(i0, i1):
        row = x.data + order[first + i] * x.row_stride
        for line in range(x.row_size // 64 + 1):
            prefetch(row + 64 * line)


cdef inline void unpack_row(
    real* out, const real* y, Py_ssize_t stride, Py_ssize_t n,
) noexcept nogil:
    """out[:] = y[:], from panels to one row after another."""
    cdef Py_ssize_t p, count
    for p in range(ceiling(n, PANEL)):
        count = min(<Py_ssize_t> PANEL, n - p * PANEL)
        memcpy(out + p * PANEL, y + p * stride, count * sizeof(real))
