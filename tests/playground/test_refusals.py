"""Wrong specs and messages are refused by the name of what is wrong, and nothing changes."""

import json

import pytest
from sessions import ask, same, weights

from trilobite.playground.session import Session
from trilobite.playground.spec import DEFAULT, checked

CSV = "a,b,c,y\n" + "".join(f"{k % 7},{k % 5},{k % 3},{'uvw'[k % 3]}\n" for k in range(60))


def test_a_spec_is_what_the_link_holds():
    assert checked({}) == DEFAULT == json.loads(json.dumps(Session().state()["spec"]))


@pytest.mark.parametrize(
    "given, argument",
    [
        ({"hidden": [33]}, "spec.hidden"),
        ({"hidden": [0]}, "spec.hidden"),
        ({"hidden": [1] * 7}, "spec.hidden"),
        ({"hidden": "4"}, "spec.hidden"),
        ({"hidden": [True]}, "spec.hidden"),
        ({"hidden": [2.5]}, "spec.hidden"),
        ({"problem": "both"}, "spec.problem"),
        ({"data": {"name": "moons"}}, "spec.data.name"),
        ({"data": {"name": "plane"}}, "spec.data.name"),
        ({"problem": "regression"}, "spec.data.name"),
        ({"data": {"name": "own"}}, "spec.data.name"),
        ({"data": {"noise": 51}}, "spec.data.noise"),
        ({"data": {"noise": float("nan")}}, "spec.data.noise"),
        ({"data": {"rows": 5001}}, "spec.data.rows"),
        ({"data": {"test_share": 1}}, "spec.data.test_share"),
        ({"data": {"seed": -1}}, "spec.data.seed"),
        ({"data": []}, "spec.data"),
        ({"data": {"x": 1}}, "spec.data.x"),
        ({"features": []}, "spec.features"),
        ({"features": ["x3"]}, "spec.features"),
        ({"features": ["x1", "x1"]}, "spec.features"),
        ({"features": [["x1"]]}, "spec.features"),
        ({"activation": "softmax"}, "spec.activation"),
        ({"loss": 3}, "spec.loss"),
        ({"optimizer": {"name": "lbfgs"}}, "spec.optimizer.name"),
        ({"optimizer": {"learning_rate": -1}}, "spec.optimizer.learning_rate"),
        ({"optimizer": {"learning_rate": 10**400}}, "spec.optimizer.learning_rate"),
        ({"schedule": "linear"}, "spec.schedule"),
        ({"schedule_epochs": 0}, "spec.schedule_epochs"),
        ({"regularization": {"kind": "l3"}}, "spec.regularization.kind"),
        ({"regularization": {"rate": "a"}}, "spec.regularization.rate"),
        ({"dropout": 1}, "spec.dropout"),
        ({"batch_normalization": 1}, "spec.batch_normalization"),
        ({"early_stopping": {"on": "yes"}}, "spec.early_stopping.on"),
        ({"early_stopping": {"patience": 0}}, "spec.early_stopping.patience"),
        ({"batch_size": 0}, "spec.batch_size"),
        ({"batch_size": "all"}, "spec.batch_size"),
        ({"seed": 2**32}, "spec.seed"),
        ({"colour": 1}, "spec.colour"),
        ([], "spec"),
    ],
)
def test_a_wrong_spec_is_refused_by_name_and_nothing_changes(given, argument):
    session = Session()
    ask(session, "step", epochs=2)
    before = session.state(), weights(session)
    with pytest.raises((TypeError, ValueError)) as error:
        ask(session, "configure", spec=given)
    assert str(error.value).startswith(f"{argument}: ")
    assert session.state() == before[0] and same(weights(session), before[1])


@pytest.mark.parametrize(
    "message, argument",
    [
        ({"type": "fly"}, "type"),
        ({"type": ["play"]}, "type"),
        ({}, "type"),
        ({"type": "play", "speed": 3}, "speed"),
        ({"type": "configure"}, "spec"),
        ({"type": "configure", "spec": {}, "keep": 1}, "keep"),
        ({"type": "step", "rounds": 0}, "rounds"),
        ({"type": "step", "epochs": 0}, "epochs"),
        ({"type": "step", "epochs": 1001}, "epochs"),
        ({"type": "step", "rounds": "1"}, "rounds"),
        ({"type": "pace", "epochs_per_frame": 1001}, "epochs_per_frame"),
        ({"type": "set_weight", "layer": 3, "row": 0, "column": 0, "value": 0}, "layer"),
        ({"type": "set_weight", "layer": 0, "row": 2, "column": 0, "value": 0}, "row"),
        ({"type": "set_weight", "layer": 0, "row": -2, "column": 0, "value": 0}, "row"),
        ({"type": "set_weight", "layer": 0, "row": 0, "column": 4, "value": 0}, "column"),
        ({"type": "set_weight", "layer": 0, "row": 0, "column": 0, "value": None}, "value"),
        ({"type": "undo"}, "type"),
        ({"type": "redo"}, "type"),
        ({"type": "data", "text": 3}, "text"),
        ({"type": "data", "text": "", "name": None}, "name"),
        ({"type": "data", "text": CSV, "target": "z"}, "target"),
        ({"type": "data", "text": CSV, "target": 3}, "target"),
        ({"type": "round", "layer": 0, "neuron": 4}, "neuron"),
        ({"type": "surface", "points": 42}, "points"),
        ({"type": "program", "face": "torch"}, "face"),
        ({"type": "export", "what": {}}, "what"),
        ({"type": "export", "what": "history"}, "what"),
        ({"type": "keep_run", "name": ""}, "name"),
        ({"type": "keep_run", "name": "a"}, "name"),
        ({"type": "forget_run", "run": 0}, "run"),
        ({"type": "tour", "step": 6}, "step"),
    ],
)
def test_a_wrong_message_is_refused_by_name(message, argument):
    session = Session()
    session.running = message.get("type") == "step"
    before = session.state()
    with pytest.raises((TypeError, ValueError)) as error:
        session.handle(message)
    assert str(error.value).startswith(f"{argument}: ")
    assert session.state() == before
