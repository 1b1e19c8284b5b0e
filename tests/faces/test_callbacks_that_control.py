"""Callbacks of real trainings: early stopping, checkpoints, learning rates, messages."""

import io
import sys

import numpy as np
import pytest
from saved import LABELS, X, classifier, fit, state

import trilobite as keras
from trilobite import callbacks
from trilobite.models import load_model


class Weights(callbacks.Callback):
    """The weights after each epoch."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def on_epoch_end(self, epoch, logs=None):
        self.seen.append(np.concatenate([w.ravel() for w in self.model.get_weights()]))


def flat(model):
    return np.concatenate([w.ravel() for w in model.get_weights()])


@pytest.mark.parametrize("monitor, best", [("val_loss", np.argmin), ("val_accuracy", np.argmax)])
def test_the_best_weights_come_back(monitor, best):
    model, weights = classifier("momentum"), Weights()
    stopping = callbacks.EarlyStopping(monitor, patience=3, restore_best_weights=True)
    history = fit(model, 10**6, callbacks=[weights, stopping])
    epoch = int(best(history[monitor]))
    assert stopping.best_epoch == epoch
    assert stopping.best == history[monitor][epoch]
    assert stopping.stopped_epoch == len(history["loss"]) - 1 == epoch + 3
    assert (flat(model) == weights.seen[epoch]).all()
    assert (flat(model) != weights.seen[-1]).any()
    loss = model.evaluate(X[56:], LABELS[56:], verbose=0, return_dict=True)
    assert loss["loss"] == pytest.approx(history["val_loss"][epoch], rel=1e-6)


def test_messages_of_early_stopping(capsys):
    model = classifier("momentum")
    stopping = callbacks.EarlyStopping(patience=3, restore_best_weights=True, verbose=1)
    history = fit(model, 10**6, callbacks=[stopping])
    epochs, best = len(history["loss"]), stopping.best_epoch
    assert capsys.readouterr().out == (
        f"Epoch {epochs}: early stopping, as val_loss has not improved for 3 epochs; its best was "
        f"{min(history['val_loss']):.5g} in epoch {best + 1}, whose weights are restored\n"
    )
    stopping = callbacks.EarlyStopping("loss", patience=99, verbose=1)
    fit(model, 2, callbacks=[stopping])
    said = capsys.readouterr().out
    assert said.startswith("All epochs are done without early stopping by loss; its best was ")
    assert "restored" not in said
    stopping = callbacks.EarlyStopping("loss", patience=1, baseline=-1, verbose=1)
    fit(model, 9, callbacks=[stopping])
    assert "has not improved on the baseline -1 for" in capsys.readouterr().out


def test_a_callback_is_used_again():
    model = classifier("momentum")
    stopping = callbacks.EarlyStopping("loss", patience=0, min_delta=9)
    for _ in range(2):
        assert len(fit(model, 9, callbacks=[stopping])["loss"]) == 2


@pytest.mark.parametrize(
    "metric, direction",
    [("accuracy", "max"), ("top", "max"), ("loss", "min"), ("val_top", "max"), ("val_loss", "min")],
)
def test_direction_of_a_metric(metric, direction):
    stopping = callbacks.EarlyStopping(metric)
    fit(classifier(), 1, callbacks=[stopping])
    assert stopping.direction() == direction


def test_checkpoints(tmp_path, capsys):
    path = tmp_path / "new" / "{epoch:02d}-{val_loss:.2f}.safetensors"
    model, weights = classifier("momentum"), Weights()
    saver = callbacks.ModelCheckpoint(path, save_best_only=True, verbose=1)
    history = fit(model, 40, callbacks=[saver, weights])
    losses = history["val_loss"]
    best = [i for i, loss in enumerate(losses) if loss < min(losses[:i], default=np.inf)]
    assert 1 < len(best) < 40
    names = [f"{i + 1:02d}-{losses[i]:.2f}.safetensors" for i in best]
    assert sorted(p.name for p in path.parent.iterdir()) == names
    for name, i in zip(names, best, strict=True):
        assert (flat(load_model(path.parent / name)) == weights.seen[i]).all()
    said = capsys.readouterr().out.splitlines()
    assert len(said) == 40
    assert (
        said[0] == f"Epoch 1: val_loss improved to {losses[0]:.5f}, saved {path.parent}/{names[0]}"
    )
    assert sum("did not improve from" in line for line in said) == 40 - len(best)


def test_checkpoints_of_weights_by_steps(tmp_path):
    path = tmp_path / "{epoch}-{batch}"
    saver = callbacks.ModelCheckpoint(path, save_weights_only=True, save_freq=3)
    fit(classifier(), 2, callbacks=[saver])  # 4 steps an epoch
    assert sorted(p.name for p in tmp_path.iterdir()) == ["1-3", "2-2"]
    model = classifier()
    model.load_weights(tmp_path / "2-2")
    assert model.optimizer.iterations == 6


def test_going_on_from_a_checkpoint_within_an_epoch(tmp_path):
    """Saved within an epoch, a model begins the next one when it trains again."""
    saver = callbacks.ModelCheckpoint(tmp_path / "net", save_freq=6)
    fit(classifier(), 2, callbacks=[saver])
    loaded = load_model(tmp_path / "net")
    assert (loaded.epochs_begun, loaded.history.epoch) == (2, [0])
    fit(loaded)


def test_a_failing_checkpoint_leaves_a_usable_model(tmp_path):
    (tmp_path / "file").write_text("in the way")
    model = classifier()
    with pytest.raises((FileExistsError, NotADirectoryError)):
        fit(model, callbacks=[callbacks.ModelCheckpoint(tmp_path / "file" / "net")])
    assert np.isfinite(fit(model)["loss"]).all()


def test_learning_rates_are_used(capsys):
    model = classifier("sgd")
    before = flat(model)
    scheduler = callbacks.LearningRateScheduler(lambda epoch, rate: 1e-30, verbose=1)
    history = fit(model, 2, callbacks=[scheduler])
    kernel = model.layers[1].get_weights()[0].ravel()
    assert (kernel == before[: kernel.size]).all()
    assert history["learning_rate"] == [1e-30, 1e-30]
    assert "Epoch 2: the learning rate is set to 1e-30" in capsys.readouterr().out
    plateau = callbacks.ReduceLROnPlateau("loss", factor=0.5, patience=1, min_delta=9, verbose=1)
    model.optimizer.learning_rate = 0.5
    assert fit(model, 4, callbacks=[plateau])["learning_rate"] == [0.5, 0.5, 0.25, 0.125]
    said = "Epoch 2: the learning rate is reduced from 0.5 to 0.25"
    assert said in capsys.readouterr().out
    scheduled = classifier("adam")  # it has a schedule
    with pytest.raises(TypeError, match="learning_rate: got .*ExponentialDecay decides it"):
        fit(scheduled, callbacks=[scheduler])


@pytest.mark.filterwarnings("ignore:epoch")
def test_terminate_on_nan(capsys):
    model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(1e6), "mse")
    history = model.fit(X, X[:, 0], epochs=99, verbose=0, callbacks=[callbacks.TerminateOnNaN()])
    epochs = len(history.epoch)
    said = capsys.readouterr().out
    assert said == f"Epoch {epochs}: the loss is {history.history['loss'][-1]}, training ends\n"
    assert model.stop_training and np.isfinite(flat(model)).all()
    with pytest.raises(RuntimeError, match="Epoch .: the loss is"):
        hook = callbacks.TerminateOnNaN(raise_error=True)
        model.fit(X, X[:, 0], epochs=99, verbose=0, callbacks=[hook])
    assert np.isfinite(flat(model)).all()


def test_lambda_callback():
    seen = []
    hooks = callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: seen.append((epoch, sorted(logs))),
        on_train_end=lambda logs: seen.append("end"),
        on_test_begin=lambda logs: seen.append("test"),
        mine=3,
    )
    fit(classifier(), 1, callbacks=[hooks])
    keys = ["accuracy", "loss", "top", "val_accuracy", "val_loss", "val_top"]
    assert seen == ["test", (0, keys), "end"] and hooks.mine == 3


def test_older_names_of_batch_hooks():
    class Old(callbacks.Callback):
        seen = []

        def on_batch_begin(self, batch, logs=None):
            self.seen.append(batch)

        def on_batch_end(self, batch, logs=None):
            self.seen.append(sorted(logs))

    fit(classifier(), 1, callbacks=[Old()], validation_split=0.7)
    assert Old.seen == [0, ["accuracy", "loss", "top"], 1, ["accuracy", "loss", "top"]]


def test_callbacks_change_no_bits():
    results = []
    for hooks in (None, [callbacks.EarlyStopping("loss", patience=99), callbacks.TerminateOnNaN()]):
        model = classifier("adamw")
        fit(model, 4, callbacks=hooks)
        results.append(state(model)["weights"])
    assert results[0] == results[1]


@pytest.mark.parametrize("terminal", [False, True])
def test_lines_and_bar_of_a_resumed_training(terminal, tmp_path, monkeypatch, capsys):
    def fail(epoch, logs):
        if epoch == 2:
            raise RuntimeError("killed")

    backup = callbacks.BackupAndRestore(tmp_path)
    with pytest.raises(RuntimeError, match="killed"):
        fit(classifier("sgd"), 5, callbacks=[callbacks.LambdaCallback(on_epoch_end=fail), backup])
    stderr = io.StringIO()
    stderr.isatty = lambda: terminal
    monkeypatch.setattr(sys, "stderr", stderr)
    scheduler = callbacks.LearningRateScheduler(lambda epoch, rate: 0.125, verbose=1)
    fit(classifier("sgd"), 5, verbose=1, callbacks=[backup, scheduler])
    lines = capsys.readouterr().out.splitlines()
    said = [f"Epoch {epoch}: the learning rate is set to 0.125" for epoch in (3, 4, 5)]
    assert lines[::2] == said
    assert [line[:10] for line in lines[1::2]] == ["Epoch 3/5 ", "Epoch 4/5 ", "Epoch 5/5 "]
    assert ("168/168" in stderr.getvalue()) == terminal  # rows of three epochs
