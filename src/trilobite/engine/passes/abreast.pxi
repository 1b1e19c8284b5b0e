# Nets of a few weights that are trained abreast: nets in lanes.
#
# A step of such a net is so little that what surrounds its arithmetic takes most of the time, and
# its last rows leave lanes empty. So up to LANES nets of one form go through their steps together,
# a net in each lane: column j of row i is a vector, and so is a weight. Which rows a net takes, the
# optimizer's step, penalties, totals and epochs are each net's own, by the functions of all nets.
#
# A lane computes what narrow.pxi does for a row of its net, in the same order, and the gradient is
# summed as the lanes of one net are: the same bits as one by one.

cdef enum:
    # Rows of a batch at most. 16 nets 2-8-8-1 took with batches of 10 rows 0.40 of the time that
    # they take one after the other, with 32 rows 0.76, with 64 rows 1.0 (Zen 4, AVX-512, float32;
    # AVX2: 8 nets 0.51, 0.83, 0.95).
    ABREAST = 32


cdef struct Abreast:
    int n                   # nets; the others of the lanes hold zeros, or what was there
    Job* jobs[LANES]
    Pass batches[LANES]
    Plan* plan              # of the first: only what all have in common is read
    vec* w                  # rows of w of a stage, its b, those of the next
    vec* slots[SLOTS]       # of the optimizers, as w
    vec* sums               # their gradient
    bint apart              # every net has its own step of the optimizer
    Constants constants     # otherwise, of all
    vec* y                  # x, then the output of every stage: columns of a batch's rows, padded
    vec* dy                 # two of them
    vec* t                  # targets
    vec* row_weights
    Lanes row               # one of each net
    Py_ssize_t widest       # columns of the widest of them
    double divisor          # of the costs of this step
    Py_ssize_t look_every   # steps between two looks at the clock
    double deadline


cdef inline Py_ssize_t padded_rows(Py_ssize_t rows) noexcept nogil:
    """As many as the passes take: whole strips, with rows that count for nothing."""
    return ceiling(rows, STRIPS) * STRIPS


cdef bint goes_abreast(const Job* job) noexcept:
    """Whether a training can go side by side with others of its form."""
    return (
        job.plan.narrow and job.batch_size <= ABREAST and not job.plan.has_whole_metrics
        and job.fed == NULL and job.block_rows == 0 and job.x.values == NULL and job.n_blocks > 0
    )


cdef bint is_alike(const Job* a, const Job* b) noexcept:
    """Whether two trainings can go side by side: the same steps of nets of one form."""
    cdef Py_ssize_t s
    if a.n != b.n or a.batch_size != b.batch_size or (a.w == NULL) != (b.w == NULL):
        return False
    if (a.divisors == NULL) != (b.divisors == NULL):
        return False
    for s in range(0 if a.divisors == NULL else a.steps):
        if a.divisors[s] != b.divisors[s]:
            return False
    return is_same_form(a.plan, b.plan)


cdef bint is_same_cost(const Cost* a, const Cost* b) noexcept:
    return (
        a.code == b.code and a.activates == b.activates and a.divisor == b.divisor
        and a.delta == b.delta
    )


cdef bint is_same_form(const Plan* a, const Plan* b) noexcept:
    """Whether nets differ in nothing that happens to rows: weights, scale, penalties may differ."""
    cdef Py_ssize_t s
    cdef int k
    cdef const Stage* p
    cdef const Stage* q
    if a.n_stages != b.n_stages or a.first_learning != b.first_learning:
        return False
    if a.class_indices != b.class_indices or a.smooth != b.smooth or a.smooth_by != b.smooth_by:
        return False
    if a.n_row_metrics != b.n_row_metrics or not is_same_cost(&a.cost, &b.cost):
        return False
    for s in range(a.n_stages):
        p, q = &a.stages[s], &b.stages[s]
        if p.n_in != q.n_in or p.n_out != q.n_out or p.activation != q.activation:
            return False
        if p.has_w != q.has_w or p.has_b != q.has_b:
            return False
        for k in range(NUMBERS):
            if p.numbers[k] != q.numbers[k]:
                return False
    return a.n_row_metrics == 0 or same_metrics(a, b)


