"""Rows of SciPy's CSR matrices."""

import resource

import numpy as np
import pytest
from compare import assert_same, dense, networks, train

sparse = pytest.importorskip("scipy.sparse")


def matrix(n, n_columns, density=0.2, dtype="f8"):
    return sparse.random(n, n_columns, density, format="csr", random_state=0, dtype=dtype)


@pytest.fixture
def compiled(module):
    if module.name == "reference":
        pytest.skip("reads dense arrays")
    return module


@pytest.mark.parametrize("shape", [(1, 1), (50, 7), (300, 33), (64, 16), (700, 100)])
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


def test_rows_are_not_made_dense(compiled):
    """10^6 columns: packed, the rows of a step alone would take 0.5 GB."""
    columns, rng = 10**6, np.random.default_rng(0)
    at = rng.integers(0, columns, 3000)
    x = sparse.csr_array((np.ones(3000), (np.repeat(np.arange(300), 10), at)), (300, columns))
    net = compiled.Network(columns, [("dense", 1, "linear", True)])
    net.compile("mean_squared_error")
    rows, t = compiled.Rows(x), compiled.Rows(np.ones((300, 1)))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    training = compiled.Training(net, rows, t, 128, 1, threads=2)
    assert train(training) == "epoch"
    net.predict(rows, np.empty((300, 1), compiled.dtype))
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
    assert grown < 4 * columns * 2 * 16 * 8  # the weights in their panels, and a few copies


def test_elements_given_twice_are_added(compiled):
    twice = sparse.csr_array((np.array([1.0, 2.0, 4.0]), np.array([1, 1, 0]), np.array([0, 3])))
    net = compiled.Network(2, [("dense", 2, "linear", False)])
    net.set_weights([np.eye(2)])
    out = np.empty((1, 2), compiled.dtype)
    net.predict(compiled.Rows(twice), out)
    assert out.tolist() == [[4, 3]]


def test_nothing_stored_and_no_rows(compiled):
    for shape in ((3, 4), (0, 4)):
        rows = compiled.Rows(sparse.csr_array(shape))
        assert (rows.n_rows, rows.n_columns) == shape
        assert rows.find_nonfinite() is None


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


@pytest.mark.parametrize("part, value", [("indices", 99), ("indices", -1), ("indptr", 10**6)])
def test_damaged_matrices_are_refused(compiled, part, value):
    x = matrix(10, 20)
    getattr(x, part)[-1] = value
    with pytest.raises(ValueError, match="array: expected a CSR matrix whose indices lie within"):
        compiled.Rows(x)
