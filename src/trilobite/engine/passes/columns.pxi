# Stages of one column each that learn or cost something themselves: PReLU, and penalties of what
# passes through.

cdef inline formula prelu_slope(vec x, vec alpha) noexcept nogil:
    """1 where x > 0, alpha where x < 0, else 0"""
    cdef vec zero = splat(0)
    return where(less(x, zero), alpha, where(less(zero, x), splat(1), x * 0))


cdef void prelu(
    Stage* stage, Workspace* ws, real* y, const real* x, const real* by, Py_ssize_t i0,
    Py_ssize_t i1,
) noexcept nogil:
    """y = slope(by) * x: the output by x itself, and of dy dx by the stage's x"""
    cdef Py_ssize_t i, u, at
    for u in range(ceiling(stage.n_out, LANES)):
        for i in range(i0, i1):
            at = (u // VECTORS) * ws.stride + i * PANEL + (u % VECTORS) * LANES
            (<vec*> (y + at))[0] = (<const vec*> (x + at))[0] * prelu_slope(
                (<const vec*> (by + at))[0], (<const vec*> (stage.w + u * LANES))[0]
            )


cdef void d_prelu_weights(
    Plan* plan, Workspace* ws, Pass* batch, Block* block, real* dalpha,
) noexcept nogil:
    """dalpha = sum(dy min(x, 0)) over a slice of rows, or added to that so far."""
    cdef const real* x = ws.y[block.s] + block.q * ws.stride
    cdef const real* dy = ws.dy[block.s + 1] + block.q * ws.stride
    cdef Py_ssize_t i
    cdef int v
    cdef vec total, below
    for v in range(vectors_of(block.q, plan.stages[block.s].n_out)):
        total = splat(0) if batch.begins else (<vec*> dalpha)[v]
        for i in range(batch.i0, batch.i1):
            below = (<const vec*> (x + i * PANEL))[v]
            below = where(less(splat(0), below), splat(0), below)
            total += (<const vec*> (dy + i * PANEL))[v] * below
        (<vec*> dalpha)[v] = total


cdef void add_activities(
    Plan* plan, Workspace* ws, Py_ssize_t i0, Py_ssize_t i1, double part,
) noexcept nogil:
    """cost = cost + part sum(l1 |y| + l2 y^2) of every row and every stage that asks for it"""
    cdef Py_ssize_t s, i, j
    cdef Stage* stage
    cdef double y, total
    for s in range(plan.n_stages):
        stage = &plan.stages[s]
        if stage.kind == ACTIVITY:
            for i in range(i0, i1):
                total = 0
                for j in range(stage.n_out):
                    y = ws.y[s][(j // PANEL) * ws.stride + i * PANEL + j % PANEL]
                    total += stage.l1[W] * abs(y) + stage.l2[W] * y * y
                values_of(ws, 0)[i] += part * total


cdef void d_activity(
    Stage* stage, Workspace* ws, real* dy, const real* y, Py_ssize_t i0, Py_ssize_t i1, double part,
) noexcept nogil:
    """dy = dy + part (l1 sign(y) + 2 l2 y)"""
    cdef Py_ssize_t q, at
    for q in range(ceiling(stage.n_out, PANEL)):
        at = q * ws.stride + i0 * PANEL
        penalize(stage, W, i1 - i0, vectors_of(q, stage.n_out), dy + at, y + at, part)
