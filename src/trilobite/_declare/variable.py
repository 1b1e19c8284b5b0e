"""Variables: arrays that a model or an optimizer has, by name; read and set where they are."""

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin


class Variable(NDArrayOperatorsMixin):
    """An array of a model or an optimizer. NumPy computes with it as with an array.

    Every look at it is a copy of what it is at that moment; `assign` changes it.

    Attributes
    ----------
    name, path : str
        "kernel", "dense/kernel".
    trainable : bool
    """

    def __init__(self, path, read, write, trainable=True):
        self.path, self.name, self.trainable = path, path.rpartition("/")[2], trainable
        self._read, self._write = read, write

    def numpy(self):
        """A copy of the array."""
        return self._read()

    @property
    def value(self):
        """A copy of the array."""
        return self._read()

    def assign(self, value):
        """Set the array.

        Parameters
        ----------
        value : array_like
            Of its shape.

        Raises
        ------
        ValueError
            The shape differs.
        """
        self._write(value)
        return self

    def assign_add(self, value):
        """Add to the array."""
        return self.assign(self._read() + value)

    def assign_sub(self, value):
        """Subtract from the array."""
        return self.assign(self._read() - value)

    @property
    def dtype(self):
        """Name of the dtype: "float32"."""
        return self._read().dtype.name

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self._read(), dtype)

    def __array_ufunc__(self, ufunc, method, *inputs, **options):
        values = [x.numpy() if isinstance(x, Variable) else x for x in inputs]
        return getattr(ufunc, method)(*values, **options)

    def __getattr__(self, name):  # what else an array has: shape, size, T, mean ...
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self._read(), name)

    def __getitem__(self, at):
        return self._read()[at]

    def __len__(self):
        return len(self._read())

    def __iter__(self):
        return iter(self._read())

    def __float__(self):
        return float(self._read())

    def __int__(self):
        return int(self._read())

    def __format__(self, form):
        return format(self._read(), form)

    def __repr__(self):
        value = self._read()
        return (
            f"<Variable path={self.path}, shape={value.shape}, dtype={value.dtype}, value={value}>"
        )
