"""What is kept grows neither with rows, nor with epochs asked for, nor with threads asked for."""

import tracemalloc

import numpy as np
import pytest
from compare import assert_same, dense, identity, networks

MB = 1e6


def peak(call):
    """Bytes that a call takes at most, NumPy's arrays among them, and what it returns."""
    tracemalloc.start()
    try:
        result = call()
        return tracemalloc.get_traced_memory()[1], result
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("metrics", [[("auc", 10_000)], ["r2_score"]])
def test_evaluate(engine, metrics):
    """A million rows: totals of some segments, as many whatever the number of threads."""
    n, width = 10**6, 1 if "r2_score" not in metrics else 300
    net = identity(engine, width)
    net.compile("mean_squared_error", metrics)
    n //= width
    x = engine.Rows(np.broadcast_to(np.full((1, width), 0.5), (n, width)))
    most, totals = peak(lambda: net.evaluate(x, x))
    assert most < 20 * MB
    assert_same([totals], [net.evaluate(x, x, 3)])
    assert totals[:2].tolist() == [0, n]


@pytest.mark.parametrize("thresholds, epochs", [(100_000, 10**6), (200, 10**9)])
def test_training(engine, thresholds, epochs):
    net = identity(engine, 1)
    net.compile("mean_squared_error", [("auc", thresholds)])
    x = engine.Rows(np.full((10, 1), 0.5))

    def train():
        training = engine.Training(net, x, x, epochs=epochs)
        for epoch in range(50):
            assert training.run(epoch + 1, seconds=100.0) == "epoch"
        return training

    assert peak(train)[0] < 20 * MB


def test_threads(engine):
    """As many as a team has at most, and as there is work for."""
    net, _ = networks(engine, *dense([100, 1000, 10], "relu", "softmax"))
    net.compile("sparse_categorical_crossentropy")
    x, y = engine.Rows(np.ones((1000, 100))), engine.Rows(np.zeros(1000, np.uint8))
    few, many = (
        peak(lambda threads=threads: engine.Training(net, x, y, 200, threads=threads))[0]
        for threads in (1, 100_000)
    )
    of_each = 4 * 1024 * 64  # four matrices, a vector for each output
    assert many < few + 256 * of_each + MB
    out = np.empty((1000, 10), engine.dtype)
    assert peak(lambda: net.predict(x, out, 100_000))[0] < 20 * MB
