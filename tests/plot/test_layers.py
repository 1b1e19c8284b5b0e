"""Weights and outputs read back from the picture, beside the model's own."""

import numpy as np
import pytest
from matplotlib.colors import to_rgb

import trilobite as keras
from trilobite import layers, plot
from trilobite.plot.canvas import BLUE, VERMILION

X = np.random.default_rng(0).standard_normal((60, 6))


def net(*activations, units=5, shape=(2, 3)):
    keras.utils.set_random_seed(1)
    dense = [layers.Dense(units, name) for name in activations]
    return keras.Sequential([keras.Input(shape, dtype="float64"), layers.Flatten(), *dense])


def fitted():
    from trilobite.sklearn import MLPRegressor

    estimator = MLPRegressor(hidden_layer_sizes=(4,), activation="logistic", max_iter=1)
    with pytest.warns(UserWarning):
        return estimator.fit(X, X[:, :2])


def test_first_layer_is_the_kernel():
    model = net("relu")
    ax = plot.first_layer(model)
    whole = np.ma.filled(ax.images[0].get_array(), np.nan)
    assert whole.shape == (2 * 3 - 1, 3 * 4 - 1)  # 5 images of 2 x 3 in 2 rows of 3
    kernel = model.get_weights()[0]
    for k in range(5):
        i, j = 3 * (k // 3), 4 * (k % 3)
        assert np.array_equal(whole[i : i + 2, j : j + 3], kernel[:, k].reshape(2, 3))
    assert np.isnan(whole[2]).all() and np.isnan(whole[:, 3]).all()
    assert np.isnan(whole).sum() == whole.size - kernel.size
    low, high = ax.images[0].get_clim()
    assert np.isclose(high, np.abs(kernel).max()) and low == -high  # 0 is white


def test_first_layer_of_some_units_in_another_shape():
    model = net("relu")
    ax = plot.first_layer(model, (3, 2), n=1)
    expected = model.get_weights()[0][:, 0].reshape(3, 2)
    assert np.array_equal(ax.images[0].get_array(), expected)


def test_first_layer_of_an_estimator():
    estimator = fitted()
    ax = plot.first_layer(estimator, (1, 6))
    assert np.allclose(ax.images[0].get_array()[0, :6], estimator.coefs_[0][:, 0])


def lines_of(ax):
    """From (layer, height) to (layer, height): width and colour."""
    found = {}
    for collection in ax.collections:
        if hasattr(collection, "get_segments"):
            parts = collection.get_segments(), collection.get_linewidths(), collection.get_colors()
            for ends, width, colour in zip(*parts, strict=True):
                key = tuple(round(float(v), 6) for v in np.ravel(ends))
                found[key] = width, tuple(colour[:3]), collection
    return found


def test_network_has_a_line_for_each_weight():
    model = net("relu", "linear", units=3)
    ax = plot.network(model)
    lines = lines_of(ax)
    kernels = model.get_weights()[0::2]
    assert len(lines) == sum(w.size for w in kernels)
    heights = [np.arange(n)[::-1] - (n - 1) / 2 for n in (6, 3, 3)]
    for k, w in enumerate(kernels):
        for (i, j), weight in np.ndenumerate(w):
            width, colour, _ = lines[(k, heights[k][i], k + 1, heights[k + 1][j])]
            assert np.isclose(width, 3 * abs(weight) / np.abs(w).max())
            assert colour == to_rgb(BLUE if weight >= 0 else VERMILION)
    styles = {collection for *_, collection in lines.values()}
    for collection, w in zip(sorted(styles, key=lambda c: c.get_segments()[0][0][0]), kernels,
                             strict=True):  # fmt: skip
        dashed = [dashes is not None for _, dashes in collection.get_linestyles()]
        assert dashed == list(w.ravel() < 0)


def test_network_says_what_it_leaves_out():
    ax = plot.network(net("relu", units=20), most=4)
    assert len(lines_of(ax)) == 16
    told = [text.get_text() for text in ax.texts]
    assert told[0] == "inputs\n4 of 6" and told[1].endswith("\n4 of 20")
    whole = [text.get_text() for text in plot.network(net("relu", units=3)).texts]
    assert whole[0] == "inputs\n6" and whole[1].endswith("\n3")


def test_network_of_an_estimator():
    estimator = fitted()
    assert len(lines_of(plot.network(estimator))) == sum(w.size for w in estimator.coefs_)


def told_of(ax):
    return [tick.get_text().split("\n") for tick in ax.get_xticklabels()]


def histograms(ax, n):
    """Counts, up to a factor, and lower edges of each layer's bars."""
    bars = np.array([(bar.get_width(), bar.get_y(), bar.get_x()) for bar in ax.patches])
    return np.split(bars, n)


def test_activations_are_those_of_the_layers():
    model = net("tanh", "relu", "sigmoid")
    model.set_weights([4 * w for w in model.get_weights()])
    ax = plot.activations(model, X.reshape(-1, 2, 3), bins=10)
    w = model.get_weights()
    tanh = np.tanh(X @ w[0] + w[1])
    relu = np.maximum(tanh @ w[2] + w[3], 0)
    sigmoid = 1 / (1 + np.exp(-(relu @ w[4] + w[5])))
    for k, (y, bars) in enumerate(zip((tanh, relu, sigmoid), histograms(ax, 3), strict=True)):
        counts, edges = np.histogram(y, 10)
        width, low, x = bars.T
        assert np.allclose(x, k) and np.allclose(low, edges[:-1], atol=1e-5)
        assert np.allclose(width / width.max(), counts / counts.max())
    shares = [np.mean(np.abs(tanh) > 0.9), np.mean((sigmoid < 0.05) | (sigmoid > 0.95))]
    told = told_of(ax)
    assert told[0][1] == f"{shares[0]:.0%} saturated" and shares[0] > 0.3
    assert told[2][1] == f"{shares[1]:.0%} saturated" and shares[1] > 0.05
    assert told[1][1] == f"{np.mean(relu == 0):.0%} zero"
    assert told[1][2] == f"{(relu == 0).all(axis=0).sum()} of 5 dead"


def test_dead_units_are_counted():
    model = net("relu")
    w, b = model.get_weights()
    b[:2] = -100
    model.set_weights([w, b])
    (told,) = told_of(plot.activations(model, X.reshape(-1, 2, 3)))
    assert told[2] == "2 of 5 dead"


def test_activations_of_an_estimator():
    estimator = fitted()
    ax = plot.activations(estimator, X, bins=7)
    hidden = 1 / (1 + np.exp(-(X @ estimator.coefs_[0] + estimator.intercepts_[0])))
    for y, bars in zip((hidden, estimator.predict(X)), histograms(ax, 2), strict=True):
        counts, edges = np.histogram(y, 7)
        assert np.allclose(bars[:, 1], edges[:-1]) and len(bars) == 7
        assert np.allclose(bars[:, 0] / bars[:, 0].max(), counts / counts.max())


def test_layers_without_outputs_of_their_own_are_left_out():
    model = keras.Sequential(
        [
            keras.Input((2, 3)),
            layers.Activation("tanh"),  # of rows of two dimensions
            layers.Flatten(),
            layers.Dense(4, name="wide"),
            layers.Dropout(0.5),
            layers.BatchNormalization(name="normal"),
            layers.ReLU(name="bent"),
        ]
    )
    told = told_of(plot.activations(model, X.reshape(-1, 2, 3)))
    assert [name for name, *_ in told][1:] == ["wide", "normal", "bent"]
    assert told[0][1].endswith("saturated") and told[3][1].endswith("zero")
    assert not told[1][1:] and not told[2][1:]


def test_activations_of_functions_of_ones_own():
    square = keras.Differentiable(lambda z: z**2, lambda z: 2 * z)
    model = net(square, "relu")
    y = (X @ model.get_weights()[0]) ** 2
    first, _ = histograms(plot.activations(model, X.reshape(-1, 2, 3), bins=8), 2)
    assert np.allclose(first[:, 1], np.histogram(y, 8)[1][:-1])


def test_the_model_stays_in_no_other():
    """The parts that are computed belong to a copy."""
    model = net("relu", "linear")
    plot.activations(model, X.reshape(-1, 2, 3))
    assert all(list(layer.models) == [model] for layer in model.layers)


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda: plot.first_layer(net("relu"), (2, 2)), ValueError, "shape: got .2, 2., expected"),
        (lambda: plot.first_layer(net("relu", shape=(7,))), ValueError, "height and width of 7"),
        (lambda: plot.first_layer(net("relu"), n=0), ValueError, "n: got 0"),
        (lambda: plot.network(net()), ValueError, "expected one that is built"),
        (lambda: plot.network(net("relu"), most=0), ValueError, "most: got 0"),
        (lambda: plot.network("net"), TypeError, "model: got 'net' .str., expected a Model"),
        (lambda: plot.activations(net("relu"), X), ValueError, "x: got shape .60, 6., expected"),
        (lambda: plot.activations(net("relu"), X, bins=0), ValueError, "bins: got 0"),
    ],
)
def test_refused(call, kind, message):
    with pytest.raises(kind, match=message):
        call()


def test_not_fitted_refused():
    from sklearn.neural_network import MLPClassifier

    with pytest.raises(ValueError, match="expected one that is fitted"):
        plot.network(MLPClassifier())
