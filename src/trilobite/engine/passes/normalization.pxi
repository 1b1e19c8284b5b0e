# Batch normalization: the only stage whose rows depend on each other.
#
# Every member sums over groups of GROUP rows of its own, all meet, and every member adds up all
# groups for itself, in their order: the same bits for any number of threads, and one barrier. So
# the way of the rows through the network and back comes in legs (epoch.pxi), each from one batch
# normalization, forward or backward, to the next.

cdef enum:
    GROUP = 16


cdef struct Partial:        # of a group of rows: for each column
    vec* mean
    vec* squares            # sum of the squared differences from it
    vec* dy                 # sum of dy, and of dy x_hat
    vec* dy_x_hat

cdef enum:
    PARTIALS = 4            # vectors of such numbers


cdef struct Statistics:     # of all rows of a batch, as a member has found them: for each column
    vec* mean
    vec* variance
    vec* scale              # 1 / sqrt(variance + epsilon)
    vec* dy                 # sum of dy, and of dy x_hat
    vec* dy_x_hat

cdef enum:
    STATISTICS = 5


cdef inline Py_ssize_t padded(Py_ssize_t n) noexcept nogil:
    """n, rounded up to whole panels of columns."""
    return ceiling(n, PANEL) * PANEL


cdef inline Partial partial_of(
    Workspace* ws, const Stage* stage, Py_ssize_t s, Py_ssize_t g,
) noexcept nogil:
    cdef Py_ssize_t u = padded(stage.n_out) // LANES
    cdef Partial group
    group.mean = <vec*> ws.partials[s] + PARTIALS * u * g
    group.squares = group.mean + u
    group.dy = group.squares + u
    group.dy_x_hat = group.dy + u
    return group


cdef inline Statistics statistics_of(
    Workspace* ws, const Stage* stage, Py_ssize_t s, int member,
) noexcept nogil:
    cdef Py_ssize_t u = padded(stage.n_out) // LANES
    cdef Statistics of_batch
    of_batch.mean = <vec*> ws.statistics[s] + STATISTICS * u * member
    of_batch.variance = of_batch.mean + u
    of_batch.scale = of_batch.variance + u
    of_batch.dy = of_batch.scale + u
    of_batch.dy_x_hat = of_batch.dy + u
    return of_batch


