"""The optimizers by name, those of moments apart: Keras 3's definitions and defaults.

g is the gradient, t the number of the step from 1; the state of a weight is zero at first.
The parameters that all share are those of `Optimizer`.
"""

from trilobite._checks.numbers import real
from trilobite._declare.names import only
from trilobite.optimizers.optimizer import Optimizer


class SGD(Optimizer):
    """Stochastic gradient descent, with momentum if asked for.

    ``w <- w - learning_rate * g``; with momentum ``m <- momentum * m - learning_rate * g`` and
    ``w <- w + m`` or, Nesterov's, ``w <- w + momentum * m - learning_rate * g``.

    Parameters
    ----------
    learning_rate : float or LearningRateSchedule
        0.01 by default.
    momentum : float
        0 to 1, 0 by default.
    nesterov : bool
    weight_decay, clipnorm, clipvalue, global_clipnorm, **common
        See `Optimizer`.
    """

    formula = "sgd"
    constants = ("momentum", "nesterov")

    def __init__(
        self,
        learning_rate=0.01,
        momentum=0.0,
        nesterov=False,
        weight_decay=None,
        clipnorm=None,
        clipvalue=None,
        global_clipnorm=None,
        **common,
    ):
        super().__init__(
            learning_rate, weight_decay, clipnorm, clipvalue, global_clipnorm, **common
        )
        self.momentum = real("momentum", momentum, 0, 1)
        self.nesterov = bool(nesterov)


class RMSprop(Optimizer):
    """RMSprop (Tieleman and Hinton, 2012).

    ``v <- rho * v + (1 - rho) * g**2``, ``d = learning_rate * g / sqrt(v + epsilon)`` and
    ``w <- w - d``, or, with momentum, ``m <- momentum * m + d`` and ``w <- w - m``. Centered:
    ``a <- rho * a + (1 - rho) * g`` and ``v - a**2`` in the place of v.

    Parameters
    ----------
    learning_rate : float or LearningRateSchedule
        0.001 by default.
    rho : float
        0 to 1, 0.9 by default.
    momentum : float
        0 to 1, 0 by default.
    epsilon : float
        1e-7 by default.
    centered : bool
    weight_decay, clipnorm, clipvalue, global_clipnorm, **common
        See `Optimizer`.
    """

    formula = "rmsprop"
    constants = ("rho", "momentum", "epsilon", "centered")

    def __init__(
        self,
        learning_rate=0.001,
        rho=0.9,
        momentum=0.0,
        epsilon=1e-7,
        centered=False,
        weight_decay=None,
        clipnorm=None,
        clipvalue=None,
        global_clipnorm=None,
        **common,
    ):
        super().__init__(
            learning_rate, weight_decay, clipnorm, clipvalue, global_clipnorm, **common
        )
        self.rho = real("rho", rho, 0, 1)
        self.momentum = real("momentum", momentum, 0, 1)
        self.epsilon = real("epsilon", epsilon, 0)
        self.centered = bool(centered)


class Adagrad(Optimizer):
    """Adagrad (Duchi et al., 2011).

    ``a <- a + g**2``, from `initial_accumulator_value` on, and
    ``w <- w - learning_rate * g / sqrt(a + epsilon)``.

    Parameters
    ----------
    learning_rate : float or LearningRateSchedule
        0.001 by default.
    initial_accumulator_value : float
        0.1 by default.
    epsilon : float
        1e-7 by default.
    weight_decay, clipnorm, clipvalue, global_clipnorm, **common
        See `Optimizer`.
    """

    formula = "adagrad"
    constants = ("initial_accumulator_value", "epsilon")

    def __init__(
        self,
        learning_rate=0.001,
        initial_accumulator_value=0.1,
        epsilon=1e-7,
        weight_decay=None,
        clipnorm=None,
        clipvalue=None,
        global_clipnorm=None,
        **common,
    ):
        super().__init__(
            learning_rate, weight_decay, clipnorm, clipvalue, global_clipnorm, **common
        )
        self.initial_accumulator_value = real(
            "initial_accumulator_value", initial_accumulator_value, 0
        )
        self.epsilon = real("epsilon", epsilon, 0)


class Adadelta(Optimizer):
    """Adadelta (Zeiler, 2012).

    ``a <- rho * a + (1 - rho) * g**2``, ``d = -sqrt(u + epsilon) / sqrt(a + epsilon) * g``,
    ``u <- rho * u + (1 - rho) * d**2`` and ``w <- w + learning_rate * d``.

    Parameters
    ----------
    learning_rate : float or LearningRateSchedule
        0.001 by default; the paper's is 1.
    rho : float
        0 to 1, 0.95 by default.
    epsilon : float
        1e-7 by default.
    weight_decay, clipnorm, clipvalue, global_clipnorm, **common
        See `Optimizer`.
    """

    formula = "adadelta"
    constants = ("rho", "epsilon")

    def __init__(
        self,
        learning_rate=0.001,
        rho=0.95,
        epsilon=1e-7,
        weight_decay=None,
        clipnorm=None,
        clipvalue=None,
        global_clipnorm=None,
        **common,
    ):
        super().__init__(
            learning_rate, weight_decay, clipnorm, clipvalue, global_clipnorm, **common
        )
        self.rho = real("rho", rho, 0, 1)
        self.epsilon = real("epsilon", epsilon, 0)


class Ftrl(Optimizer):
    """Follow the regularized leader (McMahan et al., 2013).

    ``r = sqrt(n + g**2)``,
    ``z <- z + g + 2 * l2_shrinkage * w - (r - sqrt(n)) * w / learning_rate``,
    ``n <- n + g**2``, from `initial_accumulator_value` on, and
    ``w <- (clip(z, -l1, l1) - z) / ((r + beta) / learning_rate + 2 * l2)``.

    Parameters
    ----------
    learning_rate : float or LearningRateSchedule
        0.001 by default.
    learning_rate_power : float
        Must be -0.5: the square root above.
    initial_accumulator_value : float
        0.1 by default.
    l1_regularization_strength, l2_regularization_strength, l2_shrinkage_regularization_strength
        l1, l2 and l2_shrinkage, floats; 0 by default.
    beta : float
        0 by default.
    weight_decay, clipnorm, clipvalue, global_clipnorm, **common
        See `Optimizer`.
    """

    formula = "ftrl"
    constants = (
        "initial_accumulator_value",
        "l1_regularization_strength",
        "l2_regularization_strength",
        "l2_shrinkage_regularization_strength",
        "beta",
    )

    def __init__(
        self,
        learning_rate=0.001,
        learning_rate_power=-0.5,
        initial_accumulator_value=0.1,
        l1_regularization_strength=0.0,
        l2_regularization_strength=0.0,
        l2_shrinkage_regularization_strength=0.0,
        beta=0.0,
        weight_decay=None,
        clipnorm=None,
        clipvalue=None,
        global_clipnorm=None,
        **common,
    ):
        super().__init__(
            learning_rate, weight_decay, clipnorm, clipvalue, global_clipnorm, **common
        )
        self.learning_rate_power = only("learning_rate_power", learning_rate_power, -0.5)
        given = (
            initial_accumulator_value,
            l1_regularization_strength,
            l2_regularization_strength,
            l2_shrinkage_regularization_strength,
        )
        for name, value in zip(self.constants, given, strict=False):
            setattr(self, name, real(name, value, 0))
        self.beta = real("beta", beta)
