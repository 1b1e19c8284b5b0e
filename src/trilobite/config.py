"""The dtype of new models, and what programs ask for beside it, as in `keras.config`."""

from trilobite._declare.dtypes import floatx, set_floatx

__all__ = ["backend", "epsilon", "floatx", "image_data_format", "set_floatx"]


def backend():
    """The name of what computes."""
    return "trilobite"


def epsilon():
    """What keeps logarithms finite, 1e-7: losses and metrics clip at it."""
    return 1e-7


def image_data_format():
    """Keras's default, "channels_last"; nothing here depends on it."""
    return "channels_last"
