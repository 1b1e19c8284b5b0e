# Stages that draw at random in training: dropout and noise. What is drawn depends on the seed, the
# epoch, the step, the stage and the row alone; backpropagation draws it once more.

cdef enum:
    SINE_TERMS = EXP_TERMS  # of Taylor's series up to pi / 2, which could do with fewer

cdef double SELU_LIMIT = -1.7580993408473766  # of selu at minus infinity


cdef uint64_t key_of_row(uint64_t key, uint64_t stage, uint64_t row) noexcept nogil:
    """The key of what a row of a stage draws, from that of the step."""
    key ^= stage * <uint64_t> 0xD1342543DE82EF95
    key = next_random(&key) + row
    return next_random(&key)


cdef inline formula normal(uint64_t key, long column) noexcept nogil:
    """Standard normal numbers (Box and Muller, 1958): sqrt(-2 ln(u)) cos(2 pi v), where
    cos(2 pi v) = 2 sin(x)^2 - 1, x = pi (v - 1/2)."""
    cdef vec u = uniform(<word> key, column)
    cdef vec x = <real> 3.141592653589793 * (uniform(<word> next_random(&key), column) - <real> 0.5)
    cdef vec sine = splat(1)
    cdef int k
    for k in range(SINE_TERMS, 0, -1):
        sine = 1 - sine * x * x * (<real> 1.0 / (2 * k * (2 * k + 1)))
    sine *= x
    return square_root(<real> -2 * logarithm(u)) * (2 * sine * sine - 1)


cdef inline bint draws(const Stage* stage) noexcept nogil:
    """Whether a stage does anything in training and nothing otherwise."""
    return stage.rate > 0  # no other has one


cdef void dropout(
    Stage* stage, Workspace* ws, Pass* batch, real* y, const real* x, Py_ssize_t i0, Py_ssize_t i1,
    bint back,
) noexcept nogil:
    """y = x * factor + offset, with factors that are drawn; dx = dy * factor if on the way back.

    Dropout's factor is 1 / (1 - rate) with probability 1 - rate, else 0. Alpha dropout's is a or 0,
    and where it is 0 the offset is more by a SELU_LIMIT."""
    cdef Py_ssize_t i, u, at
    cdef real scale = <real> (1 / (1 - stage.rate)) if stage.rate < 1 else 0
    cdef real offset = 0, dropped = <real> SELU_LIMIT
    cdef bint shifts = stage.kind == ALPHA_DROPOUT and not back
    cdef vec factor
    cdef word key
    if stage.kind == ALPHA_DROPOUT:
        scale = <real> (1 / sqrt((1 - stage.rate) * (1 + stage.rate * SELU_LIMIT * SELU_LIMIT)))
        offset = <real> (scale * SELU_LIMIT * (1 - stage.rate))
    for i in range(i0, i1):
        key = <word> key_of_row(batch.key, stage.number, batch.first + i)
        for u in range(ceiling(stage.n_out, LANES)):
            at = (u // VECTORS) * ws.stride + i * PANEL + (u % VECTORS) * LANES
            factor = keep_factors(key, u * LANES, stage.rate, scale)
            (<vec*> (y + at))[0] = (<const vec*> (x + at))[0] * factor
            if shifts:
                (<vec*> (y + at))[0] += offset - dropped * factor


cdef void noise(
    Stage* stage, Workspace* ws, Pass* batch, real* y, const real* x, Py_ssize_t i0, Py_ssize_t i1,
) noexcept nogil:
    """y = x + stddev * normal; Gaussian dropout: y = x * (1 + sqrt(rate / (1 - rate)) * normal)"""
    cdef Py_ssize_t i, u, at
    cdef bint factors = stage.kind == GAUSSIAN_DROPOUT
    cdef real deviation = <real> (sqrt(stage.rate / (1 - stage.rate)) if factors else stage.rate)
    cdef uint64_t key
    cdef vec drawn
    for i in range(i0, i1):
        key = key_of_row(batch.key, stage.number, batch.first + i)
        for u in range(ceiling(stage.n_out, LANES)):
            at = (u // VECTORS) * ws.stride + i * PANEL + (u % VECTORS) * LANES
            drawn = deviation * normal(key, u * LANES)
            if factors:
                drawn *= (<const vec*> (x + at))[0]
            (<vec*> (y + at))[0] = (<const vec*> (x + at))[0] + drawn


cdef void draw(
    Stage* stage, Workspace* ws, Pass* batch, real* y, const real* x, Py_ssize_t i0, Py_ssize_t i1,
) noexcept nogil:
    """y of a stage that draws"""
    if stage.kind == DROPOUT or stage.kind == ALPHA_DROPOUT:
        dropout(stage, ws, batch, y, x, i0, i1, False)
    else:
        noise(stage, ws, batch, y, x, i0, i1)


cdef void d_draw(
    Stage* stage, Workspace* ws, Pass* batch, real* dy, Py_ssize_t i0, Py_ssize_t i1,
) noexcept nogil:
    """dx in place of dy"""
    if stage.kind == DROPOUT or stage.kind == ALPHA_DROPOUT:
        dropout(stage, ws, batch, dy, dy, i0, i1, True)
    elif stage.kind == GAUSSIAN_DROPOUT:
        noise(stage, ws, batch, dy, dy, i0, i1)
