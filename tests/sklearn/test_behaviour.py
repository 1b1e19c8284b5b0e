"""What scikit-learn's documentation and tests say of its perceptrons, of both classes alike."""

import math

import numpy as np
import pytest

pytest.importorskip("sklearn")

from sklearn.datasets import load_iris  # noqa: E402
from sklearn.linear_model import PoissonRegressor  # noqa: E402
from sklearn_pairs import MODULES, assert_equal, outcome  # noqa: E402

import trilobite.sklearn  # noqa: E402

X, Y = load_iris(return_X_y=True)
X = (X - X.mean(axis=0)) / X.std(axis=0)
CLASSIFIER, REGRESSOR = "MLPClassifier", "MLPRegressor"
BOTH = pytest.mark.parametrize("name", [CLASSIFIER, REGRESSOR])
pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    # scikit-learn 1.6 with the SciPy of today
    pytest.mark.filterwarnings("ignore:scipy.optimize:DeprecationWarning"),
]


def pair_of(call):
    """What a call with each module gives; errors and warnings are the same."""
    ends = [outcome(lambda m=m: call(m)) for m in MODULES]
    assert ends[0][1:] == ends[1][1:]
    return ends[0][0], ends[1][0], ends[0][1]


def test_a_step_by_hand():
    """x = 2, t = 1; h = tanh(0.5 x + 0.1), y = sigmoid(-h + 0.3); w -= 0.5 (dw + alpha w)."""
    net = trilobite.sklearn.MLPClassifier(
        (1,), "tanh", solver="sgd", learning_rate_init=0.5, momentum=0, alpha=0.2, random_state=0
    )
    net.partial_fit([[2.0]], [1], classes=[0, 1])
    for arrays, values in ((net.coefs_, (0.5, -1.0)), (net.intercepts_, (0.1, 0.3))):
        for array, value in zip(arrays, values, strict=True):
            array[...] = value
    h = math.tanh(1.1)
    y = 1 / (1 + math.exp(h - 0.3))
    assert np.allclose(net.predict_proba([[2.0]]), [[1 - y, y]])
    net.partial_fit([[2.0]], [1])
    dz = (y - 1) * -1.0 * (1 - h * h)
    assert np.isclose(net.loss_, -math.log(y) + 0.1 * (0.25 + 1))
    assert np.isclose(net.coefs_[0][0, 0], 0.5 - 0.5 * (dz * 2 + 0.2 * 0.5))
    assert np.isclose(net.coefs_[1][0, 0], -1 - 0.5 * ((y - 1) * h - 0.2))
    assert np.isclose(net.intercepts_[0][0], 0.1 - 0.5 * dz)
    assert np.isclose(net.intercepts_[1][0], 0.3 - 0.5 * (y - 1))


@pytest.mark.parametrize("solver", ["lbfgs", "adam"])
def test_poisson_without_hidden_layers_is_the_linear_model(solver):
    rng = np.random.default_rng(0)
    counts = rng.poisson(np.exp(X[:, 0] / 2 + 1))
    linear = PoissonRegressor(alpha=0, tol=1e-8).fit(X, counts)
    net = trilobite.sklearn.MLPRegressor(
        "poisson", (), solver=solver, alpha=0, tol=1e-9, max_iter=3000, batch_size=150,
        learning_rate_init=0.01, random_state=0,
    ).fit(X, counts)  # fmt: skip
    assert np.allclose(net.predict(X), linear.predict(X), rtol=1e-3)


@pytest.mark.parametrize("kind", ["binary", "multiclass", "multilabel"])
@pytest.mark.parametrize("rows", [2, 150])
def test_logarithms_of_probabilities(kind, rows):
    y = {"binary": Y > 0, "multiclass": Y, "multilabel": np.eye(3, dtype=int)[Y]}[kind]

    def call(module):
        net = module.MLPClassifier(max_iter=3, random_state=0)
        net.fit(X, y)
        p, log_p = net.predict_proba(X[:rows]), net.predict_log_proba(X[:rows])
        assert np.allclose(np.exp(log_p), p) and log_p.shape == p.shape
        assert np.allclose(p.sum(axis=1), 1) == (kind != "multilabel")
        return log_p

    theirs, ours, _ = pair_of(call)
    assert np.allclose(ours, theirs, rtol=1e-7)


