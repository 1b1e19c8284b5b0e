"""Costs and metrics of one row, and the gradient of the cost with respect to the output.

Definitions and reductions are Keras's: squared errors and binary cross-entropies are means over the
columns; probabilities are clipped to [1e-7, 1 - 1e-7], categorical ones normalised first. The cost
of a step is the mean over its rows, so gradients carry `weight` = 1 / rows. Targets t are dense,
class indices having become one-hot rows. What stands in the padding is kept out of every sum.
"""
from libc.math cimport INFINITY

from trilobite.engine.activations cimport exponential, logarithm, sigmoid, softmax_terms
from trilobite.engine.vector cimport (
    PANEL, Columns, absolute, at, ivec, less, real, splat, sum_lanes, vec, where,
)

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


cdef inline double squared_error(
    real* y, real* dy, real* t, Columns columns, Py_ssize_t i, real weight,
) noexcept nogil:
    """mean((y - t)^2);  dy = 2 (y - t) / n"""
    cdef Py_ssize_t u
    cdef vec difference, total = splat(0)
    for u in range(columns.count):
        difference = (at(y, columns, i, u)[0] - at(t, columns, i, u)[0]) * columns.inside[u]
        total += difference * difference
        at(dy, columns, i, u)[0] = (difference + difference) * (weight / columns.n)
    return sum_lanes(total) / <double> columns.n


cdef inline double categorical_crossentropy(
    real* y, real* dy, real* t, Columns columns, Py_ssize_t i, real weight,
) noexcept nogil:
    """-sum(t ln(p)), p = clip(y / sum(y));  dp = -t / p,  dy = (dp - sum(dp p)) / sum(y)"""
    cdef Py_ssize_t u
    cdef vec p, dp
    cdef vec total = splat(0)
    cdef vec cost = splat(0)
    cdef vec mean = splat(0)
    for u in range(columns.count):
        total += at(y, columns, i, u)[0] * columns.inside[u]
    cdef vec inverse = 1 / splat(sum_lanes(total))
    for u in range(columns.count):
        p = at(y, columns, i, u)[0] * inverse
        cost -= at(t, columns, i, u)[0] * logarithm(clip(p))
        dp = -at(t, columns, i, u)[0] / clip(p) * unclipped(p)
        mean += dp * p
        at(dy, columns, i, u)[0] = dp
    mean = splat(sum_lanes(mean))
    for u in range(columns.count):
        dp = at(dy, columns, i, u)[0]
        at(dy, columns, i, u)[0] = (dp - mean) * inverse * weight * columns.inside[u]
    return sum_lanes(cost)


cdef inline double categorical_crossentropy_from_logits(
    real* z, real* dz, real* t, Columns columns, Py_ssize_t i, real weight, bint is_softmax,
) noexcept nogil:
    """-sum(t ln(p)), p = softmax(z), ln(p) = z - max - ln(sum(exp(z - max)));  dz = p sum(t) - t
    Where the output's activation is the softmax, p is left in z."""
    cdef Py_ssize_t u
    cdef real maximum
    cdef vec total = softmax_terms(dz, z, columns, i, &maximum)
    cdef vec log_total = logarithm(total)
    cdef vec cost = splat(0)
    cdef vec sum_t = splat(0)
    cdef vec p
    for u in range(columns.count):
        cost -= at(t, columns, i, u)[0] * (at(z, columns, i, u)[0] - maximum - log_total)
        sum_t += at(t, columns, i, u)[0]
    sum_t = splat(sum_lanes(sum_t))
    for u in range(columns.count):
        p = at(dz, columns, i, u)[0] / total
        if is_softmax:
            at(z, columns, i, u)[0] = p
        at(dz, columns, i, u)[0] = (p * sum_t - at(t, columns, i, u)[0]) * weight
    return sum_lanes(cost)


cdef inline double binary_crossentropy(
    real* y, real* dy, real* t, Columns columns, Py_ssize_t i, real weight,
) noexcept nogil:
    """-mean(t ln(p) + (1 - t) ln(1 - p)), p = clip(y);  dy = (p - t) / (p (1 - p)) / n"""
    cdef Py_ssize_t u
    cdef vec y_u, t_u, p
    cdef vec cost = splat(0)
    for u in range(columns.count):
        y_u = at(y, columns, i, u)[0]
        t_u = at(t, columns, i, u)[0]
        p = clip(y_u)
        cost -= (t_u * logarithm(p) + (1 - t_u) * logarithm(1 - p)) * columns.inside[u]
        at(dy, columns, i, u)[0] = (
            (p - t_u) / (p * (1 - p)) * unclipped(y_u) * (weight / columns.n) * columns.inside[u]
        )
    return sum_lanes(cost) / <double> columns.n


cdef inline double binary_crossentropy_from_logits(
    real* z, real* dz, real* t, Columns columns, Py_ssize_t i, real weight, bint is_sigmoid,
) noexcept nogil:
    """mean(max(z, 0) - z t + ln(1 + exp(-|z|)));  dz = (sigmoid(z) - t) / n
    Where the output's activation is the sigmoid, it is left in z."""
    cdef Py_ssize_t u
    cdef vec z_u, t_u, p
    cdef vec cost = splat(0)
    for u in range(columns.count):
        z_u = at(z, columns, i, u)[0]
        t_u = at(t, columns, i, u)[0]
        p = sigmoid(z_u)
        cost += (
            where(less(z_u, splat(0)), splat(0), z_u) - z_u * t_u
            + logarithm(1 + exponential(-absolute(z_u)))
        ) * columns.inside[u]
        if is_sigmoid:
            at(z, columns, i, u)[0] = p
        at(dz, columns, i, u)[0] = (p - t_u) * (weight / columns.n) * columns.inside[u]
    return sum_lanes(cost) / <double> columns.n


cdef inline Py_ssize_t argmax(real* a, Columns columns, Py_ssize_t i) noexcept nogil:
    """The column of the first maximum of row i."""
    cdef Py_ssize_t j, best = 0
    cdef real value, maximum = -INFINITY
    for j in range(columns.n):
        value = a[(j // PANEL) * columns.stride + i * PANEL + j % PANEL]
        if value > maximum:
            maximum = value
            best = j
    return best


cdef inline double metric(
    int code, real* y, real* t, Columns columns, Py_ssize_t i,
) noexcept nogil:
    """A metric's value for row i."""
    cdef Py_ssize_t u
    cdef vec value, y_u, t_u
    cdef vec total = splat(0)
    cdef vec one = splat(1)
    if code == CATEGORICAL_ACCURACY:
        return argmax(y, columns, i) == argmax(t, columns, i)
    for u in range(columns.count):
        y_u = at(y, columns, i, u)[0]
        t_u = at(t, columns, i, u)[0]
        if code == BINARY_ACCURACY:
            y_u = where(less(splat(<real> 0.5), y_u), one, splat(0))
            value = where(less(y_u, t_u), splat(0), where(less(t_u, y_u), splat(0), one))
        elif code == SQUARED_ERROR:
            value = (y_u - t_u) * (y_u - t_u)
        else:
            value = absolute(y_u - t_u)
        total += value * columns.inside[u]
    return sum_lanes(total) / <double> columns.n
