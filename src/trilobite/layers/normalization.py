"""Normalization by numbers that are known before training."""

import numpy as np

from trilobite._checks import arrays
from trilobite._declare.layer import Layer
from trilobite._declare.names import only
from trilobite._declare.own_layer import require_flat
from trilobite._model.py_dataset import is_fed, moments_of_batches

LEAST = 1e-14  # of a variance: Keras divides by 1e-7 at least


class Normalization(Layer):
    """``y = (x - mean) / sqrt(variance)`` of each column, of numbers that training does not move.

    They are given, or those of data that `adapt` is handed; until then 0 and 1. (Keras counts a
    third weight, which is 0 after `adapt`, and none where numbers are given.)

    Parameters
    ----------
    axis : int or None
        -1, of each column, or None: of all numbers together.
    mean, variance : float or array_like, optional
        Both or neither.
    invert : bool
        Must be False.
    **common
        See `Layer`.

    Attributes
    ----------
    mean, variance : array
        Of each column, read-only; None before there are some.
    """

    assignable = Layer.assignable | {"input_shape"}  # by `adapt`
    weight_names = not_trained = ("mean", "variance")

    def __init__(self, axis=-1, mean=None, variance=None, invert=False, **common):
        self.axis = only("axis", axis, -1, None)
        self.invert = only("invert", invert, False)
        if (mean is None) != (variance is None):
            raise ValueError(f"mean, variance: got {mean}, {variance}, expected both or neither")
        self._given = None
        if mean is not None:
            self._given = [np.asarray(a, np.float64) for a in (mean, variance)]
            if not all(np.isfinite(a).all() for a in self._given) or (self._given[1] < 0).any():
                raise ValueError("mean, variance: expected finite numbers, no variance below 0")
        super().__init__(**common)

    def adapt(self, data):
        """Take mean and variance of the columns of `data`.

        Parameters
        ----------
        data : array_like, shape (n, ...), or what makes batches
            Of a batch only x is used; one pass.
        """
        of_columns = self.axis is not None
        moments = moments_of_batches if is_fed(data) else arrays.moments
        shape, moments = moments("data", data, of_columns)
        if self.input_shape is None:
            self.input_shape = shape
        self.keep(moments)

    def keep(self, weights):
        """Have these weights, of which no variance is too small to divide by."""
        mean, variance = weights
        super().keep([np.array(mean), np.maximum(variance, LEAST)])

    def get_config(self):
        """Everything that makes this layer, plain data, with one mean and variance of each column.

        Returns
        -------
        dict
        """
        config = super().get_config()
        numbers = {name: config[name] and config[name][0] for name in self.weight_names}
        return config | numbers

    def parts(self, trained=True):
        """The layer itself, which is never trained."""
        return [(self, False)]

    def shape_for(self, input_shape):
        """Shape of one row of the output, from that of the input."""
        require_flat(self, input_shape)
        return input_shape

    def stage(self):
        """The engine's stage of this layer: a batch normalization that is not trained."""
        return ("batch_normalization", 1.0, 0.0, False, False)

    def weight_plan(self, input_shape):
        """Mean and variance of each column."""
        mean, variance = self._given or (0.0, 1.0)

        def of(numbers):
            return lambda shape, dtype=None: np.broadcast_to(numbers, shape).astype(dtype)

        return [(input_shape, of(mean), None), (input_shape, of(np.maximum(variance, LEAST)), None)]

    @property
    def mean(self):
        """The mean of each column, (1, n)."""
        return self._numbers(0)

    @property
    def variance(self):
        """The variance of each column, (1, n)."""
        return self._numbers(1)

    def _numbers(self, k):
        weights = self.get_weights()
        if weights:
            weights[k].flags.writeable = False
            return weights[k].reshape(1, -1)
        return self._given and self._given[k].reshape(1, -1)
