"""Batches of several chunks or slices of 256 rows: all that there is, against the oracle."""

import numpy as np
import pytest
from compare import (
    ORACLE,
    assert_close,
    networks,
    random_rows,
    targets,
    tolerance,
    train,
)
from scipy import sparse

from trilobite.reference import COSTS, METRICS, OPTIMIZERS

N, BATCH = 1300, 600  # steps of 600, 600 and 100 rows: of three chunks and of one
WEIGHTS = np.random.default_rng(9).uniform(0.25, 2, (N, 1)).astype(np.float32)
PLAIN = [("dense", 33, "tanh", True), ("dense", 7, "tanh", True)]
KINDS = {  # of nets, and what else is given
    "plain": (PLAIN, {}),
    "normalized": ([PLAIN[0], ("batch_normalization", 0.9, 1e-3, True, True), PLAIN[1]], {}),
    "normalized twice": (
        [
            ("batch_normalization", 0.9, 1e-3, False, False),
            PLAIN[0],
            ("batch_normalization", 0.5, 1e-3, True, True),
            ("activation", "relu"),
        ],
        {},
    ),
    "dropout": ([PLAIN[0], ("dropout", 0.3), PLAIN[1]], {}),
    "penalties": (PLAIN, {"penalties": [(0.01, 0.02)] * 6}),
    "gelu": ([("dense", 20, "gelu", True)], {}),
}
CONSTANTS = [
    ("sgd", {"momentum": 0.9, "nesterov": True}),
    ("sgd", {"momentum": 0.9}),
    ("adam", {"amsgrad": True, "epsilon": 1e-3}),
    ("rmsprop", {"momentum": 0.5, "centered": True, "epsilon": 1e-3}),
    *(
        (name, {"epsilon": 1e-3} if "epsilon" in OPTIMIZERS[name].constants else {})
        for name in OPTIMIZERS
    ),
]
CLIPS = [
    {},
    {"weight_decay": 0.1},
    {"clipnorm": 0.05},
    {"global_clipnorm": 0.1},
    {"clipvalue": 0.01},
]
NAMED_ANEW = {  # scikit-learn's costs: those of the same targets
    "log_loss": "sparse_categorical_crossentropy",
    "binary_log_loss": "binary_crossentropy",
    "half_poisson_deviance": "poisson",
}
FEW = [metric for metric in METRICS if not metric.startswith("sparse")]
NUMBERED = ("auc", "confusion", "binary_accuracy")  # a score may round across a threshold


def agree(
    module, kind="plain", loss="mean_squared_error", output="linear", metrics=(), *,
    optimizer="sgd", constants=None, weights=False, rates=None, divisors=None,
    compressed=False, atol=None,
):  # fmt: skip
    """Two epochs of the module and of the oracle: weights, state and totals."""
    hidden, options = KINDS[kind]
    x = random_rows(module, N, 20, 1)
    if compressed:
        x[np.random.default_rng(2).random(x.shape) < 0.95] = 0
    y = targets(np.random.default_rng(3), NAMED_ANEW.get(loss, loss), N, 3)
    if output == "sigmoid" and "sparse" not in loss:
        y = np.eye(3)[np.arange(N) % 3]
    nets = networks(module, 20, [*hidden, ("dense", 3, output, True)], **options)
    ends = []
    for m, net in zip((module, ORACLE), nets, strict=True):
        net.compile(loss, metrics)
        of = m.Optimizer(net, optimizer, **(constants or {}))
        given, theirs = sparse.csr_matrix(x) if compressed else x, {"threads": 2}
        if m is ORACLE:
            given = x
            theirs = dict(permutation=module.permutation, dropout_mask=module.dropout_mask)
        training = m.Training(
            net, m.Rows(given), m.Rows(y), BATCH, 2, seed=4, optimizer=of,
            weights=m.Rows(WEIGHTS) if weights else None, **theirs,
        )  # fmt: skip
        if divisors is not None:
            training.divisors = divisors
        training.learning_rate = 0.01
        if rates is not None:
            training.learning_rates = rates
        status = "running"
        while status == "running":
            status = training.run(2)
        assert status == "epoch"
        ends.append((net.get_weights(), of.get_state(), training.history))
    tol = 100 * tolerance(module, 33, BATCH)
    for got, expected in zip([*ends[0][0], *ends[0][1]], [*ends[1][0], *ends[1][1]], strict=True):
        assert_close(got, expected, rtol=tol, atol=tol)
    assert_close(ends[0][2] / N, ends[1][2] / N, rtol=tol, atol=tol if atol is None else atol)


