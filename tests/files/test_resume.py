"""Training that is killed and started again gives the same bits as one that is not."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from saved import assert_same, classifier, fit, state

import trilobite as keras
from trilobite import callbacks
from trilobite._model.callback_list import CallbackList
from trilobite.callbacks import BackupAndRestore

PROGRAM = Path(__file__).with_name("training_to_kill.py")


def start(folder, *arguments):
    """The program, in a process of its own."""
    return subprocess.Popen(
        [sys.executable, str(PROGRAM), str(folder), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"TRILOBITE_NUM_THREADS": "1"},
    )


def finish(process):
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err.decode()


def result(folder):
    """What the program leaves behind when it is through."""
    names = sorted(p.name for p in folder.iterdir() if not p.name.startswith(".trilobite-"))
    assert names == ["best.safetensors", "log.csv", "result"]
    return {name: (folder / name).read_bytes() for name in names}


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    """The result of the program, and the seconds that it and its fit take."""
    folder = tmp_path_factory.mktemp("uninterrupted")
    begin = time.monotonic()
    process = start(folder)
    while process.poll() is None and not (folder / "log.csv").exists():
        time.sleep(0.002)
    fitting = time.monotonic() - begin
    finish(process)
    return result(folder), fitting, time.monotonic() - begin - fitting


@pytest.mark.parametrize("seed", range(4))
def test_killed_again_and_again(seed, uninterrupted, tmp_path):
    """Six times each at random moments, anywhere from the first epoch to the end."""
    expected, before_fit, in_fit = uninterrupted
    rng, kills, begun = random.Random(seed), 0, 0
    while kills < 6:
        process = start(tmp_path)
        # each life is to do about an eighth of the training, sometimes all that is left
        pause = before_fit + rng.choice([0.1, 0.25, 0.25, 1.1]) * rng.random() * in_fit
        try:
            process.wait(pause)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            kills += 1
        out, err = process.communicate(timeout=60)
        assert process.returncode in (0, -signal.SIGKILL), err.decode()
        begun += (tmp_path / "backup").exists()
        if (tmp_path / "result").exists():
            assert result(tmp_path) == expected
            for path in tmp_path.iterdir():
                path.unlink()
    finish(start(tmp_path))
    assert result(tmp_path) == expected
    assert begun, "no kill came while it trained"


def test_killed_at_each_point_of_a_backup(uninterrupted, tmp_path, monkeypatch):
    """A kill is an exit at once: before and after each call that changes the folder."""
    expected, *_ = uninterrupted
    trap = (
        "import os, sys, runpy, itertools\n"
        "left = itertools.count(int(sys.argv[1]), -1)\n"
        "def trap(name):\n"
        "    true = getattr(os, name)\n"
        "    def call(*arguments):\n"
        "        if next(left) == 0: os._exit(9)\n"
        "        value = true(*arguments)\n"
        "        if next(left) == 0: os._exit(9)\n"
        "        return value\n"
        "    setattr(os, name, call)\n"
        "for name in ('fsync', 'replace', 'unlink', 'rmdir'): trap(name)\n"
        "sys.argv = sys.argv[2:]\n"
        "runpy.run_path(sys.argv[0])\n"
    )
    monkeypatch.setenv("TRILOBITE_NUM_THREADS", "1")
    for at in range(24):
        command = [sys.executable, "-c", trap, str(at), str(PROGRAM), str(tmp_path)]
        assert subprocess.run(command, timeout=60).returncode == 9
    finish(start(tmp_path))
    assert result(tmp_path) == expected


def interrupt(model, folder, epoch, before=(), after=(), epochs=10, **options):
    """`fit` with a backup that ends with an error at the end of an epoch, before the backup."""

    def fail(number, logs):
        if number == epoch:
            raise RuntimeError("killed")

    backup = BackupAndRestore(folder, **options)
    hooks = [*before, backup, *after, callbacks.LambdaCallback(on_epoch_end=fail)]
    with pytest.raises(RuntimeError, match="killed"):
        fit(model, epochs, callbacks=hooks)


@pytest.mark.parametrize("optimizer", ["momentum", "adam", "nadam"])
@pytest.mark.parametrize("epoch", [0, 1, 4, 9])
def test_in_one_process(optimizer, epoch, tmp_path):
    whole = classifier(optimizer)
    fit(whole, 10)
    first, second = classifier(optimizer), classifier(optimizer)
    interrupt(first, tmp_path / "backup", epoch)
    fit(second, 10, callbacks=[BackupAndRestore(tmp_path / "backup")])
    assert_same_but_names(whole, second)
    assert not (tmp_path / "backup").exists()


def assert_same_but_names(a, b):
    a, b = state(a), state(b)
    for key in a.keys() - {"config"}:
        assert a[key] == b[key], key


def test_on_the_same_model(tmp_path):
    whole, model = classifier(), classifier()
    fit(whole, 10)
    interrupt(model, tmp_path, 4)
    (tmp_path / "mine").write_text("not its own")
    fit(model, 10, callbacks=[BackupAndRestore(tmp_path)])
    assert_same_but_names(whole, model)
    assert os.listdir(tmp_path) == ["mine"]


def test_after_an_earlier_fit(tmp_path):
    whole, model = classifier(), classifier()
    for each in (whole, model):
        fit(each, 3)
    fit(whole, 10)
    interrupt(model, tmp_path, 4)
    again = classifier()
    fit(again, 3)
    fit(again, 10, callbacks=[BackupAndRestore(tmp_path)])
    assert_same_but_names(whole, again)


@pytest.mark.parametrize("position", ["before", "after"])
def test_other_callbacks_go_on(position, tmp_path):
    """Wherever they stand in the list."""

    def others(folder):
        return [
            callbacks.EarlyStopping("loss", patience=4, min_delta=0.02, restore_best_weights=True),
            callbacks.ReduceLROnPlateau("loss", patience=1, min_delta=0.05),
            callbacks.ModelCheckpoint(folder / "best", "loss", save_best_only=True),
            callbacks.CSVLogger(folder / "log.csv", append=position == "before"),
        ]

    whole, model, again = (classifier("momentum") for _ in range(3))
    (tmp_path / "whole").mkdir()
    (tmp_path / "parts").mkdir()
    fit(whole, 40, callbacks=others(tmp_path / "whole"))
    backup = tmp_path / "backup"
    interrupt(model, backup, 4, epochs=40, **{position: others(tmp_path / "parts")})
    fit(again, 40, callbacks=[BackupAndRestore(backup), *others(tmp_path / "parts")])
    assert_same_but_names(whole, again)
    assert len(whole.history.epoch) < 40
    log = (tmp_path / "whole" / "log.csv").read_text()
    assert (tmp_path / "parts" / "log.csv").read_text() == log
    assert len(log.splitlines()) == 1 + len(whole.history.epoch)
    best = [keras.models.load_model(tmp_path / part / "best") for part in ("whole", "parts")]
    assert state(best[0])["weights"] == state(best[1])["weights"]


def test_after_early_stopping_nothing_is_trained(tmp_path):
    """Killed between the last backup and the end of `fit`: the best weights still come back."""

    def stopping():
        return callbacks.EarlyStopping("loss", patience=0, min_delta=9, restore_best_weights=True)

    def fail(logs):
        raise RuntimeError("killed")

    whole, model, again = (classifier() for _ in range(3))
    fit(whole, 10, callbacks=[stopping()])
    with pytest.raises(RuntimeError):
        hooks = [callbacks.LambdaCallback(on_train_end=fail), stopping()]
        fit(model, 10, callbacks=[*hooks, BackupAndRestore(tmp_path)])
    hook = stopping()
    fit(again, 10, callbacks=[hook, BackupAndRestore(tmp_path)])
    assert again.history.epoch == [0, 1] and hook.stopped_epoch == 1
    assert_same_but_names(whole, again)


def test_a_finished_training_is_kept_on_demand(tmp_path):
    model, again = classifier(), classifier()
    fit(model, 3, callbacks=[BackupAndRestore(tmp_path, delete_checkpoint=False)])
    fit(again, 3, callbacks=[BackupAndRestore(tmp_path, delete_checkpoint=False)])
    assert_same_but_names(model, again)
    whole = classifier()
    fit(whole, 5)
    fit(again, 5, callbacks=[BackupAndRestore(tmp_path)])
    assert_same_but_names(whole, again)
    assert not tmp_path.exists()


def test_by_steps_the_epoch_begins_anew_with_the_weights_so_far(tmp_path):
    class Kill(callbacks.Callback):
        steps = 0

        def on_train_batch_end(self, batch, logs=None):
            self.steps += 1
            if self.steps == 7:  # four steps an epoch
                raise RuntimeError("killed")

    model, again = classifier("sgd"), classifier("sgd")
    with pytest.raises(RuntimeError):
        fit(model, 5, callbacks=[Kill(), BackupAndRestore(tmp_path, save_freq=2)])
    begun = []
    hook = callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs: begun.append(epoch))
    fit(again, 5, callbacks=[hook, BackupAndRestore(tmp_path, save_freq=2)])
    assert begun == [1, 2, 3, 4] and again.history.epoch == [0, 1, 2, 3, 4]
    assert again.optimizer.iterations == 6 + 4 * 4
    assert again.epochs_begun == 5


def test_two_backups(tmp_path):
    whole, model, again = (classifier() for _ in range(3))
    fit(whole, 10)
    interrupt(model, tmp_path, 4, double_checkpoint=True)
    path = tmp_path / "backup.safetensors"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(ValueError, match="backup.safetensors"):
        fit(classifier(), 10, callbacks=[BackupAndRestore(tmp_path)])
    fit(again, 10, callbacks=[BackupAndRestore(tmp_path, double_checkpoint=True)])
    assert_same_but_names(whole, again)


def test_a_backup_of_another_model_is_refused(tmp_path):
    interrupt(classifier("sgd"), tmp_path, 2)
    other = classifier("adam")
    before = state(other)
    with pytest.raises(ValueError, match="got the optimizer .*SGD.*expected .*Adam"):
        fit(other, callbacks=[BackupAndRestore(tmp_path)])
    small = keras.Sequential([keras.Input((6,)), keras.layers.Dense(3, "softmax")])
    small.compile(keras.optimizers.SGD(), "sparse_categorical_crossentropy")
    with pytest.raises(ValueError, match=r"'dense/kernel': got shape \(6, 8\), expected \(6, 3\)"):
        fit(small, callbacks=[BackupAndRestore(tmp_path)])
    assert state(other)["weights"] == before["weights"]
    with pytest.raises(ValueError, match="a file of 'backup', expected model"):
        keras.models.load_model(tmp_path / "backup.safetensors")
    other = classifier("sgd", seed=2)
    other.load_weights(tmp_path / "backup.safetensors")
    fit(other)


def test_no_python_between_steps():
    for made, served in (
        (BackupAndRestore("x"), False),
        (BackupAndRestore("x", save_freq=3), True),
        (callbacks.ModelCheckpoint("x"), False),
        (callbacks.ModelCheckpoint("x", save_freq=3), True),
        (type("Mine", (BackupAndRestore,), {"on_train_batch_end": print})("x"), True),
        (type("Mine", (callbacks.ModelCheckpoint,), {"on_batch_begin": print})("x"), True),
        (callbacks.TerminateOnNaN(), False),
        (callbacks.LambdaCallback(on_epoch_end=print), False),
        (callbacks.LambdaCallback(on_train_batch_begin=print), True),
    ):
        hooks = CallbackList([made], classifier(), {})
        assert hooks.serves("on_train_batch_begin", "on_train_batch_end") == served, made


@pytest.mark.parametrize("backup_dir", ["", None])
def test_backup_dir(backup_dir):
    with pytest.raises(ValueError, match="backup_dir: got"):
        BackupAndRestore(backup_dir)
    for save_freq in (0, False, "batch", 1.5):
        with pytest.raises((TypeError, ValueError), match="save_freq: got"):
            BackupAndRestore("x", save_freq)


def test_a_schedule_of_your_own_is_no_obstacle(tmp_path):
    class Schedule(keras.optimizers.schedules.LearningRateSchedule):
        def __call__(self, step):
            return 0.1 / (1 + step)

    def made():
        model = classifier()
        model.compile(keras.optimizers.SGD(Schedule()), "sparse_categorical_crossentropy")
        return model

    whole, model, again = made(), made(), made()
    fit(whole, 10)
    interrupt(model, tmp_path, 4)
    fit(again, 10, callbacks=[BackupAndRestore(tmp_path)])
    for a, b in zip(again.get_weights(), whole.get_weights(), strict=True):
        assert a.tobytes() == b.tobytes()
    assert again.history.history == whole.history.history


def test_saved_while_resumed(tmp_path):
    """A file of a model that was resumed is one of the model that was not."""
    whole, model, again = (classifier() for _ in range(3))
    fit(whole, 10)
    interrupt(model, tmp_path, 4)
    fit(again, 10, callbacks=[BackupAndRestore(tmp_path)])
    again.save(tmp_path.parent / "net")
    loaded = keras.models.load_model(tmp_path.parent / "net")
    assert_same(again, loaded)
    assert fit(loaded, 2) == fit(whole, 2)
