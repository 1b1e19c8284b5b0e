"""Batch normalization."""

from trilobite import constraints, initializers, regularizers
from trilobite._checks.numbers import real
from trilobite._declare.layer import Layer
from trilobite._declare.names import only
from trilobite._declare.own_layer import require_flat


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
    beta_constraint, gamma_constraint : str or Constraint, optional
    renorm, renorm_clipping, renorm_momentum, synchronized
        Keras's, which must be their defaults.
    **common
        See `Layer`.
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
        **common,
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
            setattr(self, argument, initializers.chosen(argument, given))
        self.beta_regularizer = regularizers.chosen("beta_regularizer", beta_regularizer)
        self.gamma_regularizer = regularizers.chosen("gamma_regularizer", gamma_regularizer)
        self.beta_constraint = constraints.chosen("beta_constraint", beta_constraint)
        self.gamma_constraint = constraints.chosen("gamma_constraint", gamma_constraint)
        self.renorm = only("renorm", renorm, False)
        self.renorm_clipping = only("renorm_clipping", renorm_clipping, None)
        self.renorm_momentum = only("renorm_momentum", renorm_momentum, 0.99)
        self.synchronized = only("synchronized", synchronized, False)
        super().__init__(**common)

    @property
    def weight_names(self):
        """Names of the arrays in `get_weights`."""
        return ("gamma",) * self.scale + ("beta",) * self.center + self.not_trained

    def shape_for(self, input_shape):
        """Shape of one row of the output, from that of the input."""
        require_flat(self, input_shape)
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

    def constraints(self):
        """The constraint of each weight array."""
        gamma, beta = [self.gamma_constraint], [self.beta_constraint]
        return gamma * self.scale + beta * self.center + [None, None]

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
