# The passes of a step. A mini-batch is worked off in two phases, each followed by a barrier:
#
#   1. rows:    every thread takes its rows through packing, forward propagation, cost and the whole
#               chain of backpropagation; rows do not depend on each other
#   2. weights: every thread takes its blocks of the weights, sums their gradient over all rows of
#               the batch in one order, and applies the update; blocks do not depend on each other
#
# so the result has the same bits for any number of threads.

cdef struct Stage:
    bint dense              # y = act(x @ w + b); otherwise y = act(x)
    bint use_bias
    int activation
    Py_ssize_t n_in, n_out
    real* w                 # n_in rows, panels of n_out columns
    real* b                 # n_out
    real* w_transposed      # n_out rows, panels of n_in columns; NULL where no dx is needed
    Py_ssize_t w_stride, w_transposed_stride


cdef struct Plan:
    Py_ssize_t n_stages
    Stage* stages
    real scale, offset      # the first stage reads x * scale + offset
    real* parameters        # all w and b; gradients are laid out likewise
    int cost
    bint cost_activates     # the cost applies the output's activation itself, and gives dz
    bint cost_is_categorical
    bint one_hot            # targets are class indices
    int n_metrics
    int metrics[8]


cdef struct Workspace:
    Py_ssize_t stride       # from panel to panel, in all of them
    real** y                # y[0]: packed rows of x; y[s + 1]: output of stage s
    real** dy               # dy[s + 1]: gradient by the output of stage s, then by its z
    real* t                 # targets; of a one-hot target its class index
    vec** lanes             # of every member of the team: room for three outputs of LANES rows
    Py_ssize_t lanes_size   # vectors of one of them
    real* zeros             # PANEL of them
    double* values          # of every row: the cost, then the metrics


cdef struct Block:          # what is updated at once: up to PANEL x PANEL weights
    Py_ssize_t s, p, q      # stage, panel of its inputs, panel of its outputs


cdef void rows_product(Py_ssize_t rows, int vectors, const Product* product) noexcept nogil:
    """c[i, :] = c0[i, :] + sum_d a[i, d] * b[d, :], a in panels"""
    if vectors == 1:
        tile_of(<int> rows, 1, PANEL, 1, product)
    else:
        tile_of(<int> rows, 2, PANEL, 1, product)


cdef void columns_product(Py_ssize_t columns, int vectors, const Product* product) noexcept nogil:
    """c[k, :] = c0[k, :] + sum_d a[d, k] * b[d, :]"""
    if vectors == 1:
        tile_of(<int> columns, 1, 1, PANEL, product)
    else:
        tile_of(<int> columns, 2, 1, PANEL, product)


cdef bint pack(
    real* out, Py_ssize_t stride, const Array* x, const int64_t* order, Py_ssize_t first,
    Py_ssize_t i0, Py_ssize_t i1, real scale, real offset,
) noexcept nogil:
    """out[i, :] = x[order[first + i], :] * scale + offset; returns whether all of it is finite."""
    return sum_lanes(pack_rows(out, stride, x, order, first, i0, i1, scale, offset)) == 0


cdef void softmax_rows(
    real* y, Workspace* ws, int member, Py_ssize_t n, Py_ssize_t i0, Py_ssize_t i1,
) noexcept nogil:
    """y = softmax(y)"""
    cdef vec* z = ws.lanes[member]
    cdef vec maximum
    cdef Py_ssize_t i = i0
    cdef int rows
    while i < i1:
        rows = <int> min(<Py_ssize_t> LANES, i1 - i)
        to_lanes(z, y + i * PANEL, ws.stride, n, rows)
        softmax(z, z, n, &maximum)
        from_lanes(y + i * PANEL, ws.stride, z, n, rows)
        i += LANES


cdef Product product_in_panels(Workspace* ws) noexcept nogil:
    """A product that begins at zero and whose a lies in the panels of this workspace."""
    cdef Product product
    product.c0 = ws.zeros
    product.c0_stride = 0
    product.group = PANEL
    product.hop = ws.stride
    product.ahead = <const char*> ws.zeros
    product.step = product.depth = 0
    return product


