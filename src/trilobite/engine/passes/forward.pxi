# The passes of a step. A mini-batch is worked off in phases, each followed by a barrier:
#
#   1. product: where x is wide (PARTS), threads share its columns: each packs its own and
#               multiplies them by their rows of the first w
#   2. rows:    every thread takes its rows through (packing and) forward propagation, cost and the
#               whole chain of backpropagation; rows do not depend on each other
#   3. weights: every thread takes its blocks of the weights, sums their gradient over all rows of
#               the batch in one order, and applies the update; blocks do not depend on each other
#
# so the result has the same bits for any number of threads. All nets go this way: of a tiny one all
# arrays lie in the first-level cache and a step takes under a microsecond; a wide one stays near
# the arithmetic limit, because a block's gradient never leaves that cache and long inner dimensions
# come in blocks (DEPTH). Whether a second thread pays is decided in threads.py, then by trying
# (pace.pxi). Clipping by a norm, which must know the whole gradient, adds a barrier to the third
# phase; every batch normalization adds two to the second, which then comes in legs between them.
#
# Phase 1 is there because a line that another core wrote is dear, and x and the first w are the
# largest arrays of most nets. With a team of two, four, six ... a member's blocks of the first w
# are of the columns that its group multiplies, but for a panel at the edge: only sums of n_out
# columns move from cache to cache. Any other team, and rows of a sparse x, go without it.

cdef apart rows_product(Py_ssize_t rows, int vectors, const Product* product) noexcept nogil:
    """c[i, :] = c0[i, :] + sum_d a[i, d] * b[d, :], a in panels"""
    if vectors == 1:
        tile_of(<int> rows, 1, PANEL, 1, product)
    else:
        tile_of(<int> rows, 2, PANEL, 1, product)


cdef apart columns_product(Py_ssize_t columns, int vectors, const Product* product) noexcept nogil:
    """c[k, :] = c0[k, :] + sum_d a[d, k] * b[d, :]"""
    if vectors == 1:
        tile_of(<int> columns, 1, 1, PANEL, product)
    else:
        tile_of(<int> columns, 2, 1, PANEL, product)


cdef bint pack(
    real* out, Py_ssize_t stride, const Reading* rows, Py_ssize_t i0, Py_ssize_t i1,
) noexcept nogil:
    """out[i, :] = row i, for i0 <= i < i1; returns whether all of it is finite."""
    return sum_lanes(pack_rows(out, stride, rows, i0, i1)) == 0


cdef void softmax_rows(
    int code, real* y, Workspace* ws, int member, Py_ssize_t n, Py_ssize_t i0, Py_ssize_t i1,
) noexcept nogil:
    """y = softmax(y), or its logarithm"""
    cdef vec* z = lanes_of(ws, member).y
    cdef vec maximum
    cdef Py_ssize_t i = i0
    cdef int rows
    while i < i1:
        rows = <int> min(<Py_ssize_t> LANES, i1 - i)
        to_lanes(z, y + i * PANEL, ws.stride, n, rows)
        if code == LOG_SOFTMAX:
            log_softmax(z, lanes_of(ws, member).scratch, n)
        else:
            softmax(z, z, n, &maximum)
        from_lanes(y + i * PANEL, ws.stride, z, n, rows)
        i += LANES


cdef enum:
    # Of a long inner dimension so many bytes of a row at once: these, of 128 rows, and those of a
    # panel of w stay in the second-level cache. 20000-100-10 took 1.4 times as long to train
    # without it, 2.1 times to predict (float64, Zen 4); up to 4,000 inputs it made no difference.
    DEPTH = 4096 // sizeof(real)


cdef struct Affine:         # y = act(x @ w + b); of a matrix in panels its first element
    real* y
    Py_ssize_t n_out
    const real* x
    Py_ssize_t n_in
    const real* w
    Py_ssize_t w_stride     # that of x and y is the workspace's
    const real* b
    Py_ssize_t b_stride     # PANEL; 0: every panel of b is the same, zeros
    int activation
    const real* numbers     # of the activation, if it is not linear


