"""Functions of one's own: activations and losses with their derivatives, metrics."""

import pickle
import signal
import threading

import keras_side
import numpy as np
import pytest

import trilobite as tl
from trilobite import Differentiable, ops

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

RNG = np.random.default_rng(0)
X, Y, W = RNG.random((50, 4)), RNG.random((50, 2)), RNG.random(50) + 0.5


def d_tanh(x):
    return 1 - np.tanh(x) ** 2


def cost(y_true, y_pred):
    return np.mean((y_pred - y_true) ** 2, axis=1)


def d_cost(y_true, y_pred):
    return 2 * (y_pred - y_true) / y_pred.shape[1]


def absolute(y_true, y_pred):
    return ops.mean(ops.abs(y_true - y_pred), axis=-1)


TANH, COST = Differentiable(np.tanh, d_tanh), Differentiable(cost, d_cost, "mine")


def net(activation="tanh", loss="mse", metrics=("mae",), weighted=(), extra=(), n_out=2):
    tl.utils.set_random_seed(3)
    hidden = [tl.layers.Dense(6, activation), *(layer() for layer in extra)]
    model = tl.Sequential([tl.Input((4,)), *hidden, tl.layers.Dense(n_out)])
    model.compile("adam", loss, metrics=list(metrics), weighted_metrics=list(weighted))
    return model


def assert_near(one, other, rtol=1e-5):
    """Weights and histories."""
    for a, b in zip(one.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol, rtol / 10)
    columns = zip(one.history.history.values(), other.history.history.values(), strict=True)
    for a, b in columns:
        np.testing.assert_allclose(a, b, rtol)


EXTRA = [tl.layers.BatchNormalization, lambda: tl.layers.Dropout(0.3, seed=1)]


@pytest.mark.parametrize(
    "named",
    [
        dict(activation=TANH),
        dict(loss=COST),
        dict(metrics=[absolute]),
        dict(activation=TANH, loss=COST, metrics=[absolute], weighted=[absolute], extra=EXTRA),
    ],
)
def test_as_the_engine_s(named):
    """The same numbers as of the formulas that the engine has, in the same order of the rows."""
    options = dict(weighted=["mae"] if "weighted" in named else (), extra=named.get("extra", ()))
    ours, own = net(**options), net(**named)
    fit = dict(epochs=3, batch_size=8, sample_weight=W, validation_split=0.2, verbose=0)
    ours.fit(X, Y, **fit)
    own.fit(X, Y, **fit)
    assert_near(ours, own)
    np.testing.assert_allclose(own.predict(X), ours.predict(X), 1e-4, 1e-5)
    np.testing.assert_allclose(own(X[:3]), ours(X[:3]), 1e-4, 1e-5)
    results = [model.evaluate(X, Y, verbose=0, sample_weight=W) for model in (ours, own)]
    np.testing.assert_allclose(*results, 1e-4)


def test_fed():
    """By a generator."""
    ours, own = net(), net(TANH, COST, [absolute])
    for model in (ours, own):
        made = ((X[i : i + 8], Y[i : i + 8]) for i in range(0, 50, 8))
        model.fit(made, verbose=0)
    assert_near(ours, own)


def scalar(y_true, y_pred):
    return (y_pred - y_true).max()


def by_output(y_true, y_pred):
    return (y_pred - y_true) ** 2


def right(y_true, y_pred):
    return y_true == y_pred.argmax(-1)


@pytest.mark.parametrize("metrics", [[scalar], [by_output], [right]])
def test_metrics_of_keras(keras, metrics):
    """Also one number for a batch, of batches of different sizes, and class indices."""
    indices = metrics == [right]
    y = RNG.integers(0, 2, 50) if indices else Y

    def build(k):
        model = k.Sequential([k.Input((4,)), k.layers.Dense(3, "tanh"), k.layers.Dense(2)])
        loss = k.losses.SparseCategoricalCrossentropy(True) if indices else "mse"
        model.compile("sgd", loss, metrics=metrics)
        return model

    fit = dict(epochs=2, batch_size=8, shuffle=False, validation_split=0.3, verbose=0)
    keras_side.assert_same(keras_side.both(keras, build, lambda model: model.fit(X, y, **fit)))


def test_names():
    model = net(TANH, COST, [absolute, "mse", lambda y_true, y_pred: y_pred[:, 0]])
    assert model.metrics_names == ["loss", "absolute", "mse", "<lambda>"]
    assert model.loss is COST and COST.__name__ == "mine" and TANH.__name__ == "tanh"
    np.testing.assert_allclose(model.loss(Y, Y + 1), 1)
    np.testing.assert_allclose(TANH(X), np.tanh(X))


