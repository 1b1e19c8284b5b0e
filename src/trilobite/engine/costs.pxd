"""Costs and metrics, and the gradient of the cost with respect to the output.

All work on LANES rows at once, a row in each lane (see products.pxd): y[j], t[j] and dy[j] are
column j of the output, the target and the gradient; a result has the rows' values in its lanes.

Definitions and reductions are Keras's: squared errors and binary cross-entropies are means over
the n columns; probabilities are clipped to [1e-7, 1 - 1e-7], categorical ones normalised first. The
functions return sums over the columns, which the caller divides in double precision. The cost of a
step is the mean over its rows, so gradients carry `weight` = 1 / rows. Targets are dense: class
indices have become one-hot.
"""
from trilobite.engine.activations cimport exponential, logarithm, sigmoid, softmax
from trilobite.engine.vector cimport absolute, equal, ivec, less, real, splat, vec, where

cdef enum:  # costs
    MEAN_SQUARED_ERROR
    CATEGORICAL_CROSSENTROPY
    CATEGORICAL_CROSSENTROPY_FROM_LOGITS
    BINARY_CROSSENTROPY
    BINARY_CROSSENTROPY_FROM_LOGITS

cdef enum:  # metrics
    CATEGORICAL_ACCURACY
    BINARY_ACCURACY
    SQUARED_ERROR
    ABSOLUTE_ERROR


cdef inline vec clip(vec p) noexcept nogil:
    cdef vec low = splat(<real> 1e-7)
    cdef vec high = splat(1 - <real> 1e-7)
    return where(less(p, low), low, where(less(high, p), high, p))


cdef inline vec unclipped(vec p) noexcept nogil:
    """1 where `clip` leaves p as it is, 0 elsewhere: the derivative of clip."""
    cdef ivec clipped = less(p, splat(<real> 1e-7)) | less(splat(1 - <real> 1e-7), p)
    return where(clipped, splat(0), splat(1))


cdef inline vec squared_error(
    vec* y, vec* dy, vec* t, Py_ssize_t n, real weight,
) noexcept nogil:
    """mean((y - t)^2);  dy = 2 (y - t) / n"""
    cdef Py_ssize_t j
    cdef vec difference, total = splat(0)
    for j in range(n):
        difference = y[j] - t[j]
        total += difference * difference
        dy[j] = (difference + difference) * (weight / n)
    return total


cdef inline vec categorical_crossentropy(
    vec* y, vec* dy, vec* t, Py_ssize_t n, real weight,
) noexcept nogil:
    """-sum(t ln(clip(p))), p = y / sum(y);  dp = -t / p,  dy = (dp - sum(dp p)) / sum(y)"""
    cdef Py_ssize_t j
    cdef vec p
    cdef vec total = splat(0)
    cdef vec cost = splat(0)
    cdef vec mean = splat(0)
    for j in range(n):
        total += y[j]
    for j in range(n):
        p = y[j] / total
        cost -= t[j] * logarithm(clip(p))
        dy[j] = -t[j] / clip(p) * unclipped(p)
        mean += dy[j] * p
    for j in range(n):
        dy[j] = (dy[j] - mean) / total * weight
    return cost


cdef inline vec categorical_crossentropy_from_logits(
    vec* z, vec* dz, vec* t, Py_ssize_t n, real weight, bint is_softmax,
) noexcept nogil:
    """-sum(t ln(p)), p = softmax(z), ln(p) = z - max - ln(sum(exp(z - max)));  dz = p sum(t) - t
    Where the output's activation is the softmax, p is left in z."""
    cdef Py_ssize_t j
    cdef vec maximum
    cdef vec log_total = logarithm(softmax(dz, z, n, &maximum))
    cdef vec cost = splat(0)
    cdef vec sum_t = splat(0)
    for j in range(n):
        cost -= t[j] * (z[j] - maximum - log_total)
        sum_t += t[j]
    for j in range(n):
        if is_softmax:
            z[j] = dz[j]
        dz[j] = (dz[j] * sum_t - t[j]) * weight
    return cost


cdef inline vec binary_crossentropy(
    vec* y, vec* dy, vec* t, Py_ssize_t n, real weight,
) noexcept nogil:
    """-mean(t ln(p) + (1 - t) ln(1 - p)), p = clip(y);  dy = (p - t) / (p (1 - p)) / n"""
    cdef Py_ssize_t j
    cdef vec p
    cdef vec cost = splat(0)
    for j in range(n):
        p = clip(y[j])
        cost -= t[j] * logarithm(p) + (1 - t[j]) * logarithm(1 - p)
        dy[j] = (p - t[j]) / (p * (1 - p)) * unclipped(y[j]) * (weight / n)
    return cost


cdef inline vec binary_crossentropy_from_logits(
    vec* z, vec* dz, vec* t, Py_ssize_t n, real weight, bint is_sigmoid,
) noexcept nogil:
    """mean(max(z, 0) - z t + ln(1 + exp(-|z|)));  dz = (sigmoid(z) - t) / n
    Where the output's activation is the sigmoid, it is left in z."""
    cdef Py_ssize_t j
    cdef vec p
    cdef vec zero = splat(0)
    cdef vec cost = zero
    for j in range(n):
        p = sigmoid(z[j])
        cost += where(less(z[j], zero), zero, z[j]) - z[j] * t[j]
        cost += logarithm(1 + exponential(-absolute(z[j])))
        if is_sigmoid:
            z[j] = p
        dz[j] = (p - t[j]) * (weight / n)
    return cost


cdef inline vec argmax(const vec* a, Py_ssize_t n) noexcept nogil:
    """The number of the first column that is a row's maximum."""
    cdef Py_ssize_t j
    cdef vec maximum = a[0]
    cdef vec best = splat(0)
    for j in range(1, n):
        best = where(less(maximum, a[j]), splat(<real> j), best)
        maximum = where(less(maximum, a[j]), a[j], maximum)
    return best


cdef inline vec metric(int code, const vec* y, const vec* t, Py_ssize_t n) noexcept nogil:
    cdef Py_ssize_t j
    cdef vec total = splat(0)
    cdef vec one = splat(1)
    if code == CATEGORICAL_ACCURACY:
        return where(equal(argmax(y, n), argmax(t, n)), one, total)
    for j in range(n):
        if code == BINARY_ACCURACY:
            total += where(
                equal(where(less(splat(<real> 0.5), y[j]), one, splat(0)), t[j]), one, splat(0)
            )
        elif code == SQUARED_ERROR:
            total += (y[j] - t[j]) * (y[j] - t[j])
        else:
            total += absolute(y[j] - t[j])
    return total
