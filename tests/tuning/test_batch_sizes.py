"""Batch sizes: what they take of time and memory, what they buy, and the rule of thumb."""

import subprocess
import sys

import numpy as np
import pytest

import trilobite as keras
from trilobite import layers, tuning
from trilobite.sklearn import MLPRegressor
from trilobite.tuning.batch_sizes import suggested

RNG = np.random.default_rng(0)
X = RNG.normal(size=(600, 8)).astype("f4")
Y = (X[:, 0] > X[:, 1]).astype("u1")


def net(optimizer="sgd", n_hidden=16):
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [keras.Input((8,)), layers.Dense(n_hidden, "relu"), layers.Dense(2, "softmax")]
    )
    model.compile(optimizer, "sparse_categorical_crossentropy")
    return model


def test_the_table():
    """Rates and epochs agree with each other, and the epochs with `fit`."""
    valid = X[500:], Y[500:]
    model = net("adam")
    found = tuning.batch_size(model, X[:500], Y[:500], validation_data=valid, epochs=4)
    assert [row["batch_size"] for row in found.table] == [8, 16, 32, 64, 128, 256]
    for row in found.table:
        assert row["bytes"] > 0 and row["rows_per_second"] > 0
        assert row["seconds_per_epoch"] == pytest.approx(500 / row["rows_per_second"])
        costs = (
            net("adam")
            .fit(X[:500], Y[:500], row["batch_size"], 8, 0, validation_data=valid)
            .history["val_loss"]
        )
        if row["batch_size"] == 32:
            assert found.target == min(costs[:4])
        reached = [k for k, cost in enumerate(costs, 1) if cost <= found.target]
        assert row["epochs"] == (reached[0] if reached else None)
        if reached:
            assert row["seconds"] == pytest.approx(reached[0] * row["seconds_per_epoch"])
    taken = [row["bytes"] for row in found.table]
    assert taken == sorted(taken)
    assert [row["epochs"] for row in found.table][0] <= 4
    assert found.suggestion == 32 and str(found).startswith("batch size 32: an epoch takes")


def test_the_model_stays_as_it_is():
    model = net()
    before = [w.tobytes() for w in model.get_weights()]
    tuning.batch_size(model, X, Y, epochs=1)
    assert [w.tobytes() for w in model.get_weights()] == before
    assert model.history is None and model.optimizer.iterations == 0


@pytest.mark.parametrize("optimizer", ["ftrl", "lion", "nadam"])
def test_speeds_by_any_optimizer(optimizer):
    found = tuning.batch_size(net(optimizer), X, Y, sizes=[32], epochs=0)
    assert found.table[0]["rows_per_second"] > 1e4


def test_a_cost_that_is_no_number():
    model = keras.Sequential([keras.Input((1,)), layers.Dense(1)])
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match="a gradient that is not finite, expected rows"):
        tuning.batch_size(model, np.full((9, 1), 1e30), np.full(9, -1e30), epochs=0)


def test_what_does_not_fit_is_not_tried():
    needs = [row["bytes"] for row in tuning.batch_size(net(), X, Y, epochs=0).table]
    found = tuning.batch_size(net(), X, Y, epochs=0, memory=needs[1])
    assert [row["rows_per_second"] is None for row in found.table] == [False] * 2 + [True] * 5
    assert found.suggestion == 16
    assert found.reason == "a step of 32 rows does not fit the memory"
    found = tuning.batch_size(net(), X, Y, memory=1, epochs=0)
    assert found.suggestion == 8 and f"needs {needs[0]:,} bytes" in found.reason


def rows(**speeds):
    """A table for 1,000 rows."""
    return [
        {
            "batch_size": int(size[1:]),
            "bytes": 1,
            "rows_per_second": speed,
            "seconds_per_epoch": speed and 1000 / speed,
        }
        for size, speed in speeds.items()
    ]


