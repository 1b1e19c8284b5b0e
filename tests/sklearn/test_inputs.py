"""Data as users have them, and estimators as they use them: both classes do the same with them."""

import inspect
import pickle

import numpy as np
import pytest

pytest.importorskip("sklearn")

import joblib  # noqa: E402
import sklearn  # noqa: E402
from scipy import sparse  # noqa: E402
from sklearn.base import clone  # noqa: E402
from sklearn.calibration import CalibratedClassifierCV  # noqa: E402
from sklearn.datasets import load_iris  # noqa: E402
from sklearn.ensemble import BaggingClassifier, VotingClassifier  # noqa: E402
from sklearn.model_selection import cross_validate  # noqa: E402
from sklearn.multioutput import MultiOutputClassifier  # noqa: E402
from sklearn_pairs import MODULES, assert_equal, fit_both, outcome  # noqa: E402

X, Y = load_iris(return_X_y=True)
X = (X - X.mean(axis=0)) / X.std(axis=0)
CLASSIFIER, REGRESSOR = "MLPClassifier", "MLPRegressor"
OPTIONS = {"hidden_layer_sizes": (6,), "max_iter": 4, "random_state": 0}
NAMES = pytest.mark.parametrize("name", [CLASSIFIER, REGRESSOR])
TAKES_WEIGHTS = "sample_weight" in inspect.signature(MODULES[0].MLPRegressor.fit).parameters
WEIGHTS = pytest.mark.skipif(not TAKES_WEIGHTS, reason="scikit-learn 1.6 takes no weights")


def read_only(a):
    a = a.copy()
    a.flags.writeable = False
    return a


def mapped(a, folder):
    np.save(folder / "x.npy", a)
    return np.load(folder / "x.npy", mmap_mode="r")


COUNTS = np.abs(X * 10).round()
ROWS = {
    "read-only": read_only(X),
    "fortran": np.asfortranarray(X),
    "strided": np.repeat(X, 2, axis=0)[::2, ::-1],
    "int64": COUNTS.astype(np.int64),
    "uint8": COUNTS.astype(np.uint8),
    "float16": X.astype(np.float16),
    "float32": X.astype(np.float32),
    "bool": X > 0,
    "object": X.astype(object),
    "list": X.tolist(),
    "csr matrix": sparse.csr_matrix(COUNTS),
    "csc of int": sparse.csc_array(COUNTS.astype(np.int64)),
    "coo": sparse.coo_array(COUNTS),
    "csr with 64-bit indices": sparse.csr_array(COUNTS),
    "complex": X.astype(complex),
    "strings": X.astype(str),
    "words": np.full(X.shape, "a"),
    "three axes": X[:, :, None],
    "no columns": X[:, :0],
    "None": None,
}
ROWS["csr with 64-bit indices"].indices = ROWS["csr with 64-bit indices"].indices.astype(np.int64)
ROWS["csr with 64-bit indices"].indptr = ROWS["csr with 64-bit indices"].indptr.astype(np.int64)


def both_ends(call):
    """What a call with each module gives; errors and warnings are the same."""
    ends = [outcome(lambda m=m: call(m)) for m in MODULES]
    assert ends[0][1:] == ends[1][1:]
    return [result for result, *_ in ends]


def fit_and_predict(name, x, y):
    def call(module):
        net = getattr(module, name)(**OPTIONS).fit(x, y)
        return net, net.predict(x)

    pair = both_ends(call)
    if pair[0] is not None:
        (theirs, expected), (ours, got) = pair
        assert got.dtype == expected.dtype and got.shape == expected.shape
        if not hasattr(x, "columns"):
            x = x.tocsr() if sparse.issparse(x) else np.asarray(x)
        assert_equal(theirs, ours, x)


@NAMES
@pytest.mark.parametrize("kind", ROWS)
def test_rows(name, kind):
    fit_and_predict(name, ROWS[kind], Y)


