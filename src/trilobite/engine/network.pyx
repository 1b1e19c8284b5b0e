"""The engine's face to Python: what trilobite.reference has, compiled.

Compiled once per dtype and instruction set (setup.py); `real` is this module's element type.

Its parts are included and no modules of their own: at import an extension type that is cimported is
looked up by the name of its module, which would be the same one for all variants, and a function of
another module is called through a pointer, never inlined. The .pxd files of kernels/ hold inline
functions alone, which are compiled into this module, too. docs/engine.md leads through them all.
"""
from cpython.buffer cimport PyBUF_FORMAT, PyBUF_STRIDES, PyBuffer_Release, PyObject_GetBuffer
from cpython.exc cimport PyErr_CheckSignals
from cpython.mem cimport PyMem_Calloc, PyMem_Free
from cpython.pythread cimport PyThread_get_thread_ident
from libc.math cimport INFINITY, NAN, ceil, erfc, exp, fmax, fmin, isfinite, isnan, pow, sqrt
from libc.stdint cimport int64_t, uint64_t
from libc.stdlib cimport qsort
from libc.string cimport memcmp, memcpy, memmove, memset

from trilobite.engine.kernels.packing cimport (
    Ahead, Array, Reading, columns_of, gather, look_ahead, next_piece, pack_rows, reading_of,
    row_of, unpack_row,
)
from trilobite.engine.kernels.products cimport (
    Product, add_rows, from_lanes, tile_of, to_lanes, transpose_square, vectors_of,
)
from trilobite.engine.kernels.vector cimport (
    BLOCK, EXPONENT_BIAS, EXP_TERMS, LANES, LN2_HIGH, LN2_LOW, LOG_TERMS, ONE_OVER_FACTORIAL, PANEL,
    ROUNDING, TILE_ROWS, VECTORS, Gradient, absolute, apart, below, ceiling, copy_sign, cut, equal,
    formula, inlined, keep_factors, lane_numbers, less, power_of_two, quotient, real, splat,
    split_power, square_root, sum_lanes, uniform, vec, vector_at, where, word,
    zip_high, zip_low,
)

import os
import sys

import numpy as np

from trilobite.engine import tables
from trilobite.engine.tables import ActivationRow, CostRow, MetricRow, OptimizerRow

cdef extern from "run/team.h" nogil:
    enum:
        MAX_THREADS
    double seconds_now()
    void barrier(void* team)
    void run_team(
        int threads, int* size, void (*work)(void*, int, void*) noexcept nogil, void* job
    )

dtype = np.dtype(f"f{sizeof(real)}")

include "formulas/activations.pxi"
include "formulas/activations_of_z.pxi"
include "formulas/costs.pxi"
include "formulas/metrics.pxi"
include "formulas/optimizers.pxi"
include "plan.pxi"
include "rows.pxi"
include "run/lock.pxi"
include "weights.pxi"
include "run/sampling.pxi"
include "passes/normalization.pxi"
include "passes/noise.pxi"
include "passes/columns.pxi"
include "passes/sparse.pxi"
include "passes/forward.pxi"
include "passes/cost.pxi"
include "passes/backward.pxi"
include "passes/narrow.pxi"
include "run/sweep.pxi"
include "network.pxi"
include "optimizer.pxi"
include "passes/update.pxi"
include "passes/constraints.pxi"
include "run/epoch.pxi"
include "run/member.pxi"
include "run/pace.pxi"
include "run/memory.pxi"
include "run/training.pxi"
include "passes/abreast.pxi"
include "run/abreast.pxi"
include "run/peak.pxi"
