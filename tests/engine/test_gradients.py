"""Gradients against central differences in float64: every activation, cost, kind of stage."""

import re
from itertools import product

import numpy as np
import pytest
from compare import (
    COSTS,
    FROM_LOGITS,
    IMPLEMENTATIONS,
    dense,
    identity,
    kink_distance,
    networks,
    outputs,
    step,
    targets,
)

from trilobite import reference
from trilobite.reference import ACTIVATIONS

pytestmark = pytest.mark.parametrize(
    "module", [i for i in IMPLEMENTATIONS if i[1] == "float64"], indirect=True, ids="-".join
)
N, N_IN, H = 4, 3, 2.0**-16
DELTA = 0.5  # of the huber cost
DEEP = ["linear", "sigmoid", "tanh", "relu", "softmax"]  # one on top of another
POSITIVE = ["sigmoid", "relu", "softmax", "softplus", "exponential", "hard_sigmoid"]


def far(a, *limits, by=0.05):
    """Whether no element is near a limit; one exactly there is a constant, and stays there."""
    return all(((np.abs(a - limit) > by) | (a == limit)).all() for limit in limits)


def smooth_cost(loss, y, t):
    """Whether the cost of the output is smooth around y."""
    if loss in ("categorical_crossentropy", "sparse_categorical_crossentropy"):
        total = y.sum(axis=1, keepdims=True)
        return np.abs(total).min() > 0.3 and far(y / total, 0, 1)
    if loss in ("binary_crossentropy", "kl_divergence"):
        return far(y, 0, 1)
    if loss in ("mean_absolute_error", "mean_absolute_percentage_error"):
        return far(y - t, 0, by=1e-3) and far(t, 0)
    if loss == "huber":
        return far(y - t, -DELTA, DELTA, by=1e-3)
    if loss == "mean_squared_logarithmic_error":
        return far(y, 0)
    if loss == "poisson":
        return far(y, 0) and y.min() >= 0
    if loss in ("hinge", "squared_hinge"):
        return far(t * y, 1, by=1e-3)
    if loss == "categorical_hinge":
        *_, second, first = np.sort((1 - t) * y, axis=1).T
        return far(first - second, 0) and far(first - (t * y).sum(axis=1) + 1, 0)
    return True


def smooth(net, stages, loss, from_logits, x, t):
    """Whether cost and net are smooth around x: no kink, no clipping of p nearby."""
    if any(stage[0] not in ("dense", "activation") for stage in stages):
        return True  # the test chooses smooth ones
    weights = net.get_weights()
    if kink_distance(weights, stages, x) < 1e-3:
        return False
    *_, (_, y) = outputs(weights, stages, x)
    of_z = loss in FROM_LOGITS and (from_logits or reference.COSTS[loss].activation in stages[-1])
    return of_z or smooth_cost(loss, y, t)


def check(module, n_in, stages, loss, from_logits=False, label_smoothing=0.0, weighted=False, **of):
    """Relative error at most 1e-6, of each array of weights by its largest gradient."""
    for seed in range(1000):
        net, _ = networks(module, n_in, stages, seed, **of)
        rng = np.random.default_rng(seed)
        x = rng.uniform(-2, 2, (N, n_in))
        seen = x * of.get("scale", 1) + of.get("offset", 0)
        y = targets(rng, loss, N, net.n_out)
        if smooth(net, stages, loss, from_logits, seen, y):
            break
    else:
        raise AssertionError("no smooth example found")
    net.compile(loss, (), from_logits, label_smoothing, DELTA)
    weights = net.get_weights()
    trainable = getattr(net, "trainable", (True,) * len(weights))
    options = {"weights": module.Rows(rng.uniform(0, 2, (N, 1)))} if weighted else {}
    rows = module.Rows(x), module.Rows(y)

    def cost(i, at, change):
        changed = [a.copy() for a in weights]
        changed[i][at] += change
        net.set_weights(changed)
        if all(trainable) and not re.search("dropout|noise", str(stages)):
            return net.evaluate(*rows, **options)[0]
        training = module.Training(net, *rows, N, shuffle=False, **options)
        training.learning_rate = 0.0
        assert training.run(1) == "epoch"
        return training.history[0, 0]

    dws = step(module, net, x, y, learning_rate=2.0**-2, **options)
    for i, dw in enumerate(dws):
        if not trainable[i]:
            continue
        numeric = np.empty_like(dw)
        for at in np.ndindex(dw.shape):
            numeric[at] = (cost(i, at, H) - cost(i, at, -H)) / (2 * H)
        error, largest = np.abs(dw - numeric / N).max(), np.abs(numeric / N).max()
        assert error <= 1e-6 * largest + 1e-10, (i, error, largest)


