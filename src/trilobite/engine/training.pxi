# What the members of a team do: `train_member` walks epochs, `sweep_member` goes over rows once.

cdef enum:  # why train_member returned
    PAUSED
    EPOCH
    NONFINITE
    BAD_INPUT

cdef enum:
    CHUNK = 256             # rows of a batch worked on at once
    SWEEP_ROWS = 128        # rows of a sweep worked on at once by one thread


cdef struct Job:
    Plan* plan
    Workspace* ws
    Array* x
    Array* t
    int64_t* order          # rows in the order of this epoch
    Py_ssize_t n, batch_size
    int team_size
    Py_ssize_t n_blocks
    Block* blocks
    Py_ssize_t n_parameters
    real* gradient          # NULL where a batch is one chunk
    real* before            # the parameters from before this epoch
    real learning_rate
    uint64_t seed
    bint shuffle, own_order
    Py_ssize_t first_epoch, epoch, until_epoch
    Py_ssize_t step, steps, rows_done, look_every, steps_left
    bint begun, finite_input
    double* totals          # over the rows of this epoch so far: the cost, then the metrics
    double* history         # their means, a row per finished epoch
    double deadline         # seconds of the monotonic clock
    int status
    bint stop


cdef double now() noexcept nogil:
    cdef timespec t
    clock_gettime(CLOCK_MONOTONIC, &t)
    return t.tv_sec + 1e-9 * t.tv_nsec


cdef uint64_t next_random(uint64_t* state) noexcept nogil:
    """SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014)."""
    state[0] += <uint64_t> 0x9E3779B97F4A7C15
    cdef uint64_t z = state[0]
    z = (z ^ (z >> 30)) * <uint64_t> 0xBF58476D1CE4E5B9
    z = (z ^ (z >> 27)) * <uint64_t> 0x94D049BB133111EB
    return z ^ (z >> 31)


cdef void shuffle(int64_t* order, Py_ssize_t n, uint64_t seed, uint64_t epoch) noexcept nogil:
    """A permutation of 0 .. n-1 that depends on the seed and the epoch alone (Fisher and Yates)."""
    cdef uint64_t state = seed
    cdef Py_ssize_t i, j
    state = next_random(&state) ^ epoch
    state = next_random(&state)
    for i in range(n):  # inside out: the identity and its shuffle in one pass
        j = below(next_random(&state), i + 1)
        order[i] = order[j]
        order[j] = i


cdef void begin_epoch(Job* job) noexcept nogil:
    cdef Py_ssize_t i
    if job.own_order:
        job.own_order = False
    elif job.shuffle:
        shuffle(job.order, job.n, job.seed, job.first_epoch + job.epoch)
    else:
        for i in range(job.n):
            job.order[i] = i
    memcpy(job.before, job.plan.parameters, job.n_parameters * sizeof(real))
    memset(job.totals, 0, (1 + job.plan.n_metrics) * sizeof(double))
    job.step = job.rows_done = 0
    job.begun = True


cdef void end_chunk(Job* job, Py_ssize_t rows) noexcept nogil:
    cdef Py_ssize_t i, k, n_values = 1 + job.plan.n_metrics
    for i in range(rows):
        for k in range(n_values):
            job.totals[k] += job.ws.values[i * n_values + k]
    job.rows_done += rows


cdef void end_step(Job* job) noexcept nogil:
    job.step += 1
    job.steps_left -= 1
    if not job.finite_input:
        job.status = BAD_INPUT
        job.stop = True
    elif not isfinite(job.totals[0]):
        job.status = NONFINITE
        job.stop = True
    elif job.steps_left == 0 or (job.step % job.look_every == 0 and now() > job.deadline):
        job.status = PAUSED
        job.stop = True


