"""Numbers of a round, surface, range test, diagnosis, exports: each beside another way to it."""

import base64
import copy
import io
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from sessions import ask, configured

from trilobite import models, reference, tuning
from trilobite.playground import net
from trilobite.playground.numbers import FORMULAS
from trilobite.playground.session import Session


def of_reference(session, rows):
    """Gradients of all arrays, by the reference in float64."""
    trainer = session.trainer
    module, spec = reference.load("float64"), session.spec
    stages = [("dense", n, spec["activation"], True) for n in spec["hidden"]]
    stages.append(("dense", *net.output(session.data), True))
    network = module.Network(len(session.data.names), stages)
    network.compile(net.loss(spec, session.data))
    network.set_weights(trainer.model.get_weights())
    optimizer = module.Optimizer(network, "gradient")
    x, y = trainer.x[rows].astype(float), trainer.y[rows].astype(float)
    training = module.Training(
        network,
        module.Rows(x),
        module.Rows(y.reshape(len(y), -1)),
        batch_size=len(y),
        shuffle=False,
        optimizer=optimizer,
    )
    training.run(1)
    return network.gradients if not hasattr(optimizer, "get_state") else optimizer.get_state()


SPECS = [
    {},
    {"activation": "relu", "batch_size": 7},
    {"loss": "squared_error", "batch_size": "full"},
    {"data": {"name": "three_classes"}, "hidden": [5]},
    {"problem": "regression", "data": {"name": "plane"}},
]


@pytest.mark.parametrize("spec", SPECS)
def test_a_round_is_the_batch_its_gradient_and_the_step(spec):
    session = configured(**spec)
    ask(session, "step", epochs=2)
    ask(session, "step", rounds=min(3, session.trainer.steps - 1) or 1)
    trainer, layer, neuron = session.trainer, 0, 1
    rows, number = trainer.next_rows(), trainer.rounds + 1
    gradients = of_reference(session, rows)
    model = copy.deepcopy(trainer.model)
    x, y = trainer.x[rows], trainer.y[rows]
    told = ask(session, "round", layer=layer, neuron=neuron)
    wanted = [*gradients[0][:, neuron], gradients[1][neuron]]
    assert told["gradient"] == pytest.approx(wanted, rel=1e-3, abs=1e-6)
    before, after = np.array(told["weights_before"]), np.array(told["weights_after"])
    assert after == pytest.approx(before - 0.03 * np.array(told["gradient"]), abs=1e-7)
    assert told["cost_before"] == pytest.approx(model.evaluate(x, y, verbose=0)[0])
    assert told["cost_after"] == pytest.approx(trainer.model.evaluate(x, y, verbose=0)[0])
    assert told["cost_after"] < told["cost_before"]
    assert [told["n"], told["batch"], told["batches"]] == [len(rows), number, trainer.steps]
    assert len(told["rows"]) == min(16, len(rows))
    outputs = model.predict(x, verbose=0)
    for k, row in enumerate(told["rows"]):
        assert row["x"] == pytest.approx(x[k].tolist())
        assert row["y"] == np.ravel(y[k]).tolist()
        assert row["output"] == pytest.approx(outputs[k].tolist())
    assert told["inputs"] == session.spec["features"] and len(before) == 3
    kernel, bias = trainer.view.weights()[0]
    assert after.tolist() == [*kernel[:, 1], bias[1]]
    assert (told["learning_rate"], told["formula"]) == (0.03, FORMULAS["sgd"])
    told = ask(session, "round", layer=len(session.spec["hidden"]), neuron=0)
    assert len(told["gradient"]) == session.spec["hidden"][-1] + 1
    assert told["inputs"][0] == f"hidden {len(session.spec['hidden'])}, neuron 1"


