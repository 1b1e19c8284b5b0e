"""The programs that the page shows are run, and give the costs of the session."""

import re

import numpy as np
import pytest

from trilobite.playground.session import Session
from trilobite.playground.spec import ACTIVATIONS

EPOCHS = 12
CSV = "a,colour,c,y\n" + "".join(
    f"{k * 0.37 % 5:.3f},{('red', 'blue')[k % 2]},{k % 11},{'yes' if k % 5 < 2 else 'no'}\n"
    for k in range(90)
)
NUMBERS = "a;b;y\n" + "".join(
    f"{k % 7};{k % 5};{100 + 3.25 * (k % 7) * (k % 5)}\n" for k in range(70)
)

PLAIN = {
    "default": {},
    "xor, full batch": {"data": {"name": "xor", "noise": 20}, "batch_size": "full"},
    "features": {"features": ["x1", "x2^2", "x1*x2", "sin(x2)"], "hidden": []},
    "three classes": {"data": {"name": "three_classes", "rows": 300, "seed": 3}},
    "squared error": {"loss": "squared_error", "seed": 5},
    "squared error of classes": {"data": {"name": "three_classes"}, "loss": "squared_error"},
    "plane": {"problem": "regression", "data": {"name": "plane", "noise": 10}},
    "bumps": {"problem": "regression", "data": {"name": "gauss_regression", "test_share": 0.3}},
    "spiral, adam": {
        "data": {"name": "spiral"},
        "hidden": [8, 8, 4],
        "optimizer": {"name": "adam", "learning_rate": 0.01},
    },
    "numbers, adam": {
        "problem": "regression",
        "data": {"name": "plane"},
        "optimizer": {"name": "adam", "learning_rate": 0.003},
    },
    "momentum": {"data": {"name": "gauss"}, "optimizer": {"name": "momentum"}},
    "nesterov": {"optimizer": {"name": "nesterov"}, "batch_size": 7},
    "l2": {"regularization": {"kind": "l2", "rate": 0.01}},
    "l2 of numbers": {
        "problem": "regression",
        "data": {"name": "plane"},
        "regularization": {"kind": "l2", "rate": 0.01},
    },
}
KERAS_ALONE = {
    "rmsprop": ({"optimizer": {"name": "rmsprop", "learning_rate": 0.01}}, "RMSprop"),
    "exponential": ({"schedule": "exponential", "schedule_epochs": 30}, "exponential schedule"),
    "cosine": ({"schedule": "cosine", "schedule_epochs": 9}, "cosine schedule"),
    "l1": ({"regularization": {"kind": "l1", "rate": 0.003}}, "L1"),
    "dropout": ({"dropout": 0.3, "hidden": [8, 8]}, "dropout"),
    "batch normalization": ({"batch_normalization": True}, "batch normalization"),
    "early stopping": (
        {"early_stopping": {"on": True, "patience": 2}, "optimizer": {"learning_rate": 3}},
        "early stopping",
    ),
    "softsign": ({"activation": "softsign"}, "softsign"),
    "a rate of 0": ({"optimizer": {"learning_rate": 0}}, "rate of 0"),
}


def trained(spec=None, text=None, epochs=EPOCHS):
    session = Session()
    if text:
        session.handle({"type": "data", "text": text, "name": "own.csv"})
    if spec is not None:
        if text:
            spec = spec | {"data": {"name": "own"}}
        session.handle({"type": "configure", "spec": spec})
    session.handle({"type": "step", "epochs": epochs})
    while session.running:
        session.work()
    return session


def printed(session, face, capsys):
    """What the program prints, and what it leaves."""
    text = session.handle({"type": "program", "face": face})["text"]
    assert max(map(len, text.splitlines())) <= 130
    capsys.readouterr()
    left = {}
    exec(compile(text, f"program of {face}", "exec"), left)
    return [float(number) for number in capsys.readouterr().out.split()], left


def costs(session):
    return session.trainer.curve.rows[-1, 1:3]


@pytest.mark.parametrize(
    "spec", (PLAIN | {k: v[0] for k, v in KERAS_ALONE.items()}).values(), ids=PLAIN | KERAS_ALONE
)
def test_of_keras(spec, capsys):
    session = trained(spec)
    found, left = printed(session, "keras", capsys)
    if session.trainer.stopped:  # by early stopping: that epoch is the last
        assert len(left["history"].epoch) == session.trainer.epoch < EPOCHS
    assert np.array_equal(np.float32(found), costs(session))
    weights = left["model"].get_weights()
    for a, b in zip(weights, session.trainer.model.get_weights(), strict=True):
        assert np.array_equal(a, b)