@NAMES
@pytest.mark.parametrize("dtype", [">f8", ">f4", np.longdouble])
def test_rows_of_other_floats(name, dtype):
    """Are taken; weights and predictions are of the machine's own types."""
    x = X.astype(dtype)
    theirs, ours = fit_both(name, x, Y, **OPTIONS)
    assert all(w.dtype.isnative for w in ours.coefs_)
    rtol = 1e-3 if dtype == ">f4" else 1e-8
    for rows in (x, x[:2]):
        if name == CLASSIFIER:
            got, expected = ours.predict_proba(rows), theirs.predict_proba(rows)
        else:
            got, expected = ours.predict(rows), theirs.predict(rows)
        assert np.allclose(got, expected.astype(float), rtol=rtol)


@NAMES
def test_mapped_rows(name, tmp_path):
    fit_and_predict(name, mapped(X, tmp_path), Y)


@NAMES
def test_data_frame(name):
    """With names of features, which prediction checks."""
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(X, columns=["a", "b", "c", "d"])
    fit_and_predict(name, frame, pandas.Series(Y))

    def fit(module):
        return getattr(module, name)(early_stopping=True, **OPTIONS).fit(frame, Y)

    theirs, ours = both_ends(fit)
    assert list(ours.feature_names_in_) == list(theirs.feature_names_in_)
    for rows in (X, X[:2], frame[["d", "c", "b", "a"]], frame.rename(columns={"a": "z"}), frame):
        both_ends(lambda m, rows=rows: (theirs if m is MODULES[0] else ours).predict(rows))


TARGETS = {
    "objects": np.array(["setosa", "versicolor", "virginica"], object)[Y],
    "bool": Y > 0,
    "int8": Y.astype(np.int8),
    "float": Y.astype(float),
    "negative": Y - 5,
    "one class": np.zeros(len(Y)),
    "column": Y[:, None],
    "list": Y.tolist(),
    "indicators": np.eye(3, dtype=int)[Y],
    "sparse indicators": sparse.csr_array(np.eye(3, dtype=int)[Y]),
    "list of lists": [[k, k] for k in Y],
    "two columns": np.stack([Y, Y * 2], axis=1),
    "continuous": X[:, 0],
    "NaN": np.where(Y == 1, np.nan, Y),
    "None": None,
    "mixed": np.where(Y == 1, "a", Y.astype(object)),
    "too few": Y[:-1],
    "scalar": 3,
}


@NAMES
@pytest.mark.parametrize("kind", TARGETS)
def test_targets(name, kind):
    fit_and_predict(name, X, TARGETS[kind])


def test_targets_that_are_strings():
    words = np.array(["setosa", "versicolor", "virginica"])[Y]
    fit_and_predict(CLASSIFIER, X, words)
    for module in MODULES:  # each in words of its own
        with pytest.raises((TypeError, ValueError)):
            module.MLPRegressor(**OPTIONS).fit(X, words)


@NAMES
@pytest.mark.parametrize(
    "parameters",
    [
        {"max_iter": 2.5},
        {"hidden_layer_sizes": (4, 0)},
        {"hidden_layer_sizes": [3, 2]},
        {"hidden_layer_sizes": np.array([3, 2])},
        {"random_state": "x"},
        {"early_stopping": True, "validation_fraction": 0.5},
        {"batch_size": 7, "shuffle": False},
        {"solver": "lbfgs", "max_fun": 4},
        {"solver": "lbfgs", "tol": 10.0},
        {"n_iter_no_change": np.inf, "tol": 1e9},
        {"learning_rate": "invscaling", "power_t": -1.0, "solver": "sgd"},
        {"verbose": 3, "solver": "sgd", "learning_rate": "adaptive"},
        {"beta_2": 0, "epsilon": 1e-12},
        {"alpha": np.float32(0.5)},
        {"max_iter": np.int64(3)},
    ],
    ids=str,
)
def test_parameters_at_their_limits(name, parameters, capsys):
    pair = fit_both(name, X, Y, **OPTIONS | parameters)
    if pair[0] is not None:
        assert_equal(*pair, X)


