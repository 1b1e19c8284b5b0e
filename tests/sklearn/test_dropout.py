"""Dropout of hidden units: its masks go on over calls."""

import copy
import pickle

import numpy as np
import pytest

pytest.importorskip("sklearn")

from sklearn.base import clone  # noqa: E402
from sklearn.datasets import load_digits  # noqa: E402
from sklearn_pairs import differs  # noqa: E402

from trilobite.sklearn import MLPClassifier, MLPRegressor  # noqa: E402

X, Y = load_digits(return_X_y=True)
X, Y = X[:500] / 16, Y[:500]
BOTH = pytest.mark.parametrize("kind", [MLPClassifier, MLPRegressor])
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@differs("`dropout`", "", "of hidden units, with sgd and adam")
def test_dropout():
    options = {"max_iter": 8, "random_state": 0}
    losses = [MLPClassifier(dropout=p, **options).fit(X, Y).loss_ for p in (0.0, 0.2, 0.2, 0.8)]
    assert losses[0] < losses[1] == losses[2] < losses[3]
    with pytest.raises(ValueError, match="dropout, validation_data, callbacks: given with solver"):
        MLPClassifier(dropout=0.1, solver="lbfgs").fit(X, Y)


def same(one, other):
    return all((a == b).all() for a, b in zip(one.coefs_, other.coefs_, strict=True))


def parts(net, number):
    """So many epochs more, of partial_fit."""
    for _ in range(number):
        first = {} if hasattr(net, "coefs_") or isinstance(net, MLPRegressor) else {"classes": Y}
        net.partial_fit(X, Y, **{name: np.unique(y) for name, y in first.items()})
    return net


@BOTH
@pytest.mark.parametrize("how", ["partial_fit", "warm_start"])
def test_each_call_draws_other_masks(kind, how):
    """With standing weights the losses differ by the masks alone."""
    net = kind(dropout=0.5, random_state=0, solver="sgd", learning_rate_init=1e-300, momentum=0)
    if how == "partial_fit":
        parts(net, 5)
    else:
        net.set_params(warm_start=True, max_iter=1)
        for _ in range(5):
            net.fit(X, Y)
    assert len(set(np.round(net.loss_curve_, 6))) == 5


@BOTH
def test_parts_are_the_epochs_of_a_fit(kind):
    """Where rows lie as they lie: the bits of one training, however it is cut."""
    options = {"dropout": 0.3, "shuffle": False, "random_state": 3}
    whole = kind(max_iter=6, **options).fit(X, Y)
    steps = parts(kind(**options), 6)
    assert same(whole, steps) and whole.loss_curve_ == steps.loss_curve_
    plain = {"solver": "sgd", "momentum": 0, **options}
    whole = kind(max_iter=6, **plain).fit(X, Y)
    warm = kind(max_iter=2, warm_start=True, **plain)
    for _ in range(3):
        warm.fit(X, Y)
    assert same(whole, warm) and whole.loss_curve_ == warm.loss_curve_


@BOTH
@pytest.mark.parametrize("how", [copy.deepcopy, lambda net: pickle.loads(pickle.dumps(net))])
@pytest.mark.parametrize("state", [5, None, np.random.RandomState(5)], ids=str)
def test_a_copy_goes_on_alike(kind, how, state):
    net = parts(kind(dropout=0.3, shuffle=False, random_state=state), 2)
    other = how(net)
    assert same(parts(net, 2), parts(other, 2))


@BOTH
def test_a_new_fit_begins_anew(kind):
    net = kind(dropout=0.3, max_iter=2, random_state=5)
    losses = [list(net.fit(X, Y).loss_curve_) for _ in range(2)]
    parts(net, 3)
    losses += [net.fit(X, Y).loss_curve_, clone(net).fit(X, Y).loss_curve_]
    assert losses[0] == losses[1] == losses[2] == losses[3]
    assert net.set_params(random_state=6).fit(X, Y).loss_curve_ != losses[0]


@BOTH
def test_dropout_takes_nothing_from_the_random_state(kind):
    """First weights and orders of rows are those of scikit-learn, whose state goes on alike."""
    ends = []
    for dropout in (0.0, 0.5):
        state = np.random.RandomState(2)
        net = kind(
            dropout=dropout, random_state=state, max_iter=1, solver="sgd", learning_rate_init=1e-300
        ).fit(X, Y)
        ends.append((net, state.randint(2**31 - 1)))
    assert same(ends[0][0], ends[1][0]) and ends[0][1] == ends[1][1]


@BOTH
def test_a_random_state_that_goes_on_draws_other_masks(kind):
    options = {"solver": "sgd", "learning_rate_init": 1e-300, "shuffle": False, "max_iter": 1}
    options["dropout"] = 0.5
    state = np.random.RandomState(2)
    nets = [kind(random_state=state, **options).fit(X, Y) for _ in range(2)]
    assert not same(*nets)
    assert nets[0]._masks_seed != nets[1]._masks_seed


@BOTH
def test_dropout_may_begin_later(kind):
    net = kind(max_iter=1, random_state=0, shuffle=False, solver="sgd", learning_rate_init=1e-300)
    before = parts(net, 1).loss_
    losses = parts(net.set_params(dropout=0.4), 3).loss_curve_[1:]
    assert before not in losses and len(set(losses)) == 3
    assert np.isclose(parts(net.set_params(dropout=0.0), 1).loss_, before, rtol=1e-12)
