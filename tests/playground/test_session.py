"""What messages do to a session: each effect is read back."""

import json

import numpy as np
import pytest

from trilobite.playground import limits
from trilobite.playground.frames import decode, encode
from trilobite.playground.session import Session
from trilobite.playground.spec import DEFAULT, checked

CSV = "a,b,c,y\n" + "".join(f"{k % 7},{k % 5},{k % 3},{'uvw'[k % 3]}\n" for k in range(60))


def ask(session, kind, **fields):
    """The answer; what a step has left is trained, however slow the machine is."""
    answer = session.handle({"type": kind, "id": 1} | fields)
    while kind == "step" and session.running:
        session.work()
    return answer


def configured(keep=False, session=None, **fields):
    session = session or Session()
    ask(session, "configure", spec=session.spec | fields, keep=keep)
    return session


def weights(session):
    return [w.copy() for w in session.trainer.model.get_weights()]


def same(one, other):
    return all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


def shown(session):
    return decode(session.frame())


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
    before = session.state()
    with pytest.raises((TypeError, ValueError)) as error:
        session.handle(message)
    assert str(error.value).startswith(f"{argument}: ")
    assert session.state() == before


@pytest.mark.parametrize(
    "field, value",
    [
        ("data", {"name": "xor", "noise": 10, "test_share": 0.2, "rows": 300, "seed": 7}),
        ("features", ["x1", "x1*x2"]),
        ("hidden", []),
        ("hidden", [8, 7, 6, 5, 4, 3]),
        ("activation", "relu"),
        ("loss", "squared_error"),
        ("optimizer", {"name": "adam", "learning_rate": 0.1}),
        ("schedule", "cosine"),
        ("regularization", {"kind": "l1", "rate": 0.01}),
        ("dropout", 0.5),
        ("batch_normalization", True),
        ("early_stopping", {"on": True, "patience": 3}),
        ("batch_size", "full"),
        ("seed", 9),
    ],
)
def test_each_control_changes_what_is_trained(field, value):
    """Nothing stands in the spec alone: the curves differ, but for what only ends training."""
    usual, other = Session(), configured(**{field: value})
    assert other.spec[field] == value
    for session in (usual, other):
        ask(session, "step", epochs=3)
    if field != "early_stopping":
        assert not np.array_equal(usual.trainer.curve.rows[:, 1], other.trainer.curve.rows[:, 1])
    layers = other.state()["layers"]
    assert [each["outputs"] for each in layers] == [*other.spec["hidden"], 1]
    assert layers[0]["inputs"] == len(other.spec["features"])


def test_layers_are_those_of_the_spec():
    session = configured(hidden=[5], dropout=0.2, batch_normalization=True, activation="elu")
    kinds = [type(layer).__name__ for layer in session.trainer.model.layers]
    assert kinds == ["Dense", "BatchNormalization", "Dropout", "Dense"]
    model = configured(regularization={"kind": "l2", "rate": 0.5}).trainer.model
    assert all(layer.kernel_regularizer.l2 == 0.5 for layer in model.layers)


def test_batches_and_shares():
    session = configured(data={"rows": 100, "test_share": 0.3}, batch_size=20)
    state = session.state()
    assert (state["n_train"], state["n_test"], state["rounds_per_epoch"]) == (70, 30, 4)
    assert configured(batch_size=5000).trainer.batch_size == 250
    assert configured(batch_size="full").trainer.steps == 1


def test_what_goes_on_with_its_weights():
    session = Session()
    ask(session, "step", epochs=5)
    before = weights(session)
    for fields in (
        {"optimizer": {"name": "sgd", "learning_rate": 0.5}},
        {"optimizer": {"name": "adam", "learning_rate": 0.01}},
        {"batch_size": 3},
        {"regularization": {"kind": "l2", "rate": 0.1}},
        {"dropout": 0.1},
        {"activation": "relu"},
        {"loss": "squared_error"},
        {"schedule": "cosine"},
        {"early_stopping": {"on": True, "patience": 9}},
        {"discretize": True, "show_test": True},
    ):
        configured(True, session, **fields)
        assert same(weights(session), before) and session.trainer.epoch == 5
    ask(session, "step", epochs=1)
    assert session.trainer.epoch == 6 and len(session.trainer.curve) == 6
    for fields in ({"hidden": [3]}, {"seed": 4}, {"data": {"name": "xor"}}, {"features": ["x1"]}):
        configured(True, session, **fields)
        assert session.trainer.epoch == 0
        ask(session, "step", epochs=1)
    configured(False, session, batch_size=4)
    assert session.trainer.epoch == 0


