"""``python -m trilobite run``: a program, run as ``python PROGRAM`` would, with Keras's names."""

import os
import runpy
import sys


def run(program, arguments, is_module=False):
    """Run a program as ``__main__``; what it raises comes out of here.

    Parameters
    ----------
    program : str
        Path of its file, or with `is_module` the name of a module.
    arguments : list of str
        Its command line.
    is_module : bool
    """
    sys.excepthook = _show
    sys.argv[:] = [program, *arguments]
    if is_module:
        runpy.run_module(program, run_name="__main__", alter_sys=True)
        return
    sys.path[0] = os.path.dirname(os.path.abspath(program))
    runpy.run_path(program, run_name="__main__")


def _show(kind, error, trace):
    """Print a traceback as ``python PROGRAM`` does, without the frames above the program's."""
    above = {__file__, runpy.__spec__.origin, runpy.__file__, "<frozen runpy>"}
    above.add(os.path.join(os.path.dirname(os.path.dirname(__file__)), "__main__.py"))
    while trace is not None and trace.tb_frame.f_code.co_filename in above:
        trace = trace.tb_next
    sys.__excepthook__(kind, error.with_traceback(trace), trace)
