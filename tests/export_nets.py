"""Trained nets by name, rows for them, and what they predict: what every format is tested with."""

import functools
import zipfile

import numpy as np

import trilobite as keras
from trilobite import layers
from trilobite.reference.activations import ACTIVATIONS as REFERENCE
from trilobite.sklearn import MLPClassifier, MLPRegressor

NAMES = [name for name in REFERENCE if name not in ("bent_relu", "threshold")]


def rows(n=40, width=6, seed=0):
    """Rows whose columns have means from -10 to 1000 and deviations from 0.1 to 10."""
    generator = np.random.default_rng(seed)
    means, deviations = np.linspace(-10, 1000, width), np.geomspace(0.1, 10, width)
    return (means + deviations * generator.standard_normal((n, width))).astype("f4")


def chain(*made, dtype="float32", shape=(6,), x=None):
    """A model of these layers with weights that a training has moved."""
    keras.utils.set_random_seed(3)
    model = keras.Sequential([keras.Input(shape, dtype=dtype), *made])
    model.compile(keras.optimizers.SGD(0.01), "mse")
    x = x if x is not None else np.random.default_rng(1).standard_normal((64, *shape))
    y = np.random.default_rng(2).standard_normal((64, model.output_shape[1]))
    model.fit(x, y, epochs=3, batch_size=16, verbose=0)
    return model


def normalized():
    normalization = layers.Normalization()
    normalization.adapt(rows(200))
    return chain(normalization, layers.Dense(5, "tanh"), layers.Dense(3, "softmax"), x=rows(64))


def batch_normalized():
    return chain(
        layers.BatchNormalization(),
        layers.Dense(8, use_bias=False),
        layers.BatchNormalization(scale=False),
        layers.ReLU(),
        layers.Dropout(0.2),
        layers.Dense(8, "elu"),
        layers.BatchNormalization(center=False),
        layers.GaussianNoise(0.1),
        layers.Dense(3, "sigmoid"),
    )


def rescaled():
    return chain(
        layers.Rescaling(1 / 16, -0.5),
        layers.Flatten(),
        layers.Dense(7, "relu"),
        layers.Dense(3, "softmax"),
        shape=(2, 3),
    )


def classifier(labels, **options):
    """An estimator that is fitted to labels of three columns' sums."""
    x = np.random.default_rng(5).standard_normal((90, 6))
    places = np.digitize(x[:, :3].sum(axis=1), np.linspace(-1, 1, len(labels) - 1))
    y = np.array(labels)[places]
    return MLPClassifier((7,), max_iter=40, tol=1e9, random_state=0, **options).fit(x, y)


def regressor(n_outputs, **options):
    x = np.random.default_rng(5).standard_normal((90, 6))
    y = np.abs(x[:, :n_outputs]) if n_outputs > 1 else np.abs(x[:, 0])
    return MLPRegressor(
        hidden_layer_sizes=(7,), max_iter=40, tol=1e9, random_state=0, **options
    ).fit(x, y)


def several_labels():
    x = np.random.default_rng(5).standard_normal((90, 6))
    return MLPClassifier((7,), max_iter=40, tol=1e9, random_state=0).fit(
        x, (x[:, :3] > 0).astype(int)
    )


MODELS = {
    "Dense, relu, softmax": lambda: chain(layers.Dense(5, "relu"), layers.Dense(3, "softmax")),
    "float64": lambda: chain(layers.Dense(5, "tanh"), layers.Dense(2), dtype="float64"),
    "no hidden layer": lambda: chain(layers.Dense(3, "sigmoid")),
    "Rescaling, rows of two dimensions": rescaled,
    "Normalization": normalized,
    "BatchNormalization, Dropout, GaussianNoise": batch_normalized,
    "PReLU": lambda: chain(layers.Dense(5), layers.PReLU("ones"), layers.Dense(2), layers.PReLU()),
    "activations of x and in the middle": lambda: chain(
        layers.Activation("tanh"),
        layers.BatchNormalization(),
        layers.Dense(4, "softmax"),
        layers.BatchNormalization(),
        layers.ReLU(max_value=2.0, negative_slope=0.1, threshold=0.2),
        layers.BatchNormalization(),
    ),
}
ESTIMATORS = {
    "MLPClassifier, strings": lambda: classifier(["one", "two", 'drei "3" ü']),
    "MLPClassifier, two labels": lambda: classifier([-1, 4]),
    "MLPClassifier, float32": lambda: float32(classifier([0, 1, 2], activation="logistic")),
    "MLPClassifier, several labels": several_labels,
    "MLPRegressor": lambda: regressor(1, activation="tanh"),
    "MLPRegressor, two outputs, poisson": lambda: regressor(2, loss="poisson"),
}

# What PyTorch has no module for.
NO_MODULE = {
    "BatchNormalization, Dropout, GaussianNoise": "gaussian_noise",
    "activations of x and in the middle": "bent_relu",
}


def float32(estimator):
    estimator.coefs_ = [w.astype("f4") for w in estimator.coefs_]
    estimator.intercepts_ = [b.astype("f4") for b in estimator.intercepts_]
    return estimator


@functools.cache
def made(name):
    """A model or estimator, rows for it, and its outputs for them."""
    model = (MODELS | ESTIMATORS)[name]()
    x = rows() if name == "Normalization" else np.random.default_rng(9).normal(0, 2, (40, 6))
    x = x.astype("f4")
    if name in MODELS:
        x = x.reshape(-1, *model.input_shape[1:])
        return model, x, model.predict(x, verbose=0)
    return model, x, outputs(model, x)


def outputs(estimator, x):
    """The outputs of the network of an estimator: of two labels the probability of the second."""
    if not hasattr(estimator, "classes_"):
        return estimator.predict(x).reshape(len(x), -1)
    y = estimator.predict_proba(x)
    return y[:, 1:] if y.shape[1] == 2 else y


@functools.cache
def activated(name):
    """A model whose layers have an activation, rows and outputs."""
    width = 2 if name.endswith("softmax") else 1
    hidden = layers.Dense(5, name), layers.Dense(width, name)
    model = chain(*hidden)
    if name == "exponential":  # exp(exp(z)) is infinite soon
        model.set_weights([w / 4 for w in model.get_weights()])
    x = np.random.default_rng(9).normal(0, 4, (40, 6)).astype("f4")
    return model, x, model.predict(x, verbose=0)


def assert_same(found, y):
    """Equal to 1e-6 of the largest output, or of 1."""
    found = np.asarray(found).reshape(y.shape)
    np.testing.assert_allclose(found, y, rtol=1e-6, atol=1e-6 * max(1.0, np.abs(y).max()))


def compiled(optimizer, loss="mse", **options):
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [keras.Input((6,)), layers.Dense(5, "tanh"), layers.BatchNormalization(),
         layers.Dense(3, "softmax")]
    )  # fmt: skip
    model.compile(optimizer, loss, **options)
    return model


def rewritten(path, **members):
    """The archive with other members, None for none."""
    with zipfile.ZipFile(path) as archive:
        found = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in (found | members).items():
            if content is not None:
                archive.writestr(name, content)
