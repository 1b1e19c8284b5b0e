"""States: cut anywhere, made anew from them, a training ends with the same bits and files."""

import numpy as np
import pytest
from saved import LABELS, OPTIMIZERS, X, classifier, fit, state

import trilobite as keras
from trilobite import callbacks, layers
from trilobite._files import tensorfile, whole
from trilobite.callbacks import BackupAndRestore

EPOCHS, STEPS = 7, 4  # an epoch


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(whole.os, "fsync", lambda descriptor: None)


def named():
    """A model whose layers always have the same names, so that its files have the same bytes."""
    keras.utils.set_random_seed(3)
    model = keras.Sequential(
        [
            keras.Input((6,), name="x"),
            layers.Dense(8, "relu", name="one"),
            layers.BatchNormalization(name="two"),
            layers.Dropout(0.2, name="three"),
            layers.Dense(3, "softmax", name="four"),
        ],
        name="model",
    )
    optimizer = keras.optimizers.SGD(0.2, momentum=0.9, name="sgd")
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


class Declared(callbacks.Callback):
    """A callback of a user's, which says what its state is."""

    state_names = ("steps", "rates", "last", "sums")

    def __init__(self):
        super().__init__()
        self.steps, self.rates, self.last, self.sums = 0, [], None, np.zeros(2)

    def on_train_batch_end(self, batch, logs=None):
        self.steps += 1

    def on_epoch_end(self, epoch, logs=None):
        self.rates.append(float(self.model.optimizer.learning_rate))
        self.last = [np.full((2, 2), logs["loss"])]
        self.sums += [logs["loss"], 1]


class Written(callbacks.Callback):
    """A callback of a user's, which reads and writes its state itself."""

    def __init__(self):
        super().__init__()
        self.seen = {}

    def get_state(self):
        return {f"epoch {epoch}": loss for epoch, loss in self.seen.items()}

    def set_state(self, state):
        self.seen = {int(name.split()[1]): loss for name, loss in state.items()}

    def on_epoch_end(self, epoch, logs=None):
        self.seen[epoch] = logs["loss"]


def plateau(**options):
    return callbacks.ReduceLROnPlateau("loss", 0.5, min_delta=0.5, **options)


def best(folder, **options):
    pattern = folder / "{epoch}-best"
    return callbacks.ModelCheckpoint(pattern, save_best_only=True, **options)


# Each at settings where its state decides what it does next; made in a folder for its files.
CASES = {
    "EarlyStopping": lambda folder: [callbacks.EarlyStopping(patience=3, min_delta=0.1)],
    "EarlyStopping, best weights": lambda folder: [
        callbacks.EarlyStopping(patience=2, start_from_epoch=2, restore_best_weights=True)
    ],
    "EarlyStopping, baseline": lambda folder: [
        callbacks.EarlyStopping("accuracy", patience=4, baseline=0.99, restore_best_weights=True)
    ],
    "ReduceLROnPlateau": lambda folder: [plateau(patience=2)],
    "ReduceLROnPlateau, cooldown": lambda folder: [plateau(patience=1, cooldown=2, min_lr=0.06)],
    "ModelCheckpoint, best": lambda folder: [best(folder)],
    "ModelCheckpoint, threshold": lambda folder: [best(folder, initial_value_threshold=0.8)],
    "ModelCheckpoint, steps": lambda folder: [
        callbacks.ModelCheckpoint(folder / "{epoch}-{batch}", save_freq=3)
    ],
    "ModelCheckpoint, best of steps": lambda folder: [best(folder, monitor="loss", save_freq=3)],
    "CSVLogger": lambda folder: [callbacks.CSVLogger(folder / "log.csv")],
    "CSVLogger, append": lambda folder: [callbacks.CSVLogger(folder / "log.csv", append=True)],
    "LearningRateScheduler": lambda folder: [
        callbacks.LearningRateScheduler(lambda epoch, rate: rate * 0.75)
    ],
    "History": lambda folder: [callbacks.History(), callbacks.History()],
    "TerminateOnNaN": lambda folder: [callbacks.TerminateOnNaN()],
    "LambdaCallback": lambda folder: [callbacks.LambdaCallback(on_epoch_end=lambda *_: None)],
    "of your own": lambda folder: [Declared(), Written(), Declared()],
    "all": lambda folder: [
        Declared(),
        callbacks.EarlyStopping(patience=3, restore_best_weights=True),
        plateau(patience=1, cooldown=1),
        callbacks.LearningRateScheduler(lambda epoch, rate: rate * 0.9),
        best(folder),
        callbacks.ModelCheckpoint(folder / "{epoch}-{batch}", save_freq=5),
        callbacks.CSVLogger(folder / "log.csv"),
        Written(),
    ],
}


