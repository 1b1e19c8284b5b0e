"""`validation_data` of fit, and the end of a fit that it decides."""

import numpy as np
import pytest

pytest.importorskip("sklearn")

from scipy import sparse  # noqa: E402
from sklearn.datasets import load_digits  # noqa: E402
from sklearn.exceptions import ConvergenceWarning  # noqa: E402
from sklearn_pairs import differs  # noqa: E402

from trilobite.sklearn import MLPClassifier, MLPRegressor  # noqa: E402

X, Y = load_digits(return_X_y=True)
X, Y = X[:500] / 16, Y[:500]
BOTH = pytest.mark.parametrize("kind", [MLPClassifier, MLPRegressor])
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


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


def test_curves_go_on_together():
    net = MLPRegressor(max_iter=3, warm_start=True, random_state=0)
    for k in (1, 2):
        with pytest.warns(ConvergenceWarning):
            net.fit(X, Y, validation_data=(X, Y))
        assert len(net.validation_loss_curve_) == len(net.loss_curve_) == 3 * k


@pytest.mark.parametrize("given, message", [
    ({"validation_data": X}, r"validation_data: ndarray given; expected \(X, y\)"),
    ({"validation_data": (X,)}, r"validation_data: tuple given; expected \(X, y\)"),
    ({"validation_data": (X, np.ones((500, 2)))}, "validation_data: y has 2 columns; expected 1"),
    ({"callbacks": print}, "callbacks: <built-in function print> given; expected a list"),
])  # fmt: skip
def test_bad_arguments_of_fit(given, message):
    with pytest.raises((TypeError, ValueError), match=message):
        MLPRegressor().fit(X, Y, **given)


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


def test_curves_lie_side_by_side():
    """NaN where an epoch was not validated."""
    net = MLPRegressor(max_iter=2, warm_start=True, random_state=0).fit(X, Y)
    net.fit(X, Y, validation_data=(X, Y)).partial_fit(X, Y)
    net.set_params(early_stopping=False).fit(X, Y)
    curve = net.validation_loss_curve_
    assert np.isnan(curve).tolist() == [True] * 2 + [False] * 2 + [True] * 3
    assert len(net.loss_curve_) == 7
    net.set_params(warm_start=False).fit(X, Y)
    assert not hasattr(net, "validation_loss_curve_")


def test_an_early_stop_that_goes_on_without_validation_data():
    net = MLPRegressor(max_iter=2, warm_start=True, early_stopping=True, random_state=0)
    net.fit(X, Y, validation_data=(X, Y)).fit(X, Y)
    assert np.isnan(net.validation_loss_curve_).tolist() == [False] * 2 + [True] * 2
    assert len(net.validation_scores_) == 4 and np.isfinite(net.validation_scores_).all()


@BOTH
def test_best_of_each_call(kind):
    """A warm start goes on from the best weights, and ends with those of its own best epoch."""
    options = {"learning_rate_init": 0.1, "random_state": 0, "warm_start": True, "alpha": 0.0}
    net = kind(max_iter=8, n_iter_no_change=50, **options)
    for _ in range(3):
        seen = []
        net.fit(
            X[:300], Y[:300], validation_data=(X[300:], Y[300:]),
            callbacks=[lambda e, seen=seen: seen.append(e.coefs_[0])],
        )  # fmt: skip
        assert (net.coefs_[0] == seen[int(np.argmin(net.validation_loss_curve_[-8:]))]).all()


def test_the_first_of_equal_losses_is_the_best():
    """Of rows of zeros nothing but the penalty moves the weights, and the loss stays 0."""
    seen = []

    def watch(net):
        net.intercepts_[0][:] = 0
        seen.append(net.coefs_[0].copy())

    zeros = np.zeros((10, 3))
    net = MLPRegressor(hidden_layer_sizes=(), solver="sgd", momentum=0, alpha=1.0, max_iter=5)
    net.fit(zeros, zeros[:, 0], validation_data=(zeros, zeros[:, 0]), callbacks=[watch])
    assert net.validation_loss_curve_[1:] == [0] * 4 and (seen[1] != seen[2]).all()
    assert (net.coefs_[0] == seen[1]).all()


def test_overflow_keeps_the_best_of_validation():
    epochs = []
    net = MLPRegressor(solver="sgd", learning_rate_init=0.5, activation="identity", random_state=0)
    with pytest.warns(ConvergenceWarning, match="non-finite"):
        net.fit(X, Y, validation_data=(X, Y), callbacks=[lambda net: epochs.append(net.n_iter_)])
    assert np.isnan(net.loss_curve_[-1]) and np.isnan(net.validation_loss_curve_[-1])
    assert np.isfinite(net.best_loss_) and net.validation_scores_ is None
    assert epochs == list(range(1, len(net.loss_curve_) + 1))
    loss = np.square(net.predict(X) - Y).mean() / 2
    assert np.isclose(loss, np.nanmin(net.validation_loss_curve_), rtol=1e-9)


