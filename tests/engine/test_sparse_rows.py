"""Rows of SciPy's CSR matrices."""

import subprocess
import sys

import numpy as np
import pytest
from compare import assert_close, assert_same, dense, networks, train

sparse = pytest.importorskip("scipy.sparse")


def matrix(n, n_columns, density=0.2, dtype="f8"):
    return sparse.random(n, n_columns, density, format="csr", random_state=0, dtype=dtype)


@pytest.fixture
def compiled(module):
    if module.name == "reference":
        pytest.skip("reads dense arrays")
    return module


@pytest.mark.parametrize("shape", [(1, 1), (50, 7), (300, 33), (64, 16), (700, 100), (40, 300)])
@pytest.mark.parametrize("density", [0.02, 0.3])  # multiplied as it is stored; packed
@pytest.mark.parametrize("dtype", ["f4", "f8", "i4"])
@pytest.mark.parametrize("batch_size, shuffle", [(32, False), (32, True), (10**6, True)])
def test_same_bits_as_dense(compiled, shape, density, dtype, batch_size, shuffle):
    x = (matrix(*shape, density) * 10).astype(dtype)
    t = np.random.default_rng(0).uniform(size=(shape[0], 2))
    ends = []
    for given in (x, sparse.csr_array(x), x.toarray()):
        for threads in (1, 2, 3):
            net, _ = networks(compiled, *dense([shape[1], 5, 2], "tanh", "linear"), scale=0.5)
            net.compile("mean_squared_error")
            rows = compiled.Rows(given), compiled.Rows(t)
            training = compiled.Training(
                net, *rows, batch_size, 2, shuffle=shuffle, threads=threads
            )
            assert train(training) == "epoch"
            out = np.empty((shape[0], 2), compiled.dtype)
            assert net.predict(rows[0], out, threads)
            ends.append([*net.get_weights(), training.history, out, net.evaluate(*rows)])
    for end in ends[:-1]:
        assert_same(end, ends[-1])


@pytest.mark.parametrize("stages, offset", [
    ([("dense", 3, "gelu", True)], 0.0),
    ([("dense", 3, "relu", True)], 0.25),
    ([("dropout", 0.5), ("dense", 3, "relu", True)], 0.0),
    ([("batch_normalization", 0.9, 1e-3, True, True), ("dense", 3, "relu", True)], 0.0),
])  # fmt: skip
def test_any_first_stage(compiled, stages, offset):
    x, t = matrix(60, 40, 0.05), np.random.default_rng(0).uniform(size=(60, 3))
    ends = []
    for given in (x, x.toarray()):
        net, _ = networks(compiled, 40, stages, offset=offset)
        net.compile("mean_squared_error")
        training = compiled.Training(net, compiled.Rows(given), compiled.Rows(t), 20, 2)
        assert train(training) == "epoch"
        ends.append([*net.get_weights(), training.history])
    assert_same(*ends)


