# The buffers of a pass, and forward propagation of all rows at once: predict and evaluate.

cdef enum:
    TOUCHED = 4096 // sizeof(real)  # a page


cdef class Buffers:
    """The buffers of a workspace of `capacity` rows for a team of `threads`.

    Where x is sparse it is not packed, and a training has room for `entries` of its elements. Those
    that are only `counted` are none: `bytes` is what they would take."""

    cdef Workspace ws
    cdef Py_ssize_t capacity, bytes
    cdef bint counted
    cdef list arrays

    def __cinit__(
        self, Network network, Py_ssize_t capacity, int threads, bint sparse,
        Py_ssize_t entries=0, bint narrow=False, bint counted=False,
    ):
        cdef Plan* plan = &network.plan
        cdef Py_ssize_t s, n, widest = 1
        cdef double[::1] values
        cdef Py_ssize_t[::1] ends
        self.arrays, self.counted = [], counted
        self.capacity = capacity
        self.ws.stride = (capacity + 1) * PANEL
        self.ws.y = <real**> PyMem_Calloc(plan.n_stages + 1, sizeof(real*))
        self.ws.dy = <real**> PyMem_Calloc(plan.n_stages + 1, sizeof(real*))
        self.ws.lanes = <vec**> PyMem_Calloc(threads, sizeof(vec*))
        self.ws.entries = <Entry**> PyMem_Calloc(threads, sizeof(Entry*))
        self.ws.ends = <Py_ssize_t**> PyMem_Calloc(threads, sizeof(Py_ssize_t*))
        self.ws.partials = <real**> PyMem_Calloc(plan.n_stages, sizeof(real*))
        self.ws.statistics = <real**> PyMem_Calloc(plan.n_stages, sizeof(real*))
        self.ws.narrow = <vec**> PyMem_Calloc(threads, sizeof(vec*))
        if (
            self.ws.y == NULL or self.ws.dy == NULL or self.ws.lanes == NULL
            or self.ws.entries == NULL or self.ws.ends == NULL or self.ws.partials == NULL
            or self.ws.statistics == NULL or self.ws.narrow == NULL
        ):
            raise MemoryError
        self.ws.sparse = sparse
        if not sparse:
            self.ws.y[0] = self.matrix(plan.stages[0].n_in)
        for s in range(plan.n_stages):
            self.ws.y[s + 1] = self.matrix(plan.stages[s].n_out)
            if s == 0 or plan.stages[s].kind == DENSE or plan.stages[s].kind == PRELU:
                self.ws.dy[s + 1] = self.matrix(plan.stages[s].n_out)
            else:
                self.ws.dy[s + 1] = self.ws.dy[s]
            widest = max(widest, plan.stages[s].n_out)
            if plan.stages[s].kind == BATCH_NORMALIZATION:
                n = padded(plan.stages[s].n_out)
                self.ws.partials[s] = self.room(PARTIALS * n * ceiling(capacity, GROUP))
                self.ws.statistics[s] = self.room(STATISTICS * n * threads)
        self.ws.parts[0] = self.ws.y[1]
        for s in range(1, 1 if sparse else plan.n_parts):
            self.ws.parts[s] = self.matrix(plan.stages[0].n_out)
        self.ws.t = self.matrix(network.n_out)
        self.ws.w = self.matrix(1)
        self.ws.zeros = self.room(PANEL)
        if narrow:
            widest = max(widest, network.n_in)
            self.make_narrow(plan, threads)
        self.ws.lanes_size = ceiling(widest, LANES) * LANES
        for s in range(threads):
            self.ws.lanes[s] = <vec*> self.room(MATRICES * self.ws.lanes_size * LANES)
            if entries:
                self.ws.entries[s] = <Entry*> self.room(
                    entries * sizeof(Entry) // sizeof(real)
                )
                ends = np.zeros(ceiling(network.n_in, PANEL) + 1, np.intp)
                self.ws.ends[s] = &ends[0]
                self.arrays.append(ends)
                self.bytes += ends.nbytes
        n = (capacity + 1) * (1 + plan.n_row_metrics)
        self.bytes += n * sizeof(double)
        values = np.zeros(1 if counted else n)
        self.ws.values = &values[0]
        self.arrays.append(values)

    cdef make_narrow(self, Plan* plan, int threads):
        """What a training needs whose rows go through the net in lanes."""
        cdef Py_ssize_t s, columns = plan.stages[0].n_in + 1
        for s in range(plan.n_stages):
            plan.stages[s].sums_at = self.ws.sums_size
            self.ws.sums_size += sums_of_stage(&plan.stages[s])
            columns += 2 * (plan.stages[s].n_out + 1)
        s = ceiling(self.capacity, BAND) * self.ws.sums_size
        self.ws.sums = <vec*> self.room((s + LANES) * LANES)  # they are read LANES at once
        for s in range(threads):
            self.ws.narrow[s] = <vec*> self.room(columns * STRIPS * LANES)

    cdef real* matrix(self, Py_ssize_t columns) except NULL:
        return self.room(ceiling(columns, PANEL) * self.ws.stride)

    cdef real* room(self, Py_ssize_t n) except NULL:
        """The address of n zeros that have their pages already: giving them to a large batch takes
        a second at worst, as they come by the megabyte, and here Ctrl-C is heard."""
        self.bytes += n * sizeof(real)
        cdef real[::1] view = zeros(1 if self.counted else n)
        cdef Py_ssize_t k
        self.arrays.append(view)
        for k in range(0 if self.counted else ceiling(n, TOUCHED)):
            view[k * TOUCHED] = 0
            PyErr_CheckSignals()
        return &view[0]

    def __dealloc__(self):
        PyMem_Free(self.ws.y)
        PyMem_Free(self.ws.dy)
        PyMem_Free(self.ws.lanes)
        PyMem_Free(self.ws.entries)
        PyMem_Free(self.ws.ends)
        PyMem_Free(self.ws.partials)
        PyMem_Free(self.ws.statistics)
        PyMem_Free(self.ws.narrow)


