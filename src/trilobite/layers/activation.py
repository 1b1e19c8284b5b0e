"""Layers that apply an activation and nothing else."""

from trilobite import activations
from trilobite._declare.layer import Layer, require_flat
from trilobite._declare.names import only


class Activation(Layer):
    """``y = activation(x)``.

    Parameters
    ----------
    activation : str or function of `trilobite.activations`
    name : str, optional
    input_shape : tuple of int, optional
    """

    def __init__(self, activation, *, name=None, input_shape=None):
        self.activation = activations.chosen(activation)
        super().__init__(name=name, input_shape=input_shape)

    def shape_for(self, input_shape):
        """Shape of one row of the output, from that of the input."""
        if self.activation == "softmax":
            require_flat(self, input_shape)
        return input_shape

    def stage(self):
        """The engine's stage of this layer."""
        return ("activation", self.activation)


class ReLU(Activation):
    """``y = max(x, 0)``.

    Parameters
    ----------
    max_value, negative_slope, threshold
        Keras's, which must be their defaults.
    name : str, optional
    input_shape : tuple of int, optional
    """

    def __init__(
        self, max_value=None, negative_slope=0.0, threshold=0.0, *, name=None, input_shape=None
    ):
        self.max_value = only("max_value", max_value, None)
        self.negative_slope = only("negative_slope", negative_slope, 0.0)
        self.threshold = only("threshold", threshold, 0.0)
        super().__init__("relu", name=name, input_shape=input_shape)


class ELU(Activation):
    """``y = x`` where x is positive, else ``exp(x) - 1``.

    Parameters
    ----------
    alpha : float
        Keras's, which must be 1.
    name : str, optional
    input_shape : tuple of int, optional
    """

    def __init__(self, alpha=1.0, *, name=None, input_shape=None):
        self.alpha = only("alpha", alpha, 1.0)
        super().__init__("elu", name=name, input_shape=input_shape)


class Softmax(Activation):
    """``y = exp(x) / sum(exp(x))``.

    Parameters
    ----------
    axis : int
        Keras's, which must be -1.
    name : str, optional
    input_shape : tuple of int, optional
    """

    def __init__(self, axis=-1, *, name=None, input_shape=None):
        self.axis = only("axis", axis, -1)
        super().__init__("softmax", name=name, input_shape=input_shape)
