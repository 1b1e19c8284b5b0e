"""trilobite.sklearn's estimators against scikit-learn's own: same settings, same loss."""

from functools import partial

import drop_in
import pytest
from measure import Work, timed
from scipy import sparse

from trilobite import engine

OURS, THEIRS = "trilobite.sklearn", "sklearn.neural_network"
DTYPES = ["float64", "float32"]
DIGITS = "digits, 64-100-10"


def flops_of(estimator, x):
    """Floating-point operations of (predict, an epoch of fit): y = x @ w for all layers; and
    dw = x.T @ dy and, in all layers but the first, dx = dy @ w.T.

    Of a sparse x what is stored counts.
    """
    first, *others = (w.size for w in estimator.coefs_)
    stored = x.nnz / x.shape[1] if sparse.issparse(x) else x.shape[0]
    predict = 2 * (first * stored + sum(others) * x.shape[0])
    return predict, 3 * predict - 2 * first * stored


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("case", drop_in.CASES)
def bench_fit(benchmark, effort, apart, case, dtype):
    given = case, dtype, effort.toy
    estimator, x, y = drop_in.fitted(OURS, *given)
    _, flops = flops_of(estimator, x)
    timed(
        benchmark,
        effort,
        Work(partial(estimator.fit, x, y)),
        others={
            "scikit-learn": apart("scikit-learn", drop_in.fit, THEIRS, *given, estimator.loss_)
        },
        table="scikit-learn's estimators: a whole fit",
        row={"net": case, "rows": x.shape[0], "dtype": dtype},
        flops=flops * estimator.n_iter_,
        unit="ms/epoch",
        count=estimator.n_iter_,
        threads=engine.threads_for(
            6 * sum(w.size for w in estimator.coefs_) * 200, x.shape[0] // 200
        ),
        dtype=dtype,
    )


@pytest.mark.parametrize("rows", [1, 1000])
def bench_predict(benchmark, effort, apart, rows):
    times = 3 if effort.toy else 1000 // rows * 10
    given = DIGITS, "float64", effort.toy
    estimator, x, _ = drop_in.fitted(OURS, *given)
    flops, _ = flops_of(estimator, x[:rows])
    timed(
        benchmark,
        effort,
        drop_in.predict(OURS, *given, rows, times),
        others={
            "scikit-learn": apart("scikit-learn", drop_in.predict, THEIRS, *given, rows, times)
        },
        table="scikit-learn's estimators: predict, 64-100-10, float64",
        row={"rows": rows},
        flops=flops * times,
        unit="us/step",
        count=times,
        threads=engine.threads_for(flops),
        dtype="float64",
    )


@pytest.mark.parametrize("dtype", DTYPES)
def bench_grid_search(benchmark, effort, apart, dtype):
    """GridSearchCV(n_jobs=2) end to end: 24 candidates, 3 folds and the refit."""
    found, x, y = drop_in.searched(OURS, dtype, effort.toy)
    scores, best = found.cv_results_["mean_test_score"], found.best_estimator_
    timed(
        benchmark,
        effort,
        Work(partial(found.fit, x, y)),
        others={
            "scikit-learn": apart("scikit-learn", drop_in.search, THEIRS, dtype, effort.toy, scores)
        },
        table="scikit-learn's estimators: GridSearchCV(n_jobs=2) on digits",
        row={"candidates": len(scores), "folds": 3, "dtype": dtype},
        flops=flops_of(best, x)[1] * best.n_iter_ * (2 * len(scores) + 1),
        unit="s",
        threads=2,
        dtype=dtype,
    )
