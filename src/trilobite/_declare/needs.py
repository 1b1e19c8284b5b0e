"""Packages that formats need, imported when they are first needed."""

from importlib import import_module

_EXTRAS = {"onnx": "onnx", "keras": "keras", "torch": "torch", "h5py": "keras"}


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
        raise ImportError(
            f"this needs {name}, which is not installed: pip install 'trilobite[{_EXTRAS[name]}]'",
            name=name,
        ) from error
