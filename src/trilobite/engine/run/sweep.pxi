# The buffers of a pass, and forward propagation of all rows at once: predict and evaluate.

cdef class Buffers:
    """The buffers of a workspace of `capacity` rows for a team of `threads`.

    Where x is sparse it is not packed, and a training has room for `entries` of its elements."""

    cdef Workspace ws
    cdef Py_ssize_t capacity
    cdef list arrays

    def __cinit__(
        self, Network network, Py_ssize_t capacity, int threads, bint sparse,
        Py_ssize_t entries=0,
    ):
        cdef Plan* plan = &network.plan
        cdef Py_ssize_t s, n, widest = 1
        cdef double[::1] values
        cdef Py_ssize_t[::1] ends
        self.arrays = []
        self.capacity = capacity
        self.ws.stride = (capacity + 1) * PANEL
        self.ws.y = <real**> PyMem_Calloc(plan.n_stages + 1, sizeof(real*))
        self.ws.dy = <real**> PyMem_Calloc(plan.n_stages + 1, sizeof(real*))
        self.ws.lanes = <vec**> PyMem_Calloc(threads, sizeof(vec*))
        self.ws.entries = <Entry**> PyMem_Calloc(threads, sizeof(Entry*))
        self.ws.ends = <Py_ssize_t**> PyMem_Calloc(threads, sizeof(Py_ssize_t*))
        self.ws.partials = <real**> PyMem_Calloc(plan.n_stages, sizeof(real*))
        self.ws.statistics = <real**> PyMem_Calloc(plan.n_stages, sizeof(real*))
        if (
            self.ws.y == NULL or self.ws.dy == NULL or self.ws.lanes == NULL
            or self.ws.entries == NULL or self.ws.ends == NULL or self.ws.partials == NULL
            or self.ws.statistics == NULL
        ):
            raise MemoryError
        self.ws.sparse = sparse
        if not sparse:
            self.ws.y[0] = self.matrix(plan.stages[0].n_in)
        for s in range(plan.n_stages):
            self.ws.y[s + 1] = self.matrix(plan.stages[s].n_out)
            if s == 0 or plan.stages[s].kind == DENSE:
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
        values = np.zeros(capacity * (1 + plan.n_row_metrics))
        self.ws.values = &values[0]
        self.arrays.append(values)

    cdef real* matrix(self, Py_ssize_t columns):
        return self.room(ceiling(columns, PANEL) * self.ws.stride)

    cdef real* room(self, Py_ssize_t n):
        cdef real[::1] view = zeros(n)
        self.arrays.append(view)
        return &view[0]

    def __dealloc__(self):
        PyMem_Free(self.ws.y)
        PyMem_Free(self.ws.dy)
        PyMem_Free(self.ws.lanes)
        PyMem_Free(self.ws.entries)
        PyMem_Free(self.ws.ends)
        PyMem_Free(self.ws.partials)
        PyMem_Free(self.ws.statistics)


cdef enum:
    SWEEP_ROWS = 128        # rows of a sweep worked on at once by one thread


cdef struct Sweep:          # forward propagation of all rows, once
    Plan* plan
    Workspace* ws
    Array* x
    Array* t                # NULL: the outputs are wanted
    Array* w                # NULL: no weights of rows
    Py_ssize_t n
    int team_size
    real* out               # (n, n_out)
    double* totals          # of every SWEEP_ROWS rows
    bint finite_input


cdef void sweep_member(void* of, int member, void* team) noexcept nogil:
    cdef Sweep* sweep = <Sweep*> of
    cdef Plan* plan = sweep.plan
    cdef Workspace* ws = sweep.ws
    cdef Py_ssize_t n_out = plan.stages[plan.n_stages - 1].n_out
    cdef Py_ssize_t k, i, first, i0 = SWEEP_ROWS * member, i1
    cdef real* y = ws.y[plan.n_stages]
    cdef Pass batch
    memset(&batch, 0, sizeof(batch))
    batch.member, batch.scale = member, 1
    batch.weighted = sweep.w != NULL
    batch.x, batch.finite = reading_of(sweep.x, NULL, 0), True
    batch.x.scale, batch.x.offset = plan.scale, plan.offset
    k = member
    while k < ceiling(sweep.n, SWEEP_ROWS):
        first = SWEEP_ROWS * k - i0
        i1 = i0 + min(<Py_ssize_t> SWEEP_ROWS, sweep.n - SWEEP_ROWS * k)
        batch.x.first = first
        forward(plan, ws, &batch, i0, i1, sweep.t != NULL and plan.cost.activates)
        if sweep.t == NULL:
            for i in range(i0, i1):
                unpack_row(sweep.out + (first + i) * n_out, y + i * PANEL, ws.stride, n_out)
        else:
            pack_targets(ws, &batch, sweep.t, sweep.w, i0, i1)
            cost_and_metrics(plan, ws, &batch, i0, i1, 1)
            add_values(plan, ws, &batch, sweep.totals + k * plan.n_totals, i0, i1)
        k += sweep.team_size
    if not batch.finite:
        sweep.finite_input = False