@pytest.mark.parametrize("spec", PLAIN.values(), ids=PLAIN)
def test_of_sklearn(spec, capsys):
    pytest.importorskip("sklearn")
    session = trained(spec)
    found, left = printed(session, "sklearn", capsys)
    assert found == pytest.approx(costs(session)[: len(found)], rel=2e-4)
    wanted = session.trainer.model.get_weights()[0]
    assert left["net"].coefs_[0] == pytest.approx(wanted, rel=1e-3, abs=1e-4)
    has_test = "regularization" not in spec and spec.get("loss") != "squared_error"
    assert len(found) == 1 + has_test


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_activations(activation, capsys):
    session = trained({"activation": activation})
    assert printed(session, "keras", capsys)[0] == pytest.approx(costs(session), rel=1e-6)
    if activation != "softsign":
        pytest.importorskip("sklearn")
        assert printed(session, "sklearn", capsys)[0] == pytest.approx(costs(session), rel=2e-4)


@pytest.mark.parametrize("spec, why", KERAS_ALONE.values(), ids=KERAS_ALONE)
def test_what_sklearn_has_no_words_for_is_said(spec, why):
    with pytest.raises(ValueError, match=f"^face: scikit-learn's .* no .*{why}"):
        trained(spec).handle({"type": "program", "face": "sklearn"})


@pytest.mark.parametrize("face", ["keras", "sklearn"])
@pytest.mark.parametrize(
    "text, spec",
    [(CSV, None), (NUMBERS, None), (CSV, {"features": ["c"], "hidden": [3]}), (CSV, {"seed": 2})],
)
def test_of_own_data(text, spec, face, capsys, tmp_path, monkeypatch):
    pytest.importorskip("sklearn")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own.csv").write_text(text, encoding="utf-8")
    session = trained(spec, text)
    found, _ = printed(session, face, capsys)
    assert found == pytest.approx(costs(session), rel=1e-3 if face == "sklearn" else 1e-6)


def test_scikit_learns_own_estimator_gives_the_same(capsys):
    """The program says trilobite.sklearn; with the original it is the same but for rounding."""
    pytest.importorskip("sklearn")
    session = trained()
    text = session.handle({"type": "program", "face": "sklearn"})["text"]
    text = text.replace("trilobite.sklearn", "sklearn.neural_network")
    exec(compile(text, "program", "exec"), {})
    found = [float(number) for number in capsys.readouterr().out.split()]
    assert found == pytest.approx(costs(session), rel=1e-3)


def test_a_program_before_training_has_some_epochs(capsys):
    session = Session()
    text = session.handle({"type": "program", "face": "keras"})["text"]
    assert "epochs=100" in text


def test_what_was_changed_on_the_way_is_said():
    session = trained()
    session.handle({"type": "set_weight", "layer": 0, "row": 1, "column": 2, "value": 0.5})
    spec = session.spec | {"optimizer": {"name": "sgd", "learning_rate": 0.1}}
    session.handle({"type": "configure", "spec": spec, "keep": True})
    session.handle({"type": "step", "rounds": 2})
    answer = session.handle({"type": "program", "face": "keras"})
    assert len(answer["notes"]) == 3
    for note, words in zip(
        answer["notes"],
        ["weight 1, 2 of layer 1 set to 0.5", "optimizer .*0.03.*0.1", "2 mini-batches"],
        strict=True,
    ):
        assert re.search(words, note), note
        assert f"# {note}\n" in answer["text"]


def test_names_of_files_and_columns_are_data(capsys, tmp_path, monkeypatch):
    """No text of a table becomes code."""
    monkeypatch.chdir(tmp_path)
    evil = "x'); raise SystemExit('"
    text = f'"{evil}",b,y\n' + "".join(f"{k},{k * k % 7},{k % 2}\n" for k in range(20))
    session = Session()
    session.handle({"type": "data", "text": text, "name": "../../o'wn\".csv"})
    session.handle({"type": "step"})
    (tmp_path / "o'wn\".csv").write_text(text, encoding="utf-8")
    found, _ = printed(session, "keras", capsys)
    assert np.array_equal(np.float32(found), costs(session))
