"""The same numbers, warnings and errors as scikit-learn's own MLPClassifier and MLPRegressor."""

import inspect

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("sklearn")

import sklearn  # noqa: E402
from scipy import sparse  # noqa: E402
from sklearn.datasets import load_diabetes, load_digits  # noqa: E402
from sklearn.utils.fixes import parse_version  # noqa: E402
from sklearn_pairs import MODULES, assert_equal, fit_both, outcome  # noqa: E402

DIGITS = load_digits()
DIABETES = load_diabetes()
X, Y = DIGITS.data[:600] / 16, DIGITS.target[:600]
RX, RY = DIABETES.data * 20, DIABETES.target / 100
SCORES_STRINGS = parse_version(sklearn.__version__) >= parse_version("1.9")  # issue 33760 of it
TAKES_WEIGHTS = "sample_weight" in inspect.signature(MODULES[0].MLPRegressor.fit).parameters
NAMES = {"classifier": "MLPClassifier", "regressor": "MLPRegressor"}


def data(kind, n, dtype, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 5)).astype(dtype)
    if kind == "binary":
        labels = ("yes", "no") if SCORES_STRINGS else (3, 1)
        return x, np.where(x[:, 0] > 0, *labels)
    if kind == "multiclass":
        return x, np.arange(n) % 3 * 2
    if kind == "multilabel":
        return x, np.stack([x[:, 0] > 0, x[:, 1] > 0, np.arange(n) % 2 == 0], axis=1).astype(int)
    if kind == "poisson":
        return x, rng.poisson(2, n).astype(float)
    return x, rng.normal(size=n if kind == "one" else (n, 2))


PARAMETERS = st.fixed_dictionaries(
    {
        "hidden_layer_sizes": st.sampled_from([(7,), (4, 3), 5, (), (17, 33)]),
        "activation": st.sampled_from(["identity", "logistic", "tanh", "relu"]),
        "solver": st.sampled_from(["sgd", "adam", "adam", "lbfgs"]),
        "alpha": st.sampled_from([0, 1e-4, 1.0]),
        "batch_size": st.sampled_from(["auto", 1, 10, 16, 1000]),
        "learning_rate": st.sampled_from(["constant", "invscaling", "adaptive"]),
        "learning_rate_init": st.sampled_from([0.001, 0.02]),
        "power_t": st.sampled_from([0.5, 0.3]),
        "max_iter": st.sampled_from([1, 5, 20]),
        "shuffle": st.booleans(),
        "random_state": st.integers(0, 2**32 - 1),
        "tol": st.sampled_from([1e-4, 0.1]),
        "momentum": st.sampled_from([0, 0.5, 0.9]),
        "nesterovs_momentum": st.booleans(),
        "early_stopping": st.booleans(),
        "validation_fraction": st.sampled_from([0.1, 0.3, 0.01]),
        "beta_1": st.sampled_from([0, 0.9]),
        "epsilon": st.sampled_from([1e-8, 1e-3]),
        "n_iter_no_change": st.sampled_from([1, 3, 10]),
    }
)


@settings(max_examples=150)
@given(
    kind=st.sampled_from(["binary", "multiclass", "multilabel", "one", "two", "poisson"]),
    n=st.sampled_from([12, 40, 97]),
    dtype=st.sampled_from(["f8", "f8", "f4"]),
    layout=st.sampled_from(["C", "F", "csr", "csc"]),
    weighted=st.booleans(),
    parameters=PARAMETERS,
)
def test_whatever_is_asked_for(kind, n, dtype, layout, weighted, parameters):
    if not TAKES_WEIGHTS:  # scikit-learn 1.6
        weighted, kind = False, "one" if kind == "poisson" else kind
        parameters = parameters | {"validation_fraction": 0.3}  # it allows too small a one
    classifier = kind in ("binary", "multiclass", "multilabel")
    if kind == "poisson":
        parameters = parameters | {"loss": "poisson"}
    if dtype == "f4" and parameters["solver"] == "lbfgs":
        dtype = "f8"  # line searches part where rounding does
    x, y = data(kind, n, dtype)
    if layout in ("csr", "csc"):
        x = sparse.csr_array(np.where(x > 0.5, x, 0)).asformat(layout)
    else:
        x = np.asarray(x, order=layout)
    weights = np.random.default_rng(1).uniform(0.1, 2, n) if weighted else None
    name = "MLPClassifier" if classifier else "MLPRegressor"
    theirs, ours = fit_both(name, x, y, weights, **parameters)
    if theirs is not None:
        assert_equal(theirs, ours, x.tocsr() if sparse.issparse(x) else x)


@pytest.mark.parametrize("dtype", ["f8", "f4"])
@pytest.mark.parametrize("solver", ["sgd", "adam"])
@pytest.mark.parametrize("activation", ["identity", "logistic", "tanh", "relu"])
def test_twenty_epochs(activation, solver, dtype):
    options = {"max_iter": 20, "random_state": 1, "solver": solver, "activation": activation}
    for name, x, y in (("MLPClassifier", X, Y), ("MLPRegressor", RX, RY)):
        assert_equal(*fit_both(name, x.astype(dtype), y, **options), x.astype(dtype))


