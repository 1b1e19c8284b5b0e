"""Sparse matrices of every format: right, or refused before SciPy converts them."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("sklearn")

import sklearn_corrupt  # noqa: E402
from scipy import sparse  # noqa: E402

import trilobite  # noqa: E402
from trilobite.sklearn import MLPClassifier, MLPRegressor, stored  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
FORMATS = pytest.mark.parametrize("name", sklearn_corrupt.FORMATS)
KINDS = pytest.mark.parametrize("kind", ["matrix", "array"])
RNG = np.random.default_rng(0)
DENSE = np.where(RNG.random((60, 12)) < 0.2, RNG.integers(1, 9, (60, 12)), 0).astype(float)
Y = np.arange(60) % 3


def test_corrupt_matrices():
    """Most of them crash the process where they are not refused."""
    done = subprocess.run(
        [sys.executable, Path(sklearn_corrupt.__file__)], capture_output=True, text=True,
        timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert done.stdout.endswith("all were refused\n")


@FORMATS
@KINDS
@pytest.mark.parametrize("dtype", ["f8", "i4"])
def test_every_format_is_right(name, kind, dtype):
    """The same numbers as of dense rows; the matrix is not changed."""
    x = getattr(sparse, f"{name}_{kind}")(sparse.csr_matrix(DENSE.astype(dtype)))
    before = x.toarray()
    options = {"max_iter": 3, "random_state": 0}
    net = MLPClassifier(**options).fit(x, Y, validation_data=(x, Y))
    expected = MLPClassifier(**options).fit(DENSE, Y, validation_data=(DENSE, Y))
    np.testing.assert_allclose(net.loss_curve_, expected.loss_curve_, rtol=1e-10)
    np.testing.assert_allclose(
        net.validation_loss_curve_, expected.validation_loss_curve_, rtol=1e-10
    )
    np.testing.assert_allclose(net.predict_proba(x), expected.predict_proba(DENSE), rtol=1e-9)
    assert (x.toarray() == before).all() and x.format == name


def test_what_is_unusual_and_right():
    """Nothing stored, no order, doubles, room at the end, unsigned and mapped indices."""
    empty = [getattr(sparse, f"{name}_array")((5, 4)) for name in sklearn_corrupt.FORMATS]
    doubles = sparse.coo_array(([1.0, 2.0], ([0, 0], [1, 1])), shape=(2, 3))
    unsorted = sparse.csr_array(([1.0, 2.0], [2, 0], [0, 2, 2]), shape=(2, 3))
    roomy = sparse.csr_array(DENSE)
    roomy.data, roomy.indices = (np.append(a, 0) for a in (roomy.data, roomy.indices))
    unsigned = sparse.csr_array(DENSE)
    unsigned.indptr = unsigned.indptr.astype(np.uint32)
    outside = sparse.dia_array((np.ones((1, 3)), [7]), shape=(3, 3))
    stored.check(**dict(enumerate_by_name([*empty, doubles, unsorted, roomy, unsigned, outside])))
    assert len(roomy.data) == len(roomy.indices) == np.count_nonzero(DENSE) + 1
    net = MLPRegressor(max_iter=1, random_state=0).fit(DENSE, Y)
    assert np.allclose(net.predict(roomy), net.predict(DENSE), rtol=1e-12)
    stored.check(x=DENSE, y=None, z="csr")


def enumerate_by_name(matrices):
    return ((f"matrix {k}", x) for k, x in enumerate(matrices))


@FORMATS
def test_the_keras_face_takes_none(name):
    x = getattr(sparse, f"{name}_array")(sparse.csr_array(DENSE))
    model = trilobite.Sequential([trilobite.layers.Dense(1)])
    model.compile("sgd", "mse")
    for call in (model.fit, model.evaluate, model.train_on_batch):
        with pytest.raises(TypeError, match=f"^x: got {type(x).__name__}, expected an array"):
            call(x, DENSE)
    with pytest.raises(TypeError, match="^x: got"):
        model.predict(x)
