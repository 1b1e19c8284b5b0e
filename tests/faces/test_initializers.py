"""Initializers draw from Keras's distributions, and names, objects and data choose them."""

import json

import numpy as np
import pytest

import trilobite
from trilobite import initializers

SHAPE = (300, 200)
NAMES = [name for name in initializers._INITIALIZERS if name.islower()]
SCALED = [
    f"initializers.VarianceScaling({scale}, '{mode}', '{distribution}')"
    for scale, mode in [(0.5, "fan_in"), (2.0, "fan_out"), (3.0, "fan_avg")]
    for distribution in ("truncated_normal", "untruncated_normal", "uniform")
]
OTHERS = [
    "initializers.Orthogonal(0.5)",
    "initializers.Identity(2)",
    "initializers.Constant(3)",
    "initializers.TruncatedNormal(1.0, 2.0)",
    *(f"initializers.get('{name}')" for name in NAMES if name != "constant"),
]


def of(k, expression):
    return eval(expression, {"initializers": k.initializers})


@pytest.mark.parametrize("initializer", [*SCALED, *OTHERS])
def test_initializers_have_keras_moments(keras, initializer):
    theirs, ours = (np.asarray(of(k, initializer)(SHAPE)) for k in (keras, trilobite))
    assert ours.shape == SHAPE and ours.dtype == np.float32
    scale = max(1e-12, np.abs(theirs).max())
    assert abs(ours.mean() - theirs.mean()) < 0.02 * scale
    np.testing.assert_allclose(ours.std(), theirs.std(), rtol=0.02)
    unbounded = {"normal", "untruncated", "Orthogonal", "orthogonal"}
    if "truncated_normal" in initializer.replace("untruncated_", "un") or not any(
        word in initializer for word in unbounded
    ):
        np.testing.assert_allclose(ours.max(), theirs.max(), rtol=0.02)
        np.testing.assert_allclose(ours.min(), theirs.min(), rtol=0.02)


@pytest.mark.parametrize("name", NAMES)
def test_a_model_draws_what_the_initializer_does(name):
    if name == "identity":
        shape = (3, 3)
    else:
        shape = (5, 4)
    drawn = initializers.get(name)
    if hasattr(drawn, "seed"):
        drawn = type(drawn)(seed=1)
    model = trilobite.Sequential([trilobite.Input(shape[:1])])
    model.add(trilobite.layers.Dense(shape[1], kernel_initializer=drawn))
    np.testing.assert_array_equal(model.layers[0].kernel, drawn(shape))


@pytest.mark.parametrize("shape", [(), (7,), (4, 6), (2, 3, 4)])
def test_fans_are_those_of_keras(keras, shape):
    from keras.src.initializers.random_initializers import compute_fans

    assert initializers._fans(shape) == compute_fans(shape)


def test_orthogonal_is_orthogonal():
    for shape in [(6, 4), (4, 6), (2, 3, 4)]:
        w = initializers.Orthogonal(2.0, seed=3)(shape, "float64")
        w = w.reshape(-1, shape[-1])
        product = w.T @ w if len(w) >= shape[-1] else w @ w.T
        np.testing.assert_allclose(product, 4 * np.eye(len(product)), atol=1e-12)


def test_get_takes_what_keras_takes(keras):
    for k in (trilobite, keras):
        get = k.initializers.get
        assert get(None) is None
        made = k.initializers.HeNormal(seed=1)
        assert get(made) is made and get(np.zeros) is np.zeros
        assert type(get(k.initializers.HeNormal)) is k.initializers.HeNormal
        described = json.loads(json.dumps(k.initializers.serialize(made)))
        np.testing.assert_array_equal(get(described)((2, 3)), made((2, 3)))
        np.testing.assert_array_equal(get(np.eye(3))((3, 3)), np.eye(3))
        with pytest.raises(ValueError):
            get(np.eye(3))((3, 2))
        with pytest.raises(ValueError):
            get("nothing")
