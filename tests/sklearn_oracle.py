"""Whole trainings of scikit-learn's estimators by the reference, with all that trilobite adds."""

from types import SimpleNamespace

import numpy as np
from compare import ORACLE
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


def columns(y, cost):
    """The targets of a cost: class numbers for that of one-hot rows."""
    return y.argmax(axis=1) if cost == "log_loss" else y


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
    nets = [  # one to train, one that has no penalties
        ORACLE.Network(widths[0], stages, penalties=[(0, alpha / 2), (0, 0)] * (len(widths) - 1))
        for alpha in (of.alpha, 0.0)
    ]
    for net in nets:
        net.compile(cost)
    state = np.random.RandomState(of.random_state)
    seed = np.random.RandomState(of.random_state).randint(2**31 - 1)
    drawn = []
    for n_in, n_out in zip(widths, widths[1:], strict=False):
        bound = np.sqrt((2 if of.activation == "logistic" else 6) / (n_in + n_out))
        drawn += [state.uniform(-bound, bound, shape) for shape in ((n_in, n_out), n_out)]
    nets[0].set_weights(drawn)
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
            optimizer = ORACLE.Optimizer(nets[0], of.solver, **constants)
        order = np.arange(n)
        for _ in range(epochs):
            training = ORACLE.Training(
                nets[0], ORACLE.Rows(x), ORACLE.Rows(columns(y, cost)), size, 1, seed,
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
            done.weights.append(nets[0].get_weights())
            if validation:
                nets[1].set_weights(done.weights[-1])
                given = ORACLE.Rows(validation[0]), ORACLE.Rows(columns(validation[1], cost))
                total = nets[1].evaluate(*given, len(validation[0]), 1, ORACLE.Rows(validation[2]))
                done.validation_losses.append(total[0] / validation[2].sum())
        best = np.argmin(done.validation_losses[-epochs:]) - epochs if validation else -1
        done.kept = done.weights[best]
        nets[0].set_weights(done.kept)
    return done
