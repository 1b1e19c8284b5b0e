# The second phase of a step: every block of weights gets its gradient, then the optimizer's step.

cdef void transpose_block(Stage* stage, Py_ssize_t p, Py_ssize_t q) noexcept nogil:
    """w_transposed[j, k] = w[k, j] in one block."""
    cdef real* w = stage.w + q * stage.w_stride + p * BLOCK
    cdef real* w_transposed = stage.w_transposed + p * stage.w_transposed_stride + q * BLOCK
    cdef Py_ssize_t j, k
    for k in range(vectors_of(p, stage.n_in)):
        for j in range(vectors_of(q, stage.n_out)):
            transpose_square(
                w_transposed + (j * PANEL + k) * LANES, PANEL, LANES,
                w + (k * PANEL + j) * LANES, PANEL, LANES,
            )


cdef void d_dense_weights(
    Plan* plan, Workspace* ws, Pass* batch, Block* block, real* dw, real* db, Ahead* ahead,
) noexcept nogil:
    """dw = x.T @ dz,  db = sum(dz),  both over a slice of rows, or added to those so far."""
    cdef bint first = batch.begins
    cdef Py_ssize_t rows = batch.i1 - batch.i0
    cdef Stage* stage = &plan.stages[block.s]
    cdef Py_ssize_t n = min(<Py_ssize_t> PANEL, stage.n_in - block.p * PANEL)
    cdef real* dz = ws.dy[block.s + 1] + block.q * ws.stride + batch.i0 * PANEL
    cdef int vectors = vectors_of(block.q, stage.n_out)
    cdef unsigned k = 0, t, columns
    cdef unsigned tiles = <unsigned> ceiling(n, TILE_ROWS), height = <unsigned> n // tiles
    cdef unsigned higher = <unsigned> n % tiles  # so many, by one column
    cdef Product product
    if plan.narrow:
        d_weights_of_bands(ws, batch, block, stage, dw, db)
        return
    if block.p == 0 and stage.has_b:
        add_rows(rows, vectors, db, ws.zeros if first else db, dz)
    if ws.sparse and block.s == 0:
        d_dense_weights_of_sparse(ws, batch, block, n, vectors, dw)
        return
    product.tiles = 1
    product.b = dz
    product.depth = product.group = rows
    product.hop = 0
    for t in range(tiles):
        columns = height + (t < higher)
        product.c = dw + k * PANEL
        product.c0 = ws.zeros if first else product.c
        product.c0_stride = 0 if first else PANEL
        product.a = ws.y[block.s] + block.p * ws.stride + batch.i0 * PANEL + k
        product.ahead = next_piece(ahead)
        product.step = ahead.step
        columns_product(columns, vectors, &product)
        k += columns


cdef void d_normalize_weights(
    Plan* plan, Workspace* ws, Pass* batch, Block* block, real* dgamma, real* dbeta,
) noexcept nogil:
    """dgamma = sum(dy x_hat),  dbeta = sum(dy),  which the backward pass has added up."""
    cdef Statistics of_batch = statistics_of(ws, &plan.stages[block.s], block.s, batch.member)
    memcpy(dbeta, of_batch.dy + block.q * VECTORS, PANEL * sizeof(real))
    memcpy(dgamma, of_batch.dy_x_hat + block.q * VECTORS, PANEL * sizeof(real))


cdef double sum_of_penalties(Stage* stage, int of, Py_ssize_t rows, const real* w) noexcept nogil:
    """sum(l1 |w| + l2 w^2) of a block"""
    cdef Py_ssize_t i
    cdef vec x
    cdef vec sizes = splat(0)
    cdef vec squares = splat(0)
    if stage.l1[of] == 0 and stage.l2[of] == 0:
        return 0
    for i in range(rows * VECTORS):
        x = (<const vec*> w)[i]
        sizes += absolute(x)
        squares += x * x
    return stage.l1[of] * sum_lanes(sizes) + stage.l2[of] * sum_lanes(squares)


cdef double penalty_of(Plan* plan, Block* block) noexcept nogil:
    """The sum of the penalties of a block's weights."""
    cdef Place w = place_of(plan, block, W), b = place_of(plan, block, B)
    cdef Stage* stage = &plan.stages[block.s]
    return (
        sum_of_penalties(stage, W, w.rows, w.values)
        + sum_of_penalties(stage, B, b.rows, b.values)
    )


cdef void penalize(
    Stage* stage, int of, Py_ssize_t rows, int vectors, real* dw, const real* w, double part,
) noexcept nogil:
    """dw = dw + part (l1 sign(w) + 2 l2 w)"""
    cdef Py_ssize_t r
    cdef int v
    cdef vec x
    cdef real l1 = <real> (part * stage.l1[of]), twice_l2 = <real> (part * 2 * stage.l2[of])
    if l1 != 0 or twice_l2 != 0:
        for r in range(rows):
            for v in range(vectors):
                x = (<const vec*> (w + r * PANEL))[v]
                (<vec*> (dw + r * PANEL))[v] += l1 * sign(x) + twice_l2 * x


