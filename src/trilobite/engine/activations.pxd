"""Activations y = act(z) and their derivatives, on vectors.

A derivative is a function of the output, dz = dy * act'(z) with act'(z) written in y: only y is
kept. To add an activation: a code, a line in `activation`, a line in `derivative` (and its name in
network.pyx). softmax mixes the columns of a row, so it stands apart.
"""
from libc.math cimport INFINITY

from trilobite.engine.vector cimport (
    EXP_TERMS, EXPONENT_BIAS, LN2_HIGH, LN2_LOW, LOG_TERMS, PANEL, ROUNDING, absolute, copy_sign,
    less, power_of_two, real, splat, split_power, vec, where,
)

cdef enum:
    LINEAR
    SIGMOID
    TANH
    RELU
    SOFTMAX


# Exponential and logarithm: Taylor's series after taking the power of two out, with as many terms
# as leave a remainder below half a unit in the last place.

cdef inline vec exp_minus_1_reduced(vec r) noexcept nogil:
    """exp(r) - 1 = r (1 + r/2 (1 + r/3 (1 + ...))) for |r| <= ln(2) / 2."""
    cdef vec sum = splat(1)
    cdef int k
    for k in range(EXP_TERMS, 1, -1):
        sum = 1 + sum * r * (<real> 1.0 / k)
    return sum * r


cdef inline vec exponential(vec x) noexcept nogil:
    """exp(x) for x <= 0; 0 where the result would be subnormal."""
    cdef vec lowest = splat(<real> ((3 - EXPONENT_BIAS) * 0.6931471805599453))
    cdef vec n = x * <real> 1.4426950408889634 + ROUNDING
    cdef vec r = x - (n - ROUNDING) * LN2_HIGH - (n - ROUNDING) * LN2_LOW
    return where(less(x, lowest), splat(0), (1 + exp_minus_1_reduced(r)) * power_of_two(n))


cdef inline vec logarithm(vec x) noexcept nogil:
    """ln(x), x = m 2^n normal, > 0: ln(m) = 2 artanh(s), s = (m - 1) / (m + 1), |s| <= 0.172."""
    cdef vec n
    cdef vec m = split_power(x, &n)
    cdef vec s = (m - 1) / (m + 1)
    cdef vec s2 = s * s
    cdef vec sum = splat(<real> (1.0 / (2 * LOG_TERMS + 1)))
    cdef int k
    for k in range(LOG_TERMS - 1, 0, -1):
        sum = sum * s2 + <real> 1.0 / (2 * k + 1)
    sum = 2 * s + 2 * s * s2 * sum + n * LN2_LOW
    return where(less(x, splat(INFINITY)), sum + n * LN2_HIGH, x)


cdef inline vec sigmoid(vec z) noexcept nogil:
    """1 / (1 + exp(-z)), from exp(-|z|) so that nothing overflows."""
    cdef vec e = exponential(-absolute(z))
    return where(less(z, splat(0)), e, splat(1)) / (1 + e)


cdef inline vec tanh(vec z) noexcept nogil:
    """-u / (u + 2), u = exp(-2 |z|) - 1, which keeps its relative precision near 0."""
    cdef vec limit = splat(-40)  # tanh(20) is 1 in double precision
    cdef vec x = -(absolute(z) + absolute(z))
    x = where(less(x, limit), limit, x)
    cdef vec n = x * <real> 1.4426950408889634 + ROUNDING
    cdef vec r = x - (n - ROUNDING) * LN2_HIGH - (n - ROUNDING) * LN2_LOW
    cdef vec power = power_of_two(n)
    cdef vec u = power * exp_minus_1_reduced(r) + (power - 1)
    return copy_sign(u / (u + 2), z)


cdef inline vec activation(int code, vec z) noexcept nogil:
    """y = act(z)"""
    if code == SIGMOID:
        return sigmoid(z)
    if code == TANH:
        return tanh(z)
    if code == RELU:
        return where(less(z, splat(0)), splat(0), z)  # NaN stays NaN
    return z


cdef inline vec derivative(int code, vec y) noexcept nogil:
    """act'(z), in terms of y"""
    if code == SIGMOID:
        return y * (1 - y)
    if code == TANH:
        return 1 - y * y
    if code == RELU:
        return where(less(splat(0), y), splat(1), y)  # y is 0 there, or NaN
    return splat(1)


cdef inline void activate(int code, Py_ssize_t rows, int vectors, real* y) noexcept nogil:
    """y = act(y) on a tile."""
    cdef Py_ssize_t r
    cdef int v
    if code == LINEAR or code == SOFTMAX:
        return
    for r in range(rows):
        for v in range(vectors):
            (<vec*> (y + r * PANEL))[v] = activation(code, (<vec*> (y + r * PANEL))[v])


cdef inline void differentiate(
    int code, Py_ssize_t rows, int vectors, real* dy, const real* y,
) noexcept nogil:
    """dy = dy * act'(z) on a tile."""
    cdef Py_ssize_t r
    cdef int v
    if code == LINEAR or code == SOFTMAX:
        return
    for r in range(rows):
        for v in range(vectors):
            (<vec*> (dy + r * PANEL))[v] *= derivative(code, (<const vec*> (y + r * PANEL))[v])


# Softmax on LANES rows at once, a row in each lane (see products.pxd).

cdef inline vec softmax(vec* y, const vec* z, Py_ssize_t n, vec* maximum) noexcept nogil:
    """y[j] = exp(z[j] - max z) / sum; returns the sum. y may be z."""
    cdef Py_ssize_t j
    cdef vec largest = z[0]
    cdef vec total = splat(0)
    for j in range(1, n):
        largest = where(less(largest, z[j]), z[j], largest)
    for j in range(n):
        y[j] = exponential(z[j] - largest)
        total += y[j]
    for j in range(n):
        y[j] = y[j] / total
    maximum[0] = largest
    return total


cdef inline void differentiate_softmax(vec* dy, const vec* y, Py_ssize_t n) noexcept nogil:
    """dz[j] = y[j] * (dy[j] - sum_k dy[k] y[k]), the full Jacobian, in place."""
    cdef Py_ssize_t j
    cdef vec total = splat(0)
    for j in range(n):
        total += dy[j] * y[j]
    for j in range(n):
        dy[j] = y[j] * (dy[j] - total)