cdef void sum_groups(
    Stage* stage, Workspace* ws, Pass* batch, Py_ssize_t s, Py_ssize_t i0, Py_ssize_t i1,
) noexcept nogil:
    """Mean of x and sum((x - mean)^2), of each group of rows"""
    cdef Py_ssize_t i, g, rows, u
    cdef Partial group
    cdef const real* x
    cdef vec total, squares, m, difference
    for g in range(ceiling(i0, GROUP), ceiling(i1, GROUP)):
        rows = min(<Py_ssize_t> GROUP, batch.rows - g * GROUP)
        group = partial_of(ws, stage, s, g)
        for u in range(ceiling(stage.n_out, LANES)):
            x = ws.y[s] + (u // VECTORS) * ws.stride + g * GROUP * PANEL + (u % VECTORS) * LANES
            total = splat(0)
            for i in range(rows):
                total += (<const vec*> (x + i * PANEL))[0]
            m = quotient(total, splat(<real> rows))
            squares = splat(0)
            for i in range(rows):
                difference = (<const vec*> (x + i * PANEL))[0] - m
                squares += difference * difference
            group.mean[u] = m
            group.squares[u] = squares


cdef void add_groups(Stage* stage, Workspace* ws, Pass* batch, Py_ssize_t s) noexcept nogil:
    """Mean and variance of the batch"""
    cdef Py_ssize_t columns = ceiling(stage.n_out, LANES)
    cdef Py_ssize_t g, u
    cdef real rows
    cdef Statistics of_batch = statistics_of(ws, stage, s, batch.member)
    cdef Partial group
    cdef vec difference
    for u in range(columns):
        of_batch.mean[u] = of_batch.variance[u] = splat(0)
    for g in range(ceiling(batch.rows, GROUP)):  # n mean = sum(n_g mean_g)
        rows = <real> min(<Py_ssize_t> GROUP, batch.rows - g * GROUP)
        group = partial_of(ws, stage, s, g)
        for u in range(columns):
            of_batch.mean[u] += group.mean[u] * rows
    for u in range(columns):
        of_batch.mean[u] = quotient(of_batch.mean[u], splat(<real> batch.rows))
    for g in range(ceiling(batch.rows, GROUP)):
        # n variance = sum(squares_g + n_g (mean_g - mean)^2)
        rows = <real> min(<Py_ssize_t> GROUP, batch.rows - g * GROUP)
        group = partial_of(ws, stage, s, g)
        for u in range(columns):
            difference = group.mean[u] - of_batch.mean[u]
            of_batch.variance[u] += group.squares[u] + difference * difference * rows
    for u in range(columns):
        of_batch.variance[u] = quotient(of_batch.variance[u], splat(<real> batch.rows))
        of_batch.scale[u] = 1 / square_root(of_batch.variance[u] + stage.epsilon)


cdef void normalize(
    Stage* stage, Workspace* ws, Pass* batch, Py_ssize_t s, Py_ssize_t i0, Py_ssize_t i1,
) noexcept nogil:
    """y = (x - mean) / sqrt(variance + epsilon) * gamma + beta: mean, variance of the batch"""
    cdef Statistics of_batch = statistics_of(ws, stage, s, batch.member)
    cdef Py_ssize_t q
    for q in range(ceiling(stage.n_out, PANEL)):
        scale_and_shift(
            stage, ws, s, q, i0, i1, of_batch.mean + q * VECTORS, of_batch.scale + q * VECTORS
        )


cdef void share_statistics(Plan* plan, Workspace* ws, int members) noexcept nogil:
    """Give all members what the first has found, as some may have taken no part."""
    cdef Py_ssize_t s, size
    cdef int member
    for s in range(plan.n_stages):
        if plan.stages[s].kind == BATCH_NORMALIZATION:
            size = STATISTICS * padded(plan.stages[s].n_out)
            for member in range(1, members):
                memcpy(
                    ws.statistics[s] + member * size, ws.statistics[s], size * sizeof(real)
                )


cdef void move_statistics(Plan* plan, Workspace* ws) noexcept nogil:
    """moving = moving * momentum + (mean or variance of the batch) * (1 - momentum)"""
    cdef Py_ssize_t s, u
    cdef Stage* stage
    cdef Statistics of_batch
    cdef vec* moving_mean
    cdef vec* moving_variance
    cdef real part
    for s in range(plan.n_stages):
        stage = &plan.stages[s]
        if stage.kind != BATCH_NORMALIZATION:
            continue
        of_batch = statistics_of(ws, stage, s, 0)  # every member has found the same
        moving_mean, moving_variance = <vec*> stage.moving_mean, <vec*> stage.moving_variance
        part = <real> 1 - stage.momentum
        for u in range(ceiling(stage.n_out, LANES)):
            moving_mean[u] = moving_mean[u] * stage.momentum + of_batch.mean[u] * part
            moving_variance[u] = moving_variance[u] * stage.momentum + of_batch.variance[u] * part


cdef void normalize_by_moving(
    Stage* stage, Workspace* ws, Py_ssize_t s, Py_ssize_t i0, Py_ssize_t i1,
) noexcept nogil:
    """y = (x - moving_mean) / sqrt(moving_variance + epsilon) * gamma + beta"""
    cdef Py_ssize_t q
    cdef int v
    cdef vec scale[VECTORS]
    for q in range(ceiling(stage.n_out, PANEL)):
        for v in range(vectors_of(q, stage.n_out)):
            scale[v] = 1 / square_root(
                (<vec*> (stage.moving_variance + q * PANEL))[v] + stage.epsilon
            )
        scale_and_shift(stage, ws, s, q, i0, i1, <vec*> (stage.moving_mean + q * PANEL), scale)


cdef inline void scale_and_shift(
    Stage* stage, Workspace* ws, Py_ssize_t s, Py_ssize_t q, Py_ssize_t i0, Py_ssize_t i1,
    const vec* mean, const vec* scale,
) noexcept nogil:
    """y = (x - mean) * scale * gamma + beta on panel q, whose mean and scale are given."""
    cdef real* y = ws.y[s + 1] + q * ws.stride
    cdef const real* x = ws.y[s] + q * ws.stride
    cdef vec m, factor, shift
    cdef Py_ssize_t i
    cdef int v
    for v in range(vectors_of(q, stage.n_out)):
        m = mean[v]
        factor = scale[v] * (<vec*> (stage.w + q * PANEL))[v]
        shift = (<vec*> (stage.b + q * PANEL))[v]
        for i in range(i0, i1):
            (<vec*> (y + i * PANEL))[v] = ((<const vec*> (x + i * PANEL))[v] - m) * factor + shift


cdef void d_sum_groups(
    Stage* stage, Workspace* ws, Pass* batch, Py_ssize_t s, Py_ssize_t i0, Py_ssize_t i1,
) noexcept nogil:
    """sum(dy) and sum(dy x_hat), of each group of rows"""
    cdef Py_ssize_t i, g, rows, u, at
    cdef Statistics of_batch = statistics_of(ws, stage, s, batch.member)
    cdef Partial group
    cdef const real* dy
    cdef const real* x
    cdef vec m, scale, x_hat, sum_dy, sum_dy_x_hat
    for g in range(ceiling(i0, GROUP), ceiling(i1, GROUP)):
        rows = min(<Py_ssize_t> GROUP, batch.rows - g * GROUP)
        group = partial_of(ws, stage, s, g)
        for u in range(ceiling(stage.n_out, LANES)):
            at = (u // VECTORS) * ws.stride + g * GROUP * PANEL + (u % VECTORS) * LANES
            x, dy = ws.y[s] + at, ws.dy[s + 1] + at
            m, scale = of_batch.mean[u], of_batch.scale[u]
            sum_dy = sum_dy_x_hat = splat(0)
            for i in range(rows):
                x_hat = ((<const vec*> (x + i * PANEL))[0] - m) * scale
                sum_dy += (<const vec*> (dy + i * PANEL))[0]
                sum_dy_x_hat += (<const vec*> (dy + i * PANEL))[0] * x_hat
            group.dy[u], group.dy_x_hat[u] = sum_dy, sum_dy_x_hat


cdef void d_add_groups(Stage* stage, Workspace* ws, Pass* batch, Py_ssize_t s) noexcept nogil:
    """sum(dy) and sum(dy x_hat) over the batch: dbeta and dgamma"""
    cdef Py_ssize_t g, u, columns = ceiling(stage.n_out, LANES)
    cdef Statistics of_batch = statistics_of(ws, stage, s, batch.member)
    cdef Partial group
    for u in range(columns):
        of_batch.dy[u] = of_batch.dy_x_hat[u] = splat(0)
    for g in range(ceiling(batch.rows, GROUP)):
        group = partial_of(ws, stage, s, g)
        for u in range(columns):
            of_batch.dy[u] += group.dy[u]
            of_batch.dy_x_hat[u] += group.dy_x_hat[u]


cdef void d_normalize(
    Stage* stage, Workspace* ws, Pass* batch, Py_ssize_t s, Py_ssize_t i0, Py_ssize_t i1,
) noexcept nogil:
    """dx = gamma / sqrt(variance + epsilon) * (dy - (sum(dy) + x_hat sum(dy x_hat)) / n), in
    place"""
    cdef Py_ssize_t i, u, at
    cdef Statistics of_batch = statistics_of(ws, stage, s, batch.member)
    cdef real* dy
    cdef const real* x
    cdef vec m, scale, x_hat, sum_dy, sum_dy_x_hat, factor
    cdef real per_row = <real> (1.0 / batch.rows)
    for u in range(ceiling(stage.n_out, LANES)):
        at = (u // VECTORS) * ws.stride + (u % VECTORS) * LANES
        x, dy = ws.y[s] + at, ws.dy[s + 1] + at
        m, scale = of_batch.mean[u], of_batch.scale[u]
        sum_dy, sum_dy_x_hat = of_batch.dy[u], of_batch.dy_x_hat[u]
        factor = scale * (<vec*> (stage.w + u * LANES))[0]
        for i in range(i0, i1):
            x_hat = ((<const vec*> (x + i * PANEL))[0] - m) * scale
            (<vec*> (dy + i * PANEL))[0] = factor * (
                (<vec*> (dy + i * PANEL))[0] - (sum_dy + x_hat * sum_dy_x_hat) * per_row
            )


cdef void d_normalize_by_moving(
    Stage* stage, Workspace* ws, Py_ssize_t s, Py_ssize_t i0, Py_ssize_t i1,
) noexcept nogil:
    """dx = gamma / sqrt(moving_variance + epsilon) * dy, in place"""
    cdef Py_ssize_t i, u
    cdef real* dy
    cdef vec factor
    for u in range(ceiling(stage.n_out, LANES)):
        dy = ws.dy[s + 1] + (u // VECTORS) * ws.stride + (u % VECTORS) * LANES
        factor = (<vec*> (stage.w + u * LANES))[0] / square_root(
            (<vec*> (stage.moving_variance + u * LANES))[0] + stage.epsilon
        )
        for i in range(i0, i1):
            (<vec*> (dy + i * PANEL))[0] *= factor