@pytest.mark.parametrize(
    ("speeds", "size", "reason"),
    [
        ({"b16": 900, "b32": 2000, "b64": 4000}, 32, "an epoch takes 0.5 s"),
        ({"b32": 100, "b64": 200, "b128": 400, "b256": 800}, 128, "with 32, 2.5 s with this one"),
        ({"b32": 100, "b64": 105, "b128": 400}, 32, "larger batches are not faster"),
        ({"b32": 600, "b64": 1200, "b128": 2400}, 64, "0.833 s with this one"),
        ({"b64": 2000, "b128": 3000}, 64, "an epoch takes 0.5 s"),
    ],
)
def test_the_rule_of_thumb(speeds, size, reason):
    suggestion, why = suggested(rows(**speeds), 1.0)
    assert suggestion == size and reason in why


def test_an_estimator_and_sizes():
    estimator = MLPRegressor(hidden_layer_sizes=(8,), random_state=0, learning_rate_init=0.01)
    found = tuning.batch_size(estimator, X, X[:, 0], sizes=[100, 20], epochs=3)
    assert [row["batch_size"] for row in found.table] == [20, 100]
    assert found.table[0]["epochs"] <= 3 and found.target < 1
    found = tuning.batch_size(estimator, X, X[:, 0], sizes=[20], target=0.0)
    assert found.table[0]["epochs"] is None and found.target == 0.0


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"sizes": [0]}, ValueError, "sizes: got 0"),
        ({"sizes": [601]}, ValueError, "sizes: got 601"),
        ({"sizes": []}, ValueError, "sizes: got none"),
        ({"sizes": 5}, TypeError, "sizes: got 5 .int., expected a sequence"),
        ({"epochs": -1}, ValueError, "epochs: got -1"),
        ({"slow": "no"}, TypeError, "slow: got 'no'"),
        ({"memory": 0.5}, TypeError, "memory: got 0.5"),
        ({"target": float("nan")}, ValueError, "target: got nan"),
    ],
)
def test_refused(options, error, message):
    with pytest.raises(error, match=message):
        tuning.batch_size(net(), X, Y, **options)


PROCESS = """
import ctypes, sys, numpy as np, trilobite as keras
from trilobite import layers, tuning

def resident():
    with open("/proc/self/status") as lines:
        (line,) = [line for line in lines if line.startswith("VmRSS")]
    return int(line.split()[1]) * 1024

class Watch(keras.callbacks.Callback):
    most = 0
    def on_train_batch_end(self, batch, logs=None):
        Watch.most = max(Watch.most, resident())

def made(n_in, widths, normalized):
    model = keras.Sequential([keras.Input((n_in,))])
    for n in widths:
        model.add(layers.Dense(n, activation="relu"))
        if normalized:
            model.add(layers.BatchNormalization())
    model.add(layers.Dense(1))
    model.compile("adam", "mse")
    return model

size, widths, normalized = int(sys.argv[1]), eval(sys.argv[2]), sys.argv[3] == "True"
rng = np.random.default_rng(0)
x, y = rng.random((8192, 256), dtype="f4"), rng.random(8192, dtype="f4")
made(256, [8], True).fit(x[:64], y[:64], verbose=0, callbacks=[Watch()])
keras.set_num_threads(1)
model = made(256, widths, normalized)
(row,) = tuning.batch_size(model, x, y, sizes=[size], epochs=0, memory=1).table
ctypes.CDLL(None).malloc_trim(0)  # what the copy took is not to be taken again
before = resident()
model.fit(x, y, size, verbose=0, callbacks=[Watch()])
print(row["bytes"], Watch.most - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize(
    ("size", "widths", "normalized"),
    [(4096, [512, 512], True), (8192, [1024], True), (32, [2000, 1000], False)],
)
def test_the_memory_of_a_process_grows_as_told(size, widths, normalized):
    """Within 10 %, told before anything is taken; some hundred MB."""
    arguments = [str(size), str(widths), str(normalized)]
    done = subprocess.run(
        [sys.executable, "-c", PROCESS, *arguments], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    told, grown = map(int, done.stdout.split())
    assert told > 40e6
    assert abs(told - grown) <= 0.1 * grown, (told, grown)


def test_a_picture():
    pytest.importorskip("matplotlib").use("agg")
    found = tuning.batch_size(net(), X, Y, epochs=0)
    ax = found.plot()
    assert list(ax.lines[0].get_ydata()) == [row["rows_per_second"] for row in found.table]
