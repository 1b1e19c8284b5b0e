"""A session trains as one `fit` does, bit for bit, whatever the chunks."""

import numpy as np
import pytest

from trilobite.playground import net
from trilobite.playground.data import Data
from trilobite.playground.frames import decode
from trilobite.playground.session import Session
from trilobite.playground.spec import checked
from trilobite.playground.trainer import Trainer

SPECS = {
    "plain": {},
    "adam and dropout": {"optimizer": {"name": "adam", "learning_rate": 0.01}, "dropout": 0.2},
    "schedule": {"schedule": "cosine", "schedule_epochs": 15, "batch_size": 7},
    "full batch": {"batch_size": "full", "optimizer": {"name": "nesterov", "learning_rate": 0.1}},
    "normalized": {"batch_normalization": True, "regularization": {"kind": "l2", "rate": 0.01}},
    "classes": {"data": {"name": "three_classes"}, "loss": "squared_error"},
    "numbers": {"problem": "regression", "data": {"name": "plane"}, "hidden": []},
}


def trained(spec, epochs):
    """Model and history of one `fit`."""
    spec = checked(spec)
    data = Data(spec)
    model = net.build(spec, data)
    (x, y), (x_test, y_test) = data.train, data.test
    test = x_test, net.targets(spec, data, y_test)
    model.fit(
        x, net.targets(spec, data, y), net.batch_size(spec, data), epochs, 0, validation_data=test
    )
    return model, model.history.history


@pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS)
@pytest.mark.parametrize("frames, epochs", [(10, 2), (1, 20), (20, 1)])
def test_frames_are_one_fit(spec, frames, epochs):
    session = Session()
    session.handle({"type": "configure", "spec": spec})
    session.handle({"type": "pace", "epochs_per_frame": epochs})
    session.handle({"type": "play"})
    rows = []
    for _ in range(frames):
        while not session.work():
            pass
        header, arrays = decode(session.frame())
        rows.append(arrays["history"])
        assert header["epoch"] == epochs * (len(rows))
    model, history = trained(spec, frames * epochs)
    for a, b in zip(session.trainer.model.get_weights(), model.get_weights(), strict=True):
        assert np.array_equal(a, b)
    rows = np.concatenate(rows)
    assert np.array_equal(rows[:, 0], np.arange(1, frames * epochs + 1))
    assert np.array_equal(rows[:, 1], np.float32(history["loss"]))
    assert np.array_equal(rows[:, 2], np.float32(history["val_loss"]))


@pytest.mark.parametrize("name", ["plain", "schedule", "full batch", "normalized", "classes"])
def test_single_mini_batches_are_those_of_fit(name):
    session = Session()
    session.handle({"type": "configure", "spec": SPECS[name]})
    trainer = session.trainer
    for _ in range(2 * trainer.steps):
        session.handle({"type": "step", "rounds": 1})
    session.handle({"type": "step", "epochs": 3})
    while session.running:
        session.work()
    trainer.train_rounds(1)
    assert (trainer.epoch, trainer.rounds) == ((6, 0) if trainer.steps == 1 else (5, 1))
    session.handle({"type": "step", "epochs": 1})
    while session.running:
        session.work()
    model, history = trained(SPECS[name], trainer.epoch)
    for a, b in zip(trainer.model.get_weights(), model.get_weights(), strict=True):
        assert np.array_equal(a, b)
    assert trainer.curve.rows[:, 1] == pytest.approx(history["loss"], rel=1e-6)
    assert trainer.curve.rows[:, 2] == pytest.approx(history["val_loss"], rel=1e-6)


def test_learning_rates_are_those_of_each_epochs_last_step():
    spec = checked({"schedule": "exponential", "schedule_epochs": 10})
    trainer = Trainer(spec, Data(spec))
    trainer.train(1)
    trainer.train_rounds(trainer.steps)
    while trainer.epoch < 10:
        trainer.train(10 - trainer.epoch)
    steps = np.arange(1, 11) * trainer.steps - 1
    wanted = 0.03 * 0.1 ** (steps / (10 * trainer.steps))
    assert trainer.curve.rows[:, 3] == pytest.approx(wanted, rel=1e-6)


def test_early_stopping_over_chunks_is_that_of_one_fit():
    from trilobite.callbacks import EarlyStopping

    given = {
        "data": {"name": "spiral", "noise": 50, "rows": 60},
        "hidden": [8, 8],
        "optimizer": {"name": "adam", "learning_rate": 0.03},
        "early_stopping": {"on": True, "patience": 5},
    }
    session = Session()
    session.handle({"type": "configure", "spec": given})
    session.handle({"type": "play"})
    for _ in range(500):
        session.work()
    assert not session.running
    spec = checked(given)
    data = Data(spec)
    model = net.build(spec, data)
    stop = EarlyStopping(patience=5, restore_best_weights=True)
    model.fit(*data.train, 10, 500, 0, callbacks=[stop], validation_data=data.test)
    trainer = session.trainer
    assert trainer.epoch == len(model.history.epoch) == stop.stopped_epoch + 1
    assert trainer.curve.best_epoch == stop.best_epoch + 1
    assert f"epoch {stop.best_epoch + 1}, the best" in trainer.stopped
    for a, b in zip(trainer.model.get_weights(), model.get_weights(), strict=True):
        assert np.array_equal(a, b)


def test_a_training_that_diverges_stops_and_says_so():
    session = Session()
    spec = {"problem": "regression", "data": {"name": "plane"}, "activation": "relu"}
    session.handle(
        {
            "type": "configure",
            "spec": spec | {"optimizer": {"name": "sgd", "learning_rate": 100}},
        }
    )
    session.handle({"type": "play"})
    for _ in range(1000):
        session.work()
    assert not session.running
    assert "infinite or NaN" in session.trainer.stopped
    assert all(np.isfinite(w).all() for w in session.trainer.model.get_weights())
    header, _ = decode(session.frame())
    assert header["train_cost"] is None and header["diagnosis"].startswith("diverged")
    session.handle({"type": "reset"})
    rounds = session.trainer
    rounds.train_rounds(200)
    assert "infinite or NaN" in rounds.stopped
