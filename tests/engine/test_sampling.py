"""Orders of the rows: each row once an epoch, every order as likely as another."""

import numpy as np
import pytest
from compare import assert_close, assert_same, dense, networks, random_rows, tolerance, train


def test_permutation(module):
    counts = {}
    for n in (1, 2, 3, 1000):
        assert sorted(module.permutation(n, 3, 1)) == list(range(n))
    for other in ((1000, 3, 2), (1000, 4, 1)):
        assert (np.array(module.permutation(1000, 3, 1)) != module.permutation(*other)).mean() > 0.9
    assert_same([module.permutation(50, 3, 1)], [module.permutation(50, 3, 1)])
    for seed in range(4800):  # each of the 24 orders of 4 rows 200 times, +- 5 sigma
        order = tuple(module.permutation(4, seed % 60, seed // 60))
        counts[order] = counts.get(order, 0) + 1
    assert len(counts) == 24
    assert max(abs(count - 200) for count in counts.values()) < 70


@pytest.mark.parametrize("n, batch_size", [(300, 32), (64, 8), (10, 1), (5, 7)])
def test_each_row_once_an_epoch(module, n, batch_size):
    """Row i is the unit vector i: a step moves those weights that belong to its rows."""
    net = module.Network(n, [("dense", 1, "linear", False)])
    net.compile("mean_squared_error", ())
    x, y = module.Rows(np.eye(n, dtype=np.uint8)), module.Rows(np.ones(n))
    training = module.Training(net, x, y, batch_size, epochs=3, seed=7, first_epoch=2)
    steps, training.learning_rate = training.steps_per_epoch, 2.0**-10
    assert steps == -(-n // batch_size)
    orders = []
    for epoch in range(3):
        net.set_weights([np.zeros((n, 1), module.dtype)])
        for k in range(steps):
            assert (training.epoch, training.step) == (epoch, k)
            before = net.get_weights()[0]
            end = epoch == 2 and k == steps - 1
            assert training.run(3, steps=1) == ("epoch" if end else "running")
            orders.append(set(np.flatnonzero(net.get_weights()[0] != before)))
        # twice the learning rate, divided by the rows of the batch
        w = net.get_weights()[0]
        last = n - (steps - 1) * batch_size
        assert (w > 0).all() and (w == w.dtype.type(2.0**-9 / last)).sum() >= min(last, n)
    assert training.rows_done in (0, n)
    for epoch in range(3):
        order = module.permutation(n, 7, 2 + epoch)
        for k in range(steps):
            rows = set(np.array(order[k * batch_size : (k + 1) * batch_size]))
            assert rows == orders[epoch * steps + k]


def test_last_batch_of_60000_rows_at_128(module):
    rng = np.random.default_rng(0)
    x, y = rng.random((60000, 3)), rng.random(60000)
    net = module.Network(3, [("dense", 1, "linear", True)])
    net.compile("mean_squared_error", ())
    training = module.Training(net, module.Rows(x), module.Rows(y), 128, seed=5)
    assert training.steps_per_epoch == 469
    training.learning_rate = 0.01
    while training.step < 468:
        training.run(1, steps=468 - training.step)
    assert training.rows_done == 60000 - 96
    w, b = (a.astype(np.float64) for a in net.get_weights())
    assert train(training, 2.0**6) == "epoch"
    last = np.array(module.permutation(60000, 5, 0))[-96:]
    dz = 2 * (x[last] @ w + b - y[last, None])
    tol = tolerance(module, 96, 3)
    after = net.get_weights()
    for i, dw in enumerate((x[last].T @ dz, dz.sum(0))):
        assert_close(((w, b)[i] - after[i]) / 2.0**6, dw / 96, rtol=tol, atol=tol)


def test_order_of_the_next_epoch(module):
    n = 50
    x, y = random_rows(module, n, 4, 0), random_rows(module, n, 2, 1)
    order = np.random.default_rng(2).permutation(n).astype(np.int64)
    nets = [networks(module, *dense([4, 5, 2], "tanh", "linear"))[0] for _ in range(2)]
    for net in nets:
        net.compile("mean_squared_error", ())
    given_order = module.Training(nets[0], module.Rows(x), module.Rows(y), 8, 2, seed=1)
    given_order.set_order(order)
    train(given_order, epochs=1)
    reordered = module.Rows(x[order]), module.Rows(y[order])
    train(module.Training(nets[1], *reordered, 8, shuffle=False))
    assert_same(*(net.get_weights() for net in nets))
    # after it the shuffle again, that of epoch 1
    train(given_order)
    rest = module.Training(nets[1], module.Rows(x), module.Rows(y), 8, seed=1, first_epoch=1)
    train(rest)
    assert_same(*(net.get_weights() for net in nets))
    assert (given_order.history[1] == rest.history[0]).all()