NAN_Y = np.where(Y == 3, np.nan, Y)
COLUMNS = np.eye(10, dtype=int)[Y]


@pytest.mark.parametrize("kind, targets, validation, message", [
    (MLPRegressor, Y, (X, NAN_Y), "y contains NaN"),
    (MLPClassifier, Y, (X, NAN_Y), "y contains NaN"),
    (MLPRegressor, Y, (X * np.nan, Y), "X contains NaN"),
    (MLPRegressor, Y, (X[:, 1:], Y), "X has 63 features, but MLPRegressor is expecting 64"),
    (MLPRegressor, Y, (X, Y[1:]), "inconsistent numbers of samples"),
    (MLPRegressor, Y, (X[0], Y[:1]), "Expected 2D array"),
    (MLPRegressor, Y, (X[:0], Y[:0]), "minimum of 1 is required"),
    (MLPRegressor, Y, (X, None), "y cannot be None|requires y to be passed"),
    (MLPRegressor, Y, (X, Y.astype(str) + np.array("a")), "could not convert"),
    (MLPRegressor, Y, (X, Y, -np.ones(500)), r"sample_weight adds up to -500.0; expected > 0"),
    (MLPRegressor, Y, (X, Y, np.ones(499)), "sample_weight.shape"),
    (MLPRegressor, Y, (X, Y, np.full(500, np.nan)), "sample_weight contains NaN"),
    (MLPClassifier, Y, (X, Y + 0.5), "y has the classes"),
    (MLPClassifier, Y, (X, Y.astype(str)), "y has the classes"),
    (MLPClassifier, Y, (X, COLUMNS), "y should be a 1d array"),
    (MLPClassifier, COLUMNS, (X, Y), "y is .500,.; expected .n, 10."),
    (MLPClassifier, COLUMNS, (X, COLUMNS[:, 1:]), "y is .500, 9.; expected .n, 10."),
])  # fmt: skip
@pytest.mark.parametrize("early_stopping", [False, True])
def test_bad_validation_data(kind, targets, validation, message, early_stopping):
    """Refused before the weights that there are change."""
    net = kind(max_iter=2, random_state=0).fit(X, targets)
    before = [w.copy() for w in net.coefs_]
    net.set_params(early_stopping=early_stopping)
    with pytest.raises((TypeError, ValueError), match=f"validation_data: .*({message})"):
        net.fit(X, targets, validation_data=validation)
    assert all((a == b).all() for a, b in zip(before, net.coefs_, strict=True))


def test_names_of_features_of_validation_data():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(X[:, :3], columns=["a", "b", "c"])
    other = frame.rename(columns={"a": "z"})
    with pytest.raises(ValueError, match="validation_data: The feature names should match"):
        MLPRegressor(max_iter=1).fit(frame, Y, validation_data=(other, Y))


def test_forms_of_validation_data():
    """Columns, lists, strings, sparse rows and labels are what they are in fit."""
    words = np.array([f"class {k}" for k in Y])

    def curve(y, validation):
        net = MLPClassifier(max_iter=2, random_state=0)
        return net.fit(X, y, validation_data=validation).validation_loss_curve_

    expected = curve(Y, (X, Y))
    assert curve(Y, (X.tolist(), Y.tolist())) == expected
    assert curve(Y, [sparse.coo_array(X), Y[:, None]]) == expected
    assert curve(words, (X, words)) == expected
    expected = curve(COLUMNS, (X, COLUMNS))
    assert curve(COLUMNS, (X, sparse.csr_array(COLUMNS))) == expected
    assert curve(COLUMNS, (X, COLUMNS > 0)) == expected


@pytest.mark.parametrize("of", [np.asarray, sparse.csr_array])
def test_what_is_not_finite_is_named(of):
    """Where scikit-learn is told not to look."""
    import sklearn

    bad = X.copy()
    net = MLPRegressor(max_iter=1)
    with sklearn.config_context(assume_finite=True):
        for value, message in ((np.nan, "contains NaN"), (np.inf, "contains infinity")):
            bad[7, 5] = value
            with pytest.raises(ValueError, match=f"^Input X {message}"):
                net.fit(of(bad), Y)
            with pytest.raises(ValueError, match=f"validation_data: Input X {message}"):
                net.fit(X, Y, validation_data=(of(bad), Y))