cdef void forward(
    Plan* plan, Workspace* ws, int member, Py_ssize_t i0, Py_ssize_t i1, bint keep_z,
) noexcept nogil:
    """y = act(x @ w + b), stage after stage; keep_z: without the output's activation."""
    cdef Py_ssize_t s, q, t, i, rows
    cdef Py_ssize_t tiles = ceiling(i1 - i0, TILE_ROWS)  # of equal height: 128 = 8 x 13 + 2 x 12
    cdef Product product = product_in_panels(ws)
    cdef Stage* stage
    cdef real* y
    cdef int activation, vectors
    for s in range(plan.n_stages):
        stage = &plan.stages[s]
        activation = LINEAR if keep_z and s == plan.n_stages - 1 else stage.activation
        for q in range(ceiling(stage.n_out, PANEL)):
            vectors = vectors_of(q, stage.n_out)
            for t in range(tiles):
                i = i0 + (i1 - i0) * t // tiles
                rows = i0 + (i1 - i0) * (t + 1) // tiles - i
                y = ws.y[s + 1] + q * ws.stride + i * PANEL
                if stage.dense:
                    product.c = y
                    product.c0 = stage.b + q * PANEL
                    product.a = ws.y[s] + i * PANEL
                    product.b = stage.w + q * stage.w_stride
                    product.depth = stage.n_in
                    rows_product(rows, vectors, &product)
                else:
                    memcpy(y, ws.y[s] + q * ws.stride + i * PANEL, rows * PANEL * sizeof(real))
                activate(activation, rows, vectors, y)
        if activation == SOFTMAX:
            softmax_rows(ws.y[s + 1], ws, member, stage.n_out, i0, i1)


cdef void cost_and_metrics(
    Plan* plan, Workspace* ws, int member, Py_ssize_t i0, Py_ssize_t i1, real weight,
) noexcept nogil:
    """The values of every row, and the gradient of weight * cost with respect to the output."""
    cdef Py_ssize_t i = i0, j, r, n = plan.stages[plan.n_stages - 1].n_out
    cdef Py_ssize_t n_values = 1 + plan.n_metrics
    cdef vec* y = ws.lanes[member]
    cdef vec* dy = y + ws.lanes_size
    cdef vec* t = dy + ws.lanes_size
    cdef vec value
    cdef double divisor
    cdef int k, rows
    while i < i1:
        rows = <int> min(<Py_ssize_t> LANES, i1 - i)
        to_lanes(y, ws.y[plan.n_stages] + i * PANEL, ws.stride, n, rows)
        if plan.one_hot:
            to_lanes(t, ws.t + i * PANEL, ws.stride, 1, rows)
            value = t[0]
            for j in range(n):
                t[j] = where(equal(value, splat(<real> j)), splat(1), splat(0))
        else:
            to_lanes(t, ws.t + i * PANEL, ws.stride, n, rows)
        if plan.cost == MEAN_SQUARED_ERROR:
            value = squared_error(y, dy, t, n, weight)
        elif plan.cost == CATEGORICAL_CROSSENTROPY:
            value = categorical_crossentropy(y, dy, t, n, weight)
        elif plan.cost == CATEGORICAL_CROSSENTROPY_FROM_LOGITS:
            value = categorical_crossentropy_from_logits(
                y, dy, t, n, weight, plan.cost_activates
            )
        elif plan.cost == BINARY_CROSSENTROPY:
            value = binary_crossentropy(y, dy, t, n, weight)
        else:
            value = binary_crossentropy_from_logits(y, dy, t, n, weight, plan.cost_activates)
        from_lanes(ws.dy[plan.n_stages] + i * PANEL, ws.stride, dy, n, rows)
        divisor = 1 if plan.cost_is_categorical else n
        for k in range(n_values):
            if k > 0:
                value = metric(plan.metrics[k - 1], y, t, n)
                divisor = 1 if plan.metrics[k - 1] == CATEGORICAL_ACCURACY else n
            for r in range(rows):
                ws.values[(i + r) * n_values + k] = (<real*> &value)[r] / divisor
        i += LANES


cdef void differentiate_softmax_rows(
    real* dy, const real* y, Workspace* ws, int member, Py_ssize_t n, Py_ssize_t i0, Py_ssize_t i1,
) noexcept nogil:
    """dz = y * (dy - sum(dy * y)), in place"""
    cdef vec* y_lanes = ws.lanes[member]
    cdef vec* dy_lanes = y_lanes + ws.lanes_size
    cdef Py_ssize_t i = i0
    cdef int rows
    while i < i1:
        rows = <int> min(<Py_ssize_t> LANES, i1 - i)
        to_lanes(y_lanes, y + i * PANEL, ws.stride, n, rows)
        to_lanes(dy_lanes, dy + i * PANEL, ws.stride, n, rows)
        differentiate_softmax(dy_lanes, y_lanes, n)
        from_lanes(dy + i * PANEL, ws.stride, dy_lanes, n, rows)
        i += LANES


