"""Trainings whose fault is known because it was looked for: what `diagnosis.py` is measured on.

A setup is a data set, a net, an optimizer, a batch size and a number of epochs. It is trained at
each of RATES, five times as long as the epochs that are to be diagnosed, so that of each run is
known where another rate would have led in the same time and where this one leads later.
"""

from dataclasses import dataclass, field

import numpy as np

import trilobite
from trilobite import datasets, layers, optimizers

RATES = [float(f"{digit}e{power}") for power in range(-6, 2) for digit in (1, 3)]  # 1e-6 to 30
LONGER = 5  # times the epochs


@dataclass
class Setup:
    """What is trained; `held_back`: the rules of `diagnose` were never tried on it."""

    name: str
    data: object  # () -> x, y
    net: str = "relu 32"  # activation and widths, or "shallow" or "deep" of the textbook
    optimizer: str = "SGD"
    batch: int = 32
    epochs: int = 30
    rows: int = 1000  # to train on, at most; a third as many for validation
    held_back: bool = False


def of_sklearn(name, **given):
    """A function that returns (x, y) from a data set or generator of scikit-learn."""

    def data():
        import sklearn.datasets

        load = getattr(sklearn.datasets, name)
        if name.startswith("load_"):
            return load(return_X_y=True)
        x, y = load(random_state=0, **given)
        return x, y

    return data


def mnist():
    """The first rows of MNIST."""
    (x, y), _ = datasets.mnist.load_data()
    return x[:6000].reshape(-1, 784) / 255, y[:6000]


def spiral():
    """Three arms in the plane."""
    rng = np.random.default_rng(0)
    y = rng.integers(3, size=900)
    r = rng.uniform(0.1, 1, 900)
    a = 4 * r + 2 * np.pi * y / 3 + 0.2 * rng.standard_normal(900)
    return np.stack([r * np.cos(a), r * np.sin(a)], axis=1), y


def ripples():
    """A wave of two variables, with noise."""
    rng = np.random.default_rng(0)
    x = rng.uniform(-2, 2, (1200, 2))
    return x, np.sin(2 * x[:, 0]) * np.cos(x[:, 1]) + 0.1 * rng.standard_normal(1200)


def checkers():
    """The colour of a field of four by four."""
    x = np.random.default_rng(0).uniform(0, 4, (1500, 2))
    return x, x.astype(int).sum(1) % 2


def blobs():
    """Five overlapping clouds."""
    return datasets.toy.blobs(1000, 5, noise=0.4)


def rings():
    """Three spheres, one within the other, in five dimensions."""
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((1500, 5)), rng.integers(3, size=1500)
    radius = 1 + y + 0.3 * rng.standard_normal(1500)
    return x / np.linalg.norm(x, axis=1, keepdims=True) * radius[:, None], y


def teacher():
    """What a random net of ten columns says, with noise."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((1400, 10))
    z = np.tanh(x @ rng.standard_normal((10, 6)) / 2) @ rng.standard_normal(6)
    return x, z + 0.3 * rng.standard_normal(1400)


def linear_classes():
    """Four classes that a linear softmax draws."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((1600, 12))
    z = x @ rng.standard_normal((12, 4)) + rng.gumbel(size=(1600, 4))
    return x, z.argmax(1)


def signs():
    """Whether two of six columns are of one sign; one answer in twenty is wrong."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((1600, 6))
    return x, (x[:, 0] * x[:, 1] > 0) ^ (rng.random(1600) < 0.05)


def wave():
    """A damped wave of one variable."""
    rng = np.random.default_rng(0)
    x = rng.uniform(0, 3, (900, 1))
    return x, np.exp(-x[:, 0]) * np.sin(6 * x[:, 0]) + 0.05 * rng.standard_normal(900)


def stairs():
    """Steps of a sum of four columns, with noise."""
    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, (1200, 4))
    return x, np.floor(2 * x.sum(1)) + 0.3 * rng.standard_normal(1200)


def counts():
    """Logarithms of counts whose rate is exponential in three of eight columns."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((1300, 8))
    rate = np.exp(1 + x[:, 0] - 0.5 * x[:, 1] * x[:, 2])
    return x, np.log1p(rng.poisson(np.minimum(rate, 1e4)))


