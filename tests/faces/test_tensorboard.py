"""The callback TensorBoard: which numbers its files hold, read back record by record."""

import struct
import sys

import numpy as np
import pytest

import trilobite
from trilobite.callbacks import TensorBoard

pytest.importorskip("tensorboardX")
X = np.linspace(0, 1, 20).reshape(10, 2)
Y = np.arange(10) % 2.0


def compiled():
    trilobite.utils.set_random_seed(0)
    model = trilobite.Sequential([trilobite.layers.Dense(1, "sigmoid", name="only")])
    model.compile("sgd", "mse", metrics=["mae"])
    return model


def events(folder):
    """Tag, step and summary of everything in a folder's files."""
    from tensorboardX.proto.event_pb2 import Event

    found = []
    for path in sorted(folder.iterdir()):
        data, at = path.read_bytes(), 0
        while at < len(data):
            (length,) = struct.unpack_from("<Q", data, at)
            event = Event.FromString(data[at + 12 : at + 12 + length])
            found += [(value.tag, event.step, value) for value in event.summary.value]
            at += length + 16
    return found


def numbers(folder, tag):
    return [(step, value.simple_value) for name, step, value in events(folder) if name == tag]


def test_epochs(tmp_path):
    model = compiled()
    logs = TensorBoard(tmp_path / "run")
    history = model.fit(X, Y, epochs=3, verbose=0, validation_data=(X, Y), callbacks=[logs]).history
    train, validation = tmp_path / "run" / "train", tmp_path / "run" / "validation"
    for folder, tag, name in [
        (train, "epoch_loss", "loss"),
        (train, "epoch_mae", "mae"),
        (validation, "epoch_loss", "val_loss"),
        (validation, "epoch_mae", "val_mae"),
    ]:
        steps, values = zip(*numbers(folder, tag), strict=True)
        assert steps == (0, 1, 2)
        np.testing.assert_allclose(values, history[name], rtol=1e-6)
    assert numbers(train, "epoch_learning_rate") == [(i, pytest.approx(0.01)) for i in range(3)]
    by_steps = numbers(validation, "evaluation_loss_vs_iterations")
    assert by_steps == [(i + 1, pytest.approx(v)) for i, v in enumerate(history["val_loss"])]
    assert {tag for tag, *_ in events(train)} == {"epoch_loss", "epoch_mae", "epoch_learning_rate"}


@pytest.mark.parametrize(
    ("freq", "steps"), [("batch", [1, 2, 3, 4, 5, 6]), (2, [2, 4, 6]), (4, [4])]
)
def test_steps(tmp_path, freq, steps):
    logs = TensorBoard(tmp_path, update_freq=freq)
    compiled().fit(X, Y, batch_size=5, epochs=3, verbose=0, callbacks=[logs])
    assert [step for step, _ in numbers(tmp_path / "train", "batch_loss")] == steps


def test_no_python_runs_between_steps_unless_asked():
    model = compiled()
    from trilobite._model.callback_list import CallbackList

    for freq, serves in [("epoch", False), (10, True)]:
        hooks = CallbackList([TensorBoard(update_freq=freq)], model, {})
        assert hooks.serves("on_train_batch_begin", "on_train_batch_end") is serves


def test_histograms(tmp_path):
    model = compiled()
    model.fit(X, Y, epochs=3, verbose=0, callbacks=[TensorBoard(tmp_path, histogram_freq=2)])
    found = [
        (step, value.histo)
        for tag, step, value in events(tmp_path / "train")
        if tag == "only/kernel/histogram"
    ]
    assert [step for step, _ in found] == [0, 2]
    last = found[-1][1]
    kernel = model.layers[0].kernel
    assert (last.num, last.min, last.max) == (2, kernel.min(), kernel.max())
    assert last.sum == pytest.approx(kernel.sum(dtype=float))


@pytest.mark.parametrize(
    "options",
    [
        {"profile_batch": 2},
        {"embeddings_freq": 1},
        {"write_steps_per_second": True},
        {"histogram_freq": 1, "write_images": True},
        {"histogram_freq": -1},
        {"update_freq": 0},
    ],
    ids=str,
)
def test_refused(options):
    with pytest.raises(ValueError, match="|".join(options) + ": got"):
        TensorBoard(**options)


def test_without_tensorboardx(monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorboardX", None)
    with pytest.raises(ImportError, match="pip install 'trilobite\\[tensorboard\\]'"):
        TensorBoard()