class Cut(callbacks.Callback):
    """Ends a training with an error in a hook, when it is called the n-th time."""

    def __init__(self, hook, n):
        super().__init__()
        self.left = n
        setattr(self, hook, self.count)

    def count(self, *_):
        self.left -= 1
        if self.left < 0:
            raise InterruptedError


CUTS = [("on_epoch_end", n) for n in range(EPOCHS)]
CUTS += [("on_epoch_begin", n) for n in (0, 1, 4)] + [("on_train_end", 0)]
CUTS += [("on_train_batch_end", n) for n in range(1, EPOCHS * STEPS, 3)]


def train(make, folder, cut=None, backup=None):
    """One training; what there is when it ends: bits, history, states of callbacks, files."""
    folder.mkdir(exist_ok=True)
    model, own = named(), make(folder)
    hooks = [*own, *([backup] if backup else []), *([Cut(*cut)] if cut else [])]
    try:
        fit(model, EPOCHS, callbacks=hooks)
    except InterruptedError:
        return None
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    seen = [repr(attributes(callback)).replace(str(folder), "") for callback in own]
    return state(model) | {"files": files, "callbacks": seen}


def attributes(callback):
    """What a user may read of a callback after a training, and its state."""
    public = {
        name: value
        for name, value in vars(callback).items()
        if not (name.startswith("_") or name in ("model", "params") or callable(value))
    }
    return public | callback.get_state()


@pytest.mark.parametrize("case", CASES)
def test_cut_anywhere(case, tmp_path):
    whole = train(CASES[case], tmp_path / "whole")
    for k, cut in enumerate(CUTS):
        folder = tmp_path / str(k)
        backup_dir = tmp_path / "backup"
        again = train(CASES[case], folder, cut, BackupAndRestore(backup_dir))
        if again is None:  # early stopping may have come first
            again = train(CASES[case], folder, backup=BackupAndRestore(backup_dir))
        for part, expected in whole.items():
            assert again[part] == expected, (cut, part)
        assert not backup_dir.exists()


def test_the_cases_are_what_they_are_for(tmp_path):
    """Their callbacks do something, and not only at the end."""
    found = {case: train(make, tmp_path / case) for case, make in CASES.items()}
    epochs = {case: len(result["epoch"]) for case, result in found.items()}
    assert 2 < epochs["EarlyStopping"] < EPOCHS
    assert 3 < epochs["EarlyStopping, best weights"] < EPOCHS
    assert 4 < epochs["EarlyStopping, baseline"] < EPOCHS
    for case in ("ReduceLROnPlateau", "ReduceLROnPlateau, cooldown"):
        assert '"learning_rate": [0.2, ' in found[case]["history"]
        assert "0.1, 0.1" in found[case]["history"]
    for case in found:
        if case.startswith("ModelCheckpoint"):
            assert 1 < len(found[case]["files"]) < EPOCHS * STEPS, case


def test_cut_again_and_again(tmp_path):
    """As many cuts as epochs, none of which gets further than the next epoch."""
    make = CASES["all"]
    whole = train(make, tmp_path / "whole")
    for n in (4, 6, 9):
        folder, lives = tmp_path / str(n), 0
        while (found := train(make, folder, ("on_train_batch_end", n), backup(tmp_path))) is None:
            lives += 1
        assert lives > 1 and found == whole


def backup(folder, **options):
    return BackupAndRestore(folder / "backup", **options)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_model_goes_on_from_the_state_of_another(optimizer):
    whole = classifier(optimizer)
    fit(whole, 6)
    for epochs in (0, 1, 4):
        model, other = classifier(optimizer), classifier(optimizer, seed=7)
        fit(model, epochs)
        other.set_state(model.get_state())
        rest = fit(other, 6, initial_epoch=epochs)
        for part in ("weights", "optimizer", "iterations"):
            assert state(other)[part] == state(whole)[part], (epochs, part)
        assert rest == {name: v[epochs:] for name, v in whole.history.history.items()}


def test_a_state_that_does_not_fit_changes_nothing():
    model = classifier("nadam")
    fit(model)
    good, before = model.get_state(), state(model)
    other = good["optimizer"]["arrays"] | {"velocity/dense/kernel": np.zeros((6, 8))}
    for bad in (
        {"weights": good["weights"] | {"more": np.zeros(1)}},
        {"weights": {}},
        {"optimizer": None},
        {"optimizer": good["optimizer"] | {"class_name": "Adam"}},
        {"optimizer": good["optimizer"] | {"arrays": other}},
        {"optimizer": good["optimizer"] | {"iterations": -1}},
        {"optimizer": good["optimizer"] | {"learning_rate": -1.0}},
        {"optimizer": good["optimizer"] | {"learning_rate": None}},
        {"history": {"epoch": [np.nan]}},
    ):
        moved = {name: a + 1 for name, a in good["weights"].items()}
        with pytest.raises(ValueError):
            model.set_state({"weights": moved} | good | bad)
        assert state(model) == before, bad


