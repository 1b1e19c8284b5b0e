"""Matrix products: one register tile serves forward propagation, backpropagation and gradients.

    y  = x @ w + b      rows of x times panels of w
    dx = dy @ w.T       rows of dy times panels of the transposed copy of w
    dw = x.T @ dy       the same with x read down its columns

A tile is up to TILE_ROWS rows by one or two vectors of columns, held in registers while the inner
dimension runs. What must hold for speed: `rows`, `vectors` and the strides are literals where
`tile` is inlined, so that every accumulator is a register. TILE_ROWS is the largest number for
which 2 * TILE_ROWS accumulators, two vectors of b and one or two elements of a fit in the
registers: 14 of 32 (AVX-512), 6 of 16 (AVX2; SSE2, where a product takes one register more).
tests/engine/test_disassembly.py sees that they do. Measured on one core of a Zen 4 (peak 113
GFLOP/s): 111 with either of the first two. SSE2, y = x @ w of 1024 x 1024: 34 with 6 rows, 31
with 4.

The sum of one element runs in one order, however rows and columns are cut into tiles: the same bits
for any number of threads.
"""
from trilobite.engine.kernels.vector cimport (
    LANES, LOG2_LANES, PANEL, TILE_ROWS, VECTORS, ceiling, inlined, prefetch, real, splat, vec,
    zip_high, zip_low,
)


cdef struct Product:
    Py_ssize_t tiles        # of equal height, one below the other
    real* c
    const real* c0          # may be c
    Py_ssize_t c0_stride    # 0: every row starts from the same
    const real* a
    const real* b
    Py_ssize_t depth
    Py_ssize_t group, hop   # a hops to its next panel after `group` of the depth
    const char* ahead       # memory to ask for meanwhile, `step` bytes further at every d
    Py_ssize_t step


cdef inline inlined tile(
    int rows, int vectors, Py_ssize_t row_stride, Py_ssize_t depth_stride, const Product* product,
) noexcept nogil:
    """c[r, :] = c0[r, :] + sum_d a[r, d] * b[d, :], tile after tile.

    Inside of the loop over tiles GCC unrolls those over r so early that acc never goes through
    memory: 20-64-64-2 with batch 32 took 0.91 of the time, 2-8-8-2 with batch 10 0.87 (Zen 4)."""
    cdef vec acc[TILE_ROWS][VECTORS]
    cdef vec b_d[VECTORS]
    cdef real* c = product.c
    cdef const real* c0 = product.c0
    cdef const real* a
    cdef const real* b
    cdef const char* ahead = product.ahead
    cdef Py_ssize_t t, d, count, depth, step = product.step
    cdef int r, v
    for t in range(product.tiles):
        a = product.a + t * rows * row_stride
        b = product.b
        depth = product.depth
        for r in range(rows):
            for v in range(vectors):
                acc[r][v] = (<const vec*> (c0 + r * product.c0_stride))[v]
        while depth > 0:
            count = min(depth, product.group)
            for d in range(count):
                prefetch(ahead)
                ahead += step
                for v in range(vectors):
                    b_d[v] = (<const vec*> (b + d * PANEL))[v]
                for r in range(rows):
                    for v in range(vectors):
                        acc[r][v] += a[r * row_stride + d * depth_stride] * b_d[v]
            a += product.hop
            b += count * PANEL
            depth -= count
        for r in range(rows):
            for v in range(vectors):
                (<vec*> (c + r * PANEL))[v] = acc[r][v]
        c += rows * PANEL
        c0 += rows * product.c0_stride


cdef inline inlined tile_of(
    int rows, int vectors, Py_ssize_t row_stride, Py_ssize_t depth_stride, const Product* product,
) noexcept nogil:
    """`tile` with a literal number of rows."""
    if rows == 1:
        tile(1, vectors, row_stride, depth_stride, product)
    elif rows == 2:
        tile(2, vectors, row_stride, depth_stride, product)
    elif rows == 3:
        tile(3, vectors, row_stride, depth_stride, product)
    elif rows == 4:
        tile(4, vectors, row_stride, depth_stride, product)
    elif TILE_ROWS >= 5 and rows == 5:
        tile(5, vectors, row_stride, depth_stride, product)
    elif TILE_ROWS >= 6 and rows == 6:
        tile(6, vectors, row_stride, depth_stride, product)
    elif TILE_ROWS >= 14:
        if rows == 7:
            tile(7, vectors, row_stride, depth_stride, product)
        elif rows == 8:
            tile(8, vectors, row_stride, depth_stride, product)
        elif rows == 9:
            tile(9, vectors, row_stride, depth_stride, product)
        elif rows == 10:
            tile(10, vectors, row_stride, depth_stride, product)
        elif rows == 11:
            tile(11, vectors, row_stride, depth_stride, product)
        elif rows == 12:
            tile(12, vectors, row_stride, depth_stride, product)
        elif rows == 13:
            tile(13, vectors, row_stride, depth_stride, product)
        elif rows == 14:
            tile(14, vectors, row_stride, depth_stride, product)


