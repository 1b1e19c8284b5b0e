# Costs, and their gradient with respect to the output.
#
# All work on LANES rows at once, a row in each lane (see kernels/products.pxd): y[j], t[j] and
# dy[j] are column j of the output, the target and the gradient; a result has the rows' values in
# its lanes.
#
# Definitions and reductions are Keras's: most costs are means over the n columns, of a function of
# one output and its target; probabilities are clipped to [1e-7, 1 - 1e-7], categorical ones
# normalised first. scikit-learn's four, of which a log loss is clipped to the dtype's eps, differ:
# see `canonical_cost`. The functions return sums over the columns, which the caller divides by
# `Cost.divisor` in double precision. The cost of a step is the mean over its rows, so gradients
# carry `weight` = 1 / rows. Targets are dense: class indices have become one-hot.

cdef enum:
    MEAN_SQUARED_ERROR
    MEAN_ABSOLUTE_ERROR
    MEAN_ABSOLUTE_PERCENTAGE_ERROR
    MEAN_SQUARED_LOGARITHMIC_ERROR
    HUBER
    LOG_COSH
    POISSON
    HINGE
    SQUARED_HINGE
    BINARY_CROSSENTROPY
    BINARY_CROSSENTROPY_FROM_LOGITS
    CATEGORICAL_CROSSENTROPY
    CATEGORICAL_CROSSENTROPY_FROM_LOGITS
    CATEGORICAL_HINGE
    KL_DIVERGENCE
    COSINE_SIMILARITY
    LOG_LOSS
    BINARY_LOG_LOSS
    HALF_POISSON_DEVIANCE
    HALF_SQUARED_ERROR


cdef struct Cost:
    int code
    bint activates          # it is handed z, leaves the output y = act(z) in its place and gives dz
    double divisor          # of the sum over the columns: their number where it is a mean, else 1
    real delta              # of the huber cost


cdef inline formula inside(vec p, real least, real most) noexcept nogil:
    """1 where least < p < most, 0 elsewhere: the derivative of clip."""
    return where(less(splat(least), p) & less(p, splat(most)), splat(1), splat(0))


cdef inline formula sign(vec a) noexcept nogil:
    return where(less(splat(0), a), splat(1), where(less(a, splat(0)), splat(-1), a * 0))


cdef inline formula logarithm_of_any(vec x) noexcept nogil:
    """ln(x); -infinity for 0, NaN below"""
    cdef vec zero = splat(0)
    cdef vec other = where(equal(x, zero), splat(-INFINITY), splat(NAN))
    return where(less(zero, x), logarithm(x), other)


cdef inline formula of_one_output(int code, vec y, vec t, real delta, vec* dy) noexcept nogil:
    """The cost of one output, and its derivative."""
    cdef vec zero = splat(0)
    cdef vec e = y - t
    cdef vec a, b
    cdef real least = <real> 1e-7, most = 1 - <real> 1e-7
    if code == MEAN_SQUARED_ERROR:  # e^2
        dy[0] = e + e
        return e * e
    if code == MEAN_ABSOLUTE_ERROR:  # |e|
        dy[0] = sign(e)
        return absolute(e)
    if code == MEAN_ABSOLUTE_PERCENTAGE_ERROR:  # 100 |e| / max(|t|, 1e-7)
        a = 100 / where(less(absolute(t), splat(least)), splat(least), absolute(t))
        dy[0] = sign(e) * a
        return absolute(e) * a
    if code == MEAN_SQUARED_LOGARITHMIC_ERROR:  # (ln(max(y, 1e-7) + 1) - ln(max(t, 1e-7) + 1))^2
        a = 1 + clip(y, least, INFINITY)
        b = logarithm(a) - logarithm(1 + clip(t, least, INFINITY))
        dy[0] = (b + b) / a * where(less(splat(least), y), splat(1), zero)
        return b * b
    if code == HUBER:  # c (|e| - c / 2), c = min(|e|, delta)
        a = clip(absolute(e), 0, delta)
        dy[0] = clip(e, -delta, delta)
        return a * (absolute(e) - <real> 0.5 * a)
    if code == LOG_COSH:  # ln(cosh(e)) = |e| + ln(1 + exp(-2 |e|)) - ln(2)
        a = absolute(e)
        dy[0] = tanh(e)
        return a + log_1_plus(exponential(-(a + a))) - <real> 0.6931471805599453
    if code == POISSON:  # y - t ln(y + 1e-7)
        a = y + least
        dy[0] = 1 - t / a
        return y - t * logarithm_of_any(a)
    if code == HINGE:  # max(1 - t y, 0); a target of 0 is -1
        t = where(equal(t, zero), splat(-1), t)
        a = 1 - t * y
        dy[0] = where(less(zero, a), -t, zero)
        return where(less(a, zero), zero, a)
    if code == SQUARED_HINGE:  # max(1 - t y, 0)^2; a target of 0 is -1
        t = where(equal(t, zero), splat(-1), t)
        a = 1 - t * y
        a = where(less(a, zero), zero, a)
        dy[0] = -(t + t) * a
        return a * a
    if code == BINARY_CROSSENTROPY:  # -t ln(p) - (1 - t) ln(1 - p), p = clip(y)
        a = clip(y, least, most)
        dy[0] = (a - t) / (a * (1 - a)) * inside(y, least, most)
        return -t * logarithm(a) - (1 - t) * logarithm(1 - a)
    if code == KL_DIVERGENCE:  # q ln(q / p), p and q being y and t clipped to [1e-7, 1]
        a, b = clip(y, least, 1), clip(t, least, 1)
        dy[0] = -b / a * inside(y, least, 1)
        return b * logarithm(b / a)
    # BINARY_CROSSENTROPY_FROM_LOGITS: max(z, 0) - z t + ln(1 + exp(-|z|)); dz = sigmoid(z) - t
    dy[0] = sigmoid(y) - t
    return where(less(y, zero), zero, y) - y * t + log_1_plus(exponential(-absolute(y)))


