"""Sequential: build, train, go on, evaluate, predict, show."""

import subprocess
import sys

import numpy as np
import pytest

import trilobite as keras
from trilobite import engine, layers, reference

RNG = np.random.default_rng(1)
X = RNG.normal(size=(500, 6)).astype(np.float32)
LABELS = (X @ RNG.normal(size=(6, 3))).argmax(axis=1)


def classifier(metrics=("accuracy",), seed=0, **options):
    keras.utils.set_random_seed(seed)
    model = keras.Sequential(
        [keras.Input((6,), **options), layers.Dense(16, "tanh"), layers.Dense(3, "softmax")]
    )
    sgd = keras.optimizers.SGD(0.2)
    model.compile(sgd, "sparse_categorical_crossentropy", metrics=list(metrics))
    return model


def parameters(model):
    return np.concatenate([w.ravel() for w in model.get_weights()])


def test_it_learns():
    model = classifier()
    history = model.fit(X, LABELS, epochs=30, verbose=0, validation_split=0.2)
    assert history.history["loss"][-1] < history.history["loss"][0] / 2
    assert history.history["val_accuracy"][-1] > 0.9
    loss, accuracy = model.evaluate(X, LABELS, verbose=0)
    assert accuracy == np.mean(model.predict(X).argmax(axis=1) == LABELS)
    named = model.evaluate(X, LABELS, verbose=0, return_dict=True)
    assert named == {"loss": loss, "accuracy": accuracy}


def test_the_names_that_programs_use():
    assert keras.models.Sequential is keras.Sequential
    assert keras.layers.Input is keras.Input
    for path in (
        "optimizers.SGD losses.MeanSquaredError losses.CategoricalCrossentropy "
        "losses.SparseCategoricalCrossentropy losses.BinaryCrossentropy metrics.BinaryAccuracy "
        "callbacks.Callback callbacks.History initializers.GlorotUniform utils.to_categorical "
        "utils.set_random_seed datasets.mnist.load_data config.floatx config.set_floatx"
    ).split():
        thing = keras
        for name in path.split("."):
            thing = getattr(thing, name)
    assert all(hasattr(keras, name) for name in keras.__all__)


@pytest.mark.parametrize("loss", ["mse", "MSE", "mean_squared_error", "MeanSquaredError"])
@pytest.mark.parametrize("optimizer", ["sgd", "SGD", keras.optimizers.SGD, keras.optimizers.SGD()])
def test_spellings(loss, optimizer):
    model = keras.Sequential([keras.Input((6,)), layers.Dense(1)])
    for spelled in (loss, keras.losses.MeanSquaredError(), keras.losses.mean_squared_error):
        model.compile(optimizer=optimizer, loss=spelled)
        assert model.evaluate(X, LABELS, verbose=0) > 0
    assert model.optimizer.learning_rate == 0.01


@pytest.mark.parametrize(
    "metric, name",
    [
        ("accuracy", "accuracy"),
        ("acc", "acc"),
        ("sparse_categorical_accuracy", "sparse_categorical_accuracy"),
        (keras.metrics.SparseCategoricalAccuracy(), "sparse_categorical_accuracy"),
        (keras.metrics.SparseCategoricalAccuracy(name="mine"), "mine"),
        (keras.metrics.SparseCategoricalAccuracy, "sparse_categorical_accuracy"),
    ],
)
def test_metric_names(metric, name):
    model = classifier([metric, "acc"])
    results = model.evaluate(X, LABELS, verbose=0, return_dict=True)
    assert model.metrics_names == list(results)
    assert list(results) == ["loss", name, "acc_1" if name == "acc" else "acc"]
    assert len(set(list(results.values())[1:])) == 1


def test_fit_twice_goes_on():
    once = classifier()
    whole = once.fit(X, LABELS, epochs=5, verbose=0).history["loss"]
    twice = classifier()
    parts = [twice.fit(X, LABELS, epochs=n, verbose=0).history["loss"] for n in (2, 3)]
    np.testing.assert_array_equal(parameters(once), parameters(twice))
    assert whole == parts[0] + parts[1]


