"""The engine's face to Python: what trilobite.reference has, compiled.

Compiled once per dtype and instruction set (setup.py); `real` is this module's element type.
"""
from cpython.buffer cimport PyBUF_FORMAT, PyBUF_STRIDES, PyBuffer_Release, PyObject_GetBuffer
from cpython.exc cimport PyErr_CheckSignals
from cpython.mem cimport PyMem_Calloc, PyMem_Free
from cpython.pythread cimport PyThread_get_thread_ident
from libc.math cimport INFINITY, isfinite, sqrt
from libc.stdint cimport int64_t, uint64_t
from libc.stdlib cimport qsort
from libc.string cimport memcpy, memset

from trilobite.engine.formulas.activations cimport (
    ELU, EXPONENTIAL, GELU, GELU_TANH, HARD_SIGMOID, LEAKY_RELU, LINEAR, RELU, SELU, SIGMOID, SILU,
    SOFTMAX, SOFTPLUS, TANH, activate, d_activate, d_softmax, softmax,
)
from trilobite.engine.formulas.costs cimport (
    BINARY_CROSSENTROPY, BINARY_CROSSENTROPY_FROM_LOGITS, BINARY_LOG_LOSS,
    CATEGORICAL_CROSSENTROPY, CATEGORICAL_CROSSENTROPY_FROM_LOGITS, CATEGORICAL_HINGE,
    HALF_POISSON_DEVIANCE, HALF_SQUARED_ERROR, HINGE, HUBER, KL_DIVERGENCE, LOG_COSH, LOG_LOSS,
    MEAN_ABSOLUTE_ERROR, MEAN_ABSOLUTE_PERCENTAGE_ERROR, MEAN_SQUARED_ERROR,
    MEAN_SQUARED_LOGARITHMIC_ERROR, POISSON, SQUARED_HINGE, clip, cost_of, divisor_of, sign,
)
from trilobite.engine.formulas.metrics cimport (
    AUC, BINARY_ACCURACY, CATEGORICAL_ACCURACY, PRECISION, R2_SCORE, RECALL,
    TOP_K_CATEGORICAL_ACCURACY, Metric, row_metric, whole_metric,
)
from trilobite.engine.formulas.optimizers cimport (
    ADADELTA, ADAGRAD, ADAM, ADAMAX, AMSGRAD, GRADIENT, MOMENTUM, NADAM, NESTEROV, RMSPROP, SGD,
    SLOTS, Constants, descend, prepare,
)
from trilobite.engine.kernels.packing cimport (
    Ahead, Array, Reading, columns_of, look_ahead, look_further, next_piece, pack_rows, reading_of,
    row_of, unpack_row,
)
from trilobite.engine.kernels.products cimport (
    Product, add_rows, from_lanes, tile_of, to_lanes, transpose_square, vectors_of,
)
from trilobite.engine.kernels.vector cimport (
    BLOCK, LANES, PANEL, TILE_ROWS, VECTORS, Gradient, absolute, below, ceiling, cut, equal,
    keep_factors, quotient, real, splat, square_root, sum_lanes, vec, where, word,
)

import os
import sys
from collections import namedtuple

import numpy as np

cdef extern from "run/team.h" nogil:
    double seconds_now()
    void barrier(void* team)
    void run_team(
        int threads, int* size, void (*work)(void*, int, void*) noexcept nogil, void* job
    )

dtype = np.dtype(f"f{sizeof(real)}")

include "plan.pxi"
include "rows.pxi"
include "run/lock.pxi"
include "run/sampling.pxi"
include "passes/normalization.pxi"
include "passes/sparse.pxi"
include "passes/forward.pxi"
include "passes/cost.pxi"
include "passes/backward.pxi"
include "run/sweep.pxi"
include "network.pxi"
include "optimizer.pxi"
include "passes/update.pxi"
include "run/epoch.pxi"
include "run/pace.pxi"
include "run/training.pxi"
include "run/peak.pxi"
