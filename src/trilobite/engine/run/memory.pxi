# What a training takes of the memory, known before it is there.

cdef Py_ssize_t blocks_of(Plan* plan) noexcept:
    """How many blocks of weights there are."""
    cdef Py_ssize_t s, n = 0
    for s in range(plan.n_stages):
        if plan.stages[s].has_w or plan.stages[s].has_b:
            n += ceiling(plan.stages[s].n_rows, PANEL) * ceiling(plan.stages[s].n_out, PANEL)
    return n


cdef Py_ssize_t rows_at_once(Plan* plan, Py_ssize_t batch_size) noexcept:
    """Rows that there are buffers for."""
    return batch_size if plan.normalizes else min(batch_size, <Py_ssize_t> CHUNK)


cdef int team_for(Plan* plan, Py_ssize_t batch_size, int threads) noexcept:
    """Threads that find work."""
    cdef Py_ssize_t most = max(rows_at_once(plan, batch_size), blocks_of(plan))
    return <int> min(<Py_ssize_t> min(threads, <int> MAX_THREADS), most)


cdef bint keeps_gradient(Py_ssize_t batch_size, Optimizer optimizer) noexcept:
    """Whether the whole gradient has to be there before a step: sums of chunks, or norms."""
    return batch_size > CHUNK or optimizer.descent.clips_norm


def bytes_of_training(
    Network network not None, Rows x not None, Py_ssize_t batch_size, Optimizer optimizer not None,
    int threads=1,
):
    """Bytes that a training takes beside the network and x, none of which are taken here.

    The buffers of a step, the weights and the state of the optimizer from before the epoch, that
    state itself, the order of the rows, and the copy of an x that lies in Fortran's order. The
    copies of w.T, which are the network's, but first written by a training, are not among them:
    see `bytes_of_transposed`.
    """
    cdef Plan* plan = &network.plan
    cdef Buffers buffers
    cdef bint narrow = is_narrow(plan), sparse
    cdef Py_ssize_t reals
    batch_size = min(batch_size, x.n_rows)
    sparse = not narrow and stays_sparse(plan, x)
    entries = x.most_stored(min(batch_size, CHUNK)) + 1 if sparse else 0
    with network.reading():
        buffers = Buffers(
            network, rows_at_once(plan, batch_size), team_for(plan, batch_size, threads), sparse,
            entries, narrow, True,
        )
        reals = plan.n_changed + 2 * len(optimizer.slots) * plan.n_trained
        if keeps_gradient(batch_size, optimizer):
            reals += plan.n_trained
        return (
            buffers.bytes + reals * sizeof(real) + x.n_rows * sizeof(int64_t)
            + blocks_of(plan) * sizeof(Block) + x.copied()
        )


def bytes_of_transposed(Network network not None):
    """Bytes of the copies of w.T, which a first training fills."""
    cdef Py_ssize_t s, n = 0
    for s in range(network.plan.n_stages):
        if network.plan.stages[s].w_transposed != NULL:
            n += ceiling(network.plan.stages[s].n_in, PANEL) * (
                network.plan.stages[s].w_transposed_stride
            )
    return n * sizeof(real)