@NAMES
def test_a_random_state_goes_on(name):
    """What is left in it after a fit is the same, too."""

    def call(module):
        state = np.random.RandomState(3)
        options = OPTIONS | {"random_state": state, "early_stopping": True}
        return getattr(module, name)(**options).fit(X, Y), state.randint(2**31 - 1)

    theirs, ours = both_ends(call)
    assert_equal(theirs[0], ours[0], X)
    assert theirs[1] == ours[1]


@WEIGHTS
@NAMES
@pytest.mark.parametrize(
    "weights",
    [
        np.full(150, 2, np.int64),
        np.arange(150) / 75,
        np.ones(150, np.float32),
        3.0,
        np.ones(149),
        np.ones((150, 1)),
        np.full(150, np.nan),
        np.array(["a"] * 150),
    ],
    ids=["int", "from 0", "float32", "number", "too few", "column", "NaN", "words"],
)
def test_weights(name, weights):
    pair = fit_both(name, X, Y, weights, **OPTIONS)
    if pair[0] is not None:
        assert_equal(*pair, X)


@WEIGHTS
@pytest.mark.parametrize("solver", ["sgd", "lbfgs"])
def test_score_takes_weights(solver):
    theirs, ours = fit_both(CLASSIFIER, X, Y, **OPTIONS | {"solver": solver})
    w = np.arange(150.0)
    assert ours.score(X, Y, w) == theirs.score(X, Y, w)


@WEIGHTS
@NAMES
def test_routing_of_weights(name):
    """cross_validate hands sample_weight to fit and score, where they ask for it."""
    w = np.arange(1, 151.0)

    def call(module):
        net = getattr(module, name)(**OPTIONS)
        net.set_fit_request(sample_weight=True).set_score_request(sample_weight=True)
        return cross_validate(net, X, Y, cv=3, params={"sample_weight": w})["test_score"]

    def unasked(module):
        net = getattr(module, name)(**OPTIONS)
        return cross_validate(net, X, Y, cv=3, params={"sample_weight": w})

    with sklearn.config_context(enable_metadata_routing=True):
        theirs, ours = both_ends(call)
        assert np.allclose(ours, theirs, rtol=1e-8)
        assert both_ends(unasked) == [None, None]


WRAPS = {
    "voting": lambda a, b: VotingClassifier([("a", a), ("b", b)], voting="soft"),
    "calibrated": lambda a, _: CalibratedClassifierCV(a, cv=3),
    "bagging": lambda a, _: BaggingClassifier(a, 2, random_state=0),
}


@pytest.mark.parametrize("wrap", WRAPS.values(), ids=WRAPS)
def test_inside_others(wrap):
    def call(module):
        net = module.MLPClassifier(**OPTIONS)
        return wrap(net, clone(net).set_params(alpha=1)).fit(X, Y).predict_proba(X)

    theirs, ours = both_ends(call)
    assert np.allclose(ours, theirs, rtol=1e-7)


def test_one_for_each_output():
    y = np.stack([Y, Y[::-1]], axis=1)
    theirs, ours = both_ends(
        lambda m: MultiOutputClassifier(m.MLPClassifier(**OPTIONS)).fit(X, y).predict(X)
    )
    assert (theirs == ours).all()


@NAMES
@pytest.mark.parametrize("solver", ["sgd", "adam"])
@pytest.mark.parametrize("how", ["pickle", "joblib", "mapped", "clone"])
def test_training_goes_on_after_loading(name, solver, how, tmp_path):
    def call(module):
        net = getattr(module, name)(solver=solver, **OPTIONS).fit(X, Y)
        if how == "pickle":
            net = pickle.loads(pickle.dumps(net))
        elif how == "clone":
            assert not hasattr(clone(net), "coefs_")
            net = clone(net).fit(X, Y)
        else:
            path = tmp_path / module.__name__
            joblib.dump(net, path)
            net = joblib.load(path, mmap_mode="r" if how == "mapped" else None)
            if how == "mapped":
                return net
        for _ in range(3):
            net.partial_fit(X, Y)
        return net

    theirs, ours = both_ends(call)
    if how == "mapped":  # weights that cannot be written to
        assert np.allclose(ours.predict(X), theirs.predict(X), rtol=1e-8)
        ours.partial_fit(X, Y)
    else:
        assert_equal(theirs, ours, X)


