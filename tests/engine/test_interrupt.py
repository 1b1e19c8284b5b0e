"""Ctrl-C is heard in calls that would take minutes, and long steps come in short runs.

The rows are one row again and again, which takes no memory. Signals are looked at some twenty times
a second, and a test waits for seconds: no machine is too slow for that.
"""

import _thread
import threading
import time

import numpy as np
import pytest
from compare import assert_close, identity, networks, random_rows

FOREVER = 10**9  # rows
SOON = 5.0  # seconds


@pytest.fixture
def engine(module):
    if module.name == "reference":
        pytest.skip("is Python, which hears every signal")
    return module


def repeated(module, n, width=1):
    return module.Rows(np.broadcast_to(np.zeros((1, width), module.dtype), (n, width)))


def assert_interrupted(call):
    """A call that Ctrl-C ends."""
    sent = []

    def interrupt():
        sent.append(time.perf_counter())
        _thread.interrupt_main()

    timer = threading.Timer(0.1, interrupt)
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        call()
    late = time.perf_counter() - sent[0]
    timer.join()
    assert late < SOON


@pytest.mark.parametrize("threads", [1, 2])
def test_predict(engine, threads, sigint):
    net, _ = networks(engine, 20, [("dense", 50, "tanh", True), ("dense", 1, "linear", True)])
    out = np.empty((FOREVER // 10, 1), engine.dtype)  # only what is written takes memory
    x = repeated(engine, len(out), 20)
    assert_interrupted(lambda: net.predict(x, out, threads))
    few = np.empty((3, 1), engine.dtype)
    assert net.predict(engine.Rows(np.zeros((3, 20))), few, threads)
    assert (few == few[0]).all() and few[0] == out[0]


@pytest.mark.parametrize("threads", [1, 2])
def test_evaluate(engine, threads, sigint):
    net = identity(engine, 1)
    net.compile("mean_squared_error", [("auc", 1000)])
    x = repeated(engine, FOREVER)
    assert_interrupted(lambda: net.evaluate(x, x, threads))
    assert net.evaluate(repeated(engine, 3), repeated(engine, 3), threads)[:2].tolist() == [0, 3]


def test_check_of_all_rows(engine, sigint):
    assert_interrupted(repeated(engine, 10 * FOREVER).find_nonfinite)


def test_training(engine, sigint):
    """A run ends by itself, and Python hears the signal."""
    net = identity(engine, 1)
    net.compile("mean_squared_error")
    x = repeated(engine, 10**6)
    training = engine.Training(net, x, x, 10**6, 10**9)

    def train():
        while training.run(10**9) == "running":
            pass

    assert_interrupted(train)


@pytest.mark.parametrize("shuffle", [True, False])
def test_order_of_many_rows_is_made_in_pieces(engine, shuffle):
    """And is that of `permutation`."""
    n, batch_size = 400_000, 1000
    x = np.arange(n).reshape(-1, 1) / n
    net = identity(engine, 1)
    net.compile("mean_squared_error")
    rows = engine.Rows(x), engine.Rows(np.zeros((n, 1)))
    training = engine.Training(
        net, *rows, batch_size, 2, seed=3, first_epoch=5, shuffle=shuffle, threads=2
    )
    training.learning_rate = 0.0
    for epoch in range(2):
        order = engine.permutation(n, 3, 5 + epoch) if shuffle else np.arange(n)
        runs = 1
        while training.run(2, seconds=0.0, steps=1) == "running" and training.step == 0:
            runs += 1
        assert runs > 3  # the last one has made a step
        for steps in (120, 200):
            done = training.rows_done
            expected = (x[order[:done]].astype(engine.dtype).astype(np.float64) ** 2).sum()
            assert_close(training.totals(), [expected, done], rtol=1e-4)
            assert training.run(2, seconds=100.0, steps=steps) == "running"
        assert training.run(epoch + 1, seconds=100.0) == "epoch"


def test_order_given_while_it_is_made(engine):
    """It takes the place of what there is so far."""
    n = 400_000
    x = np.arange(n).reshape(-1, 1) / n
    net = identity(engine, 1)
    net.compile("mean_squared_error")
    training = engine.Training(net, engine.Rows(x), engine.Rows(np.zeros((n, 1))), 1000, 2)
    training.learning_rate = 0.0
    assert training.run(2, seconds=0.0) == "running" and training.step == 0
    training.set_order(np.arange(n)[::-1])
    assert training.run(2, seconds=100.0, steps=1) == "running"
    assert_close(training.totals(), [(x[-1000:] ** 2).sum(), 1000], rtol=1e-4)
    assert training.run(1, seconds=100.0) == "epoch"
    assert training.run(2, seconds=100.0, steps=1) == "running"
    first = engine.permutation(n, 0, 1)[:1000]
    assert_close(training.totals(), [(x[first] ** 2).sum(), 1000], rtol=1e-4)


@pytest.mark.parametrize("kind", ["large", "normalized"])
def test_long_steps_come_in_short_runs(engine, kind):
    """No run is longer than 256 rows on their way through a net take."""
    n, stages = 256 * 40, [("dense", 8, "relu", True), ("dense", 1, "linear", True)]
    if kind == "normalized":
        stages.insert(1, ("batch_normalization", 0.9, 1e-3, True, True))
    net, _ = networks(engine, 5, stages)
    net.compile("mean_squared_error")
    rows = engine.Rows(random_rows(engine, n, 5, 0)), engine.Rows(np.zeros((n, 1)))
    training = engine.Training(net, *rows, n, threads=1)
    before, runs = net.get_weights(), 0
    while training.step == 0 and training.run(1, seconds=0.0) == "running":
        runs += 1
        for got, expected in zip(net.get_weights(), before, strict=True):
            np.testing.assert_array_equal(got, expected)
    assert runs >= {"large": 39, "normalized": 40 * 4 - 2}[kind]
