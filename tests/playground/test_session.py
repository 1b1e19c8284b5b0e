"""What messages do to a session: each effect is read back."""

import numpy as np
import pytest
from sessions import ask, configured, same, shown, weights

from trilobite.playground import limits
from trilobite.playground.session import Session


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
        ask(session, "set_weight", layer=0, row=0, column=k % 2, value=k)
    for _ in range(limits.UNDO):
        ask(session, "undo")
    assert not session.state()["can_undo"]
    wanted = [limits.UNDO - 2, limits.UNDO - 1]
    assert session.trainer.view.weights()[0][0][0, :2].tolist() == wanted


def test_a_weight_that_is_dragged_is_one_step_of_undo():
    session = Session()
    first = weights(session)
    for value in (0.1, 0.2, 0.3):
        ask(session, "set_weight", layer=0, row=0, column=0, value=value)
    assert len(session.trainer.departures) == 1
    ask(session, "step", epochs=1)
    trained = weights(session)
    ask(session, "set_weight", layer=0, row=0, column=0, value=0.4)
    ask(session, "undo")
    assert same(weights(session), trained)
    ask(session, "undo")
    assert same(weights(session), first) and not session.state()["can_undo"]


def test_undo_holds_so_many_bytes(monkeypatch):
    monkeypatch.setattr(limits, "UNDO_BYTES", 1_000_000)
    text = "y," + ",".join(f"c{k}" for k in range(60)) + "\n"
    rows = np.random.default_rng(0).integers(100, size=(1000, 61)).astype(str)
    session = Session()
    ask(session, "data", text=text + "\n".join(map(",".join, rows)), target="y")
    for seed in range(6):
        configured(False, session, data=session.spec["data"] | {"seed": seed + 1})
    assert 1 <= len(session._undo._before) < 3


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


def test_another_net_goes_on_playing_but_ends_a_step(monkeypatch):
    from trilobite.playground import session as module

    monkeypatch.setattr(module, "_AT_ONCE", 0)
    session = Session()
    ask(session, "play")
    configured(False, session, hidden=[3])
    assert session.running
    session.work()
    assert session.trainer.epoch == 1
    ask(session, "undo")
    assert session.running
    session.handle({"type": "step", "epochs": 500})
    configured(False, session, hidden=[2])
    assert not session.running and session.trainer.epoch == 0
