"""The engine's face to Python: Rows, Network and Training, as reference.py has them in NumPy.

Compiled once per dtype and instruction set (setup.py); `real` is this module's element type.
"""
from cpython.buffer cimport PyBUF_FORMAT, PyBUF_STRIDES, PyBuffer_Release, PyObject_GetBuffer
from cpython.mem cimport PyMem_Calloc, PyMem_Free
from libc.math cimport isfinite
from libc.stdint cimport int64_t, uint64_t
from libc.string cimport memcpy, memset

from trilobite.engine.activations cimport (
    LINEAR, RELU, SIGMOID, SOFTMAX, TANH, activate, differentiate, differentiate_softmax, softmax,
)
from trilobite.engine.costs cimport (
    ABSOLUTE_ERROR, BINARY_ACCURACY, BINARY_CROSSENTROPY, BINARY_CROSSENTROPY_FROM_LOGITS,
    CATEGORICAL_ACCURACY, CATEGORICAL_CROSSENTROPY, CATEGORICAL_CROSSENTROPY_FROM_LOGITS,
    MEAN_SQUARED_ERROR, SQUARED_ERROR, binary_crossentropy, binary_crossentropy_from_logits,
    categorical_crossentropy, categorical_crossentropy_from_logits, metric, squared_error,
)
from trilobite.engine.packing cimport Ahead, Array, next_piece, pack_rows, unpack_row
from trilobite.engine.products cimport (
    Product, add_rows, from_lanes, tile_of, to_lanes, transpose_square, vectors_of,
)
from trilobite.engine.vector cimport (
    BLOCK, LANES, PANEL, TILE_ROWS, VECTORS, Gradient, below, ceiling, equal, real, splat,
    sum_lanes, vec, where,
)

import sys

import numpy as np

cdef extern from "team.h" nogil:
    double seconds_now()
    void barrier(void* team, int member)
    double run_team(int threads, int* size, void (*work)(void*, int, void*) noexcept nogil, void* job)

include "passes.pxi"
dtype = np.dtype(f"f{sizeof(real)}")

ACTIVATIONS = {"linear": LINEAR, "sigmoid": SIGMOID, "tanh": TANH, "relu": RELU, "softmax": SOFTMAX}

