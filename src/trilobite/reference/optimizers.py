"""Optimizers: one step of each against a gradient, and the state that it needs.

Definitions and defaults are those of Keras 3 (keras/src/optimizers/). An update is handed the
optimizer o, with its constants and its state, which are slots and scalars, w and its gradient g,
both flat, which it may use up, and the learning rate a. o.t is the number of the step, from 1 on.
"""

import math
from collections import namedtuple
from types import SimpleNamespace

import numpy as np


def sgd(o, w, g, a):
    """`m = momentum * m - a * g`, `w += m`; nesterov: `w += momentum * m - a * g`."""
    g *= a
    if not o.momentum:
        w -= g
        return
    m = o.state.momentum
    m *= o.momentum
    m -= g
    if o.nesterov:
        w += o.momentum * m
        w -= g
    else:
        w += m


def adam(o, w, g, a):
    """`m += (g - m) * (1 - beta_1)`, `v += (g**2 - v) * (1 - beta_2)`.

    `w -= a * sqrt(1 - beta_2**t) / (1 - beta_1**t) * m / (sqrt(v) + epsilon)`; amsgrad has the
    largest v so far in place of v.
    """
    m, v = o.state.momentum, o.state.velocity
    approach(m, g, 1 - o.beta_1, o.scratch)
    g *= g
    approach(v, g, 1 - o.beta_2, o.scratch)
    if o.amsgrad:
        v = np.maximum(o.state.velocity_hat, v, out=o.state.velocity_hat)
    np.sqrt(v, out=g)
    g += o.epsilon
    np.divide(m, g, out=g)
    g *= a * math.sqrt(1 - o.beta_2**o.t) / (1 - o.beta_1**o.t)
    w -= g


def rmsprop(o, w, g, a):
    """`v = rho * v + (1 - rho) * g**2`, `w -= a * g / sqrt(v + epsilon)`.

    centered: `h = rho * h + (1 - rho) * g`, and v - h**2 in place of v. momentum:
    `m = momentum * m + a * g / sqrt(v + epsilon)`, `w -= m`.
    """
    v = o.state.velocity
    average(v, np.multiply(g, g, out=o.scratch), o.rho)
    if o.centered:
        h = o.state.average_gradient
        average(h, g.copy(), o.rho)
        np.subtract(v, np.multiply(h, h, out=o.scratch), out=o.scratch)
        v = o.scratch
    np.add(v, o.epsilon, out=o.scratch)
    np.sqrt(o.scratch, out=o.scratch)
    g *= a
    g /= o.scratch
    if o.momentum > 0:
        m = o.state.momentum
        m *= o.momentum
        m += g
        w -= m
    else:
        w -= g


def adagrad(o, w, g, a):
    """`v += g**2`, `w -= a * g / sqrt(v + epsilon)`; v is initial_accumulator_value at first."""
    v = o.state.accumulator
    v += np.multiply(g, g, out=o.scratch)
    np.add(v, o.epsilon, out=o.scratch)
    np.sqrt(o.scratch, out=o.scratch)
    g *= a
    g /= o.scratch
    w -= g


def adadelta(o, w, g, a):
    """`v = rho * v + (1 - rho) * g**2`, `d = g * sqrt(u + epsilon) / sqrt(v + epsilon)`.

    `u = rho * u + (1 - rho) * d**2`, `w -= a * d`.
    """
    v, u = o.state.accumulated_grad, o.state.accumulated_delta_var
    average(v, np.multiply(g, g, out=o.scratch), o.rho)
    np.add(u, o.epsilon, out=o.scratch)
    g *= np.sqrt(o.scratch, out=o.scratch)
    np.add(v, o.epsilon, out=o.scratch)
    g /= np.sqrt(o.scratch, out=o.scratch)
    average(u, np.multiply(g, g, out=o.scratch), o.rho)
    g *= a
    w -= g


def nadam(o, w, g, a):
    """`m += (g - m) * (1 - beta_1)`, `v += (g**2 - v) * (1 - beta_2)`.

    `u(t) = beta_1 * (1 - 0.96**t / 2)`, and U is the product of u(1) ... u(t).
    `m_hat = u(t+1) * m / (1 - U * u(t+1)) + (1 - u(t)) * g / (1 - U)`,
    `w -= a * m_hat / (sqrt(v / (1 - beta_2**t)) + epsilon)`.
    """
    m, v = o.state.momentum, o.state.velocity
    u, u_next = (o.beta_1 * (1 - 0.5 * 0.96**t) for t in (o.t, o.t + 1))
    o.state.u_product *= u
    approach(m, g, 1 - o.beta_1, o.scratch)
    approach(v, g * g, 1 - o.beta_2, o.scratch)
    g *= (1 - u) / (1 - o.state.u_product)
    g += np.multiply(m, u_next / (1 - o.state.u_product * u_next), out=o.scratch)  # m_hat
    np.multiply(v, 1 / (1 - o.beta_2**o.t), out=o.scratch)
    np.sqrt(o.scratch, out=o.scratch)
    o.scratch += o.epsilon
    g /= o.scratch
    g *= a
    w -= g