def noise():
    """Classes that nothing tells."""
    rng = np.random.default_rng(0)
    return rng.standard_normal((400, 10)), rng.integers(2, size=400)


SK = of_sklearn
SPARSE = dict(n_samples=500, n_features=20, n_informative=3, noise=20.0)
TWENTY = dict(n_samples=1400, n_features=20, n_informative=5, n_classes=3, flip_y=0.1)
SETUPS = [
    Setup("digits, shallow", SK("load_digits"), "shallow", batch=128, epochs=40, rows=1300),
    Setup("digits, intermediate", SK("load_digits"), "relu 64 64", batch=128, epochs=20, rows=1300),
    Setup("digits, deep", SK("load_digits"), "deep", "Adam", 128, 20, rows=1300),
    Setup("iris", SK("load_iris"), "relu 16", batch=16, epochs=50),
    Setup("breast cancer", SK("load_breast_cancer"), "tanh 32", epochs=30),
    Setup("moons", SK("make_moons", n_samples=700, noise=0.2), "tanh 16 16", batch=16, epochs=60),
    Setup("friedman1", SK("make_friedman1", n_samples=1300, noise=1.0), "relu 32 32", epochs=40),
    Setup("twenty columns", SK("make_classification", **TWENTY), "relu 64 64", epochs=50),
    Setup("linear", SK("make_regression", n_samples=700, n_features=10, noise=50.0), "relu"),
    Setup("friedman2", SK("make_friedman2", n_samples=150), "relu 64 64", "Adam", 16, 80),
    Setup("quantiles", SK("make_gaussian_quantiles", n_samples=1300, n_classes=3), "relu 32",
          "Adam"),
    Setup("swiss roll", SK("make_swiss_roll", n_samples=1300, noise=0.3), "tanh 32 32", epochs=60),
    Setup("noise", noise, "relu 64 64", batch=16, epochs=40),
    Setup("digits, Adam", SK("load_digits"), "relu 64", "Adam", 32, 25, rows=1300),
    Setup("iris, Adam", SK("load_iris"), "tanh 16", "Adam", 16, 40),
    Setup("rare class", SK("make_classification", n_samples=1000, weights=[0.9]), "tanh 32",
          "Adam", epochs=30),
    Setup("twenty columns, RMSprop", SK("make_classification", **TWENTY), "relu 64",
          "RMSprop", 64, 40),
    Setup("sparse linear", SK("make_regression", **SPARSE), "relu 64", epochs=40),
    Setup("friedman1, Adam", SK("make_friedman1", n_samples=700, noise=2.0), "tanh 64",
          "Adam", epochs=50),
    Setup("checkers", checkers, "relu 64 64", batch=16, epochs=80),
    Setup("blobs", blobs, "relu 32", batch=16, epochs=20),
    Setup("moons, Adam", SK("make_moons", n_samples=400, noise=0.3), "relu 64 64", "Adam", 32, 60),
    Setup("wine", SK("load_wine"), "relu 32", batch=16, epochs=30),
    Setup("circles", SK("make_circles", n_samples=600, noise=0.1, factor=0.6), "tanh 16 16",
          batch=16, epochs=50),
    Setup("hastie", SK("make_hastie_10_2", n_samples=2600), "relu 32", rows=2000),
    Setup("friedman3", SK("make_friedman3", n_samples=1300, noise=0.1), "relu 32 32",
          "SGD", 64, 40),
    Setup("s curve", SK("make_s_curve", n_samples=1300, noise=0.2), "tanh 32", "Adam", 32, 40),
    Setup("spiral", spiral, "tanh 32 32", batch=16, epochs=100),
    Setup("ripples", ripples, "relu 32 32", batch=32, epochs=60),
    Setup("few columns count", SK("make_sparse_uncorrelated", n_samples=400), "relu 64 64",
          batch=16, epochs=60),
    Setup("mnist, shallow", mnist, "shallow", batch=128, epochs=40, rows=4000, held_back=True),
    Setup("mnist, intermediate", mnist, "relu 64 64", batch=128, epochs=20, rows=4000,
          held_back=True),
    Setup("mnist, deep", mnist, "deep", "Adam", 128, 20, rows=4000, held_back=True),
    Setup("diabetes", SK("load_diabetes"), "relu 64 64", "Adam", epochs=60, held_back=True),
    Setup("rings", rings, "relu 32 32", epochs=40, held_back=True),
    Setup("teacher", teacher, "tanh 32", epochs=40, held_back=True),
    Setup("linear classes", linear_classes, "relu 32", "Adam", epochs=30, held_back=True),
    Setup("signs", signs, "relu 32 32", epochs=50, held_back=True),
    Setup("wave", wave, "tanh 32 32", "Adam", 16, 60, held_back=True),
    Setup("stairs", stairs, "relu 64", batch=16, epochs=40, held_back=True),
    Setup("counts", counts, "relu 64 64", batch=64, epochs=50, held_back=True),
]  # fmt: skip


