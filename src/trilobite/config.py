"""The dtype of new models, and what programs ask for beside it, as in `keras.config`."""

from trilobite._declare.dtypes import floatx, set_floatx

__all__ = [
    "backend",
    "disable_interactive_logging",
    "disable_traceback_filtering",
    "enable_interactive_logging",
    "enable_traceback_filtering",
    "epsilon",
    "floatx",
    "image_data_format",
    "set_floatx",
]


def backend():
    """The name of what computes."""
    return "trilobite"


def epsilon():
    """What keeps logarithms finite, 1e-7: losses and metrics clip at it."""
    return 1e-7


def image_data_format():
    """Keras's default, "channels_last"; nothing here depends on it."""
    return "channels_last"


def enable_interactive_logging():
    """Keras's, which makes no difference: what `fit` prints is for its `verbose` to say."""


def disable_interactive_logging():
    """Keras's, which makes no difference: what `fit` prints is for its `verbose` to say."""


def enable_traceback_filtering():
    """Keras's, which makes no difference: errors come out as they are."""


def disable_traceback_filtering():
    """Keras's, which makes no difference: errors come out as they are."""
