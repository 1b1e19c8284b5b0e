"""Learning rate schedules: a rate for each step, with Keras 3's names and formulas."""

import math

import numpy as np

from trilobite._checks.numbers import real
from trilobite._declare.declaration import Declaration, describe, made
from trilobite._declare.names import classes_in

__all__ = [
    "CosineDecay",
    "CosineDecayRestarts",
    "ExponentialDecay",
    "InverseTimeDecay",
    "LearningRateSchedule",
    "PiecewiseConstantDecay",
    "PolynomialDecay",
    "deserialize",
    "serialize",
]


class LearningRateSchedule(Declaration):
    """Base of the schedules: override `__call__`.

    It is asked for the rates of many steps before they are done, up to 1,024 at a time, unless a
    callback overrides a batch hook.
    """

    def __call__(self, step):
        """The learning rate of a step, counted from 0."""
        raise NotImplementedError(f"{type(self).__name__} must override __call__(self, step)")

    def rates(self, first, n):
        """The learning rates of the `n` steps from `first` on.

        Raises
        ------
        TypeError, ValueError
            One of them is no number, negative, infinite or NaN.
        """
        return [self._rate(step) for step in range(first, first + n)]

    def _rate(self, step):
        rate = self(step)
        if hasattr(rate, "item") and np.ndim(rate) == 0:  # an array of one number, JAX's too
            rate = rate.item()
        return real(f"learning_rate of {type(self).__name__} for step {step}", rate, least=0)


class _Formula(LearningRateSchedule):
    """Base of the schedules below: one formula for a step and for an array of steps."""

    def __call__(self, step):
        """The learning rate of a step, counted from 0; of an array of steps an array."""
        rate = self.formula(np.asarray(step, np.float64))
        return rate if np.ndim(step) else float(rate)

    def formula(self, t):
        """The rates of the steps in the array t."""
        raise NotImplementedError

    def rates(self, first, n):
        """The learning rates of the `n` steps from `first` on, an array of float64."""
        if type(self).__call__ is not _Formula.__call__:  # overridden by the user
            return super().rates(first, n)
        with np.errstate(all="ignore"):
            return self.formula(np.arange(first, first + n, dtype=np.float64))


class ExponentialDecay(_Formula):
    """``initial_learning_rate * decay_rate**(step / decay_steps)``.

    Parameters
    ----------
    initial_learning_rate : float
    decay_steps : int
    decay_rate : float
    staircase : bool
        ``step // decay_steps`` in the exponent.
    name : str, optional
    """

    def __init__(
        self,
        initial_learning_rate,
        decay_steps,
        decay_rate,
        staircase=False,
        name="ExponentialDecay",
    ):
        self.initial_learning_rate = real("initial_learning_rate", initial_learning_rate, 0)
        self.decay_steps = _steps("decay_steps", decay_steps)
        self.decay_rate = real("decay_rate", decay_rate, 0)
        self.staircase, self.name = bool(staircase), name

    def formula(self, t):
        """The rates of the steps in the array t."""
        p = t / self.decay_steps
        return self.initial_learning_rate * self.decay_rate ** (
            np.floor(p) if self.staircase else p
        )


class InverseTimeDecay(_Formula):
    """``initial_learning_rate / (1 + decay_rate * step / decay_steps)``.

    Parameters
    ----------
    initial_learning_rate : float
    decay_steps : int
    decay_rate : float
    staircase : bool
        ``step // decay_steps`` in the place of the fraction.
    name : str, optional
    """

    def __init__(
        self,
        initial_learning_rate,
        decay_steps,
        decay_rate,
        staircase=False,
        name="InverseTimeDecay",
    ):
        self.initial_learning_rate = real("initial_learning_rate", initial_learning_rate, 0)
        self.decay_steps = _steps("decay_steps", decay_steps)
        self.decay_rate = real("decay_rate", decay_rate, 0)
        self.staircase, self.name = bool(staircase), name

    def formula(self, t):
        """The rates of the steps in the array t."""
        p = t / self.decay_steps
        p = np.floor(p) if self.staircase else p
        return self.initial_learning_rate / (1 + self.decay_rate * p)


class PiecewiseConstantDecay(_Formula):
    """``values[i]`` up to and with step ``boundaries[i]``, the last of the values after them all.

    Parameters
    ----------
    boundaries : list of int
        In ascending order.
    values : list of float
        One more than there are boundaries.
    name : str, optional
    """

    def __init__(self, boundaries, values, name="PiecewiseConstant"):
        for argument, given in (("boundaries", boundaries), ("values", values)):
            if not isinstance(given, (list, tuple)):
                kind = type(given).__name__
                raise TypeError(f"{argument}: got {given!r} ({kind}), expected a list of numbers")
        if len(values) != len(boundaries) + 1 or not boundaries:
            raise ValueError(
                f"values: got {len(values)} values and {len(boundaries)} boundaries, expected at "
                "least one boundary and one value more"
            )
        self.boundaries = [real("boundaries", b) for b in boundaries]
        if sorted(self.boundaries) != self.boundaries:
            raise ValueError(f"boundaries: got {boundaries}, expected them in ascending order")
        self.values = [real("values", value, 0) for value in values]
        self.name = name

    def formula(self, t):
        """The rates of the steps in the array t."""
        return np.asarray(self.values)[np.searchsorted(self.boundaries, t)]


