"""scikit-learn's own estimators, and what exporters and files make of ours."""

import pickle
import shutil
import subprocess
import sys

import export_nets
import joblib
import numpy as np
import pytest
from export_nets import ESTIMATORS, assert_same, made
from sklearn import neural_network
from sklearn.base import clone
from sklearn.ensemble import VotingClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from trilobite.export import from_sklearn
from trilobite.sklearn import MLPClassifier, MLPRegressor

X = np.random.default_rng(0).standard_normal((80, 6))
LABELS = np.array(["no", "yes", "perhaps"])[np.digitize(X[:, 0], [-0.5, 0.5])]


def assert_predicts_the_same(a, b, x):
    if hasattr(a, "predict_proba"):
        np.testing.assert_allclose(a.predict_proba(x), b.predict_proba(x), 1e-12, 1e-15)
        assert (a.predict(x) == b.predict(x)).all()
    else:
        np.testing.assert_allclose(a.predict(x), b.predict(x), 1e-12, 1e-15)


# ---- to and from ----


@pytest.mark.parametrize("net", ESTIMATORS)
def test_to_sklearn_and_back(net):
    model, x, _ = made(net)
    x = x.astype("f8")
    theirs = model.to_sklearn()
    assert type(theirs) is getattr(neural_network, type(model).__name__)
    assert_predicts_the_same(theirs, model, x)
    again = from_sklearn(theirs)
    assert type(again) is type(model)
    assert_predicts_the_same(again, model, x)
    for name, value in theirs.get_params().items():
        assert getattr(again, name) == value == getattr(model, name)
    assert again.n_iter_ == theirs.n_iter_ == model.n_iter_
    assert again.coefs_[0] is not theirs.coefs_[0] is not model.coefs_[0]
    assert not hasattr(theirs, "_masks_seed") and not hasattr(theirs, "dropout")
    clone(theirs)


@pytest.mark.parametrize("solver", ["sgd", "adam"])
@pytest.mark.parametrize("cls", [MLPClassifier, MLPRegressor])
def test_training_goes_on_in_either(cls, solver):
    """With the optimizer's state: as if it had not moved."""
    y = LABELS if cls is MLPClassifier else X[:, 1]
    options = {"hidden_layer_sizes": (4,), "solver": solver, "random_state": 3, "momentum": 0.8}
    classes = {"classes": np.unique(y)} if cls is MLPClassifier else {}
    ours = cls(**options).partial_fit(X, y, **classes)
    theirs = getattr(neural_network, cls.__name__)(**options).partial_fit(X, y, **classes)
    moved = [ours, ours.to_sklearn(), from_sklearn(theirs), theirs]
    for _ in range(3):
        for estimator in moved:
            estimator.partial_fit(X, y)
    for estimator in moved[:3]:
        for own, expected in zip(estimator.coefs_, theirs.coefs_, strict=True):
            np.testing.assert_allclose(own, expected, 1e-8, 1e-10)
        np.testing.assert_allclose(estimator.loss_curve_, theirs.loss_curve_, 1e-8)


def test_unfitted_and_what_scikit_learn_has_not():
    net = MLPClassifier((3,), dropout=0.2, class_weight="balanced", n_jobs=1, alpha=0.5)
    theirs = net.to_sklearn()
    assert theirs.alpha == 0.5 and not hasattr(theirs, "coefs_")
    assert from_sklearn(theirs).dropout == 0
    assert MLPRegressor(loss="huber").to_sklearn().fit(X, X[:, 0])
    with pytest.raises(ValueError, match="activation: got 'elu', expected one that scikit-learn"):
        MLPClassifier(activation="elu").to_sklearn()
    with pytest.raises(TypeError, match=r"got sklearn.preprocessing.*, expected one of sklearn"):
        from_sklearn(StandardScaler())


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_feature_names():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(X, columns=list("abcdef"))
    net = MLPClassifier((3,), max_iter=2, random_state=0).fit(frame, LABELS)
    theirs = net.to_sklearn()
    assert list(theirs.feature_names_in_) == list("abcdef")
    assert_predicts_the_same(theirs, net, frame)


# ---- files ----


def by_pickle(net, folder):
    return pickle.loads(pickle.dumps(net))


def by_joblib(net, folder):
    joblib.dump(net, folder / "net.joblib")
    return joblib.load(folder / "net.joblib")


def by_skops(net, folder):
    """Nothing in the file is executed; what classes are in it is named, and allowed."""
    skops = pytest.importorskip("skops.io")
    skops.dump(net, folder / "net.skops")
    found = skops.get_untrusted_types(file=folder / "net.skops")
    assert all(name.startswith(("trilobite.sklearn.", "sklearn.")) for name in found)
    return skops.load(folder / "net.skops", trusted=found)


@pytest.mark.parametrize("through", [by_pickle, by_joblib, by_skops])
@pytest.mark.parametrize("net", ESTIMATORS)
def test_files(net, through, tmp_path):
    model, x, _ = made(net)
    again = through(model, tmp_path)
    assert type(again) is type(model)
    assert_predicts_the_same(again, model, x)
    pipeline = make_pipeline(StandardScaler(), model)  # not fitted: the model is others', too
    assert type(through(pipeline, tmp_path)[-1]) is type(model)


# ---- skl2onnx ----


