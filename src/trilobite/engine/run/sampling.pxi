# What is drawn at random: orders of rows, masks and noise. All depend on their arguments alone.

cdef uint64_t next_random(uint64_t* state) noexcept nogil:
    """SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014)."""
    state[0] += <uint64_t> 0x9E3779B97F4A7C15
    cdef uint64_t z = state[0]
    z = (z ^ (z >> 30)) * <uint64_t> 0xBF58476D1CE4E5B9
    z = (z ^ (z >> 27)) * <uint64_t> 0x94D049BB133111EB
    return z ^ (z >> 31)


cdef uint64_t state_of_epoch(uint64_t seed, uint64_t epoch) noexcept nogil:
    """The state with which the shuffle of an epoch begins."""
    cdef uint64_t state = seed
    state = next_random(&state) ^ epoch
    return next_random(&state)


cdef void shuffle(int64_t* order, Py_ssize_t i0, Py_ssize_t i1, uint64_t* state) noexcept nogil:
    """Make of a permutation of 0 .. i0 - 1 one of 0 .. i1 - 1 (Fisher and Yates)."""
    cdef Py_ssize_t i, j
    for i in range(i0, i1):  # inside out: the identity and its shuffle in one pass
        j = below(next_random(state), i + 1)
        order[i] = order[j]
        order[j] = i


cdef Py_ssize_t shuffle_blocks(
    int64_t* order, Py_ssize_t i0, Py_ssize_t n, Py_ssize_t block_rows, const int64_t* blocks,
    Py_ssize_t n_blocks, uint64_t* state,
) noexcept nogil:
    """Let the rows of these blocks of n rows follow as order[i0:], shuffled; returns their end."""
    cdef Py_ssize_t i = i0, j, k, row
    for k in range(n_blocks):
        for row in range(blocks[k] * block_rows, min(n, (blocks[k] + 1) * block_rows)):
            j = i0 + below(next_random(state), i - i0 + 1)
            order[i] = order[j]
            order[j] = row
            i += 1
    return i


def permutation(Py_ssize_t n, seed, epoch, Py_ssize_t block_rows=0, Py_ssize_t blocks_at_once=1):
    """The order in which a training takes its n rows in an epoch: (n,) int64.

    The blocks of rows, if there are any, come in the order of as many rows.
    """
    order = np.empty(n, np.int64)
    cdef int64_t[::1] view = order
    cdef int64_t[::1] blocks
    cdef uint64_t state = state_of_epoch(<uint64_t> seed, <uint64_t> epoch)
    cdef Py_ssize_t k, end = 0
    if n and block_rows > 0:
        blocks = np.empty(ceiling(n, block_rows), np.int64)
        shuffle(&blocks[0], 0, blocks.shape[0], &state)
        for k in range(0, blocks.shape[0], blocks_at_once):
            end = shuffle_blocks(
                &view[0], end, n, block_rows, &blocks[k],
                min(blocks_at_once, blocks.shape[0] - k), &state,
            )
    elif n:
        shuffle(&view[0], 0, n, &state)
    return order


cdef uint64_t key_of_step(uint64_t seed, uint64_t epoch, uint64_t step) noexcept nogil:
    """The key of the masks of dropout in a step."""
    cdef uint64_t key = seed
    key = next_random(&key) ^ epoch
    key = next_random(&key) ^ step
    return next_random(&key)


def dropout_mask(seed, epoch, step, stage, Py_ssize_t n_rows, Py_ssize_t n_columns, double rate):
    """Which units a dropout stage keeps in a step of an epoch, each with probability 1 - rate.

    Returns
    -------
    ndarray of bool, (n_rows, n_columns)
    """
    kept = np.zeros((n_rows, ceiling(n_columns, LANES) * LANES), dtype)
    cdef real[:, ::1] view = kept
    cdef uint64_t key = key_of_step(<uint64_t> seed, <uint64_t> epoch, <uint64_t> step)
    cdef uint64_t number = stage
    cdef Py_ssize_t i, j
    for i in range(n_rows):
        for j in range(ceiling(n_columns, LANES)):
            (<vec*> &view[i, j * LANES])[0] = keep_factors(
                <word> key_of_row(key, number, i), j * LANES, rate, 1
            )
    return kept[:, :n_columns] != 0


def normal_noise(seed, epoch, step, stage, Py_ssize_t n_rows, Py_ssize_t n_columns):
    """Standard normal numbers that a stage draws in a step of an epoch: (n_rows, n_columns)."""
    drawn = np.zeros((n_rows, ceiling(n_columns, LANES) * LANES), dtype)
    cdef real[:, ::1] view = drawn
    cdef uint64_t key = key_of_step(<uint64_t> seed, <uint64_t> epoch, <uint64_t> step)
    cdef uint64_t number = stage
    cdef Py_ssize_t i, j
    for i in range(n_rows):
        for j in range(ceiling(n_columns, LANES)):
            (<vec*> &view[i, j * LANES])[0] = normal(key_of_row(key, number, i), j * LANES)
    return drawn[:, :n_columns]