cdef void end_epoch(Job* job) noexcept nogil:
    cdef Py_ssize_t i, n_values = 1 + job.plan.n_metrics
    cdef vec check = splat(0)
    if job.stop and job.status != PAUSED:
        return
    for i in range(job.n_parameters // LANES):
        check += (<vec*> job.plan.parameters)[i] * 0
    if sum_lanes(check) != 0:
        job.status = NONFINITE
        job.stop = True
        return
    for i in range(n_values):
        job.history[job.epoch * n_values + i] = job.totals[i] / job.n
    job.epoch += 1
    job.begun = False
    if job.epoch == job.until_epoch:
        job.status = EPOCH
        job.stop = True
    elif not job.stop:
        begin_epoch(job)


cdef void train_member(void* of, int member, void* team) noexcept nogil:
    cdef Job* job = <Job*> of
    cdef Plan* plan = job.plan
    cdef Workspace* ws = job.ws
    cdef Py_ssize_t size = job.team_size
    cdef Py_ssize_t start, m, chunks, c, first, rows, i0, i1, k
    while not job.stop:
        start = job.step * job.batch_size
        m = min(job.batch_size, job.n - start)
        chunks = ceiling(m, CHUNK)
        for c in range(chunks):
            first = start + m * c // chunks
            rows = start + m * (c + 1) // chunks - first
            i0 = rows * member // size
            i1 = rows * (member + 1) // size
            if not pack(ws.y[0], ws.stride, job.x, job.order, first, i0, i1, plan.scale, plan.offset):
                job.finite_input = False
            pack_targets(plan, ws, job.t, job.order, first, i0, i1)
            forward(plan, ws, i0, i1, plan.cost_activates)
            cost_and_metrics(plan, ws, i0, i1, <real> (1.0 / m))
            backward(plan, ws, i0, i1)
            barrier(team)
            for k in range(job.n_blocks * member // size, job.n_blocks * (member + 1) // size):
                update(
                    plan, ws, job.blocks[k], rows, job.learning_rate, job.gradient, c == 0, c == chunks - 1
                )
            if member == 0:
                end_chunk(job, rows)
                if c == chunks - 1:
                    end_step(job)
            barrier(team)
        if start + m == job.n:
            if member == 0:
                end_epoch(job)
            barrier(team)


cdef struct Sweep:          # forward propagation of all rows, once
    Plan* plan
    Workspace* ws
    Array* x
    Array* t                # NULL: the outputs are wanted
    Py_ssize_t n
    int team_size
    real* out               # (n, n_out)
    double* sums            # of every SWEEP_ROWS rows: the cost, then the metrics
    bint finite_input


cdef void sweep_member(void* of, int member, void* team) noexcept nogil:
    cdef Sweep* sweep = <Sweep*> of
    cdef Plan* plan = sweep.plan
    cdef Workspace* ws = sweep.ws
    cdef Py_ssize_t n_values = 1 + plan.n_metrics, n_out = plan.stages[plan.n_stages - 1].n_out
    cdef Py_ssize_t k, i, j, first, i0 = SWEEP_ROWS * member, i1
    cdef real* y = ws.y[plan.n_stages]
    k = member
    while k < ceiling(sweep.n, SWEEP_ROWS):
        first = SWEEP_ROWS * k - i0
        i1 = i0 + min(<Py_ssize_t> SWEEP_ROWS, sweep.n - SWEEP_ROWS * k)
        if not pack(ws.y[0], ws.stride, sweep.x, NULL, first, i0, i1, plan.scale, plan.offset):
            sweep.finite_input = False
        forward(plan, ws, i0, i1, sweep.t != NULL and plan.cost_activates)
        if sweep.t == NULL:
            for i in range(i0, i1):
                unpack_row(sweep.out + (first + i) * n_out, y + i * PANEL, ws.stride, n_out)
        else:
            pack_targets(plan, ws, sweep.t, NULL, first, i0, i1)
            cost_and_metrics(plan, ws, i0, i1, 1)
            for i in range(i0, i1):
                for j in range(n_values):
                    sweep.sums[k * n_values + j] += ws.values[i * n_values + j]
        k += sweep.team_size
