# Trainings side by side, a net in each lane: see passes/abreast.pxi.

cdef void prepare_abreast(Abreast* all) noexcept nogil:
    """Prepare the step of every net."""
    cdef Job* job
    cdef vec rates = splat(0), decays = splat(0)
    cdef int lane
    for lane in range(all.n):
        job = all.jobs[lane]
        if job.rates != NULL:
            job.descent.constants.learning_rate = job.rates[0]
        prepare(&job.descent.constants)
        (<real*> &rates)[lane] = (<real*> &job.descent.constants.a)[0]
        (<real*> &decays)[lane] = (<real*> &job.descent.constants.decay)[0]
    all.constants = all.jobs[0].descent.constants
    all.constants.a, all.constants.decay = rates, decays


cdef void step_abreast(Abreast* all) noexcept nogil:
    """The steps of all nets at once: those of one optimizer, of rates of their own."""
    cdef Plan* plan = all.plan
    cdef Descent* descent = all.jobs[0].descent
    cdef Stage* stage
    cdef real* state[SLOTS]
    cdef Py_ssize_t s, n, at = 0
    cdef int k, of
    for s in range(plan.n_stages):
        stage = &plan.stages[s]
        for of in range(ARRAYS):
            n = stage.n_out * (stage.n_in if of == W else 1)
            if stage.has_w if of == W else stage.has_b:
                for k in range(SLOTS):
                    state[k] = <real*> (all.w + at)
                    if descent.slots[k] != NULL:
                        state[k] = <real*> (all.slots[k] + at)
                descend(
                    &all.constants, n, LANES, <real*> (all.w + at), <real*> (all.sums + at), state,
                    descent.decays[ARRAYS * s + of],
                )
            at += n


cdef void step_apart(Abreast* all, int lane) noexcept nogil:
    """The step of one net, whose gradient is there."""
    cdef Job* job = all.jobs[lane]
    cdef Duty duty
    duty.x, duty.member, duty.size = job.x[0], 0, 1
    take_from_lane(lane, all.sums, <real*> job.ws.sums, job.ws.sums_size)
    take_weights(job, &all.batches[lane], &duty, 0, job.n_blocks)
    exchange(all, lane, False)


cdef Py_ssize_t begin_abreast(Abreast* all, void* team) noexcept nogil:
    """Let every net take its batch; returns how many rows it has, as many in each, padded."""
    cdef Job* job
    cdef Pass* batch
    cdef Py_ssize_t k, rows = 0
    cdef int lane
    for lane in range(all.n):
        job, batch = all.jobs[lane], &all.batches[lane]
        batch.member, batch.team, batch.weighted, batch.abreast = 0, team, job.w != NULL, True
        batch.x, batch.finite, batch.multiplied = reading_of(job.x, job.order, 0), True, False
        batch.x.scale, batch.x.offset = job.plan.scale, job.plan.offset
        all.divisor = take_chunk(job, batch)
        take_slice(batch, 0)
        for k in range(job.n_blocks if job.plan.penalized else 0):
            job.blocks[k].penalty = penalty_of(job.plan, &job.blocks[k])
        rows = padded_rows(batch.rows)
        take_rows_of_net(all, lane, rows)
    return rows


cdef void train_abreast(void* of, int member, void* team) noexcept nogil:
    """Train until an epoch, the time or something else ends one of the trainings, or more."""
    cdef Abreast* all = <Abreast*> of
    cdef Job* job
    cdef Pass* batch
    cdef Py_ssize_t rows, until_look = all.look_every
    cdef bint stop = False
    cdef int lane
    while not stop:
        rows = begin_abreast(all, team)
        gradients_of_nets(all, rows, <real> (1 / all.divisor))
        prepare_abreast(all)
        if not all.apart:
            step_abreast(all)
        until_look -= 1
        stop = until_look == 0 and seconds_now() > all.deadline
        if until_look == 0:
            until_look = all.look_every
        for lane in range(all.n):
            job, batch = all.jobs[lane], &all.batches[lane]
            if all.apart:
                step_apart(all, lane)
            end_chunk(job, batch)
            if batch.x.first + batch.rows == job.n:
                exchange(all, lane, True)
                end_epoch(job)
            stop = stop or job.stop
    for lane in range(all.n):
        exchange(all, lane, True)


cdef bint steps_alike(const Job* a, const Job* b) noexcept:
    """Whether the optimizers take the same step but for the rate, elementwise."""
    cdef const Given* given = &a.descent.constants.given
    if a.plan.penalized or a.plan.constrained or a.descent.clips_norm or given.clipvalue > 0:
        return False
    return (
        a.descent.constants.code == b.descent.constants.code
        and a.descent.constants.code != FTRL
        and a.descent.constants.iterations == b.descent.constants.iterations
        and memcmp(given, &b.descent.constants.given, sizeof(Given)) == 0
        and memcmp(
            a.descent.constants.scalars, b.descent.constants.scalars, SCALARS * sizeof(double)
        ) == 0
        and memcmp(a.descent.decays, b.descent.decays, ARRAYS * a.plan.n_stages) == 0
    )


