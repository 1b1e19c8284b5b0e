"""Layers that apply an activation and nothing else."""

from trilobite import activations
from trilobite._declare.layer import Layer, require_flat
from trilobite._declare.names import only


class Activation(Layer):
    """``y = activation(x)``.

    Parameters
    ----------
    activation : str or function of `trilobite.activations`
    **common
        See `Layer`.
    """

    def __init__(self, activation, **common):
        self.activation = activations.chosen(activation)
        super().__init__(**common)

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
    **common
        See `Layer`.
    """

    def __init__(self, max_value=None, negative_slope=0.0, threshold=0.0, **common):
        self.max_value = only("max_value", max_value, None)
        self.negative_slope = only("negative_slope", negative_slope, 0.0)
        self.threshold = only("threshold", threshold, 0.0)
        super().__init__("relu", **common)


class ELU(Activation):
    """``y = x`` where x is positive, else ``exp(x) - 1``.

    Parameters
    ----------
    alpha : float
        Keras's, which must be 1.
    **common
        See `Layer`.
    """

    def __init__(self, alpha=1.0, **common):
        self.alpha = only("alpha", alpha, 1.0)
        super().__init__("elu", **common)


class Softmax(Activation):
    """``y = exp(x) / sum(exp(x))``.

    Parameters
    ----------
    axis : int
        Keras's, which must be -1.
    **common
        See `Layer`.
    """

    def __init__(self, axis=-1, **common):
        self.axis = only("axis", axis, -1)
        super().__init__("softmax", **common)