def test_a_changed_rate_goes_on_as_if_it_had_been_set():
    """Momentum is kept: the rest is one training in which the rate was assigned to."""
    spec = {"optimizer": {"name": "momentum", "learning_rate": 0.01}}
    session, other = configured(**spec), configured(**spec)
    for each in (session, other):
        ask(each, "step", epochs=4)
    other.trainer.model.optimizer.learning_rate = 0.1
    configured(True, session, optimizer={"name": "momentum", "learning_rate": 0.1})
    for each in (session, other):
        ask(each, "step", epochs=4)
    assert same(weights(session), weights(other))
    assert session.trainer.curve.rows[[3, 4], 3] == pytest.approx([0.01, 0.1])


def test_undo_and_redo_bring_back_spec_weights_and_curve():
    session = Session()
    ask(session, "step", epochs=4)
    first = weights(session), session.spec, session.trainer.curve.rows.copy()
    configured(False, session, hidden=[2])
    second = weights(session), session.spec
    ask(session, "step", epochs=2)
    trained = weights(session)
    ask(session, "set_weight", layer=0, row=1, column=1, value=0.25)
    assert session.trainer.view.weights()[0][0][1, 1] == 0.25
    ask(session, "set_weight", layer=1, row=-1, column=0, value=-3)
    assert session.trainer.view.weights()[1][1][0] == -3
    ask(session, "undo")
    ask(session, "undo")
    assert same(weights(session), trained) and session.trainer.epoch == 2
    assert ask(session, "undo")["spec"] == first[1]
    assert same(weights(session), first[0])
    assert np.array_equal(session.trainer.curve.rows, first[2])
    header, arrays = shown(session)
    assert header["history_from"] == 0 and len(arrays["history"]) == 4 and "points" in arrays
    ask(session, "redo")
    assert session.spec == second[1] and same(weights(session), trained)
    ask(session, "undo")
    ask(session, "step", epochs=3)  # goes on as if nothing had been
    other = Session()
    ask(other, "step", epochs=7)
    assert same(weights(session), weights(other))
    ask(session, "reset")
    assert session.trainer.epoch == 0 and not session.state()["can_redo"]
    ask(session, "undo")
    assert same(weights(session), weights(other))


def test_undo_has_an_end():
    session = Session()
    for k in range(2 * limits.UNDO):
        ask(session, "set_weight", layer=0, row=0, column=0, value=k)
    for _ in range(limits.UNDO):
        ask(session, "undo")
    assert not session.state()["can_undo"]
    assert session.trainer.view.weights()[0][0][0, 0] == limits.UNDO - 1


def test_undo_holds_so_many_bytes(monkeypatch):
    monkeypatch.setattr(limits, "UNDO_BYTES", 1_000_000)
    text = "y," + ",".join(f"c{k}" for k in range(60)) + "\n"
    rows = np.random.default_rng(0).integers(100, size=(1000, 61)).astype(str)
    session = Session()
    ask(session, "data", text=text + "\n".join(map(",".join, rows)), target="y")
    for seed in range(6):
        configured(False, session, data=session.spec["data"] | {"seed": seed + 1})
    assert 1 <= len(session._undo) < 3


def test_runs_lie_side_by_side():
    session = Session()
    ask(session, "step", epochs=1000)
    ask(session, "keep_run", name=" small ")
    ask(session, "reset")
    ask(session, "step", epochs=3)
    runs = ask(session, "keep_run", name="x" * 100)["runs"]
    assert [run["name"] for run in runs] == ["small", "x" * 60]
    assert runs[0]["epochs"][0] == 1 and runs[0]["epochs"][-1] == 1000
    assert len(runs[0]["epochs"]) == len(runs[0]["train"]) == len(runs[0]["test"]) == 400
    assert runs[1]["train"] == [float(v) for v in session.trainer.curve.rows[:, 1]]
    assert runs[0]["color"] != runs[1]["color"]
    ask(session, "forget_run", run=0)
    assert session.state()["runs"] == runs[1:]
    for k in range(limits.RUNS - 1):
        ask(session, "keep_run", name=str(k))
    assert len({run["color"] for run in session.runs}) == limits.RUNS
    with pytest.raises(ValueError, match="forget one"):
        ask(session, "keep_run", name="more")


