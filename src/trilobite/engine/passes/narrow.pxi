# Nets of a few weights, as they are trained: rows in lanes.
#
# A layer of 8 outputs fills half of a panel, one of 2 an eighth, and a call of a product costs as
# much as its work. So where a net has dense layers alone, and few weights, STRIPS times LANES rows
# go through it at once, a row in each lane: column j of them is STRIPS vectors, a weight is a
# number that multiplies them, and no width is odd. A gradient is a vector for each weight, whose
# lanes are added up at the end. A member of the team has whole bands of rows, each with a gradient
# of its own, and the third phase adds up bands in their order: the same bits for any number of
# threads.

cdef enum:
    STRIPS = 4
    BAND = 64               # rows; STRIPS * LANES divides it
    # Of so many weights at most. 2-8-8-2 with a batch of 1024 and 4096 rows took 0.87 and 0.92 of
    # the time on one thread, 0.53 and 0.60 on two; 4-32-16-4 took 1.17 (Zen 3, AVX2).
    NARROW = 256


cdef bint is_narrow(Plan* plan) noexcept:
    cdef Stage* stage
    cdef Py_ssize_t s, weights = 0
    for s in range(plan.n_stages):
        stage = &plan.stages[s]
        weights += stage.n_in * stage.n_out
        if stage.kind != DENSE:
            return False
        if stage.activation == SOFTMAX or stage.activation == LOG_SOFTMAX:
            if s < plan.n_stages - 1 or not plan.cost.activates:
                return False
    return weights <= NARROW


cdef inline Py_ssize_t sums_of_stage(const Stage* stage) noexcept nogil:
    """Vectors of the gradient of a stage: rows of w, then b."""
    return (stage.n_in + 1) * stage.n_out


cdef inline inlined dense_in_lanes(
    int strips, const Stage* stage, const vec* x, vec* y,
) noexcept nogil:
    """y = x @ w + b, two columns at a time; behind the last one there is room for another."""
    cdef vec acc[2][STRIPS]
    cdef const real* w
    cdef Py_ssize_t j, k
    cdef int r
    for j in range(0, stage.n_out, 2):
        w = stage.w + j // PANEL * stage.w_stride + j % PANEL
        for r in range(strips):
            acc[0][r], acc[1][r] = splat(stage.b[j]), splat(stage.b[j + 1])
        for k in range(stage.n_in):
            for r in range(strips):
                acc[0][r] += w[k * PANEL] * x[k * strips + r]
                acc[1][r] += w[k * PANEL + 1] * x[k * strips + r]
        for r in range(strips):
            y[j * strips + r], y[(j + 1) * strips + r] = acc[0][r], acc[1][r]


cdef inline inlined d_dense_in_lanes(
    int strips, const Stage* stage, const vec* dz, vec* dx,
) noexcept nogil:
    """dx = dz @ w.T"""
    cdef vec acc[2][STRIPS]
    cdef const real* w
    cdef Py_ssize_t j, k, q, n
    cdef int r
    for k in range(0, stage.n_in, 2):
        for r in range(strips):
            acc[0][r] = acc[1][r] = splat(0)
        for q in range(ceiling(stage.n_out, PANEL)):
            w = stage.w + q * stage.w_stride + k * PANEL
            n = min(<Py_ssize_t> PANEL, stage.n_out - q * PANEL)
            for j in range(n):
                for r in range(strips):
                    acc[0][r] += w[j] * dz[(q * PANEL + j) * strips + r]
                    acc[1][r] += w[PANEL + j] * dz[(q * PANEL + j) * strips + r]
        for r in range(strips):
            dx[k * strips + r], dx[(k + 1) * strips + r] = acc[0][r], acc[1][r]


