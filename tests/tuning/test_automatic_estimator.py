"""`fit_automatically` of an estimator: what an error leaves, and what its costs are of."""

import copy

import numpy as np
import pytest
from scipy.sparse import coo_matrix
from sklearn import datasets

from trilobite import tuning
from trilobite.sklearn import MLPClassifier, MLPRegressor
from trilobite.tuning.choices import rows_held_out

RNG = np.random.default_rng(0)
X = RNG.normal([500, 3], [100, 0.1], (120, 2))
Y = 3000 + X @ [1.0, 20.0]


@pytest.mark.parametrize("fitted", [False, True])
@pytest.mark.parametrize("error", [RuntimeError, SystemExit])
def test_an_error_leaves_it_as_before(error, fitted):
    """Parameters, weights, curves and the next `fit`; whichever epoch the callback raises in."""
    estimator = MLPRegressor(hidden_layer_sizes=(4,), random_state=0, max_iter=3, warm_start=True)
    if fitted:
        with pytest.warns(UserWarning, match="Maximum iterations"):
            estimator.fit(X, Y)
    before = copy.deepcopy(estimator)

    def late(estimator):
        if len(estimator.loss_curve_) > (5 if fitted else 2):
            raise error

    with pytest.raises(error):
        tuning.fit_automatically(estimator, X, Y, callbacks=[late], epochs=20)
    assert vars(estimator).keys() == vars(before).keys()
    assert estimator.get_params() == before.get_params()
    for one in (estimator, before):
        with pytest.warns(UserWarning, match="Maximum iterations"):
            one.fit(X, Y)
    assert estimator.loss_curve_ == before.loss_curve_
    np.testing.assert_array_equal(estimator.predict(X), before.predict(X))


@pytest.mark.parametrize("callbacks", [[3], 3])
def test_callbacks_are_checked_first(callbacks, monkeypatch):
    monkeypatch.setattr("trilobite.tuning.automatic_estimator.learning_rate_range", None)
    estimator = MLPRegressor(hidden_layer_sizes=(4,))
    before = dict(vars(estimator))
    with pytest.raises(TypeError, match="callbacks: "):
        tuning.fit_automatically(estimator, X, Y, callbacks=callbacks)
    assert vars(estimator) == before


@pytest.mark.parametrize("columns", [1, 2])
def test_costs_are_of_y_scaled(columns):
    """Each column's error over its variance, whatever its unit; all that tells costs agrees."""
    y = np.stack([Y, 1e-3 * X[:, 0] ** 2], axis=1)[:, :columns]
    estimator = MLPRegressor(hidden_layer_sizes=(8,), random_state=0, alpha=0)
    found = tuning.fit_automatically(estimator, X, y[:, 0] if columns == 1 else y, epochs=20)
    train, valid = rows_held_out(len(X), {})
    errors = (estimator.predict(X[valid]).reshape(-1, columns) - y[valid]) / y[train].std(axis=0)
    assert np.mean(errors**2) / 2 == pytest.approx(min(found.history["val_loss"]), rel=1e-5)
    assert found.history["val_loss"] == estimator.validation_loss_curve_
    assert found.history["loss"] == estimator.loss_curve_
    assert estimator.best_loss_ == min(found.history["loss"])
    assert "costs are those of y before that" in found.reasons["y"]


def test_rows_of_coordinates():
    """A sparse matrix of which no rows can be taken is one that can be trained with."""
    x, y = datasets.load_iris(return_X_y=True)
    dense = [MLPClassifier((8,), random_state=0) for _ in range(2)]
    for estimator, given in zip(dense, [coo_matrix(x), coo_matrix(x).tocsr()], strict=True):
        tuning.fit_automatically(estimator, given, y, epochs=3)
    np.testing.assert_array_equal(*(each.predict_proba(x) for each in dense))


def test_ctrl_c_ends_training_as_in_fit():
    """What was learned until then is kept, in units of x and y as they are."""

    def late(estimator):
        if len(estimator.loss_curve_) > 5:
            raise KeyboardInterrupt

    estimator = MLPRegressor(hidden_layer_sizes=(8,), random_state=0)
    with pytest.warns(UserWarning, match="interrupted by user"):
        found = tuning.fit_automatically(estimator, X, Y, callbacks=[late], epochs=20)
    assert found.epochs == 6 and estimator.early_stopping is False
    assert np.mean((estimator.predict(X) - Y) ** 2) < Y.var()
