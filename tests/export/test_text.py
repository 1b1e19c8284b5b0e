"""Modules of Python and JavaScript predict what the model does, without trilobite."""

import json
import os
import shutil
import subprocess
import sys

import export_nets
import numpy as np
import pytest
from export_nets import ESTIMATORS, MODELS, NAMES, activated, assert_same, made

import trilobite as keras
from trilobite import layers
from trilobite.export import export

node = pytest.mark.skipif(shutil.which("node") is None, reason="no node")
PYTHON = """
import json, sys
sys.modules["trilobite"] = None  # an import of it fails
import net
x = json.load(open("x.json"))
labels = net.classify(x).tolist() if hasattr(net, "classify") else None
print(json.dumps([net.predict(x).tolist(), labels]))
"""
NODE = """
import {readFileSync} from "fs";
import * as net from "./net.mjs";
const x = JSON.parse(readFileSync("x.json"));
console.log(JSON.stringify([x.map(net.predict), net.classify ? x.map(net.classify) : null]));
"""


def run_python(folder):
    """What the module says of the rows in the folder, in a Python of its own."""
    (folder / "run.py").write_text(PYTHON)
    return run([sys.executable, "-W", "error", "run.py"], folder)


def run_node(folder):
    (folder / "run.mjs").write_text(NODE)
    return run(["node", "run.mjs"], folder)


def run(command, folder):
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


LANGUAGES = [
    pytest.param("net.py", run_python, id="python"),
    pytest.param("net.mjs", run_node, id="node", marks=node),
]


def said(model, x, name, runs, folder):
    """Outputs and labels that the written module gives."""
    export(model, folder / name)
    (folder / "x.json").write_text(json.dumps(x.tolist()))
    return runs(folder)


@pytest.mark.parametrize(("name", "runs"), LANGUAGES)
@pytest.mark.parametrize("net", [*MODELS, *ESTIMATORS])
def test_predicts_the_same(net, name, runs, tmp_path):
    model, x, y = made(net)
    outputs, labels = said(model, x, name, runs, tmp_path)
    assert_same(outputs, y)
    assert (labels is not None) == ("MLPClassifier" in net)
    if labels is not None:
        assert labels == model.predict(x).tolist()
        assert len(set(map(str, labels))) > 1


@pytest.mark.parametrize(("name", "runs"), LANGUAGES)
def test_all_activations(name, runs, tmp_path):
    """Each in a model of its own; one process for all."""
    found = {}
    for activation in NAMES:
        model, x, y = activated(activation)
        export(model, tmp_path / f"{activation}{os.path.splitext(name)[1]}")
        found[activation] = y
    (tmp_path / "x.json").write_text(json.dumps(x.tolist()))
    if name.endswith(".py"):
        program = "import json, importlib\nx = json.load(open('x.json'))\nprint(json.dumps({n: "
        program += f"importlib.import_module(n).predict(x).tolist() for n in {NAMES!r}}}))"
        command = [sys.executable, "-W", "error", "-c", program]
    else:
        (tmp_path / "run.mjs").write_text(
            'import {readFileSync} from "fs";\nconst x = JSON.parse(readFileSync("x.json"));\n'
            f"const found = {{}};\nfor (const name of {json.dumps(NAMES)})\n"
            "  found[name] = x.map((await import(`./${name}.mjs`)).predict);\n"
            "console.log(JSON.stringify(found));"
        )
        command = ["node", "run.mjs"]
    for activation, outputs in run(command, tmp_path).items():
        assert_same(outputs, found.pop(activation))
    assert not found


@pytest.mark.parametrize("name", ["net.py", "net.js"])
def test_some_twenty_lines(name, tmp_path):
    model, *_ = made("Dense, relu, softmax")
    model.export(tmp_path / name)
    lines = (tmp_path / name).read_text().splitlines()
    assert len(lines) <= 30
    assert len([line for line in lines if len(line) > 100]) <= 4  # the weights


def test_large_inputs_overflow_to_limits(tmp_path):
    """As the model's do: no warning, no NaN."""
    model, x, _ = activated("silu")
    x = np.array([[1e4] * 6, [-1e4] * 6], "f4")
    outputs, _ = said(model, x, "net.py", run_python, tmp_path)
    assert_same(outputs, model.predict(x, verbose=0))


def test_labels_of_a_table(tmp_path):
    """A model that the command line trained knows what its outputs are called."""
    model = export_nets.chain(layers.Dense(2, "softmax"))
    column = {"name": "a", "fill": 0.0, "categories": None}
    model._table = {"columns": [column] * 6, "target": {"name": "t", "classes": ["no", "yes"]}}
    x = np.random.default_rng(0).standard_normal((20, 6))
    outputs, labels = said(model, x, "net.py", run_python, tmp_path)
    places = model.predict(x, verbose=0).argmax(axis=1)
    assert labels == [["no", "yes"][place] for place in places]


def test_estimators_of_scikit_learn(tmp_path):
    """They are taken as they are."""
    from sklearn.neural_network import MLPRegressor

    x = np.random.default_rng(0).standard_normal((60, 3))
    theirs = MLPRegressor(hidden_layer_sizes=(5,), max_iter=40, random_state=0, tol=1e9).fit(
        x, x[:, 0]
    )
    outputs, _ = said(theirs, x, "net.py", run_python, tmp_path)
    assert_same(outputs, theirs.predict(x)[:, None])


# ---- what is refused ----


def square():
    return keras.Differentiable(lambda x: x * x, lambda x: 2 * x, "square")


REFUSED = [
    (lambda: keras.Sequential([layers.Dense(3)]), {}, ValueError, "which is not built"),
    (lambda: 3, {}, TypeError, r"model: got 3 \(int\), expected a built Model"),
    (export_nets.MLPClassifier, {}, ValueError, "which is not fitted"),
    (
        lambda: export_nets.chain(layers.Dense(2, square())),
        {},
        TypeError,
        "a function of one's own, which no format can hold",
    ),
    (lambda: made("PReLU")[0], {"format": "tf_saved_model"}, ValueError, "expected one of 'numpy'"),
    (lambda: made("PReLU")[0], {"opset": 3}, TypeError, "opset"),
]


@pytest.mark.parametrize(("build", "options", "error", "message"), REFUSED)
def test_what_is_refused(build, options, error, message, tmp_path):
    with pytest.raises(error, match=message):
        export(build(), tmp_path / "net.py", **options)
    assert not list(tmp_path.iterdir())


def test_endings(tmp_path):
    model, *_ = made("PReLU")
    with pytest.raises(ValueError, match=r"format: got none, and the file's ending '.tflite'"):
        model.export(tmp_path / "net.tflite")
    with pytest.raises(ValueError, match="input_signature"):
        model.export(tmp_path / "net.py", input_signature=[1])
    model.export(tmp_path / "net.txt", format="js")
    assert "export function predict" in (tmp_path / "net.txt").read_text()


def test_weights_that_are_not_finite(tmp_path):
    model = export_nets.chain(layers.Dense(2))
    model.set_weights([np.full((6, 2), np.nan), np.zeros(2)])
    with pytest.raises(ValueError, match="got NaN or infinity in w of a Dense"):
        model.export(tmp_path / "net.py")
