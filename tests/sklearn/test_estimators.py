"""trilobite.sklearn as an estimator among others, and what it has beyond scikit-learn's."""

import inspect
import pickle
import re
import subprocess
import sys
import warnings

import numpy as np
import pytest

pytest.importorskip("sklearn")

from scipy import sparse  # noqa: E402
from sklearn import neural_network  # noqa: E402
from sklearn.base import clone  # noqa: E402
from sklearn.calibration import CalibratedClassifierCV  # noqa: E402
from sklearn.datasets import load_digits  # noqa: E402
from sklearn.ensemble import VotingClassifier  # noqa: E402
from sklearn.exceptions import ConvergenceWarning  # noqa: E402
from sklearn.model_selection import GridSearchCV, cross_val_score  # noqa: E402
from sklearn.pipeline import make_pipeline  # noqa: E402
from sklearn.preprocessing import StandardScaler  # noqa: E402
from sklearn.utils.estimator_checks import check_estimator  # noqa: E402
from sklearn_pairs import differs, outcome  # noqa: E402

import trilobite  # noqa: E402
from trilobite.sklearn import MLPClassifier, MLPRegressor  # noqa: E402
from trilobite.sklearn.descent import MORE_ACTIVATIONS  # noqa: E402

X, Y = load_digits(return_X_y=True)
X, Y = X[:500] / 16, Y[:500]
BOTH = pytest.mark.parametrize("kind", [MLPClassifier, MLPRegressor])
pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    # scikit-learn 1.6 with the SciPy of today
    pytest.mark.filterwarnings("ignore:scipy.optimize:DeprecationWarning"),
]


@BOTH
def test_scikit_learns_own_checks(kind):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        check_estimator(kind(max_iter=100))


@differs(
    "the regressor's first parameter",
    "`hidden_layer_sizes` in 1.6, `loss` from 1.7",
    "`loss` with every version",
)
@BOTH
def test_parameters(kind):
    """scikit-learn's, in its order and with its defaults; then trilobite's."""
    theirs = inspect.signature(getattr(neural_network, kind.__name__)).parameters
    ours = inspect.signature(kind).parameters
    own = ["class_weight", "dropout", "loss", "n_jobs"]
    if kind is MLPRegressor:
        own = ["dropout", "n_jobs"]
        if "loss" not in theirs:  # scikit-learn 1.6
            ours = {name: p for name, p in ours.items() if name != "loss"}
    assert list(ours) == [*theirs, *own]
    assert all(ours[name].default == p.default for name, p in theirs.items())


def test_among_other_estimators():
    net = MLPClassifier((20,), max_iter=5, random_state=0)
    assert repr(net) == "MLPClassifier(hidden_layer_sizes=(20,), max_iter=5, random_state=0)"
    pipeline = make_pipeline(StandardScaler(), net)
    assert cross_val_score(pipeline, X, Y, cv=2).shape == (2,)
    grid = GridSearchCV(pipeline, {"mlpclassifier__alpha": [1e-4, 1.0]}, cv=2, n_jobs=2)
    assert grid.fit(X, Y).best_score_ > 0.1
    VotingClassifier([("a", net), ("b", clone(net))]).fit(X, Y).predict(X)
    CalibratedClassifierCV(net, cv=2).fit(X, Y).predict_proba(X)
    fitted = clone(net).fit(X, Y)
    again = pickle.loads(pickle.dumps(fitted))
    assert (again.predict_proba(X) == fitted.predict_proba(X)).all()
    assert (again.partial_fit(X, Y).coefs_[0] == fitted.partial_fit(X, Y).coefs_[0]).all()
    assert "MLPClassifier" in net._repr_html_()


@differs("further activations", "", ", ".join(MORE_ACTIVATIONS))
@pytest.mark.parametrize("activation", MORE_ACTIVATIONS)
def test_further_activations(activation):
    net = MLPClassifier(activation=activation, max_iter=60, random_state=0).fit(X, Y)
    assert net.score(X, Y) > 0.8
    assert np.allclose(net.predict_proba(X[:3]), net.predict_proba(X)[:3], atol=1e-12)


@differs(
    "cost or weights not finite",
    "goes on to the last epoch, then a ValueError if weights are not finite",
    "the same ValueError at once, also where only the cost is not finite; the weights of the epoch "
    "before are kept",
)
@BOTH
def test_overflow_ends_with_the_last_finite_weights(kind):
    net = kind(solver="sgd", learning_rate_init=1e200, max_iter=5, activation="identity")
    with pytest.raises(ValueError, match="Solver produced non-finite parameter weights"):
        net.fit(X * 1e10, Y)
    assert all(np.isfinite(w).all() for w in net.coefs_)


