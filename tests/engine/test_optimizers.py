"""Optimizers: against their definitions written out anew, and the engine against the oracle."""

from itertools import product

import numpy as np
import pytest
from compare import (
    ORACLE,
    assert_close,
    assert_same,
    dense,
    means,
    networks,
    random_rows,
    tolerance,
    train,
    two_rows,
)

from trilobite import reference

STEPS = 10
FTRL = [f"{x}_regularization_strength" for x in ("l1", "l2", "l2_shrinkage")]
FTRL = ["initial_accumulator_value", *FTRL, "beta"]
OPTIMIZERS = [  # name, constants, slots
    ("sgd", {}, ()),
    ("sgd", {"momentum": 0.9}, ("momentum",)),
    ("sgd", {"momentum": 0.8, "nesterov": True}, ("momentum",)),
    ("adam", {}, ("momentum", "velocity")),
    ("adam", {"beta_1": 0.8, "beta_2": 0.5, "epsilon": 1e-3}, ("momentum", "velocity")),
    ("adam", {"beta_2": 0.5, "amsgrad": True}, ("momentum", "velocity", "velocity_hat")),
    ("rmsprop", {}, ("velocity",)),
    ("rmsprop", {"rho": 0.7, "momentum": 0.5, "epsilon": 1e-3}, ("velocity", "momentum")),
    ("rmsprop", {"centered": True, "epsilon": 1e-3}, ("velocity", "average_gradient")),
    (
        "rmsprop",
        {"momentum": 0.5, "centered": True, "epsilon": 1e-3},
        ("velocity", "momentum", "average_gradient"),
    ),
    ("adagrad", {}, ("accumulator",)),
    ("adagrad", {"initial_accumulator_value": 0.0, "epsilon": 1e-3}, ("accumulator",)),
    ("adadelta", {}, ("accumulated_grad", "accumulated_delta_var")),
    ("adadelta", {"rho": 0.5, "epsilon": 1e-2}, ("accumulated_grad", "accumulated_delta_var")),
    ("nadam", {}, ("momentum", "velocity")),
    ("nadam", {"beta_1": 0.7, "beta_2": 0.6, "epsilon": 1e-3}, ("momentum", "velocity")),
    ("adamax", {}, ("momentum", "norm")),
    ("adamax", {"beta_1": 0.7, "beta_2": 0.6, "epsilon": 1e-3}, ("momentum", "norm")),
    ("lion", {}, ("momentum",)),
    ("lion", {"beta_1": 0.7, "beta_2": 0.6}, ("momentum",)),
    ("ftrl", {}, ("accumulator", "linear")),
    ("ftrl", dict(zip(FTRL, (0.25, 0.05, 0.5, 0.25, 0.5), strict=True)), ("accumulator", "linear")),
]
FURTHER = [
    {},
    {"weight_decay": 0.3},
    {"clipvalue": 0.02},
    {"clipnorm": 0.05},
    {"global_clipnorm": 0.1},
    {"weight_decay": 0.1, "clipnorm": 0.05},
]
DEFAULTS = {
    "sgd": dict(momentum=0.0, nesterov=False),
    "adam": dict(beta_1=0.9, beta_2=0.999, epsilon=1e-7, amsgrad=False),
    "rmsprop": dict(rho=0.9, momentum=0.0, epsilon=1e-7, centered=False),
    "adagrad": dict(initial_accumulator_value=0.1, epsilon=1e-7),
    "adadelta": dict(rho=0.95, epsilon=1e-7),
    "nadam": dict(beta_1=0.9, beta_2=0.999, epsilon=1e-7),
    "adamax": dict(beta_1=0.9, beta_2=0.999, epsilon=1e-7),
    "lion": dict(beta_1=0.9, beta_2=0.99),
    "ftrl": dict(zip(FTRL, (0.1, 0.0, 0.0, 0.0, 0.0), strict=True)),
}
ids = [f"{name}-{'-'.join(constants) or 'defaults'}" for name, constants, _ in OPTIMIZERS]
SCALARS = {"nadam": 1}
every_optimizer = pytest.mark.parametrize("name, constants, slots", OPTIMIZERS, ids=ids)


