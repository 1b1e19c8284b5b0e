# What a member of the team does in an epoch of mini-batch stochastic gradient descent.

cdef inline Py_ssize_t share(Plan* plan, Py_ssize_t rows, Py_ssize_t k, int size) noexcept nogil:
    """The first of the rows of member k: of whole groups or bands where there are any."""
    cdef Py_ssize_t group = GROUP if plan.normalizes else BAND if plan.narrow else 1
    return min(rows, group * cut(ceiling(rows, group), k, size))


cdef int by_place(const void* a, const void* b) noexcept nogil:
    cdef const Block* first = <const Block*> a
    cdef const Block* second = <const Block*> b
    if first.place != second.place:
        return 1 if first.place > second.place else -1
    if first.s != second.s:
        return 1 if first.s > second.s else -1
    return (first.q > second.q) - (first.q < second.q)


cdef void sort_blocks(Block* blocks, Py_ssize_t n) noexcept nogil:
    """Sort by place: a member whose blocks follow each other has the same columns of x in the
    gradient of the first stage as in its product."""
    qsort(blocks, n, sizeof(Block), by_place)


cdef void list_blocks(Job* job) noexcept nogil:
    """Say what each of the blocks of the parameters is, in the order of their places."""
    cdef Py_ssize_t s, p, q, k
    cdef int of
    k = 0
    for s in range(job.plan.n_stages):
        if job.plan.stages[s].has_w or job.plan.stages[s].has_b:
            for p in range(ceiling(job.plan.stages[s].n_rows, PANEL)):
                for q in range(ceiling(job.plan.stages[s].n_out, PANEL)):
                    job.blocks[k].s, job.blocks[k].p, job.blocks[k].q = s, p, q
                    job.blocks[k].work = vectors_of(q, job.plan.stages[s].n_out) * min(
                        <Py_ssize_t> PANEL, job.plan.stages[s].n_rows - p * PANEL
                    )
                    for of in range(ARRAYS):
                        job.blocks[k].arrays[of] = place_of(job.plan, &job.blocks[k], of)
                    job.blocks[k].place = (p + 0.5) / ceiling(job.plan.stages[s].n_rows, PANEL)
                    k += 1
    sort_blocks(job.blocks, job.n_blocks)


cdef Py_ssize_t first_block(Job* job, int member) noexcept nogil:
    """The first of the blocks of a member: all have as much to multiply, as far as blocks allow."""
    cdef Py_ssize_t k, all = 0, before = 0
    for k in range(job.n_blocks):
        all += job.blocks[k].work
    for k in range(job.n_blocks):
        if (2 * before + job.blocks[k].work) * job.team_size >= 2 * all * member:
            return k
        before += job.blocks[k].work
    return job.n_blocks


cdef struct Duty:           # of a member of the team in the first product
    Py_ssize_t groups       # of members, each with its parts of the product; 1: there is no duty
    Py_ssize_t part, until_part
    int member, size        # of a group, who share its rows
    Array x                 # the columns of these parts


cdef Duty duty_of(Job* job, int member) noexcept nogil:
    cdef Plan* plan = job.plan
    cdef Duty duty
    cdef Py_ssize_t each
    duty.groups = plan.n_parts
    if job.ws.sparse or job.team_size % plan.n_parts != 0:
        duty.groups = 1
    duty.size = job.team_size // <int> duty.groups
    duty.member = member % duty.size
    each = plan.n_parts // duty.groups
    duty.part = member // duty.size * each
    duty.until_part = duty.part + each
    duty.x = job.x[0]
    if duty.groups > 1:
        duty.x = columns_of(
            job.x, first_column(plan, duty.part), first_column(plan, duty.until_part)
        )
    return duty