BAD = [
    {"hidden_layer_sizes": -1},
    {"hidden_layer_sizes": (5, -2)},
    {"shuffle": "true"},
    {"alpha": -1},
    {"learning_rate_init": 0},
    {"momentum": 2},
    {"solver": "hadoken"},
    {"learning_rate": "converge"},
    {"beta_1": 1},
    {"epsilon": -0.5},
    {"n_iter_no_change": -1},
    {"max_iter": 0},
    {"validation_fraction": 1.0},
    {"batch_size": 0},
]
if TAKES_WEIGHTS:
    BAD.append({"early_stopping": True, "validation_fraction": 0.001})


@pytest.mark.parametrize("parameters", BAD, ids=str)
@pytest.mark.parametrize("name", NAMES.values())
def test_messages_of_bad_parameters(name, parameters):
    x, y = (X, Y) if name == "MLPClassifier" else (RX, RY)
    assert fit_both(name, x, y, **parameters) == (None, None)


@pytest.mark.parametrize("name", NAMES.values())
def test_messages_of_bad_data(name):
    x, y = data("multiclass", 30, "f8")
    nan = x.copy()
    nan[3, 1] = np.nan
    for bad in ((nan, y), (x, y[:-1]), (x[0], y), (np.full(x.shape, "a"), y), (x[:0], y[:0])):
        ends = [outcome(lambda m=m, b=bad: getattr(m, name)().fit(*b)) for m in MODULES]
        assert ends[0][1] == ends[1][1] and ends[0][1] is not None
    fitted = [outcome(lambda m=m: getattr(m, name)(max_iter=1).fit(x, y))[0] for m in MODULES]
    many = np.tile(nan, (3, 1))
    for bad in (nan, many, x[:, :4], x[0], x[:0], np.full((12, 5), "a"), many.astype("f4")):
        ends = [outcome(lambda e=e, b=bad: e.predict(b)) for e in fitted]
        assert ends[0][1] == ends[1][1] and ends[0][1] is not None


@pytest.mark.parametrize("name", NAMES.values())
@pytest.mark.parametrize("solver", ["sgd", "adam"])
def test_partial_fit_and_warm_start(name, solver):
    x, y = (X, Y) if name == "MLPClassifier" else (RX, RY)
    options = {"random_state": 2, "solver": solver, "max_iter": 3}
    first = {"classes": np.unique(y)} if name == "MLPClassifier" else {}
    both = [getattr(m, name)(**options) for m in MODULES]
    for e in both:
        e.partial_fit(x[:150], y[:150], **first)
        e.partial_fit(x[150:300], y[150:300])
    held = both[1].coefs_[0]
    for e in both:
        e.coefs_[0][0] *= 0.5  # coefs_ are what is trained
        e.partial_fit(x, y)
    assert held is both[1].coefs_[0]
    assert_equal(*both, x)
    both = [getattr(m, name)(warm_start=True, **options) for m in MODULES]
    for _ in range(2):
        said = [outcome(lambda e=e: e.fit(x, y))[1:] for e in both]
        assert said[0] == said[1]
    assert_equal(*both, x)


def test_partial_fit_needs_a_stochastic_solver():
    for name in NAMES.values():
        theirs, ours = (
            outcome(lambda m=m, n=name: getattr(m, n)(solver="lbfgs").partial_fit)[1]
            for m in MODULES
        )
        assert ours == theirs
    assert not hasattr(MODULES[1].MLPClassifier(solver="lbfgs"), "partial_fit")


def test_coefs_are_what_predict_uses():
    for e in (outcome(lambda m=m: m.MLPClassifier(max_iter=2).fit(X, Y))[0] for m in MODULES):
        for rows in (X, X[:2]):
            e.coefs_[1][:] = 0
            e.intercepts_[1][:] = 0
            assert np.allclose(e.predict_proba(rows), 0.1)


def test_verbose_prints_the_same(capsys):
    for options in (
        {"verbose": True, "tol": 0.5, "n_iter_no_change": 2},
        {"verbose": True, "solver": "sgd", "learning_rate": "adaptive", "tol": 0.5}
        | {"n_iter_no_change": 1},
        {"verbose": True, "early_stopping": True},
    ):
        printed = []
        for m in MODULES:
            outcome(
                lambda m=m, o=options: m.MLPClassifier(random_state=0, max_iter=9, **o).fit(X, Y)
            )
            printed.append(capsys.readouterr().out)
        assert printed[0] == printed[1] and "Iteration 2, loss = " in printed[0]


def test_read_only_and_mapped_rows(tmp_path):
    path = tmp_path / "x.npy"
    np.save(path, X)
    mapped = np.load(path, mmap_mode="r")
    fits = [
        outcome(lambda x=x: MODULES[1].MLPClassifier(max_iter=2, random_state=0).fit(x, Y))[0]
        for x in (X, mapped)
    ]
    assert fits[0].loss_curve_ == fits[1].loss_curve_