@BOTH
@pytest.mark.parametrize("momentum", [0, 0.9])
def test_epochs_of_whole_batches_are_partial_fits(name, momentum):
    options = {"solver": "sgd", "batch_size": 150, "random_state": 1, "momentum": momentum}
    kind = getattr(trilobite.sklearn, name)
    whole = kind(max_iter=7, tol=0.0, **options).fit(X, Y)
    steps = kind(**options)
    first = {"classes": [0, 1, 2]} if name == CLASSIFIER else {}
    for k in range(7):
        steps.partial_fit(X, Y, **first if k == 0 else {})
    assert np.allclose(steps.loss_curve_, whole.loss_curve_, rtol=1e-12)
    assert steps.t_ == whole.t_ and (steps.n_iter_, whole.n_iter_) == (1, 7)


@BOTH
@pytest.mark.parametrize("solver", ["sgd", "adam", "lbfgs"])
def test_one_epoch_at_a_time_by_warm_start(name, solver):
    """The user guide's loop for more control."""

    def call(module):
        net = getattr(module, name)(warm_start=True, max_iter=1, random_state=1, solver=solver)
        for _ in range(6):
            net.fit(X, Y)
        return net

    theirs, ours, _ = pair_of(call)
    assert_equal(theirs, ours, X)


@BOTH
def test_warm_start_with_early_stopping(name):
    def call(module):
        net = getattr(module, name)(
            warm_start=True, early_stopping=True, max_iter=5, random_state=1
        )
        net.fit(X, Y)
        assert len(net.validation_scores_) == 5 and net.best_loss_ is None
        assert net.best_validation_score_ == max(net.validation_scores_)
        return net.set_params(max_iter=9).fit(X, Y)

    theirs, ours, _ = pair_of(call)
    assert_equal(theirs, ours, X)


@BOTH
def test_no_partial_fit_with_early_stopping(name):
    *_, error = pair_of(
        lambda m: getattr(m, name)(early_stopping=True, max_iter=3).fit(X, Y).partial_fit(X, Y)
    )
    assert error == (ValueError, "partial_fit does not support early_stopping=True")


def test_validation_rows_are_stratified():
    *_, error = pair_of(lambda m: m.MLPClassifier(early_stopping=True).fit(X[:4], [0, 0, 0, 1]))
    assert error[0] is ValueError and "least populated class" in error[1]


@BOTH
@pytest.mark.parametrize("solver", ["sgd", "adam", "lbfgs"])
@pytest.mark.parametrize("n", [1, 2, 3])
def test_a_few_rows(name, solver, n):
    y = np.arange(n)
    options = {"random_state": 0, "tol": 0.5, "max_iter": 300, "solver": solver}
    theirs, ours, _ = pair_of(lambda m: getattr(m, name)(**options).fit(X[:n] * 3, y))
    if theirs is not None:
        assert_equal(theirs, ours, X)


def test_the_rate_sinks_until_it_is_small():
    options = {"solver": "sgd", "learning_rate": "adaptive", "tol": 0.5, "random_state": 0}
    theirs, ours, _ = pair_of(
        lambda m: m.MLPClassifier(max_iter=3000, **options).fit(X[[0, 99]], [1, 0])
    )
    assert ours.n_iter_ == theirs.n_iter_ < 3000
    assert ours._optimizer.learning_rate == theirs._optimizer.learning_rate < 1e-6


@BOTH
def test_coefficients_set_before_partial_fit_are_trained(name):
    """And replaced arrays as well as changed ones."""
    first = {"classes": [0, 1, 2]} if name == CLASSIFIER else {}

    def call(module):
        net = getattr(module, name)(hidden_layer_sizes=(3,), random_state=0, solver="sgd")
        net.partial_fit(X, Y, **first)
        net.coefs_[0] = np.full((4, 3), 0.25)
        net.intercepts_[1][:] = 1
        return net.partial_fit(X, Y)

    theirs, ours, _ = pair_of(call)
    assert np.allclose(ours.predict(X), theirs.predict(X), rtol=1e-8)
