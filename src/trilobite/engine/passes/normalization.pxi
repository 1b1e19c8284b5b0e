# Batch normalization: the only stage whose rows depend on each other.
#
# Every member sums over groups of GROUP rows of its own, all meet, and every member adds up all
# groups for itself, in their order: the same bits for any number of threads, and one barrier.
#
#   partials[s]      of every group: n_out means and n_out sums of squared differences from them;
#                    then, from `sums_of_groups` on, n_out sums of dy and n_out of dy * x_hat
#   statistics[s]    of every member: mean, 1 / sqrt(variance + epsilon), sum(dy), sum(dy * x_hat),
#                    variance

cdef enum:
    GROUP = 16


cdef inline Py_ssize_t padded(Py_ssize_t n) noexcept nogil:
    """Columns in whole panels."""
    return ceiling(n, PANEL) * PANEL


cdef inline Py_ssize_t sums_of_groups(Workspace* ws, Stage* stage) noexcept nogil:
    return ceiling(ws.capacity, GROUP) * 2 * padded(stage.n_out)


cdef void normalize(
    Stage* stage, Workspace* ws, Pass* batch, Py_ssize_t s, Py_ssize_t i0, Py_ssize_t i1,
) noexcept nogil:
    """y = (x - mean) / sqrt(variance + epsilon) * gamma + beta: mean, variance of the batch"""
    cdef Py_ssize_t width = padded(stage.n_out), groups = ceiling(batch.rows, GROUP)
    cdef Py_ssize_t i, g, rows, u, at
    cdef real* mean = ws.statistics[s] + batch.member * 5 * width
    cdef real* scale = mean + width
    cdef real* partial
    cdef const real* x
    cdef vec total, squares, m, difference
    for g in range(i0 // GROUP, ceiling(i1, GROUP)):
        rows = min(<Py_ssize_t> GROUP, batch.rows - g * GROUP)
        partial = ws.partials[s] + g * 2 * width
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
            (<vec*> (partial + u * LANES))[0] = m
            (<vec*> (partial + width + u * LANES))[0] = squares
    barrier(batch.team)
    for u in range(ceiling(stage.n_out, LANES)):
        # n mean = sum(n_g mean_g),  n variance = sum(squares_g + n_g (mean_g - mean)^2)
        total = squares = splat(0)
        for g in range(groups):
            rows = min(<Py_ssize_t> GROUP, batch.rows - g * GROUP)
            total += (<vec*> (ws.partials[s] + g * 2 * width + u * LANES))[0] * <real> rows
        m = quotient(total, splat(<real> batch.rows))
        for g in range(groups):
            rows = min(<Py_ssize_t> GROUP, batch.rows - g * GROUP)
            partial = ws.partials[s] + g * 2 * width + u * LANES
            difference = (<vec*> partial)[0] - m
            squares += (<vec*> (partial + width))[0] + difference * difference * <real> rows
        squares = quotient(squares, splat(<real> batch.rows))
        (<vec*> (mean + u * LANES))[0] = m
        (<vec*> (scale + u * LANES))[0] = 1 / square_root(squares + stage.epsilon)
        (<vec*> (mean + 4 * width + u * LANES))[0] = squares
    scale_and_shift(stage, ws, s, i0, i1, mean, scale)


cdef void move_statistics(Plan* plan, Workspace* ws) noexcept nogil:
    """moving = moving * momentum + (mean or variance of the batch) * (1 - momentum)"""
    cdef Py_ssize_t s, u, width
    cdef Stage* stage
    cdef vec* mean
    cdef vec* variance
    cdef vec* moving_mean
    cdef vec* moving_variance
    cdef real part
    for s in range(plan.n_stages):
        stage = &plan.stages[s]
        if stage.kind != BATCH_NORMALIZATION:
            continue
        width = padded(stage.n_out)
        mean, variance = <vec*> ws.statistics[s], <vec*> (ws.statistics[s] + 4 * width)
        moving_mean, moving_variance = <vec*> stage.moving_mean, <vec*> stage.moving_variance
        part = <real> 1 - stage.momentum
        for u in range(ceiling(stage.n_out, LANES)):
            moving_mean[u] = moving_mean[u] * stage.momentum + mean[u] * part
            moving_variance[u] = moving_variance[u] * stage.momentum + variance[u] * part


cdef void normalize_by_moving(
    Stage* stage, Workspace* ws, Py_ssize_t s, Py_ssize_t i0, Py_ssize_t i1,
) noexcept nogil:
    """y = (x - moving_mean) / sqrt(moving_variance + epsilon) * gamma + beta"""
    cdef Py_ssize_t q
    cdef int v
    cdef real scale[PANEL]
    for q in range(ceiling(stage.n_out, PANEL)):
        for v in range(vectors_of(q, stage.n_out)):
            (<vec*> scale)[v] = 1 / square_root(
                (<vec*> (stage.moving_variance + q * PANEL))[v] + stage.epsilon
            )
        scale_and_shift_panel(stage, ws, s, q, i0, i1, stage.moving_mean + q * PANEL, scale)


cdef void scale_and_shift(
    Stage* stage, Workspace* ws, Py_ssize_t s, Py_ssize_t i0, Py_ssize_t i1, const real* mean,
    const real* scale,
) noexcept nogil:
    cdef Py_ssize_t q
    for q in range(ceiling(stage.n_out, PANEL)):
        scale_and_shift_panel(stage, ws, s, q, i0, i1, mean + q * PANEL, scale + q * PANEL)


cdef inline void scale_and_shift_panel(
    Stage* stage, Workspace* ws, Py_ssize_t s, Py_ssize_t q, Py_ssize_t i0, Py_ssize_t i1,
    const real* mean, const real* scale,
) noexcept nogil:
    """y = (x - mean) * scale * gamma + beta on a panel"""
    cdef real* y = ws.y[s + 1] + q * ws.stride
    cdef const real* x = ws.y[s] + q * ws.stride
    cdef vec m, factor, shift
    cdef Py_ssize_t i
    cdef int v
    for v in range(vectors_of(q, stage.n_out)):
        m = (<const vec*> mean)[v]
        factor = (<const vec*> scale)[v] * (<vec*> (stage.w + q * PANEL))[v]
        shift = (<vec*> (stage.b + q * PANEL))[v]
        for i in range(i0, i1):
            (<vec*> (y + i * PANEL))[v] = ((<const vec*> (x + i * PANEL))[v] - m) * factor + shift


cdef void differentiate_normalization(
    Stage* stage, Workspace* ws, Pass* batch, Py_ssize_t s, Py_ssize_t i0, Py_ssize_t i1,
    bint needs_dx,
) noexcept nogil:
    """dx = gamma / sqrt(variance + epsilon) * (dy - (sum(dy) + x_hat sum(dy x_hat)) / n), in place;
    sum(dy) is dbeta, sum(dy x_hat) is dgamma."""
    cdef Py_ssize_t width = padded(stage.n_out), groups = ceiling(batch.rows, GROUP)
    cdef Py_ssize_t i, g, rows, u, at
    cdef real* mean = ws.statistics[s] + batch.member * 5 * width
    cdef real* partials = ws.partials[s] + sums_of_groups(ws, stage)
    cdef real* partial
    cdef real* dy
    cdef const real* x
    cdef vec m, scale, x_hat, sum_dy, sum_dy_x_hat, factor
    cdef real per_row = <real> (1.0 / batch.rows)
    for g in range(i0 // GROUP, ceiling(i1, GROUP)):
        rows = min(<Py_ssize_t> GROUP, batch.rows - g * GROUP)
        for u in range(ceiling(stage.n_out, LANES)):
            at = (u // VECTORS) * ws.stride + g * GROUP * PANEL + (u % VECTORS) * LANES
            x, dy = ws.y[s] + at, ws.dy[s + 1] + at
            m = (<vec*> (mean + u * LANES))[0]
            scale = (<vec*> (mean + width + u * LANES))[0]
            sum_dy = sum_dy_x_hat = splat(0)
            for i in range(rows):
                x_hat = ((<const vec*> (x + i * PANEL))[0] - m) * scale
                sum_dy += (<vec*> (dy + i * PANEL))[0]
                sum_dy_x_hat += (<vec*> (dy + i * PANEL))[0] * x_hat
            partial = partials + g * 2 * width + u * LANES
            (<vec*> partial)[0] = sum_dy
            (<vec*> (partial + width))[0] = sum_dy_x_hat
    barrier(batch.team)
    for u in range(ceiling(stage.n_out, LANES)):
        sum_dy = sum_dy_x_hat = splat(0)
        for g in range(groups):
            partial = partials + g * 2 * width + u * LANES
            sum_dy += (<vec*> partial)[0]
            sum_dy_x_hat += (<vec*> (partial + width))[0]
        (<vec*> (mean + 2 * width + u * LANES))[0] = sum_dy
        (<vec*> (mean + 3 * width + u * LANES))[0] = sum_dy_x_hat
        if not needs_dx:
            continue
        at = (u // VECTORS) * ws.stride + (u % VECTORS) * LANES
        x, dy = ws.y[s] + at, ws.dy[s + 1] + at
        m = (<vec*> (mean + u * LANES))[0]
        scale = (<vec*> (mean + width + u * LANES))[0]
        factor = scale * (<vec*> (stage.w + u * LANES))[0]
        for i in range(i0, i1):
            x_hat = ((<const vec*> (x + i * PANEL))[0] - m) * scale
            (<vec*> (dy + i * PANEL))[0] = factor * (
                (<vec*> (dy + i * PANEL))[0] - (sum_dy + x_hat * sum_dy_x_hat) * per_row
            )