cdef inline inlined add_weights_in_lanes(
    int strips, const Stage* stage, const vec* x, const vec* dz, bint first, vec* sums,
) noexcept nogil:
    """dw = x.T @ dz,  db = sum(dz), lane by lane, or added to those so far"""
    cdef Py_ssize_t j, k
    cdef vec total
    cdef vec x_k[STRIPS]    # a copy, which stores through other pointers cannot change
    cdef int r
    for k in range(stage.n_in):
        for r in range(strips):
            x_k[r] = x[k * strips + r]
        for j in range(stage.n_out):
            total = splat(0) if first else sums[j]
            for r in range(strips):
                total += x_k[r] * dz[j * strips + r]
            sums[j] = total
        sums += stage.n_out
    for j in range(stage.n_out):
        total = splat(0) if first else sums[j]
        for r in range(strips):
            total += dz[j * strips + r]
        sums[j] = total


cdef inline inlined activate_lanes(
    int strips, const Stage* stage, bint back, vec* y, vec* dy,
) noexcept nogil:
    """y = act(y), or back dy = dy * act'(z), on a matrix as if it were one of panels."""
    cdef Py_ssize_t rows = ceiling(stage.n_out * strips, VECTORS)
    if back:
        d_activate(stage.activation, stage.numbers, rows, VECTORS, <real*> dy, <real*> y)
    else:
        activate(stage.activation, stage.numbers, rows, VECTORS, <real*> y)


cdef inline bint gather_lanes(
    int strips, Workspace* ws, const Pass* batch, Py_ssize_t i, Py_ssize_t i1, vec* x,
) noexcept nogil:
    """x = up to strips * LANES rows of the batch, 0 in the lanes beyond; whether it is finite."""
    cdef Py_ssize_t j, rows = min(i1 - i, strips * LANES), n = batch.x.x.n_columns
    cdef Lanes lanes = lanes_of(ws, batch.member)
    cdef bint finite
    cdef int r
    if batch.x.x.values == NULL:
        for j in range(n * strips if rows < strips * LANES else 0):
            x[j] = splat(0)
        return gather(<real*> x, 1, strips * LANES, &batch.x, i, i + rows) == 0
    finite = pack(ws.y[0], ws.stride, &batch.x, i, i + rows)
    for r in range(strips):
        to_lanes(
            lanes.y, ws.y[0] + (i + r * LANES) * PANEL, ws.stride, n,
            <int> max(0, min(<Py_ssize_t> LANES, rows - r * LANES)),
        )
        for j in range(n):
            x[j * strips + r] = lanes.y[j]
    return finite


cdef inline inlined train_strips(
    int strips, Plan* plan, Workspace* ws, Pass* batch, Py_ssize_t i, Py_ssize_t i1, real weight,
) noexcept nogil:
    """Take up to strips * LANES rows forward and back, and add up their gradients."""
    cdef Lanes lanes = lanes_of(ws, batch.member)
    cdef Stage* stage = plan.stages
    cdef vec* x = ws.narrow[batch.member]
    cdef vec* y = x
    cdef vec* dy
    cdef vec* dx
    cdef vec* sums = ws.sums + i // BAND * ws.sums_size + ws.sums_size
    cdef Py_ssize_t s, j, n = plan.n_stages, n_out = plan.stages[n - 1].n_out
    cdef int r, rows
    if not gather_lanes(strips, ws, batch, i, i1, x):
        batch.finite = False
    for s in range(n):
        x, y = y, y + (plan.stages[s].n_in + 1) * strips
        dense_in_lanes(strips, &plan.stages[s], x, y)
        if s < n - 1 or not plan.cost.activates:
            activate_lanes(strips, &plan.stages[s], False, y, NULL)
    dy = y + (n_out + 1) * strips
    for r in range(strips):
        rows = <int> max(0, min(<Py_ssize_t> LANES, i1 - i - r * LANES))
        for j in range(n_out):
            lanes.y[j] = y[j * strips + r]
        cost_of_rows(plan, ws, batch, i + r * LANES, rows, weight)
        for j in range(n_out):
            dy[j * strips + r] = where(
                less(lane_numbers(), splat(<real> rows)), lanes.dy[j], splat(0)
            )
        if plan.has_whole_metrics:
            from_lanes(
                ws.y[n] + (i + r * LANES) * PANEL, ws.stride, lanes.y, n_out, rows
            )
    for s in range(n - 1, plan.first_learning - 1, -1):
        stage = &plan.stages[s]
        if s < n - 1 or not plan.cost.activates:
            activate_lanes(strips, stage, True, y, dy)
        sums -= sums_of_stage(stage)
        x = y - (stage.n_in + 1) * strips
        if stage.has_w or stage.has_b:
            add_weights_in_lanes(strips, stage, x, dy, i % BAND == 0, sums)
        if s > plan.first_learning:
            dx = dy + (stage.n_out + 1) * strips
            d_dense_in_lanes(strips, stage, dy, dx)
            dy = dx
        y = x


