"""The cost of an estimator over its weights: what its `fit` minimises, by two other ways."""

import numpy as np
import pytest
from sklearn import neural_network

from trilobite import plot, sklearn
from trilobite.plot.costs import cost_at

RNG = np.random.default_rng(1)
X = RNG.standard_normal((30, 2))
NUMBERS = X @ [1.5, -0.5] + 0.2
LABELS = np.array(["a", "b", "c"])[(X[:, 0] > 0).astype(int) + (X[:, 1] > 0)]
TWO = LABELS == "b"
SEVERAL = np.stack([X[:, 0] > 0, X[:, 1] > 0], axis=1).astype(int)
OPTIONS = {"hidden_layer_sizes": (3,), "alpha": 0.3, "random_state": 0}


def fitted(kind, y, **options):
    """In batches of all rows: the loss of an epoch is the cost before its only step."""
    path = plot.Path()
    net = kind(**OPTIONS, batch_size=len(X), max_iter=6, n_iter_no_change=9, **options)
    with pytest.warns(UserWarning, match="Maximum iterations"):
        net.fit(X, y, callbacks=[path])
    return net, path


@pytest.mark.parametrize(
    ("kind", "y", "options"),
    [
        (sklearn.MLPRegressor, NUMBERS, {}),
        (sklearn.MLPRegressor, X, {"activation": "gelu"}),
        (sklearn.MLPRegressor, NUMBERS**2, {"loss": "poisson"}),
        (sklearn.MLPRegressor, NUMBERS, {"loss": "huber", "solver": "sgd"}),
        (sklearn.MLPClassifier, LABELS, {}),
        (sklearn.MLPClassifier, LABELS, {"class_weight": {"a": 1, "b": 5, "c": 2}}),
        (sklearn.MLPClassifier, TWO, {"class_weight": "balanced"}),
        (sklearn.MLPClassifier, SEVERAL, {}),
        (sklearn.MLPClassifier, TWO, {"loss": "squared_error"}),
    ],
)
def test_cost_is_what_fit_says(kind, y, options):
    net, path = fitted(kind, y, **options)
    cost = cost_at(net, X, y)
    found = [cost.at(weights) for weights in path.weights]
    assert np.allclose(found[:-1], net.loss_curve_[1:], rtol=1e-12)
    ax = plot.cost_line(net, X, y, path=path, n=5)
    drawn = {line.get_label(): line.get_xydata() for line in ax.get_lines()}
    assert np.allclose(drawn["path of training"][:, 1], found)
    assert "principal direction 1" in ax.get_xlabel()


@pytest.mark.parametrize(
    ("kind", "y"),
    [
        (neural_network.MLPRegressor, NUMBERS),
        (neural_network.MLPClassifier, LABELS),
        (neural_network.MLPClassifier, TWO),
    ],
)
def test_cost_of_scikit_learns_own(kind, y):
    """The least that L-BFGS of scikit-learn found, and more beside it."""
    net = kind(**OPTIONS, solver="lbfgs", max_iter=1000).fit(X, y)
    cost = cost_at(net, X, y)
    assert np.isclose(cost.at(cost.weights), net.loss_, rtol=1e-9)
    for k, direction in enumerate(((0, 1, 2), (2, 0, 0))):
        ax = plot.cost_line(net, X, y, direction, n=21)
        t, costs = ax.get_lines()[0].get_xydata().T
        weights = net.coefs_[k]
        assert np.isclose(t.mean(), weights[direction[1:]]) and costs.argmin() == 10


def test_map_and_surface_with_a_path():
    """Of scikit-learn's own as well, whose path is recorded by hand."""
    ours, path = fitted(sklearn.MLPClassifier, LABELS)
    theirs, by_hand = neural_network.MLPClassifier(**OPTIONS), plot.Path()
    for _ in range(4):
        by_hand(theirs.partial_fit(X, LABELS, classes=list("abc")))
    for net, way in ((ours, path), (theirs, by_hand)):
        before = [w.copy() for w in net.coefs_ + net.intercepts_]
        flat = plot.cost_contour(net, X, LABELS, path=way, n=3)
        assert "principal direction 1" in flat.get_xlabel()
        surface = plot.cost_surface(net, X, LABELS, path=way, n=3)
        z = surface.lines[0].get_data_3d()[2]
        cost = cost_at(net, X, LABELS)
        assert np.allclose(z, [cost.at(weights) for weights in way.weights])
        assert all(map(np.array_equal, net.coefs_ + net.intercepts_, before))


def test_rows_that_are_sparse_and_float32():
    from scipy import sparse

    net = sklearn.MLPRegressor(**OPTIONS, solver="lbfgs").fit(X.astype("f4"), NUMBERS)
    costs = [cost_at(net, x, NUMBERS).at(net_weights(net)) for x in (X, sparse.csr_array(X))]
    assert np.allclose(costs, net.loss_, rtol=1e-5)


def net_weights(net):
    return [a for pair in zip(net.coefs_, net.intercepts_, strict=True) for a in pair]


def test_path_of_an_estimator():
    net, path = fitted(sklearn.MLPRegressor, NUMBERS)
    assert len(path.weights) == 6
    assert all(map(np.array_equal, path.weights[-1], net_weights(net)))
    assert not np.array_equal(path.weights[0][0], path.weights[1][0])


def test_refused():
    with pytest.raises(ValueError, match="model: got MLPRegressor.*, expected one that is fitted"):
        plot.cost_line(sklearn.MLPRegressor(), X, NUMBERS)
    net, _ = fitted(sklearn.MLPClassifier, LABELS)
    with pytest.raises(ValueError, match="x, y: y has the classes .'z'.; expected some of"):
        plot.cost_line(net, X, ["z"] * len(X))
    with pytest.raises(ValueError, match="x, y: X has 1 features, but MLPClassifier is expecting"):
        plot.cost_line(net, X[:, :1], LABELS)
    with pytest.raises(ValueError, match="path, array 0: got shape .1,., expected .2, 3."):
        plot.cost_line(net, X, LABELS, path=[[np.ones(1)] * 4])