def test_frames_hold_what_is_said():
    session = configured(
        data={"name": "three_classes"}, hidden=[3, 2], features=["x2", "sin(x1)", "x1^2"]
    )
    ask(session, "step", epochs=2)
    header, arrays = shown(session)
    model, data = session.trainer.model, session.data
    assert arrays["map"].shape == (3, 100, 100) and arrays["neurons"].shape == (5, 24, 24)
    assert arrays["map"].sum(axis=0) == pytest.approx(1, abs=1e-5)
    # the cell in row 10 and column 80: x1 = 3.66, x2 = 4.74
    x1, x2 = -6 + 12 * 80.5 / 100, 6 - 12 * 10.5 / 100
    at = np.array([[x1 * x1, x2, np.sin(x1)]], "f4")[:, [1, 0, 2]]
    names = ["x2", "x1^2", "sin(x1)"]
    at = np.array([[{"x2": x2, "x1^2": x1 * x1, "sin(x1)": np.sin(x1)}[n] for n in data.names]])
    assert sorted(names) == sorted(data.names)
    assert arrays["map"][:, 10, 80] == pytest.approx(model.predict(at, verbose=0)[0], abs=1e-5)
    x1, x2 = -6 + 12 * 3.5 / 24, 6 - 12 * 20.5 / 24
    at = np.array([[{"x2": x2, "x1^2": x1 * x1, "sin(x1)": np.sin(x1)}[n] for n in data.names]])
    assert arrays["features"][:, 20, 3] == pytest.approx(at[0], abs=1e-5)
    z, first = at, []
    for (kernel, bias), activation in zip(
        session.trainer.view.weights(), (np.tanh, np.tanh, np.copy), strict=True
    ):
        z = activation(z @ kernel + bias)
        first.append(z[0])
    assert arrays["neurons"][:, 20, 3] == pytest.approx(np.concatenate(first[:2]), abs=1e-5)
    assert same([arrays["weights.1"], arrays["biases.1"]], session.trainer.view.weights()[1])
    points = arrays["points"]
    assert points.shape == (500, 4) and points[:, 3].sum() == 250
    assert set(points[:, 2]) == {0, 1, 2}
    assert arrays["history"].shape == (2, 4)
    assert header["history_from"] == 0
    assert header["train_cost"] == pytest.approx(arrays["history"][-1, 1])
    ask(session, "step", epochs=1)
    header, arrays = shown(session)
    assert header["frame"] == 2 and header["history_from"] == 2 and len(arrays["history"]) == 1
    assert "points" not in arrays and "features" not in arrays


def test_test_cost_is_that_of_the_test_rows():
    session = Session()
    ask(session, "step", epochs=3)
    header, _ = shown(session)
    cost, share = session.trainer.model.evaluate(*session.data.test, verbose=0)
    assert header["test_cost"] == pytest.approx(cost, rel=1e-6)
    assert header["test_metric"] == pytest.approx(share)


def test_frames_are_packed_as_the_protocol_says():
    for text in ("", "a", "ab", "abc", "ü"):
        frame = encode({"t": text, "nan": float("nan")}, {"m": np.arange(6).reshape(2, 3), "e": []})
        length = int.from_bytes(frame[:4], "little")
        assert (4 + length) % 4 == 0 and len(frame) == 4 + length + 6 * 4
        header, arrays = decode(frame)
        assert header["t"] == text and header["nan"] is None
        assert header["arrays"] == [{"name": "m", "shape": [2, 3]}, {"name": "e", "shape": [0]}]
        assert np.array_equal(arrays["m"], np.arange(6).reshape(2, 3))


