# Cost and metrics of the rows, between forward propagation and backpropagation.

cdef void pack_targets(
    Workspace* ws, Pass* batch, const Array* t, const Array* w, Py_ssize_t i0, Py_ssize_t i1,
) noexcept nogil:
    """The targets, and the weights of rows if there are any, of the rows of x."""
    cdef Reading rows = reading_of(t, batch.x.order, batch.x.first)
    pack(ws.t, ws.stride, &rows, i0, i1)
    if batch.weighted:
        rows.x = w
        pack(ws.w, ws.stride, &rows, i0, i1)


cdef void cost_and_metrics(
    Plan* plan, Workspace* ws, Pass* batch, Py_ssize_t i0, Py_ssize_t i1, real weight,
) noexcept nogil:
    """The values of every row, and the gradient of weight * cost with respect to the output."""
    cdef Py_ssize_t i = i0, j, n = plan.stages[plan.n_stages - 1].n_out
    cdef Lanes lanes = lanes_of(ws, batch.member)
    cdef vec* y = lanes.y
    cdef vec* dy = lanes.dy
    cdef vec* t = lanes.t
    cdef vec* scratch = lanes.scratch
    cdef vec* smoothed = scratch if plan.smooth != 1 else t
    cdef vec value, row_weights
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
        if plan.smooth != 1:
            for j in range(n):
                smoothed[j] = t[j] * plan.smooth + plan.smooth_by
        value = cost_of(plan.cost, y, dy, smoothed, n, weight, plan.delta, plan.cost_activates)
        if batch.weighted:
            for j in range(rows):
                (<real*> &row_weights)[j] = ws.w[(i + j) * PANEL]
            value *= row_weights
            for j in range(n):
                dy[j] *= row_weights
        from_lanes(ws.dy[plan.n_stages] + i * PANEL, ws.stride, dy, n, rows)
        if plan.has_whole_metrics and plan.cost_activates:
            from_lanes(ws.y[plan.n_stages] + i * PANEL, ws.stride, y, n, rows)
        keep_values(plan, ws, i, rows, 0, value, divisor_of(plan.cost, n) / batch.scale)
        for k in range(plan.n_row_metrics):
            value = row_metric(&plan.metrics[k], y, t, scratch, n, &divisor)
            if plan.metrics[k].weighted and batch.weighted:
                value *= row_weights
            keep_values(plan, ws, i, rows, k + 1, value, divisor)
        i += LANES


cdef inline void keep_values(
    Plan* plan, Workspace* ws, Py_ssize_t i, int rows, int k, vec value, double divisor,
) noexcept nogil:
    cdef int r
    for r in range(rows):
        ws.values[(i + r) * (1 + plan.n_row_metrics) + k] = (<real*> &value)[r] / divisor


cdef void add_values(
    Plan* plan, Workspace* ws, Pass* batch, double* totals, Py_ssize_t i0, Py_ssize_t i1,
) noexcept nogil:
    """Add the values of rows, one after the other, and their whole metrics to the totals."""
    cdef Py_ssize_t i, k, n_values = 1 + plan.n_row_metrics
    cdef Metric* metric
    for i in range(i0, i1):
        totals[0] += ws.values[i * n_values]
    totals[1] += i1 - i0
    for k in range(plan.n_row_metrics):
        metric = &plan.metrics[k]
        for i in range(i0, i1):
            totals[metric.at] += ws.values[i * n_values + k + 1]
        if metric.weighted and batch.weighted:
            for i in range(i0, i1):
                totals[metric.at + 1] += ws.w[i * PANEL]
        else:
            totals[metric.at + 1] += i1 - i0
    for k in range(plan.n_row_metrics, plan.n_metrics):
        whole_metric(
            &plan.metrics[k], totals + plan.metrics[k].at, ws.y[plan.n_stages], ws.stride, ws.t,
            plan.one_hot, ws.w if batch.weighted else NULL,
            plan.stages[plan.n_stages - 1].n_out, i0, i1,
        )