COSTS = {  # name: the cost of the output, the cost of its z, the activation that lies between
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


cdef bytes NATIVE = b"@=^<" if sys.byteorder == "little" else b"@=^>"


def zeros(Py_ssize_t n):
    """n zeros of the engine's dtype that begin on a cache line and end with one."""
    per_line = 64 // sizeof(real)
    buffer = np.zeros((n + per_line - 1) // per_line * per_line + per_line, dtype)
    skip = -buffer.ctypes.data // sizeof(real) % per_line
    return buffer[skip:len(buffer) - per_line + skip]


cdef class Rows:
    """The rows of an array, read as they are wanted: nothing is copied or converted as a whole.

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
        try:
            PyObject_GetBuffer(array, &self.buffer, PyBUF_STRIDES | PyBUF_FORMAT)
        except (BufferError, ValueError):
            raise self.refusal(array) from None
        cdef Py_buffer* buffer = &self.buffer
        cdef const char* format = buffer.format
        if format[0] in NATIVE:
            format += 1
        self.array.code = format[0]
        if format[0] in b"lL":  # 4 bytes or 8
            self.array.code = b"iIqQ"[(buffer.itemsize == 8) * 2 + (format[0] == c"L")]
        if buffer.ndim == 0 or self.array.code not in b"?bhiqBHIQefd" or format[1] != 0:
            raise self.refusal(array)
        cdef Py_ssize_t size = buffer.itemsize
        cdef bint contiguous = True
        cdef int axis
        for axis in range(buffer.ndim - 1, 0, -1):
            contiguous &= buffer.shape[axis] == 1 or buffer.strides[axis] == size
            size *= buffer.shape[axis]
        self.n_rows = self.array.n_rows = buffer.shape[0]
        self.n_columns = self.array.n_columns = size // buffer.itemsize
        self.array.data = <const char*> buffer.buf
        self.array.row_stride = buffer.strides[0]
        self.array.row_size = size
        cdef Py_ssize_t[::1] view
        if not contiguous and self.n_rows and self.n_columns:
            offsets = np.zeros(array.shape[1:], np.intp)
            for axis in range(1, buffer.ndim):
                along = np.arange(buffer.shape[axis], dtype=np.intp) * buffer.strides[axis]
                offsets += along.reshape([-1] + [1] * (buffer.ndim - 1 - axis))
            self.offsets = offsets.ravel()
            view = self.offsets
            self.array.columns = &view[0]

    cdef refusal(self, array):
        return TypeError(
            f"array: {np.ndim(array)}-dimensional {np.asarray(array).dtype} given; expected rows "
            "of bool, integer or float (16, 32, 64 bits) in native byte order"
        )

    def __dealloc__(self):
        if self.buffer.obj is not None:
            PyBuffer_Release(&self.buffer)

    def find_nonfinite(self):
        """(row, column) of the first element that is NaN or infinite in this dtype, or None."""
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
    """The buffers of a workspace of `capacity` rows for a team of `threads`."""

    cdef Workspace ws
    cdef Py_ssize_t capacity
    cdef bint busy
    cdef list arrays

    def __cinit__(self, Network network, Py_ssize_t capacity, int threads):
        cdef Plan* plan = &network.plan
        cdef Py_ssize_t s, widest = 1
        cdef double[::1] values
        cdef real[::1] view
        self.arrays = []
        self.capacity = capacity
        self.ws.stride = (capacity + 1) * PANEL
        self.ws.y = <real**> PyMem_Calloc(plan.n_stages + 1, sizeof(real*))
        self.ws.dy = <real**> PyMem_Calloc(plan.n_stages + 1, sizeof(real*))
        self.ws.lanes = <vec**> PyMem_Calloc(threads, sizeof(vec*))
        if self.ws.y == NULL or self.ws.dy == NULL or self.ws.lanes == NULL:
            raise MemoryError
        self.ws.y[0] = self.matrix(plan.stages[0].n_in)
        for s in range(plan.n_stages):
            self.ws.y[s + 1] = self.matrix(plan.stages[s].n_out)
            if s == 0 or plan.stages[s].dense:
                self.ws.dy[s + 1] = self.matrix(plan.stages[s].n_out)
            else:
                self.ws.dy[s + 1] = self.ws.dy[s]
            widest = max(widest, plan.stages[s].n_out)
        self.ws.t = self.matrix(network.n_out)
        self.arrays.append(zeros(PANEL))
        view = self.arrays[len(self.arrays) - 1]
        self.ws.zeros = &view[0]
        self.ws.lanes_size = ceiling(widest, LANES) * LANES
        for s in range(threads):
            self.arrays.append(zeros(3 * self.ws.lanes_size * LANES))
            view = self.arrays[len(self.arrays) - 1]
            self.ws.lanes[s] = <vec*> &view[0]
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
        PyMem_Free(self.ws.lanes)


cdef enum:
    SWEEP_ROWS = 128        # rows of a sweep worked on at once by one thread


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
        forward(plan, ws, member, i0, i1, sweep.t != NULL and plan.cost_activates)
        if sweep.t == NULL:
            for i in range(i0, i1):
                unpack_row(sweep.out + (first + i) * n_out, y + i * PANEL, ws.stride, n_out)
        else:
            pack(ws.t, ws.stride, sweep.t, NULL, first, i0, i1, 1, 0)
            cost_and_metrics(plan, ws, member, i0, i1, 1)
            for i in range(i0, i1):
                for j in range(n_values):
                    sweep.sums[k * n_values + j] += ws.values[i * n_values + j]
        k += sweep.team_size


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
        if n_in < 1 or not stages:
            raise ValueError(f"n_in, stages: {n_in}, {stages} given; expected at least one of each")
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

    def restore(self, const real[::1] snapshot not None):
        """Take the parameters back from a `snapshot` of this network."""
        if snapshot.shape[0] != self.parameters.shape[0]:
            raise ValueError(
                f"snapshot: {snapshot.shape[0]} elements given; expected {self.parameters.shape[0]}"
            )
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
        self.plan.cost_is_categorical = of_output == CATEGORICAL_CROSSENTROPY
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
        cdef Py_ssize_t capacity = x.n_rows if blocks <= 1 else threads * SWEEP_ROWS
        cdef Buffers buffers = self.buffers
        if buffers is None or buffers.busy or buffers.capacity < capacity:
            self.buffers = buffers = Buffers(self, capacity, threads)
        cdef Plan plan = self.plan  # `compile` may be called meanwhile
        cdef Sweep sweep
        memset(&sweep, 0, sizeof(sweep))
        sweep.plan = &plan
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
                f"x, out: {x.n_rows} x {x.n_columns}, {out.shape[0]} x {out.shape[1]} given; "
                f"expected n x {self.n_in}, n x {self.n_out}"
            )
        return x.n_rows == 0 or self.sweep(x, None, &out[0, 0], NULL, threads)

    def evaluate(self, Rows x not None, Rows y not None, batch_size=None, int threads=1):
        """Means over the rows of the cost and the metrics, float64 (1 + n_metrics,).

        None if x is not finite. batch_size makes no difference here.
        """
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


include "training.pxi"
include "peak.pxi"
