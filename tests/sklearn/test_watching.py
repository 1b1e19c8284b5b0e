"""Callbacks given to fit: what they see, what they change."""

import numpy as np
import pytest

pytest.importorskip("sklearn")

from sklearn.datasets import load_digits  # noqa: E402
from sklearn_pairs import differs  # noqa: E402

from trilobite.sklearn import MLPClassifier, MLPRegressor  # noqa: E402

X, Y = load_digits(return_X_y=True)
X, Y = X[:500] / 16, Y[:500]
BOTH = pytest.mark.parametrize("kind", [MLPClassifier, MLPRegressor])
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@differs(
    "`fit(callbacks=)`", "", "called with the estimator after each epoch; True ends the training"
)
def test_callbacks_of_fit():
    seen = []

    def watch(net):
        seen.append((net.n_iter_, net.coefs_[0].copy()))
        return len(seen) == 3

    callbacks = [lambda net: False, watch, lambda net: None]  # any of them ends it
    net = MLPClassifier(max_iter=50, random_state=0).fit(X, Y, callbacks=callbacks)
    assert [n for n, _ in seen] == [1, 2, 3] and net.n_iter_ == 3
    assert (seen[2][1] == net.coefs_[0]).all() and (seen[1][1] != net.coefs_[0]).any()
    with pytest.raises(TypeError, match="callbacks: 'x' given; expected callables"):
        net.fit(X, Y, callbacks=["x"])


def test_interrupted(monkeypatch, sigint):
    def interrupt(net):
        if net.n_iter_ == 2:
            raise KeyboardInterrupt

    with pytest.warns(UserWarning, match="Training interrupted by user."):
        net = MLPClassifier(max_iter=9).fit(X, Y, callbacks=[interrupt])
    assert net.n_iter_ == 2 and net.predict(X).shape == (500,)


@BOTH
@pytest.mark.parametrize("solver", ["sgd", "adam"])
def test_watching_changes_nothing(kind, solver):
    """Also where early stopping goes on with weights of which none was the best."""
    options = {"solver": solver, "random_state": 0, "max_iter": 4, "warm_start": True}
    for more in ({}, {"early_stopping": True, "tol": 10.0}):
        nets = [kind(**options, **more) for _ in range(2)]
        for _ in range(3):
            nets[0].fit(X, Y)
            nets[1].fit(X, Y, callbacks=[lambda net: None])
        assert nets[0].loss_curve_ == nets[1].loss_curve_
        assert all((a == b).all() for a, b in zip(nets[0].coefs_, nets[1].coefs_, strict=True))


@BOTH
def test_what_is_kept_stays(kind):
    """The arrays of an epoch are its own; what they predict, too."""
    seen, predicted = [], []

    def keep(net):
        seen.append((net.coefs_, net.intercepts_))
        predicted.append(net.predict(X))

    net = kind(max_iter=4, random_state=0).fit(X, Y, callbacks=[keep])
    net.partial_fit(X, Y)
    for k in range(3):
        again = kind(max_iter=k + 1, random_state=0).fit(X, Y)
        for kept, arrays in zip(seen[k], (again.coefs_, again.intercepts_), strict=True):
            assert all((a == b).all() for a, b in zip(kept, arrays, strict=True))
        assert (predicted[k] == again.predict(X)).all()


@BOTH
@pytest.mark.parametrize("how", ["in place", "anew"])
def test_edited_weights_are_trained(kind, how):
    """As by partial_fit, between whose calls the weights are edited."""
    options = {"random_state": 0, "shuffle": False}

    def edit(net):
        if how == "anew":
            net.coefs_ = [w * 0.5 for w in net.coefs_]
            net.intercepts_[0] = np.ones(100)
        else:
            net.coefs_[0][3:] *= 0.5
            net.intercepts_[1][:] = 0.25

    net = kind(max_iter=4, **options).fit(X, Y, callbacks=[edit])
    steps = kind(**options)
    for k in range(4):
        steps.partial_fit(X, Y, **{"classes": range(10)} if kind is MLPClassifier and not k else {})
        edit(steps)
    assert net.loss_curve_ == steps.loss_curve_
    assert all((a == b).all() for a, b in zip(net.coefs_, steps.coefs_, strict=True))


