"""Layers, initializers and names."""

import math

import numpy as np
import pytest

import trilobite
import trilobite as keras
from trilobite import initializers, layers


def test_dense_makes_kernel_and_bias():
    model = keras.Sequential([keras.Input((3,)), layers.Dense(5, bias_initializer="ones")])
    kernel, bias = model.get_weights()
    layer = model.layers[0]
    np.testing.assert_array_equal(layer.kernel, kernel)
    np.testing.assert_array_equal(layer.bias, bias)
    assert kernel.shape == (3, 5) and kernel.dtype == np.float32
    assert (bias == 1).all()
    assert layer.count_params() == model.count_params() == 20
    with pytest.raises(TypeError, match="item assignment"):
        layer.kernel[0, 0] = 1.0


def test_dense_without_bias():
    model = keras.Sequential([keras.Input((3,)), layers.Dense(5, use_bias=False)])
    assert len(model.get_weights()) == 1
    assert model.layers[0].bias is None


def test_layer_weights_are_set_in_the_model():
    model = keras.Sequential([keras.Input((2,)), layers.Dense(3), layers.Dense(1)])
    model.layers[1].set_weights([[[1], [2], [3]], [4]])
    np.testing.assert_array_equal(model.get_weights()[2], [[1], [2], [3]])
    np.testing.assert_array_equal(model.get_weights()[3], [4])
    np.testing.assert_array_equal(model.layers[1].get_weights()[1], [4])


@pytest.mark.parametrize("first", [{"input_shape": (4,)}, {"input_dim": 4}])
def test_shape_of_x_on_the_first_layer(first):
    model = keras.Sequential([layers.Dense(2, **first), layers.Dense(2)])
    assert model.count_params() == 4 * 2 + 2 + 2 * 2 + 2
    assert model.input_shape == (None, 4) and model.output_shape == (None, 2)


def test_names_are_those_of_keras():
    numbers = []
    for _ in range(2):
        model = keras.Sequential([layers.Dense(2), layers.Dense(2, name="mine")])
        first, mine = (layer.name for layer in model.layers)
        assert mine == "mine" and first.startswith("dense") and model.name.startswith("sequential")
        numbers.append(int(first.partition("_")[2] or 0))
    assert numbers[1] == numbers[0] + 1


@pytest.mark.parametrize("leading", [1, 2])
def test_rescaling_and_flatten_are_what_numpy_does(leading):
    x = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
    w = np.random.default_rng(0).normal(size=(12, 3)).astype(np.float32)
    rescaling = [layers.Rescaling(0.5, -1.0), layers.Rescaling(2.0, 0.25)][:leading]
    model = keras.Sequential([keras.Input((3, 4)), *rescaling, layers.Flatten()])
    model.add(layers.Dense(3, use_bias=False, activation="tanh"))
    model.set_weights([w])
    z = x.reshape(2, 12) * 0.5 - 1.0
    if leading == 2:
        z = z * 2.0 + 0.25
    np.testing.assert_allclose(model(x), np.tanh(z @ w), 1e-5, 1e-6)


def test_activation_layer_is_the_argument():
    x = np.linspace(-1, 1, 12, dtype=np.float32).reshape(4, 3)
    one = keras.Sequential([keras.Input((3,)), layers.Dense(2, "sigmoid")])
    two = keras.Sequential([keras.Input((3,)), layers.Dense(2), layers.Activation("sigmoid")])
    two.set_weights(one.get_weights())
    np.testing.assert_array_equal(one(x), two(x))


def test_weights_survive_add_and_pop():
    model = keras.Sequential([keras.Input((3,)), layers.Dense(4)])
    before = [w + 1 for w in model.get_weights()]  # others than an initializer draws again
    model.set_weights(before)
    model.add(layers.Dense(2))
    assert len(model.get_weights()) == 4
    np.testing.assert_array_equal(model.get_weights()[0], before[0])
    head = model.pop()
    head.set_weights([w + 1 for w in head.get_weights()])
    kernel = head.kernel
    np.testing.assert_array_equal(model.get_weights()[0], before[0])
    model.add(head)
    np.testing.assert_array_equal(model.get_weights()[2], kernel)


