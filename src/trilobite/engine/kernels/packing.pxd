"""Rows of the caller's arrays, of any dtype and any strides, converted into panels of reals."""
from libc.stdint cimport int8_t, int16_t, int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy

from trilobite.engine.kernels.products cimport transpose_square
from trilobite.engine.kernels.vector cimport (
    LANES, PANEL, VECTORS, apart, ceiling, formula, half, half_value, inlined, lane_numbers, less,
    prefetch, real, splat, vec, vector_at, vector_of_bytes, where,
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


cdef inline int size_of(char code) noexcept nogil:
    """Bytes of an element."""
    if code == c"f" or code == c"i" or code == c"I":
        return 4
    if code == c"d" or code == c"q" or code == c"Q":
        return 8
    return 2 if code == c"e" or code == c"h" or code == c"H" else 1


cdef inline inlined convert_of(const source* x, real* out, Py_ssize_t n) noexcept nogil:
    """`convert` from the type that x points to."""
    cdef source value
    cdef Py_ssize_t j
    for j in range(n):
        memcpy(&value, x + j, sizeof(source))
        if source is half:
            out[j] = half_value(value)
        else:
            out[j] = <real> value


cdef inline apart convert(char code, const char* x, real* out, Py_ssize_t n) noexcept nogil:
    """out[j] = x[j], n elements of a type that is not packed in a way of its own."""
    if code == c"e":
        convert_of(<const half*> x, out, n)
    elif code == c"b":
        convert_of(<const int8_t*> x, out, n)
    elif code == c"h":
        convert_of(<const int16_t*> x, out, n)
    elif code == c"i":
        convert_of(<const int32_t*> x, out, n)
    elif code == c"q":
        convert_of(<const int64_t*> x, out, n)
    elif code == c"H":
        convert_of(<const uint16_t*> x, out, n)
    elif code == c"I":
        convert_of(<const uint32_t*> x, out, n)
    else:
        convert_of(<const uint64_t*> x, out, n)


cdef inline formula vector_of(char code, const char* x) noexcept nogil:
    """LANES elements, at any address. Where the compiler knows the code this is a few instructions:
    the literal number of turns makes it convert them as vectors."""
    cdef real converted[LANES]
    if code == (c"f" if sizeof(real) == 4 else c"d"):
        return vector_at(x)
    if code == c"B":
        return vector_of_bytes(<const uint8_t*> x)
    if code == c"f":
        convert_of(<const float*> x, converted, LANES)
    elif code == c"d":
        convert_of(<const double*> x, converted, LANES)
    else:
        convert(code, x, converted, LANES)
    return (<vec*> converted)[0]


cdef inline real value_of(char code, const char* x) noexcept nogil:
    """x[0], at any address."""
    cdef real value
    if code == c"f":
        convert_of(<const float*> x, &value, 1)
    elif code == c"d":
        convert_of(<const double*> x, &value, 1)
    elif code == c"B":
        convert_of(<const uint8_t*> x, &value, 1)
    else:
        convert(code, x, &value, 1)
    return value


cdef inline inlined pack_vector(
    char code, real* to, const char* x, int n, real scale, real offset, vec* checks,
) noexcept nogil:
    """n <= LANES elements, though all are read; checks stays 0 but for NaN and infinity."""
    cdef vec values = vector_of(code, x) * scale + offset
    if n < LANES:
        values = where(less(lane_numbers(), splat(<real> n)), values, splat(0))
    checks[0] += values * splat(0)
    (<vec*> to)[0] = values


cdef inline formula pack_columns_of(
    char code, real* out, Py_ssize_t stride, const Reading* rows, Py_ssize_t i0, Py_ssize_t i1,
) noexcept nogil:
    """`pack_rows` for rows as they lie in Fortran's order, i1 - i0 a multiple of LANES: so many
    elements of LANES columns at once, transposed."""
    cdef Reading reading = rows[0]
    cdef const Array* x = reading.x
    cdef real square[LANES][LANES]
    cdef const char* column
    cdef Py_ssize_t i, j, k, t, u, n = x.n_columns
    cdef int count
    cdef vec checks = splat(0)
    for u in range(ceiling(n, LANES)):
        j = u * LANES
        count = <int> min(<Py_ssize_t> LANES, n - j)
        for t in range((i1 - i0) // LANES):
            i = i0 + t * LANES
            for k in range(count):
                column = x.data + (reading.first + i) * x.row_stride + x.columns[j + k]
                (<vec*> square[k])[0] = vector_of(code, column) * reading.scale + reading.offset
                checks += (<vec*> square[k])[0] * splat(0)
            transpose_square(
                out + (j // PANEL) * stride + i * PANEL + j % PANEL, PANEL, LANES, square[0],
                LANES, count,
            )
    return checks


cdef inline formula pack_rows_of(
    char code, real* out, Py_ssize_t stride, const Reading* rows, Py_ssize_t i0, Py_ssize_t i1,
) noexcept nogil:
    """`pack_rows` for x of this type."""
    cdef Reading reading = rows[0]  # a copy, which stores through other pointers cannot change
    cdef Array x = reading.x[0]
    cdef real scale = reading.scale, offset = reading.offset
    cdef const char* row
    cdef const char* end = x.data + max(0, (x.n_rows - 1) * x.row_stride) + x.row_size
    cdef Py_ssize_t i, j, _
    cdef Py_ssize_t panels = x.n_columns // PANEL if x.columns == NULL else 0
    cdef int v, size = size_of(code), rest = <int> (x.n_columns - panels * PANEL)
    cdef real value, check = 0
    cdef vec checks[VECTORS]
    cdef real* to
    for v in range(VECTORS):
        checks[v] = splat(0)
    if x.columns != NULL and reading.order == NULL and x.row_stride == size:
        j = i0 + (i1 - i0) // LANES * LANES
        checks[0] = pack_columns_of(code, out, stride, rows, i0, j)
        i0 = j
    for i in range(i0, i1):
        row = x.data + row_of(&reading, i) * x.row_stride
        to = out + i * PANEL
        for _ in range(panels):
            for v in range(VECTORS):
                pack_vector(
                    code, to + v * LANES, row + v * LANES * size, LANES, scale, offset, &checks[v]
                )
            row += PANEL * size
            to += stride
        if x.columns == NULL:
            j = 0
            if rest > 1 and row + PANEL * size <= end:  # what follows may be read
                pack_vector(code, to, row, min(rest, <int> LANES), scale, offset, &checks[0])
                if rest > LANES:
                    pack_vector(
                        code, to + LANES, row + LANES * size, rest - LANES, scale, offset,
                        &checks[1],
                    )
                j = rest
            for j in range(j, rest):
                value = value_of(code, row + j * size) * scale + offset
                check += value * <real> 0
                to[j] = value
        else:
            for j in range(x.n_columns):
                value = value_of(code, row + x.columns[j]) * scale + offset
                check += value * <real> 0
                (to + j // PANEL * stride)[j % PANEL] = value
    return checks[0] + checks[1] + check


cdef inline inlined gather_of(
    const source* none, real* out, Py_ssize_t hop, Py_ssize_t step, const Reading* rows,
    Py_ssize_t i0, Py_ssize_t i1, real* check,
) noexcept nogil:
    """`gather` for x of the type that `none`, always NULL, points to."""
    cdef Reading reading = rows[0]  # a copy, which stores through other pointers cannot change
    cdef Array x = reading.x[0]
    cdef Py_ssize_t i, j, at
    cdef const char* row
    cdef real value, sum = 0
    for i in range(i0, i1):
        row = x.data + row_of(&reading, i) * x.row_stride
        for j in range(x.n_columns):
            at = j * <Py_ssize_t> sizeof(source) if x.columns == NULL else x.columns[j]
            convert_of(<const source*> (row + at), &value, 1)
            value = value * reading.scale + reading.offset
            sum += value * <real> 0
            out[(i - i0) * hop + j * step] = value
    check[0] = sum


cdef inline real gather(
    real* out, Py_ssize_t hop, Py_ssize_t step, const Reading* rows, Py_ssize_t i0, Py_ssize_t i1,
) noexcept nogil:
    """Rows of a few columns, element by element: out[(i - i0) * hop + j * step] = that of row i
    and column j. Returns 0, or NaN if anything is not finite."""
    cdef char code = rows.x.code
    cdef real check
    if code == c"f":
        gather_of(<const float*> NULL, out, hop, step, rows, i0, i1, &check)
    elif code == c"B" or code == c"?":
        gather_of(<const uint8_t*> NULL, out, hop, step, rows, i0, i1, &check)
    elif code == c"d":
        gather_of(<const double*> NULL, out, hop, step, rows, i0, i1, &check)
    elif code == c"e":
        gather_of(<const half*> NULL, out, hop, step, rows, i0, i1, &check)
    elif code == c"b":
        gather_of(<const int8_t*> NULL, out, hop, step, rows, i0, i1, &check)
    elif code == c"h":
        gather_of(<const int16_t*> NULL, out, hop, step, rows, i0, i1, &check)
    elif code == c"i":
        gather_of(<const int32_t*> NULL, out, hop, step, rows, i0, i1, &check)
    elif code == c"q":
        gather_of(<const int64_t*> NULL, out, hop, step, rows, i0, i1, &check)
    elif code == c"H":
        gather_of(<const uint16_t*> NULL, out, hop, step, rows, i0, i1, &check)
    elif code == c"I":
        gather_of(<const uint32_t*> NULL, out, hop, step, rows, i0, i1, &check)
    else:
        gather_of(<const uint64_t*> NULL, out, hop, step, rows, i0, i1, &check)
    return check


cdef inline formula pack_sparse_rows(
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


cdef inline formula pack_rows(
    real* out, Py_ssize_t stride, const Reading* rows, Py_ssize_t i0, Py_ssize_t i1,
) noexcept nogil:
    """out[i, :] = row i of those to be read, for i0 <= i < i1, in panels `stride` apart. Returns 0
    in every lane, or NaN in some if anything is not finite."""
    cdef char code = rows.x.code
    if rows.x.values != NULL:
        return pack_sparse_rows(out, stride, rows, i0, i1)
    if rows.x.n_columns == 1:
        return splat(gather(out + i0 * PANEL, PANEL, 1, rows, i0, i1))
    if code == c"f":
        return pack_rows_of(c"f", out, stride, rows, i0, i1)
    if code == c"d":
        return pack_rows_of(c"d", out, stride, rows, i0, i1)
    if code == c"B" or code == c"?":
        return pack_rows_of(c"B", out, stride, rows, i0, i1)
    return pack_rows_of(code, out, stride, rows, i0, i1)


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
