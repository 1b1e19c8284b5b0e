"""Rows of SciPy's CSR matrices."""

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


@pytest.mark.parametrize("shape", [(1, 1), (50, 7), (300, 33), (64, 16)])
@pytest.mark.parametrize("dtype", ["f4", "f8", "i4"])
@pytest.mark.parametrize("shuffle", [False, True])
def test_same_bits_as_dense(compiled, shape, dtype, shuffle):
    x = (matrix(*shape) * 10).astype(dtype)
    t = np.random.default_rng(0).uniform(size=(shape[0], 2))
    ends = []
    for given in (x, sparse.csr_array(x), x.toarray()):
        net, _ = networks(compiled, *dense([shape[1], 5, 2], "tanh", "linear"), scale=0.5)
        net.compile("mean_squared_error")
        rows = compiled.Rows(given), compiled.Rows(t)
        training = compiled.Training(net, *rows, 32, 2, shuffle=shuffle, threads=2)
        assert train(training) == "epoch"
        out = np.empty((shape[0], 2), compiled.dtype)
        assert net.predict(rows[0], out)
        ends.append([*net.get_weights(), training.history, out])
    assert_same(ends[0], ends[2])
    assert_same(ends[1], ends[2])


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


def test_nonfinite(compiled):
    x = matrix(40, 20).tolil()
    x[7, 3] = np.inf
    assert compiled.Rows(x.tocsr()).find_nonfinite() == (7, 3)


@pytest.mark.parametrize("part, value", [("indices", 99), ("indices", -1), ("indptr", 10**6)])
def test_damaged_matrices_are_refused(compiled, part, value):
    x = matrix(10, 20)
    getattr(x, part)[-1] = value
    with pytest.raises(ValueError, match="array: expected a CSR matrix whose indices lie within"):
        compiled.Rows(x)
