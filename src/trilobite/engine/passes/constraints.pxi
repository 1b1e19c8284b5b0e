# Constraints: what a trained array is brought back to after a step. A norm is that of a column of
# w, over all blocks of its panel, or of a whole vector: so all blocks must have been updated.

cdef inline formula factor_of(const Constraint* constraint, vec squares) noexcept nogil:
    """(rate min(max(n, low), high) + (1 - rate) n) / (1e-7 + n), n = sqrt(squares)"""
    cdef vec n = square_root(squares)
    cdef vec wanted = clip(n, constraint.low, constraint.high)
    return (constraint.rate * wanted + (<real> 1 - constraint.rate) * n) / (<real> 1e-7 + n)


cdef void constrain(Stage* stage, int of, Py_ssize_t q) noexcept nogil:
    """A panel of w, or a vector from its panel 0 on: all of it."""
    cdef bint is_vector = of == B or stage.kind != DENSE
    cdef real* w = stage.b if of == B else stage.w + q * stage.w_stride
    cdef Py_ssize_t rows = ceiling(stage.n_out, PANEL) if is_vector else stage.n_in
    cdef Py_ssize_t r
    cdef int v
    cdef vec x
    cdef vec squares[VECTORS]
    for v in range(VECTORS):
        squares[v] = splat(0)
        for r in range(rows):
            x = (<vec*> (w + r * PANEL))[v]
            if stage.constraints[of].kind == NON_NEGATIVE:
                (<vec*> (w + r * PANEL))[v] = where(less(x, splat(0)), splat(0), x)
            squares[v] += x * x
    if stage.constraints[of].kind == NORM:
        if is_vector:
            x = squares[0]
            for v in range(1, VECTORS):
                x += squares[v]
            for v in range(VECTORS):
                squares[v] = splat(sum_lanes(x))
        for v in range(VECTORS):
            x = factor_of(&stage.constraints[of], squares[v])
            for r in range(rows):
                (<vec*> (w + r * PANEL))[v] *= x
    if of == W and stage.w_transposed != NULL:
        for r in range(ceiling(stage.n_in, PANEL)):
            transpose_block(stage, r, q)


cdef void constrain_all(Plan* plan, int member, int members) noexcept nogil:
    """A member's share of what is constrained."""
    cdef Py_ssize_t s, q, panels, task = 0
    cdef Stage* stage
    cdef int of
    for s in range(plan.n_stages):
        stage = &plan.stages[s]
        for of in range(ARRAYS):
            if stage.constraints[of].kind == FREE:
                continue
            panels = ceiling(stage.n_out, PANEL) if of == W and stage.kind == DENSE else 1
            for q in range(panels):
                if task % members == member:
                    constrain(stage, of, q)
                task += 1
