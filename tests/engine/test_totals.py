"""What holds for the totals of every metric: they add up, agree with the oracle, and more."""

import numpy as np
from compare import (
    ORACLE,
    assert_close,
    identity,
    networks,
    random_rows,
    targets,
    tolerance,
    train,
)
from hypothesis import given
from hypothesis import strategies as st

from trilobite.reference import METRICS

N = 211
WEIGHTS = np.random.default_rng(9).uniform(0, 3, N).astype(np.float32)
WEIGHTS[::7] = 0
NUMBERED = [("binary_accuracy", 0.3), ("top_k_categorical_accuracy", 2)]
NUMBERED += [("sparse_top_k_categorical_accuracy", 3), ("huber", 0.25), ("confusion", (0.2, 0.7))]
NUMBERED += [("by_output:confusion", (0.2,)), ("of_largest:confusion", (0.5,)), ("auc", 20)]


def weighted_too(name):
    """A metric without and with weights."""
    return [
        name,
        (f"weighted:{name[0]}", name[1]) if isinstance(name, tuple) else f"weighted:{name}",
    ]


def everything():
    """Metrics that make sense of bits t and scores y, without and with weights."""
    names = [name for name in METRICS if "sparse" not in name and name not in ("auc", "poisson")]
    names = [name for name in names if "hinge" not in name and "percentage" not in name]
    names += [name for name in NUMBERED if "sparse" not in name[0]]
    return [each for name in names for each in weighted_too(name)]


def deep(module, metrics):
    net, oracle = networks(module, 7, [("dense", 20, "tanh", True), ("dense", 4, "sigmoid", True)])
    for each in (net, oracle):
        each.compile("binary_crossentropy", metrics)
    x, t = random_rows(module, N, 7, 0), np.random.default_rng(0).integers(0, 2, (N, 4))
    return net, oracle, x, t


def batches(metrics, size=8):
    """A few at a time."""
    return [metrics[i : i + size] for i in range(0, len(metrics), size)]


def test_totals_of_blocks_add_up(module):
    for metrics in batches(everything()):
        net, _, x, t = deep(module, metrics)
        of = [
            net.evaluate(*map(module.Rows, (x[at], t[at], WEIGHTS[at, None])[:2]), 2,
                         module.Rows(WEIGHTS[at, None]))
            for at in (slice(0, 50), slice(50, 51), slice(51, N), slice(0, N))
        ]  # fmt: skip
        tol = tolerance(module, N, 20)
        assert_close(of[0] + of[1] + of[2], of[3], rtol=tol, atol=tol)


def test_no_rows(module):
    net, _, x, t = deep(module, ["confusion", "r2_score", ("auc", 3), "mean_squared_error"])
    got = net.evaluate(module.Rows(x[:0]), module.Rows(t[:0]))
    assert got.shape == (2 + 4 + 16 + 6 + 2,) and not got.any()


def test_history_is_what_evaluate_gives(module):
    """At learning rate 0; and `totals` in the middle of an epoch those of the rows so far."""
    for metrics in batches(everything()):
        net, _, x, t = deep(module, metrics)
        rows, w = [module.Rows(x), module.Rows(t)], module.Rows(WEIGHTS[:, None])
        training = module.Training(net, *rows, 32, shuffle=False, weights=w)
        training.learning_rate = 0.0
        assert training.run(1, seconds=100.0, steps=3) == "running"
        tol = tolerance(module, N, 20)
        first = [module.Rows(a[:96]) for a in (x, t, WEIGHTS[:, None])]
        expected = net.evaluate(*first[:2], weights=first[2])
        assert_close(training.totals(), expected, rtol=tol, atol=tol)
        assert train(training, 0.0) == "epoch"
        assert training.history.shape == (1, 2 + sum(net.sizes))
        expected = net.evaluate(*rows, 2, w)
        assert_close(training.history[0], expected, rtol=tol, atol=tol)


def test_engine_and_oracle(module):
    for metrics in batches(everything()):
        net, oracle, x, t = deep(module, metrics)
        given = [[m.Rows(a) for a in (x, t, WEIGHTS[:, None])] for m in (module, ORACLE)]
        got = net.evaluate(*given[0][:2], 2, given[0][2])
        expected = oracle.evaluate(*given[1][:2], weights=given[1][2])
        tol = 4 * tolerance(module, N, 20)
        # a score that rounds to the other side of a threshold moves a weight of up to 3
        at = [2]
        for size in net.sizes:
            at.append(at[-1] + size)
        assert_close(got[:2], expected[:2], rtol=tol)
        for name, a, b in zip(metrics, at, at[1:], strict=False):
            atol = 3 if "auc" in str(name) and module.dtype == "float32" else tol
            assert_close(got[a:b], expected[a:b], rtol=tol, atol=atol)


def test_same_bits(module):
    for metrics in batches(everything()):
        results = set()
        for threads in (1, 2, 3, 4, 7):
            net, _, x, t = deep(module, metrics)
            rows, w = [module.Rows(x), module.Rows(t)], module.Rows(WEIGHTS[:, None])
            training = module.Training(net, *rows, 64, 2, threads=threads, weights=w)
            assert train(training, 0.1) == "epoch"
            totals = net.evaluate(*rows, threads, w)
            results.add(training.history.tobytes() + totals.tobytes())
        assert len(results) == 1


@given(
    n=st.integers(0, 40),
    n_out=st.integers(1, 20),
    name=st.sampled_from(sorted(set(METRICS) - {"poisson"}) + NUMBERED),
    weighted=st.booleans(),
    seed=st.integers(0, 1000),
)
def test_any_shape(module, n, n_out, name, weighted, seed):
    """Engine and oracle agree on any number of rows and outputs."""
    rng = np.random.default_rng(seed)
    plain = (name if isinstance(name, str) else name[0]).split(":")[-1]
    loss = "sparse_categorical_crossentropy" if "sparse" in plain else "mean_squared_error"
    y = (rng.integers(0, 64, (n, n_out)) + 0.5) / 64  # exact, and on no threshold
    t = targets(rng, plain, n, n_out)
    if plain in ("binary_accuracy", "confusion", "auc", "top_k_categorical_accuracy"):
        t = rng.integers(0, 2, (n, n_out))
    elif "sparse" in plain:
        t = rng.integers(0, n_out, n)
    else:
        t = np.round(t * 64) / 64
    w = rng.integers(0, 4, (n, 1)).astype(np.float32)
    if weighted:
        name = f"weighted:{name}" if isinstance(name, str) else (f"weighted:{name[0]}", name[1])
    got = []
    for m in (module, ORACLE):
        net = identity(m, n_out)
        net.compile(loss, [name])
        got.append(net.evaluate(m.Rows(y), m.Rows(t), weights=m.Rows(w)))
    tol = 8 * tolerance(module, n, n_out)
    assert_close(*got, rtol=tol, atol=tol * max(1, n))
