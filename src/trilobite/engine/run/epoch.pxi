# A training as its team sees it, and what begins and ends its chunks, steps and epochs.

cdef enum:  # why train_member returned
    PAUSED
    EPOCH
    NONFINITE
    BAD_INPUT

cdef enum:
    # Rows of a batch worked on at once. With 128 steps of 512 and 1024 rows took 3 to 9 % longer
    # (784-64-64-10, 64-100-10 and 20-64-64-2, two threads, Zen 4); 512 gained nothing.
    CHUNK = 256
    ORDERED_AT_ONCE = 1 << 17   # rows, before the clock is looked at: at worst some 20 ms


cdef struct Job:
    Plan* plan
    Workspace* ws
    Descent* descent
    Array* x
    Array* t
    Array* w                # NULL: no weights of rows
    Py_ssize_t* fed         # rows of the next steps, which lie one behind the other; NULL: epochs
    Py_ssize_t n_fed        # of such steps
    Py_ssize_t start        # the first row of the first one
    int64_t* order          # rows in the order of this epoch; NULL: as they lie
    Py_ssize_t n, batch_size
    int team_size
    Py_ssize_t n_blocks
    Block* blocks
    real* gradient          # NULL where no gradient is kept
    real* before            # parameters and state from before this epoch
    Constants constants_before
    double* rates           # of the next steps; NULL: as the constants say
    Py_ssize_t n_rates
    double* costs           # of the steps done at rates, one each
    Py_ssize_t n_costs      # so many
    double cost_before      # the total of the costs of the epoch before this step
    double* divisors        # of the steps of an epoch; NULL: their rows, and penalties whole
    Py_ssize_t most_rows    # of a chunk
    Py_ssize_t n_legs       # of the way of the rows: forward and, from n_stages on, backward
    Py_ssize_t* legs        # where on it they begin; the end of the way
    uint64_t seed
    bint shuffle, own_order
    Py_ssize_t ordered      # of the rows in the order of an epoch that is to begin
    uint64_t shuffling      # the state of their shuffle
    # Where rows are shuffled in blocks, `order` holds those of the steps from this one to `ordered`
    # alone, at the beginning of `window`.
    Py_ssize_t block_rows, blocks_at_once   # 0: they are not
    Py_ssize_t n_row_blocks, block_taken    # in all; so many of them are in the order
    int64_t* block_order
    int64_t* window
    bint far                # rows that come next have to be asked for
    Py_ssize_t first_epoch, epoch, until_epoch
    Py_ssize_t step, steps, chunk, rows_done, steps_left
    Py_ssize_t rows_seen    # in all epochs
    Py_ssize_t leg, slice   # of the chunk, to go on with in this run of the team
    Py_ssize_t next_leg, next_slice  # and in the next one
    bint[2] pauses          # before this slice; before the next one
    Py_ssize_t look_every, until_look       # steps between two looks at the clock; to the next
    double between          # seconds of this run spent between epochs
    bint begun, finite_input
    double* totals          # over the rows of this epoch so far
    double* history         # those of epochs finished last, a row each
    Py_ssize_t n_history    # so many
    double deadline         # seconds of the monotonic clock
    int status
    bint stop


cdef void put_blocks_in_order(Job* job, Py_ssize_t start) noexcept nogil:
    """Have the order of the rows of the step that begins at `start`, and of a few more."""
    cdef Py_ssize_t until = min(job.n, start + job.batch_size)
    if job.ordered >= until:
        return
    memmove(job.window, job.order + start, (job.ordered - start) * sizeof(int64_t))
    job.order = job.window - start
    while job.ordered < until:
        job.ordered = shuffle_blocks(
            job.order, job.ordered, job.n, job.block_rows, job.block_order + job.block_taken,
            min(job.blocks_at_once, job.n_row_blocks - job.block_taken), &job.shuffling,
        )
        job.block_taken += job.blocks_at_once


cdef bint put_in_order(Job* job) noexcept nogil:
    """Go on with the order of the next epoch until the deadline; returns whether it is done."""
    cdef Py_ssize_t i, until
    if job.order == NULL:
        return True
    if job.block_rows > 0 or job.ordered == 0:
        job.shuffling = state_of_epoch(job.seed, job.first_epoch + job.epoch)
    if job.block_rows > 0:
        shuffle(job.block_order, 0, job.n_row_blocks, &job.shuffling)
        job.order, job.ordered, job.block_taken = job.window, 0, 0
        put_blocks_in_order(job, 0)
        return True
    if job.own_order:
        job.ordered = job.n
    while job.ordered < job.n:
        until = min(job.n, job.ordered + ORDERED_AT_ONCE)
        if job.shuffle:
            shuffle(job.order, job.ordered, until, &job.shuffling)
        else:
            for i in range(job.ordered, until):
                job.order[i] = i
        job.ordered = until
        if until < job.n and seconds_now() > job.deadline:
            return False
    job.ordered, job.own_order = 0, False
    return True


cdef void keep_parameters(Job* job) noexcept nogil:
    """Copy the parameters that training changes, stage after stage."""
    cdef Py_ssize_t s
    cdef Stage* stage
    cdef real* kept = job.before
    for s in range(job.plan.n_stages):
        stage = &job.plan.stages[s]
        if stage.size > 0:
            memcpy(kept, stage.w, stage.size * sizeof(real))
            kept += stage.size


