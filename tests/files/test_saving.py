"""Model files: all comes back, writing is all or nothing."""

import json
import math
import os
import stat
import subprocess
import sys

import numpy as np
import pytest
import safetensors
import safetensors.numpy
from saved import LABELS, OPTIMIZERS, X, assert_same, classifier, fit, stack, state

import trilobite as keras
from trilobite import layers
from trilobite._files import tensorfile
from trilobite.models import load_model


@pytest.fixture
def path(tmp_path):
    return tmp_path / "net.safetensors"


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_training_goes_on_bit_for_bit(optimizer, dtype, path):
    model = classifier(optimizer, dtype)
    fit(model)
    model.save(path)
    loaded = load_model(path)
    assert_same(model, loaded)
    assert fit(loaded, 3) == fit(model, 3)
    assert_same(model, loaded)
    assert (model.predict(X) == loaded.predict(X)).all()
    assert model.evaluate(X, LABELS, verbose=0) == loaded.evaluate(X, LABELS, verbose=0)


def test_save_model(path):
    model = classifier()
    keras.models.save_model(model, path)
    assert_same(model, load_model(path))
    with pytest.raises(FileExistsError):
        keras.models.save_model(model, path, overwrite=False)


def test_compiled_and_never_trained(path):
    model = classifier()
    model.save(path)
    loaded = load_model(path)
    assert_same(model, loaded)
    assert fit(loaded) == fit(model)


def test_not_compiled(path):
    model = stack()
    model.save(path)
    loaded = load_model(path)
    assert loaded.optimizer is None
    assert_same(model, loaded)
    with pytest.raises(ValueError, match="not compiled"):
        fit(loaded)


def test_not_built(path):
    model = keras.Sequential([layers.Flatten(), layers.Dense(2)])
    model.compile("adam", "mse", metrics=["mae"])
    model.save(path)
    loaded = load_model(path)
    assert not loaded.built
    assert_same(model, loaded)
    assert loaded.fit(X, X[:, :2], verbose=0).history["mae"]


def test_loading_without_compiling(path):
    model = classifier()
    fit(model)
    model.save(path)
    loaded = load_model(path, compile=False)
    assert loaded.optimizer is None
    assert (model.predict(X) == loaded.predict(X)).all()
    assert loaded.history.history == model.history.history


def test_the_learning_rate_is_the_present_one(path):
    model = classifier("sgd")
    model.optimizer.learning_rate = 0.025
    model.save(path)
    assert load_model(path).optimizer.learning_rate == 0.025


def test_the_history_has_every_number(path):
    model = classifier()
    fit(model)
    model.history.history["odd"] = [math.nan, -math.inf, -0.0, 5e-324, 1, "text", [0.1, None]]
    model.history.history["array"] = [np.float32(0.1), np.arange(3), np.int64(2**62)]
    model.save(path)
    found = load_model(path).history.history
    assert repr(found["odd"]) == repr(model.history.history["odd"])
    assert found["array"] == [float(np.float32(0.1)), [0, 1, 2], 2**62]


def test_a_long_history_is_saved_in_arrays(path):
    """Not in the header, which safetensors limits to 100 MB."""
    model = stack()
    model.history = keras.callbacks.History()
    values = np.random.default_rng(0).normal(size=300_000).tolist()
    model.history.record(list(range(300_000)), {"loss": values, "a/b": values})
    model.save(path)
    assert int.from_bytes(path.read_bytes()[:8], "little") < 10_000
    found = load_model(path).history
    assert found.history == {"loss": values, "a/b": values}
    assert found.epoch == list(range(300_000))