def adamax(o, w, g, a):
    """`m += (g - m) * (1 - beta_1)`, `v = max(beta_2 * v, |g|)`.

    `w -= a / (1 - beta_1**t) * m / (v + epsilon)`.
    """
    m, v = o.state.momentum, o.state.norm
    approach(m, g, 1 - o.beta_1, o.scratch)
    v *= o.beta_2
    np.maximum(v, np.abs(g, out=g), out=v)
    np.add(v, o.epsilon, out=g)
    np.divide(m, g, out=g)
    g *= a / (1 - o.beta_1**o.t)
    w -= g


def lion(o, w, g, a):
    """`w -= a * sign(beta_1 * m + (1 - beta_1) * g)`, `m = beta_2 * m + (1 - beta_2) * g`."""
    m = o.state.momentum
    w -= a * np.sign(o.beta_1 * m + (1 - o.beta_1) * g)
    average(m, g, o.beta_2)


def ftrl(o, w, g, a):
    """`r = sqrt(n + g**2)`, `z += g + 2 * l2_shrinkage * w - (r - sqrt(n)) * w / a`, `n += g**2`.

    `w = (clip(z, -l1, l1) - z) / ((r + beta) / a + 2 * l2)`; n is initial_accumulator_value at
    first, and l1, l2, l2_shrinkage stand for ..._regularization_strength.
    """
    n, z = o.state.accumulator, o.state.linear
    l1, l2 = o.l1_regularization_strength, o.l2_regularization_strength
    r = np.sqrt(n + g * g)
    z += g + 2 * o.l2_shrinkage_regularization_strength * w - (r - np.sqrt(n)) * w / a
    n += g * g
    np.divide(np.clip(z, -l1, l1) - z, (r + o.beta) / a + 2 * l2, out=w)


def gradient(o, w, g, a):
    """`kept = g` and no step: the gradient is what is wanted."""
    np.copyto(o.state.gradient, g)


def approach(m, g, part, scratch):
    """`m += (g - m) * part`."""
    np.subtract(g, m, out=scratch)
    scratch *= part
    m += scratch


def average(m, g, rho):
    """`m = rho * m + (1 - rho) * g`; uses g up."""
    m *= rho
    g *= 1 - rho
    m += g


Row = namedtuple("Row", "update constants slots scalars", defaults=({}, {}, {}))
Row.__doc__ = """An optimizer; its names are Keras's.

Parameters
----------
update : callable
constants : dict of str to float or bool
    And their defaults, beside those of FOR_ALL.
slots : dict of str to str or None
    Arrays of its state; each is there if the constant that stands beside it is not 0.
scalars : dict of str to float
    Numbers of its state, as they are at first.
"""

