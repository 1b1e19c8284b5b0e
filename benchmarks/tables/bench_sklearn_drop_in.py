"""`fit` and `predict` of trilobite.sklearn against scikit-learn's own: same settings, same loss."""

import os
import warnings
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from measure import Work, timed
from scipy import sparse
from sklearn import neural_network
from sklearn.datasets import load_diabetes, load_digits
from sklearn.model_selection import GridSearchCV

import trilobite.sklearn
from trilobite import engine
from trilobite.datasets import mnist

warnings.simplefilter("ignore")
os.environ["PYTHONWARNINGS"] = "ignore"  # of the processes of a grid search
FOLDER = Path(os.environ.get("TRILOBITE_DATA", Path(__file__).parents[3] / "shared" / "data"))
HAS_MNIST = (FOLDER / "mnist").is_dir()


def digits(rng):
    x, y = load_digits(return_X_y=True)
    return x / 16, y


def diabetes(rng):
    x, y = load_diabetes(return_X_y=True)
    return x * 20, y / 100


def table_of(n, n_in, n_classes):
    """Normal rows, classes at random."""
    return lambda rng: (rng.standard_normal((n, n_in)), rng.integers(0, n_classes, n))


def digits_of_mnist(rng):
    """The real ones where they are on disk, otherwise rows of their shape."""
    if not HAS_MNIST:
        return table_of(60_000, 784, 10)(rng)
    (x, y), _ = mnist.load_data(FOLDER)
    return x.reshape(len(x), -1) / 255, y


def text(rng):
    x = sparse.random(10_000, 20_000, 0.005, format="csr", random_state=0)
    return x, rng.integers(0, 2, 10_000)


CASES = {  # name: (class, data, epochs, parameters)
    "digits, 64-100-10": ("MLPClassifier", digits, 20, {}),
    f"MNIST{'' if HAS_MNIST else '-shaped'}, 784-100-10": (
        "MLPClassifier", digits_of_mnist, 2, {}
    ),
    "tabular, 20-64-64-2": (
        "MLPClassifier", table_of(10_000, 20, 2), 10, {"hidden_layer_sizes": (64, 64)}
    ),
    "tiny, 2-8-8-2, batch 10": (
        "MLPClassifier",
        table_of(500, 2, 2),
        20,
        {"hidden_layer_sizes": (8, 8), "batch_size": 10},
    ),
    "diabetes, 10-100-1": ("MLPRegressor", diabetes, 100, {}),
    "covtype-shaped, 54-100-7": ("MLPClassifier", table_of(100_000, 54, 7), 5, {}),
    "text-shaped, sparse, 20000-100-2": ("MLPClassifier", text, 1, {}),
    "digits, L-BFGS": ("MLPClassifier", digits, 50, {"solver": "lbfgs"}),
}  # fmt: skip


def estimators(case, dtype, toy):
    """(data, {module: estimator}), with the same loss after a fit."""
    kind, make, epochs, parameters = CASES[case]
    x, y = make(np.random.default_rng(0))
    x, y = (x[:300], y[:300]) if toy else (x, y)
    options = {"random_state": 0, "n_iter_no_change": np.inf, "tol": 0.0} | parameters
    made = {
        name: getattr(module, kind)(max_iter=1 if toy else epochs, **options)
        for name, module in (
            ("scikit-learn", neural_network), ("trilobite", trilobite.sklearn)
        )
    }  # fmt: skip
    x = x.astype(dtype)
    losses = [each.fit(x, y).loss_ for each in made.values()]
    assert np.isclose(*losses, rtol=1e-7 if dtype == "float64" else 1e-2), losses
    return (x, y), made


def flops_of(net):
    return sum(w.size for w in net.coefs_)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("case", CASES)
def bench_fit(benchmark, effort, case, dtype):
    (x, y), made = estimators(case, dtype, effort.toy)
    ours, theirs = made["trilobite"], made["scikit-learn"]
    flops = 6 * flops_of(ours)
    timed(
        benchmark,
        effort,
        Work(partial(ours.fit, x, y)),
        others={"scikit-learn": Work(partial(theirs.fit, x, y))},
        table="scikit-learn's estimators: a whole fit",
        row={"net": case, "rows": x.shape[0], "dtype": dtype},
        flops=flops * x.shape[0] * ours.n_iter_,
        unit="ms/epoch",
        count=ours.n_iter_,
        threads=engine.threads_for(flops * 200),
        dtype=dtype,
    )


@pytest.mark.parametrize("rows", [1, 1000])
def bench_predict(benchmark, effort, rows):
    (x, _), made = estimators("digits, 64-100-10", "float64", effort.toy)
    times = 3 if effort.toy else 1000 // rows * 10

    def predict(net):
        for _ in range(times):
            net.predict(x[:rows])

    timed(
        benchmark,
        effort,
        Work(partial(predict, made["trilobite"])),
        others={"scikit-learn": Work(partial(predict, made["scikit-learn"]))},
        table="scikit-learn's estimators: predict, 64-100-10, float64",
        row={"rows": rows},
        flops=2 * flops_of(made["trilobite"]) * rows * times,
        unit="us/step",
        count=times,
        threads=engine.threads_for(2 * flops_of(made["trilobite"]) * rows),
        dtype="float64",
    )


def bench_grid_search(benchmark, effort):
    """GridSearchCV(n_jobs=2) end to end: 24 candidates, 3 folds and the refit."""
    x, y = digits(None)
    grid = {
        "hidden_layer_sizes": [(32,), (100,), (64, 64)],
        "alpha": [1e-5, 1e-4, 1e-2, 1.0],
        "learning_rate_init": [0.001, 0.005],
    }
    if effort.toy:
        x, y, grid = x[:300], y[:300], {"alpha": [1e-4, 1.0]}
    searches = {}
    for name, module in ("scikit-learn", neural_network), ("trilobite", trilobite.sklearn):
        net = module.MLPClassifier(max_iter=2 if effort.toy else 20, random_state=0)
        searches[name] = GridSearchCV(net, grid, cv=3, n_jobs=2).fit(x, y)  # workers are up now
    scores = [search.cv_results_["mean_test_score"] for search in searches.values()]
    assert np.array_equal(*scores), scores
    best = searches["trilobite"].best_estimator_
    timed(
        benchmark,
        effort,
        partial(searches["trilobite"].fit, x, y),
        others={"scikit-learn": partial(searches["scikit-learn"].fit, x, y)},
        table="scikit-learn's estimators: GridSearchCV(n_jobs=2) on digits, float64",
        row={"candidates": len(scores[0]), "folds": 3},
        flops=6 * flops_of(best) * len(x) * best.n_iter_ * (2 * len(scores[0]) + 1),
        unit="s",
        threads=2,
        dtype="float64",
    )