@pytest.mark.parametrize("work", ["training.run(1, 100)", "net.predict(rows, out)"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_rows_are_not_made_dense(work, dtype):
    """10^6 columns of 3 units: packed, a step's 128 rows alone would take 0.5 GB or 1 GB."""
    program = f"""
import resource, numpy as np
from scipy import sparse
from trilobite import engine
m, columns = engine.load("{dtype}"), 10**6
at = np.random.default_rng(0).integers(0, columns, 3000)
x = sparse.csr_array((np.ones(3000), (np.repeat(np.arange(300), 10), at)), (300, columns))
net = m.Network(columns, [("dense", 1, "linear", True)])
net.compile("mean_squared_error")
rows, t, out = m.Rows(x), m.Rows(np.ones((300, 1))), np.empty((300, 1), "{dtype}")
training = m.Training(net, rows, t, 128, 1)
training.learning_rate = 0.01
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
{work}
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
    grown = int(subprocess.run([sys.executable, "-c", program], stdout=-1, check=True).stdout)
    assert grown < 350_000  # kB


@pytest.mark.parametrize("density", [0.02, 0.3])
def test_elements_given_twice_are_added(compiled, density):
    x = matrix(40, 60, density).tocoo()
    again = sparse.csr_array(  # each element in two parts, one after the other
        (np.repeat(x.data / 2, 2), np.repeat(x.tocsr().indices, 2), 2 * x.tocsr().indptr), x.shape
    )
    ends = []
    for given in (again, x.toarray()):
        net, _ = networks(compiled, *dense([60, 40, 2], "tanh", "linear"))
        net.compile("mean_squared_error")
        rows, t = compiled.Rows(given), compiled.Rows(np.ones((40, 2)))
        assert train(compiled.Training(net, rows, t, 8, 2)) == "epoch"
        ends.append([*net.get_weights(), net.evaluate(rows, t)])
    for got, expected in zip(*ends, strict=True):
        assert_close(got, expected, rtol=0, atol=1e-5 if compiled.dtype == "float32" else 1e-12)


AFTER = {  # what comes after the first layer, and the optimizer
    "adam": ([], "adam", {}),
    "dropout": ([("dropout", 0.3)], "sgd", {"momentum": 0.9}),
    "batch_normalization": ([("batch_normalization", 0.9, 1e-3, True, True)], "sgd", {}),
    "clipnorm": ([], "sgd", {"clipnorm": 0.1}),
}


@pytest.mark.parametrize("after", AFTER)
@pytest.mark.parametrize("batch_size", [40, 300])
def test_same_bits_with_everything(compiled, after, batch_size):
    """Several panels of outputs, weights of rows, penalties, pauses."""
    x, rng = matrix(300, 70, 0.04), np.random.default_rng(0)
    t, w = rng.uniform(size=(300, 2)), rng.uniform(size=(300, 1))
    between, name, constants = AFTER[after]
    stages = [("dense", 40, "relu", True), *between, ("dense", 2, "linear", True)]
    ends = []
    for given in (x, x.toarray()):
        for threads in (1, 3):
            trained = compiled.Network(70, stages).trainable
            net, _ = networks(
                compiled, 70, stages, penalties=[(0.001 * t, 0.01 * t) for t in trained]
            )
            net.compile("mean_squared_error")
            rows = compiled.Rows(given), compiled.Rows(t)
            weights = compiled.Rows(w)
            training = compiled.Training(
                net, *rows, batch_size, 2, threads=threads, weights=weights,
                optimizer=compiled.Optimizer(net, name, **constants),
            )  # fmt: skip
            training.learning_rate = 0.01
            while training.run(2, 0.0) == "running":  # one look at the clock after the other
                pass
            totals = net.evaluate(*rows, threads=threads, weights=weights)
            ends.append([*net.get_weights(), training.history, totals])
    assert np.isfinite(ends[0][0]).all()
    for end in ends[:-1]:
        assert_same(end, ends[-1])


def test_nothing_stored_and_no_rows(compiled):
    for shape in ((3, 4), (0, 4)):
        rows = compiled.Rows(sparse.csr_array(shape))
        assert (rows.n_rows, rows.n_columns) == shape
        assert rows.find_nonfinite() is None
        net, _ = networks(compiled, *dense([4, 5, 2], "tanh", "linear"))
        out, of_zeros = (np.empty((shape[0], 2), compiled.dtype) for _ in range(2))
        assert net.predict(rows, out)
        assert net.predict(compiled.Rows(np.zeros(shape)), of_zeros)
        assert_same([out], [of_zeros])


@pytest.mark.parametrize("density", [0.02, 0.3])
def test_nonfinite(compiled, density):
    x = matrix(40, 20, density).tolil()
    x[7, 3] = np.inf
    rows = compiled.Rows(x.tocsr())
    assert rows.find_nonfinite() == (7, 3)
    net, weights = networks(compiled, *dense([20, 5, 2], "tanh", "linear"))
    net.compile("mean_squared_error")
    t = compiled.Rows(np.zeros((40, 2)))
    assert not net.predict(rows, np.empty((40, 2), compiled.dtype))
    assert net.evaluate(rows, t) is None
    training = compiled.Training(net, rows, t, 8, threads=2)
    assert train(training) == "bad_input"


@pytest.mark.parametrize("part, value", [("indices", 20), ("indices", -1), ("indptr", 10**6)])
def test_damaged_matrices_are_refused(compiled, part, value):
    x = matrix(10, 20)
    getattr(x, part)[-1] = value
    with pytest.raises(ValueError, match="array: expected a CSR matrix whose indices lie within"):
        compiled.Rows(x)
