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


def permutation(Py_ssize_t n, seed, epoch):
    """The order in which a training with this seed takes its n rows in an epoch: (n,) int64."""
    order = np.empty(n, np.int64)
    cdef int64_t[::1] view = order
    cdef uint64_t state = state_of_epoch(<uint64_t> seed, <uint64_t> epoch)
    if n:
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
