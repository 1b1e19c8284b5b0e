"""What all models share, and what a thread has in its place for a while."""

import copy
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Lock


class Shared:
    """One value for all threads, made when it is first asked for.

    Parameters
    ----------
    make : callable
        Without arguments.
    """

    def __init__(self, make):
        self._make, self._value, self._making = make, None, Lock()
        self._aside = ContextVar("aside", default=None)  # this thread's own, in its place

    def set(self, value):
        """Have another value, for all threads that have not set it aside."""
        self._value = value

    def get(self):
        """The value to go by."""
        if (aside := self._aside.get()) is not None:
            return aside
        with self._making:
            if self._value is None:
                self._value = self._make()
            return self._value

    @contextmanager
    def aside(self):
        """A context, of this thread alone, that works on a copy: the value stays as it is."""
        token = self._aside.set(copy.deepcopy(self.get()))
        try:
            yield
        finally:
            self._aside.reset(token)