cdef bint same_metrics(const Plan* a, const Plan* b) noexcept:
    cdef Py_ssize_t k
    cdef const Metric* p
    cdef const Metric* q
    for k in range(a.n_row_metrics):
        p, q = &a.metrics[k], &b.metrics[k]
        if p.code != q.code or p.weighted != q.weighted or p.number != q.number:
            return False
        if p.of_logits != q.of_logits or p.of_largest != q.of_largest or p.divisor != q.divisor:
            return False
        if not is_same_cost(&p.cost, &q.cost) or p.n_thresholds > 0 or q.n_thresholds > 0:
            return False
    return True


cdef void take_rows_of_net(Abreast* all, int lane, Py_ssize_t rows) noexcept nogil:
    """Put rows, targets and weights of a net's batch into its lane; `rows` with the padding."""
    cdef Job* job = all.jobs[lane]
    cdef Pass* batch = &all.batches[lane]
    cdef Reading targets = reading_of(job.t, batch.x.order, batch.x.first)
    cdef Py_ssize_t i
    if gather(<real*> all.y + lane, LANES, rows * LANES, &batch.x, 0, batch.rows) != 0:
        job.finite_input = batch.finite = False
    gather(<real*> all.t + lane, LANES, rows * LANES, &targets, 0, batch.rows)
    if batch.weighted:
        targets.x = job.w
        pack(job.ws.w, job.ws.stride, &targets, 0, batch.rows)
        for i in range(batch.rows):
            (<real*> &all.row_weights[i])[lane] = job.ws.w[i * PANEL]


cdef void exchange(Abreast* all, int lane, bint back) noexcept nogil:
    """Put the weights of a net, and its optimizer's state, into its lane, or take them back."""
    cdef Job* job = all.jobs[lane]
    cdef int k
    exchange_arrays(job.plan, lane, back, all.w, NULL)
    for k in range(SLOTS):
        if job.descent.slots[k] != NULL and not all.apart:
            exchange_arrays(job.plan, lane, back, all.slots[k], job.descent.slots[k])


cdef void exchange_arrays(
    const Plan* plan, int lane, bint back, vec* lanes, real* slot,
) noexcept nogil:
    """The same of the weights or, where they are trained, of a slot."""
    cdef const Stage* stage
    cdef real* w
    cdef real* row
    cdef real* in_lane = <real*> lanes + lane
    cdef Py_ssize_t s, j, k, q
    for s in range(plan.n_stages):
        stage = &plan.stages[s]
        w = stage.w if slot == NULL else slot + stage.at
        if slot != NULL and stage.size == 0:
            in_lane += sums_of_stage(stage) * LANES
            continue
        for k in range(stage.n_in + 1):
            for q in range(ceiling(stage.n_out, PANEL)):
                row = w + q * stage.w_stride + k * PANEL
                if k == stage.n_in:
                    row = w + (stage.b - stage.w) + q * PANEL
                for j in range(min(<Py_ssize_t> PANEL, stage.n_out - q * PANEL)):
                    if back:
                        row[j] = in_lane[0]
                    else:
                        in_lane[0] = row[j]
                    in_lane += LANES


cdef void take_from_lane(int lane, const vec* lanes, real* numbers, Py_ssize_t n) noexcept nogil:
    """What is in a lane of n vectors, one after the other."""
    cdef const real* out = <const real*> lanes + lane
    cdef Py_ssize_t i
    for i in range(n):
        numbers[i] = out[i * LANES]


