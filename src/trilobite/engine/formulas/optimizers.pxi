# Optimizers: what a step takes from the weights, a formula each.
#
#     w = w - decay * w - change(g)
#
# g is the gradient of the mean cost, a the learning rate, t the number of the step, from 1 on; m,
# v, u are the state. Definitions are those of Keras 3 (keras/src/optimizers).

cdef enum:
    SGD
    ADAM
    RMSPROP
    ADAGRAD
    ADADELTA
    NADAM
    ADAMAX
    LION
    FTRL
    GRADIENT
    SLOTS = 3                # at most: arrays of state as large as the weights
    SCALARS = 1              # numbers beside them


cdef struct Given:           # the constants of all optimizers; 0 where one has none
    double beta_1, beta_2, momentum, rho, epsilon, initial_accumulator_value
    double beta, l1_regularization_strength, l2_regularization_strength
    double l2_shrinkage_regularization_strength
    bint nesterov, amsgrad, centered
    double weight_decay, clipnorm, clipvalue, global_clipnorm


cdef struct Constants:       # of an optimizer, and of its next step
    int code
    Given given
    double learning_rate
    double[SCALARS] scalars
    long iterations
    vec a, decay            # of nets abreast a number for each
    real momentum, keep_1, keep_2, part_1, part_2, eps, c1, c2, c3, clip


cdef inline void prepare(Constants* o) noexcept nogil:
    """What the next step needs beside the gradient, computed in double precision."""
    cdef const Given* given = &o.given
    cdef double t = o.iterations + 1, u, u_next
    o.a = splat(<real> o.learning_rate)
    o.eps = <real> max(given.epsilon, 1e-37)  # the padding is no 0 / 0 where it is 0
    o.momentum = <real> given.momentum
    o.part_1 = <real> (1 - given.beta_1)
    o.part_2 = <real> (1 - given.beta_2)
    o.keep_1 = <real> given.rho
    o.keep_2 = <real> (1 - given.rho)
    o.decay = splat(<real> (given.weight_decay * o.learning_rate))
    o.clip = <real> given.clipvalue
    if o.code == ADAM:
        u = o.learning_rate * sqrt(1 - pow(given.beta_2, t)) / (1 - pow(given.beta_1, t))
        o.a = splat(<real> u)
    elif o.code == NADAM:
        u = given.beta_1 * (1 - 0.5 * pow(0.96, t))
        u_next = given.beta_1 * (1 - 0.5 * pow(0.96, t + 1))
        o.scalars[0] *= u  # u_product
        o.c1 = <real> (u_next / (1 - o.scalars[0] * u_next))
        o.c2 = <real> ((1 - u) / (1 - o.scalars[0]))
        o.c3 = <real> (1 / (1 - pow(given.beta_2, t)))
    elif o.code == ADAMAX:
        o.a = splat(<real> (o.learning_rate / (1 - pow(given.beta_1, t))))
        o.keep_2 = <real> given.beta_2
    elif o.code == LION:
        o.keep_1, o.keep_2 = <real> given.beta_1, <real> given.beta_2
    elif o.code == FTRL:
        o.a = splat(<real> (1 / o.learning_rate))
        o.c1 = <real> given.l1_regularization_strength
        o.c2 = <real> (2 * given.l2_regularization_strength + given.beta / o.learning_rate)
        o.c3 = <real> (2 * given.l2_shrinkage_regularization_strength)


cdef inline formula sgd(const Constants* o, vec g, vec* m) noexcept nogil:
    """a g; momentum: m = momentum m - a g; -m; nesterov: a g - momentum m"""
    if o.given.momentum == 0:
        return o.a * g
    m[0] = o.momentum * m[0] - o.a * g
    if o.given.nesterov:
        return o.a * g - o.momentum * m[0]
    return -m[0]


cdef inline formula adam(const Constants* o, vec g, vec* m, vec* v, vec* largest) noexcept nogil:
    """m += (g - m) (1 - beta_1), v += (g^2 - v) (1 - beta_2);
    a sqrt(1 - beta_2^t) / (1 - beta_1^t) m / (sqrt(v) + epsilon); amsgrad: the largest v so far in
    place of v"""
    m[0] += (g - m[0]) * o.part_1
    v[0] += (g * g - v[0]) * o.part_2
    if o.given.amsgrad:
        largest[0] = where(less(largest[0], v[0]), v[0], largest[0])
        v = largest
    return quotient(o.a * m[0], square_root(v[0]) + o.eps)


