"""Files are whole or not there: interrupts at every bytecode, failures, leftovers, messages."""

import errno
import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
from saved import classifier, fit, stack

import trilobite as keras
from trilobite import callbacks
from trilobite._files import whole
from trilobite.callbacks import BackupAndRestore
from trilobite.models import load_model


@pytest.fixture
def path(tmp_path):
    return tmp_path / "net.safetensors"


def descriptors():
    return sorted(os.listdir("/proc/self/fd"))


class Interrupt:
    """Raise KeyboardInterrupt before the n-th bytecode that the main thread runs in some files."""

    def __init__(self, n, *names):
        self.left, self.names = n, names

    def __call__(self, frame, event, _):
        if not frame.f_code.co_filename.endswith(self.names):
            return None
        frame.f_trace_opcodes = True
        if event == "opcode":
            self.left -= 1
            if self.left == 0:
                raise KeyboardInterrupt
        return self


def test_ctrl_c_before_each_bytecode(path, monkeypatch):
    """Neither a file nor a descriptor is left, and the file is the old one or the whole new one."""
    monkeypatch.setattr(whole.os, "fsync", lambda descriptor: None)  # to be quick
    before, tracer, found = descriptors(), sys.gettrace(), set()
    for n in range(1, 2000):
        path.write_bytes(b"old")
        sys.settrace(Interrupt(n, "whole.py"))
        try:
            whole.write(path, [b"ne", np.frombuffer(b"w", np.uint8)])
            break
        except KeyboardInterrupt:
            pass
        finally:
            sys.settrace(tracer)
        wait_for(lambda: os.listdir(path.parent) == [path.name] and descriptors() == before)
        found.add(path.read_bytes())
    assert 100 < n < 1999 and found == {b"old", b"new"}


def wait_for(condition):
    """Wait until the other thread, which is about to see that nobody waits for it, is done."""
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.001)


@pytest.mark.parametrize("answers", [False, True])
def test_ctrl_c_while_the_disk_does_not_answer(answers, path, monkeypatch, sigint):
    """The caller goes on at once, and nothing is left even if the process ends there."""
    called, release, true = threading.Event(), threading.Event(), os.fsync

    def fsync(descriptor):
        called.set()
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
        release.wait(0 if answers else 9)
        true(descriptor)

    monkeypatch.setattr(whole.os, "fsync", fsync)
    path.write_bytes(b"old")
    begin, before = time.monotonic(), descriptors()
    with pytest.raises(KeyboardInterrupt):
        whole.write(path, [b"new"])
    assert time.monotonic() - begin < 8 and called.is_set()
    assert os.listdir(path.parent) == [path.name]
    release.set()
    wait_for(lambda: os.listdir(path.parent) == [path.name] and descriptors() == before)
    assert path.read_bytes() in ((b"old", b"new") if answers else (b"old",))


def test_where_there_can_be_no_more_threads(path, monkeypatch):
    def start(function, arguments):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(whole._thread, "start_new_thread", start)
    whole.write(path, [b"new"])
    assert path.read_bytes() == b"new"
    assert os.listdir(path.parent) == [path.name]


@pytest.mark.parametrize("number", [errno.EINVAL, errno.ENOTSUP, errno.EACCES, errno.EIO])
def test_a_folder_that_cannot_be_synced(number, path, monkeypatch):
    true = os.fsync

    def fsync(descriptor):
        if os.path.isdir(f"/proc/self/fd/{descriptor}"):
            raise OSError(number, os.strerror(number))
        true(descriptor)

    monkeypatch.setattr(whole.os, "fsync", fsync)
    before, model = descriptors(), classifier()
    fit(model, callbacks=[callbacks.ModelCheckpoint(path)])
    assert load_model(path).history.history == model.history.history
    assert descriptors() == before


@pytest.mark.parametrize("number", [errno.EINVAL, errno.ENOSYS, errno.ENOTSUP])
def test_a_file_system_without_a_disk(number, path, monkeypatch):
    def fsync(descriptor):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(whole.os, "fsync", fsync)
    stack().save(path)
    load_model(path)


# ---- leftovers ----

HOLD = """
import os, sys
from trilobite._files import whole
os.fsync = lambda descriptor: (print("writing", flush=True), sys.stdin.read())
whole.write(sys.argv[1], [b"new"])
"""


