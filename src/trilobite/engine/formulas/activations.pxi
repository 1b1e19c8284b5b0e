# Activations y = act(z) and their derivatives, on vectors.
#
# A derivative is a function of the output, dz = dy * act'(z) with act'(z) written in y: only y is
# kept. Where y does not tell z, or which are rare, are functions of z (activations_of_z.pxi), and
# stages of their own, whose input is kept. Those that mix the columns of a row stand apart.

cdef enum:
    LINEAR
    SIGMOID
    TANH
    RELU
    LEAKY_RELU
    ELU
    SELU
    SOFTPLUS
    EXPONENTIAL
    SOFTMAX
    LOG_SOFTMAX


cdef extern from *:
    """
    #define SELU_SCALE ((real)1.0507009873554805)
    #define SELU_ALPHA ((real)1.6732632423543772)
    """
    const real SELU_SCALE
    const real SELU_ALPHA

# Exponential and logarithm: Taylor's series after taking the power of two out, with as many terms
# as leave a remainder below half a unit in the last place.

cdef inline formula exp_minus_1_reduced(vec r) noexcept nogil:
    """exp(r) - 1 = r (1 + r (1/2! + r (1/3! + ...))) for |r| <= ln(2) / 2."""
    cdef vec sum = splat(ONE_OVER_FACTORIAL[EXP_TERMS])
    cdef int k
    for k in range(EXP_TERMS - 1, 0, -1):
        sum = sum * r + ONE_OVER_FACTORIAL[k]
    return sum * r


cdef inline formula exponential(vec x) noexcept nogil:
    """exp(x) for x <= 0; 0 where the result would be subnormal."""
    cdef vec lowest = splat(<real> ((3 - EXPONENT_BIAS) * 0.6931471805599453))
    cdef vec n = x * <real> 1.4426950408889634 + ROUNDING
    cdef vec r = x - (n - ROUNDING) * LN2_HIGH - (n - ROUNDING) * LN2_LOW
    return where(less(x, lowest), splat(0), (1 + exp_minus_1_reduced(r)) * power_of_two(n))


cdef inline formula logarithm(vec x) noexcept nogil:
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


cdef inline formula sigmoid(vec z) noexcept nogil:
    """1 / (1 + exp(-z)), from exp(-|z|) so that nothing overflows."""
    cdef vec e = exponential(-absolute(z))
    return where(less(z, splat(0)), e, splat(1)) / (1 + e)


cdef inline formula exp_minus_1(vec x) noexcept nogil:
    """exp(x) - 1 for x <= 0, without losing digits near 0."""
    cdef vec limit = splat(-40)  # where it is -1 in double precision
    x = where(less(x, limit), limit, x)
    cdef vec n = x * <real> 1.4426950408889634 + ROUNDING
    cdef vec r = x - (n - ROUNDING) * LN2_HIGH - (n - ROUNDING) * LN2_LOW
    cdef vec power = power_of_two(n)
    return power * exp_minus_1_reduced(r) + (power - 1)


cdef inline formula exponential_of_any(vec x) noexcept nogil:
    """exp(x), infinite beyond the range."""
    cdef vec largest = splat(<real> ((EXPONENT_BIAS + 1) * 0.6931471805599453))
    cdef vec at = where(less(largest, x), largest, x)
    cdef vec n = at * <real> 1.4426950408889634 + ROUNDING
    cdef vec r = at - (n - ROUNDING) * LN2_HIGH - (n - ROUNDING) * LN2_LOW
    cdef vec half = (1 + exp_minus_1_reduced(r)) * power_of_two(n - 1)
    cdef vec y = where(less(largest, x), splat(INFINITY), half + half)
    return where(less(x, splat(0)), exponential(x), y)


cdef inline formula log_1_plus(vec e) noexcept nogil:
    """ln(1 + e) for 0 <= e <= 1: ln(u) times what rounding u = 1 + e took from e."""
    cdef vec u = 1 + e
    return where(equal(u, splat(1)), e, logarithm(u) * (e / (u - 1)))


cdef inline formula tanh(vec z) noexcept nogil:
    """-u / (u + 2), u = exp(-2 |z|) - 1, which keeps its relative precision near 0."""
    cdef vec u = exp_minus_1(-(absolute(z) + absolute(z)))
    return copy_sign(u / (u + 2), z)


cdef inline formula softplus(vec z) noexcept nogil:
    """ln(1 + exp(z)) = max(z, 0) + ln(1 + exp(-|z|))"""
    return where(less(splat(0), z), z, z * 0) + log_1_plus(exponential(-absolute(z)))