def test_seeded_weights_do_not_depend_on_when_they_are_made():
    def weights(lazy):
        keras.utils.set_random_seed(3)
        model = keras.Sequential([] if lazy else [keras.Input((3,))])
        model.add(layers.Dense(4))
        model.add(layers.Dense(2, kernel_initializer="he_normal"))
        if lazy:
            model.build((None, 3))
        return model.get_weights()

    for a, b in zip(weights(True), weights(False), strict=True):
        np.testing.assert_array_equal(a, b)


NAMES = "zeros ones constant random_uniform random_normal truncated_normal".split()
SCALED = [f"{who}_{what}" for who in ("glorot", "he", "lecun") for what in ("uniform", "normal")]


@pytest.mark.parametrize("name", [*NAMES, *SCALED])
def test_initializers_by_name_class_and_instance(name):
    cls = getattr(initializers, name.title().replace("_", ""))
    for given in (name, cls.__name__, cls, cls()):
        dense = layers.Dense(2, kernel_initializer=given)
        assert type(dense.kernel_initializer) is cls


@pytest.mark.parametrize("name", SCALED)
def test_variance_scaling(name):
    n_in, n_out = 400, 300
    fan, scale = {"g": ((n_in + n_out) / 2, 1), "h": (n_in, 2), "l": (n_in, 1)}[name[0]]
    cls = getattr(initializers, name.title().replace("_", ""))
    w = cls(seed=1)((n_in, n_out))
    stddev = math.sqrt(scale / fan)
    assert w.std() == pytest.approx(stddev, rel=0.01)
    assert abs(w.mean()) < 0.01 * stddev
    limit = math.sqrt(3) * stddev if "uniform" in name else 2 * stddev / 0.87962566103423978
    assert 0.99 * limit < np.abs(w).max() <= limit
    np.testing.assert_array_equal(w, cls(seed=1)((n_in, n_out)))
    assert not np.array_equal(w, cls(seed=2)((n_in, n_out)))


def test_initializer_of_ones_own():
    def diagonal(shape, dtype=None):
        return np.eye(*shape, dtype=dtype)

    model = keras.Sequential([keras.Input((3,)), layers.Dense(3, kernel_initializer=diagonal)])
    np.testing.assert_array_equal(model.layers[0].kernel, np.eye(3))


def test_float64():
    model = keras.Sequential([keras.Input((2,), dtype="float64"), layers.Dense(3)])
    assert all(w.dtype == np.float64 for w in model.get_weights())
    assert model(np.zeros((1, 2))).dtype == np.float64
    keras.config.set_floatx("float64")
    try:
        model = keras.Sequential([layers.Dense(3, input_dim=2)])
        assert keras.config.floatx() == "float64"
    finally:
        keras.config.set_floatx("float32")
    assert model.get_weights()[0].dtype == np.float64


@pytest.mark.parametrize(
    "make",
    [
        lambda k: k.Sequential([k.layers.Dense(2)], name="net"),
        lambda k: k.Sequential([k.Input((3,)), k.layers.Dense(2)], name="net"),
        lambda k: k.layers.Dense(2, name="one"),
        lambda k: k.Sequential([k.Input((3,)), k.layers.Dropout(0.5, name="drop")]).layers[0],
        lambda k: k.metrics.AUC(name="area"),
    ],
)
def test_what_is_printed_of_an_object(make, keras):
    assert repr(make(trilobite)) == repr(make(keras))


def test_what_is_printed_of_other_objects():
    made = trilobite.optimizers.SGD(), trilobite.losses.Huber(), trilobite.regularizers.L2()
    assert [*map(repr, made)] == ["<SGD name=sgd>", "<Huber name=huber_loss>", "<L2>"]