@pytest.fixture
def engine(module):
    if module.name == "reference":
        pytest.skip("is the oracle")
    return module


@pytest.mark.parametrize("name, constants", CONSTANTS, ids=lambda value: "-".join(value))
@pytest.mark.parametrize("further", CLIPS, ids="-".join)
def test_optimizers(engine, name, constants, further):
    agree(engine, optimizer=name, constants=constants | further)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("further", CLIPS, ids="-".join)
@pytest.mark.parametrize("weights", [False, True])
def test_kinds_of_nets(engine, kind, further, weights):
    agree(
        engine, kind, "sparse_categorical_crossentropy", "softmax", optimizer="adam",
        constants={"epsilon": 1e-3} | further, weights=weights,
    )  # fmt: skip


@pytest.mark.parametrize("loss", [name for name, cost in COSTS.items() if cost.of_output])
@pytest.mark.parametrize("weights", [False, True])
def test_losses(engine, loss, weights):
    agree(engine, loss=loss, output="sigmoid", weights=weights)


@pytest.mark.parametrize("loss", [name for name, cost in COSTS.items() if not cost.of_output])
def test_losses_with_divisors(engine, loss):
    """As scikit-learn's face trains: divisors, and a part of the penalties in each step."""
    agree(
        engine,
        "penalties",
        loss,
        COSTS[loss].activation,
        weights=True,
        divisors=[500.0, 700.0, 90.0],
    )


@pytest.mark.parametrize("name", FEW)
@pytest.mark.parametrize("weighted", ["", "weighted:"])
def test_metrics(engine, name, weighted):
    atol = 0.01 if name in NUMBERED or "accuracy" in name else None
    metrics = [f"{weighted}{name}"]
    agree(engine, "plain", "mean_squared_error", "sigmoid", metrics, weights=True, atol=atol)


@pytest.mark.parametrize("kind", ["plain", "normalized", "dropout", "penalties"])
def test_learning_rates(engine, kind):
    agree(engine, kind, rates=np.linspace(0.001, 0.1, 6), optimizer="nadam", weights=True)


@pytest.mark.parametrize("kind", ["plain", "normalized", "normalized twice", "penalties"])
@pytest.mark.parametrize("further", CLIPS, ids="-".join)
def test_sparse_rows(engine, kind, further):
    agree(engine, kind, compressed=True, constants=further, weights=True)


@pytest.mark.parametrize("kind", KINDS)
def test_pauses_make_no_difference(engine, kind):
    """Wherever in a step they come: the clock ends a run after every chunk or slice."""
    hidden, options = KINDS[kind]
    ends, runs = set(), []
    for seconds, threads in ((100.0, 1), (0.0, 1), (0.0, 2), (0.0, 3)):
        net, _ = networks(engine, 20, [*hidden, ("dense", 3, "softmax", True)], **options)
        net.compile("sparse_categorical_crossentropy")
        rows = engine.Rows(random_rows(engine, N, 20, 1)), engine.Rows(np.arange(N) % 3)
        of = engine.Optimizer(net, "adam", clipnorm=0.1)
        training = engine.Training(net, *rows, BATCH, 2, seed=4, optimizer=of, threads=threads)
        known, status, count = {net.snapshot().tobytes()}, "running", 0
        while status == "running":
            before = training.epoch, training.step
            status = training.run(2, seconds=seconds)
            count += 1
            if (training.epoch, training.step) == before:  # in the middle of a step: as before it
                assert net.snapshot().tobytes() in known
            known = {net.snapshot().tobytes()}
        runs.append(count)
        ends.add(net.snapshot().tobytes() + training.history.tobytes())
    assert len(ends) == 1
    assert runs[0] == 1 and min(runs[1:]) > 2 * training.steps_per_epoch


def test_normalized_with_nothing_to_learn(engine):
    net, _ = networks(engine, 20, [("batch_normalization", 0.9, 1e-3, False, False)])
    net.compile("mean_squared_error")
    x = random_rows(engine, N, 20, 1)
    training = engine.Training(net, engine.Rows(x), engine.Rows(x), BATCH, shuffle=False)
    assert train(training, 0.1) == "epoch"
    mean = np.zeros(20)
    for start in range(0, N, BATCH):
        mean = 0.9 * mean + 0.1 * x[start : start + BATCH].mean(axis=0, dtype=np.float64)
    before = networks(engine, 20, [("batch_normalization", 0.9, 1e-3, False, False)])[0]
    moved = net.get_weights()[0] - 0.9**3 * before.get_weights()[0]
    assert_close(moved, mean, rtol=0, atol=100 * tolerance(engine))