def converted(model, x, **options):
    """Outputs by name of what skl2onnx makes of a model."""
    skl2onnx = pytest.importorskip("skl2onnx")
    runtime = pytest.importorskip("onnxruntime")
    made = skl2onnx.to_onnx(model, x[:1], **options)
    session = runtime.InferenceSession(made.SerializeToString())
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(None, {session.get_inputs()[0].name: x}), strict=True))


@pytest.mark.parametrize("net", ESTIMATORS)
@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_skl2onnx(net, dtype):
    """As of scikit-learn's own, and more: several outputs, exp."""
    model, x, y = made(net)
    x = x.astype(dtype)
    if not hasattr(model, "classes_"):
        assert_same(converted(model, x)["variable"], y)
        return
    found = converted(model, x, options={"zipmap": False})
    theirs = found
    if "several" not in net or dtype == "f4":  # theirs has a Binarizer, which is not for float64
        theirs = converted(model.to_sklearn(), x, options={"zipmap": False})
    assert found.keys() == theirs.keys()
    for name, outputs in theirs.items():
        if outputs.dtype.kind == "f":
            assert outputs.dtype == found[name].dtype
            assert_same(found[name], outputs)
        else:
            assert found[name].dtype == outputs.dtype and (found[name] == outputs).all()
    assert_same(found["probabilities"], model.predict_proba(x))
    assert (found["label"] == model.predict(x)).all()


@pytest.mark.parametrize("activation", ["elu", "gelu_tanh", "mish", "softsign"])
def test_skl2onnx_further_activations(activation):
    model = export_nets.classifier([0, 1, 2], activation=activation)
    x = X.astype("f4")
    found = converted(model, x, options={"zipmap": False})
    assert_same(found["probabilities"], model.predict_proba(x))


def test_skl2onnx_dictionaries_by_default():
    model, x, _ = made("MLPClassifier, strings")
    found, theirs = converted(model, x), converted(model.to_sklearn(), x)
    assert found.keys() == theirs.keys()
    assert found["output_probability"][0].keys() == set(model.classes_)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_skl2onnx_in_others():
    """In pipelines, searches and committees."""
    x = X.astype("f4")
    options = {"max_iter": 5, "random_state": 0}
    search = GridSearchCV(MLPClassifier((3,), **options), {"alpha": [0.1, 1.0]}, cv=2)
    voters = [(f"n{k}", MLPClassifier((k,), **options)) for k in (2, 3)]
    voting = VotingClassifier(voters, voting="soft", flatten_transform=False)
    for last in (search, voting):
        model = make_pipeline(StandardScaler(), last).fit(x, LABELS)
        found = converted(model, x, options={"zipmap": False})
        np.testing.assert_allclose(found["probabilities"], model.predict_proba(x), 1e-5, 1e-5)


ORDERS = {
    "skl2onnx first": "import skl2onnx, trilobite.sklearn",
    "trilobite first": "import trilobite.sklearn, skl2onnx",
    "within a function": "import trilobite.sklearn\nfrom skl2onnx.convert import to_onnx",
}


@pytest.mark.parametrize("order", ORDERS)
def test_skl2onnx_whichever_is_imported_first(order):
    pytest.importorskip("skl2onnx")
    program = (
        ORDERS[order]
        + """
import sys, numpy as np, skl2onnx
x = np.random.default_rng(0).standard_normal((50, 2)).astype("f4")
net = trilobite.sklearn.MLPRegressor(tol=1e9).fit(x, x[:, 0])
print(len(skl2onnx.to_onnx(net, x[:1]).graph.node) > 3, type(skl2onnx.__loader__).__name__)
"""
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == "True SourceFileLoader\n", done.stderr


def test_nothing_is_imported_that_nobody_imports():
    program = (
        "import trilobite.sklearn, sys, importlib.util\n"
        "print([n for n in ('skl2onnx', 'onnx', 'trilobite.export') if n in sys.modules])\n"
        "sys.path[:] = [p for p in sys.path if 'site-packages' not in p]\n"
        "print(importlib.util.find_spec('skl2onnx'))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == "[]\nNone\n", done.stderr


# ---- exporters that know scikit-learn's classes ----


@pytest.mark.filterwarnings("ignore:The distutils:DeprecationWarning")
def test_emlearn(tmp_path, monkeypatch):
    """It compiles in the working directory."""
    monkeypatch.chdir(tmp_path)
    with np.errstate():  # which it sets for all
        emlearn = pytest.importorskip("emlearn", reason="emlearn is not installed")
    model, x, _ = made("MLPClassifier, strings")
    net = emlearn.convert(model.to_sklearn(), method="inline")
    net.save(name="net", file=str(tmp_path / "net.h"))
    assert "net_predict" in (tmp_path / "net.h").read_text()


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_sklearn2pmml(tmp_path):
    package = pytest.importorskip("sklearn2pmml", reason="sklearn2pmml is not installed")
    if shutil.which("java") is None:
        pytest.skip("no java")
    model, *_ = made("MLPClassifier, strings")
    theirs = neural_network.MLPRegressor(max_iter=1).fit(X, X[:, 0])
    for net in theirs, model.to_sklearn():
        pipeline = package.make_pmml_pipeline(net, target_fields=["y"])
        try:
            package.sklearn2pmml(pipeline, str(tmp_path / "net.pmml"))
        except RuntimeError:
            if net is not theirs:
                raise
            pytest.skip("this sklearn2pmml does not know this version of scikit-learn")
        assert "<NeuralNetwork" in (tmp_path / "net.pmml").read_text()
