"""`utils.normalize` and `clear_session`."""

import numpy as np
import pytest

import trilobite


@pytest.mark.parametrize("options", [{}, {"axis": 1, "order": 1}, {"axis": 2}])
def test_normalize(keras, options):
    x = np.random.default_rng(0).normal(size=(3, 4, 2))
    x[1] = 0
    ours = trilobite.utils.normalize(x, **options)
    np.testing.assert_allclose(ours, np.asarray(keras.utils.normalize(x, **options)))
    np.testing.assert_array_equal(trilobite.utils.normalize(x.tolist(), **options), ours)


def test_names_begin_anew():
    trilobite.layers.Dense(1)
    trilobite.utils.clear_session()
    assert trilobite.layers.Dense(1).name == "dense"