cdef inline formula sum_of_outputs(
    int code, const Cost* cost, vec* y, vec* dy, vec* t, Py_ssize_t n, real weight,
) noexcept nogil:
    """A cost that is a sum over the outputs; its code apart, which may be a literal."""
    cdef Py_ssize_t j
    cdef vec derivative, total = splat(0)
    cdef real delta = cost.delta
    weight = <real> (weight / cost.divisor)
    for j in range(n):
        total += of_one_output(code, y[j], t[j], delta, &derivative)
        dy[j] = derivative * weight
    return total


cdef inline formula categorical_crossentropy(
    vec* y, vec* dy, vec* t, Py_ssize_t n, real weight,
) noexcept nogil:
    """-sum(t ln(clip(p))), p = y / sum(y);  dp = -t / p,  dy = (dp - sum(dp p)) / sum(y)"""
    cdef Py_ssize_t j
    cdef real least = <real> 1e-7, most = 1 - <real> 1e-7
    cdef vec p
    cdef vec total = splat(0)
    cdef vec cost = splat(0)
    cdef vec mean = splat(0)
    for j in range(n):
        total += y[j]
    for j in range(n):
        p = y[j] / total
        cost -= t[j] * logarithm(clip(p, least, most))
        dy[j] = -t[j] / clip(p, least, most) * inside(p, least, most)
        mean += dy[j] * p
    for j in range(n):
        dy[j] = (dy[j] - mean) / total * weight
    return cost