def test_no_optimizer_is_forgotten():
    known = reference.OPTIMIZERS.keys() - {"gradient"}
    assert {name for name, *_ in OPTIMIZERS} == DEFAULTS.keys() == known


class Definition:
    """One array of weights, stepped as the definition says, one number after the other."""

    def __init__(self, name, constants, w):
        self.name, self.c = name, DEFAULTS[name] | constants
        self.w, self.t, self.product = w.astype(np.float64), 0, 1.0
        start = self.c.get("initial_accumulator_value", 0.0)
        self.a, self.b, self.d = (np.full(w.shape, start) for _ in range(3))

    def step(self, g, rate):
        self.t += 1
        self.w = self.w - getattr(self, self.name)(g, self.t, rate, **self.c)

    def sgd(self, g, t, rate, momentum, nesterov):
        if not momentum:
            return rate * g
        self.a = momentum * self.a - rate * g
        return rate * g - momentum * self.a if nesterov else -self.a

    def adam(self, g, t, rate, beta_1, beta_2, epsilon, amsgrad):
        self.a = beta_1 * self.a + (1 - beta_1) * g
        self.b = beta_2 * self.b + (1 - beta_2) * g**2
        self.d = np.maximum(self.d, self.b) if amsgrad else self.b
        # epsilon is Kingma and Ba's "epsilon hat", beside the root that is not corrected
        corrected = rate * np.sqrt(1 - beta_2**t) / (1 - beta_1**t)
        return corrected * self.a / (np.sqrt(self.d) + epsilon)

    def rmsprop(self, g, t, rate, rho, momentum, epsilon, centered):
        self.a = rho * self.a + (1 - rho) * g**2
        self.b = rho * self.b + (1 - rho) * g
        variance = self.a - self.b**2 if centered else self.a
        self.d = momentum * self.d + rate * g / np.sqrt(variance + epsilon)
        return self.d

    def lion(self, g, t, rate, beta_1, beta_2):
        c = rate * np.sign(beta_1 * self.a + (1 - beta_1) * g)
        self.a = beta_2 * self.a + (1 - beta_2) * g
        return c

    def ftrl(self, g, t, rate, **constants):
        """McMahan's, coordinate by coordinate: 0 where |z| is at most l1."""
        _, l1, l2, shrinkage, beta = (constants[name] for name in FTRL)
        sigma = (np.sqrt(self.a + g**2) - np.sqrt(self.a)) / rate
        self.a = self.a + g**2
        self.b = self.b * (t > 1) + g + 2 * shrinkage * self.w - sigma * self.w
        w = -(self.b - np.sign(self.b) * l1) / ((beta + np.sqrt(self.a)) / rate + 2 * l2)
        return self.w - np.where(np.abs(self.b) <= l1, 0, w)

    def adagrad(self, g, t, rate, initial_accumulator_value, epsilon):
        self.a = self.a + g**2
        return rate * g / np.sqrt(self.a + epsilon)

    def adadelta(self, g, t, rate, rho, epsilon):
        self.a = rho * self.a + (1 - rho) * g**2
        change = np.sqrt(self.b + epsilon) / np.sqrt(self.a + epsilon) * g
        self.b = rho * self.b + (1 - rho) * change**2
        return rate * change

    def nadam(self, g, t, rate, beta_1, beta_2, epsilon):
        u, u_next = (beta_1 * (1 - 0.5 * 0.96**s) for s in (t, t + 1))
        self.product *= u
        self.a = beta_1 * self.a + (1 - beta_1) * g
        self.b = beta_2 * self.b + (1 - beta_2) * g**2
        m = u_next * self.a / (1 - self.product * u_next) + (1 - u) * g / (1 - self.product)
        return rate * m / (np.sqrt(self.b / (1 - beta_2**t)) + epsilon)

    def adamax(self, g, t, rate, beta_1, beta_2, epsilon):
        self.a = beta_1 * self.a + (1 - beta_1) * g
        self.b = np.maximum(beta_2 * self.b, np.abs(g))
        return rate * self.a / ((1 - beta_1**t) * (self.b + epsilon))