@pytest.mark.parametrize("loss", ["mean_squared_error", *FROM_LOGITS])
@pytest.mark.parametrize("activation", DEEP)
def test_depths(module, activation, loss):
    for depth, use_bias in product((1, 2, 3, 4), (True, False)):
        check(module, *dense([N_IN, 5, 4, 5][:depth] + [3], activation, activation, use_bias), loss)


@pytest.mark.parametrize("loss", COSTS)
@pytest.mark.parametrize("output", ACTIVATIONS)
def test_outputs(module, output, loss):
    if loss == "poisson" and output not in POSITIVE:
        output = "sigmoid"  # there is no logarithm of the others' outputs
    check(module, *dense([N_IN, 4, 3], "tanh", output), loss)


@pytest.mark.parametrize("hidden", ACTIVATIONS)
def test_hidden_activations(module, hidden):
    for output, loss in product(DEEP, ("mean_squared_error", *FROM_LOGITS)):
        check(module, *dense([N_IN, 4, 3], hidden, output), loss)


NUMBERED = [("leaky_relu", 0.375), ("elu", 0.5), ("celu", 0.5), ("squareplus", 1.0)]
NUMBERED += [("bent_relu", 0.25, 0.5, 0.125), ("threshold", 0.25, -1.0), ("hard_shrink", 0.125)]
NUMBERED += [("soft_shrink", 0.125)]


@pytest.mark.parametrize("hidden", NUMBERED, ids=str)
def test_numbers_of_activations(module, hidden):
    """In few weights and in many, which the engine takes another way."""
    for width in (4, 40):
        check(module, *dense([N_IN, width, 3], hidden, "softmax"), "categorical_crossentropy")


@pytest.mark.parametrize("loss", FROM_LOGITS)
def test_from_logits(module, loss):
    for output in ACTIVATIONS:
        check(module, *dense([N_IN, 4, 3], "tanh", output), loss, from_logits=True)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_activation_stages(module, activation):
    stages = [
        ("activation", activation),
        ("dense", 4, "linear", True),
        ("activation", activation),
        ("activation", "tanh"),
        ("dense", 3, "tanh", True),
        ("activation", activation),
    ]
    check(module, N_IN, stages, "mean_squared_error", scale=0.5, offset=0.25)
    if activation not in ("soft_shrink", "tanh_shrink"):  # as probabilities they are next to 0
        for loss in FROM_LOGITS:
            check(module, N_IN, stages, loss, scale=0.5, offset=0.25)


def test_one_output(module):
    for activation, loss in product(("linear", "sigmoid", "tanh"), COSTS):
        if "categorical" not in loss and loss != "poisson":
            check(module, *dense([N_IN, 4, 1], "tanh", activation), loss)


@pytest.mark.parametrize("loss", FROM_LOGITS)
def test_label_smoothing(module, loss):
    for output, from_logits in product(("softmax", "sigmoid"), (False, True)):
        check(module, *dense([N_IN, 4, 3], "tanh", output), loss, from_logits, 0.2)


@pytest.mark.parametrize("loss", COSTS)
def test_weights_of_rows(module, loss):
    check(module, *dense([N_IN, 4, 3], "tanh", "sigmoid"), loss, weighted=True)


def test_penalties(module):
    n_in, stages = dense([N_IN, 4, 3], "tanh", "softmax")
    for penalties in ([(0.1, 0)] * 4, [(0, 0.1)] * 4, [(0, 0), (0.2, 0.3), (0.01, 0.1), (0, 0)]):
        check(module, n_in, stages, "categorical_crossentropy", penalties=penalties)
        check(module, n_in, stages, "mean_squared_error", weighted=True, penalties=penalties)


NORMALIZED = {
    "hidden": [("dense", 5, "linear", False), "bn", ("activation", "tanh"), ("dense", 3)],
    "at the input": ["bn", ("dense", 5, "tanh", True), ("dense", 3)],
    "after the activation": [("dense", 5, "tanh", True), "bn", ("dense", 3)],
    "at the output": [("dense", 5, "tanh", True), ("dense", 3, "linear", True), "bn"],
    "alone": ["bn"],
    "twice": ["bn", "bn", ("dense", 4, "sigmoid", True), "bn", ("dense", 3)],
}