@pytest.mark.parametrize(
    "spec",
    [
        {"dropout": 0.5, "hidden": [8, 8], "batch_normalization": True},
        {"regularization": {"kind": "l2", "rate": 0.3}, "hidden": [3, 3]},
        {"regularization": {"kind": "l1", "rate": 0.3}, "hidden": [3, 3]},
    ],
)
def test_the_gradient_is_the_one_of_the_step(spec):
    """Of the units that dropout keeps, and with the penalty: w moves by the rate times it."""
    session = configured(**spec)
    ask(session, "step", rounds=5)
    told = ask(session, "round", layer=1, neuron=2)
    moved = np.array(told["weights_before"]) - told["weights_after"]
    assert moved == pytest.approx(0.03 * np.array(told["gradient"]), abs=1e-7)


@pytest.mark.parametrize("name", FORMULAS)
def test_formulas_are_what_the_optimizers_do(name):
    """From the first step on: the state is zero."""
    rate = 0.01
    session = configured(optimizer={"name": name, "learning_rate": rate})
    w, v, m, wanted = None, 0, 0, []
    for t in range(1, 5):
        told = ask(session, "round", layer=0, neuron=0)
        g, w = np.array(told["gradient"]), np.array(told["weights_before"])
        if name == "sgd":
            w = w - rate * g
        elif name == "momentum":
            v = 0.9 * v - rate * g
            w = w + v
        elif name == "nesterov":
            v = 0.9 * v - rate * g
            w = w + 0.9 * v - rate * g
        elif name == "adam":
            m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
            w = w - rate * np.sqrt(1 - 0.999**t) / (1 - 0.9**t) * m / (np.sqrt(v) + 1e-7)
        else:
            v = 0.9 * v + 0.1 * g * g
            w = w - rate * g / np.sqrt(v + 1e-7)
        wanted.append(np.abs(w - told["weights_after"]).max())
    assert max(wanted) < 1e-6


def test_surface_is_the_cost_at_the_weights_it_says():
    session = Session()
    ask(session, "step", epochs=1)
    for _ in range(8):
        ask(session, "step", epochs=5)
    before = session.trainer.model.get_weights()
    told = ask(session, "surface", points=11)
    a, b, costs = (np.array(told[name], float) for name in ("a", "b", "costs"))
    assert costs.shape == (11, 11) and len(a) == len(b) == 11
    assert [epoch for *_, epoch in told["path"]] == [0, 1, 6, 11, 16, 21, 26, 31, 36, 41, 41]
    assert told["path"][-1][:2] == told["here"]
    assert "principal direction 1" in told["directions"]
    assert all(np.array_equal(p, q) for p, q in zip(
        before, session.trainer.model.get_weights(), strict=True))  # fmt: skip
    here = session.trainer.model.evaluate(session.trainer.x, session.trainer.y, verbose=0)[0]
    # the nearest point of the grid costs about as much as here, all others more than half of it
    near = costs[np.abs(b - told["here"][1]).argmin(), np.abs(a - told["here"][0]).argmin()]
    assert near == pytest.approx(here, abs=0.5 * np.ptp(costs))
    assert costs.min() > 0.5 * here
    for start, end in ((a[0], a[-1]), (b[0], b[-1])):
        assert start < end
    fresh = ask(Session(), "surface", points=11)
    assert "random direction" in fresh["directions"] and len(fresh["path"]) == 2
    assert fresh["here"] == pytest.approx([0, 0], abs=1e-9)
    costs = np.array(fresh["costs"])
    model = Session().trainer.model
    other = Session().trainer
    assert costs[5, 5] == pytest.approx(model.evaluate(other.x, other.y, verbose=0)[0], rel=1e-5)


def test_range_test_is_that_of_tuning():
    session = configured(batch_size=20)
    ask(session, "step", epochs=10)  # makes no difference: it begins with the seed's weights
    told = ask(session, "range_test")
    other = configured(batch_size=20)
    wanted = tuning.learning_rate_range(
        other.trainer.model, other.trainer.x, other.trainer.y, batch_size=20,
        validation_data=other.trainer.test,
    )  # fmt: skip
    assert told["suggestion"] == wanted.suggestion and told["reason"] == wanted.reason
    assert told["rates"] == wanted.rates.tolist() and told["costs"] == wanted.costs.tolist()
    assert told["diverged_at"] == wanted.diverged_at
    assert session.trainer.epoch == 10


