"""Constraints: what the engine and the reference make of arrays after a step."""

import numpy as np
import pytest
from compare import ORACLE, assert_close, networks, random_rows, tolerance, train, two_rows

MAX, UNIT, WITHIN = ("norm", 0.0, 0.5, 1.0), ("norm", 1.0, 1.0, 1.0), ("norm", 0.25, 0.75, 0.5)
CONSTRAINTS = [MAX, UNIT, WITHIN, ("non_negative",)]


def defined(w, name, *numbers):
    """The definition: of each column of a matrix, or of a vector."""
    if name == "non_negative":
        return np.maximum(w, 0)
    low, high, rate = numbers
    n = np.linalg.norm(w, axis=0)
    return w * (rate * np.clip(n, low, high) + (1 - rate) * n) / (1e-7 + n)


STAGES = [
    ("dense", 37, "relu", True),
    ("batch_normalization", 0.9, 1e-3, True, True),
    ("prelu",),
    ("dense", 19, "tanh", True),
    ("dense", 3, "softmax", False),
]


def constrained(module, constraint, trained=1e-3, epochs=1, **options):
    """Network and oracle after an epoch; arrays that are not trained have no constraint."""
    net, _ = networks(module, 50, STAGES)
    given = [constraint if trainable else None for trainable in net.trainable]
    nets = networks(module, 50, STAGES, constraints=given)
    rows = two_rows(module, random_rows(module, 70, 50, 0), np.arange(70) % 3)
    for m, of, (x, y) in zip((module, ORACLE), nets, rows, strict=True):
        of.compile("sparse_categorical_crossentropy")
        optimizer = m.Optimizer(of, options.get("optimizer", "sgd"), **options.get("constants", {}))
        more = {"threads": options.get("threads", 1)} if m is module else {}
        batch = options.get("batch_size", 16)
        training = m.Training(of, x, y, batch, epochs, shuffle=False, optimizer=optimizer, **more)
        assert train(training, trained) == "epoch"
    return nets


@pytest.mark.parametrize("constraint", CONSTRAINTS, ids=str)
def test_definition(module, constraint):
    """With a rate of 0 a step is the constraint alone."""
    free, _ = networks(module, 50, STAGES)
    net, _ = constrained(module, constraint, 0.0, batch_size=70)
    tol = tolerance(module, 50)
    for before, w, trainable in zip(
        free.get_weights(), net.get_weights(), net.trainable, strict=True
    ):
        if trainable:
            assert_close(w, defined(before.astype(np.float64), *constraint), rtol=tol, atol=tol)


@pytest.mark.parametrize("constraint", CONSTRAINTS, ids=str)
@pytest.mark.parametrize("batch_size", [16, 70])
@pytest.mark.parametrize(
    "optimizer, constants",
    [("sgd", {}), ("sgd", {"clipnorm": 0.1}), ("adam", {"weight_decay": 0.1}), ("lion", {})],
)
def test_engine_and_oracle(module, constraint, batch_size, optimizer, constants):
    net, oracle = constrained(
        module,
        constraint,
        epochs=2,
        batch_size=batch_size,
        optimizer=optimizer,
        constants=constants,
        threads=2,
    )
    tol = 20 * tolerance(module, 50, 70)
    for w, w64 in zip(net.get_weights(), oracle.get_weights(), strict=True):
        assert_close(w, w64, rtol=tol, atol=tol)


@pytest.mark.parametrize("constraint", [MAX, ("non_negative",)], ids=str)
def test_same_bits(module, constraint):
    results = set()
    for threads in (1, 2, 3, 5):
        net, _ = constrained(module, constraint, 0.1, 3, threads=threads)
        results.add(b"".join(w.tobytes() for w in net.get_weights()))
    assert len(results) == 1


def test_chunks(module):
    """Of a batch that comes in chunks the last one alone is followed by the constraint."""
    stages = [("dense", 5, "tanh", True), ("dense", 2, "linear", True)]
    nets = networks(module, 3, stages, constraints=[MAX, None, UNIT, ("non_negative",)])
    x, y = random_rows(module, 600, 3, 0), random_rows(module, 600, 2, 1)
    for m, net, rows in zip((module, ORACLE), nets, two_rows(module, x, y), strict=True):
        net.compile("mean_squared_error")
        assert train(m.Training(net, *rows, 600, 3, shuffle=False), 0.1) == "epoch"
    tol = tolerance(module, 600)
    for w, w64 in zip(nets[0].get_weights(), nets[1].get_weights(), strict=True):
        assert_close(w, w64, rtol=tol, atol=tol)


def test_zeros_and_nan(module):
    """Zeros stay zeros under a norm; NaN stays NaN."""
    net = module.Network(3, [("dense", 2, "linear", False)], constraints=[MAX])
    net.compile("mean_squared_error")
    rows = module.Rows(np.zeros((4, 3))), module.Rows(np.zeros((4, 2)))
    assert train(module.Training(net, *rows), 0.1) == "epoch"
    assert not net.get_weights()[0].any()
