"""The dtype of new models, as in `keras.config`."""

from trilobite._declare.dtypes import floatx, set_floatx

__all__ = ["floatx", "set_floatx"]