def test_same_seed_same_bits():
    def run(seed, **options):
        model = classifier(seed=seed)
        model.fit(X, LABELS, epochs=3, verbose=0, **options)
        return parameters(model).tobytes()

    assert run(1) == run(1)
    assert run(1) != run(2)
    assert run(1) != run(1, shuffle=False)


def test_seed_and_bits_in_another_process():
    program = (
        "import numpy as np, trilobite as k; k.utils.set_random_seed(5)\n"
        "m = k.Sequential([k.Input((3,)), k.layers.Dense(4, 'relu'), k.layers.Dense(1)])\n"
        "m.compile('sgd', 'mse'); x = np.arange(90.0).reshape(30, 3) / 90\n"
        "m.fit(x, x[:, 0], epochs=4, verbose=0)\n"
        "print([w.tobytes().hex() for w in m.get_weights()])"
    )
    printed = {
        subprocess.run([sys.executable, "-c", program], capture_output=True, check=True).stdout
        for _ in range(2)
    }
    assert len(printed) == 1


@pytest.mark.parametrize("options", [{}, {"dtype": "float64"}])
def test_engine_and_reference(monkeypatch, options):
    """The face is the same whatever computes below it."""
    results = []
    for backend in (engine, reference):
        monkeypatch.setattr(engine, "load", backend.load)
        model = classifier(["accuracy"], **options)
        fitted = {"shuffle": False, "epochs": 3, "batch_size": 33, "verbose": 0}
        history = model.fit(X, LABELS, validation_split=0.1, **fitted)
        results.append([parameters(model), model.predict(X).ravel(), *history.history.values()])
    rtol = 1e-10 if options else 2e-4
    for a, b in zip(*results, strict=True):
        np.testing.assert_allclose(a, b, rtol, rtol / 10)


def test_training_metrics_are_running_means_and_validation_is_the_last_part():
    model = classifier()
    model.optimizer.learning_rate = 1e-30  # so that all steps see the same weights
    history = model.fit(X, LABELS, batch_size=96, verbose=0, validation_split=0.3).history
    train, valid = (
        model.evaluate(X[s], LABELS[s], verbose=0) for s in (slice(350), slice(350, 500))
    )
    assert history["loss"] + history["accuracy"] == pytest.approx(train, rel=1e-5)
    assert history["val_loss"] + history["val_accuracy"] == pytest.approx(valid, rel=1e-5)


@pytest.mark.parametrize("frequency, epochs", [(1, 4), (2, 2), (3, 1), ([1, 4], 2), ({2}, 1)])
def test_validation_frequency(frequency, epochs):
    model = classifier()
    valid = X[:50], LABELS[:50]
    history = model.fit(
        X, LABELS, epochs=4, verbose=0, validation_data=valid, validation_freq=frequency
    )
    assert len(history.history["loss"]) == 4
    assert np.isfinite(history.history["val_loss"]).sum() == epochs
    assert len(history.history["val_loss"]) == 4


def test_initial_epoch_at_the_end_trains_nothing():
    model = classifier()
    before = parameters(model)
    assert model.fit(X, LABELS, epochs=3, initial_epoch=3, verbose=0).history == {}
    np.testing.assert_array_equal(parameters(model), before)


def test_train_on_batch_is_one_step():
    one, other = classifier(), classifier()
    before = one.evaluate(X, LABELS, verbose=0)
    assert one.train_on_batch(X, LABELS) == pytest.approx(before, rel=1e-5)
    other.fit(X, LABELS, batch_size=500, shuffle=False, verbose=0)
    np.testing.assert_array_equal(parameters(one), parameters(other))
    assert set(one.train_on_batch(X, LABELS, return_dict=True)) == {"loss", "accuracy"}
    assert one.test_on_batch(X, LABELS) == pytest.approx(one.evaluate(X, LABELS, verbose=0))
    np.testing.assert_array_equal(one.predict_on_batch(X), one.predict(X))


