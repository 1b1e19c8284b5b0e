"""PReLU, and penalties of what passes through: part of the cost of a row and of the gradient."""

import numpy as np
import pytest
from compare import (
    ORACLE,
    assert_close,
    assert_same,
    networks,
    random_rows,
    tolerance,
    train,
    two_rows,
)

STAGES = [
    ("activity", 0.125, 0.25),
    ("dense", 17, "tanh", True),
    ("activity", 0.0, 0.5),
    ("prelu",),
    ("dense", 5, "linear", True),
    ("activity", 0.25, 0.0),
    ("activation", "softmax"),
    ("activity", 0.5, 0.5),
]


def test_cost(module):
    """The mean over the rows of sum(l1 |y| + l2 y**2), whatever their weights."""
    net = module.Network(20, [("activity", 0.5, 0.25)])
    net.compile("mean_squared_error", ("mean_squared_error",))
    x = random_rows(module, 300, 20, 0)
    w = np.random.default_rng(0).uniform(0, 2, (300, 1))
    expected = (0.5 * np.abs(x) + 0.25 * x.astype(np.float64) ** 2).sum()
    for threads in (1, 2):
        totals = net.evaluate(module.Rows(x), module.Rows(x), threads, module.Rows(w))
        assert_close(totals[:3], [expected, 300, 0], rtol=tolerance(module, 20), atol=1e-300)
    twice = net.evaluate(module.Rows(x), module.Rows(x[::-1]), scale=2.0)
    once = net.evaluate(module.Rows(x), module.Rows(x[::-1]))
    assert_close(twice[0] - expected, 2 * (once[0] - expected), rtol=1e-4)


@pytest.mark.parametrize("batch_size", [7, 64, 600])
@pytest.mark.parametrize("divided", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
def test_engine_and_oracle(module, batch_size, divided, weighted):
    nets = networks(module, 10, STAGES)
    w = np.random.default_rng(1).uniform(0, 2, (600, 1)) if weighted else None
    x, y = random_rows(module, 600, 10, 0), np.arange(600) % 5
    histories = []
    for m, net, (x_, y_, w_) in zip((module, ORACLE), nets, two_rows(module, x, y, w), strict=True):
        net.compile("sparse_categorical_crossentropy")
        training = m.Training(net, x_, y_, batch_size, 2, shuffle=False, weights=w_)
        if divided:
            training.divisors = np.full(training.steps_per_epoch, 3.0)
        assert train(training, 0.01 / (batch_size if divided else 1)) == "epoch"
        histories.append(training.history)
    tol = 10 * tolerance(module, 20, batch_size)
    assert_close(histories[0][:, 0], histories[1][:, 0], rtol=tol)
    for a, b in zip(nets[0].get_weights(), nets[1].get_weights(), strict=True):
        assert_close(a, b, rtol=tol, atol=tol)


def test_same_bits(module):
    results = []
    for threads in (1, 2, 3):
        net, _ = networks(module, 10, STAGES)
        net.compile("sparse_categorical_crossentropy")
        rows = module.Rows(random_rows(module, 300, 10, 0)), module.Rows(np.arange(300) % 5)
        training = module.Training(net, *rows, 300, 3, threads=threads)
        assert train(training, 0.1) == "epoch"
        results.append([*net.get_weights(), training.history])
    assert_same(results[0], results[1])
    assert_same(results[0], results[2])
