# Activations whose derivative is a function of z, and the table of all.
#
# No tile's loop has them, so that the wheel holds each formula once: apply_activation takes them.

cdef enum:
    OF_Z = 32               # more than there are codes in activations.pxi
    GELU
    GELU_TANH
    SILU
    MISH
    SOFTSIGN
    LOG_SIGMOID
    TANH_SHRINK
    CELU
    SQUAREPLUS
    SPARSE_PLUS
    HARD_SILU
    IN_PIECES
    NUMBERS = 8             # of an activation, at most


cdef inline formula normal_distribution(vec z) noexcept nogil:
    """P(Z < z) = erfc(-z / sqrt(2)) / 2 for a standard normal Z; the C library's erfc."""
    cdef real p[LANES]
    cdef int k
    for k in range(LANES):
        p[k] = <real> (0.5 * erfc((<real*> &z)[k] * -0.7071067811865476))
    return (<vec*> p)[0]


cdef inline formula gelu_inner(vec z) noexcept nogil:
    """tanh(sqrt(2 / pi) * (z + 0.044715 z^3))"""
    return tanh(<real> 0.7978845608028654 * (z + <real> 0.044715 * z * z * z))


cdef inline formula clip(vec p, real least, real most) noexcept nogil:
    cdef vec low = splat(least)
    cdef vec high = splat(most)
    return where(less(p, low), low, where(less(high, p), high, p))


cdef inline formula in_pieces(const real* numbers, vec z, vec* slope) noexcept nogil:
    """slope z + offset, with those of the piece below the first limit, between both, above the
    second. Where the slope is 0, so it is at infinity. NaN stays NaN."""
    cdef vec low = splat(numbers[0]), high = splat(numbers[1])
    cdef vec offset = where(
        less(z, low), splat(numbers[5]),
        where(less(high, z), splat(numbers[7]), splat(numbers[6])),
    )
    slope[0] = where(
        less(z, low), splat(numbers[2]),
        where(less(high, z), splat(numbers[4]), splat(numbers[3])),
    )
    return where(
        equal(slope[0], splat(0)) & equal(z, z), offset, slope[0] * z + offset
    )


cdef inline formula activation_of_z(int code, const real* numbers, vec z) noexcept nogil:
    """y = act(z)"""
    cdef vec zero = splat(0)
    cdef vec a
    if code == GELU:
        return z * normal_distribution(z)
    if code == GELU_TANH:
        return <real> 0.5 * z * (1 + gelu_inner(z))
    if code == SILU:
        return z * sigmoid(z)
    if code == MISH:
        return z * tanh(softplus(z))
    if code == SOFTSIGN:
        return z / (1 + absolute(z))
    if code == LOG_SIGMOID:
        return -softplus(-z)
    if code == TANH_SHRINK:
        return z - tanh(z)
    if code == CELU:
        return where(less(z, zero), numbers[0] * exp_minus_1(z / splat(numbers[0])), z)
    if code == SQUAREPLUS:
        return <real> 0.5 * (z + square_root(z * z + numbers[0]))
    if code == SPARSE_PLUS:
        a = 1 + where(less(z, splat(-1)), splat(-1), z)
        return where(less(splat(1), z), z, <real> 0.25 * a * a)
    if code == HARD_SILU:
        return z * clip(z / splat(6) + <real> 0.5, 0, 1)
    return in_pieces(numbers, z, &a)