cdef void backward(
    Plan* plan, Workspace* ws, int member, Py_ssize_t i0, Py_ssize_t i1,
) noexcept nogil:
    """dz = dy * act'(z),  dx = dz @ w.T, from the last stage to the first, which needs no dx."""
    cdef Py_ssize_t s, p, q, t, i, rows
    cdef Py_ssize_t tiles = ceiling(i1 - i0, TILE_ROWS)
    cdef Product product = product_in_panels(ws)
    cdef Stage* stage
    cdef real* dy
    cdef real* y
    for s in range(plan.n_stages - 1, -1, -1):
        stage = &plan.stages[s]
        dy = ws.dy[s + 1]
        y = ws.y[s + 1]
        if s == plan.n_stages - 1 and plan.cost_activates:
            pass  # dz already
        elif stage.activation == SOFTMAX:
            differentiate_softmax_rows(dy, y, ws, member, stage.n_out, i0, i1)
        else:
            for q in range(ceiling(stage.n_out, PANEL)):
                i = q * ws.stride + i0 * PANEL
                differentiate(stage.activation, i1 - i0, vectors_of(q, stage.n_out), dy + i, y + i)
        if s == 0 or not stage.dense:
            continue  # without weights dx is dz, and both have one place
        for p in range(ceiling(stage.n_in, PANEL)):
            for t in range(tiles):
                i = i0 + (i1 - i0) * t // tiles
                rows = i0 + (i1 - i0) * (t + 1) // tiles - i
                product.c = ws.dy[s] + p * ws.stride + i * PANEL
                product.a = dy + i * PANEL
                product.b = stage.w_transposed + p * stage.w_transposed_stride
                product.depth = stage.n_out
                rows_product(rows, vectors_of(p, stage.n_in), &product)


cdef inline void descend(
    Py_ssize_t rows, int vectors, real* w, const real* dw, real learning_rate,
) noexcept nogil:
    """w = w - learning_rate * dw"""
    cdef Py_ssize_t r
    cdef int v
    for r in range(rows):
        for v in range(vectors):
            (<vec*> (w + r * PANEL))[v] -= learning_rate * (<const vec*> (dw + r * PANEL))[v]


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


cdef void update(
    Plan* plan, Workspace* ws, Block block, Py_ssize_t rows, real learning_rate,
    real* gradient, bint first, bint last, Ahead ahead,
) noexcept nogil:
    """dw = x.T @ dz,  db = sum(dz),  both over all rows of the batch;  then the step of SGD.

    Where a batch comes in several chunks of rows, `gradient` carries dw and db from the first to
    the last; otherwise it is NULL and a block's gradient never leaves the first-level cache."""
    cdef Gradient local
    cdef Stage* stage = &plan.stages[block.s]
    cdef Py_ssize_t n = min(<Py_ssize_t> PANEL, stage.n_in - block.p * PANEL)
    cdef real* x = ws.y[block.s] + block.p * ws.stride
    cdef real* dz = ws.dy[block.s + 1] + block.q * ws.stride
    cdef real* w = stage.w + block.q * stage.w_stride + block.p * BLOCK
    cdef real* b = stage.b + block.q * PANEL
    cdef real* dw = local.w if gradient == NULL else gradient + (w - plan.parameters)
    cdef real* db = local.b if gradient == NULL else gradient + (b - plan.parameters)
    cdef int vectors = vectors_of(block.q, stage.n_out)
    cdef Py_ssize_t t, k, tiles = ceiling(n, TILE_ROWS)
    cdef Product product
    product.b = dz
    product.depth = product.group = rows
    product.hop = 0
    product.step = ceiling(ahead.array.row_size // ahead.parts, rows)
    for t in range(tiles):
        k = n * t // tiles
        product.c = dw + k * PANEL
        product.c0 = ws.zeros if first else product.c
        product.c0_stride = 0 if first else PANEL
        product.a = x + k
        product.ahead = next_piece(&ahead, t, tiles)
        columns_product(n * (t + 1) // tiles - k, vectors, &product)
    if last:
        descend(n, vectors, w, dw, learning_rate)
        if stage.w_transposed != NULL:
            transpose_block(stage, block.p, block.q)
    if block.p == 0 and stage.use_bias:
        add_rows(rows, vectors, db, ws.zeros if first else db, dz)
        if last:
            descend(1, vectors, b, db, learning_rate)
