# Who may use the arrays of networks: many threads that read, or one that writes.
#
# All of it is kept under Python's GIL, so waiting is all that needs care: a thread that waits looks
# again every so often and hears signals meanwhile. Nothing is held by the operating system, so a
# forked process has nothing to hang on: threads that were not taken along do not count there.

cdef extern from "<unistd.h>" nogil:
    int usleep(unsigned int microseconds)

cdef enum:
    LOOK_AGAIN = 200        # microseconds


cdef long forks = 0         # that led to this process
cdef long locks = 0         # made so far


def _forked():
    global forks
    forks += 1


os.register_at_fork(after_in_child=_forked)


cdef class Lock:
    """Turns at weights: in the order in which threads ask for them, readers side by side.

    A thread that has one may ask again, but not to write while it reads.
    """

    cdef list reading, waiting      # threads
    cdef unsigned long writing      # a thread, or 0
    cdef Py_ssize_t times           # it writes
    cdef long forks
    cdef readonly long number       # of several locks the one made first is taken first

    def __cinit__(self):
        global locks
        locks += 1
        self.reading, self.waiting, self.forks, self.number = [], [], forks, locks

    cdef int take(self, bint to_write) except -1:
        """Wait for a turn, to be given back by `give`."""
        cdef unsigned long me = PyThread_get_thread_ident()
        if self.forks != forks:
            self.reading = [thread for thread in self.reading if thread == me]
            self.waiting = [thread for thread in self.waiting if thread == me]
            if self.writing != me:
                self.writing = 0
            self.forks = forks
        if self.writing != me:
            if me in self.reading:
                if to_write:
                    raise RuntimeError(
                        "a network cannot be changed or trained by a thread that is reading it"
                    )
            elif self.waiting or self.is_taken(to_write):
                self.wait(me, to_write)
            if not to_write:
                self.reading.append(me)
                return 0
            self.writing, self.times = me, 0
        self.times += 1
        return 0

    cdef int wait(self, unsigned long me, bint to_write) except -1:
        self.waiting.append(me)
        try:
            while self.waiting[0] != me or self.is_taken(to_write):
                with nogil:
                    usleep(LOOK_AGAIN)
                PyErr_CheckSignals()
        finally:
            self.waiting.remove(me)
        return 0

    cdef bint is_taken(self, bint to_write):
        return self.writing != 0 or (to_write and len(self.reading) > 0)

    cdef void give(self) noexcept:
        """Give one's last turn back."""
        cdef unsigned long me = PyThread_get_thread_ident()
        if self.writing != me:
            self.reading.remove(me)
            return
        self.times -= 1
        if self.times == 0:
            self.writing = 0


cdef int take_all(list locks, bint to_write) except -1:
    """Wait for a turn at each, one after the other: all or none."""
    cdef Py_ssize_t k, taken = 0
    try:
        while taken < len(locks):
            (<Lock> locks[taken]).take(to_write)
            taken += 1
    finally:
        if taken < len(locks):
            for k in range(taken):
                (<Lock> locks[k]).give()
    return 0


cdef void give_all(list locks) noexcept:
    """Give one's last turn at each back."""
    for lock in locks:
        (<Lock> lock).give()


cdef class Turn:
    """``with turn:`` a thread reads or writes a network; others wait."""

    cdef list locks
    cdef bint to_write

    def __cinit__(self, list locks not None, bint to_write):
        self.locks, self.to_write = locks, to_write

    def __enter__(self):
        take_all(self.locks, self.to_write)

    def __exit__(self, *error):
        give_all(self.locks)
