# Training: epochs of mini-batch stochastic gradient descent, from call to call.

cdef enum:
    HISTORY = 1 << 20       # bytes of the totals of epochs that are kept, or one epoch's
    # Of so many bytes x stays in the second-level cache by itself: 2-8-8-2 with batch 10 took 1.05
    # of the time when its rows were asked for all the same (Zen 4).
    NEAR = 1 << 18


STATUSES = {PAUSED: "running", EPOCH: "epoch", NONFINITE: "nonfinite", BAD_INPUT: "bad_input"}


cdef class Training:
    """Epochs of mini-batch stochastic gradient descent over x and y.

    Parameters
    ----------
    network : Network
        Compiled; its parameters are trained in place.
    x, y : Rows
        y has one column of class indices for sparse costs, n_out columns otherwise.
    batch_size, epochs : int
    seed, first_epoch : int
        The order of epoch e depends on n, seed and first_epoch + e alone.
    shuffle : bool
        Otherwise rows are taken as they lie.
    threads : int
        More make no difference to the result.
    optimizer : Optimizer, optional
        Of this network; default w <- w - learning_rate * dw.
    weights : Rows, optional
        One column: a weight for each row of x.
    block_rows, blocks_at_once : int
        Shuffle blocks of so many rows, and the rows of so many of these blocks among each other:
        for rows that come from a disk. 0: all rows among each other.
    """

    cdef Network network
    cdef Plan plan           # a copy: `compile` may be called before the training ends
    cdef Rows x, y, weights
    cdef Optimizer optimizer
    cdef bytearray metrics   # what the plan points to
    cdef Buffers buffers
    cdef Job job
    cdef Pace pace
    cdef readonly Py_ssize_t epochs
    cdef list arrays
    cdef real[::1] gradient
    cdef Py_ssize_t largest  # rows of a batch that there is room for
    cdef object rates, rated_costs, step_divisors
    cdef object kept, way    # totals of the epochs finished last; see Job.legs
    cdef object sizes        # given to `feed`

    def __cinit__(
        self, Network network not None, Rows x not None, Rows y not None, Py_ssize_t batch_size=32,
        Py_ssize_t epochs=1, seed=0, Py_ssize_t first_epoch=0, bint shuffle=True, int threads=1,
        Optimizer optimizer=None, Rows weights=None, Py_ssize_t block_rows=0, int blocks_at_once=1,
    ):
        if optimizer is None:
            optimizer = Optimizer(network, "sgd")
        elif optimizer.network is not network:
            raise ValueError("optimizer: that of another network given")
        if x.n_rows < 1 or batch_size < 1 or epochs < 0 or threads < 1:
            raise ValueError(
                f"x, batch_size, epochs, threads: {x.n_rows} rows, {batch_size}, {epochs}, "
                f"{threads} given; expected at least 1, 1, 0, 1"
            )
        if block_rows < 0 or blocks_at_once < 1:
            raise ValueError(
                f"block_rows, blocks_at_once: {block_rows}, {blocks_at_once} given; expected 0, 1"
            )
        x = x.row_by_row()
        with network.reading():
            network.check(x, y, weights)
            if shuffle:
                self.job.block_rows, self.job.blocks_at_once = block_rows, blocks_at_once
            self.set_up(
                network, x, y, batch_size, epochs, seed, first_epoch, shuffle, threads, optimizer,
                weights,
            )

    cdef set_up(
        self, Network network, Rows x, Rows y, Py_ssize_t batch_size, Py_ssize_t epochs, seed,
        Py_ssize_t first_epoch, bint shuffle, int threads, Optimizer optimizer, Rows weights,
    ):
        cdef Job* job = &self.job
        self.plan = network.plan
        cdef Plan* plan = &self.plan
        cdef Py_ssize_t s
        cdef double[::1] doubles
        cdef double[:, ::1] history
        cdef Py_ssize_t[::1] way
        cdef real[::1] reals
        cdef int64_t[::1] order
        self.network, self.x, self.y = network, x, y
        self.optimizer, self.weights, self.metrics = optimizer, weights, network.metric_table
        job.n_blocks = blocks_of(plan)
        batch_size = min(batch_size, x.n_rows)
        self.pace = pace_of(team_for(plan, batch_size, threads))
        plan.narrow = is_narrow(plan)
        sparse = not plan.narrow and stays_sparse(plan, x)
        entries = x.most_stored(min(batch_size, CHUNK)) + 1 if sparse else 0
        self.make_room(batch_size, sparse, entries)
        job.plan, job.x, job.t = plan, &x.array, &y.array
        job.w = NULL if weights is None else &weights.array
        job.descent = &optimizer.descent
        job.n, job.batch_size, job.steps = x.n_rows, batch_size, ceiling(x.n_rows, batch_size)
        job.seed, job.first_epoch, job.shuffle = seed, first_epoch, shuffle
        job.finite_input = True
        flops = 6 * network.n_parameters * batch_size
        job.look_every = max(1, min(1000, 50_000_000 // (flops + 1)))
        self.epochs = epochs
        most = HISTORY // (plan.n_totals * sizeof(double))
        self.kept = history = np.empty((max(1, min(epochs, most)), plan.n_totals))
        job.history = &history[0, 0]
        legs = [s for s in range(plan.n_stages) if plan.stages[s].kind == BATCH_NORMALIZATION]
        legs += [2 * plan.n_stages - 1 - s for s in legs[::-1] if s >= plan.first_learning]
        self.way = way = np.array([0, *legs, 2 * plan.n_stages - plan.first_learning], np.intp)
        job.n_legs, job.legs = len(legs) + 1, &way[0]
        before = plan.n_changed + len(optimizer.slots) * plan.n_trained
        self.arrays = [np.zeros(plan.n_totals), zeros(before + 1)]
        doubles = self.arrays[0]
        job.totals = &doubles[0]
        reals = self.arrays[1]
        job.before = &reals[0]
        ordered = x.n_rows
        if job.block_rows > 0:
            job.block_rows = min(job.block_rows, x.n_rows)
            job.n_row_blocks = ceiling(x.n_rows, job.block_rows)
            job.blocks_at_once = min(job.blocks_at_once, job.n_row_blocks)
            ordered = min(ordered, batch_size + job.block_rows * job.blocks_at_once)
        self.arrays.append(np.empty(ordered, np.int64))
        order = self.arrays[len(self.arrays) - 1]
        job.order = job.window = &order[0]
        self.arrays.append(np.empty(job.n_row_blocks + 1, np.int64))
        order = self.arrays[len(self.arrays) - 1]
        job.block_order = &order[0]
        job.far = x.array.columns == NULL and x.n_rows * x.array.row_size > NEAR
        job.blocks = <Block*> PyMem_Calloc(max(1, job.n_blocks), sizeof(Block))
        if job.blocks == NULL:
            raise MemoryError
        list_blocks(job)

    cdef make_room(self, Py_ssize_t batch_size, bint sparse, Py_ssize_t entries):
        """Make the buffers for batches of up to so many rows."""
        cdef Job* job = &self.job
        cdef real[::1] reals
        self.buffers = Buffers(
            self.network, rows_at_once(&self.plan, batch_size), self.pace.threads, sparse, entries,
            self.plan.narrow,
        )
        job.ws = &self.buffers.ws
        job.most_rows = batch_size if self.plan.normalizes else CHUNK
        self.largest = batch_size  # once they are there
        if job.gradient == NULL and keeps_gradient(batch_size, self.optimizer):
            self.gradient = reals = zeros(max(1, self.plan.n_trained))
            job.gradient = &reals[0]

    def feed(self, Rows x not None, Rows y not None, Rows weights, sizes):
        """Take the rows of the next steps from here, and no longer from those before.

        When they are used up `run` returns "running"; an epoch ends where `end_epoch` says so.

        Parameters
        ----------
        x, y : Rows
        weights : Rows or None
        sizes : sequence of int
            Rows of each step, which lie one behind the other.
        """
        cdef Job* job = &self.job
        cdef Py_ssize_t[::1] view
        sizes = np.array(sizes, np.intp)
        if self.buffers.ws.sparse or sizes.ndim != 1 or not len(sizes) or sizes.min() < 1:
            raise ValueError(
                "sizes: expected one step or more, of rows, and a training of rows that are not "
                "sparse"
            )
        if sizes.sum() != x.n_rows:
            raise ValueError(f"sizes: {sizes.sum()} rows given; expected {x.n_rows}")
        with self.network.writing():
            if job.n_fed > 0:
                raise ValueError(f"sizes: {job.n_fed} steps left of those before; expected none")
            self.network.check(x, y, weights)
            if sizes.max() > self.largest:
                self.make_room(sizes.max(), False, 0)
            self.x, self.y, self.weights, self.sizes, view = x, y, weights, sizes, sizes
            job.x, job.t = &x.array, &y.array
            job.w = NULL if weights is None else &weights.array
            job.fed, job.n_fed, job.start, job.order = &view[0], len(sizes), 0, NULL
            job.far, job.block_rows = False, 0
            take_fed(job)

    def end_epoch(self):
        """End an epoch of a training that is fed; returns "epoch" or "nonfinite", as `run`."""
        cdef Job* job = &self.job
        with self.network.writing():
            if job.n_history == len(self.kept):
                job.n_history = 0
            job.stop, job.until_epoch = False, job.epoch + 1
            end_epoch(job)
            return STATUSES[job.status]

    @property
    def batches_left(self):
        """How many steps of those given to `feed` are not done."""
        return self.job.n_fed

    def __dealloc__(self):
        PyMem_Free(self.job.blocks)

    @property
    def history(self):
        """Totals of the epochs finished last, as `Network.evaluate`'s, a row each: those of the
        last `run`, and of the runs before as far as a megabyte holds them."""
        with self.network.reading():
            return self.kept[:self.job.n_history].copy()

    @property
    def learning_rate(self):
        """The rate of the next steps, or of the last step if `learning_rates` was set."""
        return self.job.descent.constants.learning_rate

    @learning_rate.setter
    def learning_rate(self, double value):
        with self.network.writing():
            self.job.descent.constants.learning_rate = value
            self.job.rates = NULL

    @property
    def learning_rates(self):
        """Rates of the next steps, one each, those that are left; None after `learning_rate`."""
        with self.network.reading():
            if self.job.rates == NULL:
                return None
            last = len(self.rates) - 1
            return self.rates[last - self.job.n_rates:last].copy()

    @learning_rates.setter
    def learning_rates(self, values):
        values = np.append(np.asarray(values, np.float64), 0)  # never without an address
        cdef double[::1] view = values
        costs = np.empty(len(values))
        cdef double[::1] view_of_costs = costs
        with self.network.writing():
            self.rates, self.job.rates = values, &view[0]
            self.rated_costs, self.job.costs = costs, &view_of_costs[0]
            self.job.n_rates, self.job.n_costs = view.shape[0] - 1, 0

    @property
    def costs(self):
        """The mean cost of each step begun since `learning_rates` was set, before it changed the
        weights; None before the first time."""
        with self.network.reading():
            return None if self.rated_costs is None else self.rated_costs[:self.job.n_costs].copy()

    @property
    def divisors(self):
        """A number for each step of an epoch, to divide its costs' sum and the penalties by.

        The cost of step s is (sum(w[i] * cost[i]) + penalties) / divisors[s]. None, as at first:
        sum(w[i] * cost[i]) / rows + penalties."""
        return None if self.job.divisors == NULL else self.step_divisors.copy()

    @divisors.setter
    def divisors(self, values):
        values = np.array(values, np.float64)
        if values.shape != (self.job.steps,):
            raise ValueError(f"divisors: shape {values.shape} given; expected ({self.job.steps},)")
        cdef double[::1] view = values
        with self.network.writing():
            self.step_divisors, self.job.divisors = values, &view[0]

    @property
    def alone(self):
        """Whether one thread works for all, because that is or may be faster."""
        return self.pace.threads == 1 or self.pace.alone

    @property
    def epoch(self):
        """Epochs finished."""
        return self.job.epoch

    @property
    def step(self):
        """Steps finished of the epoch under way."""
        return self.job.step if self.job.begun else 0

    @property
    def rows_done(self):
        """Rows seen of the epoch under way."""
        return self.job.rows_done if self.job.begun else 0

    @property
    def steps_per_epoch(self):
        return self.job.steps

    def totals(self):
        """Sums over the rows of the epoch under way, or just finished, as `Network.evaluate`'s."""
        with self.network.reading():
            return self.arrays[0].copy()

    def set_order(self, order):
        """Take the rows of the next epoch in this order: (n,) int64, a permutation."""
        if self.job.block_rows > 0:
            raise ValueError("order: given beside block_rows; expected block_rows=0")
        order = np.asarray(order, np.int64)
        seen = np.zeros(self.job.n, bool)
        if order.shape == seen.shape and order.min() >= 0 and order.max() < len(seen):
            seen[order] = True
        if not seen.all():
            raise ValueError(f"order: expected a permutation of 0 to {self.job.n - 1}")
        with self.network.writing():
            if self.job.begun:
                raise ValueError("order: given in the middle of an epoch; expected between epochs")
            self.arrays[2][:] = order
            self.job.own_order = True

    def restore(self):
        """Put parameters and the optimizer's state back to where the epoch under way began."""
        cdef Job* job = &self.job
        cdef Plan* plan = job.plan
        cdef double learning_rate
        cdef real* kept
        cdef int k
        with self.network.writing():
            if not job.begun:
                return
            learning_rate = job.descent.constants.learning_rate
            restore_parameters(job)
            self.network.have_changed()
            kept = job.before + plan.n_changed
            for k in range(SLOTS):
                if job.descent.slots[k] != NULL:
                    memcpy(job.descent.slots[k], kept, plan.n_trained * sizeof(real))
                    kept += plan.n_trained
            job.descent.constants = job.constants_before
            job.descent.constants.learning_rate = learning_rate
            job.begun = False
            job.finite_input = True
            job.n_fed = 0

    def run(self, Py_ssize_t until_epoch, double seconds=0.05, Py_ssize_t steps=0):
        """Train until `until_epoch` epochs are finished, `seconds` over or `steps` steps done.

        Returns
        -------
        str
            "epoch": until_epoch epochs are finished. "running": the time or the steps are over.
            "nonfinite": the cost or a parameter is NaN or infinite. "bad_input": x is. Both until
            `restore`.
        """
        with self.network.writing():
            return self.advance(until_epoch, seconds, steps)

    cdef str advance(self, Py_ssize_t until_epoch, double seconds, Py_ssize_t steps):
        cdef Job* job = &self.job
        cdef Pace* pace = &self.pace
        cdef double begun, now, until
        cdef Py_ssize_t before
        until_epoch = min(until_epoch, self.epochs)
        if job.epoch >= until_epoch:
            return "epoch"
        if job.begun and (job.status == NONFINITE or job.status == BAD_INPUT):
            return STATUSES[job.status]  # until `restore`
        if lacks_something(job):
            return "running"
        if not self.plan.narrow:
            self.network.transpose()
        if job.n_history == len(self.kept):
            job.n_history = 0
        job.until_epoch = min(until_epoch, job.epoch + len(self.kept) - job.n_history)
        job.steps_left = steps if steps > 0 else -1
        with nogil:
            until = job.deadline = seconds_now() + seconds
            while job.begun or begin_epoch(job):
                begun, before = seconds_now(), job.rows_seen
                job.leg, job.slice = job.next_leg, job.next_slice
                if job.leg > 0:
                    share_statistics(job.plan, job.ws, pace.threads)
                job.stop = job.pauses[0] = job.pauses[1] = False
                job.between = 0
                job.deadline = min(until, look_at(pace, begun))
                run_team(1 if pace.alone else pace.threads, &job.team_size, train_member, job)
                now = seconds_now()
                keep_pace(
                    pace, job.rows_seen - before, now - begun - job.between, now, job.batch_size
                )
                if job.status != PAUSED or now >= until or no_steps_left(job):
                    break
                job.deadline = until
        self.network.have_changed()
        if not self.plan.narrow:
            self.network.transposed_at = self.network.version()  # a step writes the copies too
        if job.status == PAUSED and steps > 0 and not finite_parameters(&self.plan):
            job.status = NONFINITE  # whoever counts steps looks at the parameters between them
        if job.status == EPOCH and job.epoch < until_epoch:
            return "running"
        return STATUSES[job.status]