cdef double take_chunk(Job* job, Pass* batch) noexcept nogil:
    """Let the pass know the rows that are worked on now; returns the divisor of their step."""
    cdef Py_ssize_t start = job.start if job.fed != NULL else job.step * job.batch_size
    cdef Py_ssize_t m = min(job.batch_size, job.n - start)
    cdef Py_ssize_t chunks = ceiling(m, job.most_rows)
    cdef double divisor = m if job.divisors == NULL else job.divisors[job.step]
    batch.first = cut(m, job.chunk, chunks)
    batch.rows = cut(m, job.chunk + 1, chunks) - batch.first
    batch.x.first, batch.x.order = start + batch.first, job.order
    batch.last = job.chunk == chunks - 1
    batch.slices = ceiling(batch.rows, CHUNK)
    batch.scale, batch.part = m / divisor, part_of_penalties(job)
    batch.of_row = batch.part / m
    batch.key = key_of_step(job.seed, job.first_epoch + job.epoch, job.step)
    return divisor


cdef void take_slice(Pass* batch, Py_ssize_t k) noexcept nogil:
    """Let the pass know its slice k: whole groups of rows."""
    cdef Py_ssize_t groups = ceiling(batch.rows, GROUP)
    batch.i0 = min(batch.rows, GROUP * cut(groups, k, batch.slices))
    batch.i1 = min(batch.rows, GROUP * cut(groups, k + 1, batch.slices))
    batch.begins = batch.first == 0 and k == 0
    batch.ends = batch.last and k == batch.slices - 1


cdef void take_rows(
    Job* job, Pass* batch, const Duty* duty, Py_ssize_t leg, real weight,
) noexcept nogil:
    """Take a member's rows of a slice through a leg of their way."""
    cdef Plan* plan = job.plan
    cdef Workspace* ws = job.ws
    cdef Py_ssize_t n = plan.n_stages, rows = batch.i1 - batch.i0
    cdef Py_ssize_t t0 = job.legs[leg], t1 = job.legs[leg + 1]
    cdef Py_ssize_t i0 = batch.i0 + share(plan, rows, batch.member, job.team_size)
    cdef Py_ssize_t i1 = batch.i0 + share(plan, rows, batch.member + 1, job.team_size)
    if leg == 0:
        pack_targets(ws, batch, job.t, job.w, i0, i1)
    if plan.narrow:
        train_narrow(plan, ws, batch, i0, i1, weight)
        if not batch.finite:
            job.finite_input = False
        return
    if leg == 0:
        read_rows(plan, ws, batch, i0, i1)
        if duty.groups > 1:
            multiply_parts(
                plan, ws, batch, duty.part, duty.until_part,
                batch.i0 + share(plan, rows, duty.member, duty.size),
                batch.i0 + share(plan, rows, duty.member + 1, duty.size),
            )
            barrier(batch.team)
    elif batch.i0 == 0 and t0 < n:
        add_groups(&plan.stages[t0], ws, batch, t0)
    elif batch.i0 == 0:
        d_add_groups(&plan.stages[2 * n - 1 - t0], ws, batch, 2 * n - 1 - t0)
    forward(plan, ws, batch, min(t0, n), min(t1, n), i0, i1, plan.cost.activates)
    if not batch.finite:
        job.finite_input = False
    if t0 < n <= t1:
        cost_and_metrics(plan, ws, batch, i0, i1, weight)
    backward(plan, ws, batch, 2 * n - max(t0, n), 2 * n - max(t1, n), i0, i1)
    if leg == job.n_legs - 1:
        return
    if t1 < n:
        sum_groups(&plan.stages[t1], ws, batch, t1, i0, i1)
    else:
        d_sum_groups(&plan.stages[2 * n - 1 - t1], ws, batch, 2 * n - 1 - t1, i0, i1)


cdef void take_weights(
    Job* job, Pass* batch, const Duty* duty, Py_ssize_t k0, Py_ssize_t k1,
) noexcept nogil:
    """Take a member's blocks through the third phase: gradients, with the last slice the step."""
    cdef Py_ssize_t k
    cdef Ahead following
    following.array = &duty.x
    look_ahead_to_next(&following, job, batch, duty, k1 - k0)
    if job.ws.sparse:
        sort_entries(job.plan, job.ws, batch, job.blocks, k0, k1)
    for k in range(k0, k1):
        update(job.plan, job.ws, job.descent, batch, &job.blocks[k], job.gradient, &following)
    if job.descent.clips_norm and batch.ends:
        barrier(batch.team)
        update_all_clipped(job, k0, k1)
    if job.plan.constrained and batch.ends:
        barrier(batch.team)
        constrain_all(job.plan, batch.member, job.team_size)