def clipped(gradients, clipnorm=0, clipvalue=0, global_clipnorm=0):
    if clipnorm:
        return [g * min(1, clipnorm / np.linalg.norm(g)) for g in gradients]
    if global_clipnorm:
        norm = np.sqrt(sum(np.sum(g**2) for g in gradients))
        return [g * min(1, global_clipnorm / norm) for g in gradients]
    if clipvalue:
        return [np.minimum(np.maximum(g, -clipvalue), clipvalue) for g in gradients]
    return gradients


def linear_training(module, name, decays=None, **constants):
    """A net of one linear layer with a bias, the data, and a Training of STEPS steps of 8 rows."""
    net, _ = networks(module, 5, [("dense", 3, "linear", True)])
    net.compile("mean_squared_error")
    x, y = random_rows(module, STEPS * 8, 5, 1), random_rows(module, STEPS * 8, 3, 2)
    options = {} if decays is None else {"decays": decays}
    optimizer = module.Optimizer(net, name, **options, **constants)
    rows = module.Rows(x), module.Rows(y)
    training = module.Training(net, *rows, 8, shuffle=False, optimizer=optimizer)
    return net, x.astype(np.float64), y.astype(np.float64), optimizer, training


@pytest.mark.parametrize("further", FURTHER, ids=lambda further: "-".join(further) or "plain")
@every_optimizer
def test_definitions(module, name, constants, slots, further):
    net, x, y, optimizer, training = linear_training(module, name, **constants, **further)
    assert (optimizer.slots, optimizer.iterations) == (slots, 0)
    rate = 2.0**-4
    arrays = [Definition(name, constants, w) for w in net.get_weights()]
    clips = {key: value for key, value in further.items() if "clip" in key}
    for k in range(STEPS):
        rows, (w, b) = slice(8 * k, 8 * k + 8), arrays
        dz = 2 * (x[rows] @ w.w + b.w - y[rows]) / 3 / 8
        for of, g in zip(arrays, clipped([x[rows].T @ dz, dz.sum(axis=0)], **clips), strict=True):
            of.w -= of.w * further.get("weight_decay", 0) * rate
            of.step(g, rate)
    assert train(training, rate) == "epoch"
    assert optimizer.iterations == STEPS
    # a division by the root of tiny gradients, and the differences of centered, lose some digits
    tol = 100 * tolerance(module, 8, STEPS)
    for w, of in zip(net.get_weights(), arrays, strict=True):
        assert_close(w, of.w, rtol=tol, atol=tol)


def deep_trainings(module, name, constants, **options):
    """Trainings of a net with everything in it, of the module and of the oracle."""
    stages = [
        ("dense", 33, "linear", False),
        ("batch_normalization", 0.9, 1e-3, True, True),
        ("activation", "tanh"),
        ("dense", 7, "tanh", True),
        ("dense", 3, "softmax", True),
    ]
    nets = networks(module, 10, stages)
    rows = two_rows(module, random_rows(module, 100, 10, 0), np.arange(100) % 3)
    result = []
    for m, net, of in zip((module, ORACLE), nets, rows, strict=True):
        net.compile("sparse_categorical_crossentropy", ("sparse_categorical_crossentropy",))
        optimizer = m.Optimizer(net, name, **constants)
        given = {"batch_size": 32, "epochs": 2, "optimizer": optimizer} | options
        result.append((net, optimizer, m.Training(net, *of, shuffle=False, **given)))
    return result


@every_optimizer
def test_engine_and_oracle(module, name, constants, slots):
    constants = {"epsilon": 1e-3} | constants if "epsilon" in DEFAULTS[name] else constants
    for further in ({"weight_decay": 0.1}, {"clipnorm": 0.05}, {"global_clipnorm": 0.1}):
        (net, optimizer, training), (oracle, expected, reference) = deep_trainings(
            module, name, constants | further, threads=2
        )
        assert train(training, 0.01) == train(reference, 0.01) == "epoch"
        tol = 100 * tolerance(module, 33, 32)
        assert_close(means(training.history), means(reference.history), rtol=tol, atol=tol)
        for w, w64 in zip(net.get_weights(), oracle.get_weights(), strict=True):
            assert_close(w, w64, rtol=tol, atol=tol)
        state, state64 = optimizer.get_state(), expected.get_state()
        assert [a.shape for a in state] == [a.shape for a in state64]
        for a, a64 in zip(state, state64, strict=True):
            assert_close(a, a64, rtol=tol, atol=tol * max(1, np.abs(a64).max()))