cdef inline inlined dense_of_nets(
    Py_ssize_t rows, const Stage* stage, const vec* w, const vec* x, vec* y,
) noexcept nogil:
    """y = x @ w + b of STRIPS rows, two columns at a time, as dense_in_lanes"""
    cdef vec acc[2][STRIPS]
    cdef Py_ssize_t j, k, n = stage.n_out
    cdef const vec* b = w + stage.n_in * n
    cdef int r
    for j in range(0, n, 2):
        for r in range(STRIPS):
            acc[0][r], acc[1][r] = b[j], b[j + 1]
        for k in range(stage.n_in):
            for r in range(STRIPS):
                acc[0][r] += w[k * n + j] * x[k * rows + r]
                acc[1][r] += w[k * n + j + 1] * x[k * rows + r]
        for r in range(STRIPS):
            y[j * rows + r], y[(j + 1) * rows + r] = acc[0][r], acc[1][r]


cdef inline inlined d_dense_of_nets(
    Py_ssize_t rows, const Stage* stage, const vec* w, const vec* dz, vec* dx,
) noexcept nogil:
    """dx = dz @ w.T"""
    cdef vec acc[2][STRIPS]
    cdef Py_ssize_t j, k, n = stage.n_out
    cdef int r
    for k in range(0, stage.n_in, 2):
        for r in range(STRIPS):
            acc[0][r] = acc[1][r] = splat(0)
        for j in range(n):
            for r in range(STRIPS):
                acc[0][r] += w[k * n + j] * dz[j * rows + r]
                acc[1][r] += w[(k + 1) * n + j] * dz[j * rows + r]
        for r in range(STRIPS):
            dx[k * rows + r], dx[(k + 1) * rows + r] = acc[0][r], acc[1][r]


cdef void multiply_of_nets(
    bint back, Py_ssize_t rows, const Stage* stage, const vec* w, const vec* of, vec* out,
) noexcept nogil:
    """out = of @ w + b, or back out = of @ w.T"""
    cdef Py_ssize_t i = 0
    while i < rows:
        if back:
            d_dense_of_nets(rows, stage, w, of + i, out + i)
        else:
            dense_of_nets(rows, stage, w, of + i, out + i)
        i += STRIPS


cdef inline formula sum_of_rows(
    int lanes, Py_ssize_t rows, const vec* x, const vec* dz,
) noexcept nogil:
    """sum(x dz), or sum(dz) where x is NULL: row i is of lane i % LANES of its net, and lanes are
    added up as in sum_of_bands. In so many lanes there are rows: a number for the compiler."""
    cdef vec sums[LANES]
    cdef Py_ssize_t i
    cdef int lane, half = LANES // 2
    for lane in range(LANES):
        sums[lane] = splat(0)
    for lane in range(lanes):
        sums[lane] += dz[lane] if x == NULL else x[lane] * dz[lane]
    for i in range(LANES, rows if lanes == LANES else 0):
        sums[i % LANES] += dz[i] if x == NULL else x[i] * dz[i]
    while half > 0:
        for lane in range(half):
            sums[lane] += sums[lane + half]
        half //= 2
    return sums[0]


cdef inline inlined weights_of_lanes(
    int lanes, Py_ssize_t rows, const Stage* stage, const vec* x, const vec* dz, vec* sums,
) noexcept nogil:
    cdef Py_ssize_t j, k
    for k in range(stage.n_in):
        for j in range(stage.n_out):
            sums[k * stage.n_out + j] = sum_of_rows(lanes, rows, x + k * rows, dz + j * rows)
    for j in range(stage.n_out):
        sums[stage.n_in * stage.n_out + j] = sum_of_rows(lanes, rows, NULL, dz + j * rows)


cdef void weights_of_nets(
    Py_ssize_t rows, const Stage* stage, const vec* x, const vec* dz, vec* sums,
) noexcept nogil:
    """dw = x.T @ dz,  db = sum(dz)"""
    if rows >= LANES:
        weights_of_lanes(LANES, rows, stage, x, dz, sums)
    elif rows == 12:
        weights_of_lanes(min(12, LANES), rows, stage, x, dz, sums)
    elif rows == 8:
        weights_of_lanes(min(8, LANES), rows, stage, x, dz, sums)
    else:
        weights_of_lanes(min(4, LANES), rows, stage, x, dz, sums)


