# Backpropagation, from the cost to the first stage with something to train.

cdef void d_dense(
    Stage* stage, Workspace* ws, Py_ssize_t s, Py_ssize_t i0, Py_ssize_t i1,
) noexcept nogil:
    """dx = dz @ w.T"""
    cdef Affine affine
    affine.y, affine.n_out = ws.dy[s], stage.n_in
    affine.x, affine.n_in = ws.dy[s + 1], stage.n_out
    affine.w, affine.w_stride = stage.w_transposed, stage.w_transposed_stride
    affine.b, affine.b_stride = ws.zeros, 0
    affine.activation = LINEAR
    multiply(&affine, ws, i0, i1)


cdef void d_softmax_rows(
    int code, real* dy, const real* y, Workspace* ws, int member, Py_ssize_t n, Py_ssize_t i0,
    Py_ssize_t i1,
) noexcept nogil:
    """dz = y * (dy - sum(dy * y)), or dy - exp(y) * sum(dy), in place"""
    cdef Lanes lanes = lanes_of(ws, member)
    cdef Py_ssize_t i = i0
    cdef int rows
    while i < i1:
        rows = <int> min(<Py_ssize_t> LANES, i1 - i)
        to_lanes(lanes.y, y + i * PANEL, ws.stride, n, rows)
        to_lanes(lanes.dy, dy + i * PANEL, ws.stride, n, rows)
        if code == LOG_SOFTMAX:
            d_log_softmax(lanes.dy, lanes.y, n)
        else:
            d_softmax(lanes.dy, lanes.y, n)
        from_lanes(dy + i * PANEL, ws.stride, lanes.dy, n, rows)
        i += LANES


cdef void backward(
    Plan* plan, Workspace* ws, Pass* batch, Py_ssize_t s1, Py_ssize_t s0, Py_ssize_t i0,
    Py_ssize_t i1,
) noexcept nogil:
    """Take rows back through the stages s1 > s >= s0: dz, then dx, which the first stage with
    something to train does not need. Without weights between them dx has the place of dy."""
    cdef Py_ssize_t s, q, i
    cdef int vectors
    cdef Stage* stage
    cdef real* dy
    for s in range(s1 - 1, s0 - 1, -1):
        stage = &plan.stages[s]
        dy = ws.dy[s + 1]
        if s == plan.n_stages - 1 and plan.cost.activates:
            pass  # dz already
        elif stage.activation == SOFTMAX or stage.activation == LOG_SOFTMAX:
            d_softmax_rows(
                stage.activation, dy, ws.y[s + 1], ws, batch.member, stage.n_out, i0, i1
            )
        elif stage.activation != LINEAR:
            for q in range(ceiling(stage.n_out, PANEL)):
                i = q * ws.stride + i0 * PANEL
                vectors = vectors_of(q, stage.n_out)
                if stage.by_z:
                    d_activate_by_z(
                        stage.activation, stage.numbers, i1 - i0, vectors, dy + i, ws.y[s] + i
                    )
                else:
                    d_activate(
                        stage.activation, stage.numbers, i1 - i0, vectors, dy + i, ws.y[s + 1] + i
                    )
        if stage.kind == BATCH_NORMALIZATION and s > plan.first_learning:
            d_normalize(stage, ws, batch, s, i0, i1)
        elif stage.kind == FROZEN_NORMALIZATION and s > plan.first_learning:
            d_normalize_by_moving(stage, ws, s, i0, i1)
        elif stage.kind == ACTIVITY:
            d_activity(stage, ws, dy, ws.y[s], i0, i1, batch.of_row)
        elif stage.kind == PRELU and s > plan.first_learning:
            prelu(stage, ws, ws.dy[s], dy, ws.y[s], i0, i1)
        elif draws(stage):
            d_draw(stage, ws, batch, dy, i0, i1)
        elif stage.kind == DENSE and s > plan.first_learning:
            d_dense(stage, ws, s, i0, i1)