OPTIMIZERS = {
    "sgd": Row(sgd, {"momentum": 0.0, "nesterov": False}, {"momentum": "momentum"}),
    "adam": Row(
        adam,
        {"beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7, "amsgrad": False},
        {"momentum": None, "velocity": None, "velocity_hat": "amsgrad"},
    ),
    "rmsprop": Row(
        rmsprop,
        {"rho": 0.9, "momentum": 0.0, "epsilon": 1e-7, "centered": False},
        {"velocity": None, "momentum": "momentum", "average_gradient": "centered"},
    ),
    "adagrad": Row(
        adagrad, {"initial_accumulator_value": 0.1, "epsilon": 1e-7}, {"accumulator": None}
    ),
    "adadelta": Row(
        adadelta,
        {"rho": 0.95, "epsilon": 1e-7},
        {"accumulated_grad": None, "accumulated_delta_var": None},
    ),
    "nadam": Row(
        nadam,
        {"beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7},
        {"momentum": None, "velocity": None},
        {"u_product": 1.0},
    ),
    "adamax": Row(
        adamax,
        {"beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7},
        {"momentum": None, "norm": None},
    ),
    "lion": Row(lion, {"beta_1": 0.9, "beta_2": 0.99}, {"momentum": None}),
    "ftrl": Row(
        ftrl,
        {
            "initial_accumulator_value": 0.1,
            "l1_regularization_strength": 0.0,
            "l2_regularization_strength": 0.0,
            "l2_shrinkage_regularization_strength": 0.0,
            "beta": 0.0,
        },
        {"accumulator": None, "linear": None},
    ),
    "gradient": Row(gradient, slots={"gradient": None}),
}
FOR_ALL = {"weight_decay": 0.0, "clipnorm": 0.0, "clipvalue": 0.0, "global_clipnorm": 0.0}


class Optimizer:
    """Steps of a network's trainable weights against their gradient.

    Parameters
    ----------
    network : Network
    name : str
        A key of `OPTIMIZERS`.
    decays : sequence of bool, optional
        For each array of network.get_weights() whether weight_decay is for it; default all.
    **constants : float or bool
        Those of the update, and weight_decay, clipnorm, clipvalue, global_clipnorm: 0 is off, and
        of several norms and values to clip at, the first of clipnorm, global_clipnorm, clipvalue
        counts. Defaults are Keras's.
    """

    def __init__(self, network, name, decays=None, **constants):
        row = OPTIMIZERS[name]
        self._update, defaults = row.update, row.constants | FOR_ALL
        if unknown := constants.keys() - defaults:
            raise TypeError(f"{name}: {', '.join(unknown)} given; expected {', '.join(defaults)}")
        vars(self).update(defaults | constants)
        self.network, self.name = network, name
        self.slots = tuple(
            slot
            for slot, constant in row.slots.items()
            if constant is None or getattr(self, constant)
        )
        self.scalars = tuple(row.scalars)
        self._linear = not (self.slots or self.clipnorm or self.global_clipnorm or self.clipvalue)
        self.iterations = 0
        w = network.trainable_parameters
        self._flat = np.zeros((len(self.slots), w.size), w.dtype)  # a row for each slot
        slots = dict(zip(self.slots, self._flat, strict=True))
        if "accumulator" in slots:
            slots["accumulator"].fill(self.initial_accumulator_value)
        self.state = SimpleNamespace(**slots, **row.scalars)
        self.scratch = np.empty_like(w) if self.slots else None
        decays = network.trainable if decays is None else decays
        self._decaying = [
            a
            for a, trainable, decay in zip(network.arrays, network.trainable, decays, strict=True)
            if trainable and decay
        ]

    def step(self, learning_rate, n):
        """One step against network.gradient / n, a gradient summed over n rows, which is used up.

        The gradient is clipped, `w -= w * weight_decay * learning_rate`, then the update comes.
        """
        w, g = self.network.trainable_parameters, self.network.gradient
        self.t = self.iterations + 1
        if self.weight_decay:
            for a in self._decaying:
                a -= a * (self.weight_decay * learning_rate)
        if self._linear:  # one pass less
            self._update(self, w, g, learning_rate / n)
        else:
            g *= 1 / n
            self._clip(g)
            self._update(self, w, g, learning_rate)
        self.iterations += 1

    def _clip(self, g):
        """`g *= c / max(norm(g), c)`, of each array or of all; or g to -clipvalue .. clipvalue."""
        if self.clipnorm:
            for dw in self.network.gradients:
                dw *= self.clipnorm / max(_norm(dw), self.clipnorm)
        elif self.global_clipnorm:
            g *= self.global_clipnorm / max(_norm(g), self.global_clipnorm)
        elif self.clipvalue:
            np.clip(g, -self.clipvalue, self.clipvalue, out=g)

    def get_state(self):
        """For each slot an array for each trainable one, copied; then each scalar, (1,)."""
        state = [
            a.copy() for flat in self._flat for a in views(flat, self.network.trainable_shapes)
        ]
        return state + [np.array([scalar]) for scalar in self._scalars().values()]

    def set_state(self, state):
        """Copy in what `get_state` returned."""
        arrays = [a for flat in self._flat for a in views(flat, self.network.trainable_shapes)]
        for a, given in zip(arrays, state[: len(arrays)], strict=True):
            np.copyto(a, given)
        for name, given in zip(self.scalars, state[len(arrays) :], strict=True):
            setattr(self.state, name, float(given[0]))

    def snapshot(self):
        """State and iterations."""
        return self._flat.copy(), self._scalars(), self.iterations

    def restore(self, snapshot):
        """Put state and iterations of a snapshot back."""
        flat, scalars, self.iterations = snapshot
        np.copyto(self._flat, flat)
        vars(self.state).update(scalars)

    def _scalars(self):
        return {name: getattr(self.state, name) for name in self.scalars}


def _norm(g):
    """`sqrt(sum(g**2))`."""
    return math.sqrt(np.vdot(g, g))


def views(flat, shapes):
    """Consecutive pieces of a flat array as arrays of these shapes."""
    ends = np.cumsum([math.prod(shape) for shape in shapes], dtype=np.intp)
    return [a.reshape(shape) for a, shape in zip(np.split(flat, ends)[:-1], shapes, strict=True)]
