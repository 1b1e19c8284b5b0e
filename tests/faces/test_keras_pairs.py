"""Every entry of `keras_pairs` under Keras 3 and under trilobite: same history, same weights."""

import re

import keras_pairs as pairs
import numpy as np
import pytest
from keras_side import assert_same, both, evaluate

import trilobite

N, N_IN, N_OUT = 40, 6, 3
RNG = np.random.default_rng(3)
X = RNG.normal(size=(N, N_IN)).astype("float32")
CLASSES = RNG.integers(0, N_OUT, N)
NUMBERS = RNG.normal(size=(N, N_OUT)).astype("float32")
BITS = RNG.integers(0, 2, (N, N_OUT))
TARGETS = {
    "numbers": NUMBERS + np.sign(NUMBERS),
    "counts": RNG.poisson(2, (N, N_OUT)),
    "bits": BITS,
    "bit": BITS[:, 0],
    "signs": 2 * BITS - 1,
    "classes": CLASSES,
    "one-hot": np.eye(N_OUT)[CLASSES],
    "distributions": RNG.dirichlet(np.ones(N_OUT), N).astype("float32"),
}
# rows of weight 0 alone and a whole batch of them
W = np.where(np.arange(N) // 8 == 2, 0, RNG.choice([0, 0.5, 1, 3], N)).astype("float32")

# Keras's own, under NumPy 2
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


def compare(
    keras,
    targets="numbers",
    loss="'mse'",
    output="linear",
    optimizer="optimizers.SGD(0.0625)",
    hidden="[layers.Dense(5, 'sigmoid')]",
    metrics=(),
    **options,
):
    """Train both, 5 epochs of 5 steps, and compare; the rest are expressions for both.

    Returns
    -------
    list of (model, history) of Keras and of trilobite
    """
    y = TARGETS[targets]

    def build(k):
        model = k.Sequential([k.Input((N_IN,)), *evaluate(k, hidden)])
        model.add(k.layers.Dense(1 if y.ndim == 1 and targets == "bit" else N_OUT, output))
        both_kinds = {}
        if metrics:
            both_kinds["metrics"] = [evaluate(k, m) for m in metrics]
            both_kinds["weighted_metrics"] = [evaluate(k, m) for m in metrics]
        model.compile(evaluate(k, optimizer), evaluate(k, loss), **both_kinds)
        return model

    def fit(model):
        return model.fit(X, y, batch_size=8, epochs=5, verbose=0, shuffle=False, **options)

    results = both(keras, build, fit)
    float32 = trilobite.config.floatx() == "float32"
    program = f"{optimizer} {hidden} {loss} {output} {metrics}"
    rounded = re.search(
        "Decay|tanh|BatchNorm|Percentage|R2Score|multi_label", program
    )  # see docs/keras.md
    assert_same(results, 1e-4 if float32 else 1e-6 if rounded else 1e-7)
    return results


@pytest.mark.parametrize("rate", pairs.LEARNING_RATES)
@pytest.mark.parametrize("optimizer", pairs.OPTIMIZERS)
def test_optimizer_and_schedule(keras, float64, optimizer, rate):
    compare(keras, optimizer=optimizer.format(rate))


@pytest.mark.parametrize("optimizer", pairs.OPTIMIZERS)
def test_optimizer_in_float32(keras, optimizer):
    compare(keras, optimizer=optimizer.format(pairs.LEARNING_RATES[-1]))


@pytest.mark.parametrize("rate", pairs.MORE_LEARNING_RATES)
def test_schedule(keras, float64, rate):
    compare(keras, optimizer=f"optimizers.SGD({rate})")


@pytest.mark.parametrize("rate", [*pairs.LEARNING_RATES[1:], *pairs.MORE_LEARNING_RATES])
def test_rates_of_a_schedule(keras, float64, rate):
    """Where they bend, and beyond their end."""
    theirs, ours = (evaluate(k, rate) for k in (keras, trilobite))
    expected = [float(theirs(step)) for step in range(32)]
    np.testing.assert_allclose([ours(step) for step in range(32)], expected, 1e-6, 1e-9)
    np.testing.assert_allclose(ours.rates(0, 32), expected, 1e-6, 1e-9)


@pytest.mark.parametrize("optimizer", pairs.MORE_OPTIMIZERS)
def test_options_of_optimizers(keras, floatx, optimizer):
    compare(keras, optimizer=optimizer)


@pytest.mark.parametrize("regularizer", pairs.REGULARIZERS)
def test_regularizer(keras, floatx, regularizer):
    given = f"kernel_regularizer={regularizer}, bias_regularizer={regularizer}"
    given += ", bias_initializer='ones'"  # at 0 the sign of a weight is a matter of rounding
    hidden = f"[layers.Dense(5, 'sigmoid', {given}), layers.Dense(4, {given})]"
    compare(keras, hidden=hidden, validation_split=0.2, sample_weight=W)


@pytest.mark.parametrize("constraint", pairs.CONSTRAINTS)
def test_constraint(keras, floatx, constraint):
    given = f"kernel_constraint={constraint}, bias_constraint={constraint}"
    hidden = f"[layers.Dense(5, 'sigmoid', {given}), layers.Dense(4, {given})]"
    compare(keras, hidden=hidden, sample_weight=W)


@pytest.mark.parametrize("name", pairs.ACTIVATIONS)
def test_activation(keras, floatx, name):
    hidden = f"[layers.Dense(5, '{name}'), layers.Activation('sigmoid')]"
    if name != "swish":  # a name that stands for another, no function
        hidden = f"{hidden} + [layers.Dense(4, activation=activations.{name})]"
    compare(keras, hidden=hidden, optimizer="optimizers.SGD(0.015625)")


@pytest.mark.parametrize("layers", pairs.LAYERS)
def test_layers(keras, floatx, layers):
    hidden = f"[layers.Dense(5, use_bias=False), *{layers}]"  # a bias would only be rounding
    compare(keras, hidden=hidden, validation_split=0.2)


@pytest.mark.parametrize("layers", pairs.LAYERS[:1] + pairs.LAYERS[-2:-1])
def test_first_layer(keras, floatx, layers):
    compare(keras, hidden=f"[*{layers}, layers.Dense(5, 'sigmoid')]")


@pytest.mark.parametrize("loss, output, targets", pairs.LOSSES)
def test_loss(keras, floatx, loss, output, targets):
    weights = W if floatx == "float64" else None
    compare(keras, targets, loss, output, sample_weight=weights)


@pytest.mark.parametrize("loss, output, targets, metrics", pairs.METRICS)
def test_metrics(keras, floatx, loss, output, targets, metrics):
    y = TARGETS[targets]
    validation = X[::-1], y[::-1], W
    results = compare(
        keras,
        targets,
        loss,
        output,
        metrics=metrics,
        sample_weight=W,
        validation_data=validation,
    )
    (theirs, _), (ours, _) = results
    for method in ("evaluate", "test_on_batch", "train_on_batch"):
        options = {"sample_weight": W, "return_dict": True}
        if method == "evaluate":
            options["verbose"] = 0
        expected = getattr(theirs, method)(X, y, **options)
        got = getattr(ours, method)(X, y, **options)
        assert got == pytest.approx(expected, 1e-4, 1e-6)


@pytest.mark.parametrize("loss, targets, options", pairs.WEIGHTS)
def test_weights(keras, floatx, loss, targets, options):
    names = {"w": W, "x": X, "y": TARGETS[targets]}
    output = {"'mse'": "linear", "'binary_crossentropy'": "sigmoid"}.get(loss, "softmax")
    options = eval(options, names)
    metrics = ["'mse'"] if loss == "'mse'" else ["'accuracy'"]
    compare(keras, targets, loss, output, metrics=metrics, **options)


def test_weights_in_train_on_batch(keras, floatx):
    loss = next(loss for loss, _, target, _ in pairs.METRICS if target == "classes")
    (theirs, _), (ours, _) = compare(keras, "classes", loss, "softmax")
    for options in ({"class_weight": {0: 2.0, 1: 0.5}}, {"sample_weight": W}):
        expected = theirs.train_on_batch(X, CLASSES, **options)
        assert ours.train_on_batch(X, CLASSES, **options) == pytest.approx(expected, rel=1e-5)


def test_no_loss_and_no_metric_is_forgotten():
    named = [evaluate(trilobite, loss) for loss, *_ in pairs.LOSSES]
    losses = {type(trilobite.losses.chosen(loss)) for loss in named}
    assert losses == set(trilobite.losses._CLASSES)
    listed = [evaluate(trilobite, m) for *_, given in pairs.METRICS for m in given]
    found = {type(metric) for metric in trilobite.metrics.get_all("metrics", listed)}
    assert set(trilobite.metrics._CLASSES) <= found


def test_page_is_up_to_date():
    assert pairs.PAGE.read_text(encoding="utf-8") == pairs.page(), (
        "run: python tests/keras_pairs.py"
    )