cdef inline int vectors_of(Py_ssize_t panel, Py_ssize_t n) noexcept nogil:
    """Number of the vectors of a panel that hold any of n columns."""
    return 1 if n - panel * PANEL <= LANES else VECTORS


cdef inline inlined add_rows(
    Py_ssize_t rows, int vectors, real* c, const real* c0, const real* b,
) noexcept nogil:
    """c[:] = c0[:] + sum_d b[d, :], the gradient of a bias."""
    cdef vec acc[VECTORS]
    cdef Py_ssize_t d
    cdef int v
    for v in range(VECTORS):
        acc[v] = (<const vec*> c0)[v]
    for d in range(rows):
        for v in range(vectors):
            acc[v] += (<const vec*> (b + d * PANEL))[v]
    for v in range(vectors):
        (<vec*> c)[v] = acc[v]


cdef inline inlined transpose_square(
    real* out, Py_ssize_t out_stride, int out_rows, const real* a, Py_ssize_t stride, int rows,
) noexcept nogil:
    """out[j, i] = a[i, j], LANES x LANES, of which `rows` of a are read (the others count as zero)
    and `out_rows` of out are written.

    Zipping row i with row i + LANES / 2 moves the top bit of the row's number to the lowest place
    of the column's: log2(LANES) rounds swap the two."""
    cdef vec zipped[LOG2_LANES + 1][LANES]
    cdef int i, k
    for i in range(LANES):
        zipped[0][i] = (<const vec*> (a + i * stride))[0] if i < rows else splat(0)
    for k in range(LOG2_LANES):
        for i in range(LANES // 2):
            zipped[k + 1][2 * i] = zip_low(zipped[k][i], zipped[k][i + LANES // 2])
            zipped[k + 1][2 * i + 1] = zip_high(zipped[k][i], zipped[k][i + LANES // 2])
    for i in range(LANES):
        if i < out_rows:
            (<vec*> (out + i * out_stride))[0] = zipped[LOG2_LANES][i]


# What goes along a row (softmax, costs, metrics) is done for LANES rows at once, one in each lane:
# column j of them is one vector, and no sum runs across lanes.

cdef inline inlined to_lanes(
    vec* out, const real* a, Py_ssize_t stride, Py_ssize_t n, int rows,
) noexcept nogil:
    """out[j][i] = a[i, j] for n columns and up to LANES rows of panels; 0 for the other rows."""
    cdef Py_ssize_t u
    cdef int i
    if n == 1:
        out[0] = splat(0)
        for i in range(rows):
            (<real*> out)[i] = a[i * PANEL]
        return
    for u in range(ceiling(n, LANES)):
        transpose_square(
            <real*> (out + u * LANES), LANES, LANES,
            a + (u // VECTORS) * stride + (u % VECTORS) * LANES, PANEL, rows,
        )


cdef inline void from_lanes(
    real* a, Py_ssize_t stride, vec* x, Py_ssize_t n, int rows,
) noexcept nogil:
    """a[i, j] = x[j][i] for n columns and up to LANES rows of panels; the padding is 0, or stays
    what it was."""
    cdef Py_ssize_t j, u
    cdef int i
    if n == 1:
        for i in range(rows):
            a[i * PANEL] = (<real*> x)[i]
        return
    for j in range(n, ceiling(n, LANES) * LANES):
        x[j] = splat(0)
    for u in range(ceiling(n, LANES)):
        transpose_square(
            a + (u // VECTORS) * stride + (u % VECTORS) * LANES, PANEL, rows,
            <const real*> (x + u * LANES), LANES, LANES,
        )