cdef inline formula categorical_crossentropy_from_logits(
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


cdef inline formula categorical_hinge(
    vec* y, vec* dy, vec* t, Py_ssize_t n, real weight,
) noexcept nogil:
    """max(max((1 - t) y) - sum(t y) + 1, 0);  dy = (1 - t where (1 - t) y is largest, else 0) - t
    where the cost is not 0. Of equal maxima the first counts."""
    cdef Py_ssize_t j
    cdef vec zero = splat(0)
    cdef vec largest = (1 - t[0]) * y[0]
    cdef vec at = zero
    cdef vec cost = t[0] * y[0]
    cdef vec other
    for j in range(1, n):
        other = (1 - t[j]) * y[j]
        at = where(less(largest, other), splat(<real> j), at)
        largest = where(less(largest, other), other, largest)
        cost += t[j] * y[j]
    cost = largest - cost + 1
    for j in range(n):
        other = where(equal(at, splat(<real> j)), 1 - t[j], zero) - t[j]
        dy[j] = where(less(zero, cost), other, zero) * weight
    return where(less(cost, zero), zero, cost)


cdef inline formula cosine_similarity(
    vec* y, vec* dy, vec* t, Py_ssize_t n, real weight,
) noexcept nogil:
    """-c, c = sum(y t) / (|y| |t|);  dy = (c y / |y| - t / |t|) / |y|, of which the first term is 0
    where the norm is at its least, 1e-6."""
    cdef Py_ssize_t j
    cdef vec least = splat(<real> 1e-12)
    cdef vec y2 = splat(0), t2 = splat(0), c = splat(0)
    cdef vec per_y, per_t, part
    for j in range(n):
        y2 += y[j] * y[j]
        t2 += t[j] * t[j]
        c += y[j] * t[j]
    per_y = 1 / square_root(where(less(y2, least), least, y2))
    per_t = 1 / square_root(where(less(t2, least), least, t2))
    c = c * per_y * per_t
    part = where(less(y2, least), splat(0), c * per_y)
    for j in range(n):
        dy[j] = (part * y[j] - per_t * t[j]) * per_y * weight
    return -c


cdef inline formula clip_log_loss(vec cost) noexcept nogil:
    """-ln(p) of p = clip(exp(-cost)) to [eps, 1 - eps], eps = nextafter(1, 2) - 1"""
    if sizeof(real) == 4:
        return clip(cost, <real> 2.0 ** -23, <real> (23 * 0.6931471805599453))
    return clip(cost, <real> 2.0 ** -52, <real> (52 * 0.6931471805599453))


cdef inline formula canonical_cost(
    int code, vec* z, vec* dz, vec* t, Py_ssize_t n, real weight,
) noexcept nogil:
    """dz = y - t: the activation is the inverse of the cost's canonical link. y is left in z."""
    cdef Py_ssize_t j
    cdef vec zero = splat(0)
    cdef vec cost = zero
    cdef vec y
    for j in range(n):
        y = z[j]
        if code == HALF_SQUARED_ERROR:  # (y - t)^2 / 2; its sum is divided by n, its gradient not
            cost += <real> 0.5 * (y - t[j]) * (y - t[j])
        elif code == HALF_POISSON_DEVIANCE:  # t ln(t / y) - t + y, y = exp(z); 0 ln(0) = 0
            y = exponential_of_any(z[j])
            cost += y - t[j] + where(
                equal(t[j], zero), zero, t[j] * (logarithm_of_any(t[j]) - z[j])
            )
        else:  # BINARY_LOG_LOSS: -t ln(y) - (1 - t) ln(1 - y), y = sigmoid(z)
            y = sigmoid(z[j])
            cost += clip_log_loss(
                where(less(z[j], zero), zero, z[j]) - z[j] * t[j]
                + log_1_plus(exponential(-absolute(z[j])))
            )
        dz[j] = (y - t[j]) * weight
        z[j] = y
    return cost


cdef inline formula cost_of(
    const Cost* cost, vec* y, vec* dy, vec* t, Py_ssize_t n, real weight,
) noexcept nogil:
    """The sum over the columns, and in dy the gradient of weight * cost."""
    cdef int code = cost.code
    cdef vec total
    cdef Py_ssize_t j
    if code == CATEGORICAL_CROSSENTROPY_FROM_LOGITS:
        return categorical_crossentropy_from_logits(y, dy, t, n, weight, cost.activates)
    if code == LOG_LOSS:
        return clip_log_loss(categorical_crossentropy_from_logits(y, dy, t, n, weight, True))
    if code == BINARY_LOG_LOSS or code == HALF_POISSON_DEVIANCE or code == HALF_SQUARED_ERROR:
        return canonical_cost(code, y, dy, t, n, weight)
    if code == CATEGORICAL_CROSSENTROPY:
        return categorical_crossentropy(y, dy, t, n, weight)
    if code == COSINE_SIMILARITY:
        return cosine_similarity(y, dy, t, n, weight)
    if code == CATEGORICAL_HINGE:
        return categorical_hinge(y, dy, t, n, weight)
    if code == MEAN_SQUARED_ERROR:  # the code known, so that it is one loop
        return sum_of_outputs(MEAN_SQUARED_ERROR, cost, y, dy, t, n, weight)
    total = sum_of_outputs(code, cost, y, dy, t, n, weight)
    if cost.activates:
        for j in range(n):
            y[j] = sigmoid(y[j])
    return total


COSTS = {
    "mean_squared_error": CostRow(MEAN_SQUARED_ERROR, mean=True),
    "mean_absolute_error": CostRow(MEAN_ABSOLUTE_ERROR, mean=True),
    "mean_absolute_percentage_error": CostRow(MEAN_ABSOLUTE_PERCENTAGE_ERROR, mean=True),
    "mean_squared_logarithmic_error": CostRow(MEAN_SQUARED_LOGARITHMIC_ERROR, mean=True),
    "huber": CostRow(HUBER, mean=True, delta=1),
    "log_cosh": CostRow(LOG_COSH, mean=True),
    "poisson": CostRow(POISSON, mean=True),
    "hinge": CostRow(HINGE, mean=True),
    "squared_hinge": CostRow(SQUARED_HINGE, mean=True),
    "categorical_hinge": CostRow(CATEGORICAL_HINGE, mean=False),
    "kl_divergence": CostRow(KL_DIVERGENCE, mean=False),
    "cosine_similarity": CostRow(COSINE_SIMILARITY, mean=False),
    "binary_crossentropy": CostRow(
        BINARY_CROSSENTROPY, True, BINARY_CROSSENTROPY_FROM_LOGITS, "sigmoid", smoothed="bits"
    ),
    "categorical_crossentropy": CostRow(
        CATEGORICAL_CROSSENTROPY, False, CATEGORICAL_CROSSENTROPY_FROM_LOGITS, "softmax",
        smoothed="classes",
    ),
    "sparse_categorical_crossentropy": CostRow(
        CATEGORICAL_CROSSENTROPY, False, CATEGORICAL_CROSSENTROPY_FROM_LOGITS, "softmax",
        class_indices=True, smoothed="classes",
    ),
    # scikit-learn's, whose gradient by z is y - t
    "log_loss": CostRow(None, False, LOG_LOSS, "softmax", class_indices=True),
    "binary_log_loss": CostRow(None, False, BINARY_LOG_LOSS, "sigmoid"),
    "half_poisson_deviance": CostRow(None, False, HALF_POISSON_DEVIANCE, "exponential"),
    "half_squared_error": CostRow(None, True, HALF_SQUARED_ERROR, "linear"),
}
