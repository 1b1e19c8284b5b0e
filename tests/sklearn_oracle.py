"""Whole trainings of scikit-learn's estimators by the reference, with all that trilobite adds."""

from types import SimpleNamespace

import numpy as np
from compare import ORACLE
from scipy.special import xlogy
from sklearn.utils import shuffle

from trilobite import engine

MASKS = engine.load("float64").dropout_mask
HIDDEN = {"identity": "linear", "logistic": "sigmoid"}  # others have one name
KINDS = {  # of data: by loss the output and the reference's cost
    "binary": {
        "log_loss": ("sigmoid", "binary_log_loss"),
        "squared_error": ("sigmoid", "mean_squared_error"),
    },
    "multiclass": {
        "log_loss": ("softmax", "log_loss"),
        "squared_error": ("softmax", "mean_squared_error"),
    },
    "numbers": {
        "squared_error": ("linear", "half_squared_error"),
        "poisson": ("exponential", "half_poisson_deviance"),
        "absolute_error": ("linear", "mean_absolute_error"),
        "huber": ("linear", "huber"),
        "log_cosh": ("linear", "log_cosh"),
    },
}
KINDS["multilabel"] = KINDS["binary"]

COSTS = {  # of rows of outputs p and targets t
    "binary_log_loss": lambda p, t: -(xlogy(t, p) + xlogy(1 - t, 1 - p)).sum(axis=1),
    "log_loss": lambda p, t: -xlogy(t, p).sum(axis=1),
    "mean_squared_error": lambda p, t: np.square(p - t).mean(axis=1),
    "half_squared_error": lambda p, t: np.square(p - t).mean(axis=1) / 2,
    "half_poisson_deviance": lambda p, t: (xlogy(t, t / p) - t + p).sum(axis=1),
    "mean_absolute_error": lambda p, t: abs(p - t).mean(axis=1),
    "huber": lambda p, t: np.where(abs(p - t) <= 1, np.square(p - t) / 2, abs(p - t) - 0.5).mean(
        axis=1
    ),
    "log_cosh": lambda p, t: np.log(np.cosh(p - t)).mean(axis=1),
}


def data(kind, n, seed=0):
    """x and y as an estimator takes them, and y as the reference does, one column an output."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 5))
    if kind == "numbers":
        y = rng.gamma(2, size=(n, 2))
        return x, y, y
    if kind == "multilabel":
        y = (x[:, :3] > 0.3).astype(int)
        return x, y, y
    y = rng.integers(0, 2 if kind == "binary" else 3, n)
    y[:3] = 0, 1, y.max()
    return x, 10 * y + 3, y[:, None] if kind == "binary" else np.eye(3)[y]


def train(kind, estimator, calls, x, y, weights=None, validation=None):
    """What an estimator with an int as random_state must come to.

    Parameters
    ----------
    kind : str
        A key of KINDS.
    estimator : MLPClassifier or MLPRegressor
        Its parameters are read, nothing else.
    calls : list of int
        Epochs of each call: of `fit` with warm_start, or of `partial_fit` where `estimator` has
        max_iter=1 and no warm_start.
    y : ndarray, shape (n, n_outputs)
    weights : ndarray, shape (n,), optional
        Of rows and classes.
    validation : (x, y, weights), optional

    Returns
    -------
    SimpleNamespace
        losses, validation_losses and weights, [w, b, ...], of every epoch; kept, those that the
        last call ends with: of the epoch of the smallest validation loss of the call.
    """
    of = SimpleNamespace(**estimator.get_params())
    output, cost = KINDS[kind][of.loss]
    widths = [x.shape[1], *of.hidden_layer_sizes, y.shape[1]]
    hidden = HIDDEN.get(of.activation, of.activation)
    stages = []
    for width in of.hidden_layer_sizes:
        stages += [("dense", width, hidden, True)] + [("dropout", of.dropout)] * (of.dropout > 0)
    stages.append(("dense", y.shape[1], output, True))
    penalties = [(0, of.alpha / 2), (0, 0)] * (len(widths) - 1)
    net = ORACLE.Network(widths[0], stages, penalties=penalties)
    net.compile(cost)
    targets = y.argmax(axis=1) if cost == "log_loss" else y
    state = np.random.RandomState(of.random_state)
    seed = np.random.RandomState(of.random_state).randint(2**31 - 1)
    drawn = []
    for n_in, n_out in zip(widths, widths[1:], strict=False):
        bound = np.sqrt((2 if of.activation == "logistic" else 6) / (n_in + n_out))
        drawn += [state.uniform(-bound, bound, shape) for shape in ((n_in, n_out), n_out)]
    net.set_weights(drawn)
    done = SimpleNamespace(losses=[], validation_losses=[], weights=[])
    n, optimizer, seen = len(x), None, 0
    size = min(of.batch_size, n)
    starts = np.arange(0, n, size)
    for call, epochs in enumerate(calls):
        if call:
            state = np.random.RandomState(of.random_state)
        if optimizer is None or of.warm_start:
            rate = of.learning_rate_init
            constants = {"momentum": of.momentum, "nesterov": of.nesterovs_momentum}
            if of.solver == "adam":
                constants = {"beta_1": of.beta_1, "beta_2": of.beta_2, "epsilon": of.epsilon}
            optimizer = ORACLE.Optimizer(net, of.solver, **constants)
        order = np.arange(n)
        for _ in range(epochs):
            training = ORACLE.Training(
                net, ORACLE.Rows(x), ORACLE.Rows(targets), size, 1, seed,
                len(done.losses), False, optimizer=optimizer, dropout_mask=MASKS,
                weights=None if weights is None else ORACLE.Rows(weights),
            )  # fmt: skip
            order = shuffle(order, random_state=state) if of.shuffle else order
            training.set_order(order)
            ones = np.ones(n) if weights is None else weights
            training.divisors = np.add.reduceat(ones[order], starts)
            training.learning_rate = rate
            while training.run(1) != "epoch":
                pass
            seen += n
            if of.learning_rate == "invscaling" and of.solver == "sgd":
                rate = of.learning_rate_init / (seen + 1) ** of.power_t
            done.losses.append(training.history[0, 0] / n)
            done.weights.append(net.get_weights())
            if validation:
                outputs = np.empty((len(validation[0]), y.shape[1]))
                net.predict(ORACLE.Rows(validation[0]), outputs)
                done.validation_losses.append(
                    np.average(COSTS[cost](outputs, validation[1]), weights=validation[2])
                )
        best = np.argmin(done.validation_losses[-epochs:]) - epochs if validation else -1
        done.kept = done.weights[best]
        net.set_weights(done.kept)
    return done
