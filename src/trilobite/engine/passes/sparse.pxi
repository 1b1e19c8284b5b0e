# The first dense stage over rows of a CSR matrix: what is not stored is not multiplied. Sums run in
# the order in which it is stored; where columns ascend, the bits are those of dense rows.

cdef enum:
    # Where more than one element in so many is stored, rows are packed. With packed rows a step
    # took 1 to 2 times as long at one in 8, and 1.8 to 3.8 times at one in 16 (784-100-10,
    # 784-16-10 and 5000-64-10, batch 128, Zen 4).
    SPARSE_FROM = 8


cdef bint stays_sparse(Plan* plan, Rows x):
    """Whether rows of x are multiplied as they are stored; otherwise they are packed."""
    return (
        x.array.values != NULL and plan.stages[0].kind == DENSE and plan.offset == 0
        and x.stored() <= x.n_rows * x.n_columns // SPARSE_FROM
    )


cdef bint dense_of_sparse(
    Plan* plan, Workspace* ws, Pass* batch, int activation, Py_ssize_t i0, Py_ssize_t i1,
) noexcept nogil:
    """y = act(x * scale @ w + b); returns whether x is finite."""
    cdef const Array* x = batch.x.x
    cdef Stage* stage = &plan.stages[0]
    cdef Py_ssize_t q, i, k, row, part, end
    cdef int v, vectors
    cdef real value, check = 0
    cdef const real* w
    cdef real* y
    cdef vec acc[VECTORS]
    cdef vec total[VECTORS]
    for q in range(ceiling(stage.n_out, PANEL)):
        vectors = vectors_of(q, stage.n_out)
        y = ws.y[1] + q * ws.stride
        for i in range(i0, i1):
            row = row_of(&batch.x, i)
            k = x.starts[row]
            for part in range(plan.n_parts):
                for v in range(VECTORS):
                    acc[v] = (<const vec*> (stage.b + q * PANEL))[v] if part == 0 else splat(0)
                end = first_column(plan, part + 1)
                while k < x.starts[row + 1] and (x.at[k] < end or part == plan.n_parts - 1):
                    value = x.values[k] * plan.scale
                    check += value * <real> 0
                    w = stage.w + q * stage.w_stride + x.at[k] * PANEL
                    for v in range(vectors):
                        acc[v] += value * (<const vec*> w)[v]
                    k += 1
                for v in range(VECTORS):
                    total[v] = acc[v] if part == 0 else total[v] + acc[v]
            for v in range(VECTORS):
                (<vec*> (y + i * PANEL))[v] = total[v]
        activate(activation, plan.stages[0].numbers, i1 - i0, vectors, y + i0 * PANEL)
    return check == 0


cdef void sort_entries(
    Plan* plan, Workspace* ws, Pass* batch, const Block* blocks, Py_ssize_t k0, Py_ssize_t k1,
) noexcept nogil:
    """Put what a slice of x stores for the blocks k0 to k1 into the order of panels, then of rows.

    Those of panel p end before ends[p], where those of panel p + 1 begin."""
    cdef const Array* x = batch.x.x
    cdef Entry* entries = ws.entries[batch.member]
    cdef Entry* entry
    cdef Py_ssize_t* ends = ws.ends[batch.member] + 1
    cdef Py_ssize_t i, k, p, row, n, first, last
    first, last = -1, -2
    for k in range(k0, k1):
        if blocks[k].s == 0:
            first = blocks[k].p if first < 0 else first
            last = blocks[k].p
    if first < 0:
        return
    memset(ends + first - 1, 0, (last - first + 2) * sizeof(Py_ssize_t))
    for i in range(batch.i0, batch.i1):
        row = row_of(&batch.x, i)
        for k in range(x.starts[row], x.starts[row + 1]):
            p = x.at[k] // PANEL
            if first <= p <= last:
                ends[p] += 1
    n = 0
    for p in range(first, last + 1):  # to where each begins
        n += ends[p]
        ends[p] = n - ends[p]
    for i in range(batch.i0, batch.i1):
        row = row_of(&batch.x, i)
        for k in range(x.starts[row], x.starts[row + 1]):
            p = x.at[k] // PANEL
            if first <= p <= last:
                entry = &entries[ends[p]]
                entry.value, entry.row = x.values[k] * plan.scale, <int> i
                entry.column = <int> (x.at[k] - p * PANEL)
                ends[p] += 1


cdef void d_dense_weights_of_sparse(
    Workspace* ws, Pass* batch, Block* block, Py_ssize_t n, int vectors, real* dw,
) noexcept nogil:
    """dw = x.T @ dz for n columns of x, or added to that so far."""
    cdef const Py_ssize_t* ends = ws.ends[batch.member]
    cdef const Entry* entry = ws.entries[batch.member] + ends[block.p]
    cdef const Entry* end = ws.entries[batch.member] + ends[block.p + 1]
    cdef const real* dz = ws.dy[1] + block.q * ws.stride
    cdef int v
    if batch.begins:
        memset(dw, 0, n * PANEL * sizeof(real))
    while entry < end:
        for v in range(vectors):
            (<vec*> (dw + entry.column * PANEL))[v] += (
                entry.value * (<const vec*> (dz + entry.row * PANEL))[v]
            )
        entry += 1
