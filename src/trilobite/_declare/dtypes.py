"""The dtype of new models."""

from trilobite._declare.names import choose

_DTYPES = {"float32": "float32", "float64": "float64"}
_floatx = "float32"


def floatx():
    """Dtype of the weights of new models: "float32" (the default) or "float64"."""
    return _floatx


def set_floatx(value):
    """Set the dtype of the weights of new models.

    Parameters
    ----------
    value : {"float32", "float64"}
    """
    global _floatx
    _floatx = check_dtype("value", value)


def check_dtype(argument, value):
    """`value` if a model can compute in it; None means `floatx()`."""
    return _floatx if value is None else choose(argument, value, _DTYPES)