def test_diagnosis_is_that_of_tuning():
    session = Session()
    assert set(ask(session, "diagnose").values()) == {None}
    ask(session, "configure", spec={"optimizer": {"name": "sgd", "learning_rate": 0.001}})
    ask(session, "step", epochs=100)
    found = ask(session, "diagnose")
    rows = session.trainer.curve.rows.astype(float)
    wanted = tuning.diagnose({"loss": list(rows[:, 1]), "val_loss": list(rows[:, 2])})
    assert found["verdict"] == wanted.verdict == "slow" and found["line"] == str(wanted)
    assert (found["rule"], found["advice"]) == (wanted.rule, wanted.advice)


def test_the_diagnosis_of_a_long_curve_names_an_epoch_of_it():
    spec = {
        "data": {"name": "circle", "noise": 50, "rows": 60}, "hidden": [8, 8],
        "optimizer": {"name": "adam", "learning_rate": 0.01},
    }  # fmt: skip
    session = configured(**spec)
    for _ in range(3):
        ask(session, "step", epochs=1000)
    found = ask(session, "diagnose")
    assert found["verdict"] == "overfitting"
    assert found["epoch"] == pytest.approx(session.trainer.curve.best_epoch, abs=30)


def exported(session, what):
    answer = ask(session, "export", what=what)
    return answer["name"], answer["mime"], base64.b64decode(answer["base64"])


def test_export_of_the_model(tmp_path):
    session = Session()
    ask(session, "step", epochs=3)
    name, _, content = exported(session, "model")
    (tmp_path / name).write_bytes(content)
    model = models.load_model(tmp_path / name)
    x, _ = session.data.test
    assert np.array_equal(model.predict(x), session.trainer.model.predict(x))


@pytest.mark.parametrize("what", ["numpy", "js", "c", "onnx"])
@pytest.mark.parametrize("spec", [{}, {"dropout": 0.2, "batch_normalization": True}])
def test_export_for_other_programs(what, spec, tmp_path):
    if what == "onnx":
        pytest.importorskip("onnx")
    session = configured(**spec)
    ask(session, "step", epochs=3)
    name, _, content = exported(session, what)
    session.trainer.model.export(tmp_path / name)
    assert content == (tmp_path / name).read_bytes()
    if what == "numpy":
        left = {}
        exec(content.decode(), left)
        x, _ = session.data.test
        assert left["predict"](x) == pytest.approx(session.trainer.model.predict(x), abs=1e-5)


def test_export_of_the_history():
    session = Session()
    ask(session, "step", epochs=5)
    name, mime, content = exported(session, "history")
    assert (name, mime) == ("history.csv", "text/csv")
    assert content.startswith(b"epoch,train,test,learning_rate\n1,")
    rows = np.loadtxt(io.StringIO(content.decode()), delimiter=",", skiprows=1, dtype="f4")
    assert np.array_equal(rows, session.trainer.curve.rows)


@pytest.mark.parametrize("kind", ["two", "three", "numbers", "own"])
def test_export_of_the_picture(kind):
    pytest.importorskip("matplotlib")
    session = Session()
    if kind == "three":
        session = configured(data={"name": "three_classes"})
    elif kind == "numbers":
        session = configured(problem="regression", data={"name": "plane"})
    elif kind == "own":
        text = "$a$ b$,_{,y\n" + "".join(f"{k},{k % 5},{'<&'[k % 2]}\n" for k in range(30))
        ask(session, "data", text=text)
    ask(session, "step", epochs=5)
    name, mime, content = exported(session, "picture")
    assert (name, mime) == ("playground.svg", "image/svg+xml")
    root = ET.fromstring(content)
    assert root.tag.endswith("svg")
    texts = " ".join(root.itertext())
    assert "epoch 5" in texts and "training" in texts and "validation" in texts
    if kind == "own":
        assert "$a$ b$" in texts
