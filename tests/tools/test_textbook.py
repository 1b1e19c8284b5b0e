"""The textbook's tables on real MNIST: what its own notebooks print for these nets.

The notebooks ran once, and the initial weights scatter the results. Shallow net, 20 draws of the
weights: val_loss 0.0276 +- 0.0008 and val_accuracy 0.865 +- 0.0045 (mean and standard deviation),
so the published 0.0286 and 0.8560 are one draw among these; the test takes the mean +- 3 standard
deviations. The draw decides, not the engine or the order of the rows: from the weights of
``default_rng(100)`` a loop in plain NumPy, with shuffles of its own, ended at 0.02931 and 0.8553,
the engine at 0.02931 and 0.8554. Intermediate net, 14 draws: 0.915 to 0.932 after epoch 1 and 0.971
to 0.977 after epoch 20.
"""

import numpy as np
import pytest
import sklearn.datasets

import trilobite as keras


@pytest.mark.parametrize("seed", [1, 2, "NumPy's"])
def test_shallow(real_mnist, seed):
    keras.utils.set_random_seed(0 if seed == "NumPy's" else seed)
    (x, y), (x_valid, y_valid) = real_mnist
    model = keras.Sequential(
        [
            keras.Input((28, 28)),
            keras.layers.Rescaling(1 / 255),
            keras.layers.Flatten(),
            keras.layers.Dense(64, activation="sigmoid"),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(keras.optimizers.SGD(0.01), "mean_squared_error", metrics=["accuracy"])
    if seed == "NumPy's":
        rng = np.random.default_rng(100)
        w1, w2 = (
            rng.uniform(-1, 1, shape).astype("f4") * np.float32(np.sqrt(6 / sum(shape)))
            for shape in [(784, 64), (64, 10)]
        )
        model.set_weights([w1, np.zeros(64), w2, np.zeros(10)])
    model.fit(x, keras.utils.to_categorical(y), batch_size=128, epochs=200, verbose=0)
    loss, accuracy = model.evaluate(x_valid, keras.utils.to_categorical(y_valid), verbose=0)
    if seed == "NumPy's":
        assert loss == pytest.approx(0.02931, abs=1e-4)
        assert accuracy == pytest.approx(0.8553, abs=1e-3)
    assert loss == pytest.approx(0.0276, abs=0.0024)
    assert accuracy == pytest.approx(0.865, abs=0.0135)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_deep(real_mnist, seed):
    """Five draws of the weights ended at 0.9771 to 0.9796; published: 0.9754."""
    keras.utils.set_random_seed(seed)
    (x, y), valid = real_mnist
    model = keras.Sequential(
        [keras.Input((28, 28)), keras.layers.Rescaling(1 / 255), keras.layers.Flatten()]
    )
    for _ in range(3):
        model.add(keras.layers.Dense(64, activation="relu"))
        model.add(keras.layers.BatchNormalization())
    model.add(keras.layers.Dropout(0.2))
    model.add(keras.layers.Dense(10, activation="softmax"))
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(x, y, batch_size=128, epochs=20, verbose=0, validation_data=valid).history
    assert history["val_accuracy"][-1] >= 0.973


def test_regression_on_the_diabetes_data():
    """Three draws ended at an R squared of 0.33 to 0.42 of the rows held out."""
    x, y = sklearn.datasets.load_diabetes(return_X_y=True)
    x = (x - x.mean(axis=0)) / x.std(axis=0)
    keras.utils.set_random_seed(2)
    model = keras.Sequential([keras.Input((10,))])
    for _ in range(2):
        model.add(keras.layers.Dense(64, activation="relu"))
        model.add(keras.layers.BatchNormalization())
    model.add(keras.layers.Dropout(0.2))
    model.add(keras.layers.Dense(1))
    model.compile("adam", "mean_squared_error", metrics=["r2_score"])
    valid = x[350:], y[350:]
    history = model.fit(
        x[:350], y[:350], batch_size=8, epochs=100, verbose=0, validation_data=valid
    )
    r2 = history.history["val_r2_score"]
    assert r2[0] < 0 and r2[-1] > 0.25


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_intermediate(real_mnist, seed):
    keras.utils.set_random_seed(seed)
    (x, y), valid = real_mnist
    model = keras.Sequential(
        [
            keras.Input((28, 28)),
            keras.layers.Rescaling(1 / 255),
            keras.layers.Flatten(),
            keras.layers.Dense(64, activation="relu"),
            keras.layers.Dense(64, activation="relu"),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    optimizer = keras.optimizers.SGD(0.1)
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(x, y, batch_size=128, epochs=20, verbose=0, validation_data=valid).history
    assert history["val_accuracy"][0] >= 0.910
    assert history["val_accuracy"][-1] == pytest.approx(0.976, abs=0.006)