@dataclass
class Run:
    """One training; costs are lists of the epochs, LONGER times as many as are diagnosed."""

    setup: Setup
    rate: float
    trivial: float  # training cost of the best constant answer
    history: dict
    cause: dict = field(default_factory=dict)  # by "loss" and "val_loss", as `find_causes` says

    def short(self, validation):
        """The history of the epochs that are to be diagnosed."""
        names = ["loss", "val_loss"] if validation else ["loss"]
        return {name: self.history[name][: self.setup.epochs] for name in names}


def prepare(setup, seed):
    """Rows to train on and to validate with, x of mean 0 and variance 1, y likewise or classes."""
    x, y = setup.data()
    y = np.unique(y, return_inverse=True)[1] if is_classes(y) else (y - y.mean()) / y.std()
    order = np.random.default_rng(seed).permutation(len(x))
    n = min(setup.rows, 3 * len(x) // 4)
    train, valid = order[:n], order[n : n + max(n // 3, 1)]
    if "mnist" not in setup.name:
        spread = x[train].std(0)
        x = (x - x[train].mean(0)) / np.where(spread > 0.3 * x.std(0), spread, np.inf)
    return (x[train].astype("f4"), y[train]), (x[valid].astype("f4"), y[valid])


def is_classes(y):
    """Whether these are classes: a few numbers, all whole."""
    return len(np.unique(y)) <= 20 and (y == np.round(y)).all()


def compiled(setup, n_in, n_out, rate):
    """The net of a setup, and whether its cost is of one-hot targets."""
    kind, *widths = setup.net.split()
    inner = [layers.Dense(int(n), kind) for n in widths]
    loss = "sparse_categorical_crossentropy" if n_out > 1 else "mse"
    if kind == "shallow":
        inner, loss = [layers.Dense(64, "sigmoid")], "mse"
    elif kind == "deep":
        inner = [layer for _ in range(3) for layer in
                 (layers.Dense(64, "relu"), layers.BatchNormalization())]  # fmt: skip
        inner.append(layers.Dropout(0.2))
    last = layers.Dense(n_out, "softmax" if n_out > 1 else "linear")
    model = trilobite.Sequential([trilobite.Input((n_in,)), *inner, last])
    metrics = ["accuracy"] if n_out > 1 else ["mae"]
    model.compile(getattr(optimizers, setup.optimizer)(rate), loss, metrics=metrics)
    return model, loss == "mse" and n_out > 1


def trivial_cost(y, loss_is_squared):
    """Cost of the best constant answer; y are values, or classes as one-hot rows."""
    if loss_is_squared:
        return float(np.var(y, axis=0).mean())
    share = y.mean(0)
    return float(-(share * np.log(share)).sum())


def train(setup, seed=0):
    """The runs of a setup, one for each of RATES, all from the same weights."""
    (x, y), (x_val, y_val) = prepare(setup, seed)
    n_out = int(y.max()) + 1 if y.dtype.kind in "iu" else 1
    runs = []
    for rate in RATES:
        trilobite.utils.set_random_seed(seed)
        model, one_hot = compiled(setup, x.shape[1], n_out, rate)
        targets = [trilobite.utils.to_categorical(t, n_out) if n_out > 1 else t for t in (y, y_val)]
        trivial = trivial_cost(targets[0], one_hot or n_out == 1)
        if not one_hot:
            targets = [y, y_val]
        history = model.fit(
            x, targets[0], setup.batch, LONGER * setup.epochs, verbose=0,
            validation_data=(x_val, targets[1]),
        ).history  # fmt: skip
        runs.append(Run(setup, rate, trivial, history))
    find_causes(runs)
    return runs


HELPS = 0.2  # a change helps if it takes off this share of the cost
HARDLY = 0.08  # and hardly does if it takes off no more than this


@dataclass
class Reached:
    """Where a run is: training cost and the judged one now, the latter later and earlier."""

    train: float = np.inf
    now: float = np.inf
    later: float = np.inf
    earlier: float = np.inf

    @classmethod
    def by(cls, run, name):
        """Means over tenths of the epochs; the best mean over a quarter of them for later."""
        n, costs = run.setup.epochs, np.asarray(run.history[name])
        train, costs = run.history["loss"][:n], costs[: np.argmin([*np.isfinite(costs), False])]
        if len(costs) < n or not np.isfinite(train).all():
            return cls()
        tenth, quarter = max(1, n // 10), max(1, n // 4)
        now, after = costs[n - tenth : n].mean(), smooth(costs[n:], quarter)
        before = smooth(costs[:n], tenth)[: max(1, n * 4 // 5 - tenth + 1)]
        tiny = 1e-12  # so that nothing is divided by 0
        return cls(
            np.mean(train[-tenth:]) + tiny,
            now + tiny,
            min(now, after.min(initial=now)) + tiny,
            (before.min() if name == "val_loss" else now) + tiny,
        )


def smooth(costs, n):
    """Means over n epochs in turn."""
    return np.convolve(costs, np.ones(n) / n, "valid") if len(costs) >= n else np.empty(0)


def find_causes(runs):
    """Tell what is the matter with each of the runs of a setup, from what helps it.

    The changes are another rate for as many epochs (at least ten times as high, or lower), more
    epochs, and fewer. What is compared is the validation cost ("val_loss") or the training cost
    ("loss"); another rate must improve both. The cause is known if one change leads to a cost lower
    by HELPS than now and than each other change does, or if none takes off more than HARDLY.
    A lower rate that is better now and later counts before more epochs. Without, the cause is None.
    """
    for name in ("loss", "val_loss"):
        reached = [Reached.by(run, name) for run in runs]
        best = min(each.train for each in reached)
        for i, (run, here) in enumerate(zip(runs, reached, strict=True)):
            run.cause[name] = _cause(run, here, reached[i + 2 :], reached[:i], best)


def _cause(run, here, faster, lower, best):
    if here.now == np.inf:
        return "diverged"

    def gain(others):
        pairs = [(max(o.now / here.now, o.train / here.train), o.later) for o in others]
        return min(pairs, default=(1, np.inf))

    high, later = gain(lower)
    left = {  # share of the cost that is left after each change
        "slow": gain(faster)[0],
        "high": high,
        "improving": here.later / here.now,
        "overfitting": min(1, here.earlier / here.now),
    }
    if high <= 1 - HELPS and later <= here.later:
        del left["improving"]
    first, second = sorted(left, key=left.get)[:2]
    if left[first] >= 1 - HARDLY:
        return "converged" if here.now <= (1 - HELPS) * run.trivial else None
    if left[first] > (1 - HELPS) * min(1, left[second]):
        return None
    if first != "high":
        return first
    learned = (run.trivial - here.train) / (run.trivial - best)
    return "not_learning" if learned < 0.05 else "erratic" if learned > 0.2 else None
