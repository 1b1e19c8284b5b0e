"""Which thread may change a model."""

import os
import time
from _thread import get_ident  # threading, which is slower to import, has it from there
from contextlib import ExitStack, contextmanager
from functools import wraps
from itertools import count

_LOOK_AGAIN = 0.001  # seconds
_numbers = count()


class Owner:
    """The thread that changes a model: one at a time, in the order in which they come.

    The others wait, but not for a whole `fit`. A copy of the model has an owner of its own.
    """

    def __init__(self):
        # The first of a queue is the owner. Nobody else of a process that forks is in the new one.
        self._queues = {}
        self.number = next(_numbers)

    def __reduce__(self):
        return Owner, ()

    @contextmanager
    def changing(self, method):
        """A context in which no other thread changes the model; within it the owner may nest more.

        Raises
        ------
        RuntimeError
            Another thread is the owner, and that because of `fit`.
        """
        me = get_ident(), method
        queue = self._queues.setdefault(os.getpid(), [])
        if any(thread == me[0] for thread, _ in queue[:1]):
            yield
            return
        try:
            queue.append(me)
            while queue[0] is not me:
                if queue[0][1] == "fit":
                    raise RuntimeError(
                        f"{method}: got a model that fit trains in another thread, expected one "
                        "that is not trained; callbacks may change it"
                    )
                time.sleep(_LOOK_AGAIN)
            yield
        finally:
            queue.remove(me)


def changing(owners, method):
    """A context in which no other thread changes what these owners stand for.

    Parameters
    ----------
    owners : list of Owner
        In the order of their numbers: so two threads do not wait for each other.
    method : str
    """
    if len(owners) == 1:
        return owners[0].changing(method)
    with ExitStack() as stack:
        for owner in owners:
            stack.enter_context(owner.changing(method))
        return stack.pop_all()


def changes(method):
    """A method that changes its model, called by one thread at a time: see `Owner.changing`."""

    @wraps(method)
    def alone(self, *args, **named):
        with self._changing(method.__name__):
            return method(self, *args, **named)

    return alone