cdef void train_narrow(
    Plan* plan, Workspace* ws, Pass* batch, Py_ssize_t i0, Py_ssize_t i1, real weight,
) noexcept nogil:
    """Take bands of rows through all of the net, forward and back."""
    cdef Py_ssize_t i = i0
    while i < i1:
        if i1 - i <= LANES:
            train_strips(1, plan, ws, batch, i, i1, weight)
        elif i1 - i <= 2 * LANES:
            train_strips(2, plan, ws, batch, i, i1, weight)
        else:
            train_strips(STRIPS, plan, ws, batch, i, i1, weight)
        i += STRIPS * LANES


cdef vec sum_of_bands(const Workspace* ws, Py_ssize_t bands, Py_ssize_t at) noexcept nogil:
    """Of LANES weights from `at` on: the sums over all rows, one in each lane.

    Of no bands: they are there already, one after the other."""
    cdef vec sums[LANES]
    cdef const vec* band
    cdef Py_ssize_t k
    cdef int j, half = LANES // 2
    if bands == 0:
        return vector_at(<const real*> ws.sums + at)
    for j in range(LANES):
        sums[j] = ws.sums[at + j]
    for k in range(1, bands):
        band = ws.sums + k * ws.sums_size + at
        for j in range(LANES):
            sums[j] += band[j]
    while half > 0:  # as transpose_square does it, adding up what it would put side by side
        for j in range(half):
            sums[j] = zip_low(sums[j], sums[j + half]) + zip_high(sums[j], sums[j + half])
        half //= 2
    return sums[0]


cdef void put_sums(
    const Pass* batch, real* out, const real* sums, Py_ssize_t rows, Py_ssize_t columns,
) noexcept nogil:
    """Rows of a panel = sums, one after another, or added to those so far; their padding is 0."""
    cdef Py_ssize_t k
    cdef int v
    cdef vec sum
    for k in range(rows):
        for v in range(VECTORS):
            sum = (<const vec*> (sums + k * columns + v * LANES))[0]
            sum = where(less(lane_numbers(), splat(<real> (columns - v * LANES))), sum, splat(0))
            if not batch.begins:
                sum += (<const vec*> (out + k * PANEL))[v]
            (<vec*> (out + k * PANEL))[v] = sum


cdef void d_weights_of_bands(
    Workspace* ws, const Pass* batch, const Block* block, const Stage* stage, real* dw, real* db,
) noexcept nogil:
    """dw = x.T @ dz,  db = sum(dz) of a block, or added to those so far."""
    cdef Py_ssize_t bands = 0 if batch.abreast else ceiling(batch.i1 - batch.i0, BAND)
    cdef Py_ssize_t rows = block.arrays[W].rows
    cdef Py_ssize_t n_out = stage.n_out, columns = min(<Py_ssize_t> PANEL, n_out - block.q * PANEL)
    cdef Py_ssize_t k, u, at, column = stage.sums_at + block.q * PANEL
    # rows of w that are whole follow each other
    cdef Py_ssize_t together = rows if columns == n_out else 1
    cdef vec sums[PANEL * VECTORS + VECTORS]
    for k in range(rows // max(<Py_ssize_t> 1, together)):
        at = column + (block.p * PANEL + k * together) * n_out
        for u in range(ceiling(together * columns, LANES)):
            sums[u] = sum_of_bands(ws, bands, at + u * LANES)
        put_sums(batch, dw + k * together * PANEL, <real*> sums, together, columns)
    if block.arrays[B].rows > 0:
        for u in range(ceiling(columns, LANES)):
            sums[u] = sum_of_bands(ws, bands, column + stage.n_in * n_out + u * LANES)
        put_sums(batch, db, <real*> sums, 1, columns)