@every_optimizer
def test_state(module, name, constants, slots):
    """Training goes on with the same bits: from a state, from a snapshot, after `restore`."""
    for further in ({}, {"clipnorm": 0.1, "weight_decay": 0.1}):
        constants = constants | further
        net, optimizer, training = deep_trainings(module, name, constants)[0]
        shapes = [a.shape for a, t in zip(net.get_weights(), net.trainable, strict=True) if t]
        state = optimizer.get_state()
        expected = shapes * len(slots) + [(1,)] * SCALARS.get(name, 0)
        assert [a.shape for a in state] == expected
        start = constants.get("initial_accumulator_value", 0.1)
        starts = [start if slot == "accumulator" else 0 for slot in slots for _ in shapes]
        assert all((a == a.dtype.type(s)).all() for a, s in zip(state, starts, strict=False))

        assert train(training, 0.01, epochs=1) == "epoch"
        middle = net.get_weights(), optimizer.get_state(), optimizer.iterations
        snapshots = net.snapshot(), optimizer.snapshot()
        assert optimizer.iterations == 4
        assert train(training, 0.01) == "epoch"
        end = net.get_weights() + optimizer.get_state()

        again, state, rest = deep_trainings(module, name, constants, epochs=1, first_epoch=1)[0]
        again.set_weights(middle[0])
        state.set_state(middle[1])
        state.iterations = middle[2]
        assert_same(state.get_state(), middle[1])
        assert train(rest, 0.01) == "epoch"
        assert_same(again.get_weights() + state.get_state(), end)
        assert state.iterations == optimizer.iterations == 8

        net.restore(snapshots[0])
        optimizer.restore(snapshots[1])
        assert optimizer.iterations == 4
        assert_same(net.get_weights() + optimizer.get_state(), middle[0] + middle[1])

    net, optimizer, training = deep_trainings(module, name, constants)[0]
    train(training, 0.01, epochs=1)
    before = net.get_weights() + optimizer.get_state()
    training.learning_rate = 0.01
    assert training.run(2, steps=3) == "running"
    assert optimizer.iterations == 7
    training.restore()
    assert_same(net.get_weights() + optimizer.get_state(), before)
    assert optimizer.iterations == 4


def test_states_are_copies(module):
    net, optimizer, training = deep_trainings(module, "adam", {})[0]
    before = optimizer.get_state()
    given = [a + 1 for a in before]
    optimizer.set_state(given)
    for a in given + optimizer.get_state():
        a += 1
    assert_same(optimizer.get_state(), [a + 1 for a in before])


@every_optimizer
def test_same_bits(module, name, constants, slots):
    """For any number of threads, and with a pause after every step."""
    results = set()
    runs = [(threads, {}) for threads in (1, 2, 3, 4, 7)] + [(1, {"steps": 1}), (2, {"steps": 3})]
    further = {"weight_decay": 0.1, "global_clipnorm": 0.1}
    for threads, limits in runs:
        net, optimizer, training = deep_trainings(
            module, name, constants | further, threads=threads
        )[0]
        assert train(training, 0.01, **limits) == "epoch"
        arrays = [*net.get_weights(), *optimizer.get_state(), training.history]
        results.add(b"".join(a.tobytes() for a in arrays))
    assert len(results) == 1


def test_sgd_is_the_default(module):
    ends = []
    for name in ("sgd", None):
        net, optimizer, training = deep_trainings(
            module, "sgd", {}, **({} if name else {"optimizer": None})
        )[0]
        assert train(training, 0.1) == "epoch"
        ends.append(net.get_weights())
    assert_same(*ends)


@pytest.mark.parametrize("decays", [(True, True), (True, False), (False, True), (False, False)])
def test_decays(module, decays):
    """At gradient 0 only what decays moves: w becomes w * (1 - rate * weight_decay)**steps."""
    constants = {"weight_decay": 0.5, "clipnorm": 1e-30}
    net, *_, training = linear_training(module, "sgd", decays=decays, **constants)
    before = net.get_weights()
    assert train(training, 0.25) == "epoch"
    for w, start, decaying in zip(net.get_weights(), before, decays, strict=True):
        factor = (1 - 0.125) ** STEPS if decaying else 1
        assert_close(w, start * factor, rtol=tolerance(module, STEPS))


