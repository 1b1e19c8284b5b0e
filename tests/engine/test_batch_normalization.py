"""Batch normalization: statistics of the batch in training, moving ones in inference."""

import numpy as np
import pytest
from compare import (
    ORACLE,
    assert_close,
    assert_same,
    means,
    networks,
    random_rows,
    tolerance,
    train,
    two_rows,
)
from hypothesis import given
from hypothesis import strategies as st

EPSILON = 2.0**-10


def alone(module, n_columns, momentum=0.9, center=True, scale=True, **options):
    return module.Network(
        n_columns, [("batch_normalization", momentum, EPSILON, center, scale)], **options
    )


def test_arrays(module):
    for center in (True, False):
        for scale in (True, False):
            net = alone(module, 3, center=center, scale=scale)
            start = [1.0] * scale + [0.0] * center + [0.0, 1.0]
            assert [a.tolist() for a in net.get_weights()] == [[value] * 3 for value in start]
            assert net.trainable == (True,) * (center + scale) + (False, False)
            assert net.n_parameters == 3 * len(start)
            assert net.n_trainable == 3 * (center + scale)


@pytest.mark.parametrize("center", [True, False])
@pytest.mark.parametrize("scale", [True, False])
def test_inference(module, center, scale):
    net = alone(module, 5, center=center, scale=scale)
    rng = np.random.default_rng(0)
    gamma, beta, mean, variance = rng.uniform(0.5, 2, (4, 5)).astype(module.dtype)
    net.set_weights([gamma] * scale + [beta] * center + [mean, variance])
    before = net.get_weights()
    x = random_rows(module, 40, 5, 0)
    out = np.full_like(x, np.nan)
    assert net.predict(module.Rows(x), out)
    y = (x.astype("f8") - mean) / np.sqrt(variance.astype("f8") + EPSILON)
    y = y * (gamma if scale else 1) + (beta if center else 0)
    tol = tolerance(module, 4)
    assert_close(out, y, rtol=tol, atol=tol)
    net.compile("mean_squared_error")
    for n in (1, 7, 40):  # rows do not see each other
        cost = net.evaluate(module.Rows(x[:n]), module.Rows(np.zeros((n, 5))))
        assert_close(cost, [(y[:n] ** 2).sum() / 5, n], rtol=tolerance(module, 40))
    assert_same(net.get_weights(), before)


@pytest.mark.parametrize("momentum", [0.0, 0.5, 0.99])
@pytest.mark.parametrize("n", [1, 2, 13, 300, 700])
def test_statistics(module, n, momentum):
    """Of the whole batch; biased variance; `moving * momentum + batch * (1 - momentum)`."""
    n_columns = 19
    net = alone(module, n_columns, momentum)
    net.compile("mean_squared_error")
    x = random_rows(module, n, n_columns, 1) * 3 + 2
    t = random_rows(module, n, n_columns, 2)
    training = module.Training(net, module.Rows(x), module.Rows(t), n, 3, shuffle=False)
    assert train(training, 0.0) == "epoch"
    x, t = x.astype("f8"), t.astype("f8")
    mean, variance = x.mean(axis=0), x.var(axis=0)
    y = (x - mean) / np.sqrt(variance + EPSILON)
    left = momentum**3
    tol = tolerance(module, n)
    gamma, beta, moving_mean, moving_variance = net.get_weights()
    assert (gamma == 1).all() and (beta == 0).all()
    assert_close(moving_mean, mean * (1 - left), rtol=tol, atol=tol)
    assert_close(moving_variance, left + variance * (1 - left), rtol=10 * tol, atol=10 * tol)
    cost = ((y - t) ** 2).sum() / n_columns
    # where all rows are nearly the same the root of the tiny variance loses digits
    assert_close(training.history, [[cost, n]] * 3, rtol=100 * tol if n > 1 else tol)


def test_one_row(module):
    """Its own mean: x_hat is 0, y is beta; gamma has no gradient, and below it nothing has."""
    net, _ = networks(
        module,
        4,
        [
            ("dense", 3, "tanh", True),
            ("batch_normalization", 0.9, 1e-3, True, True),
            ("dense", 2, "linear", True),
        ],
    )
    net.compile("mean_squared_error")
    before = net.get_weights()
    rows = module.Rows(random_rows(module, 5, 4, 0)), module.Rows(random_rows(module, 5, 2, 1))
    assert train(module.Training(net, *rows, 1, 2), 0.1) == "epoch"
    moved = [(a != b).any() for a, b in zip(net.get_weights(), before, strict=True)]
    assert moved == [False] * 3 + [True] * 5


