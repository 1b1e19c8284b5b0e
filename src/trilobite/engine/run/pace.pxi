# How many threads go on with a training: all of its team, or one alone. The result has the same
# bits either way, so what is faster is found by trying. It depends on more than the net: on whether
# somebody else uses a core (the other threads wait for the one there, milliseconds at a time: two
# took 2 to 4 times as long as one) and on how far the cores are apart (from one group of cores of a
# Zen 4 to another a line took 160 ns instead of 33; two threads then took 1.0 us for a row of
# 20-64-64-2 with batch 32, one 0.46, two in one group 0.40). To start the team's threads, some 50
# microseconds, is in their time. With these constants and one core busy 784-64-64-10, batch 128,
# took 0.97 to 1.04 of one thread's time; with none busy, what it takes without any try (Zen 4).

cdef double TRY = 0.001             # seconds of a try, and a step at least
cdef double SHORTEST_WAIT = 0.02    # from try to try; twice as long each time that nothing changes
cdef double LONGEST_WAIT = 6.4
cdef double SLOWER = 1.3            # than it was: time to try again
cdef enum:
    STEPS_BETWEEN = 20              # of one thread, from try to try, if this takes longer


cdef struct Pace:
    int threads             # of the team
    bint alone              # only one of them works now
    bint trying             # the other way than the usual one is being measured
    double usual            # seconds a row
    double rows, seconds    # measured so far
    double wait, next_try   # seconds, those of the monotonic clock


cdef Pace pace_of(int threads) noexcept:
    """At first the whole team is tried, then one thread."""
    cdef Pace pace
    memset(&pace, 0, sizeof(pace))
    pace.threads, pace.trying, pace.usual = threads, threads > 1, INFINITY
    return pace


cdef double look_at(const Pace* pace, double now) noexcept nogil:
    """The time by which `keep_pace` is to be called."""
    if pace.threads == 1:
        return INFINITY
    return now + TRY if pace.trying else max(now + TRY, pace.next_try)


cdef void keep_pace(
    Pace* pace, Py_ssize_t rows, double seconds, double now, Py_ssize_t batch_size,
) noexcept nogil:
    """Learn that so many rows took so many seconds, and choose."""
    pace.rows += rows
    pace.seconds += seconds
    if pace.threads == 1 or pace.seconds < TRY or pace.rows == 0:  # a step may take several runs
        return
    cdef double measured = pace.seconds / pace.rows
    pace.rows = pace.seconds = 0
    if pace.trying:
        pace.trying = False
        if measured < pace.usual:
            pace.wait = SHORTEST_WAIT if pace.usual < INFINITY else 0
            pace.usual = measured
        else:
            pace.alone = not pace.alone
            pace.wait = min(max(2 * pace.wait, SHORTEST_WAIT), LONGEST_WAIT)
        pace.next_try = now + max(
            pace.wait, STEPS_BETWEEN * batch_size * pace.threads * pace.usual
        )
        return
    if measured > SLOWER * pace.usual:
        pace.wait, pace.next_try = SHORTEST_WAIT, now
    pace.usual = measured
    if now >= pace.next_try:
        pace.trying, pace.alone = True, not pace.alone