def test_edits_that_do_not_fit():
    def cut(net):
        net.coefs_[0] = net.coefs_[0][:, 1:]

    net = MLPClassifier(max_iter=4, random_state=0)
    with pytest.raises(ValueError, match="weights: arrays of shapes"):
        net.fit(X, Y, callbacks=[cut])
    assert [w.shape for w in net.coefs_] == [(64, 100), (100, 10)]

    def spoil(net):
        net.coefs_[0][3, 3] = np.nan

    with pytest.raises(ValueError, match="non-finite"):
        net.fit(X, Y, callbacks=[spoil])


@pytest.mark.parametrize("options", [
    {"solver": "adam"}, {"solver": "sgd"}, {"solver": "sgd", "learning_rate": "invscaling"},
    {"solver": "sgd", "learning_rate": "adaptive"},
], ids=str)  # fmt: skip
def test_a_learning_rate_set_in_between(options):
    """Counts from the next epoch on: that of the optimizer of partial_fit, set by hand."""
    options = options | {"random_state": 0, "shuffle": False}
    rates = [0.1, 0.001, 0.02]

    def set_rate(net):
        net.set_params(learning_rate_init=rates[net.n_iter_ - 1])

    net = MLPRegressor(max_iter=4, **options)
    net.fit(X, Y / 10, callbacks=[lambda net: net.n_iter_ < 4 and set_rate(net)])
    steps = MLPRegressor(**options)
    for k in range(4):
        steps.partial_fit(X, Y / 10)
        if k < 3:
            scale = (steps.t_ + 1) ** -0.5 if options.get("learning_rate") == "invscaling" else 1
            steps._optimizer.learning_rate_init = rates[k]
            steps._optimizer.learning_rate = rates[k] * scale
    assert net.loss_curve_ == steps.loss_curve_
    expected = MLPRegressor(max_iter=4, **options).fit(X, Y / 10)
    assert net.loss_curve_[:1] == expected.loss_curve_[:1]
    assert net.loss_curve_[2] != expected.loss_curve_[2]


def test_parameters_that_the_next_epoch_goes_by(capsys):
    net = MLPRegressor(max_iter=3, random_state=0)
    net.fit(X, Y, callbacks=[lambda net: net.set_params(max_iter=5, verbose=True) and False])
    assert net.n_iter_ == 5 and capsys.readouterr().out.startswith("Iteration 2")
    net = MLPRegressor(max_iter=50, random_state=0)
    net.fit(X, Y, callbacks=[lambda net: net.set_params(tol=1e9, n_iter_no_change=2) and False])
    assert net.n_iter_ == 4


@pytest.mark.parametrize("name, value", [
    ("alpha", 1.0), ("batch_size", 7), ("dropout", 0.5), ("hidden_layer_sizes", (3,)),
    ("momentum", 0.1), ("early_stopping", True), ("activation", "tanh"), ("solver", "sgd"),
    ("n_jobs", 2), ("random_state", 3), ("shuffle", False), ("loss", "huber"),
])  # fmt: skip
def test_parameters_that_are_settled(name, value):
    net = MLPRegressor(max_iter=3)
    with pytest.raises(ValueError, match=f"callbacks: {name} set during fit; expected"):
        net.fit(X, Y, callbacks=[lambda net: net.set_params(**{name: value}) and False])


def test_values_set_in_between_are_checked():
    with pytest.raises(ValueError, match="'learning_rate_init' parameter of MLPRegressor must be"):
        MLPRegressor().fit(X, Y, callbacks=[lambda net: net.set_params(learning_rate_init=-1.0)])


def test_bad_callbacks_are_refused_before_anything_changes():
    net = MLPClassifier(max_iter=1, random_state=0).fit(X, Y)
    before = net.coefs_[0].copy()
    with pytest.raises(TypeError, match="callbacks: 'x' given; expected callables"):
        net.set_params(random_state=1).fit(X, Y, callbacks=["x"])
    assert (net.coefs_[0] == before).all()


@BOTH
def test_curves_of_an_interrupted_judgement(kind):
    """Ctrl-C while an epoch is judged: its curves have a NaN."""

    def interrupt(*_, **__):
        raise KeyboardInterrupt

    class Interrupted(kind):
        _metric = staticmethod(interrupt)

    net = Interrupted(max_iter=3, early_stopping=True, random_state=0)
    with pytest.warns(UserWarning, match="Training interrupted"):
        net.fit(X, Y, validation_data=(X, Y))
    assert len(net.loss_curve_) == len(net.validation_loss_curve_) == 1 == net.n_iter_
    assert np.isnan(net.validation_scores_).tolist() == [True]
