"""Definitions, in the reference and every variant: numbers known from elsewhere, and extremes."""

import numpy as np
import pytest
from compare import assert_close, identity, means, step

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
    # the logarithm is that of y + 1e-7
    ([[0.0, 2.0]], [[1, 0]], "poisson", (16.1180957 + 2) / 2, {}),
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
    got = net.evaluate(module.Rows(x), module.Rows(np.array(t)))
    assert got.dtype == np.float64
    assert_close(means(got), [cost, *metrics.values()], rtol=1e-6)


def test_of_equal_wrong_classes_the_first_counts(module):
    """In the gradient of the categorical hinge; the cost is 1 + 1 - 1."""
    net = identity(module, 3)
    net.compile("categorical_hinge")
    (dw,) = step(module, net, np.ones((1, 3)), np.array([[0, 0, 1]]), 0.5)
    assert_close(dw, [[1, 0, -1]] * 3, rtol=0)


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
    assert_close(net.evaluate(*rows), [cost, 1], rtol=1e-6, atol=1e-38)
    training = module.Training(net, *rows)
    training.learning_rate = 2.0**20  # so large that the step is seen beside z
    assert training.run(1) == "epoch"
    scale = 2.0**20 / (len(z) if loss == BINARY else 1)
    assert_close(before[1] - net.get_weights()[1], np.array(dz) * scale, rtol=1e-6, atol=1e-2)


def test_parameters(module):
    stages = [("dense", 5, "relu", True), ("activation", "tanh"), ("dense", 2, "linear", False)]
    net = module.Network(3, stages)
    assert (net.n_in, net.n_out, net.n_parameters) == (3, 2, 3 * 5 + 5 + 5 * 2)
    assert net.n_trainable == net.n_parameters and net.trainable == (True, True, True)
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