def test_compiled_anew():
    """What computes changes, the weights do not, and the optimizer begins anew."""
    model = net()
    model.fit(X, Y, verbose=0)
    before = model.get_weights()
    model.compile(model.optimizer, COST, metrics=[absolute])
    for a, b in zip(before, model.get_weights(), strict=True):
        assert a.tobytes() == b.tobytes()
    model.fit(X, Y, verbose=0)
    model.compile("adam", "mse")
    model.fit(X, Y, verbose=0)
    trained = model.get_weights()
    with pytest.raises(ValueError, match="does not go with"):
        model.compile("adam", COST, metrics=["sparse_categorical_accuracy"])
    for a, b in zip(trained, model.get_weights(), strict=True):
        assert a.tobytes() == b.tobytes()
    assert model.loss == "mse"
    model.fit(X, Y, verbose=0)


@pytest.mark.parametrize(
    ("loss", "message"),
    [
        (Differentiable(lambda t, y: 1.0, d_cost, "one"), r"one: got \(\) .*expected \(\d+,\)"),
        (Differentiable(cost, cost, "two"), r"two: got \(\d+,\) .*expected \(\d+, 2\)"),
    ],
)
def test_shapes(loss, message):
    model = net(loss=loss)
    before = model.get_weights()
    with pytest.raises(ValueError, match=message):
        model.fit(X, Y, verbose=0)
    for a, b in zip(before, model.get_weights(), strict=True):
        assert a.tobytes() == b.tobytes()
    weighted = net(weighted=[scalar])
    with pytest.raises(ValueError, match="weighted_metrics: got one number for all rows"):
        weighted.fit(X, Y, sample_weight=W, verbose=0)


class Counting(tl.metrics.Metric):
    def update_state(self, y_true, y_pred, sample_weight=None):
        pass


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: net(metrics=[Counting()]), "metrics: .* whose class counts for itself"),
        (lambda: Differentiable(3, d_cost), "value: got 3"),
        (lambda: Differentiable(cost, None), "derivative: got None"),
    ],
)
def test_refused(make, message):
    with pytest.raises(TypeError, match=message):
        make()


def test_errors_come_out_as_they_are():
    """Of a function, in the middle of a step: the weights are those of the last one."""
    error, called = KeyError("mine"), []

    def bad(y_true, y_pred):
        called.append(len(y_pred))
        if len(called) == 4:
            raise error
        return absolute(y_true, y_pred)

    whole, model = net(), net(metrics=[bad])
    whole.fit(X[:24], Y[:24], batch_size=8, shuffle=False, verbose=0)
    threads = threading.active_count()
    with pytest.raises(KeyError) as raised:
        model.fit(X, Y, batch_size=8, shuffle=False, verbose=0)
    assert raised.value is error and called == [8] * 4
    assert threading.active_count() == threads
    for a, b in zip(whole.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, 1e-5, 1e-6)
    model.fit(X, Y, verbose=0)


def test_interrupted(sigint):
    """After a whole step: which one is told by the optimizer."""

    interrupted = []

    def slow(y_true, y_pred):
        if threading.current_thread() is not threading.main_thread() and not interrupted:
            interrupted.append(True)  # once, as a person does
            signal.raise_signal(signal.SIGINT)
        return absolute(y_true, y_pred)

    model, whole = net(metrics=[slow]), net()
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, Y, batch_size=8, shuffle=False, epochs=1000, verbose=0)
    steps = model.optimizer.iterations
    assert steps > 0
    options = dict(batch_size=8, shuffle=False, verbose=0)
    whole.fit(X, Y, epochs=steps // 7, **options)
    for i in range(0, 8 * (steps % 7), 8):
        whole.train_on_batch(X[i : i + 8], Y[i : i + 8])
    for a, b in zip(whole.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, 1e-3, 1e-4)


def test_kept(tmp_path):
    """Copies, weights; a file of the whole model cannot hold functions."""
    model = net(TANH, COST, [absolute])
    model.fit(X, Y, verbose=0)
    copied = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(copied.predict(X), model.predict(X))
    model.save_weights(tmp_path / "w")
    other = net(TANH, COST)
    other.load_weights(tmp_path / "w")
    np.testing.assert_array_equal(other.predict(X), model.predict(X))
    with pytest.raises(TypeError, match="cannot be written down"):
        model.save(tmp_path / "model")