def are_alike(trainings):
    """Whether these trainings can be `Abreast`: of nets of a few weights, all of one form.

    Their rows, weights, seeds, optimizers, rates and penalties may differ, not the number of rows,
    the batch size and what happens to rows. `batch_size` is at most ABREAST.
    """
    cdef Training first = trainings[0], other
    return goes_abreast(&first.job) and all(
        [is_alike(&first.job, &other.job) for other in trainings[1:]]
    )


cdef class TrainingsAbreast:
    """Trainings that `are_alike`, up to `most_abreast` of as many networks, side by side.

    Each comes to the same bits as by its own `run`.
    """

    cdef Abreast abreast
    cdef list trainings, locks, arrays

    def __cinit__(self, trainings):
        cdef Abreast* all = &self.abreast
        cdef Training training
        cdef Py_ssize_t s, columns = 0, widest = 0
        cdef Plan* plan
        cdef Workspace* ws
        cdef int lane, k
        self.trainings, locks = list(trainings), {}
        self.check()
        for lane, training in enumerate(self.trainings):
            all.jobs[lane] = &training.job
            for lock in training.network.locks:
                if lock.number in locks:
                    raise ValueError("trainings: two of the same weights given; expected others")
            locks.update({lock.number: lock for lock in training.network.locks})
        self.locks = [locks[number] for number in sorted(locks)]
        all.plan, ws = all.jobs[0].plan, all.jobs[0].ws
        plan = all.plan
        widest = plan.stages[0].n_in
        columns = widest + 1
        for s in range(plan.n_stages):
            columns += plan.stages[s].n_out + 1
            widest = max(widest, plan.stages[s].n_out)
        rows = padded_rows(all.jobs[0].batch_size)
        all.widest, self.arrays = widest, []
        all.w = self.room(ws.sums_size + widest)  # beyond the last two at once are read
        all.sums = self.room(ws.sums_size)
        for k in range(SLOTS):
            all.slots[k] = self.room(ws.sums_size)
        all.y = self.room(columns * rows + VECTORS)
        all.dy = self.room(2 * (widest + 1) * rows + VECTORS)
        all.t = self.room(widest * rows)
        all.row_weights = self.room(rows)
        all.row.y = self.room(MATRICES * (widest + 1))
        all.row.dy = all.row.y + widest + 1
        all.row.t = all.row.dy + widest + 1
        all.row.scratch = all.row.t + widest + 1
        all.look_every = max(1, all.jobs[0].look_every // LANES)

    cdef vec* room(self, Py_ssize_t n) except NULL:
        cdef real[::1] view = zeros(n * LANES)
        self.arrays.append(view)
        return <vec*> &view[0]

    cdef check(self):
        """Raise unless the trainings are alike: `feed` and `divisors` may have changed that."""
        if not 1 <= len(self.trainings) <= LANES or not are_alike(self.trainings):
            raise ValueError(
                f"trainings: {len(self.trainings)} given; expected 1 to {LANES} that are alike"
            )

    def writing(self):
        """As `Network.writing`, of all networks."""
        return Turn(self.locks, True)

    def run(self, Py_ssize_t until_epoch, double seconds=0.05):
        """As `Training.run`, of all; returns the status of each, a list of str.

        It ends when one has an epoch less to go than it was asked for, or cannot go on: "running"
        are then those that can. To go on without one that cannot, make a new object.
        """
        take_all(self.locks, True)
        try:
            return self.advance(until_epoch, seconds)
        finally:
            give_all(self.locks)

    cdef list advance(self, Py_ssize_t until_epoch, double seconds):
        cdef Abreast* all = &self.abreast
        cdef Training training
        cdef Job* job
        cdef int lane, size
        cdef Py_ssize_t epoch = all.jobs[0].epoch, step = all.jobs[0].step
        self.check()
        until_epoch = min([until_epoch] + [training.epochs for training in self.trainings])
        all.n = <int> len(self.trainings)
        for lane, training in enumerate(self.trainings):
            job = all.jobs[lane]
            if job.begun and (job.status == NONFINITE or job.status == BAD_INPUT):
                return self.statuses()
            if job.epoch != epoch or job.begun != all.jobs[0].begun or job.step != step:
                raise ValueError("trainings: expected all in the same step of the same epoch")
            if job.epoch >= until_epoch or lacks_something(job):
                return self.statuses()
        for lane, training in enumerate(self.trainings):
            job = all.jobs[lane]
            if job.n_history == len(training.kept):
                job.n_history = 0
            until_epoch = min(until_epoch, job.epoch + len(training.kept) - job.n_history)
        for lane in range(all.n):
            job = all.jobs[lane]
            job.until_epoch, job.steps_left, job.team_size = until_epoch, -1, 1
            job.leg = job.slice = job.next_leg = job.next_slice = 0
            job.stop, job.until_look, job.deadline, job.status = False, 1 << 62, INFINITY, PAUSED
        all.apart = False
        for lane in range(all.n):
            all.apart = all.apart or not steps_alike(all.jobs[lane], all.jobs[0])
        with nogil:
            all.deadline = seconds_now() + seconds
            for lane in range(all.n):
                if not all.jobs[lane].begun:
                    begin_epoch(all.jobs[lane])
                exchange(all, lane, False)
            run_team(1, &size, train_abreast, all)
        for training in self.trainings:
            training.network.have_changed()
        return self.statuses()

    cdef list statuses(self):
        cdef Training training
        return [STATUSES[training.job.status] for training in self.trainings]


most_abreast = LANES
