"""Adam and its kin: Keras 3's definitions and defaults.

g is the gradient, t the number of the step from 1; the state of a weight is zero at first.
The parameters that all share are those of `Optimizer`.
"""

from trilobite._checks.numbers import real
from trilobite.optimizers.optimizer import Optimizer


class Adam(Optimizer):
    """Adam (Kingma and Ba, 2014).

    ``m <- beta_1 * m + (1 - beta_1) * g``, ``v <- beta_2 * v + (1 - beta_2) * g**2`` and
    ``w <- w - alpha * m / (sqrt(v) + epsilon)``, where
    ``alpha = learning_rate * sqrt(1 - beta_2**t) / (1 - beta_1**t)``.

    Parameters
    ----------
    learning_rate : float or LearningRateSchedule
        0.001 by default.
    beta_1, beta_2 : float
        0 to 1, 0.9 and 0.999 by default.
    epsilon : float
        1e-7 by default.
    amsgrad : bool
        The largest v so far takes the place of v (Reddi et al., 2018).
    weight_decay, clipnorm, clipvalue, global_clipnorm, **common
        See `Optimizer`.
    """

    formula = "adam"
    constants = ("beta_1", "beta_2", "epsilon", "amsgrad")

    def __init__(
        self,
        learning_rate=0.001,
        beta_1=0.9,
        beta_2=0.999,
        epsilon=1e-7,
        amsgrad=False,
        weight_decay=None,
        clipnorm=None,
        clipvalue=None,
        global_clipnorm=None,
        **common,
    ):
        super().__init__(
            learning_rate, weight_decay, clipnorm, clipvalue, global_clipnorm, **common
        )
        self.beta_1, self.beta_2 = _beta("beta_1", beta_1), _beta("beta_2", beta_2)
        self.epsilon = real("epsilon", epsilon, 0)
        self.amsgrad = bool(amsgrad)


class AdamW(Adam):
    """Adam with decoupled weight decay (Loshchilov and Hutter, 2019).

    Parameters
    ----------
    learning_rate : float or LearningRateSchedule
        0.001 by default.
    weight_decay : float
        0.004 by default.
    beta_1, beta_2, epsilon, amsgrad
        See `Adam`.
    clipnorm, clipvalue, global_clipnorm, **common
        See `Optimizer`.
    """

    def __init__(
        self,
        learning_rate=0.001,
        weight_decay=0.004,
        beta_1=0.9,
        beta_2=0.999,
        epsilon=1e-7,
        amsgrad=False,
        clipnorm=None,
        clipvalue=None,
        global_clipnorm=None,
        **common,
    ):
        super().__init__(
            learning_rate,
            beta_1,
            beta_2,
            epsilon,
            amsgrad,
            real("weight_decay", weight_decay, 0),
            clipnorm,
            clipvalue,
            global_clipnorm,
            **common,
        )


class _Moments(Optimizer):
    """Base of the optimizers with the constants of Adam, but no other."""

    constants = ("beta_1", "beta_2", "epsilon")

    def __init__(
        self,
        learning_rate=0.001,
        beta_1=0.9,
        beta_2=0.999,
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
        self.beta_1, self.beta_2 = _beta("beta_1", beta_1), _beta("beta_2", beta_2)
        self.epsilon = real("epsilon", epsilon, 0)


class Nadam(_Moments):
    """Adam with Nesterov's momentum (Dozat, 2016).

    m and v as in `Adam`, ``u(t) = beta_1 * (1 - 0.96**t / 2)``, ``p <- p * u(t)`` from 1 on,
    ``m_hat = u(t + 1) * m / (1 - p * u(t + 1)) + (1 - u(t)) * g / (1 - p)``,
    ``v_hat = v / (1 - beta_2**t)`` and
    ``w <- w - learning_rate * m_hat / (sqrt(v_hat) + epsilon)``.

    Parameters
    ----------
    learning_rate : float or LearningRateSchedule
        0.001 by default.
    beta_1, beta_2 : float
        0 to 1, 0.9 and 0.999 by default.
    epsilon : float
        1e-7 by default.
    weight_decay, clipnorm, clipvalue, global_clipnorm, **common
        See `Optimizer`.
    """

    formula = "nadam"


class Adamax(_Moments):
    """Adam in the infinity norm (Kingma and Ba, 2014, section 7).

    m as in `Adam`, ``u <- max(beta_2 * u, abs(g))`` and
    ``w <- w - learning_rate * m / ((1 - beta_1**t) * (u + epsilon))``.

    Parameters
    ----------
    learning_rate : float or LearningRateSchedule
        0.001 by default.
    beta_1, beta_2 : float
        0 to 1, 0.9 and 0.999 by default.
    epsilon : float
        1e-7 by default.
    weight_decay, clipnorm, clipvalue, global_clipnorm, **common
        See `Optimizer`.
    """

    formula = "adamax"


class Lion(Optimizer):
    """Lion (Chen et al., 2023).

    ``w <- w - learning_rate * sign(beta_1 * m + (1 - beta_1) * g)``, then
    ``m <- beta_2 * m + (1 - beta_2) * g``.

    Parameters
    ----------
    learning_rate : float or LearningRateSchedule
        0.001 by default.
    beta_1, beta_2 : float
        0 to 1, 0.9 and 0.99 by default.
    weight_decay, clipnorm, clipvalue, global_clipnorm, **common
        See `Optimizer`.
    """

    formula = "lion"
    constants = ("beta_1", "beta_2")

    def __init__(
        self,
        learning_rate=0.001,
        beta_1=0.9,
        beta_2=0.99,
        weight_decay=None,
        clipnorm=None,
        clipvalue=None,
        global_clipnorm=None,
        **common,
    ):
        super().__init__(
            learning_rate, weight_decay, clipnorm, clipvalue, global_clipnorm, **common
        )
        self.beta_1, self.beta_2 = _beta("beta_1", beta_1), _beta("beta_2", beta_2)


def _beta(argument, value):
    """`value` as a float from 0 to below 1."""
    value = real(argument, value, 0, 1)
    if value == 1:
        raise ValueError(f"{argument}: got {value}, expected a number below 1")
    return value