cdef inline formula rmsprop(const Constants* o, vec g, vec* v, vec* m, vec* h) noexcept nogil:
    """v = rho v + (1 - rho) g^2; c = a g / sqrt(v + epsilon); centered: h = rho h + (1 - rho) g,
    and v - h^2 in place of v; momentum: m = momentum m + c, which is c then"""
    cdef vec c
    v[0] = o.keep_1 * v[0] + o.keep_2 * (g * g)
    c = v[0]
    if o.given.centered:
        h[0] = o.keep_1 * h[0] + o.keep_2 * g
        c = v[0] - h[0] * h[0]
    c = quotient(o.a * g, square_root(c + o.eps))
    if o.given.momentum > 0:
        m[0] = o.momentum * m[0] + c
        c = m[0]
    return c


cdef inline formula adagrad(const Constants* o, vec g, vec* v) noexcept nogil:
    """v += g^2; a g / sqrt(v + epsilon)"""
    v[0] += g * g
    return quotient(o.a * g, square_root(v[0] + o.eps))


cdef inline formula adadelta(const Constants* o, vec g, vec* v, vec* u) noexcept nogil:
    """v = rho v + (1 - rho) g^2; d = g sqrt(u + epsilon) / sqrt(v + epsilon);
    u = rho u + (1 - rho) d^2; a d"""
    cdef vec d
    v[0] = o.keep_1 * v[0] + o.keep_2 * (g * g)
    d = quotient(g * square_root(u[0] + o.eps), square_root(v[0] + o.eps))
    u[0] = o.keep_1 * u[0] + o.keep_2 * (d * d)
    return o.a * d


cdef inline formula nadam(const Constants* o, vec g, vec* m, vec* v) noexcept nogil:
    """m += (g - m) (1 - beta_1), v += (g^2 - v) (1 - beta_2); with u(t) = beta_1 (1 - 0.96^t / 2)
    and U = u(1) ... u(t): a (u(t+1) m / (1 - U u(t+1)) + (1 - u(t)) g / (1 - U))
    / (sqrt(v / (1 - beta_2^t)) + epsilon)"""
    m[0] += (g - m[0]) * o.part_1
    v[0] += (g * g - v[0]) * o.part_2
    return quotient(o.a * (o.c1 * m[0] + o.c2 * g), square_root(o.c3 * v[0]) + o.eps)


cdef inline formula adamax(const Constants* o, vec g, vec* m, vec* v) noexcept nogil:
    """m += (g - m) (1 - beta_1), v = max(beta_2 v, |g|); a / (1 - beta_1^t) m / (v + epsilon)"""
    m[0] += (g - m[0]) * o.part_1
    v[0] = o.keep_2 * v[0]
    v[0] = where(less(v[0], absolute(g)), absolute(g), v[0])
    return quotient(o.a * m[0], v[0] + o.eps)


cdef inline formula lion(const Constants* o, vec g, vec* m) noexcept nogil:
    """a sign(beta_1 m + (1 - beta_1) g), then m = beta_2 m + (1 - beta_2) g"""
    cdef vec c = o.a * sign(o.keep_1 * m[0] + o.part_1 * g)
    m[0] = o.keep_2 * m[0] + o.part_2 * g
    return c


cdef inline formula ftrl(const Constants* o, vec w, vec g, vec* n, vec* z) noexcept nogil:
    """r = sqrt(n + g^2); z += g + 2 l2_shrinkage w - (r - sqrt(n)) w / a, n += g^2;
    w = (clip(z, -l1, l1) - z) / ((r + beta) / a + 2 l2), of which the change is returned"""
    cdef vec r = square_root(n[0] + g * g)
    z[0] += g + o.c3 * w - o.a * (r - square_root(n[0])) * w
    n[0] += g * g
    return w - quotient(clip(z[0], -o.c1, o.c1) - z[0], o.a * r + o.c2 + o.eps)