def test_moving_statistics_do_not_decay(module):
    net, optimizer, training = deep_trainings(module, "adam", {"weight_decay": 0.5})[0]
    fixed, _, plain = deep_trainings(module, "adam", {})[0]
    for of in (training, plain):
        assert of.run(1, steps=1, seconds=100.0) == "running"
    assert net.trainable == (True, True, True, False, False, True, True, True, True)
    for a, b, trainable in zip(net.get_weights(), fixed.get_weights(), net.trainable, strict=True):
        assert trainable == (a != b).any()


def test_nonfinite_step_is_none(module):
    """A step whose cost is not finite moves neither weights nor state."""
    n_in, stages = dense([4, 3, 2], "tanh", "linear")
    net, _ = networks(module, n_in, stages)
    net.compile("mean_squared_error")
    y = random_rows(module, 50, 2, 0)
    y[20] = np.finfo(module.dtype).max
    optimizer = module.Optimizer(net, "adam")
    rows = module.Rows(random_rows(module, 50, 4, 1)), module.Rows(y)
    training = module.Training(net, *rows, 8, shuffle=False, optimizer=optimizer)
    training.learning_rate = 0.01
    assert training.run(1, steps=2, seconds=100.0) == "running"
    before = net.get_weights() + optimizer.get_state()
    assert training.run(1, seconds=100.0) == "nonfinite"
    training.restore()
    assert optimizer.iterations == 0 and not any(a.any() for a in optimizer.get_state())
    assert training.run(1, steps=2, seconds=100.0) == "running"
    assert_same(net.get_weights() + optimizer.get_state(), before)


def test_wrong_arguments(module):
    net, _ = networks(module, 3, [("dense", 2, "linear", True)])
    for name, constants in (("adam", {"momentum": 0.9}), ("sgd", {"beta_1": 0.9})):
        with pytest.raises(TypeError, match=next(iter(constants))):
            module.Optimizer(net, name, **constants)


def test_penalties_are_clipped_too(module):
    """The gradient of the penalty is part of the gradient; weight decay is not."""
    for penalties, clip in product(([(0.5, 0.25), (0, 0)],), ("clipvalue", "global_clipnorm")):
        net, _ = networks(module, 5, [("dense", 3, "linear", True)], penalties=penalties)
        net.compile("mean_squared_error")
        x, y = random_rows(module, 8, 5, 1), random_rows(module, 8, 3, 2)
        w, b = (a.astype(np.float64) for a in net.get_weights())
        dz = 2 * (x.astype(np.float64) @ w + b - y) / 3 / 8
        dws = [x.T @ dz + 0.5 * np.sign(w) + 0.5 * w, dz.sum(axis=0)]
        optimizer = module.Optimizer(net, "sgd", **{clip: 0.1})
        rows = module.Rows(x), module.Rows(y)
        assert train(module.Training(net, *rows, optimizer=optimizer), 1.0) == "epoch"
        tol = tolerance(module, 8, 5)
        for got, before, dw in zip(
            net.get_weights(), (w, b), clipped(dws, **{clip: 0.1}), strict=True
        ):
            assert_close(got, before - dw, rtol=tol, atol=tol)


@pytest.mark.parametrize("name", ["adam", "rmsprop", "adagrad", "nadam", "adamax", "adadelta"])
def test_no_epsilon(module, name):
    """Nothing is 0 / 0 in the padding of the engine's vectors."""
    net, _ = networks(module, *dense([5, 7, 3], "tanh", "linear"))
    net.compile("mean_squared_error")
    rows = [module.Rows(random_rows(module, 20, n, n)) for n in (5, 3)]
    optimizer = module.Optimizer(net, name, epsilon=0)
    training = module.Training(net, *rows, 10, 2, optimizer=optimizer)
    assert train(training, 0.01) == "epoch"
    assert all(np.isfinite(w).all() for w in net.get_weights())