@differs(
    "the same with `early_stopping`",
    "goes on to the last epoch with a score of NaN; the best weights are kept",
    "the best weights are kept at once, with a ConvergenceWarning",
)
def test_overflow_with_early_stopping_keeps_the_best():
    """scikit-learn's issue 29504."""
    options = {"solver": "sgd", "learning_rate_init": 0.5, "activation": "identity"}
    options |= {"early_stopping": True, "random_state": 0}
    net = MLPRegressor(max_iter=40, **options)
    with pytest.warns(ConvergenceWarning, match="non-finite parameter weights"):
        net.fit(X, Y)
    assert 1 < net.n_iter_ == len(net.loss_curve_) < 40
    assert np.isnan(net.validation_scores_[-1]) and np.isnan(net.loss_)
    assert all(np.isfinite(w).all() for w in net.coefs_)
    best = int(np.nanargmax(net.validation_scores_)) + 1
    again = MLPRegressor(max_iter=best, **options).fit(X, Y)
    assert (again.coefs_[0] == net.coefs_[0]).all()
    net.set_params(warm_start=True, learning_rate_init=1e30)  # now the best are trained on
    with pytest.raises(ValueError, match="non-finite parameter weights"):
        net.fit(X, Y)
    assert all(np.isfinite(w).all() for w in net.coefs_)


@pytest.mark.parametrize("rows", [1, 20, 600])
def test_predictions_for_sparse_rows(rows):
    """Few stored elements go through NumPy, more through the engine."""
    wide = sparse.random(600, 2000, 0.05, format="csr", random_state=0)
    net = MLPRegressor(max_iter=2, random_state=0).fit(wide, Y[np.arange(600) % 500])
    expected = net._forward_pass_fast(wide[:rows].toarray(), check_input=False)
    assert np.allclose(net.predict(wide[:rows]), expected.ravel(), rtol=1e-12)


def test_values_beyond_the_weights_type():
    """A net of float32 goes on with rows of float64."""
    net = MLPRegressor(max_iter=2, warm_start=True, random_state=0).fit(X.astype("f4"), Y)
    with pytest.raises(ValueError, match="too large for dtype"):
        net.fit(X * 1e200, Y)


@differs(
    "`early_stopping`, labels that are strings",
    "a TypeError up to 1.8 (its issue 33760)",
    "works with every version",
)
def test_early_stopping_with_strings():
    names = np.array(["even", "odd"], object)[Y % 2]
    options = {"early_stopping": True, "max_iter": 5, "random_state": 0}
    net = MLPClassifier(**options).fit(X, names)
    expected = MLPClassifier(**options).fit(X, Y % 2)
    assert net.validation_scores_ == expected.validation_scores_


@differs('`sample_weight`, `loss="poisson"`', "from 1.7", "with 1.6 too")
@pytest.mark.parametrize("loss", ["squared_error", "poisson"])
def test_weights_count_rows(loss):
    weights = np.arange(500) % 3
    options = {"solver": "sgd", "momentum": 0, "max_iter": 5, "random_state": 0}
    by_weight = MLPRegressor(loss, batch_size=500, **options).fit(X, Y, weights)
    x, y = np.repeat(X, weights, axis=0), np.repeat(Y, weights)
    by_rows = MLPRegressor(loss, batch_size=len(y), **options).fit(x, y)
    assert np.allclose(by_weight.predict(X), by_rows.predict(X), rtol=1e-9)


@differs("the message for an unknown `activation`", "", "lists the further ones too")
@BOTH
def test_message_for_an_unknown_activation(kind):
    theirs, ours = (
        outcome(lambda k=k: k(activation="x").fit(X, Y))[1]
        for k in (getattr(neural_network, kind.__name__), kind)
    )
    assert theirs[0] is ours[0]
    listed = [set(re.findall("'(.*?)'", text.split("among")[1])) for _, text in (theirs, ours)]
    assert listed[1] == listed[0] | set(MORE_ACTIVATIONS)


