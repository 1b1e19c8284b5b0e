# Network: a plan with its arrays.

cdef class Network:
    """A plan of stages with its parameters.

    Parameters
    ----------
    n_in : int
        Columns of x.
    stages : sequence of tuple
        ("dense", n_out, activation, use_bias), ("activation", activation), ("dropout", rate),
        ("alpha_dropout", rate), ("gaussian_dropout", rate), ("gaussian_noise", stddev),
        ("batch_normalization", momentum, epsilon, center, scale), ("prelu",) or
        ("activity", l1, l2), which adds sum(l1 |y| + l2 y^2) to the cost of a row.
    scale, offset : float
        x is read as x * scale + offset.
    penalties : sequence of (l1, l2), optional
        For each array of `get_weights` that is trained: the cost gains sum(l1 |w| + l2 w^2).
    constraints : sequence of (name, number, ...) or None, optional
        For each array of `get_weights` that is trained, what it is brought to after each step:
        ("non_negative",), or ("norm", low, high, rate), see `factor_of`.
    weights : sequence of Weights or None, optional
        For each stage those of another network, which are shared; new ones are zeros.
    trained : sequence of bool, optional
        For each stage whether its arrays are; default all. A batch normalization whose are not
        does in training what it does in inference.

    Many threads may use a network at once, its optimizers and trainings too. Every call has its
    turn, in the order in which they come: those that only read (predict, evaluate, get_weights,
    Optimizer.get_state ...) share theirs, those that change something (set_weights, compile,
    Optimizer.set_state, Training.run ...) have it alone, and who has to wait hears Ctrl-C. So
    whoever reads sees a state between two steps. ``with net.reading():`` and
    ``with net.writing():`` make several calls one turn; they may be nested, but to write within
    reading is a RuntimeError. A turn at weights that networks share is one at all of these.
    """

    cdef Plan plan
    cdef list locks                          # of the weights, the first made first
    cdef Buffers buffers                     # of the last sweep, for the next
    cdef list arrays                         # what the plan points into
    cdef long transposed_at                  # the version whose w the copies of w are of
    cdef readonly Py_ssize_t n_in, n_out, n_parameters, n_trainable
    cdef readonly tuple weights              # of each stage given, None where it has no arrays
    cdef readonly tuple metrics, sizes, layout
    cdef bytearray metric_table              # plan.metrics

    def __cinit__(
        self, n_in, stages, double scale=1.0, double offset=0.0, penalties=None, weights=None,
        trained=None, constraints=None,
    ):
        if n_in < 1 or not stages:
            raise ValueError(f"n_in, stages: {n_in}, {stages} given; expected at least one of each")
        shared = [None] * len(stages) if weights is None else list(weights)
        trained = [True] * len(stages) if trained is None else list(trained)
        stages = list(tables.single_stages(ACTIVATIONS, stages))
        self.arrays, self.metrics, self.sizes, self.transposed_at = [], (), (), -1
        self.plan.scale, self.plan.offset = <real> scale, <real> offset
        self.plan.n_stages = len(stages)
        self.plan.stages = <Stage*> PyMem_Calloc(len(stages), sizeof(Stage))
        if self.plan.stages == NULL:
            raise MemoryError
        cdef Stage* stage
        cdef Py_ssize_t s, n = n_in
        self.plan.first_learning = len(stages)
        forms = [None] * len(shared)
        for s, (number, kind, *arguments) in enumerate(stages):
            stage = &self.plan.stages[s]
            stage.number, stage.n_in, stage.n_rows = number, n, 1
            form = describe_stage(stage, trained[number], kind, arguments)
            forms[number] = form or forms[number]
            n = stage.n_out
            if n < 1:
                raise ValueError(f"stages: {n} outputs given; expected at least 1")
            self.plan.normalizes = self.plan.normalizes or stage.kind == BATCH_NORMALIZATION
            self.plan.has_activities = self.plan.has_activities or stage.kind == ACTIVITY
            if not trained[number]:
                stage.has_w = stage.has_b = False
            if (stage.has_w or stage.has_b) and s < self.plan.first_learning:
                self.plan.first_learning = s
        self.n_in, self.n_out = n_in, n
        self.plan.n_parts = 1
        if self.plan.stages[0].kind == DENSE and n_in > PARTS_FROM:
            self.plan.n_parts = PARTS
        self.take_weights(forms, shared)
        self.lay_out(trained)
        if penalties is not None:
            for array, (l1, l2) in zip(self.layout, penalties, strict=True):
                if array.trainable:
                    stage = &self.plan.stages[<Py_ssize_t> array.stage]
                    stage.l1[<int> array.of], stage.l2[<int> array.of] = l1, l2
                    self.plan.penalized = self.plan.penalized or bool(l1 or l2)
        if constraints is not None:
            for array, given in zip(self.layout, constraints, strict=True):
                if array.trainable and given is not None:
                    stage = &self.plan.stages[<Py_ssize_t> array.stage]
                    stage.constraints[<int> array.of] = constraint_of(given)
                    self.plan.constrained = True

    cdef take_weights(self, forms, shared):
        """The weights of each stage given, those that are not shared made in one buffer."""
        cdef Weights of_stage
        cdef Py_ssize_t at = 0, size = 0
        for form, of_stage in zip(forms, shared, strict=True):
            if of_stage is None:
                size += 0 if form is None else Weights.size_of(form)
            elif of_stage.form != form:
                raise ValueError(f"weights: of {of_stage.form} given; expected of {form}")
        locks = {(<Weights> w).lock.number: (<Weights> w).lock for w in shared if w is not None}
        if not locks:
            locks = {0: Lock()}
        self.locks = [locks[number] for number in sorted(locks)]
        cdef real[::1] values = zeros(max(1, size))
        weights = []
        for form, of_stage in zip(forms, shared):
            if of_stage is None and form is not None:
                size = Weights.size_of(form)
                of_stage = Weights.made(self.locks[0], form, values[at:at + size])
                at += size
            weights.append(of_stage)
        self.weights = tuple(weights)

    cdef lay_out(self, trained):
        """Let the stages know where their arrays lie."""
        cdef Stage* stage
        cdef Py_ssize_t s
        cdef Weights weights
        cdef real[::1] view
        layout = []
        for s in range(self.plan.n_stages):
            stage = &self.plan.stages[s]
            if not has_weights(stage):
                continue
            weights = self.weights[stage.number]
            stage.w, stage.w_stride = &weights.values[0], PANEL
            if stage.kind == DENSE:
                stage.w_stride *= ceiling(stage.n_in, LANES) * LANES
            stage.b = stage.w + ceiling(stage.n_out, PANEL) * stage.w_stride
            if stage.kind != DENSE:
                stage.moving_mean = stage.b + padded(stage.n_out)
                stage.moving_variance = stage.moving_mean + padded(stage.n_out)
            is_trained = trained[stage.number]
            layout += [
                array._replace(stage=s, trainable=array.trainable and is_trained)
                for array in weights.layout
            ]
            if is_trained:
                stage.size = weights.values.shape[0]
                stage.at = self.plan.n_trained
                self.plan.n_changed += stage.size
                self.plan.n_trained += stage.b + padded(stage.n_out) - stage.w
            if stage.kind == DENSE and s > self.plan.first_learning:
                stage.w_transposed_stride = ceiling(stage.n_out, LANES) * LANES * PANEL
                self.arrays.append(zeros(ceiling(stage.n_in, PANEL) * stage.w_transposed_stride))
                view = self.arrays[len(self.arrays) - 1]
                stage.w_transposed = &view[0]
        self.layout = tuple(layout)
        sizes = [int(np.prod(array.shape)) for array in layout]
        self.n_parameters = sum(sizes)
        self.n_trainable = sum(n for n, array in zip(sizes, layout) if array.trainable)

    cdef Py_ssize_t place_in_flat(self, array):
        """Where an array to be trained begins in a buffer of the gradient or of a slot."""
        cdef Py_ssize_t s = array.stage, at = array.at
        return self.plan.stages[s].at + at

    def __dealloc__(self):
        PyMem_Free(self.plan.stages)

    def reading(self):
        """A context in which no other thread changes anything."""
        return Turn(self.locks, False)

    def writing(self):
        """A context in which no other thread reads or changes anything."""
        return Turn(self.locks, True)

    @property
    def trainable(self):
        """Whether each array of `get_weights` is trained."""
        return tuple(array.trainable for array in self.layout)

    def get_weights(self):
        """All arrays, stage by stage, new: w (n_in, n_out), b; gamma, beta, moving mean, variance.

        No b, gamma or beta where a stage has none."""
        with self.reading():
            return [w for weights in self.weights if weights for w in (<Weights> weights).read()]

    def set_weights(self, weights):
        """Take arrays of real numbers in the shapes that `get_weights` gives."""
        given = iter(checked(weights, self.layout))
        with self.writing():
            for of_stage in self.weights:
                if of_stage:
                    (<Weights> of_stage).write([next(given) for _ in of_stage.layout])

    cdef long version(self):
        """How often the weights have changed, in whatever network."""
        return sum([(<Weights> weights).version for weights in self.weights if weights])

    cdef have_changed(self):
        """Let all networks know that a training of this one has changed its weights."""
        cdef Py_ssize_t s
        for s in range(self.plan.n_stages):
            if self.plan.stages[s].size > 0:
                (<Weights> self.weights[self.plan.stages[s].number]).version += 1

    cdef transpose(self):
        """Bring the transposed copies of w up to date, which backpropagation reads."""
        cdef Stage* stage
        cdef Py_ssize_t s, p, q
        cdef long version = self.version()
        if self.transposed_at == version:
            return
        self.transposed_at = version
        for s in range(self.plan.n_stages):
            stage = &self.plan.stages[s]
            if stage.w_transposed != NULL:
                for q in range(ceiling(stage.n_out, PANEL)):
                    for p in range(ceiling(stage.n_in, PANEL)):
                        transpose_block(stage, p, q)

    def snapshot(self):
        """A copy of all parameters, for `restore`."""
        with self.reading():
            flats = [(<Weights> weights).values for weights in self.weights if weights]
            return np.concatenate([np.zeros(0, dtype), *flats])

    def restore(self, const real[::1] snapshot not None):
        """Take the parameters back from a `snapshot` of this network."""
        cdef Weights weights
        cdef Py_ssize_t at = 0, size
        size = len(self.snapshot())
        if snapshot.shape[0] != size:
            raise ValueError(f"snapshot: {snapshot.shape[0]} elements given; expected {size}")
        with self.writing():
            for weights in self.weights:
                if weights is not None:
                    size = weights.values.shape[0]
                    weights.values[:] = snapshot[at:at + size]
                    weights.version += 1
                    at += size

    def compile(
        self, loss, metrics=(), bint from_logits=False, double label_smoothing=0.0,
        double delta=1.0,
    ):
        """Choose the cost and the metrics by name (COSTS, METRICS).

        Parameters
        ----------
        metrics : sequence of str or (str, float)
            A name, after "weighted:" if weights of rows are to count, and its number.
        from_logits : bool
            The output is z, to which the cost applies softmax or sigmoid.
        label_smoothing : float
            s: the cost sees t * (1 - s) + s / n_out, the binary one + s / 2. For cross-entropies.
        delta : float
            Of the huber cost.

        scikit-learn's costs, "log_loss" (of class indices), "binary_log_loss",
        "half_poisson_deviance" and "half_squared_error", ask for an output of softmax, sigmoid,
        exponential or linear.
        """
        cdef Plan* plan = &self.plan
        cdef Cost cost
        last = plan.stages[plan.n_stages - 1].activation
        row = COSTS.get(loss)
        code, cost.activates = tables.code_of(row, ACTIVATIONS, from_logits, last)
        if code is None:
            raise ValueError(f"loss: {loss!r} given; expected one that fits the last activation")
        cost.code, cost.delta = code, <real> delta
        cost.divisor = self.n_out if row.mean else 1
        cdef double smoothing = label_smoothing if row.smoothed else 0
        cdef double classes = {None: 1, "bits": 2, "classes": self.n_out}[row.smoothed]
        sizes, n_row_metrics, numbers, thresholds = tables.metrics_of(METRICS, self.n_out, metrics)
        room = metrics_of(numbers, thresholds)
        cdef char* address = room
        with self.writing():
            plan.metrics, self.metric_table = <Metric*> address, room
            plan.n_metrics = len(sizes)
            plan.n_row_metrics = n_row_metrics
            plan.has_whole_metrics = plan.n_row_metrics < plan.n_metrics
            plan.n_totals = 2 + sum(sizes)
            plan.cost, plan.class_indices = cost, row.class_indices
            plan.smooth = <real> (1 - smoothing)
            plan.smooth_by = <real> (smoothing / classes)
            self.metrics, self.sizes, self.buffers = tuple(metrics), tuple(sizes), None

    cdef bint sweep(
        self, Rows x, Rows t, Rows w, real* out, double* totals, int threads, double scale
    ) except -1:
        """Forward propagation of all rows, to `out` or to `totals`; whether x was finite."""
        cdef Sweep sweep
        memset(&sweep, 0, sizeof(sweep))
        sweep.blocks = ceiling(x.n_rows, SWEEP_ROWS)
        sweep.segments = segments_of(x.n_rows, 0 if t is None else self.plan.n_totals)
        threads = <int> max(1, min(threads, min(<Py_ssize_t> MAX_THREADS, sweep.segments)))
        cdef Py_ssize_t capacity = min(x.n_rows, threads * SWEEP_ROWS)
        cdef bint sparse = stays_sparse(&self.plan, x)
        cdef Buffers buffers = self.buffers
        self.buffers = None  # another thread may sweep at the same time
        if buffers is None or buffers.capacity < capacity or buffers.ws.sparse != sparse:
            buffers = Buffers(self, capacity, threads, sparse)
        sweep.plan = &self.plan
        sweep.ws = &buffers.ws
        sweep.x = &x.array
        sweep.t = NULL if t is None else &t.array
        sweep.w = NULL if w is None else &w.array
        sweep.n, sweep.scale = x.n_rows, scale
        sweep.out = out
        sweep.totals = totals
        sweep.finite_input = True
        while True:
            with nogil:
                sweep.deadline = seconds_now() + SLICE
                run_team(threads, &sweep.team_size, sweep_member, &sweep)
            if not sweep.finite_input or is_done(&sweep):
                break
            PyErr_CheckSignals()
        self.buffers = buffers
        return sweep.finite_input

    def predict(self, Rows x not None, real[:, ::1] out not None, int threads=1):
        """out[:] = the network's output for x; returns whether all of x was finite."""
        if x.n_columns != self.n_in or out.shape[0] != x.n_rows or out.shape[1] != self.n_out:
            raise ValueError(
                f"x, out: {x.n_rows} x {x.n_columns}, {out.shape[0]} x {out.shape[1]} given; "
                f"expected n x {self.n_in}, n x {self.n_out}"
            )
        take_all(self.locks, False)
        try:
            return x.n_rows == 0 or self.sweep(x, None, None, &out[0, 0], NULL, threads, 1)
        finally:
            give_all(self.locks)

    def evaluate(
        self, Rows x not None, Rows y not None, int threads=1, Rows weights=None,
        double scale=1.0,
    ):
        """Totals over the rows: sums of the cost times `scale`, of rows, of what metrics add up.

        None if x is not finite.
        """
        cdef double[:, ::1] view
        with self.reading():
            self.check(x, y, weights)
            n_totals = self.plan.n_totals
            totals = np.zeros((segments_of(x.n_rows, n_totals), n_totals))
            view = totals
            if x.n_rows and not self.sweep(
                x, y, weights, NULL, &view[0, 0], threads, scale
            ):
                return None
            totals = totals.sum(axis=0)
            if self.plan.penalized:
                totals[0] += x.n_rows * self.penalty()
            return totals

    def penalty(self):
        """sum(l1 |w| + l2 w^2)"""
        cdef Block block
        cdef Stage* stage
        cdef double total = 0
        with self.reading():
            for block.s in range(self.plan.n_stages):
                stage = &self.plan.stages[block.s]
                for block.q in range(ceiling(stage.n_out, PANEL) if stage.w != NULL else 0):
                    for block.p in range(ceiling(stage.n_rows, PANEL)):
                        total += penalty_of(&self.plan, &block)
        return total

    def check(self, Rows x, Rows y, Rows weights=None):
        if self.plan.n_totals == 0:
            raise ValueError("the network is not compiled")
        width = 1 if self.plan.class_indices else self.n_out
        if x.n_columns != self.n_in or y.n_columns != width or x.n_rows != y.n_rows:
            raise ValueError(
                f"x, y: {x.n_rows} x {x.n_columns}, {y.n_rows} x {y.n_columns} given; expected "
                f"n x {self.n_in}, n x {width}"
            )
        if weights is not None and (weights.n_columns != 1 or weights.n_rows != x.n_rows):
            raise ValueError(
                f"weights: {weights.n_rows} x {weights.n_columns} given; expected {x.n_rows} x 1"
            )
