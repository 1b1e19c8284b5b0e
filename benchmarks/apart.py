"""Calls in a process of their own, which stands still whenever it is not its turn.

Libraries keep threads that spin while they have nothing to do. In one process with trilobite, or
merely beside it, they would take the core that the other is measured on.
"""

import ctypes
import multiprocessing
import os
import signal
import traceback

PR_SET_PDEATHSIG = 1  # <sys/prctl.h>


class Apart:
    """A process that makes a call and is stopped (SIGSTOP) but for that and for each call of it.

    Calling this makes the call there and returns what it returns; what it raises is raised here,
    as a RuntimeError. A context manager: the process ends with it.
    """

    def __init__(self):
        context = multiprocessing.get_context("spawn")
        self._pipe, end = context.Pipe()
        self._process = context.Process(target=_serve, args=(end,))  # which may have its own
        self._process.start()
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
            self._process.join()
            raise RuntimeError(f"a process ended with {self._process.exitcode}") from None
        os.kill(self._process.pid, signal.SIGSTOP)
        os.waitid(os.P_PID, self._process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
        if error:
            raise RuntimeError(f"in a process apart:\n{error}")
        return answer

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self._process.kill()  # SIGKILL ends a stopped process, too
        self._process.join()


def _serve(pipe):
    """The process: make what is to be called, or call it."""
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
