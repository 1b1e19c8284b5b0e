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


cdef vec cost_of_lanes(
    Plan* plan, const Lanes* lanes, Py_ssize_t n, bint weighted, vec row_weights, real weight,
) noexcept nogil:
    """The cost of LANES rows, times their weights, and the gradient of weight * cost with respect
    to the output, which the lanes hold beside the targets, or class indices: then these one-hot."""
    cdef vec* t = lanes.t
    cdef vec* dy = lanes.dy
    cdef vec* smoothed = lanes.scratch if plan.smooth != 1 else t
    cdef vec value
    cdef Py_ssize_t j
    if plan.class_indices:
        value = t[0]
        for j in range(n):
            t[j] = where(equal(value, splat(<real> j)), splat(1), splat(0))
    if plan.smooth != 1:
        for j in range(n):
            smoothed[j] = t[j] * plan.smooth + plan.smooth_by
    value = cost_of(&plan.cost, lanes.y, dy, smoothed, n, weight)
    if weighted:
        value *= row_weights
        for j in range(n):
            dy[j] *= row_weights
    return value


cdef vec metric_of_lanes(
    const Metric* metric, const Lanes* lanes, Py_ssize_t n, bint weighted, vec row_weights,
) noexcept nogil:
    """A row metric of the LANES rows of which `cost_of_lanes` was the cost."""
    cdef vec value = row_metric(metric, lanes.y, lanes.t, lanes.scratch, n)
    return value * row_weights if metric.weighted and weighted else value


cdef void cost_of_rows(
    Plan* plan, Workspace* ws, Pass* batch, Py_ssize_t i, int rows, real weight,
) noexcept nogil:
    """The values of up to LANES rows, and the gradient of weight * cost with respect to the output,
    which is handed over in the member's lanes; so is the gradient."""
    cdef Py_ssize_t n = plan.stages[plan.n_stages - 1].n_out
    cdef Lanes lanes = lanes_of(ws, batch.member)
    cdef vec value, row_weights = splat(1)
    cdef int k
    to_lanes(lanes.t, ws.t + i * PANEL, ws.stride, 1 if plan.class_indices else n, rows)
    if batch.weighted:
        to_lanes(&row_weights, ws.w + i * PANEL, ws.stride, 1, rows)
    value = cost_of_lanes(plan, &lanes, n, batch.weighted, row_weights, weight)
    keep_values(ws, i, rows, 0, value, plan.cost.divisor / batch.scale)
    for k in range(plan.n_row_metrics):
        value = metric_of_lanes(&plan.metrics[k], &lanes, n, batch.weighted, row_weights)
        keep_values(ws, i, rows, k + 1, value, plan.metrics[k].divisor)


cdef void cost_and_metrics(
    Plan* plan, Workspace* ws, Pass* batch, Py_ssize_t i0, Py_ssize_t i1, real weight,
) noexcept nogil:
    """The values of every row, and the gradient of weight * cost with respect to the output."""
    cdef Py_ssize_t i = i0, n = plan.stages[plan.n_stages - 1].n_out
    cdef Lanes lanes = lanes_of(ws, batch.member)
    cdef int rows
    while i < i1:
        rows = <int> min(<Py_ssize_t> LANES, i1 - i)
        to_lanes(lanes.y, ws.y[plan.n_stages] + i * PANEL, ws.stride, n, rows)
        cost_of_rows(plan, ws, batch, i, rows, weight)
        from_lanes(ws.dy[plan.n_stages] + i * PANEL, ws.stride, lanes.dy, n, rows)
        if plan.has_whole_metrics and plan.cost.activates:
            from_lanes(ws.y[plan.n_stages] + i * PANEL, ws.stride, lanes.y, n, rows)
        i += LANES
    if plan.has_activities:
        add_activities(plan, ws, i0, i1, batch.part)


cdef inline double* values_of(Workspace* ws, int k) noexcept nogil:
    """Value k of all rows: 0 is their cost, then come the row metrics."""
    return ws.values + k * (ws.stride // PANEL)


cdef inline inlined keep_values(
    Workspace* ws, Py_ssize_t i, int rows, int k, vec value, double divisor,
) noexcept nogil:
    """Keep value k of the rows i, i + 1, ... of a vector."""
    cdef double* values = values_of(ws, k) + i
    cdef int r
    if rows == LANES:  # a literal number, for the compiler
        for r in range(LANES):
            values[r] = (<real*> &value)[r] / divisor
    else:
        for r in range(rows):
            values[r] = (<real*> &value)[r] / divisor


cdef void add_values(
    Plan* plan, Workspace* ws, Pass* batch, double* totals, Py_ssize_t i0, Py_ssize_t i1,
) noexcept nogil:
    """Add the values of rows, one after the other, and their whole metrics to the totals."""
    cdef Py_ssize_t i, k
    cdef Metric* metric
    cdef Outputs outputs
    for i in range(i0, i1):
        totals[0] += values_of(ws, 0)[i]
    totals[1] += i1 - i0
    for k in range(plan.n_row_metrics):
        metric = &plan.metrics[k]
        for i in range(i0, i1):
            totals[metric.at] += values_of(ws, <int> k + 1)[i]
        if metric.weighted and batch.weighted:
            for i in range(i0, i1):
                totals[metric.at + 1] += ws.w[i * PANEL]
        else:
            totals[metric.at + 1] += i1 - i0
    outputs.n, outputs.stride = plan.stages[plan.n_stages - 1].n_out, ws.stride
    outputs.y, outputs.t, outputs.class_indices = ws.y[plan.n_stages], ws.t, plan.class_indices
    outputs.w = ws.w if batch.weighted else NULL
    for k in range(plan.n_row_metrics, plan.n_metrics):
        metric = &plan.metrics[k]
        whole_metric(metric, totals + metric.at, &outputs, i0, i1)
