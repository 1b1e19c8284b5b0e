"""Weights of classes."""

import numpy as np
import pytest

pytest.importorskip("sklearn")

from sklearn.datasets import load_digits  # noqa: E402
from sklearn.utils import compute_sample_weight  # noqa: E402
from sklearn_pairs import differs  # noqa: E402

from trilobite.sklearn import MLPClassifier  # noqa: E402

X, Y = load_digits(return_X_y=True)
X, Y = X[:500] / 16, Y[:500]
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@differs("`class_weight`", "", "of the classifier")
def test_class_weight():
    half = Y % 2
    weights = {0: 3.0, 1: 0.5}
    options = {"max_iter": 4, "random_state": 0}
    by_class = MLPClassifier(class_weight=weights, **options).fit(X, half)
    by_row = MLPClassifier(**options).fit(X, half, np.where(half == 0, 3.0, 0.5))
    assert by_class.loss_curve_ == by_row.loss_curve_
    MLPClassifier(class_weight="balanced", **options).fit(X, Y, np.ones(len(X)))
    with pytest.raises(ValueError, match="'class_weight' parameter of MLPClassifier must be"):
        MLPClassifier(class_weight="heavy").fit(X, Y)


def test_balanced_parts_are_refused():
    net = MLPClassifier(class_weight="balanced")
    with pytest.raises(ValueError, match="class_weight: 'balanced' given to partial_fit"):
        net.partial_fit(X, Y % 2, classes=[0, 1])


@pytest.mark.parametrize("weights", [{0: np.nan}, dict.fromkeys(range(10), 0.0)])
def test_class_weight_must_be_numbers_that_count(weights):
    with pytest.raises(ValueError, match="class_weight: .* expected finite weights, not all 0"):
        MLPClassifier(class_weight=weights).fit(X, Y)


ZERO_WEIGHTS = [{0: 0.0, 1: 0.0}, {0: 1, 1: np.inf}, {0: "a"}, {0: None}]


@pytest.mark.parametrize("weights", ZERO_WEIGHTS, ids=str)
def test_weights_that_do_not_count(weights):
    with pytest.raises(ValueError, match="class_weight: .* expected finite weights, not all 0"):
        MLPClassifier(class_weight=weights).fit(X, Y % 2)


def test_a_class_that_does_not_exist():
    """Is refused where another has no weight; more than there are is taken, as in scikit-learn."""
    with pytest.raises(ValueError, match=r"class_weight: the classes \[7\] given; expected some"):
        MLPClassifier(class_weight={0: 1.0, 7: 2.0}).fit(X, Y % 2)
    MLPClassifier(class_weight={0: 1.0, 1: 3.0, 7: 2.0}, max_iter=1).fit(X, Y % 2)


@pytest.mark.parametrize("of", [np.float64, np.int8, float, str, bool])
def test_labels_of_any_kind(of):
    labels = np.array([of(k) for k in range(2)])
    options = {"max_iter": 3, "random_state": 0}
    net = MLPClassifier(class_weight={labels[0]: 3.0, labels[1]: 0.5}, **options)
    expected = MLPClassifier(class_weight={0: 3.0, 1: 0.5}, **options).fit(X, Y % 2)
    assert net.fit(X, labels[Y % 2]).loss_curve_ == expected.loss_curve_


def test_parts_that_lack_a_class():
    """A part need not have all of the classes, nor any that weighs."""
    options = {"random_state": 0, "alpha": 0.0, "solver": "sgd", "momentum": 0}
    net = MLPClassifier(class_weight={0: 0.0, 1: 2.0, 3: 4.0}, **options)
    net.partial_fit(X[Y < 3], Y[Y < 3], classes=range(10))
    before = net.coefs_[0].copy()
    net.partial_fit(X[Y == 0], Y[Y == 0])
    assert np.isfinite(net.coefs_[0]).all() and (before == net.coefs_[0]).all()
    by_row = MLPClassifier(**options)
    by_row.partial_fit(X[Y < 3], Y[Y < 3], np.array([0.0, 2.0, 1.0])[Y[Y < 3]], classes=range(10))
    assert (before == by_row.coefs_[0]).all()


def test_labels_in_columns():
    columns = np.eye(10, dtype=int)[Y]
    options = {"max_iter": 3, "random_state": 0}
    weights = [{0: 1, 1: 1 + k} for k in range(10)]
    net = MLPClassifier(class_weight=weights, **options).fit(X, columns)
    assert net.loss_curve_ == MLPClassifier(**options).fit(X, columns, 1.0 + Y).loss_curve_
    for bad in (weights[1:], {0: 1}, [1] * 10, [{0: 1, 3: 1}] * 10):
        with pytest.raises(ValueError, match="class_weight: "):
            MLPClassifier(class_weight=bad, **options).fit(X, columns)
    with pytest.raises(ValueError, match="class_weight: .* expected a dict"):
        MLPClassifier(class_weight=weights, **options).fit(X, Y)


LABELS = {
    "many": Y,
    "two": Y % 2,
    "columns": np.eye(10, dtype=int)[Y],
    "a column of one value": np.stack([Y % 2, np.ones_like(Y)], axis=1),
}


@pytest.mark.parametrize("y", LABELS.values(), ids=LABELS)
def test_balanced_is_scikit_learns(y):
    options = {"max_iter": 3, "random_state": 0}
    rows = np.linspace(0.5, 1, 500)
    net = MLPClassifier(class_weight="balanced", **options).fit(X, y, rows)
    weights = rows * compute_sample_weight("balanced", y)
    assert net.loss_curve_ == MLPClassifier(**options).fit(X, y, weights).loss_curve_
