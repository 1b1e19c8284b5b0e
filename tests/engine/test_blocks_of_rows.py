"""Rows that are shuffled in blocks, and in a buffer of several of them."""

import numpy as np
import pytest
from compare import ORACLE, assert_close, assert_same, dense, means, networks, train, two_rows

SHAPES = [(1, 1, 1), (100, 7, 3), (100, 10, 10), (100, 33, 1), (101, 1, 5), (64, 200, 9)]


@pytest.mark.parametrize("n, rows, at_once", SHAPES)
def test_rows_of_a_buffer_stay_together(module, n, rows, at_once):
    order = module.permutation(n, 3, 5, rows, at_once)
    assert sorted(order) == list(range(n))
    blocks = list(dict.fromkeys((order // rows).tolist()))  # as they come
    buffers = [blocks.index(block) // at_once for block in (order // rows).tolist()]
    assert buffers == sorted(buffers)


def test_order_depends_on_seed_and_epoch(module):
    orders = [module.permutation(500, *at, 10, 4).tolist() for at in [(0, 0), (0, 1), (1, 0)]]
    assert len(set(map(tuple, orders))) == 3
    assert orders[0] == module.permutation(500, 0, 0, 10, 4).tolist()


def test_rows_within_a_buffer_come_in_any_order(module):
    """Each of 4 rows at each of 4 places a quarter of the time: chi squared of 9 below 40."""
    counts = np.zeros((4, 4))
    for epoch in range(4000):
        counts[module.permutation(4, 1, epoch, 2, 2), np.arange(4)] += 1
    assert ((counts - 1000) ** 2 / 1000).sum() < 40


@pytest.mark.parametrize("n, rows, at_once", SHAPES)
@pytest.mark.parametrize("batch_size", [1, 8, 30, 1000])
def test_a_training_takes_this_order(engine, n, rows, at_once, batch_size):
    """The bits of one whose order was set, in any number of threads, paused after each step."""
    x, t = np.random.default_rng(0).uniform(size=(2, n, 3))
    ends = []
    for threads in (None, 1, 3):
        net, _ = networks(engine, *dense([3, 5, 3], "tanh", "linear"), scale=0.5)
        net.compile("mean_squared_error")
        blocks = dict(block_rows=rows, blocks_at_once=at_once) if threads else {}
        training = engine.Training(
            net, engine.Rows(x), engine.Rows(t), batch_size, 2, seed=7, first_epoch=4,
            threads=threads or 1, **blocks,
        )  # fmt: skip
        for epoch in range(2):
            if not threads:
                training.set_order(engine.permutation(n, 7, 4 + epoch, rows, at_once))
            while training.run(epoch + 1, seconds=100.0, steps=1) == "running":
                pass
        ends.append([*net.get_weights(), training.history])
    for end in ends[1:]:
        assert_same(end, ends[0])


def test_reference_takes_the_same(engine):
    nets = networks(engine, *dense([3, 5, 3], "tanh", "linear"), scale=0.5)
    rows = two_rows(engine, *np.random.default_rng(0).uniform(size=(2, 90, 3)))
    options = dict(batch_size=16, epochs=3, seed=2, block_rows=7, blocks_at_once=4)
    for net in nets:
        net.compile("mean_squared_error")
    training = engine.Training(nets[0], *rows[0], **options)
    expected = ORACLE.Training(nets[1], *rows[1], **options, permutation=engine.permutation)
    assert train(training) == train(expected) == "epoch"
    assert_close(means(training.history), means(expected.history), rtol=1e-5)


def test_an_epoch_begins_anew_after_restore(engine):
    x, t = np.random.default_rng(0).uniform(size=(2, 100, 3))
    ends = []
    for interrupted in (False, True):
        net, _ = networks(engine, *dense([3, 3], "tanh", "linear"), scale=0.5)
        net.compile("mean_squared_error")
        rows = engine.Rows(x), engine.Rows(t)
        training = engine.Training(net, *rows, 8, 1, block_rows=9, blocks_at_once=3)
        if interrupted:
            assert training.run(1, seconds=100.0, steps=7) == "running"
            training.restore()
        assert train(training) == "epoch"
        ends.append([*net.get_weights(), training.history])
    assert_same(*ends)


def test_what_is_not_possible_is_said(engine):
    net, _ = networks(engine, *dense([3, 3], "tanh", "linear"))
    net.compile("mean_squared_error")
    rows = [engine.Rows(np.zeros((10, 3))) for _ in range(2)]
    with pytest.raises(ValueError, match="block_rows, blocks_at_once: -1, 1 given"):
        engine.Training(net, *rows, block_rows=-1)
    with pytest.raises(ValueError, match="block_rows, blocks_at_once: 2, 0 given"):
        engine.Training(net, *rows, block_rows=2, blocks_at_once=0)
    with pytest.raises(ValueError, match="given beside block_rows"):
        engine.Training(net, *rows, block_rows=2).set_order(np.arange(10))
