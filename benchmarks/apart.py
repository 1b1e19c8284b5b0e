"""Calls in a process of their own, which stands still whenever it is not its turn.

Libraries keep threads that spin while they have nothing to do. In one process with trilobite, or
merely beside it, they would take the core that the other is measured on.
"""

import ctypes
import os
import signal
import subprocess
import sys
import traceback
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path

PR_SET_PDEATHSIG = 1  # <sys/prctl.h>


class Apart:
    """A process that makes a call and is stopped (SIGSTOP) but for that and for each call of it.

    Calling this makes the call there and returns what it returns; what it raises is raised here,
    as a RuntimeError. A context manager: the process ends with it.

    Parameters
    ----------
    python : str, optional
        The interpreter: this one by default.
    """

    def __init__(self, python=None):
        self._pipe, end = Pipe()
        here = str(Path(__file__).parent)
        program = (
            f"import sys; sys.path.insert(0, {here!r}); import apart; apart.serve({end.fileno()})"
        )
        self._process = subprocess.Popen(
            [python or sys.executable, "-c", program], pass_fds=[end.fileno()]
        )
        end.close()

    def made(self, make, *arguments):
        """This, after `make(*arguments)` there has returned what is to be called.

        `make` is of a module that the process can import; all of it and the calls' results goes
        through a pipe.
        """
        self._ask((make, arguments))
        return self

    def __call__(self):
        return self._ask(None)

    def _ask(self, question):
        os.kill(self._process.pid, signal.SIGCONT)
        self._pipe.send(question)
        try:
            answer, error = self._pipe.recv()
        except EOFError:
            raise RuntimeError(f"a process ended with {self._process.wait()}") from None
        os.kill(self._process.pid, signal.SIGSTOP)
        os.waitid(os.P_PID, self._process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
        if error:
            raise RuntimeError(f"in a process apart:\n{error}")
        return answer

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self._process.kill()  # SIGKILL ends a stopped process, too
        self._process.wait()


def serve(descriptor):
    """The process: make what is to be called, or call it."""
    pipe = Connection(descriptor)
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)  # one that is stopped sees no EOF
    call = None
    while True:
        question, answer, error = pipe.recv(), None, None
        try:
            if question is None:
                answer = call()
            else:
                call = None  # frees what the one before it holds
                make, arguments = question
                call = make(*arguments)
        except Exception:
            error = traceback.format_exc()
        pipe.send((answer, error))