# ---- backups by steps ----


def test_by_steps_the_epoch_begins_anew_with_the_rate_from_before_it(tmp_path):
    def scheduler():
        return [callbacks.LearningRateScheduler(lambda epoch, rate: rate * 0.5)]

    whole = named()
    expected = fit(whole, 4, callbacks=scheduler())["learning_rate"]
    for n in range(1, 4 * STEPS):
        hooks = [backup(tmp_path, save_freq=2), Cut("on_train_batch_end", n)]
        with pytest.raises(InterruptedError):
            fit(named(), 4, callbacks=[*scheduler(), *hooks])
        again = fit(named(), 4, callbacks=[*scheduler(), backup(tmp_path, save_freq=2)])
        assert again["learning_rate"] == expected, n


# ---- what a backup may say of callbacks ----


def cut_off(folder, hooks):
    with pytest.raises(InterruptedError):
        fit(named(), 4, callbacks=[*hooks, backup(folder), Cut("on_epoch_end", 2)])


def hooks(folder):
    return [best(folder), callbacks.CSVLogger(folder / "log.csv"), Declared()]


@pytest.mark.parametrize(
    "name, message",
    [
        ("model_checkpoint_0/filepath", r"model_checkpoint_0: got .*'filepath'.*expected"),
        ("csv_logger_0/filename", r"csv_logger_0: got .*'filename'"),
        ("declared_0/model", "declared_0: got .*'model'"),
        ("declared_0/", "declared_0: got "),
        ("early_stopping_0/best", "the state of early_stopping_0, expected only of model_check"),
        ("model_checkpoint_1/best", "the state of model_checkpoint_1, expected only of"),
        ("strange", "the state of strange, expected only of"),
    ],
)
def test_only_what_a_state_declares_is_taken(name, message, tmp_path):
    cut_off(tmp_path, hooks(tmp_path))
    path = tmp_path / "backup" / "backup.safetensors"
    tensors, content = tensorfile.read(path)
    content["fit"][name] = str(tmp_path / "precious")
    tensorfile.write(path, tensors, content)
    model, again = named(), hooks(tmp_path)
    before = state(model)
    with pytest.raises(ValueError, match=message) as caught:
        fit(model, 4, callbacks=[*again, backup(tmp_path)])
    assert str(path) in str(caught.value)
    assert again[0].best is None and again[2].steps == 0
    assert state(model)["weights"] == before["weights"] and model.optimizer.iterations == 0
    assert not (tmp_path / "precious").exists()


def test_a_name_that_is_missing(tmp_path):
    cut_off(tmp_path, hooks(tmp_path))
    path = tmp_path / "backup" / "backup.safetensors"
    tensors, content = tensorfile.read(path)
    del content["fit"]["csv_logger_0/keys"]
    tensorfile.write(path, tensors, content)
    with pytest.raises(ValueError, match=r"csv_logger_0: got \['_keep'\], expected \['_keep', 'k"):
        fit(named(), 4, callbacks=[*hooks(tmp_path), backup(tmp_path)])


def test_a_callback_that_is_new_begins(tmp_path):
    """One that was not there when the backup was written."""
    cut_off(tmp_path, [Declared()])
    new, old = Written(), Declared()
    fit(named(), 4, callbacks=[new, old, backup(tmp_path)])
    assert list(new.seen) == [2, 3] and old.steps == 4 * STEPS


def test_a_callback_takes_no_more_than_it_declares():
    callback = callbacks.ReduceLROnPlateau()
    given = {"best": 1.0, "wait": 2, "cooldown_counter": 3, "patience": 99, "model": 1}
    callback.set_state(given)
    assert callback.get_state() == {"best": 1.0, "wait": 2, "cooldown_counter": 3}
    assert callback.patience == 10 and callback.model is None


def test_predictions_after_a_state_was_set():
    model, other = named(), named()
    fit(model)
    other.set_state({"weights": model.get_state()["weights"]})
    np.testing.assert_array_equal(other.predict(X), model.predict(X))
    assert other.evaluate(X, LABELS, verbose=0) == model.evaluate(X, LABELS, verbose=0)


def test_an_array_that_a_file_cannot_hold_is_refused(tmp_path):
    class Counts(callbacks.Callback):
        state_names = ("counts",)
        counts = np.zeros(2, int)

    backup = callbacks.BackupAndRestore(tmp_path / "backup")
    with pytest.raises(TypeError, match="'counts_0/counts': got an array of int64, expected float"):
        fit(classifier(), callbacks=[Counts(), backup])