cdef double sum_of_squares(Py_ssize_t rows, int vectors, const real* dw) noexcept nogil:
    cdef Py_ssize_t r
    cdef int v
    cdef double total = 0
    cdef vec squares
    for r in range(rows):
        squares = splat(0)
        for v in range(vectors):
            squares += (<const vec*> (dw + r * PANEL))[v] * (<const vec*> (dw + r * PANEL))[v]
        total += sum_lanes(squares)
    return total


cdef void shrink(Py_ssize_t rows, int vectors, real* dw, real factor, real limit) noexcept nogil:
    """dw = clip(dw * factor) to -limit .. limit"""
    cdef Py_ssize_t r
    cdef int v
    cdef vec x
    for r in range(rows):
        for v in range(vectors):
            x = (<vec*> (dw + r * PANEL))[v] * factor
            (<vec*> (dw + r * PANEL))[v] = clip(x, -limit, limit)


cdef inline Place place_of(Plan* plan, Block* block, int of) noexcept nogil:
    cdef Stage* stage = &plan.stages[block.s]
    cdef Place place
    place.vectors = vectors_of(block.q, stage.n_out)
    if of == W:
        place.rows = stage.has_w * min(<Py_ssize_t> PANEL, stage.n_rows - block.p * PANEL)
        place.values = stage.w + block.q * stage.w_stride + block.p * BLOCK
    else:
        place.rows = stage.has_b and block.p == 0
        place.values = stage.b + block.q * PANEL
    place.at = stage.at + (place.values - stage.w)
    return place


cdef void step_of(
    Plan* plan, Descent* descent, const Block* block, int of, const real* dw,
) noexcept nogil:
    """The optimizer's step of a block's part of an array."""
    cdef const Place* place = &block.arrays[of]
    cdef real* state[SLOTS]
    cdef int k
    for k in range(SLOTS):
        state[k] = place.values if descent.slots[k] == NULL else descent.slots[k] + place.at
    descend(
        &descent.constants, place.rows * place.vectors, PANEL // place.vectors, place.values, dw,
        state, descent.decays[ARRAYS * block.s + of],
    )


cdef void update(
    Plan* plan, Workspace* ws, Descent* descent, Pass* batch, Block* block, real* gradient,
    Ahead* ahead,
) noexcept nogil:
    """The gradient of a block and, with the last rows of the batch, the step.

    Where a batch comes in several chunks or slices of rows, `gradient` carries dw and db from the
    first to the last; where a norm is to be clipped, to `update_clipped`. Otherwise it is NULL,
    and a block's gradient never leaves the first-level cache."""
    cdef Gradient local
    cdef Stage* stage = &plan.stages[block.s]
    cdef const Place* place = block.arrays
    cdef real* dw[ARRAYS]
    cdef int of
    for of in range(ARRAYS):
        dw[of] = gradient + place[of].at
    if gradient == NULL:
        dw[W], dw[B] = local.w, local.b
    if stage.kind == DENSE:
        d_dense_weights(plan, ws, batch, block, dw[W], dw[B], ahead)
    elif stage.kind == PRELU:
        d_prelu_weights(plan, ws, batch, block, dw[W])
    else:
        d_normalize_weights(plan, ws, batch, block, dw[W], dw[B])
    if not batch.ends:
        return
    for of in range(ARRAYS):
        if plan.penalized:
            penalize(
                stage, of, place[of].rows, place[of].vectors, dw[of], place[of].values, batch.part,
            )
        if descent.clips_norm:
            block.squares[of] = sum_of_squares(place[of].rows, place[of].vectors, dw[of])
            continue
        if descent.constants.given.clipvalue > 0:
            shrink(place[of].rows, place[of].vectors, dw[of], 1, descent.constants.clip)
        step_of(plan, descent, block, of, dw[of])
    if stage.w_transposed != NULL and not descent.clips_norm and not plan.narrow:
        transpose_block(stage, block.p, block.q)


cdef void norms_of(
    const Block* blocks, Py_ssize_t n_blocks, bint of_all, Py_ssize_t s, double* norms,
) noexcept nogil:
    """The norms of the gradients of the arrays W and B of stage s; `of_all`: both that of the whole
    gradient. The squares of all blocks are known."""
    cdef Py_ssize_t i
    norms[W] = norms[B] = 0
    for i in range(n_blocks):
        if of_all or blocks[i].s == s:
            norms[W] += blocks[i].squares[W]
            norms[B] += blocks[i].squares[B]
    norms[W], norms[B] = sqrt(norms[W]), sqrt(norms[B])
    if of_all:
        norms[W] = norms[B] = sqrt(norms[W] * norms[W] + norms[B] * norms[B])


cdef void update_clipped(
    Plan* plan, Descent* descent, Block* block, const double* norms, real* gradient,
) noexcept nogil:
    """The step of a block: dw = dw * most / max(norm, most)"""
    cdef Stage* stage = &plan.stages[block.s]
    cdef double most = descent.constants.given.clipnorm or descent.constants.given.global_clipnorm
    cdef const Place* place
    cdef int of
    for of in range(ARRAYS):
        place = &block.arrays[of]
        shrink(
            place.rows, place.vectors, gradient + place.at,
            <real> (most / max(norms[of], most)), INFINITY,
        )
        step_of(plan, descent, block, of, gradient + place.at)
    if stage.w_transposed != NULL:
        transpose_block(stage, block.p, block.q)
