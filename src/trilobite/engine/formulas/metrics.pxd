"""Metrics, as accumulators: sums over rows, so that those of two blocks of rows add up.

Row metrics have a value for each row, and two accumulators: sum(w v) and sum(w) for weights w of
the rows. They work on LANES rows at once, a row in each lane, as costs do, and any cost is one. The
others ("whole") add up what they need, row after row. Definitions are Keras's.
"""
from libc.math cimport ceil, fmax, fmin, isnan

from trilobite.engine.formulas.costs cimport cost_of, divisor_of
from trilobite.engine.kernels.vector cimport PANEL, equal, less, real, splat, vec, where

cdef enum:  # metrics beside the costs, which have the numbers from 0
    CATEGORICAL_ACCURACY = 100
    TOP_K_CATEGORICAL_ACCURACY
    BINARY_ACCURACY
    PRECISION  # this and those below: whole metrics
    RECALL
    AUC
    R2_SCORE


cdef struct Metric:
    int code
    bint weighted           # by the weights of the rows
    double number           # threshold, k, thresholds, delta
    Py_ssize_t at, size     # its accumulators among all


cdef inline vec argmax(const vec* a, Py_ssize_t n) noexcept nogil:
    """The number of the first column that is a row's maximum."""
    cdef Py_ssize_t j
    cdef vec maximum = a[0]
    cdef vec best = splat(0)
    for j in range(1, n):
        best = where(less(maximum, a[j]), splat(<real> j), best)
        maximum = where(less(maximum, a[j]), a[j], maximum)
    return best


cdef inline vec in_top_k(vec* y, vec* t, Py_ssize_t n, double k) noexcept nogil:
    """(number of outputs greater than that of the class argmax(t)) < k"""
    cdef Py_ssize_t j
    cdef vec label = argmax(t, n)
    cdef vec of_class = y[0]
    cdef vec greater = splat(0)
    for j in range(1, n):
        of_class = where(equal(label, splat(<real> j)), y[j], of_class)
    for j in range(n):
        # no less or equal: NaN as the class's output is below all
        greater += where(less(of_class, y[j]), splat(1), splat(0))
    for j in range(n):
        greater += where(
            equal(of_class, of_class), splat(0), where(equal(y[j], y[j]), splat(1), splat(0))
        )
    return where(less(greater, splat(<real> k)), splat(1), splat(0))


cdef inline vec row_metric(
    const Metric* metric, vec* y, vec* t, vec* scratch, Py_ssize_t n, double* divisor,
) noexcept nogil:
    """The sum over the columns, and what to divide it by."""
    cdef Py_ssize_t j
    cdef vec total = splat(0)
    divisor[0] = 1
    if metric.code == CATEGORICAL_ACCURACY:
        return where(equal(argmax(y, n), argmax(t, n)), splat(1), total)
    if metric.code == TOP_K_CATEGORICAL_ACCURACY:
        return in_top_k(y, t, n, metric.number)
    if metric.code == BINARY_ACCURACY:
        divisor[0] = n
        for j in range(n):
            total += where(
                equal(where(less(splat(<real> metric.number), y[j]), splat(1), splat(0)), t[j]),
                splat(1), splat(0),
            )
        return total
    divisor[0] = divisor_of(metric.code, n)
    return cost_of(metric.code, y, scratch, t, n, 1, <real> metric.number, False)


cdef inline void add_output(
    const Metric* metric, double* sums, double y, double t, double w, Py_ssize_t j,
) noexcept nogil:
    """Add output j of a row of weight w to the accumulators of a whole metric."""
    cdef Py_ssize_t bucket, n = <Py_ssize_t> metric.number
    if metric.code == PRECISION:
        if y > <real> metric.number:  # true positives, predicted positives
            sums[0] += w * (t != 0)
            sums[1] += w
    elif metric.code == RECALL:
        if t != 0:  # true positives, positives
            sums[0] += w * (y > <real> metric.number)
            sums[1] += w
    elif metric.code == AUC:
        # positives between each of the n thresholds i / (n - 1) and the next, then negatives
        y = 0 if isnan(y) else fmin(fmax(y, 0), 1)
        bucket = <Py_ssize_t> fmax(ceil(<real> (<real> y * <real> (n - 1))) - 1, 0)
        sums[min(bucket, n - 1) + (n if t == 0 else 0)] += w
    else:  # R2_SCORE: sum(w), sum(w t), sum(w t^2), sum(w (t - y)^2) of each output
        sums[4 * j] += w
        sums[4 * j + 1] += w * t
        sums[4 * j + 2] += w * t * t
        sums[4 * j + 3] += w * (t - y) * (t - y)


cdef inline void whole_metric(
    const Metric* metric, double* sums, const real* y, Py_ssize_t stride, const real* t,
    bint one_hot, const real* w, Py_ssize_t n, Py_ssize_t i0, Py_ssize_t i1,
) noexcept nogil:
    """Add rows of panels to the accumulators of a whole metric; w may be NULL."""
    cdef Py_ssize_t i, j, at
    cdef double weight, target
    for i in range(i0, i1):
        weight = 1 if w == NULL or not metric.weighted else w[i * PANEL]
        for j in range(n):
            at = (j // PANEL) * stride + i * PANEL + j % PANEL
            target = (t[i * PANEL] == j) if one_hot else t[at]
            add_output(metric, sums, y[at], target, weight, j)