@pytest.mark.parametrize("center", [True, False])
@pytest.mark.parametrize("scale", [True, False])
@pytest.mark.parametrize("where", NORMALIZED)
def test_batch_normalization(module, where, center, scale):
    for loss, output in (("mean_squared_error", "linear"), ("categorical_crossentropy", "softmax")):
        stages = [
            ("batch_normalization", 0.9, 1e-3, center, scale)
            if stage == "bn"
            else (*stage, output, True)
            if len(stage) == 2 and stage[0] == "dense"
            else stage
            for stage in NORMALIZED[where]
        ]
        if stages[-1][0] == "batch_normalization":
            stages.append(("activation", output))
        check(module, N_IN, stages, loss, weighted=loss == "mean_squared_error")


@pytest.mark.parametrize("frozen", [(0,), (1,), (2,), (0, 1), (1, 3), (3, 4)])
def test_frozen_stages(module, frozen):
    """What lies below a frozen stage still has its gradient."""
    stages = [
        ("dense", 5, "tanh", True),
        ("batch_normalization", 0.9, 1e-3, True, True),
        ("dense", 4, "gelu", True),
        ("batch_normalization", 0.9, 1e-3, False, True),
        ("dense", 3, "softmax", True),
    ]
    trained = [s not in frozen for s in range(len(stages))]
    options = {"trained": trained, "penalties": [(0.1, 0.2)] * 13}
    check(module, N_IN, stages, "categorical_crossentropy", **options)


def test_dropout(module):
    stages = [
        ("dropout", 0.3),
        ("dense", 6, "tanh", True),
        ("dropout", 0.5),
        ("batch_normalization", 0.9, 1e-3, True, True),
        ("dense", 5, "gelu", True),
        ("dropout", 0.25),
        ("dense", 3, "softmax", True),
    ]
    check(module, N_IN, stages, "categorical_crossentropy")
    check(module, N_IN, stages[:-1] + [("dense", 3, "linear", True)], "log_cosh", weighted=True)
    check(module, N_IN, [*stages, ("dropout", 0.5)], "mean_squared_error")


def test_noise(module):
    stages = [
        ("gaussian_noise", 0.3),
        ("dense", 6, "tanh", True),
        ("alpha_dropout", 0.5),
        ("gaussian_dropout", 0.2),
        ("dense", 5, "gelu", True),
        ("gaussian_noise", 0.25),
        ("dense", 3, "softmax", True),
    ]
    check(module, N_IN, stages, "categorical_crossentropy")
    check(module, N_IN, [*stages, ("alpha_dropout", 0.5)], "mean_squared_error", weighted=True)


def test_prelu_and_activities(module):
    stages = [
        ("activity", 0.1, 0.2),
        ("dense", 6, "tanh", True),
        ("prelu",),
        ("activity", 0.1, 0.1),
        ("dense", 3, "linear", True),
        ("prelu",),
        ("activity", 0.2, 0.1),
        ("activation", "softmax"),
        ("activity", 0.1, 0.0),
    ]
    for first in range(len(stages)):
        if stages[first][0] != "activation":
            check(module, N_IN, stages[first:], "mean_squared_error", weighted=first == 1)
    check(module, N_IN, stages, "categorical_crossentropy")


CLIPPED = {  # cost: (y, t) where the clipped probability lets no gradient pass
    "categorical_crossentropy": ([[0.0, 0.0, 2.0]], [[1, 0, 0]]),
    "sparse_categorical_crossentropy": ([[0.0, 0.0, 2.0]], [1]),
    "binary_crossentropy": ([[-0.5, 1.0, 2.0]], [[0, 1, 0]]),
    "kl_divergence": ([[-0.5, 1.0, 2.0]], [[0, 1, 0]]),
    "mean_squared_logarithmic_error": ([[-0.5, -1.0, 0.0]], [[0, 1, 0]]),
    "hinge": ([[-1.5, 1.0, 2.0]], [[-1, 1, 1]]),
    "squared_hinge": ([[-1.5, 1.0, 2.0]], [[-1, 1, 1]]),
    "categorical_hinge": ([[-1.5, 1.0, 2.0]], [[0, 0, 1]]),
}


@pytest.mark.parametrize("loss", CLIPPED)
def test_no_gradient_where_clipped(module, loss):
    y, t = map(np.array, CLIPPED[loss])
    net = identity(module, 3)
    net.compile(loss, ())
    (dw,) = step(module, net, y, t, learning_rate=1.0)
    assert not dw.any()
