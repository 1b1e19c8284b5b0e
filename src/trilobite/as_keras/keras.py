"""What `import keras` shows: the names of trilobite, and those that are imported when asked for."""

from contextlib import nullcontext

import numpy as np

import trilobite
from trilobite import *  # noqa: F403
from trilobite import backend, ops
from trilobite._declare.tensor import KerasTensor
from trilobite._declare.variable import Variable as _Variable
from trilobite.as_keras import random

__version__ = f"3.15.0+trilobite.{trilobite.__version__}"  # of Keras: whose meaning the names have


class Variable(_Variable):
    """An array that changes.

    Parameters
    ----------
    initializer : array_like or callable
        Of the shape, if it is callable.
    shape : tuple, optional
    dtype, name : str, optional
    trainable : bool
        No difference.
    """

    def __init__(self, initializer, shape=None, dtype=None, trainable=True, name=None, **named):
        value = initializer(shape) if callable(initializer) else initializer
        self._array = np.array(ops.convert_to_tensor(value, dtype))

        def write(value):
            self._array = np.broadcast_to(np.asarray(value, self._array.dtype), self._array.shape)

        super().__init__(name or "variable", lambda: self._array.copy(), write, trainable)


def device(device_name):
    """A context in which nothing changes: there is one CPU."""
    return nullcontext()


def name_scope(name, **options):
    """A context in which nothing changes: names are those of layers."""
    return nullcontext()


__all__ = [
    *trilobite.__all__, "KerasTensor", "Variable", "backend", "device", "name_scope", "ops",
    "random",
]  # fmt: skip
