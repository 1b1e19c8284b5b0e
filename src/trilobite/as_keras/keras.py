"""What `import keras` shows: the names of trilobite, and those that are imported when asked for."""

import trilobite
from trilobite import *  # noqa: F403
from trilobite import backend, ops

__version__ = f"3.15.0+trilobite.{trilobite.__version__}"  # of Keras: whose meaning the names have

__all__ = [*trilobite.__all__, "backend", "ops"]
