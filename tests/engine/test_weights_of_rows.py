"""Weights of rows (sample weights) in the cost, its gradient and the totals."""

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
from hypothesis import given
from hypothesis import strategies as st

METRICS = ("weighted:mean_absolute_error", "mean_absolute_error")


def training_of(module, x, y, weights, batch_size=32, **options):
    net, _ = networks(module, *dense([6, 9, 3], "tanh", "softmax"))
    net.compile("categorical_crossentropy", METRICS)
    rows = module.Rows(x), module.Rows(y)
    weights = None if weights is None else module.Rows(np.asarray(weights)[:, None])
    return net, rows, module.Training(net, *rows, batch_size, weights=weights, **options)


def data(module, n, seed=0):
    rng = np.random.default_rng(seed)
    return random_rows(module, n, 6, seed), np.eye(3)[rng.integers(0, 3, n)]


def test_ones_are_no_weights(module):
    ends = []
    x, y = data(module, 70)
    for weights in (None, np.ones(70), np.ones(70, np.uint8)):
        net, rows, training = training_of(module, x, y, weights)
        assert train(training, 0.5) == "epoch"
        ends.append([*net.get_weights(), training.history])
    for end in ends[1:]:
        for a, b in zip(end, ends[0], strict=True):
            tol = tolerance(module, 70)
            assert_close(a, b, rtol=tol, atol=tol)


def test_weight_2_is_the_row_twice(module):
    """But for the divisor, which is the number of rows."""
    x, y = data(module, 12)
    weights = np.arange(12) % 3
    often = np.repeat(np.arange(12), weights)
    net, rows, training = training_of(module, x, y, weights)
    repeated, more_rows, other = training_of(module, x[often], y[often], None)
    before = net.get_weights()
    assert train(training, 0.5) == train(other, 0.5 * len(often) / 12) == "epoch"
    tol = 4 * tolerance(module, 12)
    for a, b in zip(net.get_weights(), repeated.get_weights(), strict=True):
        assert_close(a, b, rtol=tol, atol=tol)
    got, expected = training.history[0], other.history[0]
    assert_close(got[[0, 2, 3]], expected[[0, 2, 3]], rtol=tol)
    assert (got[1], got[5], expected[1], expected[5]) == (12, 12, len(often), len(often))
    net.set_weights(before)
    weights = module.Rows(weights[:, None])
    assert_close(net.evaluate(*rows, weights=weights), got, rtol=tol)


@pytest.mark.parametrize("batch_size", [4, 32])
def test_rows_of_weight_0(module, batch_size):
    """They count as rows, and else not at all: whatever y they have."""
    x, y = data(module, 40)
    weights = np.r_[np.ones(20), np.zeros(20)]
    ends = []
    for wrong in (y[20:], y[20:][:, ::-1], np.full((20, 3), 1 / 3)):
        given = np.r_[y[:20], wrong]
        net, rows, training = training_of(module, x, given, weights, batch_size, epochs=2)
        assert train(training, 0.5) == "epoch"
        assert np.isfinite(training.history).all()
        assert training.history[:, 1].tolist() == [40, 40]
        assert training.history[:, 3].tolist() == [20, 20]
        ends.append([*net.get_weights(), training.history[:, :4].copy()])
    assert_same(ends[0], ends[1])
    assert_same(ends[0], ends[2])


def test_batches_of_weight_0(module):
    """Nothing moves, nothing is divided by 0."""
    x, y = data(module, 40)
    net, rows, training = training_of(module, x, y, np.zeros(40), 8, epochs=2)
    before = net.get_weights()
    assert train(training, 0.5) == "epoch"
    assert_same(net.get_weights(), before)
    assert training.history[:, :4].tolist() == [[0, 40, 0, 0]] * 2
    got = net.evaluate(*rows, weights=module.Rows(np.zeros((40, 1))))
    assert got[:4].tolist() == [0, 40, 0, 0]


@given(
    n=st.integers(1, 300),
    batch_size=st.sampled_from([1, 16, 64, 1000]),
    threads=st.integers(1, 3),
    dtype=st.sampled_from(["f4", "f8", "u1", "i8"]),
    shuffle=st.booleans(),
)
def test_engine_and_oracle(module, n, batch_size, threads, dtype, shuffle):
    nets = networks(module, *dense([6, 33, 3], "tanh", "softmax"))
    weights = np.random.default_rng(n).uniform(0, 3, (n, 1)).astype(dtype)
    both = two_rows(module, *data(module, n), weights)
    trainings = []
    for m, net, (x, y, w) in zip((module, ORACLE), nets, both, strict=True):
        net.compile("categorical_crossentropy", METRICS)
        options = {"permutation": module.permutation} if m is ORACLE else {"threads": threads}
        options |= {"seed": n, "shuffle": shuffle, "epochs": 2}
        trainings.append(m.Training(net, x, y, batch_size, weights=w, **options))
    training, expected = trainings
    assert train(training, 0.01) == train(expected, 0.01) == "epoch"
    tol = 4 * tolerance(module, 33, n)
    assert_close(training.history, expected.history, rtol=tol, atol=tol)
    for w, w64 in zip(nets[0].get_weights(), nets[1].get_weights(), strict=True):
        assert_close(w, w64, rtol=tol, atol=tol)
    got, got64 = (net.evaluate(x, y, weights=w) for net, (x, y, w) in zip(nets, both))  # noqa: B905
    assert_close(got, got64, rtol=tol, atol=tol)


def test_same_bits(module):
    results = set()
    x, y = data(module, 300)
    weights = np.random.default_rng(1).uniform(0, 3, 300)
    for batch_size in (64, 300):
        results = set()
        for threads in (1, 2, 3, 4, 7):
            for limits in ({}, {"steps": 1}):
                net, rows, training = training_of(
                    module, x, y, weights, batch_size, epochs=2, threads=threads
                )
                assert train(training, 0.5, **limits) == "epoch"
                totals = net.evaluate(*rows, threads, module.Rows(weights[:, None]))
                arrays = [*net.get_weights(), training.history, totals]
                results.add(b"".join(a.tobytes() for a in arrays))
        assert len(results) == 1