def deep(module, threads=1, weights=False, **options):
    stages = [
        ("batch_normalization", 0.99, 1e-3, True, False),
        ("dense", 33, "tanh", False),
        ("batch_normalization", 0.9, 1e-2, True, True),
        ("activation", "tanh"),
        ("dropout", 0.25),
        ("dense", 18, "sigmoid", True),
        ("batch_normalization", 0.5, 1e-3, False, True),
        ("dense", 3, "softmax", True),
    ]
    nets = networks(module, 10, stages)
    n = options.pop("n", 300)
    w = np.random.default_rng(3).uniform(0, 2, (n, 1)) if weights else None
    both = two_rows(module, random_rows(module, n, 10, 0), np.arange(n) % 3, w)
    options = {"batch_size": 64, "epochs": 2, "seed": 5} | options
    trainings = []
    for m, net, (x, y, of) in zip((module, ORACLE), nets, both, strict=True):
        net.compile("sparse_categorical_crossentropy", ("sparse_categorical_crossentropy",))
        theirs = (
            dict(permutation=module.permutation, dropout_mask=module.dropout_mask)
            if m is ORACLE
            else {"threads": threads}
        )
        trainings.append(m.Training(net, x, y, weights=of, **options, **theirs))
    return *nets, *trainings, both[0]


@given(
    n=st.integers(20, 300),
    batch_size=st.sampled_from([10, 16, 64, 256, 257, 1000]),
    threads=st.integers(1, 3),
    weights=st.booleans(),
)
def test_engine_and_oracle(module, n, batch_size, threads, weights):
    net, oracle, training, expected, _ = deep(module, threads, weights, n=n, batch_size=batch_size)
    assert train(training, 0.01) == train(expected, 0.01) == "epoch"
    # a last batch of two nearly equal rows divides by the root of a tiny variance
    tol = (1000 if 0 < n % batch_size < 4 else 100) * tolerance(module, 33, n)
    assert_close(means(training.history), means(expected.history), rtol=tol, atol=tol)
    for w, w64 in zip(net.get_weights(), oracle.get_weights(), strict=True):
        assert_close(w, w64, rtol=tol, atol=tol)


@pytest.mark.parametrize("batch_size", [64, 300, 700])
def test_same_bits(module, batch_size):
    results = set()
    runs = [(threads, {}) for threads in (1, 2, 3, 4, 7)]
    for threads, limits in [*runs, (1, {"steps": 1}), (2, {"steps": 3}), (3, {"seconds": 1e-9})]:
        net, _, training, _, (x, y, w) = deep(module, threads, True, batch_size=batch_size, n=700)
        assert train(training, 0.1, **limits) == "epoch"
        out = np.empty((700, 3), module.dtype)
        net.predict(x, out, threads)
        totals = net.evaluate(x, y, threads, w)
        arrays = [*net.get_weights(), training.history, out, totals]
        results.add(b"".join(a.tobytes() for a in arrays))
    assert len(results) == 1


def test_snapshot_and_restore(module):
    """The moving statistics too; and a training's `restore` puts them back."""
    net, _, training, _, _ = deep(module)
    assert train(training, 0.1, epochs=1) == "epoch"
    before, kept = net.get_weights(), net.snapshot()
    training.learning_rate = 0.1
    assert training.run(2, steps=2, seconds=100.0) == "running"
    after = net.get_weights()
    assert all((a != b).any() for a, b in zip(before, after, strict=True))
    net.restore(kept)
    assert_same(net.get_weights(), before)
    net.set_weights(after)
    training.restore()
    assert_same(net.get_weights(), before)
    assert train(training, 0.1) == "epoch"
    again, _, straight, _, _ = deep(module)
    assert train(straight, 0.1) == "epoch"
    assert_same(net.get_weights(), again.get_weights())


def test_nonfinite_step_moves_no_statistics(module):
    net = alone(module, 2)
    net.compile("mean_squared_error")
    x, y = random_rows(module, 30, 2, 0), random_rows(module, 30, 2, 1)
    y[20] = np.finfo(module.dtype).max
    training = module.Training(net, module.Rows(x), module.Rows(y), 8, shuffle=False)
    first = net.get_weights()
    assert training.run(1, steps=2, seconds=100.0) == "running"
    before = net.get_weights()
    assert training.run(1, seconds=100.0) == "nonfinite"
    moving = [k for k, trainable in enumerate(net.trainable) if not trainable]
    assert_same([net.get_weights()[k] for k in moving], [before[k] for k in moving])
    training.restore()
    assert_same(net.get_weights(), first)
