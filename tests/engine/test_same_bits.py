"""The same bits: twice, for any number of threads, in another process, after pauses."""

import hashlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from compare import dense, networks, random_rows, train
from hypothesis import given
from hypothesis import strategies as st

SHAPES = [  # widths, n, batch_size
    ([3, 2], 5, 1),
    ([20, 33, 17, 3], 100, 32),
    ([131, 70, 64, 10], 300, 128),
    ([784, 64, 10], 70, 50),
    ([300, 40, 3], 200, 129),
    ([9, 7, 4], 700, 600),
]


def digest(module, threads=1, shapes=SHAPES, **limits):
    """A hash of weights and history after two epochs of some nets."""
    result = hashlib.sha256()
    for widths, n, batch_size in shapes:
        net, _ = networks(module, *dense(widths, "relu", "softmax"))
        net.compile("sparse_categorical_crossentropy", ("sparse_categorical_accuracy",))
        x = module.Rows(random_rows(module, n, widths[0], 1))
        y = module.Rows(np.arange(n) % widths[-1])
        training = module.Training(net, x, y, batch_size, 2, seed=3, threads=threads)
        assert train(training, **limits) == "epoch"
        result.update(net.snapshot())
        result.update(training.history.tobytes())
        out = np.empty((n, widths[-1]), module.dtype)
        net.predict(x, out, threads)
        result.update(out.tobytes())
        result.update(net.evaluate(x, y, threads).tobytes())
    return result.hexdigest()


def test_padding_stays_zero(module):
    """A hidden softmax wider than the output leaves nothing in the padding of the weights."""
    snapshots = set()
    for threads in (1, 2, 3):
        net, _ = networks(
            module, 8, [("dense", 33, "softmax", True), ("dense", 3, "softmax", True)]
        )
        net.compile("sparse_categorical_crossentropy")
        rows = module.Rows(random_rows(module, 100, 8, 0)), module.Rows(np.arange(100) % 3)
        assert train(module.Training(net, *rows, 32, 2, threads=threads)) == "epoch"
        assert np.count_nonzero(net.snapshot()) <= net.n_parameters
        snapshots.add(bytes(net.snapshot()))
    assert len(snapshots) == 1


def test_same_bits_twice_and_for_any_number_of_threads(module):
    assert len({digest(module, threads) for threads in (1, 1, 2, 3, 4, 7)}) == 1


def test_same_bits_in_another_process(module):
    here = Path(__file__).parent
    program = (
        f"import sys; sys.path[:0] = {[str(here), str(here.parent)]!r};"
        f"import compare, test_same_bits as t;"
        f"print(t.digest(compare.load({module.name!r}, {module.dtype!r})))"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == digest(module)


@pytest.mark.parametrize("limits", [{"seconds": 1e-9}, {"steps": 1}, {"steps": 5}])
def test_resumed_run_gives_the_same_bits(module, limits):
    small = SHAPES[:2]
    assert digest(module, shapes=small, **limits) == digest(module, shapes=small, seconds=100.0)


@given(
    widths=st.lists(st.integers(1, 200), min_size=2, max_size=4),
    n=st.integers(1, 400),
    batch_size=st.integers(1, 300),
    optimizer=st.sampled_from(
        [("sgd", {}), ("sgd", {"momentum": 0.9}), ("adam", {}), ("rmsprop", {"clipnorm": 0.1})]
    ),
    further=st.sampled_from(
        [[], [("dropout", 0.3)], [("batch_normalization", 0.9, 1e-3, True, True)]]
    ),
    seed=st.integers(0, 2**31),
)
def test_same_bits_of_any_net(module, widths, n, batch_size, optimizer, further, seed):
    """For 1, 2, 3, 4 and 7 threads."""
    if module.name == "reference":
        pytest.skip("its threads are NumPy's")
    n_in, stages = dense(widths, "relu", "sigmoid")
    results, (name, constants) = set(), optimizer
    for threads in (1, 2, 3, 4, 7):
        net, _ = networks(module, n_in, [*further, *stages], seed)
        net.compile("mean_squared_error", ("mean_absolute_error",))
        rows = [module.Rows(random_rows(module, n, k, seed)) for k in (n_in, widths[-1])]
        training = module.Training(
            net, *rows, batch_size, 2, seed=seed, threads=threads,
            optimizer=module.Optimizer(net, name, **constants),
        )  # fmt: skip
        assert train(training, 0.01) == "epoch"
        results.add((bytes(net.snapshot()), training.history.tobytes()))
    assert len(results) == 1


def test_same_bits_while_the_engine_tries_what_is_faster(module):
    """A training that is long enough goes over from several threads to one."""
    if module.name == "reference":
        pytest.skip("its threads are NumPy's")
    snapshots = set()
    for threads in (1, 2, 3):
        net, _ = networks(module, *dense([150, 32, 3], "relu", "softmax"))
        net.compile("sparse_categorical_crossentropy")
        rows = module.Rows(random_rows(module, 500, 150, 1)), module.Rows(np.arange(500) % 3)
        training = module.Training(net, *rows, 32, 500, threads=threads)
        training.learning_rate = 0.001
        alone = {training.alone}
        while training.run(500, 0.001) != "epoch":
            alone.add(training.alone)
        assert alone == ({True} if threads == 1 else {True, False})
        snapshots.add(bytes(net.snapshot()))
    assert len(snapshots) == 1


def test_time_is_looked_at_in_epochs_of_few_steps(module):
    """A run ends soon after its time is over, however short epochs are."""
    if module.name == "reference":
        pytest.skip("looks after every step")
    net, _ = networks(module, *dense([20, 8, 3], "relu", "softmax"))
    net.compile("sparse_categorical_crossentropy")
    rows = module.Rows(random_rows(module, 10, 20, 1)), module.Rows(np.arange(10) % 3)
    training = module.Training(net, *rows, 5, 10**6)
    training.learning_rate = 0.001
    assert training.run(10**6, 1e-9) == "running"
    assert training.epoch < 4096  # as many as one run has at most