class PolynomialDecay(_Formula):
    """From `initial_learning_rate` to `end_learning_rate` in `decay_steps`.

    ``(initial_learning_rate - end_learning_rate) * (1 - t / decay_steps)**power +
    end_learning_rate``, ``t = min(step, decay_steps)``.

    Parameters
    ----------
    initial_learning_rate : float
    decay_steps : int
    end_learning_rate : float
        0.0001 by default.
    power : float
        1 by default: a straight line.
    cycle : bool
        Beyond `decay_steps` it starts again, with as many times `decay_steps` as the step needs.
    name : str, optional
    """

    def __init__(
        self,
        initial_learning_rate,
        decay_steps,
        end_learning_rate=0.0001,
        power=1.0,
        cycle=False,
        name="PolynomialDecay",
    ):
        self.initial_learning_rate = real("initial_learning_rate", initial_learning_rate, 0)
        self.decay_steps = _steps("decay_steps", decay_steps)
        self.end_learning_rate = real("end_learning_rate", end_learning_rate, 0)
        self.power = real("power", power, 0)
        self.cycle, self.name = bool(cycle), name

    def formula(self, t):
        """The rates of the steps in the array t."""
        decay_steps = self.decay_steps
        if self.cycle:
            decay_steps = decay_steps * np.maximum(np.ceil(t / decay_steps), 1)
        p = np.minimum(t, decay_steps) / decay_steps
        span = self.initial_learning_rate - self.end_learning_rate
        return span * (1 - p) ** self.power + self.end_learning_rate


class CosineDecay(_Formula):
    """A straight line up, if wanted, then half a cosine down (Loshchilov and Hutter, 2016).

    ``rate * ((1 - alpha) * (1 + cos(pi * t / decay_steps)) / 2 + alpha)``,
    ``t = min(step, decay_steps)`` and rate the initial one; with a `warmup_target` the rate first
    grows to it in `warmup_steps` and then decays from there.

    Parameters
    ----------
    initial_learning_rate : float
    decay_steps : int
        Without those of the warm-up.
    alpha : float
        The share of the rate that is left in the end, 0 by default.
    name : str, optional
    warmup_target : float, optional
    warmup_steps : float
        0 by default.
    """

    def __init__(
        self,
        initial_learning_rate,
        decay_steps,
        alpha=0.0,
        name="CosineDecay",
        warmup_target=None,
        warmup_steps=0,
    ):
        self.initial_learning_rate = real("initial_learning_rate", initial_learning_rate, 0)
        self.decay_steps = _steps("decay_steps", decay_steps)
        self.alpha = real("alpha", alpha, 0)
        self.name = name
        self.warmup_target = warmup_target
        if warmup_target is not None:
            self.warmup_target = real("warmup_target", warmup_target, 0)
        self.warmup_steps = 0 if warmup_steps == 0 else _steps("warmup_steps", warmup_steps)

    def formula(self, t):
        """The rates of the steps in the array t."""
        start, target, warmup = self.initial_learning_rate, self.warmup_target, self.warmup_steps
        if target is None:
            start, target, warmup = target, start, 0
        decayed = target * self._decay(np.clip((t - warmup) / self.decay_steps, 0, 1))
        if not warmup:
            return decayed
        return np.where(t < warmup, (target - start) * t / warmup + start, decayed)

    def _decay(self, p):
        return (1 - self.alpha) * (1 + np.cos(math.pi * p)) / 2 + self.alpha


class CosineDecayRestarts(_Formula):
    """Cosine decay that starts again and again (Loshchilov and Hutter, 2016).

    Run i has ``first_decay_steps * t_mul**i`` steps and begins at
    ``initial_learning_rate * m_mul**i``; p of it being done, the rate is
    ``initial_learning_rate * ((1 - alpha) * m_mul**i * (1 + cos(pi * p)) / 2 + alpha)``.

    Parameters
    ----------
    initial_learning_rate : float
    first_decay_steps : int
    t_mul, m_mul : float
        2 and 1 by default.
    alpha : float
        0 by default.
    name : str, optional
    """

    def __init__(
        self,
        initial_learning_rate,
        first_decay_steps,
        t_mul=2.0,
        m_mul=1.0,
        alpha=0.0,
        name="SGDRDecay",
    ):
        self.initial_learning_rate = real("initial_learning_rate", initial_learning_rate, 0)
        self.first_decay_steps = _steps("first_decay_steps", first_decay_steps)
        self.t_mul = real("t_mul", t_mul, 1)
        self.m_mul = real("m_mul", m_mul, 0)
        self.alpha = real("alpha", alpha, 0)
        self.name = name

    def formula(self, t):
        """The rates of the steps in the array t."""
        p, k = t / self.first_decay_steps, self.t_mul
        if k == 1:
            i = np.floor(p)
            p = p - i
        else:  # i runs take 1 + k + ... + k**(i - 1) = (1 - k**i) / (1 - k) first runs
            i = np.floor(np.log(1 - p * (1 - k)) / math.log(k))
            p = (p - (1 - k**i) / (1 - k)) / k**i
        cosine = self.m_mul**i * (1 + np.cos(math.pi * p)) / 2
        return self.initial_learning_rate * ((1 - self.alpha) * cosine + self.alpha)


def _steps(argument, value):
    """`value`, a number of steps above 0."""
    value = real(argument, value, 0)
    if value == 0:
        raise ValueError(f"{argument}: got 0, expected a number above 0")
    return int(value) if value.is_integer() else value


_SCHEDULES = {c.__name__: c for c in classes_in(globals(), LearningRateSchedule)}


def serialize(learning_rate_schedule):
    """A schedule as plain data, for `deserialize`."""
    return describe("learning_rate_schedule", learning_rate_schedule)


def deserialize(config, custom_objects=None):
    """What `serialize` was given; `custom_objects` are classes by name that it may be of, too."""
    return made("config", config, _SCHEDULES, custom_objects)
