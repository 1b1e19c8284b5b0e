"""Files that a command is to write."""

import os

from trilobite._cli import arrays


def check(inputs, outputs):
    """Raise for a file that could not be written when all is done, or would replace another one.

    Parameters
    ----------
    inputs, outputs : dict of str
        Paths by what stands before them on the command line; None for an output not wanted.

    Raises
    ------
    ValueError
        An output is in no folder, is a folder, or is the same file as an input or another output.
    """
    taken = {name: path for name, path in inputs.items() if path not in arrays.SETS}
    for name, path in outputs.items():
        if path is None:
            continue
        if not os.path.isdir(os.path.dirname(os.path.abspath(path))) or os.path.isdir(path):
            raise ValueError(f"{name}: got {path}, expected a file in a folder that exists")
        folder = os.path.dirname(os.path.abspath(path))
        if not os.access(folder, os.W_OK):
            raise ValueError(f"{name}: got {path}, expected a folder that can be written to")
        for other, its_path in taken.items():
            if _same(path, its_path):
                raise ValueError(f"{name}: got {path}, expected another file than {other}")
        taken[name] = path


def _same(a, b):
    """Whether two paths lead, or would lead, to one file."""
    if os.path.exists(a) and os.path.exists(b):
        return os.path.samefile(a, b)
    return os.path.realpath(a) == os.path.realpath(b)
