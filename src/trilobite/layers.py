"""Layers: what a model is made of, and which stage of the engine each one is."""

import math

from trilobite import activations, initializers, regularizers
from trilobite._checks.numbers import integer, real
from trilobite._declare.layer import Input, Layer
from trilobite._declare.names import only

__all__ = [
    "ELU",
    "Activation",
    "BatchNormalization",
    "Dense",
    "Dropout",
    "Flatten",
    "Input",
    "Layer",
    "ReLU",
    "Rescaling",
    "Softmax",
]


class Dense(Layer):
    """``y = activation(x @ kernel + bias)``.

    Parameters
    ----------
    units : int
        Outputs.
    activation : str or function of `trilobite.activations`, optional
        "linear" by default.
    use_bias : bool
    kernel_initializer, bias_initializer : str, Initializer or callable
        "glorot_uniform" and "zeros" by default; see `trilobite.initializers`.
    kernel_regularizer, bias_regularizer : str or Regularizer, optional
        See `trilobite.regularizers`.
    activity_regularizer, kernel_constraint, bias_constraint : None
        Keras's, which are not supported.
    name : str, optional
    input_shape : tuple of int, optional
    input_dim : int, optional
        Short for ``input_shape=(input_dim,)``.
    """

    def __init__(
        self,
        units,
        activation=None,
        use_bias=True,
        kernel_initializer="glorot_uniform",
        bias_initializer="zeros",
        kernel_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        kernel_constraint=None,
        bias_constraint=None,
        *,
        name=None,
        input_shape=None,
        input_dim=None,
    ):
        self.units = integer("units", units)
        self.activation = activations.get(activation)
        self.use_bias = bool(use_bias)
        self.kernel_initializer = initializers.get("kernel_initializer", kernel_initializer)
        self.bias_initializer = initializers.get("bias_initializer", bias_initializer)
        self.kernel_regularizer = regularizers.get("kernel_regularizer", kernel_regularizer)
        self.bias_regularizer = regularizers.get("bias_regularizer", bias_regularizer)
        self.activity_regularizer = only("activity_regularizer", activity_regularizer, None)
        self.kernel_constraint = only("kernel_constraint", kernel_constraint, None)
        self.bias_constraint = only("bias_constraint", bias_constraint, None)
        self.input_dim = input_dim
        if input_dim is not None:
            input_shape = (input_dim,)
        super().__init__(name=name, input_shape=input_shape)

    @property
    def weight_names(self):
        """Names of the arrays in `get_weights`."""
        return ("kernel", "bias") if self.use_bias else ("kernel",)

    def output_shape(self, input_shape):
        """Shape of one row of the output, from that of the input."""
        _require_flat(self, input_shape)
        return (self.units,)

    def stage(self):
        """The engine's stage of this layer."""
        return ("dense", self.units, self.activation, self.use_bias)

    def weight_plan(self, input_shape):
        """Kernel (n_in, units) and, with `use_bias`, bias (units,)."""
        plan = [
            ((*input_shape, self.units), self.kernel_initializer, self.kernel_regularizer),
            ((self.units,), self.bias_initializer, self.bias_regularizer),
        ]
        return plan if self.use_bias else plan[:1]

    @property
    def kernel(self):
        """The weights (n_in, units), a read-only copy."""
        return self._weight("kernel")

    @property
    def bias(self):
        """The biases (units,), a read-only copy; None without `use_bias`."""
        return self._weight("bias")


class Activation(Layer):
    """``y = activation(x)``.

    Parameters
    ----------
    activation : str or function of `trilobite.activations`
    name : str, optional
    input_shape : tuple of int, optional
    """

    def __init__(self, activation, *, name=None, input_shape=None):
        self.activation = activations.get(activation)
        super().__init__(name=name, input_shape=input_shape)

    def output_shape(self, input_shape):
        """Shape of one row of the output, from that of the input."""
        if self.activation == "softmax":
            _require_flat(self, input_shape)
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


class Dropout(Layer):
    """In training ``y = x / (1 - rate)`` with probability ``1 - rate``, else 0; otherwise y = x.

    Parameters
    ----------
    rate : float
        0 <= rate < 1.
    noise_shape : None
        Keras's, which is not supported.
    seed : int, optional
        The first one that a model's layers are given seeds its training; otherwise
        `utils.set_random_seed` does. Which elements are dropped depends on the seed, the epoch,
        the step, the layer and the place alone, not on the number of threads.
    name : str, optional
    input_shape : tuple of int, optional
    """

    differs_in_training = True

    def __init__(self, rate, noise_shape=None, seed=None, *, name=None, input_shape=None):
        self.rate = real("rate", rate, 0, 1)
        if self.rate == 1:
            raise ValueError("rate: got 1.0, which drops everything, expected a number below 1")
        self.noise_shape = only("noise_shape", noise_shape, None)
        self.seed = None if seed is None else integer("seed", seed, least=0)
        super().__init__(name=name, input_shape=input_shape)

    def stage(self):
        """The engine's stage of this layer."""
        return ("dropout", self.rate)


