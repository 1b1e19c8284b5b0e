"""The engine's face to Python: Rows, Network and Training. reference.py has the same three in NumPy.

Compiled once per dtype and instruction set (setup.py); `real` is this module's element type.
"""
from cpython.buffer cimport PyBUF_FORMAT, PyBUF_STRIDES, PyBuffer_Release, PyObject_GetBuffer
from cpython.mem cimport PyMem_Calloc, PyMem_Free
from libc.math cimport isfinite
from libc.stdint cimport int64_t, uint64_t
from libc.string cimport memcpy, memset
from posix.time cimport CLOCK_MONOTONIC, clock_gettime, timespec

from trilobite.engine.activations cimport (
    LINEAR, RELU, SIGMOID, SOFTMAX, TANH, activate, differentiate, differentiate_softmax, softmax,
)
from trilobite.engine.costs cimport (
    ABSOLUTE_ERROR, BINARY_ACCURACY, BINARY_CROSSENTROPY, BINARY_CROSSENTROPY_FROM_LOGITS,
    CATEGORICAL_ACCURACY, CATEGORICAL_CROSSENTROPY, CATEGORICAL_CROSSENTROPY_FROM_LOGITS,
    MEAN_SQUARED_ERROR, SQUARED_ERROR, binary_crossentropy, binary_crossentropy_from_logits,
    categorical_crossentropy, categorical_crossentropy_from_logits, metric, squared_error,
)
from trilobite.engine.packing cimport Array, nonfinite, pack_row, unpack_row
from trilobite.engine.products cimport (
    add_rows, fill, tile_of, transpose_square, vectors_of,
)
from trilobite.engine.vector cimport (
    BLOCK, LANES, Gradient, PANEL, TILE_ROWS, VECTORS, below, ceiling, real, splat, sum_lanes, vec,
)

import numpy as np

cdef extern from "team.h" nogil:
    void barrier(void* team)
    void run_team(int threads, int* size, void (*work)(void*, int, void*) noexcept nogil, void* job)

include "passes.pxi"
include "training.pxi"
include "peak.pxi"

dtype = np.dtype(f"f{sizeof(real)}")

ACTIVATIONS = {"linear": LINEAR, "sigmoid": SIGMOID, "tanh": TANH, "relu": RELU, "softmax": SOFTMAX}

COSTS = {  # name: the cost from the output, the cost from z, the activation that the latter contains
    "mean_squared_error": (MEAN_SQUARED_ERROR, None, None),
    "categorical_crossentropy": (
        CATEGORICAL_CROSSENTROPY, CATEGORICAL_CROSSENTROPY_FROM_LOGITS, SOFTMAX
    ),
    "sparse_categorical_crossentropy": (
        CATEGORICAL_CROSSENTROPY, CATEGORICAL_CROSSENTROPY_FROM_LOGITS, SOFTMAX
    ),
    "binary_crossentropy": (BINARY_CROSSENTROPY, BINARY_CROSSENTROPY_FROM_LOGITS, SIGMOID),
}

METRICS = {
    "categorical_accuracy": CATEGORICAL_ACCURACY,
    "sparse_categorical_accuracy": CATEGORICAL_ACCURACY,
    "binary_accuracy": BINARY_ACCURACY,
    "mean_squared_error": SQUARED_ERROR,
    "mean_absolute_error": ABSOLUTE_ERROR,
}

STATUSES = {PAUSED: "running", EPOCH: "epoch", NONFINITE: "nonfinite", BAD_INPUT: "bad_input"}


