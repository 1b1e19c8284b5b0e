"""Penalties (regularizers) in the cost, its gradient and the totals."""

import numpy as np
import pytest
from compare import (
    ORACLE,
    assert_close,
    assert_same,
    dense,
    networks,
    random_rows,
    tolerance,
    train,
    two_rows,
)

NET = dense([6, 9, 3], "tanh", "linear")
PENALTIES = [
    [(0.1, 0), (0, 0), (0, 0), (0, 0)],
    [(0, 0.1), (0, 0), (0, 0.2), (0, 0)],
    [(0.1, 0.2), (0.3, 0), (0, 0.4), (0.5, 0.6)],
]


def penalty(weights, penalties):
    return sum(
        l1 * np.abs(w).sum() + l2 * np.square(w, dtype="f8").sum()
        for w, (l1, l2) in zip(weights, penalties, strict=True)
    )


def rows_of(module, n):
    return module.Rows(random_rows(module, n, 6, 0)), module.Rows(random_rows(module, n, 3, 1))


@pytest.mark.parametrize("penalties", PENALTIES)
def test_cost(module, penalties):
    """Rows times the penalty of the weights used for them, whatever the weights of the rows."""
    net, _ = networks(module, *NET, penalties=penalties)
    plain, _ = networks(module, *NET)
    rows = rows_of(module, 50)
    weights = module.Rows(np.random.default_rng(0).uniform(0, 2, (50, 1)))
    for each in (net, plain):
        each.compile("mean_squared_error", ("mean_squared_error",))
    tol = tolerance(module, 6 * 9, 50)
    for given in (None, weights):
        got, without = (each.evaluate(*rows, weights=given) for each in (net, plain))
        assert_close(got[0] - without[0], 50 * penalty(net.get_weights(), penalties), rtol=tol)
        assert_same([got[1:]], [without[1:]])
        training = module.Training(net, *rows, 8, shuffle=False, weights=given)
        assert train(training, 0.0) == "epoch"
        assert_close(training.history[0], got, rtol=tol, atol=tol)


@pytest.mark.parametrize("penalties", PENALTIES)
@pytest.mark.parametrize("batch_size", [7, 50])
def test_engine_and_oracle(module, penalties, batch_size):
    nets = networks(module, *NET, penalties=penalties)
    trainings = []
    both = two_rows(module, random_rows(module, 50, 6, 0), random_rows(module, 50, 3, 1))
    for m, net, rows in zip((module, ORACLE), nets, both, strict=True):
        net.compile("mean_squared_error")
        trainings.append(m.Training(net, *rows, batch_size, 2, shuffle=False))
    assert train(trainings[0], 0.01) == train(trainings[1], 0.01) == "epoch"
    tol = 4 * tolerance(module, 6 * 9, 50)
    assert_close(trainings[0].history, trainings[1].history, rtol=tol, atol=tol)
    for w, w64 in zip(nets[0].get_weights(), nets[1].get_weights(), strict=True):
        assert_close(w, w64, rtol=tol, atol=tol)


def test_l2_alone_shrinks_the_weights(module):
    """Where the cost is flat: w becomes w * (1 - 2 * l2 * rate)**steps."""
    net, _ = networks(module, *NET, penalties=[(0, 0.25)] * 4)
    net.compile("mean_squared_error")
    rows = rows_of(module, 40)
    weights = module.Rows(np.zeros((40, 1), np.uint8))
    before = net.get_weights()
    assert train(module.Training(net, *rows, 8, 2, weights=weights), 0.25) == "epoch"
    for w, start in zip(net.get_weights(), before, strict=True):
        assert_close(w, start * 0.875**10, rtol=tolerance(module, 10))


def test_l1_leaves_0_alone(module):
    """Its gradient is l1 * sign(w), 0 where w is."""
    net, _ = networks(module, 2, [("dense", 3, "linear", False)], penalties=[(0.5, 0)])
    net.compile("mean_squared_error")
    w = np.array([[1.0, 0.0, -1.0], [-0.0, 2.0, -2.0]], module.dtype)
    net.set_weights([w])
    rows = module.Rows(np.zeros((8, 2))), module.Rows(np.zeros((8, 3)))
    assert train(module.Training(net, *rows), 0.5) == "epoch"
    assert_close(net.get_weights()[0], w - 0.25 * np.sign(w), rtol=tolerance(module, 1))


def test_zeros_are_no_penalties(module):
    ends = []
    for penalties in (None, [(0, 0)] * 4):
        net, _ = networks(module, *NET, penalties=penalties)
        net.compile("mean_squared_error")
        training = module.Training(net, *rows_of(module, 50), 8)
        assert train(training, 0.1) == "epoch"
        ends.append([*net.get_weights(), training.history])
    assert_same(*ends)


def test_same_bits(module):
    results = set()
    for threads in (1, 2, 3, 4, 7):
        for limits in ({}, {"steps": 1}):
            nets = networks(
                module,
                *dense([20, 33, 17, 3], "tanh", "linear"),
                penalties=[(0.01, 0.02), (0, 0.1)] * 3,
            )
            nets[0].compile("mean_squared_error")
            x, y = random_rows(module, 300, 20, 0), random_rows(module, 300, 3, 1)
            rows = module.Rows(x), module.Rows(y)
            training = module.Training(nets[0], *rows, 128, 2, threads=threads)
            assert train(training, 0.1, **limits) == "epoch"
            totals = nets[0].evaluate(*rows, threads)
            arrays = [*nets[0].get_weights(), training.history, totals]
            results.add(b"".join(a.tobytes() for a in arrays))
    assert len(results) == 1
