"""What all optimizers have: a learning rate, decay and clipping, a state and its steps."""

import re

import numpy as np

from trilobite._checks.numbers import integer, real
from trilobite._declare.declaration import Declaration, describe
from trilobite._declare.names import only, snake_case
from trilobite.optimizers.schedules import LearningRateSchedule

# Keras's arguments that nothing here stands behind, and their defaults.
_UNSUPPORTED = {
    "use_ema": False,
    "ema_momentum": 0.99,
    "ema_overwrite_frequency": None,
    "loss_scale_factor": None,
    "gradient_accumulation_steps": None,
}


class Optimizer(Declaration):
    """Base of the optimizers.

    A step first clips the gradient, then lets the weights decay, then moves them as the
    optimizer says.

    Parameters
    ----------
    learning_rate : float or LearningRateSchedule
        Finite and not negative. A float may be replaced at any time, also while `fit` runs.
    weight_decay : float, optional
        ``w <- w - learning_rate * weight_decay * w`` before each step, for the weights that
        `exclude_from_weight_decay` does not name.
    clipnorm : float, optional
        The gradient of each weight array is scaled down to this norm where it is longer.
    clipvalue : float, optional
        Each element of the gradient is clipped to -clipvalue ... clipvalue.
    global_clipnorm : float, optional
        The whole gradient is scaled down to this norm where it is longer. At most one of the
        three may be given.
    name : str, optional
    **unsupported
        `use_ema`, `ema_momentum`, `ema_overwrite_frequency`, `loss_scale_factor` and
        `gradient_accumulation_steps` of Keras, which must be their defaults.

    Attributes
    ----------
    schedule : LearningRateSchedule or None
        What decides the learning rate of each step, if not the user.
    state : Optimizer of the engine, or None
        Made by the model at the first step and kept until another optimizer is compiled:
        its `get_state`, `set_state` and `slots`.
    """

    formula = ""
    constants = ()
    assignable = frozenset({"learning_rate"})

    def __init__(
        self,
        learning_rate,
        weight_decay=None,
        clipnorm=None,
        clipvalue=None,
        global_clipnorm=None,
        name=None,
        **unsupported,
    ):
        for argument, value in unsupported.items():
            if argument not in _UNSUPPORTED:
                raise TypeError(f"{argument}: {type(self).__name__} has no such argument")
            only(argument, value, _UNSUPPORTED[argument])
        self._learning_rate = None
        self.learning_rate = learning_rate
        self.weight_decay = _optional("weight_decay", weight_decay)
        self.clipnorm = _optional("clipnorm", clipnorm)
        self.clipvalue = _optional("clipvalue", clipvalue)
        self.global_clipnorm = _optional("global_clipnorm", global_clipnorm)
        self.name = name or snake_case(type(self).__name__)
        clips = {c: getattr(self, c) for c in ("clipnorm", "clipvalue", "global_clipnorm")}
        if sum(value is not None for value in clips.values()) > 1:
            given = ", ".join(f"{c}={v}" for c, v in clips.items() if v is not None)
            raise ValueError(f"clipnorm, clipvalue, global_clipnorm: got {given}, expected one")
        self._undecayed = ()
        self._network, self.state, self._iterations = None, None, 0

    @property
    def learning_rate(self):
        """The factor of the gradient in the next step, a float."""
        if self.schedule is None:
            return self._learning_rate
        return float(self.rates(self.iterations, 1)[0])

    @learning_rate.setter
    def learning_rate(self, value):
        if isinstance(value, LearningRateSchedule):
            self._learning_rate = value
            return
        rate = real("learning_rate", value, least=0)
        if self.schedule is not None:
            raise TypeError(
                f"learning_rate: got {value}, but a {type(self.schedule).__name__} decides it; "
                "expected an optimizer made with a number"
            )
        self._learning_rate = rate

    def rates(self, first, n):
        """The learning rates that the schedule gives the `n` steps from `first` on, (n,) float64.

        Raises
        ------
        TypeError, ValueError
            One of them is no number, negative, infinite or NaN, or they are not `n`.
        """
        owner = type(self.schedule).__name__
        rates = np.asarray(self.schedule.rates(first, n), np.float64)
        if rates.shape != (n,):
            raise ValueError(f"learning_rate of {owner}: got {rates.shape} rates, expected ({n},)")
        bad = ~(np.isfinite(rates) & (rates >= 0))
        if bad.any():
            at = int(bad.argmax())
            raise ValueError(
                f"learning_rate of {owner} for step {first + at}: got {rates[at]}, expected a "
                "finite number >= 0"
            )
        return rates

    def get_config(self):
        """The arguments as plain data, the learning rate as it is now or its schedule."""
        return super().get_config() | {
            "learning_rate": describe("learning_rate", self._learning_rate)
        }

    def __getstate__(self):
        """For pickle and copy: as it was made; its state belongs to the network of a model."""
        return self.__dict__ | {"_network": None, "state": None, "_iterations": 0}

    @property
    def schedule(self):
        """The `LearningRateSchedule`, or None for a learning rate that is a number."""
        rate = self._learning_rate
        return rate if isinstance(rate, LearningRateSchedule) else None

    @property
    def iterations(self):
        """Steps done so far, in all calls of `fit` and `train_on_batch`."""
        return self._iterations if self.state is None else self.state.iterations

    @iterations.setter
    def iterations(self, value):
        value = integer("iterations", value, least=0)
        if self.state is None:
            self._iterations = value
        else:
            self.state.iterations = value

    def exclude_from_weight_decay(self, var_list=None, var_names=None):
        """Keep weights from decaying; to be called before training.

        Parameters
        ----------
        var_list : None
            Keras's list of variables, which do not exist here.
        var_names : list of str
            Regular expressions: an array with one of them in its name ("kernel", "bias", "gamma",
            "beta") does not decay.
        """
        only("var_list", var_list, None)
        if isinstance(var_names, str) or not all(isinstance(v, str) for v in var_names or ()):
            raise TypeError(f"var_names: got {var_names!r}, expected a list such as ['bias']")
        if self.state is not None:
            raise ValueError("exclude_from_weight_decay: got a call after training has begun")
        self._undecayed = tuple(var_names or ())

    def attach(self, network, compiled, names):
        """The state for `network`, made if there is none yet.

        Parameters
        ----------
        network : Network of the engine
        compiled : module
            The engine's, which made it.
        names : list of str
            Of the arrays of its weights.
        """
        if self._network is None:
            constants = {c: getattr(self, c) for c in self.constants}
            for name in ("weight_decay", "clipnorm", "clipvalue", "global_clipnorm"):
                constants[name] = getattr(self, name) or 0.0
            decays = tuple(not any(re.search(v, name) for v in self._undecayed) for name in names)
            self.state = compiled.Optimizer(network, self.formula, decays=decays, **constants)
            self.state.iterations = self._iterations
            self._network = network
        elif self._network is not network:
            raise ValueError(
                f"optimizer: got the {type(self).__name__} of another model, expected one of its "
                "own for each model"
            )
        return self.state

    def detach(self, network):
        """Forget the state, if it is for `network`, which is no more."""
        if network is not None and self._network is network:
            self._network, self.state, self._iterations = None, None, 0


def _optional(argument, value):
    """`value` as a float of at least 0, or None."""
    return None if value is None else real(argument, value, least=0)
