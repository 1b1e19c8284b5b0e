# What the machine could do: the benchmarks' measures of a kernel and of the way between two cores.

cdef struct Peak:
    int team_size
    Py_ssize_t turns
    real result


cdef void peak_member(void* of, int member, void* team) noexcept nogil:
    """acc = acc * a + b in every accumulator of a tile, nothing but registers."""
    cdef Peak* peak = <Peak*> of
    cdef vec acc[TILE_ROWS][VECTORS]
    cdef vec a = splat(<real> 0.5)
    cdef vec b = splat(<real> (1 + member))
    cdef vec total = splat(0)
    cdef Py_ssize_t turn
    cdef int r, v
    for r in range(TILE_ROWS):
        for v in range(VECTORS):
            acc[r][v] = splat(<real> (r * VECTORS + v))  # equal ones would be computed once
    for turn in range(peak.turns):
        for r in range(TILE_ROWS):
            for v in range(VECTORS):
                acc[r][v] = acc[r][v] * a + b
    for r in range(TILE_ROWS):
        for v in range(VECTORS):
            total += acc[r][v]
    if sum_lanes(total) == 0:  # never: keeps the loop from being dropped
        peak.result = 0


def fma_peak(int threads=1, Py_ssize_t turns=1_000_000):
    """GFLOP/s of a loop of multiply-adds in registers: 1e9 floating-point operations a second.

    A multiply-add counts two. Threads work side by side; starting them is within the time taken.
    """
    cdef Peak peak
    cdef double start
    peak.turns = turns
    with nogil:
        start = seconds_now()
        run_team(threads, &peak.team_size, peak_member, &peak)
        start = seconds_now() - start
    return 2e-9 * LANES * VECTORS * TILE_ROWS * turns * peak.team_size / start


cdef struct Barriers:
    int team_size
    Py_ssize_t turns


cdef void barrier_member(void* of, int member, void* team) noexcept nogil:
    cdef Py_ssize_t turn
    for turn in range((<Barriers*> of).turns):
        barrier(team)


def barrier_time(int threads=2, Py_ssize_t turns=10_000):
    """Seconds that a barrier takes threads that do nothing else: how far their cores are apart.

    Starting them is within the time taken, of so many turns (at least 1)."""
    cdef Barriers barriers
    cdef double start
    barriers.turns = turns
    with nogil:
        start = seconds_now()
        run_team(threads, &barriers.team_size, barrier_member, &barriers)
        start = seconds_now() - start
    return start / turns
