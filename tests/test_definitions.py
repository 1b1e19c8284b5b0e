"""Definitions, in the reference and every variant: numbers known from elsewhere, and extremes."""

import numpy as np
import pytest
from compare import assert_close, identity, means, tolerance

from trilobite.reference import ACTIVATIONS, DERIVATIVES

MSE, BINARY = "mean_squared_error", "binary_crossentropy"
CATEGORICAL, SPARSE = "categorical_crossentropy", "sparse_categorical_crossentropy"
# y, t, cost, its value, other metrics: examples of Keras 3's documentation, and a few of our own
DEFINITIONS = [
    ([[0.05, 0.95, 0], [0.1, 0.8, 0.1]], [[0, 1, 0], [0, 0, 1]], CATEGORICAL, 1.17693925)
    + ({"categorical_accuracy": 0.5},),
    ([[0.05, 0.95, 0], [0.1, 0.8, 0.1]], [1, 2], SPARSE, 1.17693925)
    + ({"sparse_categorical_accuracy": 0.5},),
    ([[0.6, 0.4], [0.4, 0.6]], [[0, 1], [0, 0]], BINARY, 0.81492435, {"binary_accuracy": 0.25}),
    ([[1.0, 1.0], [1.0, 0.0]], [[0, 1], [0, 0]], MSE, 0.5, {"mean_absolute_error": 0.5}),
    ([[0.98], [1.0], [0.0], [0.6]], [[1], [1], [0], [0]], MSE, 0.0901, {"binary_accuracy": 0.75}),
    # y is divided by its sum and clipped to [1e-7, 1 - 1e-7]
    ([[0.0, 1.0, 3.0]], [[1, 0, 0]], CATEGORICAL, 16.1180957, {MSE: 11 / 3}),
    ([[0.0, 1.0, 3.0]], [2], SPARSE, 0.28768207, {}),
    ([[2.0, -1.0]], [[1, 1]], BINARY, 8.05904785, {"mean_absolute_error": 1.5}),
    # of equal maxima the first one counts; 0.5 is not above 0.5
    ([[1.0, 1.0, 0.0]], [[1, 0, 0]], MSE, 1 / 3, {"categorical_accuracy": 1}),
    ([[1.0, 1.0, 0.0]], [[0, 1, 0]], MSE, 1 / 3, {"categorical_accuracy": 0}),
    ([[1.0, 1.0, 0.0]], [[0, 1, 1]], MSE, 2 / 3, {"categorical_accuracy": 0}),
    ([[0.5, 1.0]], [[1, 1]], MSE, 0.125, {"binary_accuracy": 0.5}),
]


@pytest.mark.parametrize("y, t, loss, cost, metrics", DEFINITIONS)
def test_definitions(module, y, t, loss, cost, metrics):
    x = np.array(y, module.dtype)
    net = identity(module, x.shape[1])
    net.compile(loss, tuple(metrics))
    got = net.evaluate(module.Rows(x), module.Rows(np.array(t)), 32)
    assert got.dtype == np.float64
    assert_close(means(got), [cost, *metrics.values()], rtol=1e-6)


@pytest.mark.parametrize("name, formula", {
    "linear": lambda z: z,
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "tanh": lambda z: np.expm1(2 * z) / (np.expm1(2 * z) + 2),
    "relu": lambda z: np.where(z > 0, z, 0),
    "softmax": lambda z: np.exp(z) / np.exp(z).sum(axis=1, keepdims=True),
}.items())  # fmt: skip
def test_activations(module, name, formula):
    z = np.random.default_rng(0).uniform(-9, 9, (50, 7)).astype(module.dtype)
    for stages in (
        [("dense", 7, name, True)],
        [("dense", 7, "linear", False), ("activation", name)],
    ):
        net = module.Network(7, stages)
        net.set_weights([np.eye(7, dtype=z.dtype), np.zeros(7, z.dtype)][: len(net.get_weights())])
        y = np.full_like(z, np.nan)
        assert net.predict(module.Rows(z), y)
        assert_close(y, formula(z.astype(np.float64)), rtol=tolerance(module, 7), atol=1e-300)
    assert ACTIVATIONS.keys() == DERIVATIVES.keys()


EXTREMES = [  # activation, z, y: nothing overflows on the way
    ("sigmoid", [-1e4, -100.0, 0.0, 100.0, 1e4], [0, 0, 0.5, 1, 1]),
    ("tanh", [-1e4, -100.0, 0.0, 100.0, 1e4], [-1, -1, 0, 1, 1]),
    ("softmax", [-1e4, 0.0, 1e4, 1e4, 100.0], [0, 0, 0.5, 0.5, 0]),
    ("relu", [-1e30, -1e-40, 0.0, 1e-40, 1e30], [0, 0, 0, 1e-40, 1e30]),
]


