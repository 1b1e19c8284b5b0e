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
    sys.argv[:] = [program, *arguments]
    if is_module:
        runpy.run_module(program, run_name="__main__", alter_sys=True)
        return
    sys.path[0] = os.path.dirname(os.path.abspath(program))
    runpy.run_path(program, run_name="__main__")