cdef void activate_of_nets(
    Py_ssize_t rows, const Stage* stage, bint back, vec* y, vec* dy,
) noexcept nogil:
    """As activate_lanes"""
    cdef Py_ssize_t pairs = ceiling(stage.n_out * rows, VECTORS)
    if back:
        d_activate(stage.activation, stage.numbers, pairs, VECTORS, <real*> dy, <real*> y)
    else:
        activate(stage.activation, stage.numbers, pairs, VECTORS, <real*> y)


cdef void cost_of_nets(
    Abreast* all, Py_ssize_t rows, vec* y, vec* dy, real weight,
) noexcept nogil:
    """Cost and metrics of the rows, kept for each net, and dy, which is 0 behind the last row."""
    cdef Plan* plan = all.plan
    cdef Pass* batch = &all.batches[0]
    cdef Py_ssize_t i, j, n = plan.stages[plan.n_stages - 1].n_out
    cdef vec value, row_weights = splat(1)
    cdef double divisor
    cdef int k, lane
    for j in range(n):
        for i in range(batch.rows, rows):
            dy[j * rows + i] = splat(0)
    for i in range(batch.rows):
        for j in range(n):
            all.row.y[j] = y[j * rows + i]
        for j in range(1 if plan.class_indices else n):
            all.row.t[j] = all.t[j * rows + i]
        if batch.weighted:
            row_weights = all.row_weights[i]
        value = cost_of_lanes(plan, &all.row, n, batch.weighted, row_weights, weight)
        for j in range(n):
            dy[j * rows + i] = all.row.dy[j]
        for k in range(plan.n_row_metrics + 1):
            divisor = plan.cost.divisor / batch.scale
            if k > 0:
                value = metric_of_lanes(
                    &plan.metrics[k - 1], &all.row, n, batch.weighted, row_weights
                )
                divisor = plan.metrics[k - 1].divisor
            for lane in range(all.n):
                values_of(all.jobs[lane].ws, k)[i] = (<real*> &value)[lane] / divisor


cdef void gradients_of_nets(Abreast* all, Py_ssize_t rows, real weight) noexcept nogil:
    """Take the batch of every net forward and back."""
    cdef Plan* plan = all.plan
    cdef Stage* stage
    cdef Py_ssize_t i, j, s, n = plan.n_stages
    cdef vec* w = all.w
    cdef vec* sums = all.sums
    cdef vec* y = all.y
    cdef vec* x = y
    cdef vec* dy = all.dy
    cdef vec* dx = dy + (all.widest + 1) * rows
    for j in range(plan.stages[0].n_in):
        for i in range(all.batches[0].rows, rows):
            y[j * rows + i] = splat(0)
    for s in range(n):
        stage = &plan.stages[s]
        x, y = y, y + (stage.n_in + 1) * rows
        multiply_of_nets(False, rows, stage, w, x, y)
        if s < n - 1 or not plan.cost.activates:
            activate_of_nets(rows, stage, False, y, NULL)
        w += sums_of_stage(stage)
        sums += sums_of_stage(stage)
    cost_of_nets(all, rows, y, dy, weight)
    for s in range(n - 1, plan.first_learning - 1, -1):
        stage = &plan.stages[s]
        if s < n - 1 or not plan.cost.activates:
            activate_of_nets(rows, stage, True, y, dy)
        w -= sums_of_stage(stage)
        sums -= sums_of_stage(stage)
        x = y - (stage.n_in + 1) * rows
        if stage.has_w or stage.has_b:
            weights_of_nets(rows, stage, x, dy, sums)
        if s > plan.first_learning:
            multiply_of_nets(True, rows, stage, w, dy, dx)
            dy, dx = dx, dy
        y = x