def test_a_checkpoint_has_the_epoch_that_is_ending(tmp_path):
    pattern = tmp_path / "{epoch}.safetensors"
    model = classifier()
    history = fit(model, 3, callbacks=[keras.callbacks.ModelCheckpoint(pattern)])
    for epochs in (1, 2, 3):
        loaded = load_model(tmp_path / f"{epochs}.safetensors")
        assert loaded.history.epoch == list(range(epochs))
        assert loaded.history.history == {name: v[:epochs] for name, v in history.items()}
        rest = fit(loaded, 3, initial_epoch=epochs)
        assert rest == {name: v[epochs:] for name, v in history.items()} or epochs == 3
        assert state(loaded)["weights"] == state(model)["weights"]
        assert state(loaded)["optimizer"] == state(model)["optimizer"]


def test_two_saves_have_the_same_bytes(path):
    model = classifier()
    fit(model)
    model.save(path)
    first = path.read_bytes()
    load_model(path).save(path)
    assert path.read_bytes() == first


def test_safetensors_reads_it(path):
    model = classifier("momentum")
    fit(model)
    model.save(path)
    assert int.from_bytes(path.read_bytes()[:8], "little") % 8 == 0  # the arrays lie aligned
    tensors = safetensors.numpy.load_file(path)
    assert (tensors["dense/kernel"] == model.get_weights()[0]).all()
    assert {"batch_normalization/moving_mean", "dense_1/kernel", "dense_2/bias"} < set(tensors)
    assert "optimizer/momentum/dense/kernel" in tensors
    with safetensors.safe_open(path, "numpy") as file:
        metadata = file.metadata()
    content = json.loads(metadata["trilobite"])
    assert (content["format"], content["version"], content["kind"]) == ("trilobite", 1, "model")
    # written again by another program, in another order
    safetensors.numpy.save_file(tensors, path, metadata)
    assert_same(model, load_model(path))


def test_weights(path):
    model = classifier()
    fit(model)
    model.save_weights(path)
    other = classifier(seed=1)
    other.load_weights(path)
    for part in ("weights", "optimizer", "iterations"):
        assert state(other)[part] == state(model)[part]
    other.save(path)  # weights can be taken from it too
    bare = stack()
    bare.load_weights(path)
    assert state(bare)["weights"] == state(model)["weights"]


def test_weights_for_another_optimizer(path):
    """Of another class, or whose rate is not decided in the same way: the state is not taken."""
    decay = keras.optimizers.schedules.ExponentialDecay(0.01, 10, 0.9)
    model = classifier("adam")
    fit(model)
    model.save_weights(path)
    for optimizer in (
        keras.optimizers.RMSprop(),
        keras.optimizers.Adamax(decay),
        keras.optimizers.AdamW(decay, amsgrad=True),  # which keeps arrays of the same names
        keras.optimizers.Adam(0.01, amsgrad=True),
    ):
        other = stack()
        other.compile(optimizer, "sparse_categorical_crossentropy")
        other.load_weights(path)
        assert state(other)["weights"] == state(model)["weights"]
        assert optimizer.iterations == 0 and optimizer.state is None


def test_weights_come_with_the_present_learning_rate(path):
    model, other = classifier("momentum"), classifier("momentum")
    fit(model)
    model.optimizer.learning_rate = 0.025
    model.save_weights(path)
    other.load_weights(path)
    assert other.optimizer.learning_rate == 0.025


def test_weights_from_before_the_first_step_reset_the_optimizer(path):
    model = classifier("momentum")
    model.save_weights(path)
    before = state(model)
    fit(model)
    model.load_weights(path)
    model._seed, model.epochs_begun = before["order"]
    model.history = None
    assert state(model) == before


def test_weights_of_a_model_that_is_not_built():
    model = keras.Sequential([layers.Dense(2)])
    for method in (model.save_weights, model.load_weights):
        with pytest.raises(ValueError, match="has no weights yet"):
            method("x")


class Schedule(keras.optimizers.schedules.LearningRateSchedule):
    def __call__(self, step):
        return 0.1