cdef enum:
    SWEEP_ROWS = 128        # rows of a sweep worked on at once by one thread, a block
    # Blocks are worked off in segments, each by one thread and in order, with totals of its own: as
    # many as leave threads nothing to wait for, but for metrics of many numbers as few as fit here.
    SEGMENTS = 256
    FEWEST_SEGMENTS = 4
    NUMBERS_OF_SEGMENTS = 1 << 20

cdef double SLICE = 0.05    # seconds from one look at Python's signals to the next


cdef Py_ssize_t segments_of(Py_ssize_t n, Py_ssize_t n_totals) noexcept:
    """The number of segments of n rows, whatever that of threads: it decides on how sums round."""
    cdef Py_ssize_t most = min(<Py_ssize_t> SEGMENTS, NUMBERS_OF_SEGMENTS // max(1, n_totals))
    return max(1, min(ceiling(n, SWEEP_ROWS), max(<Py_ssize_t> FEWEST_SEGMENTS, most)))


cdef struct Sweep:          # forward propagation of all rows, once
    Plan* plan
    Workspace* ws
    Array* x
    Array* t                # NULL: the outputs are wanted
    Array* w                # NULL: no weights of rows
    Py_ssize_t n
    double scale            # of the costs
    int team_size
    real* out               # (n, n_out)
    double* totals          # of every segment
    Py_ssize_t segments, blocks
    Py_ssize_t done[SEGMENTS]   # blocks of each
    bint finite_input
    double deadline         # seconds of the monotonic clock


cdef inline Py_ssize_t blocks_left(const Sweep* sweep, Py_ssize_t k) noexcept nogil:
    """The number of blocks of segment k that are to be done."""
    return (
        cut(sweep.blocks, k + 1, sweep.segments) - cut(sweep.blocks, k, sweep.segments)
        - sweep.done[k]
    )


cdef bint is_done(const Sweep* sweep) noexcept nogil:
    cdef Py_ssize_t k
    for k in range(sweep.segments):
        if blocks_left(sweep, k) > 0:
            return False
    return True


cdef void sweep_block(Sweep* sweep, Pass* batch, Py_ssize_t k) noexcept nogil:
    """Take the next block of segment k through all stages."""
    cdef Plan* plan = sweep.plan
    cdef Workspace* ws = sweep.ws
    cdef Py_ssize_t n_out = plan.stages[plan.n_stages - 1].n_out
    cdef Py_ssize_t i, i0 = SWEEP_ROWS * batch.member
    cdef Py_ssize_t block = cut(sweep.blocks, k, sweep.segments) + sweep.done[k]
    cdef Py_ssize_t i1 = i0 + min(<Py_ssize_t> SWEEP_ROWS, sweep.n - SWEEP_ROWS * block)
    batch.x.first = SWEEP_ROWS * block - i0
    read_rows(plan, ws, batch, i0, i1)
    forward(plan, ws, batch, 0, plan.n_stages, i0, i1, sweep.t != NULL and plan.cost.activates)
    if sweep.t == NULL:
        for i in range(i0, i1):
            unpack_row(
                sweep.out + (batch.x.first + i) * n_out, ws.y[plan.n_stages] + i * PANEL,
                ws.stride, n_out,
            )
    else:
        pack_targets(ws, batch, sweep.t, sweep.w, i0, i1)
        cost_and_metrics(plan, ws, batch, i0, i1, 1)
        add_values(plan, ws, batch, sweep.totals + k * plan.n_totals, i0, i1)
    sweep.done[k] += 1


cdef void sweep_member(void* of, int member, void* team) noexcept nogil:
    """Work off blocks of a member's segments, one at least, until the deadline."""
    cdef Sweep* sweep = <Sweep*> of
    cdef Plan* plan = sweep.plan
    cdef Py_ssize_t k = member
    cdef Pass batch
    memset(&batch, 0, sizeof(batch))
    batch.member, batch.scale, batch.part = member, sweep.scale, 1
    batch.weighted = sweep.w != NULL
    batch.x, batch.finite = reading_of(sweep.x, NULL, 0), True
    batch.x.scale, batch.x.offset = plan.scale, plan.offset
    while k < sweep.segments:
        while blocks_left(sweep, k) > 0:
            sweep_block(sweep, &batch, k)
            if not batch.finite:
                sweep.finite_input = False
            if not sweep.finite_input or seconds_now() > sweep.deadline:
                return
        k += sweep.team_size
