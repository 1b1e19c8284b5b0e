"""What the tests of model files share: data, models that train in many ways, and their equality."""

import json

import numpy as np

import trilobite as keras
from trilobite import layers
from trilobite.optimizers import schedules

RNG = np.random.default_rng(1)
X = RNG.normal(size=(70, 6)).astype(np.float32)
LABELS = (X @ RNG.normal(size=(6, 3))).argmax(axis=1)

OPTIMIZERS = {cls.__name__.lower(): cls for cls in keras.optimizers._CLASSES} | {
    "sgd": lambda: keras.optimizers.SGD(0.1),
    "momentum": lambda: keras.optimizers.SGD(0.05, momentum=0.9, nesterov=True, clipnorm=1.0),
    "adam": lambda: keras.optimizers.Adam(schedules.ExponentialDecay(0.01, 10, 0.9), amsgrad=True),
    "rmsprop": lambda: keras.optimizers.RMSprop(momentum=0.5, centered=True),
}


def stack(dtype="float32"):
    """A model with every kind of layer that has weights or a state, not compiled."""
    return keras.Sequential(
        [
            keras.Input((6,), dtype=dtype),
            layers.Rescaling(0.5, 0.1),
            layers.Dense(8, "relu", kernel_regularizer="l2"),
            layers.BatchNormalization(),
            layers.Dropout(0.2),
            layers.Dense(5, "tanh", use_bias=False),
            layers.Dense(3, "softmax"),
        ]
    )


def classifier(optimizer="adam", dtype="float32", seed=0):
    """The same model, compiled; the same seed gives the same training."""
    keras.utils.set_random_seed(seed)
    model = stack(dtype)
    chosen = OPTIMIZERS[optimizer]()
    if optimizer == "adamw":
        chosen.exclude_from_weight_decay(var_names=["bias"])
    loss = keras.losses.SparseCategoricalCrossentropy()
    top = keras.metrics.SparseTopKCategoricalAccuracy(2, name="top")
    model.compile(chosen, loss, metrics=["accuracy", top])
    return model


def fit(model, epochs=2, **options):
    """Train on the data above; return what the history says."""
    options = {"batch_size": 16, "verbose": 0, "validation_split": 0.2} | options
    return model.fit(X, LABELS, epochs=epochs, **options).history


def state(model):
    """All that makes two models the same: bytes of the arrays, and what goes with them."""
    optimizer = model.optimizer
    arrays = optimizer.state.get_state() if optimizer and optimizer.state else []
    history = model.history
    return {
        "config": model.get_config(),
        "weights": [w.tobytes() for w in model.get_weights()],
        "optimizer": [np.asarray(a).tobytes() for a in arrays],
        "iterations": optimizer and optimizer.iterations,
        "optimizer_config": optimizer and optimizer.get_config(),
        "order": (model._seed, model.epochs_begun),
        "epoch": history and list(history.epoch),
        "history": history and json.dumps(history.history),
    }


def assert_same(a, b):
    """Two models are in the same state."""
    first, second = state(a), state(b)
    for key, value in first.items():
        assert value == second[key], key
