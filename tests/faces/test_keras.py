"""The same program under Keras 3 and under trilobite: same weights in, same numbers out."""

import numpy as np
import pytest
from keras_side import assert_same, both, tolerance

import trilobite

# Keras's own, under NumPy 2
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


@pytest.fixture(scope="module")
def digits(real_mnist):
    (x, y), (x_valid, y_valid) = real_mnist

    def flat(x):
        return x.reshape(-1, 784).astype("float32") / 255

    return (flat(x[:1500]), y[:1500]), (flat(x_valid[:700]), y_valid[:700])


@pytest.mark.parametrize("metrics", [["accuracy"], ["acc", "mse", "MAE"]])
def test_shallow(keras, floatx, digits, metrics):
    (x, y), (x_valid, y_valid) = digits
    y, y_valid = np.eye(10)[y], np.eye(10)[y_valid]

    def build(k):
        model = k.Sequential([k.Input((784,)), k.layers.Dense(64, activation="sigmoid")])
        model.add(k.layers.Dense(10, activation="softmax"))
        optimizer = k.optimizers.SGD(learning_rate=0.01)
        model.compile(loss="mean_squared_error", optimizer=optimizer, metrics=metrics)
        return model

    def fit(model):
        return model.fit(
            x,
            y,
            batch_size=128,
            epochs=3,
            verbose=0,
            shuffle=False,
            validation_data=(x_valid, y_valid),
        )

    results = both(keras, build, fit)
    assert results[1][0].count_params() == 50_890
    assert_same(results)


@pytest.mark.parametrize("sparse", [False, True])
def test_intermediate(keras, floatx, digits, sparse):
    (x, y), _ = digits
    if floatx == "float32":
        # 128 rectifiers see each of n rows in each of 3 epochs, and their z is rounded to 1e-7: for
        # 1,500 rows every tenth initialization has a z so near 0 that two roundings of it differ
        # in sign, and the nets part
        x, y = x[:150], y[:150]
    loss = "sparse_categorical_crossentropy" if sparse else "categorical_crossentropy"
    y = y if sparse else np.eye(10, dtype="float32")[y]

    def build(k):
        model = k.Sequential(
            [
                k.Input((784,)),
                k.layers.Dense(64, activation="relu"),
                k.layers.Dense(64, activation="relu"),
                k.layers.Dense(10, activation="softmax"),
            ]
        )
        model.compile(loss=loss, optimizer=k.optimizers.SGD(0.1), metrics=["accuracy"])
        return model

    def fit(model):
        return model.fit(
            x, y, batch_size=32, epochs=3, verbose=0, shuffle=False, validation_split=0.17
        )

    results = both(keras, build, fit)
    assert results[1][0].count_params() == 55_050
    assert_same(results)
    (theirs, _), (ours, _) = results
    rtol = 10 * tolerance()
    np.testing.assert_allclose(ours.predict(x[:9]), theirs.predict(x[:9], verbose=0), rtol, rtol)
    batch = x[:70], y[:70]
    for method in (theirs.test_on_batch, theirs.train_on_batch, theirs.test_on_batch):
        np.testing.assert_allclose(getattr(ours, method.__name__)(*batch), method(*batch), rtol)
    result = theirs.evaluate(*batch, verbose=0)
    np.testing.assert_allclose(ours.evaluate(*batch, verbose=0), result, rtol)


@pytest.mark.parametrize("y_columns", [(), (1,), (3,)])
def test_regression(keras, floatx, y_columns):
    rng = np.random.default_rng(5)
    x = rng.normal(size=(203, 8)).astype("float32")
    y = rng.normal(size=(203, *y_columns)).astype("float32")
    n_out = y_columns[0] if y_columns else 1

    def build(k):
        k_layers = [k.layers.Dense(20, "tanh"), k.layers.Dense(n_out, use_bias=False)]
        model = k.Sequential([k.Input((8,)), k.layers.Rescaling(0.5, 0.1), *k_layers])
        metrics = [k.metrics.MeanAbsoluteError(), "mse"]
        model.compile("sgd", k.losses.MeanSquaredError(), metrics=metrics)
        return model

    def fit(model):
        return model.fit(
            x,
            y,
            batch_size=32,
            epochs=3,
            verbose=0,
            shuffle=False,
            validation_split=0.2,
            validation_freq=2,
        )

    results = both(keras, build, fit)
    ours = results[1][1]
    for name in [name for name in ours if name.startswith("val_")]:
        first, ours[name], last = ours[name][0], ours[name][1:2], ours[name][2]
        assert np.isnan([first, last]).all()  # Keras's list is shorter
    assert_same(results)