def test_what_cannot_be_saved_is_named(path):
    model = classifier()
    model.compile(keras.optimizers.SGD(Schedule()), "sparse_categorical_crossentropy")
    fit(model)
    with pytest.raises(TypeError, match="learning_rate: got <Schedule>"):
        model.save(path)
    assert not path.exists()
    model.save_weights(path)
    model.load_weights(path)
    model.history.history["odd"] = [object()]
    model.compile("sgd", "mse")
    with pytest.raises(TypeError, match=r"history\['odd'\]"):
        model.save(path)


class Doubled(layers.Dense):
    def __init__(self, half):
        super().__init__(2 * half, name="doubled")


def test_layers_and_losses_of_your_own_are_named(path):
    model = keras.Sequential([keras.Input((6,)), Doubled(2)])
    with pytest.raises(TypeError, match="layer 'doubled': got .*Doubled"):
        model.save(path)
    model.save_weights(path)
    model.load_weights(path)
    assert "doubled/kernel" in tensorfile.read(path)[0]
    mine = type("Mine", (keras.losses.MeanSquaredError,), {})()
    mine.formula = "mean_squared_error"
    model = keras.Sequential([keras.Input((6,)), layers.Dense(1)])
    model.compile("sgd", mine)
    with pytest.raises(TypeError, match=r"compile\['loss'\]: got .*Mine"):
        model.save(path)


def test_initializers_of_your_own_are_left_out_once_they_are_done(path):
    draw = lambda shape, dtype=None: np.full(shape, 0.5)  # noqa: E731
    dense = layers.Dense(2, kernel_initializer=draw)
    with pytest.raises(TypeError, match="kernel_initializer"):
        keras.Sequential([dense]).save(path)
    model = keras.Sequential([keras.Input((3,)), dense])
    model.save(path)
    loaded = load_model(path)
    assert (loaded.get_weights()[0] == 0.5).all()
    assert type(loaded.layers[0].kernel_initializer) is keras.initializers.GlorotUniform


# ---- writing ----


def test_overwrite(path):
    model = stack()
    model.save(path)
    before = path.read_bytes()
    with pytest.raises(FileExistsError, match="overwrite is False"):
        stack().save(path, overwrite=False)
    with pytest.raises(FileExistsError):
        model.save_weights(path, overwrite=False)
    assert path.read_bytes() == before
    model.save_weights(path)
    assert path.read_bytes() != before
    assert os.listdir(path.parent) == [path.name]


@pytest.mark.parametrize("fails", ["fsync", "replace", "fchmod"])
def test_a_failure_leaves_the_old_file(fails, path, monkeypatch):
    stack().save(path)
    before = path.read_bytes()

    def fail(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tensorfile.os, fails, fail)
    with pytest.raises(OSError, match="No space left"):
        stack().save(path)
    assert path.read_bytes() == before
    assert os.listdir(path.parent) == [path.name]


def test_permissions(path):
    old = os.umask(0o027)
    try:
        stack().save(path)
        assert stat.S_IMODE(path.stat().st_mode) == 0o640
        path.chmod(0o604)
        stack().save(path)
        assert stat.S_IMODE(path.stat().st_mode) == 0o604
    finally:
        os.umask(old)


def test_links_folders_and_devices(path, tmp_path):
    link = tmp_path / "link"
    link.symlink_to(path)
    stack().save(link)
    assert link.is_symlink() and path.is_file() and not path.is_symlink()
    load_model(link)
    for place in (tmp_path, "/dev/null"):
        with pytest.raises(OSError, match="expected a file"):
            stack().save(place)
    with pytest.raises(FileNotFoundError):
        stack().save(tmp_path / "none" / "x")
    with pytest.raises(FileNotFoundError):
        load_model(tmp_path / "none")
    with pytest.raises(IsADirectoryError):
        load_model(tmp_path)
    with pytest.raises(ValueError, match="expected a file"):
        load_model("/dev/null")


@pytest.mark.parametrize("module", ["safetensors", "hashlib", "trilobite._files.model_file"])
def test_import_waits(module):
    program = f"import sys, trilobite; print({module!r} in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == "False\n", done.stderr
