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


@differs("`n_jobs`", "", "threads of one fit; the result does not depend on them")
@BOTH
def test_threads_make_no_difference(kind):
    losses = [kind(max_iter=3, random_state=0, n_jobs=n).fit(X, Y).loss_curve_ for n in (1, 2, -1)]
    assert losses[0] == losses[1] == losses[2]


@differs("`dropout`", "", "of hidden units, with sgd and adam")
def test_dropout():
    options = {"max_iter": 8, "random_state": 0}
    losses = [MLPClassifier(dropout=p, **options).fit(X, Y).loss_ for p in (0.0, 0.2, 0.2, 0.8)]
    assert losses[0] < losses[1] == losses[2] < losses[3]
    with pytest.raises(ValueError, match="dropout, validation_data, callbacks: given with solver"):
        MLPClassifier(dropout=0.1, solver="lbfgs").fit(X, Y)


@differs("further activations", "", ", ".join(MORE_ACTIVATIONS))
@pytest.mark.parametrize("activation", MORE_ACTIVATIONS)
def test_further_activations(activation):
    net = MLPClassifier(activation=activation, max_iter=60, random_state=0).fit(X, Y)
    assert net.score(X, Y) > 0.8
    assert np.allclose(net.predict_proba(X[:3]), net.predict_proba(X)[:3], atol=1e-12)


@differs("`fit(validation_data=)`", "", "`validation_loss_curve_`, the best weights are kept")
@BOTH
def test_validation_data_keeps_the_best_weights(kind):
    """With a rate at which the loss goes up and down."""
    options = {"max_iter": 15, "random_state": 0, "learning_rate_init": 0.1, "alpha": 0.0}
    options["n_iter_no_change"] = 20
    net = kind(**options).fit(X[:300], Y[:300], validation_data=(X[300:], Y[300:]))
    curve = net.validation_loss_curve_
    assert len(curve) == 15 and np.argmin(curve) != 14
    again = kind(**options | {"max_iter": int(np.argmin(curve)) + 1}).fit(X[:300], Y[:300])
    assert all((a == b).all() for a, b in zip(net.coefs_, again.coefs_, strict=True))
    if kind is MLPClassifier:
        p = net.predict_proba(X[300:])[np.arange(200), Y[300:]]
        loss = -np.log(np.clip(p, np.finfo(float).eps, 1)).mean()
    else:
        loss = ((net.predict(X[300:]) - Y[300:]) ** 2).mean() / 2
    assert np.isclose(loss, min(curve), rtol=1e-12)
    weighted = X[300:], Y[300:], np.full(200, 2.0)
    assert np.allclose(
        kind(**options).fit(X[:300], Y[:300], validation_data=weighted).validation_loss_curve_,
        curve,
        rtol=1e-12,
    )
    stopped = kind(early_stopping=True, **options)
    stopped.fit(X[:300], Y[:300], validation_data=(X[300:], Y[300:]))
    assert stopped.best_validation_score_ == stopped.score(X[300:], Y[300:])
    assert stopped.t_ == 300 * stopped.n_iter_
    if kind is MLPClassifier:
        with pytest.raises(ValueError, match="validation_data: y has the classes \\[77\\]"):
            net.fit(X, Y, validation_data=(X[:3], [1, 2, 77]))


@differs(
    "`fit(callbacks=)`", "", "called with the estimator after each epoch; True ends the training"
)
def test_callbacks_of_fit():
    seen = []

    def watch(net):
        seen.append((net.n_iter_, net.coefs_[0].copy()))
        return len(seen) == 3

    net = MLPClassifier(max_iter=50, random_state=0).fit(X, Y, callbacks=[watch])
    assert [n for n, _ in seen] == [1, 2, 3] and net.n_iter_ == 3
    assert (seen[2][1] == net.coefs_[0]).all() and (seen[1][1] != net.coefs_[0]).any()
    with pytest.raises(TypeError, match="callbacks: 'x' given; expected callables"):
        net.fit(X, Y, callbacks=["x"])


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


def test_overflow_with_early_stopping_tells_everybody():
    epochs = []
    net = MLPRegressor(
        solver="sgd", learning_rate_init=0.5, activation="identity", early_stopping=True,
        random_state=0,
    )  # fmt: skip
    with pytest.warns(ConvergenceWarning):
        net.fit(X, Y, validation_data=(X, Y), callbacks=[lambda net: epochs.append(net.n_iter_)])
    assert epochs == list(range(1, net.n_iter_ + 1))
    assert len(net.validation_loss_curve_) == len(net.loss_curve_) == net.n_iter_


@pytest.mark.parametrize("given, message", [
    ({"validation_data": X}, r"validation_data: ndarray given; expected \(X, y\)"),
    ({"validation_data": (X,)}, r"validation_data: tuple given; expected \(X, y\)"),
    ({"validation_data": (X, np.ones((500, 2)))}, "validation_data: y has 2 columns; expected 1"),
    ({"callbacks": print}, "callbacks: <built-in function print> given; expected a list"),
])  # fmt: skip
def test_bad_arguments_of_fit(given, message):
    with pytest.raises((TypeError, ValueError), match=message):
        MLPRegressor().fit(X, Y, **given)


def test_curves_go_on_together():
    net = MLPRegressor(max_iter=3, warm_start=True, random_state=0)
    for k in (1, 2):
        with pytest.warns(ConvergenceWarning):
            net.fit(X, Y, validation_data=(X, Y))
        assert len(net.validation_loss_curve_) == len(net.loss_curve_) == 3 * k


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


def test_interrupted(monkeypatch, sigint):
    def interrupt(net):
        if net.n_iter_ == 2:
            raise KeyboardInterrupt

    with pytest.warns(UserWarning, match="Training interrupted by user."):
        net = MLPClassifier(max_iter=9).fit(X, Y, callbacks=[interrupt])
    assert net.n_iter_ == 2 and net.predict(X).shape == (500,)


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
    """Poisson's, of targets below 0: NaN."""
    with pytest.raises(ValueError, match="non-finite"):
        MLPRegressor(loss="poisson", solver="lbfgs", max_iter=5).fit(X, Y - 5.0)


def test_out_activation_can_be_changed_after_fit():
    """As people do who want the last layer's z."""
    net = MLPClassifier((5,), max_iter=1).fit(X, Y)
    net.out_activation_ = "identity"
    z = np.maximum(X @ net.coefs_[0] + net.intercepts_[0], 0) @ net.coefs_[1] + net.intercepts_[1]
    many = np.concatenate([X, X])
    np.testing.assert_allclose(net.predict_proba(many), np.concatenate([z, z]))
