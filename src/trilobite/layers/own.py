"""Layers of functions of one's own."""

from functools import partial

from trilobite._declare.layer import Layer
from trilobite._declare.names import only


class Lambda(Layer):
    """``y = function(x)``, rows of the same shape: the model is then computed by NumPy.

    Its derivative is found; see `Differentiable` for what it costs. Such a model cannot be saved
    as a whole, but for its weights.

    Parameters
    ----------
    function : callable
        Of the rows, an array (n, n_in), to an array (n, n_in): operators, `keras.ops` and NumPy.
    output_shape : tuple, optional
        Keras's, which makes no difference.
    mask : None
        Keras's, which is not supported.
    arguments : dict, optional
        By name, of the function.
    **common
        See `Layer`.
    """

    def __init__(self, function, output_shape=None, mask=None, arguments=None, **common):
        only("mask", mask, None)
        self.function, self.output_shape, self.mask = function, output_shape, mask
        self.arguments = arguments
        super().__init__(**common)

    def call(self, x):
        """What the function returns."""
        return partial(self.function, **(self.arguments or {}))(x)
