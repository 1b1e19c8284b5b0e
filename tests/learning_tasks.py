"""Learning tasks of known difficulty: nets, data, a batch size and a number of epochs.

`CHOSEN` are those by which rules were chosen, `HELD_OUT` those that were looked at afterwards.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from sklearn import datasets

import trilobite as keras
from trilobite import layers


@dataclass(frozen=True)
class Task:
    """A net for a data set.

    `hidden` are the widths of relu layers, but for the nets of the textbook. `make` builds a
    compiled model, of whose optimizer the rate is to be chosen; `seeds`: how many are measured.
    """

    name: str
    optimizer: str = "sgd"
    hidden: tuple = (32, 32)
    batch_size: int = 32
    epochs: int = 100
    seeds: int = 5

    def __str__(self):
        return f"{self.name}, {self.optimizer}"

    def data(self):
        """Training and validation rows: (x, y), (x, y), float32, standardised."""
        return _data(self.name)

    def make(self, seed, rate=0.01):
        (x, y), _ = self.data()
        return _model(self, x, y, seed, rate)


def _model(task, x, y, seed, rate):
    keras.utils.set_random_seed(seed)
    optimizer = {"sgd": keras.optimizers.SGD, "adam": keras.optimizers.Adam}[task.optimizer](rate)
    if task.name in NETS:
        model = NETS[task.name]()
        loss = "mean_squared_error" if task.name == "shallow" else "sparse_categorical_crossentropy"
    else:
        classes = int(y.max()) + 1 if y.dtype.kind == "u" else 0
        hidden = [layers.Dense(n, activation="relu") for n in task.hidden]
        last = layers.Dense(classes or 1, activation="softmax" if classes else "linear")
        model = keras.Sequential([keras.Input(x.shape[1:]), *hidden, last])
        loss = "sparse_categorical_crossentropy" if classes else "mean_squared_error"
    model.compile(optimizer, loss)
    return model


def _shallow():
    return keras.Sequential(
        [
            keras.Input((784,)),
            layers.Dense(64, activation="sigmoid"),
            layers.Dense(10, activation="softmax"),
        ]
    )


def _intermediate():
    return keras.Sequential(
        [
            keras.Input((784,)),
            layers.Dense(64, activation="relu"),
            layers.Dense(64, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )


def _deep():
    model = keras.Sequential([keras.Input((784,))])
    for _ in range(3):
        model.add(layers.Dense(64, activation="relu"))
        model.add(layers.BatchNormalization())
    model.add(layers.Dropout(0.2))
    model.add(layers.Dense(10, activation="softmax"))
    return model


NETS = {"shallow": _shallow, "intermediate": _intermediate, "deep": _deep}


def _friedman(k):
    make = getattr(datasets, f"make_friedman{k}")
    return lambda: make(n_samples=1000, noise=1.0 if k == 1 else 0.0, random_state=k)


_SETS = {
    "digits": lambda: datasets.load_digits(return_X_y=True),
    "wine": lambda: datasets.load_wine(return_X_y=True),
    "breast_cancer": lambda: datasets.load_breast_cancer(return_X_y=True),
    "iris": lambda: datasets.load_iris(return_X_y=True),
    "diabetes": lambda: datasets.load_diabetes(return_X_y=True),
    "classification": lambda: datasets.make_classification(
        2000, 20, n_informative=8, class_sep=1.5, random_state=0
    ),
    "classification, noisy": lambda: datasets.make_classification(
        2000, 40, n_informative=6, n_classes=3, flip_y=0.2, random_state=1
    ),
    "moons": lambda: datasets.make_moons(1000, noise=0.2, random_state=0),
    "circles": lambda: datasets.make_circles(1000, noise=0.1, factor=0.6, random_state=0),
    "quantiles": lambda: datasets.make_gaussian_quantiles(
        n_samples=1500, n_features=10, n_classes=3, random_state=0
    ),
    "hastie": lambda: datasets.make_hastie_10_2(2000, random_state=0),
    "friedman1": _friedman(1),
    "friedman2": _friedman(2),
    "friedman3": _friedman(3),
    "regression": lambda: datasets.make_regression(
        800, 20, n_informative=10, noise=20.0, random_state=0
    ),
    "sparse": lambda: datasets.make_sparse_uncorrelated(1000, 10, random_state=0),
    "swiss roll": lambda: datasets.make_swiss_roll(1000, noise=0.5, random_state=0),
}
_CLASSES = {
    *("digits", "wine", "breast_cancer", "iris", "classification", "classification, noisy"),
    *("moons", "circles", "quantiles", "hastie"),
}


@cache
def _data(name):
    if name in NETS:
        import os

        (x, y), (x_valid, y_valid) = keras.datasets.mnist.load_data(os.environ["TRILOBITE_DATA"])
        train, valid = (x[:10_000], y[:10_000]), (x_valid[:5000], y_valid[:5000])
        out = [((x.reshape(-1, 784) / 255).astype("f4"), y) for x, y in (train, valid)]
        if name != "shallow":
            return out
        return [(x, np.eye(10, dtype="f4")[y]) for x, y in out]
    x, y = _SETS[name]()
    order = np.random.default_rng(0).permutation(len(x))
    x, y = x[order], y[order]
    n = 2 * len(x) // 3
    x = ((x - x[:n].mean(0)) / np.maximum(x[:n].std(0), 1e-9)).astype("f4")
    if name in _CLASSES:
        y = np.unique(y, return_inverse=True)[1].astype("u1")
    else:
        y = ((y - y[:n].mean()) / y[:n].std()).astype("f4")
    return (x[:n], y[:n]), (x[n:], y[n:])


TEXTBOOK = [
    Task("shallow", "sgd", batch_size=128, epochs=50, seeds=2),
    Task("intermediate", "sgd", batch_size=128, epochs=20, seeds=2),
    Task("deep", "adam", batch_size=128, epochs=20, seeds=2),
]
CHOSEN = [
    Task(name, optimizer)
    for name in ("digits", "wine", "diabetes", "moons", "classification", "friedman1", "regression")
    for optimizer in ("sgd", "adam")
]
HELD_OUT = [
    Task(name, optimizer)
    for name in (
        *("iris", "breast_cancer", "classification, noisy", "circles", "quantiles", "hastie"),
        *("friedman2", "friedman3", "sparse", "swiss roll"),
    )
    for optimizer in ("sgd", "adam")
]
