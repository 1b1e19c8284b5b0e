"""Gaussian noise, Gaussian dropout, alpha dropout: what is drawn, and what is made of it."""

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
from scipy import stats

KINDS = [("gaussian_noise", 0.5), ("gaussian_dropout", 0.3), ("alpha_dropout", 0.3)]


def test_normal(module):
    """Mean, variance, distribution; rows, columns and neighbours do not depend on each other."""
    drawn = np.asarray(module.normal_noise(3, 0, 0, 1, 500, 400), np.float64)
    assert drawn.shape == (500, 400) and np.isfinite(drawn).all()
    assert stats.kstest(drawn.ravel(), "norm").pvalue > 1e-4
    for axis in (0, 1):
        assert (abs(drawn.mean(axis=axis)) <= 5 / np.sqrt(drawn.shape[axis])).all()
    for ahead in [(0, 1), (0, 2), (0, 8), (0, 16), (1, 0), (2, 0), (1, 1)]:
        neighbour = np.roll(drawn, ahead, axis=(0, 1))
        assert abs((drawn * neighbour).mean()) <= 5 / np.sqrt(drawn.size)
        assert abs((drawn**2 * neighbour**2).mean() - 1) <= 15 / np.sqrt(drawn.size)


def test_extremes_come(module):
    """In a quarter of a million numbers the largest are those of a normal distribution."""
    drawn = np.asarray(module.normal_noise(5, 1, 2, 3, 500, 500), np.float64)
    assert 4 < drawn.max() < 6 and -6 < drawn.min() < -4


def test_each_is_its_own(module):
    at = [(3, 0, 0, 1), (4, 0, 0, 1), (3, 1, 0, 1), (3, 0, 1, 1), (3, 0, 0, 2), (0, 3, 1, 0)]
    drawn = [np.asarray(module.normal_noise(*of, 200, 100), np.float64) for of in at]
    assert_same(drawn[0][:50], np.asarray(module.normal_noise(*at[0], 50, 100), np.float64))
    for i, a in enumerate(drawn):
        for b in drawn[:i]:
            assert abs((a * b).mean()) <= 5 / np.sqrt(a.size)


def deep(module, stage, threads=1, **options):
    stages = [
        stage,
        ("dense", 33, "selu", True),
        stage,
        ("dense", 17, "tanh", True),
        ("dense", 3, "softmax", True),
    ]
    nets = networks(module, 10, stages)
    rows = two_rows(module, random_rows(module, 300, 10, 0), np.arange(300) % 3)
    options = {"batch_size": 64, "epochs": 2, "seed": 5, "first_epoch": 3} | options
    trainings = []
    for m, net, of in zip((module, ORACLE), nets, rows, strict=True):
        net.compile("sparse_categorical_crossentropy", ("sparse_categorical_accuracy",))
        drawn = ("permutation", "dropout_mask", "normal_noise")
        theirs = {name: getattr(module, name) for name in drawn}
        theirs = theirs if m is ORACLE else {"threads": threads}
        trainings.append(m.Training(net, *of, **options, **theirs))
    return *nets, *trainings


@pytest.mark.parametrize("batch_size", [7, 64, 300])
@pytest.mark.parametrize("stage", KINDS, ids=str)
def test_engine_and_oracle(module, stage, batch_size):
    net, oracle, training, expected = deep(module, stage, 2, batch_size=batch_size)
    assert train(training, 0.01) == train(expected, 0.01) == "epoch"
    tol = 10 * tolerance(module, 33, 300)
    assert_close(means(training.history)[:, 0], means(expected.history)[:, 0], rtol=tol, atol=tol)
    for w, w64 in zip(net.get_weights(), oracle.get_weights(), strict=True):
        assert_close(w, w64, rtol=tol, atol=tol)


@pytest.mark.parametrize("stage", KINDS, ids=str)
def test_same_bits(module, stage):
    results = set()
    for threads, limits in [(1, {}), (2, {}), (3, {}), (7, {}), (2, {"steps": 1})]:
        net, _, training, _ = deep(module, stage, threads, batch_size=300)
        assert train(training, 0.1, **limits) == "epoch"
        results.add(b"".join(a.tobytes() for a in [*net.get_weights(), training.history]))
    assert len(results) == 1


@pytest.mark.parametrize("kind", [kind for kind, _ in KINDS])
def test_0_and_inference_are_exactly_nothing(module, kind):
    x = random_rows(module, 50, 7, 0)
    for rate in (0.0, 0.5):
        net = module.Network(7, [("dense", 7, "linear", False), (kind, rate)])
        net.set_weights([np.eye(7, dtype=module.dtype)])
        net.compile("mean_squared_error")
        out = np.full_like(x, np.nan)
        assert net.predict(module.Rows(x), out) and (out == x).all()
        training = module.Training(net, module.Rows(x), module.Rows(x))
        assert train(training, 0.0) == "epoch"
        assert (training.history[0, 0] == 0) == (rate == 0)


@pytest.mark.parametrize("stage", KINDS, ids=str)
def test_moments(module, stage):
    """Of ones the mean stays; alpha dropout keeps mean 0 and variance 1 of what has them."""
    kind, rate = stage
    n, normal = 2000, np.random.default_rng(0).normal(size=(2000, 50)).astype(module.dtype)
    x = normal if kind == "alpha_dropout" else np.ones_like(normal)
    net = module.Network(50, [("dense", 50, "linear", False), stage])
    net.set_weights([np.eye(50, dtype=module.dtype)])
    net.compile("mean_squared_error", ("mean_absolute_error",))
    training = module.Training(net, module.Rows(x), module.Rows(np.zeros_like(x)), n)
    assert train(training, 0.0) == "epoch"
    second = means(training.history)[0, 0]  # of y**2
    expected = {
        "alpha_dropout": (x**2).mean(),
        "gaussian_noise": 1 + rate**2,
        "gaussian_dropout": 1 + rate / (1 - rate),
    }
    assert abs(second - expected[kind]) < 0.03
