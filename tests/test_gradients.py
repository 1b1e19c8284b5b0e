"""Gradients against central differences in float64: every activation, every cost, depths 1 to 4."""

from itertools import product

import numpy as np
import pytest
from compare import (
    IMPLEMENTATIONS,
    dense,
    identity,
    kink_distance,
    networks,
    outputs,
    step,
    targets,
)

from trilobite.reference import ACTIVATIONS, FUSED, LOSSES

pytestmark = pytest.mark.parametrize(
    "module", [i for i in IMPLEMENTATIONS if i[1] == "float64"], indirect=True, ids="-".join
)
N, N_IN, H = 4, 3, 2.0**-16


def smooth(net, stages, loss, from_logits, x):
    """Whether cost and net are smooth around x: no kink of a relu, no clipping of p nearby."""
    weights = net.get_weights()
    if kink_distance(weights, stages, x) < 1e-3:
        return False
    *_, (_, y) = outputs(weights, stages, x)
    if loss == "mean_squared_error" or from_logits or FUSED.get(loss) in stages[-1]:
        return True
    if loss != "binary_crossentropy":
        total = y.sum(axis=1, keepdims=True)
        if np.abs(total).min() < 0.3:
            return False
        y = y / total
    # a relu's 0 and the 1 of its only positive output stay what they are
    return all(((np.abs(y - limit) > 0.05) | (y == limit)).all() for limit in (0, 1))


def check(module, n_in, stages, loss, from_logits=False, **options):
    """Relative error at most 1e-6, of each array of weights by its largest gradient."""
    for seed in range(1000):
        net, _ = networks(module, n_in, stages, seed, **options)
        rng = np.random.default_rng(seed)
        x = rng.uniform(-2, 2, (N, n_in))
        seen = x * options.get("scale", 1) + options.get("offset", 0)
        if smooth(net, stages, loss, from_logits, seen):
            break
    else:
        raise AssertionError("no smooth example found")
    y = targets(rng, loss, N, net.n_out)
    net.compile(loss, (), from_logits)
    rows = module.Rows(x), module.Rows(y)
    weights = net.get_weights()

    def cost(i, at, change):
        changed = [a.copy() for a in weights]
        changed[i][at] += change
        net.set_weights(changed)
        return net.evaluate(*rows, N)[0]

    dws = step(module, net, x, y, learning_rate=2.0**-2)
    for i, dw in enumerate(dws):
        numeric = np.empty_like(dw)
        for at in np.ndindex(dw.shape):
            numeric[at] = (cost(i, at, H) - cost(i, at, -H)) / (2 * H)
        error, largest = np.abs(dw - numeric).max(), np.abs(numeric).max()
        assert error <= 1e-6 * largest + 1e-10, (i, error, largest)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_depths(module, activation, loss):
    for depth, use_bias in product((1, 2, 3, 4), (True, False)):
        check(module, *dense([N_IN, 5, 4, 5][:depth] + [3], activation, activation, use_bias), loss)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("hidden", ACTIVATIONS)
def test_output_activations(module, hidden, loss):
    for output in ACTIVATIONS:
        check(module, *dense([N_IN, 4, 3], hidden, output), loss)


@pytest.mark.parametrize("loss", FUSED)
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
    for loss in LOSSES:
        check(module, N_IN, stages, loss, scale=0.5, offset=0.25)


def test_one_output(module):
    for activation, loss in product(("linear", "sigmoid", "tanh"), LOSSES):
        if "categorical" not in loss:
            check(module, *dense([N_IN, 4, 1], "tanh", activation), loss)


CLIPPED = {  # cost: (y, t) where the clipped probability lets no gradient pass
    "categorical_crossentropy": ([[0.0, 0.0, 2.0]], [[1, 0, 0]]),
    "sparse_categorical_crossentropy": ([[0.0, 0.0, 2.0]], [1]),
    "binary_crossentropy": ([[-0.5, 1.0, 2.0]], [[0, 1, 0]]),
}


@pytest.mark.parametrize("loss", CLIPPED)
def test_no_gradient_where_clipped(module, loss):
    y, t = map(np.array, CLIPPED[loss])
    net = identity(module, 3)
    net.compile(loss, ())
    (dw,) = step(module, net, y, t, learning_rate=1.0)
    assert not dw.any()