cdef inline formula gradient(vec g, vec* kept) noexcept nogil:
    """kept = g; 0: no step, the gradient is what is wanted"""
    kept[0] = g
    return g * 0


cdef inline formula change(
    int code, const Constants* o, vec w, vec g, vec* s0, vec* s1, vec* s2,
) noexcept nogil:
    if code == ADAM:
        return adam(o, g, s0, s1, s2)
    if code == RMSPROP:
        return rmsprop(o, g, s0, s1, s2)
    if code == ADAGRAD:
        return adagrad(o, g, s0)
    if code == ADADELTA:
        return adadelta(o, g, s0, s1)
    if code == NADAM:
        return nadam(o, g, s0, s1)
    if code == ADAMAX:
        return adamax(o, g, s0, s1)
    if code == LION:
        return lion(o, g, s0)
    if code == FTRL:
        return ftrl(o, w, g, s0, s1)
    if code == GRADIENT:
        return gradient(g, s0)
    return sgd(o, g, s0)


cdef inline inlined descend_by(
    int code, const Constants* constants, Py_ssize_t n, Py_ssize_t hop, real* w, const real* dw,
    real** state, bint decays,
) noexcept nogil:
    cdef Constants o = constants[0]  # a copy, which stores through other pointers cannot change
    cdef real* s0 = state[0]
    cdef real* s1 = state[1]
    cdef real* s2 = state[2]
    cdef Py_ssize_t u, at
    cdef vec x
    decays = decays and o.given.weight_decay != 0
    for u in range(n):
        at = u * hop
        x = (<vec*> (w + at))[0]
        if decays:
            x -= o.decay * x
        x -= change(
            code, &o, x, (<const vec*> (dw + at))[0], <vec*> (s0 + at), <vec*> (s1 + at),
            <vec*> (s2 + at),
        )
        (<vec*> (w + at))[0] = x


cdef inline inlined descend(
    const Constants* o, Py_ssize_t n, Py_ssize_t hop, real* w, const real* dw, real** state,
    bint decays,
) noexcept nogil:
    """w = w - decay w - change(dw) on n vectors that lie `hop` elements apart, those of the state
    too: of every slot, or w for none."""
    if o.code == SGD:
        descend_by(SGD, o, n, hop, w, dw, state, decays)
    else:
        descend_by(o.code, o, n, hop, w, dw, state, decays)


OPTIMIZERS = {
    "sgd": OptimizerRow(SGD, {"momentum": 0.0, "nesterov": False}, {"momentum": "momentum"}),
    "adam": OptimizerRow(
        ADAM, {"beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7, "amsgrad": False},
        {"momentum": None, "velocity": None, "velocity_hat": "amsgrad"},
    ),
    "rmsprop": OptimizerRow(
        RMSPROP, {"rho": 0.9, "momentum": 0.0, "epsilon": 1e-7, "centered": False},
        {"velocity": None, "momentum": "momentum", "average_gradient": "centered"},
    ),
    "adagrad": OptimizerRow(
        ADAGRAD, {"initial_accumulator_value": 0.1, "epsilon": 1e-7}, {"accumulator": None}
    ),
    "adadelta": OptimizerRow(
        ADADELTA, {"rho": 0.95, "epsilon": 1e-7},
        {"accumulated_grad": None, "accumulated_delta_var": None},
    ),
    "nadam": OptimizerRow(
        NADAM, {"beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7},
        {"momentum": None, "velocity": None}, {"u_product": 1.0},
    ),
    "adamax": OptimizerRow(
        ADAMAX, {"beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7}, {"momentum": None, "norm": None}
    ),
    "lion": OptimizerRow(LION, {"beta_1": 0.9, "beta_2": 0.99}, {"momentum": None}),
    "ftrl": OptimizerRow(
        FTRL, {
            "initial_accumulator_value": 0.1, "l1_regularization_strength": 0.0,
            "l2_regularization_strength": 0.0, "l2_shrinkage_regularization_strength": 0.0,
            "beta": 0.0,
        }, {"accumulator": None, "linear": None},
    ),
    "gradient": OptimizerRow(GRADIENT, slots={"gradient": None}),  # takes no step
}