class BatchNormalization(Layer):
    """``y = gamma * (x - mean) / sqrt(variance + epsilon) + beta`` (Ioffe and Szegedy, 2015).

    In training mean and variance (biased) are those of the columns of the batch, otherwise the
    moving ones: ``moving = moving * momentum + batch's * (1 - momentum)`` after each step.

    Parameters
    ----------
    axis : int
        Of the columns: -1 or 1.
    momentum : float
        0 to 1, 0.99 by default.
    epsilon : float
        0.001 by default.
    center, scale : bool
        Whether there are beta and gamma.
    beta_initializer, gamma_initializer, moving_mean_initializer, moving_variance_initializer
        "zeros", "ones", "zeros" and "ones" by default; see `trilobite.initializers`.
    beta_regularizer, gamma_regularizer : str or Regularizer, optional
    beta_constraint, gamma_constraint, renorm, renorm_clipping, renorm_momentum, synchronized
        Keras's, which must be their defaults.
    name : str, optional
    input_shape : tuple of int, optional
    """

    not_trained = ("moving_mean", "moving_variance")
    differs_in_training = True

    def __init__(
        self,
        axis=-1,
        momentum=0.99,
        epsilon=1e-3,
        center=True,
        scale=True,
        beta_initializer="zeros",
        gamma_initializer="ones",
        moving_mean_initializer="zeros",
        moving_variance_initializer="ones",
        beta_regularizer=None,
        gamma_regularizer=None,
        beta_constraint=None,
        gamma_constraint=None,
        renorm=False,
        renorm_clipping=None,
        renorm_momentum=0.99,
        synchronized=False,
        *,
        name=None,
        input_shape=None,
    ):
        self.axis = only("axis", axis, -1, 1)
        self.momentum = real("momentum", momentum, 0, 1)
        self.epsilon = real("epsilon", epsilon, 0)
        self.center, self.scale = bool(center), bool(scale)
        for argument, given in {
            "beta_initializer": beta_initializer,
            "gamma_initializer": gamma_initializer,
            "moving_mean_initializer": moving_mean_initializer,
            "moving_variance_initializer": moving_variance_initializer,
        }.items():
            setattr(self, argument, initializers.get(argument, given))
        self.beta_regularizer = regularizers.get("beta_regularizer", beta_regularizer)
        self.gamma_regularizer = regularizers.get("gamma_regularizer", gamma_regularizer)
        self.beta_constraint = only("beta_constraint", beta_constraint, None)
        self.gamma_constraint = only("gamma_constraint", gamma_constraint, None)
        self.renorm = only("renorm", renorm, False)
        self.renorm_clipping = only("renorm_clipping", renorm_clipping, None)
        self.renorm_momentum = only("renorm_momentum", renorm_momentum, 0.99)
        self.synchronized = only("synchronized", synchronized, False)
        super().__init__(name=name, input_shape=input_shape)

    @property
    def weight_names(self):
        """Names of the arrays in `get_weights`."""
        return ("gamma",) * self.scale + ("beta",) * self.center + self.not_trained

    def output_shape(self, input_shape):
        """Shape of one row of the output, from that of the input."""
        _require_flat(self, input_shape)
        return input_shape

    def stage(self):
        """The engine's stage of this layer."""
        return ("batch_normalization", self.momentum, self.epsilon, self.center, self.scale)

    def weight_plan(self, input_shape):
        """Gamma, with `scale`, beta, with `center`, and the moving mean and variance."""
        gamma = (input_shape, self.gamma_initializer, self.gamma_regularizer)
        beta = (input_shape, self.beta_initializer, self.beta_regularizer)
        return [
            *([gamma] if self.scale else []),
            *([beta] if self.center else []),
            (input_shape, self.moving_mean_initializer, None),
            (input_shape, self.moving_variance_initializer, None),
        ]

    @property
    def gamma(self):
        """The scale of each column, a read-only copy; None without `scale`."""
        return self._weight("gamma")

    @property
    def beta(self):
        """The offset of each column, a read-only copy; None without `center`."""
        return self._weight("beta")

    @property
    def moving_mean(self):
        """The moving mean of each column, a read-only copy."""
        return self._weight("moving_mean")

    @property
    def moving_variance(self):
        """The moving variance of each column, a read-only copy."""
        return self._weight("moving_variance")


class Flatten(Layer):
    """Rows of any shape to rows of one dimension; nothing is moved."""

    def output_shape(self, input_shape):
        """Shape of one row of the output, from that of the input."""
        return (math.prod(input_shape),)


class Rescaling(Layer):
    """``y = x * scale + offset``, done while the engine reads x; before all other computing layers.

    Parameters
    ----------
    scale : float
        ``1 / 255`` brings bytes into the range 0 to 1.
    offset : float
        0 by default.
    name : str, optional
    input_shape : tuple of int, optional
    """

    def __init__(self, scale, offset=0.0, *, name=None, input_shape=None):
        self.scale = real("scale", scale)
        self.offset = real("offset", offset)
        super().__init__(name=name, input_shape=input_shape)


def _require_flat(layer, input_shape):
    """Raise ValueError unless the rows of `input_shape` have one dimension."""
    if len(input_shape) != 1:
        raise ValueError(
            f"layer {layer.name!r}: got rows of shape {input_shape}, expected rows of one "
            "dimension; put a Flatten() layer before it"
        )