cdef void restore_parameters(Job* job) noexcept nogil:
    """Put what `keep_parameters` has copied back."""
    cdef Py_ssize_t s
    cdef Stage* stage
    cdef const real* kept = job.before
    for s in range(job.plan.n_stages):
        stage = &job.plan.stages[s]
        if stage.size > 0:
            memcpy(stage.w, kept, stage.size * sizeof(real))
            kept += stage.size


cdef bint begin_epoch(Job* job) noexcept nogil:
    """Begin an epoch; returns False if the deadline came before, and it is to be called again."""
    cdef Py_ssize_t k
    cdef double begun = seconds_now()
    cdef real* kept = job.before + job.plan.n_changed
    if not put_in_order(job):
        job.status = PAUSED
        return False
    keep_parameters(job)
    for k in range(SLOTS):
        if job.descent.slots[k] != NULL:
            memcpy(kept, job.descent.slots[k], job.plan.n_trained * sizeof(real))
            kept += job.plan.n_trained
    job.constants_before = job.descent.constants
    memset(job.totals, 0, job.plan.n_totals * sizeof(double))
    job.cost_before = 0
    job.step = job.chunk = job.next_leg = job.next_slice = job.rows_done = 0
    job.begun = True
    job.between += seconds_now() - begun
    return True


cdef inline double part_of_penalties(Job* job) noexcept nogil:
    """What the penalties are multiplied by in this step: 1, or a divisor's inverse."""
    return 1 if job.divisors == NULL else 1 / job.divisors[job.step]


cdef inline bint lacks_something(Job* job) noexcept nogil:
    """Whether the rate of the next step is not known, or its rows are not."""
    return (job.rates != NULL and job.n_rates == 0) or (job.fed != NULL and job.n_fed == 0)


cdef inline bint no_steps_left(Job* job) noexcept nogil:
    """Whether all steps are done that were asked for, or can be done."""
    return job.steps_left == 0 or lacks_something(job)


cdef void take_fed(Job* job) noexcept nogil:
    """Go on with the first of the batches that are left."""
    job.batch_size = job.fed[0]
    job.n = job.start + job.batch_size


cdef void end_chunk(Job* job, Pass* batch) noexcept nogil:
    """Add up what a chunk has measured, and say whether and why the run ends."""
    cdef Py_ssize_t k, rows = batch.rows
    add_values(job.plan, job.ws, batch, job.totals, 0, rows)
    if job.plan.penalized:
        for k in range(job.n_blocks):
            job.totals[0] += rows * job.blocks[k].penalty * part_of_penalties(job)
    job.rows_done += rows
    job.rows_seen += rows
    job.chunk += 1
    job.leg = job.slice = job.next_leg = job.next_slice = 0
    if batch.ends:
        if job.rates != NULL:
            job.costs[job.n_costs] = (job.totals[0] - job.cost_before) / (batch.first + rows)
            job.n_costs += 1
            job.rates += 1
            job.n_rates -= 1
        job.cost_before = job.totals[0]
        job.chunk = 0
        job.step += 1
        job.steps_left -= 1
        if job.block_rows > 0 and job.step < job.steps:
            put_blocks_in_order(job, job.step * job.batch_size)
        if job.fed != NULL:
            job.start += job.fed[0]
            job.fed += 1
            job.n_fed -= 1
            if job.n_fed > 0:
                take_fed(job)
    if not job.finite_input:
        job.status = BAD_INPUT
        job.stop = True
        return
    if not isfinite(job.totals[0]):
        job.status = NONFINITE
        job.stop = True
        return
    if job.chunk == 0:
        if job.plan.normalizes:
            move_statistics(job.plan, job.ws)
        job.descent.constants.iterations += job.n_blocks > 0
        job.until_look -= 1
    cdef bint over = job.chunk == 0 and no_steps_left(job)
    if not over and (job.chunk > 0 or job.until_look <= 0):
        job.until_look = job.look_every
        over = seconds_now() > job.deadline
    if over:
        job.status = PAUSED
        job.stop = True


cdef bint finite_parameters(Plan* plan) noexcept nogil:
    cdef Py_ssize_t s, i
    cdef vec check = splat(0)
    for s in range(plan.n_stages):
        for i in range(plan.stages[s].size // LANES):  # which are whole panels
            check += (<vec*> plan.stages[s].w)[i] * splat(0)
    return sum_lanes(check) == 0


cdef void end_epoch(Job* job) noexcept nogil:
    if job.stop and job.status != PAUSED:
        return
    if not finite_parameters(job.plan):
        job.status = NONFINITE
        job.stop = True
        return
    memcpy(
        job.history + job.n_history * job.plan.n_totals, job.totals,
        job.plan.n_totals * sizeof(double),
    )
    job.n_history += 1
    job.epoch += 1
    job.begun = False
    if job.epoch == job.until_epoch:
        job.status = EPOCH
        job.stop = True
    elif not job.stop:
        job.stop = not begin_epoch(job)
