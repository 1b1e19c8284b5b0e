"""Trials of an estimator: their costs are those of the `fit` that follows."""

import numpy as np
import pytest
from scipy import sparse
from sklearn import datasets

from trilobite import tuning
from trilobite.sklearn import MLPClassifier, MLPRegressor
from trilobite.tuning.dispatch import subject_of
from trilobite.tuning.estimator import OfEstimator

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, LABELS = datasets.load_iris(return_X_y=True)
Y = X @ [1.0, -1.0, 0.5, 2.0]
TRAIN, VALID = np.arange(150) % 3 > 0, np.arange(150) % 3 == 0
WEIGHTS = np.random.default_rng(0).uniform(0, 5, TRAIN.sum()) * (np.arange(100) % 7 > 0)


@pytest.mark.parametrize(
    ("made", "weights"),
    [
        (lambda: MLPClassifier((20,), batch_size=32), None),
        (lambda: MLPClassifier((8,), solver="sgd", batch_size=8, dropout=0.3), None),
        (lambda: MLPClassifier((8,), shuffle=False, random_state=np.random.RandomState(3)), None),
        (lambda: MLPRegressor(hidden_layer_sizes=(8,), batch_size=16, alpha=0.5), None),
        (lambda: MLPRegressor(hidden_layer_sizes=(8,), batch_size=16, alpha=0.5), WEIGHTS),
        (lambda: MLPClassifier((8,), batch_size=3, solver="sgd", n_iter_no_change=99), WEIGHTS),
    ],
)
def test_costs_are_those_of_fit(made, weights):
    """Of each rate the least validation cost, over the rungs; the sweep aside."""
    estimator = made()
    if estimator.random_state is None:
        estimator.random_state = 0
    y = LABELS if isinstance(estimator, MLPClassifier) else Y
    valid = X[VALID], y[VALID]
    found = tuning.learning_rate_range(
        estimator, X[TRAIN], y[TRAIN], sample_weight=weights, validation_data=valid, epochs=20,
        steps=60,
    )  # fmt: skip
    assert {trial["epochs"] for trial in found.trials} == {1, 2, 3, 4, 8}
    for trial in found.trials:
        again = made()
        again.random_state = again.random_state or 0
        again.set_params(learning_rate_init=trial["rate"], max_iter=trial["epochs"])
        again.fit(X[TRAIN], y[TRAIN], weights, validation_data=valid)
        least = min(again.validation_loss_curve_)
        assert trial["cost"] == pytest.approx(least, rel=1e-12)


def trained(estimator, y, epochs, seed=None):
    """Mean costs of the epochs, by steps of one size, as a tool sees them."""
    subject = subject_of(estimator, X, y)
    subject.begin()
    n, size = len(subject.y), subject.batch_size
    steps = -(-n // size)
    rates = np.full(epochs * steps, estimator.learning_rate_init)
    costs = subject.trial(size, seed).follow(rates, lambda costs: False).reshape(epochs, steps)
    return costs @ subject.divisors(n, size) / n


def test_the_first_costs_are_the_loss_curve():
    """Each epoch's, over which a sweep goes on, are `loss_curve_`; another order has others."""
    estimator = MLPClassifier((20,), batch_size=32, random_state=0, max_iter=5)
    costs = trained(estimator, LABELS, 5)
    np.testing.assert_allclose(costs, estimator.fit(X, LABELS).loss_curve_, rtol=1e-12)
    other = trained(estimator, LABELS, 5, seed=1)
    assert abs(other / costs - 1).max() > 1e-3


def test_a_warm_start_begins_with_a_new_optimizer():
    """As `fit` does; the weights are those that it has learned."""
    estimator = MLPRegressor(
        hidden_layer_sizes=(8,), random_state=0, max_iter=4, warm_start=True
    ).fit(X, Y)
    costs = trained(estimator, Y, 4)
    np.testing.assert_allclose(costs, estimator.fit(X, Y).loss_curve_[4:], rtol=1e-12)


def test_early_stopping_validates_on_the_rows_of_fit():
    """And trains on the others, in the same order."""
    estimator = MLPClassifier((8,), random_state=0, early_stopping=True, max_iter=3, batch_size=16)
    np.testing.assert_allclose(
        trained(estimator, LABELS, 3), estimator.fit(X, LABELS).loss_curve_, rtol=1e-12
    )
    assert len(OfEstimator(estimator, X, LABELS, None, None).valid[1]) == 15


def test_sparse_rows():
    estimator = MLPRegressor(hidden_layer_sizes=(8,), random_state=0, max_iter=3)
    subject = OfEstimator(estimator, sparse.csr_array(X), Y, None, None)
    subject.begin()
    costs = subject.trial(150, None).follow(np.full(3, 1e-3), lambda costs: False)
    np.testing.assert_allclose(costs, estimator.fit(X, Y).loss_curve_, rtol=1e-12)
