"""Losses beyond scikit-learn's: the definition in NumPy, and the gradient by differences."""

import numpy as np
import pytest

pytest.importorskip("sklearn")

from scipy.special import expit, softmax  # noqa: E402
from sklearn.datasets import load_digits  # noqa: E402
from sklearn_pairs import differs  # noqa: E402

from trilobite.sklearn import MLPClassifier, MLPRegressor  # noqa: E402

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    # scikit-learn 1.6 with the SciPy of today
    pytest.mark.filterwarnings("ignore:scipy.optimize:DeprecationWarning"),
]
N, ALPHA = 24, 0.5
RNG = np.random.default_rng(0)
X = RNG.normal(size=(N, 3))
W = RNG.choice([0.5, 1.0, 3.0], N)
REGRESSION = {  # of e = y - t
    "absolute_error": abs,
    "huber": lambda e: np.where(abs(e) <= 1, e**2 / 2, abs(e) - 0.5),
    "log_cosh": lambda e: np.log(np.cosh(e)),
}
LABELS = {
    "binary": np.arange(N) % 2,
    "multiclass": np.arange(N) % 3,
    "multilabel": RNG.integers(0, 2, (N, 3)),
}


def cost(net, parameters, links, of_error, t, weights):
    """The loss of a net of one tanh layer, with weights in the order of coefs_ and intercepts_."""
    w1, w2, b1, b2 = parameters
    y = links(np.tanh(X @ w1 + b1) @ w2 + b2)
    weights = np.ones(N) if weights is None else weights
    penalty = net.alpha / 2 * ((w1**2).sum() + (w2**2).sum())
    return (weights @ of_error(y - t).mean(axis=1) + penalty) / weights.sum()


def check(net, y, t, links, of_error, weights):
    """loss_ of the first epoch, and the step that it makes, for one batch and plain descent."""
    options = {"activation": "tanh", "hidden_layer_sizes": (4,), "alpha": ALPHA, "max_iter": 1}
    options |= {"random_state": 0, "solver": "sgd", "momentum": 0, "batch_size": N}
    rate = 0.25
    net.set_params(**options, learning_rate_init=rate)
    before = []
    again = type(net)(**net.get_params() | {"learning_rate_init": 1e-300}).fit(X, y, weights)
    before = [a.copy() for a in again.coefs_ + again.intercepts_]
    net.fit(X, y, weights)
    assert np.isclose(net.loss_, cost(net, before, links, of_error, t, weights), rtol=1e-12)
    h = 1e-6
    for k, after in enumerate(net.coefs_ + net.intercepts_):
        for at in np.ndindex(after.shape):
            values = []
            for sign in (1, -1):
                moved = [a.copy() for a in before]
                moved[k][at] += sign * h
                values.append(cost(net, moved, links, of_error, t, weights))
            slope = (values[0] - values[1]) / (2 * h)
            assert np.isclose((before[k][at] - after[at]) / rate, slope, rtol=1e-5, atol=1e-8)


@differs(
    "`loss` of the regressor",
    "squared_error, poisson (from 1.7)",
    "absolute_error, huber (of delta 1) and log_cosh too: means over the outputs",
)
@pytest.mark.parametrize("weights", [None, W], ids=["equal", "weighted"])
@pytest.mark.parametrize("n_outputs", [1, 2])
@pytest.mark.parametrize("loss", REGRESSION)
def test_losses_of_the_regressor(loss, n_outputs, weights):
    t = RNG.normal(size=(N, n_outputs)) * 3
    y = t[:, 0] if n_outputs == 1 else t
    check(MLPRegressor(loss), y, t, lambda z: z, REGRESSION[loss], weights)


@differs("`loss` of the classifier", "log_loss, no parameter", "squared_error (Brier score) too")
@pytest.mark.parametrize("weights", [None, W], ids=["equal", "weighted"])
@pytest.mark.parametrize("kind", LABELS)
def test_squared_error_of_the_classifier(kind, weights):
    y = LABELS[kind]
    t = np.eye(3)[y] if kind == "multiclass" else y.reshape(N, -1)
    links = (lambda z: softmax(z, axis=1)) if kind == "multiclass" else expit
    check(MLPClassifier(loss="squared_error"), y, t, links, np.square, weights)


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
@pytest.mark.parametrize("loss", REGRESSION)
def test_an_outlier_matters_less(loss, solver):
    x = np.linspace(-1, 1, 101)[:, None]
    y = 3 * x[:, 0]
    y[::10] += 100
    options = {"activation": "identity", "hidden_layer_sizes": (1,), "random_state": 0}
    options |= {"max_iter": 2000, "solver": solver, "learning_rate_init": 0.02, "alpha": 0.0}
    errors = []
    for each in (loss, "squared_error"):
        net = MLPRegressor(each, **options).fit(x, y)
        errors.append(np.median(abs(net.predict(x) - 3 * x[:, 0])))
    assert errors[0] < 2 < errors[1]


def test_a_classifier_learns_by_squared_error():
    x, y = load_digits(return_X_y=True)
    net = MLPClassifier(loss="squared_error", max_iter=40, random_state=0)
    net.fit(x[:1000] / 16, y[:1000], validation_data=(x[1000:] / 16, y[1000:]))
    assert net.score(x[1000:] / 16, y[1000:]) > 0.85
    p = net.predict_proba(x[1000:] / 16)
    loss = np.square(p - np.eye(10)[y[1000:]]).mean()
    assert np.isclose(min(net.validation_loss_curve_), loss, rtol=1e-12)


@pytest.mark.parametrize(
    "kind, given, listed",
    [
        (MLPRegressor, "hinge", ["absolute_error", "huber", "log_cosh", "poisson"]),
        (MLPClassifier, "huber", ["log_loss", "squared_error"]),
    ],
)
def test_unknown_loss(kind, given, listed):
    pattern = f"The 'loss' parameter of {kind.__name__} must be a str among .*. Got '{given}'"
    with pytest.raises(ValueError, match=pattern) as caught:
        kind(loss=given).fit(X, LABELS["binary"])
    assert all(name in str(caught.value) for name in listed)