@pytest.mark.parametrize("n", [1, 2, 64, 65, 500])
def test_call_is_predict(n):
    model = classifier()
    for x in (X[:n], X[:n].astype("float64"), X[:n].tolist()):
        out = model(x)
        assert out.shape == (n, 3) and out.dtype == np.float32
        np.testing.assert_allclose(out, model.predict(x), 1e-5)
        np.testing.assert_allclose(out.sum(axis=1), 1, 1e-5)


def test_evaluate_and_predict_in_batches():
    """As a callback that looks at each wants them."""
    model = classifier()
    loss, outputs = model.evaluate(X, LABELS, verbose=0), model.predict(X)

    class Watch(keras.callbacks.Callback):
        def on_test_batch_end(self, batch, logs=None):
            pass

        def on_predict_batch_end(self, batch, logs=None):
            pass

    watch = {"callbacks": [Watch()]}
    assert model.evaluate(X, LABELS, 64, verbose=0, **watch) == pytest.approx(loss)
    np.testing.assert_allclose(model.predict(X, 64, **watch), outputs, 1e-5)
    bad = X.copy()
    bad[401, 2] = np.nan
    with pytest.raises(ValueError, match="x: got nan in row 401, column 2"):
        model.predict(bad)


def test_weights_go_in_and_come_out():
    model, other = classifier(seed=1), classifier(seed=2)
    weights = model.get_weights()
    other.set_weights(weights)
    np.testing.assert_array_equal(other.predict(X), model.predict(X))
    weights[0][:] = 0  # a copy
    np.testing.assert_array_equal(other.predict(X), model.predict(X))
    other.set_weights([w.astype("float64").tolist() for w in model.get_weights()])
    np.testing.assert_array_equal(parameters(other), parameters(model))


def test_loss_and_names_before_compile_and_the_build():
    model = keras.Sequential([layers.Dense(1)])
    assert model.loss is None and model.metrics_names == []
    model.compile("sgd", "mse")
    assert model.loss == "mse" and model.metrics_names == []
    model.fit(X, LABELS, verbose=0)
    assert model.metrics_names == ["loss"]


def test_compile_anew_keeps_the_weights():
    model = classifier()
    before = parameters(model)
    model.compile("sgd", "mse", metrics=["mae"])
    assert set(model.evaluate(X, np.eye(3)[LABELS], verbose=0, return_dict=True)) == {"loss", "mae"}
    np.testing.assert_array_equal(parameters(model), before)


@pytest.mark.parametrize("hidden, total", [([64], "50,890"), ([64, 64], "55,050")])
def test_summary(capsys, hidden, total):
    model = keras.Sequential([keras.Input((784,))], name="net")
    for width in [*hidden, 10]:
        model.add(layers.Dense(width))
    model.summary()
    printed = capsys.readouterr().out
    assert 'Model: "net"' in printed and f"Total params: {total}" in printed
    assert "50,240" in printed and "(None, 64)" in printed and "(Dense)" in printed
    table = [line for line in printed.splitlines() if line[0] in "┏┃┡│├└"]
    assert len({len(line) for line in table}) == 1
    texts = []
    model.summary(print_fn=texts.append)
    assert texts == [printed.rstrip("\n")]


def test_summary_before_the_shape_is_known(capsys):
    keras.Sequential([layers.Dense(3)]).summary()
    assert "? " in capsys.readouterr().out
    keras.Sequential().summary()


def test_model_of_an_activation_alone():
    model = keras.Sequential([keras.Input((3,)), layers.Activation("relu")])
    model.compile("sgd", "mse")
    x = np.array([[-1.0, 0.0, 2.0]])
    assert model.predict(x, verbose=0).tolist() == [[0, 0, 2]]
    assert model.evaluate(x, x, verbose=0) == pytest.approx(1 / 3)


def test_add_that_fails_changes_nothing():
    model = classifier()
    before = parameters(model)

    class Broken(keras.initializers.Constant):
        def __call__(self, shape, dtype=None):
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        model.add(layers.Dense(3, kernel_initializer=Broken()))
    for layer in (layers.Rescaling(2.0), model.layers[0]):
        with pytest.raises(ValueError):
            model.add(layer)
    assert len(model.layers) == 2
    np.testing.assert_array_equal(parameters(model), before)