cdef inline void multiply(
    const Affine* affine, Workspace* ws, Py_ssize_t i0, Py_ssize_t i1,
) noexcept nogil:
    """y = act(x @ w + b) of the rows i0 <= i < i1"""
    cdef Affine a = affine[0]  # a copy, which stores through other pointers cannot change
    cdef Py_ssize_t k, d, q, at
    cdef Py_ssize_t tiles = max(<Py_ssize_t> 1, ceiling(i1 - i0, TILE_ROWS))
    cdef Py_ssize_t height = (i1 - i0) // tiles
    cdef Py_ssize_t higher = (i1 - i0) % tiles  # so many, by one row: 128 = 8 x 13 + 2 x 12
    cdef int vectors
    cdef Product product
    product.group, product.hop = PANEL, ws.stride
    product.ahead, product.step = <const char*> ws.zeros, 0
    for k in range(ceiling(a.n_in, DEPTH)):
        d = k * DEPTH
        product.depth = min(<Py_ssize_t> DEPTH, a.n_in - d)
        for q in range(ceiling(a.n_out, PANEL)):
            vectors = vectors_of(q, a.n_out)
            at = q * ws.stride + i0 * PANEL
            product.b = a.w + q * a.w_stride + d * PANEL
            product.c = a.y + at
            product.c0 = a.b + q * a.b_stride if d == 0 else a.y + at
            product.c0_stride = 0 if d == 0 else PANEL
            product.a = a.x + d // PANEL * ws.stride + i0 * PANEL
            product.tiles = higher
            rows_product(height + 1, vectors, &product)
            product.c += higher * (height + 1) * PANEL
            product.c0 += higher * (height + 1) * product.c0_stride
            product.a += higher * (height + 1) * PANEL
            product.tiles = tiles - higher
            rows_product(height, vectors, &product)
            if d + DEPTH >= a.n_in:
                activate(a.activation, a.numbers, i1 - i0, vectors, a.y + at)


cdef Py_ssize_t first_column(Plan* plan, Py_ssize_t k) noexcept nogil:
    """The column of x with which part k of them begins: the first of a panel."""
    cdef Py_ssize_t n = plan.stages[0].n_in
    return min(n, cut(ceiling(n, PANEL), k, plan.n_parts) * PANEL)