@differs(
    "float32 with L-BFGS",
    "",
    "agrees until rounding sends the line searches different ways",
)
@BOTH
def test_float32_by_lbfgs(kind):
    theirs, ours = (
        k(solver="lbfgs", max_iter=5, random_state=0).fit(X.astype("f4"), Y)
        for k in (getattr(neural_network, kind.__name__), kind)
    )
    assert ours.coefs_[0].dtype == theirs.coefs_[0].dtype
    assert np.isclose(ours.loss_, theirs.loss_, rtol=1e-3)


@differs("a batch whose weights are all 0", "ZeroDivisionError", "no step")
def test_a_batch_without_weight_makes_no_step():
    weights = np.r_[np.zeros(200), np.ones(300)]
    options = {"max_iter": 3, "random_state": 0, "shuffle": False, "solver": "sgd", "momentum": 0}
    net = MLPClassifier(**options).fit(X, Y, weights)
    assert np.isfinite(net.loss_curve_).all()


def test_convergence_warning():
    with pytest.warns(ConvergenceWarning, match="Maximum iterations \\(2\\) reached"):
        MLPClassifier(max_iter=2).fit(X, Y)


def test_without_scikit_learn():
    code = (
        "import sys; sys.modules['sklearn'] = None\n"
        "import trilobite\n"
        "try: import trilobite.sklearn\n"
        "except ImportError as e: print(e)"
    )
    path = str(next(iter(trilobite.__path__)).rsplit("/", 1)[0])
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {path!r})\n" + code],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "pip install 'trilobite[sklearn]'" in done.stdout


def test_cost_that_is_not_finite_with_lbfgs():
    """The square of a large target is infinite."""
    with pytest.raises(ValueError, match="non-finite"):
        MLPRegressor(solver="lbfgs", max_iter=5).fit(X, Y * 1e200)


def test_out_activation_can_be_changed_after_fit():
    """As people do who want the last layer's z."""
    net = MLPClassifier((5,), max_iter=1).fit(X, Y)
    net.out_activation_ = "identity"
    z = np.maximum(X @ net.coefs_[0] + net.intercepts_[0], 0) @ net.coefs_[1] + net.intercepts_[1]
    many = np.concatenate([X, X])
    np.testing.assert_allclose(net.predict_proba(many), np.concatenate([z, z]))


@differs(
    "`warm_start`, `partial_fit` with other layers",
    "trains the layers that there are, or fails on the way",
    "a ValueError before anything is changed",
)
@BOTH
@pytest.mark.parametrize("how", ["warm_start", "partial_fit"])
@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
@pytest.mark.parametrize("layers", [(7,), (5, 5), ()])
def test_other_layers_than_there_are(kind, how, solver, layers):
    net = kind(hidden_layer_sizes=(5,), max_iter=2, random_state=0).fit(X, Y)
    before = [w.copy() for w in net.coefs_]
    net.set_params(hidden_layer_sizes=layers, warm_start=True)
    if how == "warm_start":
        net.set_params(solver=solver)
    message = f"layers of {re.escape(str([*layers, net.n_outputs_]))} given .* expected .5, "
    with pytest.raises(ValueError, match=message):
        (net.fit if how == "warm_start" else net.partial_fit)(X, Y)
    assert all((a == b).all() for a, b in zip(before, net.coefs_, strict=True))
    assert net.set_params(hidden_layer_sizes=[5]).fit(X, Y).n_iter_ == 2


def test_other_outputs_than_there_are():
    net = MLPRegressor(warm_start=True, max_iter=2).fit(X, Y)
    with pytest.raises(ValueError, match=r"layers of \[100, 2\] given .* expected \[100, 1\]"):
        net.fit(X, np.stack([Y, Y], axis=1))
    assert net.n_outputs_ == 1
    net.set_params(loss="poisson")
    with pytest.raises(ValueError, match="loss: 'poisson' given for out_activation_ 'identity'"):
        net.fit(X, Y)


@differs(
    '`loss="poisson"`, targets below 0', "a loss of NaN, no error", "a ValueError that says so"
)
def test_poisson_takes_no_targets_below_zero():
    net = MLPRegressor("poisson", max_iter=1)
    for solver in ("adam", "lbfgs"):
        with pytest.raises(ValueError, match="y: -5 given; expected at least 0 for loss='poisson'"):
            net.set_params(solver=solver).fit(X, Y - 5)
    net.set_params(solver="sgd")
    with pytest.raises(ValueError, match="validation_data: y: -5.0 given; expected at least 0"):
        net.fit(X, Y, validation_data=(X, Y - 5))