cdef inline formula activation(int code, real number, vec z) noexcept nogil:
    """y = act(z)"""
    cdef vec zero = splat(0)
    if code == SIGMOID:
        return sigmoid(z)
    if code == TANH:
        return tanh(z)
    if code == RELU:
        return where(less(z, zero), zero, z)  # NaN stays NaN
    if code == LEAKY_RELU:
        return where(less(z, zero), number * z, z)
    if code == ELU:
        return where(less(z, zero), number * exp_minus_1(z), z)
    if code == SELU:
        return SELU_SCALE * where(less(z, zero), SELU_ALPHA * exp_minus_1(z), z)
    if code == SOFTPLUS:
        return softplus(z)
    if code == EXPONENTIAL:
        return exponential_of_any(z)
    return z


cdef inline formula derivative(int code, real number, vec y) noexcept nogil:
    """act'(z), in terms of y"""
    cdef vec zero = splat(0)
    if code == SIGMOID:
        return y * (1 - y)
    if code == TANH:
        return 1 - y * y
    if code == RELU:
        return where(less(zero, y), splat(1), y)  # y is 0 there, or NaN
    if code == LEAKY_RELU:
        return where(less(zero, y), splat(1), splat(number))
    if code == ELU:
        return where(less(zero, y), splat(1), y + number)
    if code == SELU:
        return where(less(zero, y), splat(SELU_SCALE), y + SELU_SCALE * SELU_ALPHA)
    if code == SOFTPLUS:
        return -exp_minus_1(-y)
    if code == EXPONENTIAL:
        return y
    return splat(1)


# On rows of a panel. Which formula it is is asked once for the usual ones, whose code is a literal
# in the loop, and for each vector of the others.

cdef inline inlined activate_by(
    int code, real number, Py_ssize_t rows, int vectors, real* y,
) noexcept nogil:
    cdef Py_ssize_t u, hop = PANEL // vectors
    for u in range(rows * vectors):
        (<vec*> (y + u * hop))[0] = activation(code, number, (<vec*> (y + u * hop))[0])


cdef void activate(
    int code, const real* numbers, Py_ssize_t rows, int vectors, real* y,
) noexcept nogil:
    """y = act(y); its numbers, where it has some."""
    if code == RELU:
        activate_by(RELU, 0, rows, vectors, y)
    elif code == SIGMOID:
        activate_by(SIGMOID, 0, rows, vectors, y)
    elif code == TANH:
        activate_by(TANH, 0, rows, vectors, y)
    elif code != LINEAR and code != SOFTMAX and code != LOG_SOFTMAX:
        activate_by(code, numbers[0], rows, vectors, y)


cdef inline inlined d_activate_by(
    int code, real number, Py_ssize_t rows, int vectors, real* dy, const real* y,
) noexcept nogil:
    cdef Py_ssize_t u, hop = PANEL // vectors
    for u in range(rows * vectors):
        (<vec*> (dy + u * hop))[0] *= derivative(code, number, (<const vec*> (y + u * hop))[0])


cdef void d_activate(
    int code, const real* numbers, Py_ssize_t rows, int vectors, real* dy, const real* y,
) noexcept nogil:
    """dy = dy * act'(z)"""
    if code == RELU:
        d_activate_by(RELU, 0, rows, vectors, dy, y)
    elif code == SIGMOID:
        d_activate_by(SIGMOID, 0, rows, vectors, dy, y)
    elif code == TANH:
        d_activate_by(TANH, 0, rows, vectors, dy, y)
    elif code != LINEAR and code != SOFTMAX and code != LOG_SOFTMAX:
        d_activate_by(code, numbers[0], rows, vectors, dy, y)


# Softmax on LANES rows at once, a row in each lane (see kernels/products.pxd).

cdef inline formula softmax(vec* y, const vec* z, Py_ssize_t n, vec* maximum) noexcept nogil:
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


cdef inline void log_softmax(vec* y, vec* scratch, Py_ssize_t n) noexcept nogil:
    """y[j] = z[j] - max z - ln(sum_k exp(z[k] - max z)), in place."""
    cdef Py_ssize_t j
    cdef vec maximum
    cdef vec log_total = logarithm(softmax(scratch, y, n, &maximum))
    for j in range(n):
        y[j] = y[j] - maximum - log_total


cdef inline void d_log_softmax(vec* dy, const vec* y, Py_ssize_t n) noexcept nogil:
    """dz[j] = dy[j] - exp(y[j]) * sum_k dy[k], in place."""
    cdef Py_ssize_t j
    cdef vec total = splat(0)
    for j in range(n):
        total += dy[j]
    for j in range(n):
        dy[j] = dy[j] - exponential(y[j]) * total


cdef inline void d_softmax(vec* dy, const vec* y, Py_ssize_t n) noexcept nogil:
    """dz[j] = y[j] * (dy[j] - sum_k dy[k] y[k]), the full Jacobian, in place."""
    cdef Py_ssize_t j
    cdef vec total = splat(0)
    for j in range(n):
        total += dy[j] * y[j]
    for j in range(n):
        dy[j] = y[j] * (dy[j] - total)