@pytest.mark.parametrize("activation, z, y", EXTREMES)
def test_extremes(module, activation, z, y):
    net = module.Network(1, [("dense", 5, activation, False)])
    net.set_weights([np.array([z], module.dtype)])
    out = np.full((1, 5), np.nan, module.dtype)
    assert net.predict(module.Rows(np.ones((1, 1), module.dtype)), out)
    # subnormal numbers may count as zero
    assert_close(out[0], np.array(y, module.dtype), rtol=1e-6, atol=1e-37)


STABLE = [  # z, t, cost, its value, p - t (divided by n_out for the binary cost)
    ([1e4, 0.0, 0.0], [[0, 1, 0]], CATEGORICAL, 1e4, [1, -1, 0]),
    ([1e4, 0.0, 0.0], [0], SPARSE, 0.0, [0, 0, 0]),
    ([-1e4, -1e4, 0.0], [1], SPARSE, 1e4, [0, -1, 1]),
    ([1e4, -1e4, 100.0, 0.0], [[0, 1, 1, 0]], BINARY, (2e4 + np.log(2)) / 4, [1, -1, 0, 0.5]),
]


@pytest.mark.parametrize("fused", [True, False])
@pytest.mark.parametrize("z, t, loss, cost, dz", STABLE)
def test_stable_crossentropy(module, z, t, loss, cost, dz, fused):
    activation = "linear" if not fused else "sigmoid" if loss == BINARY else "softmax"
    net = module.Network(1, [("dense", len(z), activation, True)])
    before = [np.zeros((1, len(z)), module.dtype), np.array(z, module.dtype)]
    net.set_weights(before)
    net.compile(loss, (), from_logits=not fused)
    rows = module.Rows(np.zeros((1, 1), module.dtype)), module.Rows(np.array(t))
    assert_close(net.evaluate(*rows, 1), [cost, 1], rtol=1e-6, atol=1e-38)
    training = module.Training(net, *rows)
    training.learning_rate = 2.0**20  # so large that the step is seen beside z
    assert training.run(1) == "epoch"
    scale = 2.0**20 / (len(z) if loss == BINARY else 1)
    assert_close(before[1] - net.get_weights()[1], np.array(dz) * scale, rtol=1e-6, atol=1e-2)


def test_relu_keeps_nan(module):
    net = module.Network(2, [("dense", 3, "relu", True), ("dense", 1, "linear", True)])
    weights = net.get_weights()
    weights[1][1] = np.nan
    net.set_weights(weights)
    out = np.zeros((1, 1), module.dtype)
    net.predict(module.Rows(np.ones((1, 2))), out)
    assert np.isnan(out).all()


def test_parameters(module):
    stages = [("dense", 5, "relu", True), ("activation", "tanh"), ("dense", 2, "linear", False)]
    net = module.Network(3, stages)
    assert (net.n_in, net.n_out, net.n_parameters) == (3, 2, 3 * 5 + 5 + 5 * 2)
    rng = np.random.default_rng(0)
    weights = [rng.random(shape).astype(module.dtype) for shape in ((3, 5), (5,), (5, 2))]
    net.set_weights(weights)
    kept = net.snapshot()
    for a, got in zip(weights, net.get_weights(), strict=True):
        assert got.dtype == module.dtype and got.flags.c_contiguous and (a == got).all()
        got += 1  # a copy: the net does not see it
    net.set_weights([a * 0 for a in weights])
    net.restore(kept)
    assert all((a == b).all() for a, b in zip(weights, net.get_weights(), strict=True))


@pytest.mark.parametrize("got", [1.002, -1.0, np.nan, np.inf, [1.0, 1.0]])
def test_comparison_rejects_what_is_wrong(got):
    assert_close(1.0009, 1.0, rtol=1e-3)
    with pytest.raises(AssertionError):
        assert_close(got, 1.0, rtol=1e-3)
    with pytest.raises(AssertionError):
        assert_close(got, np.full(np.shape(got), -np.inf), rtol=1e-3)
    with pytest.raises(AssertionError):
        assert_close([0.0, 1e-3], [0.0, 0.0], rtol=1e9, atol=9e-4)


def test_comparison_knows_infinity_and_nan():
    values = [np.nan, np.inf, -np.inf, 0.0]
    assert_close(values, values, rtol=0)
    for wrong in ([np.nan, np.inf, np.inf, 0.0], [0.0, np.inf, -np.inf, 0.0]):
        with pytest.raises(AssertionError):
            assert_close(wrong, values, rtol=1.0, atol=1.0)