def test_own_data_are_trained_and_seen_through_columns_or_components():
    session = Session()
    answer = ask(session, "data", text=CSV, name="mine.csv")
    assert answer["columns"] == ["a", "b", "c"] == session.spec["features"]
    assert answer["classes"] == ["u", "v", "w"] and answer["rows"] == 60
    assert session.state()["target"] == "y" and session.state()["file"] == "mine.csv"
    ask(session, "step", epochs=200)
    assert session.trainer.curve.rows[-1, 1] < 0.5 * session.trainer.curve.rows[0, 1]
    configured(True, session, view=["c", "a"])
    assert session.trainer.epoch == 200
    header, arrays = shown(session)
    x0, x1, y0, y1 = header["domain"]
    assert [x0, x1, y0, y1] == pytest.approx([-0.16, 2.16, -0.48, 6.48])
    assert set(arrays["points"][:, 0]) == {0, 1, 2} and set(arrays["points"][:, 1]) == set(range(7))
    mean = session.data.train[0].mean(axis=0)
    at = np.array([[y1 - (y1 - y0) * 0.005, mean[1], x0 + (x1 - x0) * 0.995]])
    found = session.trainer.model.predict(at, verbose=0)[0]
    assert arrays["map"][:, 0, 99] == pytest.approx(found, abs=1e-4)
    configured(True, session, view="pca")
    header, arrays = shown(session)
    assert session.state()["axes"][0] == "first principal component"
    scaled = (session.data.train[0] - mean) / session.data.train[0].std(axis=0)
    spread = np.linalg.svd(scaled.astype(float), compute_uv=False)[:2] ** 2 / len(scaled)
    at = arrays["points"][arrays["points"][:, 3] == 0, :2].astype(float)
    assert np.mean(at**2, axis=0) == pytest.approx(spread, rel=1e-4)
    assert abs(np.mean(at[:, 0] * at[:, 1])) < 1e-4
    configured(False, session, features=["b", "c"], view=["a", "c"])  # a is looked at alone
    _, arrays = shown(session)
    assert np.ptp(arrays["map"], axis=2).max() < 1e-6
    ask(session, "undo")
    assert session.spec["features"] == ["a", "b", "c"]


def test_own_numbers_are_standardised():
    text = "a,b\n" + "".join(f"{k},{1000 + 50.5 * k}\n" for k in range(40))
    session = Session()
    ask(session, "data", text=text)
    assert session.spec["problem"] == "regression" and session.spec["loss"] == "squared_error"
    assert session.spec["view"] == ["a", "a"]
    y = np.concatenate([session.data.train[1], session.data.test[1]])
    assert (y.mean(), y.std()) == pytest.approx((0, 1), abs=1e-5)
    assert (session.own.mean, session.own.spread) == pytest.approx(
        (1984.75, 50.5 * np.std(range(40)))
    )
    ask(session, "step", epochs=100)
    assert session.trainer.curve.rows[-1, 1] < 0.05
    assert shown(session)[1]["map"].shape == (1, 100, 100)


def test_a_run_ends_at_the_limit(monkeypatch):
    session = Session()
    monkeypatch.setattr(limits, "EPOCHS", 50)
    ask(session, "pace", epochs_per_frame=40)
    ask(session, "play")
    for _ in range(20):
        session.work()
    assert session.trainer.epoch == 50 and not session.running
    assert session.trainer.stopped.startswith("50 epochs are done")


def test_memory_does_not_grow_with_what_is_shown():
    """The curve has its 16 bytes an epoch, the path a bounded number of places."""
    session = Session()
    for _ in range(5):
        ask(session, "step", epochs=1000)
    assert len(session.trainer.path) <= 100
    epochs = [epoch for epoch, _ in session.trainer.path]
    assert epochs[0] == 0 and epochs == sorted(epochs) and epochs[-1] > 4000
    assert session.trainer.curve.memory.nbytes <= 16 * 2 * 5000


def test_a_step_that_takes_long_is_answered_and_goes_on(monkeypatch):
    from trilobite.playground import session as module

    monkeypatch.setattr(module, "_AT_ONCE", 0)
    session = Session()
    session.handle({"type": "step", "epochs": 30})
    assert session.running and session.trainer.epoch == 0
    while session.running:
        session.work()
    assert session.trainer.epoch == 30
    ask(session, "play")
    session.work()
    session.work()
    assert session.running and session.trainer.epoch > 30