@NAMES
def test_what_an_estimator_says_of_itself(name):
    nets = [getattr(m, name)(alpha=1.0) for m in MODULES]
    assert repr(nets[0]) == repr(nets[1])
    assert "alpha" in nets[1]._repr_html_() and name in nets[1]._repr_html_()
    assert nets[1].set_params(alpha=2.0).get_params()["alpha"] == 2.0
    ends = [outcome(lambda net=net: net.set_params(beta=1))[1] for net in nets]
    assert ends[0][0] is ends[1][0] and "Invalid parameter 'beta'" in ends[1][1]
    ends = [outcome(lambda net=net: net.predict(X))[1] for net in nets]
    assert ends[0] == ends[1] and "is not fitted yet" in ends[1][1]
    assert repr(nets[1].__sklearn_tags__()) == repr(nets[0].__sklearn_tags__())


def test_classes_of_partial_fit():
    def call(module, *steps):
        net = module.MLPClassifier(**OPTIONS)
        for arguments in steps:
            net.partial_fit(*arguments[:2], **arguments[2] if len(arguments) > 2 else {})
        return net

    words = np.array(["a", "b", "c"])[Y]
    for steps in (
        [(X, Y)],
        [(X, Y, {"classes": [0, 1]})],
        [(X, Y, {"classes": [0, 1, 2]}), (X, Y, {"classes": [0, 1, 3]})],
        [(X, Y, {"classes": [0, 1, 2]}), (X, Y + 1)],
        [(X[:50], Y[:50], {"classes": [0, 1, 2, 9]}), (X, Y)],
        [(X, words, {"classes": ["a", "b", "c", "d"]}), (X[:2], np.array(["d", "d"]))],
        [(X, np.eye(3, dtype=int)[Y], {"classes": [0, 1, 2]})],
        [(X[:1], Y[:1], {"classes": [0, 1, 2]})],
        [(X[:, :2], Y, {"classes": [0, 1, 2]}), (X, Y)],
    ):
        theirs, ours = both_ends(lambda m, steps=steps: call(m, *steps))
        if theirs is not None:
            assert_equal(theirs, ours, X)


@NAMES
def test_warm_start_with_other_data(name):
    """Another number of epochs, of rows, of classes, of columns."""

    def call(module, second, **changes):
        net = getattr(module, name)(warm_start=True, **OPTIONS).fit(X, Y)
        return net.set_params(**changes).fit(*second)

    for second, changes in (
        ((X, Y), {"max_iter": 9}),
        ((X[20:120], Y[20:120]), {}),
        ((X[:100], Y[:100]), {}),
        ((X, Y + 1), {}),
        ((X[:, :3], Y), {}),
        ((X, Y), {"solver": "lbfgs"}),
        ((X, Y), {"warm_start": False, "hidden_layer_sizes": (3, 3)}),
    ):
        theirs, ours = both_ends(lambda m, s=second, c=changes: call(m, s, **c))
        if theirs is not None:
            assert_equal(theirs, ours, second[0])


@NAMES
@pytest.mark.parametrize("n_jobs", [0, -7, 1.5, "all"])
def test_number_of_threads(name, n_jobs):
    net = getattr(MODULES[1], name)(n_jobs=n_jobs, **OPTIONS)
    if n_jobs == -7:
        assert outcome(lambda: net.fit(X, Y))[1] is None
    else:
        kind, message = outcome(lambda: net.fit(X, Y))[1]
        assert issubclass(kind, ValueError) and "n_jobs" in message
