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
    """What `make(*arguments)` returns, called in a new process: calling this calls it there.

    The process is stopped (SIGSTOP) but for `make` and the calls. What it raises is raised here.
    A context manager: the process ends with it.

    Parameters
    ----------
    make : callable
        Of a module that the new process can import.
    arguments
        Small ones: they go through a pipe, as do the results.
    """

    def __init__(self, make, *arguments):
        context = multiprocessing.get_context("spawn")
        self._pipe, end = context.Pipe()
        self._process = context.Process(target=_serve, args=(end, make, arguments), daemon=True)
        self._process.start()
        end.close()
        try:
            self._answer()
        except BaseException:
            self.close()
            raise

    def __call__(self):
        os.kill(self._process.pid, signal.SIGCONT)
        self._pipe.send(None)
        return self._answer()

    def _answer(self):
        try:
            value, error = self._pipe.recv()
        except EOFError:
            self._process.join()
            value, error = None, f"it ended with exit code {self._process.exitcode}"
        if error:
            raise RuntimeError(f"in a process apart: {error}")
        os.kill(self._process.pid, signal.SIGSTOP)
        os.waitid(os.P_PID, self._process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
        return value

    def close(self):
        """End the process, stopped or not."""
        self._process.kill()
        self._process.join()

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()


def _serve(pipe, make, arguments):
    """The process: make the call, then make a call for each message."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)  # one that is stopped sees no EOF
    try:
        call = make(*arguments)
        pipe.send((None, None))
        while True:
            pipe.recv()
            pipe.send((call(), None))
    except Exception:
        pipe.send((None, traceback.format_exc()))