def zeros(Py_ssize_t n):
    """n zeros of the engine's dtype that begin on a cache line and end with one."""
    per_line = 64 // sizeof(real)
    buffer = np.zeros((n + per_line - 1) // per_line * per_line + per_line, dtype)
    skip = -buffer.ctypes.data // sizeof(real) % per_line
    return buffer[skip:len(buffer) - per_line + skip]


def permutation(Py_ssize_t n, seed, epoch):
    """The order in which epoch `epoch` of a training with this seed takes its n rows: (n,) int64."""
    order = np.empty(n, np.int64)
    cdef int64_t[::1] view = order
    if n:
        shuffle(&view[0], n, <uint64_t> seed, <uint64_t> epoch)
    return order


cdef class Rows:
    """The rows of an array, to be read as they are wanted: nothing is copied or converted as a whole.

    Parameters
    ----------
    array : ndarray of shape (n_rows, ...)
        Of a bool, integer or float (16, 32, 64 bits) dtype in native byte order; any strides.

    Raises
    ------
    TypeError
        If the array is of another dtype.
    """

    cdef Py_buffer buffer
    cdef Array array
    cdef object offsets
    cdef readonly Py_ssize_t n_rows, n_columns

    def __cinit__(self, array):
        code = "?" if array.dtype.kind == "b" else np.dtype(array.dtype).char
        code = {"l": "q", "L": "Q"}.get(code, code)
        if array.ndim == 0 or not array.dtype.isnative or code not in "?bhiqBHIQefd":
            raise TypeError(
                f"array: {array.ndim}-dimensional {array.dtype} given; expected rows of bool, integer or "
                "float (16, 32, 64 bits) in native byte order"
            )
        PyObject_GetBuffer(array, &self.buffer, PyBUF_STRIDES | PyBUF_FORMAT)
        self.n_rows = array.shape[0]
        self.n_columns = int(np.prod(array.shape[1:], dtype=np.intp))
        self.array.data = <const char*> self.buffer.buf
        self.array.code = ord(code)
        self.array.n_rows = self.n_rows
        self.array.n_columns = self.n_columns
        self.array.row_stride = array.strides[0]
        cdef Py_ssize_t[::1] view
        if self.n_rows and self.n_columns and not array[0].flags.c_contiguous:
            offsets = np.zeros(array.shape[1:], np.intp)
            for axis, stride in enumerate(array.strides[1:]):
                along = [1] * offsets.ndim
                along[axis] = -1
                offsets += (np.arange(offsets.shape[axis], dtype=np.intp) * stride).reshape(along)
            self.offsets = offsets.ravel()
            view = self.offsets
            self.array.columns = &view[0]

    def __dealloc__(self):
        if self.buffer.obj is not None:
            PyBuffer_Release(&self.buffer)

    def find_nonfinite(self):
        """(row, column) of the first element that is NaN or infinite in the engine's dtype, or None."""
        row = zeros(max(1, ceiling(self.n_columns, PANEL)) * PANEL)
        cdef real[::1] view = row
        cdef Py_ssize_t i
        cdef bint finite = True
        with nogil:
            for i in range(self.n_rows):
                if not pack(&view[0], PANEL, &self.array, NULL, i, 0, 1, 1, 0):
                    finite = False
                    break
        return None if finite else (i, int(np.argmin(np.isfinite(row[:self.n_columns]))))


cdef class Buffers:
    """The buffers of a workspace of `capacity` rows."""

    cdef Workspace ws
    cdef Py_ssize_t capacity
    cdef bint busy
    cdef list arrays

    def __cinit__(self, Network network, Py_ssize_t capacity):
        cdef Plan* plan = &network.plan
        cdef Py_ssize_t s
        cdef double[::1] values
        self.arrays = []
        self.capacity = capacity
        self.ws.stride = capacity * PANEL
        self.ws.y = <real**> PyMem_Calloc(plan.n_stages + 1, sizeof(real*))
        self.ws.dy = <real**> PyMem_Calloc(plan.n_stages + 1, sizeof(real*))
        if self.ws.y == NULL or self.ws.dy == NULL:
            raise MemoryError
        self.ws.y[0] = self.matrix(plan.stages[0].n_in)
        for s in range(plan.n_stages):
            self.ws.y[s + 1] = self.matrix(plan.stages[s].n_out)
            if s == 0 or plan.stages[s].dense:
                self.ws.dy[s + 1] = self.matrix(plan.stages[s].n_out)
            else:
                self.ws.dy[s + 1] = self.ws.dy[s]
        self.ws.t = self.matrix(network.n_out)
        values = np.zeros(capacity * (1 + plan.n_metrics))
        self.ws.values = &values[0]
        self.arrays.append(values)

    cdef real* matrix(self, Py_ssize_t columns):
        cdef real[::1] view = zeros(ceiling(columns, PANEL) * self.ws.stride)
        self.arrays.append(view)
        return &view[0]

    def __dealloc__(self):
        PyMem_Free(self.ws.y)
        PyMem_Free(self.ws.dy)


cdef class Network:
    """A plan of stages with its parameters.

    Parameters
    ----------
    n_in : int
        Columns of x.
    stages : sequence of tuple
        ("dense", n_out, activation, use_bias) or ("activation", activation).
    scale, offset : float
        x is read as x * scale + offset.
    """

    cdef Plan plan
    cdef real[::1] parameters
    cdef Buffers buffers                     # of the last sweep, for the next
    cdef list arrays                         # what the plan points into
    cdef readonly Py_ssize_t n_in, n_out, n_parameters
    cdef readonly tuple metrics

    def __cinit__(self, n_in, stages, double scale=1.0, double offset=0.0):
        self.arrays = []
        self.metrics = ()
        self.n_in = n_in
        self.plan.scale = <real> scale
        self.plan.offset = <real> offset
        self.plan.n_stages = len(stages)
        self.plan.stages = <Stage*> PyMem_Calloc(max(1, len(stages)), sizeof(Stage))
        if self.plan.stages == NULL:
            raise MemoryError
        cdef Stage* stage
        cdef Py_ssize_t s, n = n_in, size = 0, at_w
        cdef real[::1] view
        cdef bint has_weights = False
        for s, (kind, *arguments) in enumerate(stages):
            stage = &self.plan.stages[s]
            stage.dense = kind == "dense"
            stage.n_in = n
            if stage.dense:
                n, activation, stage.use_bias = arguments
            else:
                activation, = arguments
            stage.n_out = n
            stage.activation = ACTIVATIONS[activation]
            self.arrays.append(inside := zeros(ceiling(n, PANEL) * PANEL))
            inside[:n] = 1
            view = inside
            stage.inside = &view[0]
            if stage.dense:
                stage.w_stride = ceiling(stage.n_in, LANES) * LANES * PANEL
                size += ceiling(n, PANEL) * (stage.w_stride + PANEL)
                self.n_parameters += stage.n_in * n + (n if stage.use_bias else 0)
        self.n_out = n
        self.parameters = zeros(max(1, size))
        self.plan.parameters = &self.parameters[0]
        at_w = 0
        for s in range(self.plan.n_stages):
            stage = &self.plan.stages[s]
            if not stage.dense:
                continue
            stage.w = self.plan.parameters + at_w
            stage.b = stage.w + ceiling(stage.n_out, PANEL) * stage.w_stride
            at_w += ceiling(stage.n_out, PANEL) * (stage.w_stride + PANEL)
            if s > 0:
                stage.w_transposed_stride = ceiling(stage.n_out, LANES) * LANES * PANEL
                self.arrays.append(zeros(ceiling(stage.n_in, PANEL) * stage.w_transposed_stride))
                view = self.arrays[len(self.arrays) - 1]
                stage.w_transposed = &view[0]

    def __dealloc__(self):
        PyMem_Free(self.plan.stages)

    def get_weights(self):
        """[w, b, w, b, ...]: new arrays (n_in, n_out) and (n_out,); no b where a stage has none."""
        cdef Stage* stage
        cdef Py_ssize_t s, k
        cdef real[:, ::1] w
        cdef real[::1] b
        weights = []
        for s in range(self.plan.n_stages):
            stage = &self.plan.stages[s]
            if stage.dense:
                weights.append(np.empty((stage.n_in, stage.n_out), dtype))
                w = weights[len(weights) - 1]
                for k in range(stage.n_in if stage.n_out else 0):
                    unpack_row(&w[k, 0], stage.w + k * PANEL, stage.w_stride, stage.n_out)
                if stage.use_bias:
                    weights.append(np.empty(stage.n_out, dtype))
                    b = weights[len(weights) - 1]
                    unpack_row(&b[0], stage.b, PANEL, stage.n_out)
        return weights

    def set_weights(self, weights):
        """Take [w, b, w, b, ...], arrays of real numbers in the shapes that get_weights gives."""
        cdef Stage* stage
        cdef Rows rows
        cdef Py_ssize_t s
        expected = [w.shape for w in self.get_weights()]
        weights = [np.asarray(w) for w in weights]
        if (given := [w.shape for w in weights]) != expected:
            raise ValueError(f"weights: arrays of shapes {given} given; expected {expected}")
        sources = iter([Rows(w if w.ndim == 2 else w.reshape(1, -1)) for w in weights])
        for s in range(self.plan.n_stages):
            stage = &self.plan.stages[s]
            if stage.dense:
                rows = next(sources)
                pack(stage.w, stage.w_stride, &rows.array, NULL, 0, 0, stage.n_in, 1, 0)
                if stage.use_bias:
                    rows = next(sources)
                    pack(stage.b, PANEL, &rows.array, NULL, 0, 0, 1, 1, 0)
        self.transpose()

    cdef void transpose(self) noexcept:
        cdef Stage* stage
        cdef Py_ssize_t s, p, q
        for s in range(self.plan.n_stages):
            stage = &self.plan.stages[s]
            if stage.w_transposed != NULL:
                for q in range(ceiling(stage.n_out, PANEL)):
                    for p in range(ceiling(stage.n_in, PANEL)):
                        transpose_block(stage, p, q)

    def snapshot(self):
        """A copy of all parameters, for `restore`."""
        return np.array(self.parameters)

    def restore(self, snapshot):
        self.parameters[:] = snapshot
        self.transpose()

    def compile(self, loss, metrics=(), bint from_logits=False):
        """Choose the cost and the metrics by name (COSTS, METRICS).

        from_logits: the output is z, to which the cost applies softmax or sigmoid.
        """
        of_output, of_z, contained = COSTS[loss]
        last = self.plan.stages[self.plan.n_stages - 1].activation
        codes = [METRICS[name] for name in metrics]
        if len(codes) > 8:
            raise ValueError(f"metrics: {len(codes)} given; expected at most 8")
        self.plan.cost_activates = not from_logits and last == contained
        self.plan.cost = of_z if from_logits or self.plan.cost_activates else of_output
        self.plan.one_hot = loss == "sparse_categorical_crossentropy"
        self.plan.n_metrics = len(codes)
        for k, code in enumerate(codes):
            self.plan.metrics[k] = code
        self.metrics = tuple(metrics)
        self.buffers = None

    cdef bint sweep(self, Rows x, Rows t, real* out, double* sums, int threads) except -1:
        """Forward propagation of all rows, to `out` or to `sums`; whether x was finite."""
        cdef Py_ssize_t blocks = ceiling(x.n_rows, SWEEP_ROWS)
        threads = <int> max(1, min(threads, blocks))
        cdef Py_ssize_t capacity = x.n_rows if threads == 1 and blocks <= 1 else threads * SWEEP_ROWS
        cdef Buffers buffers = self.buffers
        if buffers is None or buffers.busy or buffers.capacity < capacity:
            self.buffers = buffers = Buffers(self, capacity)
        cdef Sweep sweep
        memset(&sweep, 0, sizeof(sweep))
        sweep.plan = &self.plan
        sweep.ws = &buffers.ws
        sweep.x = &x.array
        sweep.t = NULL if t is None else &t.array
        sweep.n = x.n_rows
        sweep.out = out
        sweep.sums = sums
        sweep.finite_input = True
        buffers.busy = True
        with nogil:
            run_team(threads, &sweep.team_size, sweep_member, &sweep)
        buffers.busy = False
        return sweep.finite_input

    def predict(self, Rows x not None, real[:, ::1] out not None, int threads=1):
        """out[:] = the network's output for x; returns whether all of x was finite."""
        if x.n_columns != self.n_in or out.shape[0] != x.n_rows or out.shape[1] != self.n_out:
            raise ValueError(
                f"x, out: {x.n_rows} x {x.n_columns}, {out.shape[0]} x {out.shape[1]} given; expected "
                f"n x {self.n_in}, n x {self.n_out}"
            )
        return x.n_rows == 0 or self.sweep(x, None, &out[0, 0], NULL, threads)

    def evaluate(self, Rows x not None, Rows y not None, batch_size=None, int threads=1):
        """Means over the rows of the cost and the metrics, float64 (1 + n_metrics,); None if x is not
        finite. batch_size makes no difference here."""
        self.check(x, y)
        sums = np.zeros((ceiling(max(1, x.n_rows), SWEEP_ROWS), 1 + self.plan.n_metrics))
        cdef double[:, ::1] view = sums
        if x.n_rows and not self.sweep(x, y, NULL, &view[0, 0], threads):
            return None
        return sums.sum(axis=0) / max(1, x.n_rows)

    def check(self, Rows x, Rows y):
        width = 1 if self.plan.one_hot else self.n_out
        if x.n_columns != self.n_in or y.n_columns != width or x.n_rows != y.n_rows:
            raise ValueError(
                f"x, y: {x.n_rows} x {x.n_columns}, {y.n_rows} x {y.n_columns} given; expected "
                f"n x {self.n_in}, n x {width}"
            )


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
    """

    cdef Network network
    cdef Rows x, y
    cdef Buffers buffers
    cdef Job job
    cdef int threads
    cdef list arrays
    cdef readonly object history

    def __cinit__(
        self, Network network not None, Rows x not None, Rows y not None, Py_ssize_t batch_size=32,
        Py_ssize_t epochs=1, seed=0, Py_ssize_t first_epoch=0, bint shuffle=True, int threads=1,
    ):
        network.check(x, y)
        if x.n_rows < 1 or batch_size < 1 or epochs < 0:
            raise ValueError(
                f"x, batch_size, epochs: {x.n_rows} rows, {batch_size}, {epochs} given; expected at "
                "least 1, 1, 0"
            )
        cdef Job* job = &self.job
        cdef Plan* plan = &network.plan
        cdef Py_ssize_t s, p, q, k, n_values = 1 + plan.n_metrics
        cdef double[::1] doubles
        cdef real[::1] reals
        cdef int64_t[::1] order
        self.network, self.x, self.y, self.threads = network, x, y, threads
        batch_size = min(batch_size, x.n_rows)
        self.buffers = Buffers(network, min(batch_size, <Py_ssize_t> CHUNK))
        self.history = np.full((epochs, n_values), np.nan)
        self.arrays = []
        job.plan, job.ws, job.x, job.t = plan, &self.buffers.ws, &x.array, &y.array
        job.n, job.batch_size, job.steps = x.n_rows, batch_size, ceiling(x.n_rows, batch_size)
        job.n_parameters = network.parameters.shape[0]
        job.seed, job.first_epoch, job.shuffle = seed, first_epoch, shuffle
        job.learning_rate = <real> 0.01
        job.finite_input = True
        job.look_every = max(1, min(1000, 50_000_000 // (6 * network.n_parameters * batch_size + 1)))
        self.arrays = [np.zeros(n_values), np.zeros(max(1, epochs) * n_values), zeros(job.n_parameters)]
        doubles = self.arrays[0]
        job.totals = &doubles[0]
        doubles = self.arrays[1]
        job.history = &doubles[0]
        self.history = self.arrays[1][:epochs * n_values].reshape(epochs, n_values)
        self.history[:] = np.nan
        reals = self.arrays[2]
        job.before = &reals[0]
        self.arrays.append(np.empty(x.n_rows, np.int64))
        order = self.arrays[len(self.arrays) - 1]
        job.order = &order[0]
        if batch_size > CHUNK:
            self.arrays.append(zeros(job.n_parameters))
            reals = self.arrays[len(self.arrays) - 1]
            job.gradient = &reals[0]
        for s in range(plan.n_stages):
            if plan.stages[s].dense:
                job.n_blocks += ceiling(plan.stages[s].n_in, PANEL) * ceiling(plan.stages[s].n_out, PANEL)
        job.blocks = <Block*> PyMem_Calloc(max(1, job.n_blocks), sizeof(Block))
        if job.blocks == NULL:
            raise MemoryError
        k = 0
        for s in range(plan.n_stages):
            if plan.stages[s].dense:
                for q in range(ceiling(plan.stages[s].n_out, PANEL)):
                    for p in range(ceiling(plan.stages[s].n_in, PANEL)):
                        job.blocks[k].s, job.blocks[k].p, job.blocks[k].q = s, p, q
                        k += 1

    def __dealloc__(self):
        PyMem_Free(self.job.blocks)

    @property
    def learning_rate(self):
        return self.job.learning_rate

    @learning_rate.setter
    def learning_rate(self, double value):
        self.job.learning_rate = <real> value

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
        """Means over the rows seen in the epoch under way (or just finished): the cost, the metrics."""
        return self.arrays[0] / max(1, self.job.rows_done)

    def set_order(self, order):
        """Take the rows of the next epoch in this order: (n,) int64, a permutation."""
        cdef int64_t[::1] view = self.arrays[3]
        if self.job.begun:
            raise ValueError("order: given in the middle of an epoch; expected between epochs")
        order = np.asarray(order, np.int64)
        if order.shape != (self.job.n,) or (np.sort(order) != np.arange(self.job.n)).any():
            raise ValueError(f"order: expected a permutation of 0 to {self.job.n - 1}")
        view[:] = order
        self.job.own_order = True

    def restore(self):
        """Put the parameters back to where the epoch under way began."""
        self.network.restore(self.arrays[2])
        self.job.begun = False

    def run(self, Py_ssize_t until_epoch, double seconds=0.05, Py_ssize_t steps=0):
        """Train until `until_epoch` epochs are finished, `seconds` are over or `steps` steps are done.

        Returns
        -------
        str
            "epoch": until_epoch epochs are finished. "running": the time or the steps are over.
            "nonfinite": the cost or a parameter is NaN or infinite. "bad_input": x is.
        """
        cdef Job* job = &self.job
        job.until_epoch = min(until_epoch, len(self.history))
        if job.epoch >= job.until_epoch:
            return "epoch"
        job.steps_left = steps if steps > 0 else -1
        job.deadline = now() + seconds
        job.stop = False
        with nogil:
            if not job.begun:
                begin_epoch(job)
            run_team(self.threads, &job.team_size, train_member, job)
        return STATUSES[job.status]
