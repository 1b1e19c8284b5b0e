"""Layers that apply an activation and nothing else."""

from trilobite import activations, constraints, initializers, regularizers
from trilobite._checks.numbers import real
from trilobite._declare.layer import Layer
from trilobite._declare.names import only
from trilobite._declare.own_layer import require_flat
from trilobite._declare.tensor import KerasTensor


class Activation(Layer):
    """``y = activation(x)``.

    Parameters
    ----------
    activation : str or function of `trilobite.activations`
    **common
        See `Layer`.
    """

    def __init__(self, activation, **common):
        self.activation = activations.get(activations.chosen(activation))
        super().__init__(**common)

    def shape_for(self, input_shape):
        """Shape of one row of the output, from that of the input."""
        if self.activation.__name__ in ("softmax", "log_softmax"):
            require_flat(self, input_shape)
        return input_shape

    def stage(self):
        """The engine's stage of this layer."""
        return ("activation", self.activation.spec())


class ReLU(Layer):
    """``y = min(x, max_value)`` above the threshold, else ``negative_slope * (x - threshold)``.

    Parameters
    ----------
    max_value : float, optional
        None, which is no limit, by default.
    negative_slope, threshold : float
        Not negative, 0 by default.
    **common
        See `Layer`.
    """

    def __init__(self, max_value=None, negative_slope=0.0, threshold=0.0, **common):
        self.max_value, self.negative_slope, self.threshold = max_value, negative_slope, threshold
        self.activation = activations.relu.spec(negative_slope, max_value, threshold)
        super().__init__(**common)

    def stage(self):
        """The engine's stage of this layer."""
        return ("activation", self.activation)


class LeakyReLU(Layer):
    """``y = x`` where x is positive, else ``negative_slope * x``.

    Parameters
    ----------
    negative_slope : float
        Not negative, 0.3 by default.
    **common
        See `Layer`.
    """

    def __init__(self, negative_slope=0.3, **common):
        self.negative_slope = real("negative_slope", negative_slope, 0)
        super().__init__(**common)

    def stage(self):
        """The engine's stage of this layer."""
        return ("activation", ("leaky_relu", self.negative_slope))


class ELU(Layer):
    """``y = x`` where x is positive, else ``alpha * (exp(x) - 1)``.

    Parameters
    ----------
    alpha : float
        Not negative, 1 by default.
    **common
        See `Layer`.
    """

    def __init__(self, alpha=1.0, **common):
        self.alpha = real("alpha", alpha, 0)
        super().__init__(**common)

    def stage(self):
        """The engine's stage of this layer."""
        return ("activation", ("elu", self.alpha))


class PReLU(Layer):
    """``y = x`` where x is positive, else ``alpha * x``, an alpha for each column, trained.

    Parameters
    ----------
    alpha_initializer : str, Initializer or callable
        "zeros" by default.
    alpha_regularizer : str or Regularizer, optional
    alpha_constraint : str or Constraint, optional
    shared_axes : None
        Keras's, which is not supported: rows have one dimension.
    **common
        See `Layer`.
    """

    weight_names = ("alpha",)

    def __init__(
        self,
        alpha_initializer="Zeros",
        alpha_regularizer=None,
        alpha_constraint=None,
        shared_axes=None,
        **common,
    ):
        self.alpha_initializer = initializers.chosen("alpha_initializer", alpha_initializer)
        self.alpha_regularizer = regularizers.chosen("alpha_regularizer", alpha_regularizer)
        self.alpha_constraint = constraints.chosen("alpha_constraint", alpha_constraint)
        self.shared_axes = only("shared_axes", shared_axes, None)
        super().__init__(**common)

    def shape_for(self, input_shape):
        """Shape of one row of the output, from that of the input."""
        require_flat(self, input_shape)
        return input_shape

    def stage(self):
        """The engine's stage of this layer."""
        return ("prelu",)

    def weight_plan(self, input_shape):
        """Alpha."""
        return [(input_shape, self.alpha_initializer, self.alpha_regularizer)]

    def constraints(self):
        """The constraint of each weight array."""
        return [self.alpha_constraint]

    @property
    def alpha(self):
        """The slope of each column, a read-only copy."""
        return self._weight("alpha")


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


KerasTensor.layers |= {c.__name__: c for c in (Activation, ELU, LeakyReLU, ReLU, Softmax)}
