"""What all optimizers have: a learning rate, decay and clipping, a state and its steps."""

import re
from functools import partial

import numpy as np

from trilobite._checks import arrays
from trilobite._checks.numbers import integer, real
from trilobite._declare.declaration import Declaration, describe
from trilobite._declare.names import only, snake_case
from trilobite._declare.variable import Variable
from trilobite.optimizers.schedules import LearningRateSchedule

# Names of the arrays that decay unless they are excluded.
_DECAYING = ("kernel", "bias", "gamma", "beta")


class LearningRate(float):
    """The learning rate of an optimizer: a number, through which it can be set."""

    optimizer = None
    name = "learning_rate"
    shape = ()

    def assign(self, value):
        """Set the learning rate of the optimizer."""
        self.optimizer.learning_rate = value
        return self.optimizer.learning_rate

    def numpy(self):
        """The number as an array without dimensions."""
        return np.array(float(self))

    @property
    def value(self):
        """The number."""
        return float(self)

    def __reduce__(self):
        return float, (float(self),)


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
        The class's name in snake_case by default.
    use_ema, ema_momentum, ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps
        Keras's, which must be their defaults, or None.

    Attributes
    ----------
    schedule : LearningRateSchedule or None
        What decides the learning rate of each step, if not the user.
    state : Optimizer of the engine, or None
        Made by the model at the first step and kept until another optimizer is compiled:
        its `get_state`, `set_state`, `slots` and `scalars`.
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
        *,
        use_ema=False,
        ema_momentum=0.99,
        ema_overwrite_frequency=None,
        loss_scale_factor=None,
        gradient_accumulation_steps=None,
        name=None,
        **unknown,
    ):
        for argument in unknown:
            raise TypeError(f"{argument}: {type(self).__name__} has no such argument")
        self.use_ema = only("use_ema", use_ema, False, None)
        self.ema_momentum = only("ema_momentum", ema_momentum, 0.99, None)
        self.ema_overwrite_frequency = only(
            "ema_overwrite_frequency", ema_overwrite_frequency, None
        )
        self.loss_scale_factor = only("loss_scale_factor", loss_scale_factor, None)
        self.gradient_accumulation_steps = only(
            "gradient_accumulation_steps", gradient_accumulation_steps, None
        )
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
        self._names = ()  # of the trained arrays of the network

    @property
    def learning_rate(self):
        """The factor of the gradient in the next step, a float that can be assigned to."""
        now = self._learning_rate if self.schedule is None else self.rates(self.iterations, 1)[0]
        rate = LearningRate(now)
        rate.optimizer = self
        return rate

    @learning_rate.setter
    def learning_rate(self, value):
        if isinstance(value, LearningRateSchedule):
            self._learning_rate = value
            return
        if isinstance(value, (np.ndarray, Variable)) and value.ndim == 0:
            value = value.item()
        rate = float(real("learning_rate", value, least=0))
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
        return self.__dict__ | {"_network": None, "state": None, "_iterations": 0, "_names": ()}

    def get_state(self):
        """What training changes, and whose it is.

        Returns
        -------
        dict
            "class_name"; "undecayed"; "iterations"; "learning_rate", None if a schedule gives it;
            "arrays": what is kept for each weight, by name, "momentum/dense/kernel"; none before
            the first step.
        """
        return {
            "class_name": type(self).__name__,
            "undecayed": self.undecayed,
            "iterations": int(self.iterations),
            "learning_rate": None if self.schedule else self._learning_rate,
            "arrays": self._arrays(),
        }

    def set_state(self, state):
        """Go on with iterations, learning rate and arrays that `get_state` returned.

        Raises
        ------
        ValueError
            They are of another optimizer, or of arrays of other names, shapes or dtypes. Nothing
            has changed then.
        """
        own = self.get_state()
        if not self.is_like(state):
            given, expected = ({k: s[k] for k in s if k != "arrays"} for s in (state, own))
            raise ValueError(f"got the optimizer {given}, expected one like {expected}")
        iterations = integer("iterations", state["iterations"], least=0)
        begun = iterations > 0 or bool(state["arrays"])
        expected = own["arrays"] if begun else {}
        arrays.match(arrays.forms(state["arrays"]), arrays.forms(expected), "optimizer/")
        if self.schedule is None:
            self.learning_rate = state["learning_rate"]
        if not begun:
            self.detach(self._network)
        self.iterations = iterations
        if self.state is not None:
            self.state.set_state([state["arrays"][name] for name in expected])

    def is_like(self, state):
        """Whether a state is one of such an optimizer, with or without a schedule."""
        scheduled = state["learning_rate"] is None
        kind = state["class_name"]
        return kind == type(self).__name__ and scheduled == (self.schedule is not None)

    def _arrays(self):
        """The arrays of the engine's state by name."""
        if self.state is None:
            return {}
        names = [f"{slot}/{name}" for slot in self.state.slots for name in self._names]
        names += self.state.scalars
        return dict(zip(names, self.state.get_state(), strict=True))

    @property
    def variables(self):
        """A `Variable` of the number of steps, of the learning rate, and of all that is kept."""

        def count(value):
            self.iterations = int(value)

        def rate(value):
            self.learning_rate = value

        own = [("iteration", lambda: np.array(self.iterations), count)]
        if self.schedule is None:
            own.append(("learning_rate", lambda: np.array(self._learning_rate), rate))
        own += [
            (name, partial(self._array, name), partial(self._set_array, name))
            for name in self._arrays()
        ]
        return [Variable(f"{self.name}/{name}", *of, trainable=False) for name, *of in own]

    def _array(self, name):
        return self._arrays()[name]

    def _set_array(self, name, value):
        now = self._arrays()
        (now[name],) = arrays.weights([name], [value], [now[name]])
        self.state.set_state(list(now.values()))

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
        try:
            patterns = [re.compile(v) for v in var_names or ()]
        except re.error as error:
            raise ValueError(
                f"var_names: got {var_names!r}, expected regular expressions: {error}"
            ) from error
        self.undecayed = [name for name in _DECAYING if any(p.search(name) for p in patterns)]

    @property
    def undecayed(self):
        """Names of the arrays that do not decay: ``["bias"]`` for every bias."""
        return list(self._undecayed)

    @undecayed.setter
    def undecayed(self, names):
        if self.state is not None:
            raise ValueError("exclude_from_weight_decay: got a call after training has begun")
        if unknown := set(names) - set(_DECAYING):
            raise ValueError(f"undecayed: got {sorted(unknown)}, expected some of {_DECAYING}")
        self._undecayed = tuple(names)

    def attach(self, network, compiled, names):
        """The state for `network`, made if there is none yet.

        Parameters
        ----------
        network : Network of the engine
        compiled : module
            The engine's, which made it.
        names : callable
            Names of the arrays of its weights: "dense/kernel".
        """
        if self._network is None:
            names = list(names())
            constants = {c: getattr(self, c) for c in self.constants}
            for name in ("weight_decay", "clipnorm", "clipvalue", "global_clipnorm"):
                constants[name] = getattr(self, name) or 0.0
            decays = tuple(name.rpartition("/")[2] not in self._undecayed for name in names)
            state = compiled.Optimizer(network, self.formula, decays=decays, **constants)
            state.iterations = self._iterations
            self._names = [
                n for n, trained in zip(names, network.trainable, strict=True) if trained
            ]
            self._network = network
            self.state = state  # last: another thread may look meanwhile
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