def writing(path):
    """A process in the middle of writing a file."""
    command = [sys.executable, "-c", HOLD, str(path)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"writing\n"
    return process


def kill(path):
    """Begin to write a file, and be killed."""
    with writing(path) as process:
        process.kill()


def test_leftovers(path):
    """What others write stays; what is left of the killed goes, if it is of the same file."""
    kill(path)
    kill(path.with_name("own.safetensors"))  # a name as long
    (path.parent / ".mine.tmp").write_bytes(b"mine")
    with writing(path) as alive:
        assert len(os.listdir(path.parent)) == 4
        whole.remove_leftovers(path)
        left = sorted(os.listdir(path.parent))
        assert len(left) == 3 and left[0] == ".mine.tmp"
        assert left[2].startswith(".trilobite-own.")
        alive.communicate(b"")
    assert alive.returncode == 0
    assert path.read_bytes() == b"new"
    whole.remove_leftovers(path.parent / "none" / "x")


def test_taken_for_a_leftover_before_it_is_held(path, monkeypatch):
    true = whole.fcntl.flock

    def flock(descriptor, operation):
        monkeypatch.setattr(whole.fcntl, "flock", true)
        whole.remove_leftovers(path)
        true(descriptor, operation)

    monkeypatch.setattr(whole.fcntl, "flock", flock)
    before = descriptors()
    whole.write(path, [b"new"])
    assert os.listdir(path.parent) == [path.name]
    assert descriptors() == before


def test_file_systems_without_locks(path, monkeypatch):
    """Files are written there, and leftovers stay."""
    kill(path)

    def flock(descriptor, operation):
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(whole.fcntl, "flock", flock)
    whole.remove_leftovers(path)
    whole.write(path, [b"new"])
    assert len(os.listdir(path.parent)) == 2


def test_a_backup_removes_its_leftovers(tmp_path):
    kill(tmp_path / "backup.safetensors")
    with writing(tmp_path / "best.safetensors") as other:
        fit(classifier(), 2, callbacks=[BackupAndRestore(tmp_path, delete_checkpoint=False)])
        other.communicate(b"")
    assert sorted(os.listdir(tmp_path)) == ["backup.safetensors", "best.safetensors"]


# ---- messages ----


def checkpoint(model, path):
    fit(model, callbacks=[callbacks.ModelCheckpoint(path)])


def log(model, path):
    fit(model, callbacks=[callbacks.CSVLogger(path)])


WAYS = {
    "save": lambda model, path: model.save(path),
    "save_weights": lambda model, path: model.save_weights(path),
    "ModelCheckpoint": checkpoint,
    "CSVLogger": log,
}
PLACES = {"no folder": "none/a", "too long": "a" * 300, "a file for a folder": "file/a", ".": "."}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("way", WAYS)
def test_errors_name_the_path_that_was_given(way, place, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_bytes(b"")
    if (way, place) == ("ModelCheckpoint", "no folder"):
        checkpoint(classifier(), PLACES[place])  # it makes the folder
        return
    with pytest.raises(OSError) as caught:
        WAYS[way](classifier(), PLACES[place])
    assert ".tmp" not in str(caught.value)
    named = caught.value.filename or str(caught.value).partition(":")[0]
    assert named == PLACES[place] or (way, named) == ("ModelCheckpoint", "file")
    assert os.listdir(tmp_path) == ["file"]


def test_a_folder_in_which_nothing_may_be_made(path, monkeypatch):
    true = os.open

    def refused(name, *arguments):
        if ".tmp" in str(name):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), name)
        return true(name, *arguments)

    monkeypatch.setattr(whole.os, "open", refused)
    with pytest.raises(PermissionError) as caught:
        stack().save(path)
    assert caught.value.filename == str(path)
    with pytest.raises(PermissionError) as caught:
        fit(classifier(), callbacks=[BackupAndRestore(path.parent)])
    assert caught.value.filename == str(path.parent / "backup.safetensors")


def test_long_names(tmp_path):
    """As long as the file system takes, also of characters of several bytes."""
    for name in ("a" * 255, "ä" * 127):
        keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)]).save(tmp_path / name)
        load_model(tmp_path / name)
