"""What scikit-learn's estimators and trilobite's do alike: fit, predict, search a grid.

`package` is "sklearn.neural_network" or "trilobite.sklearn". What one of them found can be given to
the other as `expected`: an AssertionError says that it found something else.
"""

import importlib
import os
import warnings
from functools import partial

import numpy as np
from measure import Work
from scipy import sparse
from sklearn.datasets import load_diabetes, load_digits
from sklearn.model_selection import GridSearchCV

from trilobite.datasets import mnist

HAS_MNIST = bool(os.environ.get("TRILOBITE_DATA"))
GRID = {  # 24 candidates
    "hidden_layer_sizes": [(32,), (100,), (64, 64)],
    "alpha": [1e-5, 1e-4, 1e-2, 1.0],
    "learning_rate_init": [0.001, 0.005],
}
RTOL = {"float64": 1e-7, "float32": 1e-2}


def digits(rng):
    x, y = load_digits(return_X_y=True)
    return x / 16, y


def diabetes(rng):
    x, y = load_diabetes(return_X_y=True)
    return x * 20, y / 100


def normal(n, n_in, n_classes, rng):
    """Normal rows, classes at random."""
    return rng.standard_normal((n, n_in)), rng.integers(0, n_classes, n)


def digits_of_mnist(rng):
    """The real ones where TRILOBITE_DATA says where they are, otherwise rows of their shape."""
    if not HAS_MNIST:
        return normal(60_000, 784, 10, rng)
    (x, y), _ = mnist.load_data(os.environ["TRILOBITE_DATA"])
    return x.reshape(len(x), -1) / 255, y


def text(rng):
    x = sparse.random(10_000, 20_000, 0.005, format="csr", random_state=rng)
    return x, rng.integers(0, 2, 10_000)


CASES = {  # name: (class, data, epochs, parameters)
    "digits, 64-100-10": ("MLPClassifier", digits, 20, {}),
    f"MNIST{'' if HAS_MNIST else '-shaped'}, 784-100-10": (
        "MLPClassifier", digits_of_mnist, 2, {}
    ),
    "tabular, 20-64-64-2": (
        "MLPClassifier", partial(normal, 10_000, 20, 2), 10, {"hidden_layer_sizes": (64, 64)}
    ),
    "tiny, 2-8-8-2, batch 10": (
        "MLPClassifier", partial(normal, 500, 2, 2), 20,
        {"hidden_layer_sizes": (8, 8), "batch_size": 10},
    ),
    "diabetes, 10-100-1": ("MLPRegressor", diabetes, 100, {}),
    "covtype-shaped, 54-100-7": ("MLPClassifier", partial(normal, 100_000, 54, 7), 5, {}),
    "text-shaped, sparse, 20000-100-2": ("MLPClassifier", text, 2, {}),
    "digits, L-BFGS": ("MLPClassifier", digits, 20, {"solver": "lbfgs"}),
}  # fmt: skip


def fitted(package, case, dtype, toy):
    """(estimator, x, y): with so many epochs, however little each of them gains."""
    kind, data, epochs, parameters = CASES[case]
    warnings.simplefilter("ignore")
    x, y = data(np.random.default_rng(0))
    x, y = (x[:300], y[:300]) if toy else (x, y)
    options = {"random_state": 0, "n_iter_no_change": np.inf, "tol": 0.0} | parameters
    estimator = getattr(importlib.import_module(package), kind)(
        max_iter=1 if toy else epochs, **options
    )
    x = x.astype(dtype)
    return estimator.fit(x, y), x, y


def fit(package, case, dtype, toy, expected=None):
    """The work to fit. It is expected to find a loss."""
    estimator, x, y = fitted(package, case, dtype, toy)
    if expected is not None:
        assert np.isclose(estimator.loss_, expected, rtol=RTOL[dtype]), (estimator.loss_, expected)
    return Work(partial(estimator.fit, x, y))


def predict(package, case, dtype, toy, rows, times):
    """The work to predict for the first rows, so many times."""
    estimator, x, _ = fitted(package, case, dtype, toy)

    def call():
        for _ in range(times):
            estimator.predict(x[:rows])

    return Work(call)


def searched(package, dtype, toy):
    """(search, x, y): GridSearchCV(n_jobs=2) with 3 folds, whose processes are up."""
    os.environ["PYTHONWARNINGS"] = "ignore"  # of those processes
    x, y = digits(None)
    x, grid = x.astype(dtype), GRID
    if toy:
        x, y, grid = x[:300], y[:300], {"alpha": [1e-4, 1.0]}
    net = importlib.import_module(package).MLPClassifier(max_iter=2 if toy else 20, random_state=0)
    return GridSearchCV(net, grid, cv=3, n_jobs=2).fit(x, y), x, y


def search(package, dtype, toy, expected=None):
    """The work to search, and to fit what was found best. It is expected to find scores."""
    found, x, y = searched(package, dtype, toy)
    scores = found.cv_results_["mean_test_score"]
    if expected is not None:  # rounding moves a row now and then in float32
        assert np.allclose(scores, expected, rtol=0, atol=0 if dtype == "float64" else 0.01)
    return Work(partial(found.fit, x, y))
