"""trilobite.ops and backend: every name against Keras's own, on the same arrays."""

import inspect

import numpy as np
import pytest

import trilobite as tl
from trilobite import backend, ops

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

RNG = np.random.default_rng(0)
A = RNG.uniform(0.1, 2, (3, 4)).astype("float32")
B = RNG.uniform(0.1, 2, (3, 4)).astype("float32")
BITS = A > 1
NUMBERS = np.array([2, 0, 1])
CASES = {  # name: arguments, where one array is not enough
    **{name: [(A, B)] for name in ops._TWO},
    **{name: [(A,), (A, -1, True)] for name in ops._REDUCING},
    "all": [(BITS,), (BITS, 0)],
    "any": [(BITS,), (BITS, 1, True)],
    "logical_and": [(BITS, A > 1.5)],
    "logical_or": [(BITS, A > 1.5)],
    "logical_not": [(BITS,)],
    "floor_divide": [(A, B)],
    "matmul": [(A, B.T)],
    "arange": [(5,), (1, 7, 2)],
    "argmax": [(A,), (A, 1)],
    "argmin": [(A,), (A, 0, True)],
    "argsort": [(A,), (A, 0)],
    "cast": [(A, "int32"), (BITS, "float32")],
    "clip": [(A, 0.5, 1)],
    "concatenate": [([A, B],), ([A, B], 1)],
    "cumsum": [(A,), (A, 1)],
    "divide_no_nan": [(A, np.where(BITS, 0, B)), (A, 0.0)],
    "dot": [(A, B.T)],
    "einsum": [("ij,ij->i", A, B)],
    "eye": [(3,), (3, 2)],
    "expand_dims": [(A, -1)],
    "flip": [(A,), (A, 1)],
    "full": [((2, 3), 4.0)],
    "linspace": [(0.0, 1.0), (0.0, 2.0, 5)],
    "log_softmax": [(A,), (A, 0)],
    "logsumexp": [(A,), (A * 1000, 1), (A, 0, True)],
    "median": [(A,), (A, 1, True)],
    "norm": [(A,), (A, 2, 1)],
    "one_hot": [(NUMBERS, 3), (NUMBERS, 4, 0)],
    "ones": [((2, 3),)],
    "ones_like": [(A,)],
    "repeat": [(A, 2), (A, 2, 1)],
    "reshape": [(A, (2, 6)), (A, -1)],
    "sort": [(A,), (A, 0)],
    "squeeze": [(A[:, :1],), (A[:1], 0)],
    "stack": [([A, B],), ([A, B], 1)],
    "tensordot": [(A, B.T, 1), (A, B, 2)],
    "tile": [(A, 2), (A, (2, 1))],
    "transpose": [(A,), (A, (1, 0))],
    "where": [(BITS, A, B), (BITS, A, 0.0)],
    "zeros": [((2, 3),)],
    "zeros_like": [(A,)],
}
OLD = {  # of backend, that today's have not: what it is
    "batch_flatten": ((A.reshape(3, 2, 2),), A),
    "binary_crossentropy": ((BITS, A / 2), -np.where(BITS, np.log(A / 2), np.log(1 - A / 2))),
    "cast_to_floatx": ((NUMBERS,), NUMBERS.astype("float32")),
    "categorical_crossentropy": ((np.eye(4)[:3], A), -np.log(np.diag(A / A.sum(1)[:, None]))),
    "constant": (([1.5, 2],), np.array([1.5, 2], "float32")),
    "count_params": ((A,), 12),
    "eval": ((A,), A),
    "flatten": ((A,), A.ravel()),
    "get_value": ((A,), A),
    "int_shape": ((A,), (3, 4)),
    "l2_normalize": ((A, 1), A / np.linalg.norm(A, axis=1)[:, None]),
    "ndim": ((A,), 2),
    "pow": ((A, 2), A**2),
    "sparse_categorical_crossentropy": (
        ([0, 1, 2], A),
        -np.log(np.diag(A / A.sum(1)[:, None])),
    ),
    "switch": ((BITS, A, lambda: B), np.where(BITS, A, B)),
}
ELSEWHERE = {"backend", "clear_session", "epsilon", "floatx", "image_data_format", "set_floatx"}


@pytest.mark.parametrize("name", ops.__all__)
def test_op(keras, name):
    theirs = getattr(keras.ops, name)
    for arguments in CASES.get(name, [(A,)]):
        got = getattr(ops, name)(*arguments)
        expected = theirs(*arguments)
        if isinstance(expected, tuple):
            assert got == expected
            continue
        expected = np.asarray(expected)
        assert np.shape(got) == expected.shape
        np.testing.assert_allclose(got, expected, 2e-5, 1e-6)
        if expected.dtype == np.float32:
            assert np.asarray(got).dtype == np.float32


@pytest.mark.parametrize("name", sorted(set(ops.__all__) - set(ops._LIKE_ACTIVATIONS)))
def test_arguments(keras, name):
    """Those of Keras, in its order, as far as they are there."""
    ours, theirs = (
        list(inspect.signature(getattr(module, name)).parameters) for module in (ops, keras.ops)
    )
    assert [argument for argument in theirs if argument in ours] == ours


@pytest.mark.parametrize("name", sorted(set(backend.__all__) - set(ops.__all__) - ELSEWHERE))
def test_former(name):
    if name == "set_value":
        pytest.skip("tests of Keras 2's spellings")
    arguments, expected = OLD[name]
    np.testing.assert_allclose(getattr(backend, name)(*arguments), expected, 1e-5)


def test_from_logits():
    z = np.array([[-800.0, 0.5], [2, 800]])
    got = backend.binary_crossentropy(np.array([[0, 1], [1, 1]]), z, from_logits=True)
    np.testing.assert_allclose(got, [[0, np.log1p(np.exp(-0.5))], [np.log1p(np.exp(-2)), 0]])


def test_imported_when_asked_for():
    """They are attributes of the package, too."""
    assert tl.ops is ops and tl.backend is backend and backend.mean is ops.mean
    with pytest.raises(AttributeError, match="no attribute 'opps'"):
        tl.opps  # noqa: B018