cdef inline formula derivative_of_z(int code, const real* numbers, vec z) noexcept nogil:
    """act'(z)"""
    cdef vec zero = splat(0)
    cdef vec a, slope
    if code == GELU:
        a = exponential(<real> -0.5 * z * z) * <real> 0.3989422804014327
        return normal_distribution(z) + z * a
    if code == GELU_TANH:
        a = gelu_inner(z)
        return <real> 0.5 * (1 + a + z * (1 - a * a) * (
            <real> 0.7978845608028654 * (1 + <real> (3 * 0.044715) * z * z)
        ))
    if code == SILU:
        a = sigmoid(z)
        return a * (1 + z * (1 - a))
    if code == MISH:
        a = tanh(softplus(z))
        return a + z * (1 - a * a) * sigmoid(z)
    if code == SOFTSIGN:
        a = 1 / (1 + absolute(z))
        return a * a
    if code == LOG_SIGMOID:
        return sigmoid(-z)
    if code == TANH_SHRINK:
        a = tanh(z)
        return a * a
    if code == CELU:
        return where(less(z, zero), 1 + exp_minus_1(z / splat(numbers[0])), splat(1))
    if code == SQUAREPLUS:  # b may be 0
        a = square_root(z * z + numbers[0])
        return <real> 0.5 * (1 + z / where(equal(a, zero), splat(1), a))
    if code == SPARSE_PLUS:
        return clip(<real> 0.5 * (z + 1), 0, 1)
    if code == HARD_SILU:
        a = z / splat(3) + <real> 0.5
        return where(less(z, splat(-3)), zero, where(less(splat(3), z), splat(1), a))
    in_pieces(numbers, z, &slope)
    return slope


cdef void activate_by_z(
    int code, const real* numbers, Py_ssize_t rows, int vectors, real* y,
) noexcept nogil:
    """y = act(y) on a tile."""
    cdef Py_ssize_t r
    cdef int v
    for r in range(rows):
        for v in range(vectors):
            (<vec*> (y + r * PANEL))[v] = activation_of_z(
                code, numbers, (<vec*> (y + r * PANEL))[v]
            )


cdef void d_activate_by_z(
    int code, const real* numbers, Py_ssize_t rows, int vectors, real* dy, const real* z,
) noexcept nogil:
    """dy = dy * act'(z) on a tile."""
    cdef Py_ssize_t r
    cdef int v
    for r in range(rows):
        for v in range(vectors):
            (<vec*> (dy + r * PANEL))[v] *= derivative_of_z(
                code, numbers, (<const vec*> (z + r * PANEL))[v]
            )


ACTIVATIONS = {
    "linear": ActivationRow(LINEAR),
    "sigmoid": ActivationRow(SIGMOID),
    "tanh": ActivationRow(TANH),
    "relu": ActivationRow(RELU),
    "leaky_relu": ActivationRow(LEAKY_RELU, numbers=(0.2,)),
    "elu": ActivationRow(ELU, numbers=(1.0,)),
    "selu": ActivationRow(SELU),
    "softplus": ActivationRow(SOFTPLUS),
    "exponential": ActivationRow(EXPONENTIAL),
    "softmax": ActivationRow(SOFTMAX),
    "log_softmax": ActivationRow(LOG_SOFTMAX),
    "gelu": ActivationRow(GELU, True),
    "gelu_tanh": ActivationRow(GELU_TANH, True),
    "silu": ActivationRow(SILU, True),
    "mish": ActivationRow(MISH, True),
    "softsign": ActivationRow(SOFTSIGN, True),
    "log_sigmoid": ActivationRow(LOG_SIGMOID, True),
    "tanh_shrink": ActivationRow(TANH_SHRINK, True),
    "celu": ActivationRow(CELU, True, (1.0,)),
    "squareplus": ActivationRow(SQUAREPLUS, True, (4.0,)),
    "sparse_plus": ActivationRow(SPARSE_PLUS, True),
    "hard_silu": ActivationRow(HARD_SILU, True),
    "hard_sigmoid": ActivationRow(IN_PIECES, True, (), tables.hard_sigmoid),
    "sparse_sigmoid": ActivationRow(IN_PIECES, True, (), tables.sparse_sigmoid),
    "hard_tanh": ActivationRow(IN_PIECES, True, (), tables.hard_tanh),
    "bent_relu": ActivationRow(IN_PIECES, True, (0.0, np.inf, 0.0), tables.bent_relu),
    "relu6": ActivationRow(IN_PIECES, True, (0.0, 6.0, 0.0), tables.bent_relu),
    "threshold": ActivationRow(IN_PIECES, True, (0.0, 0.0), tables.threshold),
    "hard_shrink": ActivationRow(IN_PIECES, True, (0.5,), tables.hard_shrink),
    "soft_shrink": ActivationRow(IN_PIECES, True, (0.5,), tables.soft_shrink),
}
