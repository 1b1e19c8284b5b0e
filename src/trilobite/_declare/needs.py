"""Packages that formats need, imported when they are first needed."""

from importlib import import_module

_EXTRAS = {"onnx": "onnx", "h5py": "hdf5"}


def package(name):
    """The package of a name.

    Raises
    ------
    ImportError
        It is not installed; the message names the extra that has it.
    """
    try:
        return import_module(name)
    except ImportError as error:
        if error.name not in (name, None):
            raise
        wanted = f"'trilobite[{_EXTRAS[name]}]'" if name in _EXTRAS else name.partition(".")[0]
        raise ImportError(
            f"this needs {name}, which is not installed: pip install {wanted}", name=name
        ) from error
