"""The textbook's tables on real MNIST: what its own notebooks print for these nets."""

import os
from pathlib import Path

import pytest

import trilobite as keras

DATA = Path(os.environ.get("TRILOBITE_DATA", Path(__file__).parents[2] / "shared" / "data"))


@pytest.fixture(scope="module")
def mnist():
    if not (DATA / "mnist").is_dir() and os.environ.get("CI") != "true":
        pytest.skip(f"no MNIST in {DATA}")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRILOBITE_DATA", str(DATA))
        return keras.datasets.mnist.load_data()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_shallow(mnist, seed):
    keras.utils.set_random_seed(seed)
    (x, y), (x_valid, y_valid) = mnist
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
    model.fit(x, keras.utils.to_categorical(y), batch_size=128, epochs=200, verbose=0)
    loss, accuracy = model.evaluate(x_valid, keras.utils.to_categorical(y_valid), verbose=0)
    assert loss == pytest.approx(0.0286, abs=0.0010)
    assert accuracy == pytest.approx(0.856, abs=0.012)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_intermediate(mnist, seed):
    keras.utils.set_random_seed(seed)
    (x, y), valid = mnist
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
    assert history["val_accuracy"][0] >= 0.915
    assert history["val_accuracy"][-1] == pytest.approx(0.976, abs=0.004)