cdef void before_slice(
    Job* job, const Pass* batch, Py_ssize_t leg, Py_ssize_t slice, bint* pauses,
) noexcept nogil:
    """Prepare the step if the slice that comes next makes it, otherwise look at the clock: the
    first member does that."""
    if leg == job.n_legs and slice == batch.slices - 1:
        if batch.last:
            if job.rates != NULL:
                job.descent.constants.learning_rate = job.rates[0]
            prepare(&job.descent.constants)
    elif batch.slices > 1 and seconds_now() > job.deadline:
        job.next_leg, job.next_slice, job.status = leg, slice, PAUSED
        pauses[0] = True


cdef void look_ahead_to_next(
    Ahead* following, Job* job, const Pass* batch, const Duty* duty, Py_ssize_t blocks,
) noexcept nogil:
    """Ask for a member's share of the rows that come next, while it updates so many blocks."""
    cdef Py_ssize_t next = batch.x.first + batch.rows if job.far else 0
    cdef Py_ssize_t known = job.ordered if job.block_rows > 0 else job.n
    cdef Py_ssize_t rows = min(batch.rows, known - next) if job.far and batch.slices == 1 else 0
    cdef Py_ssize_t i0 = cut(rows, duty.member, duty.size)
    look_ahead(
        following, job.order + next + i0, cut(rows, duty.member + 1, duty.size) - i0,
        blocks * ceiling(PANEL, TILE_ROWS), batch.rows,
    )


cdef void update_all_clipped(Job* job, Py_ssize_t k0, Py_ssize_t k1) noexcept nogil:
    """The steps of the blocks k0 to k1 where the norm of their array, or of all, is clipped."""
    cdef bint of_all = job.descent.constants.given.clipnorm == 0
    cdef double norms[ARRAYS]
    cdef Py_ssize_t s, k
    for s in range(1 if of_all else job.plan.n_stages):
        norms_of(job.blocks, job.n_blocks, of_all, s, norms)
        for k in range(k0, k1):
            if of_all or job.blocks[k].s == s:
                update_clipped(job.plan, job.descent, &job.blocks[k], norms, job.gradient)


cdef void train_member(void* of, int member, void* team) noexcept nogil:
    cdef Job* job = <Job*> of
    cdef Py_ssize_t leg, slice, k, k0, k1
    cdef double divisor
    cdef int turn = 0
    cdef Pass batch
    cdef Duty duty = duty_of(job, member)
    batch.member, batch.team, batch.weighted, batch.abreast = member, team, job.w != NULL, False
    batch.x, batch.finite = reading_of(job.x, job.order, 0), True
    batch.x.scale, batch.x.offset = job.plan.scale, job.plan.offset
    batch.multiplied = duty.groups > 1
    k0, k1 = first_block(job, member), first_block(job, member + 1)
    while not job.stop:
        divisor = take_chunk(job, &batch)
        leg, slice = job.leg, job.slice
        take_slice(&batch, slice)
        if job.plan.penalized and batch.begins and leg == 0:
            for k in range(k0, k1):
                job.blocks[k].penalty = penalty_of(job.plan, &job.blocks[k])
        while True:
            if leg < job.n_legs:
                take_rows(job, &batch, &duty, leg, <real> (1 / divisor))
            else:
                take_weights(job, &batch, &duty, k0, k1)
            if leg == job.n_legs and slice == batch.slices - 1:
                break
            slice += 1
            if slice == batch.slices:
                leg, slice = leg + 1, 0
            if member == 0:
                before_slice(job, &batch, leg, slice, &job.pauses[turn])
            barrier(team)
            if job.pauses[turn]:  # the first member is not yet beyond the next barrier
                return
            turn = 1 - turn
            take_slice(&batch, slice)
        if member == 0:
            end_chunk(job, &batch)
        barrier(team)
        if job.fed == NULL and batch.x.first + batch.rows == job.n:
            if member == 0:
                end_epoch(job)
            barrier(team)
