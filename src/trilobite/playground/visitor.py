"""A visitor's thread: it handles messages one after the other, and trains in between."""

import threading
from collections import deque

from trilobite.playground import limits
from trilobite.playground.frames import dumps
from trilobite.playground.session import Session

# What a message may be answered with; anything else is a mistake of the server.
_REFUSALS = (
    *(TypeError, ValueError, OverflowError, ImportError, MemoryError, RecursionError),
    RuntimeWarning,  # of numbers that are too large, where warnings are errors
)


class Visitor:
    """A `Session` in a thread of its own.

    Parameters
    ----------
    send : callable
        Called in the thread with each message: a str, or bytes of a frame.
    own : Table, optional
        Data to begin with.
    ended : callable
        Called in the thread when it ends.
    """

    def __init__(self, send, own=None, ended=lambda: None):
        self._send, self._own, self._ended = send, own, ended
        self._messages, self._taken, self._sent = deque(), 0, 0
        self._closed, self._due = False, False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, daemon=True, name="playground visitor")
        self._thread.start()

    def ask(self, message, answered=lambda: None):
        """Let the thread handle a message and call `answered` then."""
        with self._changed:
            self._messages.append((message, answered))
            self._changed.notify()

    def frame_taken(self, number):
        """The page has drawn this frame, and all before it."""
        if type(number) is int and number <= self._sent:
            with self._changed:
                self._taken = max(self._taken, number)
                self._changed.notify()

    def close(self):
        """End the thread, after what it is doing."""
        with self._changed:
            self._closed = True
            self._changed.notify()

    def _run(self):
        try:
            session = Session(self._own)
            self._send(dumps(session.state()))
            self._due = True
            while self._wait(session):
                if self._messages:
                    message, answered = self._messages.popleft()
                    self._answer(session, message)
                    answered()
                elif self._due:
                    self._due = False
                    self._sent += 1
                    self._send(session.frame())
                elif session.running:
                    self._due = session.work()
                    if not session.running:
                        self._due = True
                        self._send(dumps(session.state()))
        finally:
            self._ended()

    def _wait(self, session):
        """Wait until there is something to do; False: the visitor has gone."""
        with self._changed:
            while not (self._closed or self._messages):
                may_send = self._sent - self._taken < limits.IN_FLIGHT
                if may_send and (self._due or session.running):
                    break
                self._changed.wait()
            return not self._closed

    def _answer(self, session, message):
        number = message.get("id")
        number = number if isinstance(number, (int, str)) else None
        try:
            fields = session.handle(message)
        except _REFUSALS as error:
            said = " ".join(str(error).split())[:500]
            argument, colon, _ = said.partition(":")
            argument = argument if colon and " " not in argument else None
            told = {"type": "error", "id": number, "error": said, "argument": argument}
            self._send(dumps(told))
            return
        self._send(dumps({"type": "answer", "id": number} | fields))
        self._send(dumps(session.state()))
        self._due = True
