"""All that trilobite adds to scikit-learn, in whole trainings, against the reference."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("sklearn")

from compare import assert_close  # noqa: E402
from sklearn_oracle import KINDS, data, train  # noqa: E402

from trilobite.sklearn import MLPClassifier, MLPRegressor  # noqa: E402
from trilobite.sklearn.descent import MORE_ACTIVATIONS, interleave  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
N = 45
OF_CLASSES = {3: 0.5, 13: 2.0}  # of three labels one is not named
OF_COLUMNS = [{0: 1, 1: 3}, {1: 0.5}, {0: 2.0}]


def by_hand(class_weight, kind, y):
    """The weight of the class of each row."""
    if class_weight is None:
        return None
    if kind == "multilabel":
        weights = np.ones(len(y))
        for k, column in enumerate(y.T):
            of = class_weight[k]
            if class_weight == "balanced":
                of = {c: len(y) / (2 * (column == c).sum()) for c in (0, 1)}
            weights *= [of.get(c, 1) for c in column]
        return weights
    of = class_weight
    if of == "balanced":
        of = {c: len(y) / (len(set(y)) * (y == c).sum()) for c in y}
    return np.array([of.get(c, 1.0) for c in y])


PARAMETERS = st.fixed_dictionaries(
    {
        "activation": st.sampled_from(["identity", "logistic", "tanh", "relu", *MORE_ACTIVATIONS]),
        "hidden_layer_sizes": st.sampled_from([(7,), (9, 4), ()]),
        "dropout": st.sampled_from([0.0, 0.2, 0.6]),
        "solver": st.sampled_from(["sgd", "adam"]),
        "alpha": st.sampled_from([0.0, 0.3]),
        "batch_size": st.sampled_from([5, 16, 45]),
        "learning_rate": st.sampled_from(["constant", "invscaling"]),
        "momentum": st.sampled_from([0.0, 0.9]),
        "nesterovs_momentum": st.booleans(),
        "shuffle": st.booleans(),
        "n_jobs": st.sampled_from([None, 1, 2]),
        "random_state": st.integers(0, 2**32 - 1),
    }
)


@settings(max_examples=100)
@given(
    of=st.sampled_from([(kind, loss) for kind, losses in KINDS.items() for loss in losses]),
    class_weight=st.sampled_from([None, "balanced", "given"]),
    weighted=st.booleans(),
    calls=st.sampled_from([("fit", [5]), ("warm", [2, 1, 2]), ("partial", [1, 1, 1, 1])]),
    parameters=PARAMETERS,
)
def test_whole_trainings(of, class_weight, weighted, calls, parameters):
    """Losses, losses of validation and weights, for fit, warm starts and parts."""
    (kind, loss), (how, epochs) = of, calls
    x, y, outputs = data(kind, N)
    other = *data(kind, 20, seed=1), np.linspace(0.1, 2, 20)
    weights = np.random.default_rng(2).uniform(0.1, 2, N) if weighted else None
    net = (MLPRegressor if kind == "numbers" else MLPClassifier)(
        loss=loss, learning_rate_init=0.01, warm_start=how == "warm", tol=0.0,
        n_iter_no_change=100, **parameters,
    )  # fmt: skip
    of_rows = weights
    if kind != "numbers":
        if class_weight == "given":
            class_weight = OF_COLUMNS if kind == "multilabel" else OF_CLASSES
        if how == "partial" and class_weight == "balanced":
            class_weight = None
        net.set_params(class_weight=class_weight)
        of_classes = by_hand(class_weight, kind, y)
        if of_classes is not None:
            of_rows = of_classes if weights is None else weights * of_classes
    validated = {} if how == "partial" else {"validation_data": (*other[:2], other[3])}
    expected = train(
        kind, net, epochs, x, outputs, of_rows, (other[0], *other[2:]) if validated else None
    )
    after = []  # the weights after each epoch, as a callback sees them
    for k, number in enumerate(epochs):
        if how == "partial":
            labels = np.arange(3) if kind == "multilabel" else np.unique(y)
            first = {"classes": labels} if k == 0 and kind != "numbers" else {}
            net.partial_fit(x, y, weights, **first)
            after.append([w.copy() for w in interleave(net.coefs_, net.intercepts_)])
        else:
            net.set_params(max_iter=number).fit(
                x, y, weights, **validated,
                callbacks=[lambda e: after.append(interleave(e.coefs_, e.intercepts_))],
            )  # fmt: skip
    assert_close(net.loss_curve_, expected.losses, rtol=1e-9)
    if validated:
        assert_close(net.validation_loss_curve_, expected.validation_losses, rtol=1e-9)
    after.append(interleave(net.coefs_, net.intercepts_))
    for got, wanted in zip(after, [*expected.weights, expected.kept], strict=True):
        for a, b in zip(got, wanted, strict=True):
            assert_close(a, b, rtol=1e-8, atol=1e-9)
