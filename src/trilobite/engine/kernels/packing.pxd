"""Rows of the caller's arrays, of any dtype and any strides, converted into panels of reals."""
from libc.stdint cimport int8_t, int16_t, int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy

from trilobite.engine.kernels.products cimport transpose_square
from trilobite.engine.kernels.vector cimport (
    LANES, PANEL, VECTORS, ceiling, half, half_value, lane_numbers, less, prefetch, real, splat,
    vec, vector_at, vector_of_bytes, where,
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
    const real* values       # of a sparse array in compressed rows: row i has those from
    const int64_t* starts    # starts[i] to before starts[i + 1],
    const int64_t* at        # in these columns; NULL where the array is dense
    Py_ssize_t skipped       # of these columns, before the first of the array


cdef struct Reading:         # rows to be read: row i is x[order[first + i], :] * scale + offset
    const Array* x
    const int64_t* order     # NULL: rows as they lie
    Py_ssize_t first
    real scale, offset


cdef inline Reading reading_of(
    const Array* x, const int64_t* order, Py_ssize_t first,
) noexcept nogil:
    """Rows of x as they are, from `first` on."""
    cdef Reading rows
    rows.x, rows.order, rows.first, rows.scale, rows.offset = x, order, first, 1, 0
    return rows


cdef inline Py_ssize_t row_of(const Reading* rows, Py_ssize_t i) noexcept nogil:
    """The number of row i in its array."""
    return rows.first + i if rows.order == NULL else rows.order[rows.first + i]


cdef inline real value_of(const source* x) noexcept nogil:
    """x[0], at any address."""
    cdef source value
    memcpy(&value, x, sizeof(source))
    if source is half:
        return <real> half_value(value)
    else:
        return <real> value


cdef inline vec vector_of(const source* x) noexcept nogil:
    """LANES elements. The literal number of turns makes the compiler convert them as vectors."""
    cdef real converted[LANES]
    cdef int j
    if source is float and sizeof(real) == 4 or source is double and sizeof(real) == 8:
        return vector_at(x)
    if source is uint8_t:
        return vector_of_bytes(x)
    for j in range(LANES):
        converted[j] = value_of(x + j)
    return (<vec*> converted)[0]


cdef inline void pack_vector(
    real* to, const source* x, int n, real scale, real offset, vec* checks,
) noexcept nogil:
    """n <= LANES elements, though all are read; checks stays 0 but for NaN and infinity."""
    cdef vec values = vector_of(x) * scale + offset
    if n < LANES:
        values = where(less(lane_numbers(), splat(<real> n)), values, splat(0))
    checks[0] += values * splat(0)
    (<vec*> to)[0] = values


cdef inline vec pack_columns_of(
    const source* none, real* out, Py_ssize_t stride, const Reading* rows, Py_ssize_t i0,
    Py_ssize_t i1,
) noexcept nogil:
    """`pack_rows` for rows as they lie in Fortran's order, i1 - i0 a multiple of LANES: so many
    elements of LANES columns at once, transposed."""
    cdef Reading reading = rows[0]
    cdef const Array* x = reading.x
    cdef real square[LANES][LANES]
    cdef const source* column
    cdef Py_ssize_t i, j, k, t, u, n = x.n_columns
    cdef int count
    cdef vec checks = splat(0)
    for u in range(ceiling(n, LANES)):
        j = u * LANES
        count = <int> min(<Py_ssize_t> LANES, n - j)
        for t in range((i1 - i0) // LANES):
            i = i0 + t * LANES
            for k in range(count):
                column = <const source*> (
                    x.data + (reading.first + i) * x.row_stride + x.columns[j + k]
                )
                (<vec*> square[k])[0] = vector_of(column) * reading.scale + reading.offset
                checks += (<vec*> square[k])[0] * splat(0)
            transpose_square(
                out + (j // PANEL) * stride + i * PANEL + j % PANEL, PANEL, LANES, square[0],
                LANES, count,
            )
    return checks


cdef inline vec pack_rows_of(
    const source* none, real* out, Py_ssize_t stride, const Reading* rows, Py_ssize_t i0,
    Py_ssize_t i1,
) noexcept nogil:
    """`pack_rows` for x of the type that `none`, always NULL, points to."""
    cdef Reading reading = rows[0]  # a copy, which stores through other pointers cannot change
    cdef Array x = reading.x[0]
    cdef real scale = reading.scale, offset = reading.offset
    cdef const source* row
    cdef const char* end = x.data + max(0, (x.n_rows - 1) * x.row_stride) + x.row_size
    cdef Py_ssize_t i, j, _
    cdef Py_ssize_t panels = x.n_columns // PANEL if x.columns == NULL else 0
    cdef int v, rest = <int> (x.n_columns - panels * PANEL)
    cdef real value, check = 0
    cdef vec checks[VECTORS]
    cdef real* to
    for v in range(VECTORS):
        checks[v] = splat(0)
    if x.columns != NULL and reading.order == NULL and x.row_stride == sizeof(source):
        j = i0 + (i1 - i0) // LANES * LANES
        checks[0] = pack_columns_of(none, out, stride, rows, i0, j)
        i0 = j
    for i in range(i0, i1):
        row = <const source*> (x.data + row_of(&reading, i) * x.row_stride)
        to = out + i * PANEL
        for _ in range(panels):
            for v in range(VECTORS):
                pack_vector(to + v * LANES, row + v * LANES, LANES, scale, offset, &checks[v])
            row += PANEL
            to += stride
        if x.columns == NULL:
            j = 0
            if rest > 1 and <const char*> (row + PANEL) <= end:  # what follows may be read
                pack_vector(to, row, min(rest, <int> LANES), scale, offset, &checks[0])
                if rest > LANES:
                    pack_vector(to + LANES, row + LANES, rest - LANES, scale, offset, &checks[1])
                j = rest
            for j in range(j, rest):
                value = value_of(row + j) * scale + offset
                check += value * <real> 0
                to[j] = value
        else:
            for j in range(x.n_columns):
                value = value_of(
                    <const source*> (<const char*> row + x.columns[j])
                ) * scale + offset
                check += value * <real> 0
                (to + j // PANEL * stride)[j % PANEL] = value
    return checks[0] + checks[1] + check


cdef inline vec pack_sparse_rows(
    real* out, Py_ssize_t stride, const Reading* rows, Py_ssize_t i0, Py_ssize_t i1,
) noexcept nogil:
    """`pack_rows` for x in compressed rows; elements that are given twice are added."""
    cdef const Array* x = rows.x
    cdef real scale = rows.scale, offset = rows.offset
    cdef Py_ssize_t i, j, k, p, row
    cdef real check = 0
    for i in range(i0, i1):
        row = row_of(rows, i)
        for p in range(ceiling(x.n_columns, PANEL)):
            for j in range(VECTORS):
                (<vec*> (out + p * stride + i * PANEL))[j] = splat(offset)
        for k in range(x.starts[row], x.starts[row + 1]):
            j = x.at[k] - x.skipped
            if 0 <= j < x.n_columns:
                out[(j // PANEL) * stride + i * PANEL + j % PANEL] += x.values[k] * scale
                check += x.values[k] * scale * <real> 0
    return splat(check)


cdef inline vec pack_rows(
    real* out, Py_ssize_t stride, const Reading* rows, Py_ssize_t i0, Py_ssize_t i1,
) noexcept nogil:
    """out[i, :] = row i of those to be read, for i0 <= i < i1, in panels `stride` apart. Returns 0
    in every lane, or NaN in some if anything is not finite."""
    cdef char code = rows.x.code
    if rows.x.values != NULL:
        return pack_sparse_rows(out, stride, rows, i0, i1)
    if code == c"f":
        return pack_rows_of(<const float*> NULL, out, stride, rows, i0, i1)
    if code == c"B" or code == c"?":
        return pack_rows_of(<const uint8_t*> NULL, out, stride, rows, i0, i1)
    if code == c"d":
        return pack_rows_of(<const double*> NULL, out, stride, rows, i0, i1)
    if code == c"e":
        return pack_rows_of(<const half*> NULL, out, stride, rows, i0, i1)
    if code == c"b":
        return pack_rows_of(<const int8_t*> NULL, out, stride, rows, i0, i1)
    if code == c"h":
        return pack_rows_of(<const int16_t*> NULL, out, stride, rows, i0, i1)
    if code == c"i":
        return pack_rows_of(<const int32_t*> NULL, out, stride, rows, i0, i1)
    if code == c"q":
        return pack_rows_of(<const int64_t*> NULL, out, stride, rows, i0, i1)
    if code == c"H":
        return pack_rows_of(<const uint16_t*> NULL, out, stride, rows, i0, i1)
    if code == c"I":
        return pack_rows_of(<const uint32_t*> NULL, out, stride, rows, i0, i1)
    return pack_rows_of(<const uint64_t*> NULL, out, stride, rows, i0, i1)


cdef inline Array columns_of(const Array* x, Py_ssize_t first, Py_ssize_t last) noexcept nogil:
    """x[:, first:last]"""
    cdef Array part = x[0]
    cdef Py_ssize_t size
    if first == 0 and last == x.n_columns:
        return part
    size = x.row_size // x.n_columns
    part.n_columns = last - first
    part.row_size = size * part.n_columns
    if x.values != NULL:
        part.skipped += first
    elif x.columns != NULL:
        part.columns += first
    else:
        part.data += size * first
    return part


cdef struct Ahead:           # pieces of rows that will be packed next
    const Array* array
    const int64_t* order    # the row of the next piece is x[order[0], :]
    Py_ssize_t rows         # that are left
    Py_ssize_t size         # bytes of a piece; the last of a row may be shorter
    Py_ssize_t at           # bytes of the row that pieces have taken
    Py_ssize_t for_tile     # pieces for each tile
    Py_ssize_t step         # bytes of a piece to ask for at each row of the tile's depth


cdef inline void look_ahead(
    Ahead* ahead, const int64_t* order, Py_ssize_t rows, Py_ssize_t tiles, Py_ssize_t depth,
) noexcept nogil:
    """Cut these rows, which come next, in pieces: one for each of so many tiles, or more."""
    cdef Py_ssize_t parts = max(1, tiles // max(1, rows))
    ahead.order, ahead.rows, ahead.at = order, rows, 0
    ahead.size = ceiling(ahead.array.row_size, parts)
    ahead.for_tile = ceiling(rows * parts, max(1, tiles))
    ahead.step = ceiling(ahead.size, depth) if rows > 0 else 0


cdef inline const char* take_piece(Ahead* ahead) noexcept nogil:
    cdef const Array* x = ahead.array
    cdef const char* piece = x.data + ahead.order[0] * x.row_stride + ahead.at
    ahead.at += ahead.size
    if ahead.at >= x.row_size:
        ahead.at = 0
        ahead.rows -= 1
        ahead.order += 1
    return piece


cdef inline const char* next_piece(Ahead* ahead) noexcept nogil:
    """The first of the pieces that are to come into the cache during a tile; asks for the others.

    Shuffled rows come from anywhere in memory, so no hardware prefetcher knows them; without this
    a third of the time goes into waiting for them. A core has some twenty requests in flight at
    most, so the caller's tile asks for a piece bit by bit: as a burst they took a twentieth."""
    cdef const char* first
    cdef const char* piece
    cdef Py_ssize_t line, _
    if ahead.rows == 0:
        ahead.step = 0
        return ahead.array.data
    first = take_piece(ahead)
    for _ in range(1, ahead.for_tile):
        if ahead.rows > 0:
            piece = take_piece(ahead)
            for line in range(ahead.size // 64 + 1):
                prefetch(piece + 64 * line)
    return first


cdef inline void unpack_row(
    real* out, const real* y, Py_ssize_t stride, Py_ssize_t n,
) noexcept nogil:
    """out[:] = y[:], from panels to one row after another."""
    cdef Py_ssize_t p, count
    for p in range(ceiling(n, PANEL)):
        count = min(<Py_ssize_t> PANEL, n - p * PANEL)
        memcpy(out + p * PANEL, y + p * stride, count * sizeof(real))
