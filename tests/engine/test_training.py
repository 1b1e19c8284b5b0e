"""Progress of a training, its history, and what stops it."""

import numpy as np
import pytest
from compare import (
    assert_close,
    assert_same,
    dense,
    identity,
    networks,
    random_rows,
    tolerance,
    train,
)


def small_training(module, **options):
    net, _ = networks(module, *dense([4, 3, 2], "tanh", "linear"))
    net.compile("mean_squared_error", ("mean_absolute_error",))
    x, y = random_rows(module, 50, 4, 0), random_rows(module, 50, 2, 1)
    return net, module.Training(net, module.Rows(x), module.Rows(y), 8, **options), x, y


def test_progress(module):
    net, training, x, y = small_training(module, epochs=2, shuffle=False)
    training.learning_rate = 0.0
    assert training.run(2, steps=3) == "running"
    assert (training.epoch, training.step, training.rows_done) == (0, 3, 24)
    first = net.evaluate(module.Rows(x[:24]), module.Rows(y[:24]))
    assert_close(training.totals(), first, rtol=tolerance(module, 24))
    assert train(training, 0.0, epochs=1) == "epoch"
    assert (training.epoch, training.steps_per_epoch) == (1, 7)
    assert train(training, 0.0) == "epoch"
    assert training.run(2) == "epoch"  # nothing left to do
    whole = net.evaluate(module.Rows(x), module.Rows(y))
    assert training.history.dtype == np.float64
    assert_close(training.history, [whole, whole], rtol=tolerance(module, 50))


def test_accuracy_is_a_mean_over_the_rows(module):
    rng = np.random.default_rng(0)
    x = rng.random((75, 5)).astype(module.dtype)
    net = identity(module, 5)
    classes, values, bits = rng.integers(0, 5, 75), rng.random((75, 5)), rng.integers(0, 2, (75, 5))
    for loss, metric, t, right in (
        ("sparse_categorical_crossentropy", "sparse_categorical_accuracy", classes)
        + (x.argmax(1) == classes,),
        ("mean_squared_error", "categorical_accuracy", values, x.argmax(1) == values.argmax(1)),
        ("binary_crossentropy", "binary_accuracy", bits, (x > 0.5) == bits),
    ):
        net.compile(loss, (metric,))
        rows = module.Rows(x), module.Rows(t)
        assert_close(net.evaluate(*rows)[2:], [right.mean() * 75, 75], rtol=1e-12)
        training = module.Training(net, *rows)
        assert train(training, 0.0) == "epoch"
        assert_close(training.history[0, 2:], [right.mean() * 75, 75], rtol=1e-12)


@pytest.mark.parametrize("batch_size", [8, 50])
def test_nonfinite_training(module, batch_size):
    """Batches of 8: the next cost overflows. Of 50: the weights do, at the end of the epoch."""
    rate = {"float32": 1e38, "float64": 1e308}[module.dtype]
    net, _, x, y = small_training(module)
    y = (y * 1e6).astype(y.dtype)
    for threads in (1, 2):
        rows = module.Rows(x), module.Rows(y)
        training = module.Training(net, *rows, batch_size, epochs=3, threads=threads)
        assert train(training, 1e-7, epochs=1) == "epoch"
        before = net.get_weights()
        assert train(training, rate) == "nonfinite"
        assert training.epoch == 1
        if batch_size < 50:
            assert not np.isfinite(training.totals()[0])
            assert training.step < training.steps_per_epoch  # at once
        training.restore()
        assert_same(net.get_weights(), before)
        assert np.isfinite(training.history[0]).all()
        assert train(module.Training(net, *rows, batch_size, threads=threads), 1e-7) == "epoch"


def test_refused_before_anything_is_read(module):
    if module.name == "reference":
        pytest.skip("memory is the engine's concern")
    with pytest.raises(ValueError, match="stages"):
        module.Network(3, [])
    net, _ = networks(module, 3, [("dense", 2, "linear", True)])
    net.compile("mean_squared_error")
    rows = module.Rows(np.ones((4, 3))), module.Rows(np.ones((4, 2)))
    with pytest.raises(ValueError, match="threads"):
        module.Training(net, *rows, threads=0)
    with pytest.raises(ValueError):
        net.restore(net.snapshot()[:1])


@pytest.mark.parametrize("thresholds", [2, 1000, 10**6])
def test_history_is_of_the_last_epochs(module, thresholds):
    """Those of the last run, and before as far as a megabyte holds them."""
    if module.name == "reference":
        pytest.skip("memory is the engine's concern")
    net, _ = networks(module, 1, [("dense", 1, "sigmoid", True)])
    net.compile("mean_squared_error", [("auc", thresholds)])
    rows = module.Rows(np.ones((1, 1))), module.Rows(np.ones((1, 1)))
    training = module.Training(net, *rows, epochs=10**12)
    most = max(1, 2**20 // (8 * (2 + 2 * thresholds)))
    costs, status = [], "running"
    while status == "running":
        done = training.epoch
        status = training.run(3 * most, seconds=60)
        of_run = training.history[-(training.epoch - done) :]
        assert len(of_run) == training.epoch - done <= len(training.history) <= most
        costs += of_run[:, 0].tolist()
    assert status == "epoch" and len(costs) == training.epoch == 3 * most
    other, _ = networks(module, 1, [("dense", 1, "sigmoid", True)])
    other.compile("mean_squared_error")
    alone = module.Training(other, *rows, epochs=3 * most)
    assert alone.run(3 * most, seconds=60) == "epoch"
    assert costs == alone.history[:, 0].tolist()