@pytest.mark.parametrize("from_logits", [False, True])
@pytest.mark.parametrize("n_out", [1, 3])
def test_binary(keras, floatx, n_out, from_logits):
    rng = np.random.default_rng(6)
    x = rng.normal(size=(150, 5)).astype("float32")
    y = (x[:, :n_out] > 0).astype("int32")

    def build(k):
        activation = None if from_logits else "sigmoid"
        model = k.Sequential([k.Input((5,)), k.layers.Dense(n_out, activation)])
        loss = k.losses.BinaryCrossentropy(from_logits=from_logits)
        model.compile(k.optimizers.SGD(0.3), loss, metrics=["accuracy"])
        return model

    def fit(model):
        return model.fit(x, y, batch_size=40, epochs=3, verbose=0, shuffle=False)

    assert_same(both(keras, build, fit))


def test_rows_of_images(keras, floatx):
    rng = np.random.default_rng(7)
    x = rng.integers(0, 256, (90, 4, 5), dtype=np.uint8)
    y = rng.integers(0, 3, (90, 1))

    def build(k):
        model = k.Sequential([k.Input((4, 5)), k.layers.Rescaling(1 / 255), k.layers.Flatten()])
        model.add(k.layers.Dense(7, kernel_initializer="he_normal", bias_initializer="ones"))
        model.add(k.layers.Activation("relu"))
        model.add(k.layers.Dense(3))
        loss = k.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile("sgd", loss, metrics=["accuracy"])
        return model

    def fit(model):
        return model.fit(x, y, batch_size=37, epochs=3, verbose=0, shuffle=False)

    assert_same(both(keras, build, fit))


def test_a_callback_sees_the_same(keras):
    x = np.linspace(-1, 1, 50, dtype="float32").reshape(25, 2)
    y = x[:, :1] ** 2

    def recorder(k, seen):
        def hook(name):
            def record(self, *arguments, logs=None):
                *number, logs = (*arguments, logs) if logs is not None else arguments
                seen.append((name, *number, {k: round(v, 4) for k, v in (logs or {}).items()}))

            return record

        names = [
            name
            for name in dir(k.callbacks.Callback)
            if name.startswith(("on_train", "on_test", "on_epoch"))
        ]
        return type("Recorder", (k.callbacks.Callback,), {n: hook(n) for n in names})()

    def build(k):
        model = k.Sequential([k.Input((2,)), k.layers.Dense(1)])
        model.compile("sgd", "mse", metrics=["mae"])
        return model

    seen = {keras: [], trilobite: []}

    def fit(model):
        k = trilobite if isinstance(model, trilobite.Sequential) else keras
        options = {"verbose": 0, "shuffle": False, "callbacks": [recorder(k, seen[k])]}
        return model.fit(
            x, y, batch_size=10, epochs=4, initial_epoch=2, validation_data=(x, y), **options
        )

    assert_same(both(keras, build, fit))
    assert seen[trilobite] == seen[keras]
    assert len(seen[keras]) == 2 + 2 * (2 + 2 * 3 + 2 + 2 * 3)


def test_rows_kept_for_validation(keras):
    kept = []
    for k in keras, trilobite:
        model = k.Sequential([k.Input((1,)), k.layers.Dense(1)])
        model.compile("sgd", "mse")
        for n, fraction in [(7, 0.25), (5, 0.5), (10, 0.3), (11, 0.9)]:
            x = np.zeros((n, 1))
            history = model.fit(x, x, batch_size=1, verbose=0, validation_split=fraction)
            kept.append(n - history.params["steps"])
    assert kept[4:] == kept[:4]


@pytest.mark.parametrize("num_classes", [None, 5])
@pytest.mark.parametrize("x", [[0, 2, 1], [[0], [3]], [[0, 1], [1, 2]], np.array([1.0, 0.0])])
def test_to_categorical(keras, x, num_classes):
    ours = trilobite.utils.to_categorical(x, num_classes)
    theirs = keras.utils.to_categorical(x, num_classes)
    assert ours.dtype == theirs.dtype
    np.testing.assert_array_equal(ours, theirs)