cdef void multiply_parts(
    Plan* plan, Workspace* ws, Pass* batch, Py_ssize_t k0, Py_ssize_t k1, Py_ssize_t i0,
    Py_ssize_t i1,
) noexcept nogil:
    """parts[k] = x @ w over part k of the columns of x, k0 <= k < k1; parts[0] has b as well."""
    cdef Stage* stage = &plan.stages[0]
    cdef Py_ssize_t k, c = first_column(plan, k0)
    cdef Array x = columns_of(batch.x.x, c, first_column(plan, k1))
    cdef Reading rows = batch.x
    cdef Affine affine
    rows.x = &x
    if not pack(ws.y[0] + c // PANEL * ws.stride, ws.stride, &rows, i0, i1):
        batch.finite = False
    affine.n_out, affine.w_stride, affine.activation = stage.n_out, stage.w_stride, LINEAR
    for k in range(k0, k1):
        c = first_column(plan, k)
        affine.y = ws.parts[k]
        affine.x, affine.n_in = ws.y[0] + c // PANEL * ws.stride, first_column(plan, k + 1) - c
        affine.w = stage.w + c * PANEL
        affine.b, affine.b_stride = stage.b if k == 0 else ws.zeros, PANEL if k == 0 else 0
        multiply(&affine, ws, i0, i1)


cdef void add_parts(
    Plan* plan, Workspace* ws, int activation, Py_ssize_t i0, Py_ssize_t i1,
) noexcept nogil:
    """y = act(sum of parts)"""
    cdef Py_ssize_t k, q, u, at
    cdef real* y
    cdef const real* part
    cdef int vectors
    for q in range(ceiling(plan.stages[0].n_out, PANEL)):
        vectors = vectors_of(q, plan.stages[0].n_out)
        at = q * ws.stride + i0 * PANEL
        y = ws.y[1] + at
        for k in range(1, plan.n_parts):
            part = ws.parts[k] + at
            for u in range((i1 - i0) * vectors):
                at = u * (PANEL // vectors)
                (<vec*> (y + at))[0] += (<const vec*> (part + at))[0]
        activate(activation, plan.stages[0].numbers, i1 - i0, vectors, y)


cdef void dense(
    Stage* stage, Workspace* ws, Py_ssize_t s, int activation, Py_ssize_t i0, Py_ssize_t i1,
) noexcept nogil:
    """y = act(x @ w + b)"""
    cdef Affine affine
    affine.y, affine.n_out = ws.y[s + 1], stage.n_out
    affine.x, affine.n_in = ws.y[s], stage.n_in
    affine.w, affine.w_stride = stage.w, stage.w_stride
    affine.b, affine.b_stride = stage.b, PANEL
    affine.activation, affine.numbers = activation, stage.numbers
    multiply(&affine, ws, i0, i1)


cdef void apply_activation(
    Stage* stage, Workspace* ws, Py_ssize_t s, int activation, Py_ssize_t i0, Py_ssize_t i1,
) noexcept nogil:
    """y = act(x)"""
    cdef Py_ssize_t q
    cdef int vectors
    cdef real* y
    for q in range(ceiling(stage.n_out, PANEL)):
        y = ws.y[s + 1] + q * ws.stride + i0 * PANEL
        memcpy(y, ws.y[s] + q * ws.stride + i0 * PANEL, (i1 - i0) * PANEL * sizeof(real))
        vectors = vectors_of(q, stage.n_out)
        if stage.by_z:
            activate_by_z(activation, stage.numbers, i1 - i0, vectors, y)
        else:
            activate(activation, stage.numbers, i1 - i0, vectors, y)


cdef void read_rows(
    Plan* plan, Workspace* ws, Pass* batch, Py_ssize_t i0, Py_ssize_t i1,
) noexcept nogil:
    """Pack x into panels, unless the first product does it."""
    if plan.stages[0].kind != DENSE and not pack(ws.y[0], ws.stride, &batch.x, i0, i1):
        batch.finite = False


cdef void forward(
    Plan* plan, Workspace* ws, Pass* batch, Py_ssize_t s0, Py_ssize_t s1, Py_ssize_t i0,
    Py_ssize_t i1, bint keep_z,
) noexcept nogil:
    """Take rows through the stages s0 <= s < s1; keep_z: without the output's activation."""
    cdef Py_ssize_t s
    cdef Stage* stage
    cdef int activation
    for s in range(s0, s1):
        stage = &plan.stages[s]
        activation = LINEAR if keep_z and s == plan.n_stages - 1 else stage.activation
        if s == 0 and ws.sparse:
            if not dense_of_sparse(plan, ws, batch, activation, i0, i1):
                batch.finite = False
        elif s == 0 and stage.kind == DENSE:
            if not batch.multiplied:
                multiply_parts(plan, ws, batch, 0, plan.n_parts, i0, i1)
            add_parts(plan, ws, activation, i0, i1)
        elif stage.kind == DENSE:
            dense(stage, ws, s, activation, i0, i1)
        elif stage.kind == BATCH_NORMALIZATION and batch.team != NULL:
            normalize(stage, ws, batch, s, i0, i1)
        elif stage.kind == BATCH_NORMALIZATION or stage.kind == FROZEN_NORMALIZATION:
            normalize_by_moving(stage, ws, s, i0, i1)
        elif draws(stage) and batch.team != NULL:
            draw(stage, ws, batch, ws.y[s + 1], ws.y[s], i0, i1)
        elif stage.kind == PRELU:
            prelu(stage, ws, ws.y[s + 1], ws.y[s], ws.y[s], i0, i1)
        else:
            apply_activation(stage, ws, s, activation, i0, i1)
        if activation == SOFTMAX or activation == LOG_SOFTMAX:
            softmax_rows(activation, ws.y[s + 1], ws, batch.member, stage.n_out, i0, i1)
