"""Keras's callbacks and trilobite's, told the same logs, do the same."""

import csv
import math

import numpy as np
import pytest
from driven import Model, drive
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import trilobite

# Numbers that float32, in which Keras compares, holds exactly; few, so that there are ties.
NUMBERS = [i / 8 for i in range(-12, 13)]


def trainings(epochs=1):
    """One or two, of so many epochs at least: the numbers that a callback is told."""
    numbers = st.lists(st.sampled_from([*NUMBERS, math.nan]), min_size=epochs, max_size=14)
    return st.lists(numbers, min_size=1, max_size=2)


DELTAS = st.sampled_from([0, 0.125, 0.25, -0.125])
MODES = st.sampled_from(["min", "max", "auto"])


def assume_a_number_first(numbers):
    """To Keras a NaN at first is the best for ever, to us it never is: see `test_divergence`."""
    assume(not any(map(math.isnan, numbers[:1])))


def close(a, b):
    """The same but for Keras's float32."""
    np.testing.assert_allclose(np.asarray(a, float), np.asarray(b, float), 1e-6)


@settings(max_examples=150)
@given(
    runs=trainings(),
    options=st.fixed_dictionaries(
        {},
        optional={
            "min_delta": DELTAS,
            "patience": st.integers(0, 4),
            "mode": MODES,
            "baseline": st.sampled_from(NUMBERS),
            "restore_best_weights": st.booleans(),
            "start_from_epoch": st.integers(0, 4),
        },
    ),
)
def test_early_stopping(keras, runs, options):
    theirs = keras.callbacks.EarlyStopping("loss", **options)
    ours = trilobite.callbacks.EarlyStopping("loss", **options)
    for numbers in runs:
        assume_a_number_first(numbers[options.get("start_from_epoch", 0) :])
        (model, logs), (expected, expected_logs) = (drive(c, numbers) for c in (ours, theirs))
        assert len(logs) == len(expected_logs)
        for name in ("stopped_epoch", "best_epoch", "wait", "patience"):
            assert getattr(ours, name) == getattr(theirs, name), name
        assert repr(ours.best) == repr(theirs.best)
        assert model.stop_training == expected.stop_training
        assert model.weights[0] == expected.weights[0]


@settings(max_examples=150)
@given(
    runs=trainings(epochs=8),
    options=st.fixed_dictionaries(
        {
            "factor": st.sampled_from([0.1, 0.5, 0.9]),
            "patience": st.integers(0, 4),
            "mode": MODES,
            "min_delta": DELTAS,
            "cooldown": st.integers(0, 3),
            "min_lr": st.sampled_from([0.0, 0.0625, 0.25, 1.0]),
        }
    ),
)
def test_reduce_lr_on_plateau(keras, runs, options):
    theirs = keras.callbacks.ReduceLROnPlateau("loss", **options)
    ours = trilobite.callbacks.ReduceLROnPlateau("loss", **options)
    for numbers in runs:
        assume_a_number_first(numbers)
        (model, logs), (expected, expected_logs) = (drive(c, numbers) for c in (ours, theirs))
        close(model.optimizer.learning_rate, expected.optimizer.learning_rate)
        for epoch, expected_epoch in zip(logs, expected_logs, strict=True):
            close(epoch["learning_rate"], expected_epoch["learning_rate"])
        for name in ("wait", "cooldown_counter"):
            assert getattr(ours, name) == getattr(theirs, name), name
        assert repr(ours.best) == repr(theirs.best)


@settings(max_examples=80)
@given(
    runs=trainings(),
    options=st.fixed_dictionaries(
        {},
        optional={
            "save_best_only": st.booleans(),
            "mode": MODES,
            "initial_value_threshold": st.sampled_from(NUMBERS),
        },
    ),
    weights_only=st.booleans(),
)
def test_model_checkpoint(keras, runs, options, weights_only, tmp_path_factory):
    # Keras insists on an extension; here any name will do
    name = "{epoch:02d}-{loss:.2f}" + (".weights.h5" if weights_only else ".keras")
    path = str(tmp_path_factory.getbasetemp() / name)
    made = [
        k.callbacks.ModelCheckpoint(path, "loss", save_weights_only=weights_only, **options)
        for k in (keras, trilobite)
    ]
    for numbers in runs:
        assume_a_number_first(numbers)
        (theirs, _), (ours, _) = (drive(callback, numbers) for callback in made)
        assert ours.saved == theirs.saved
        assert repr(made[1].best) == repr(made[0].best)


@settings(max_examples=40)
@given(save_freq=st.integers(1, 7), epochs=st.integers(1, 4), steps=st.integers(1, 5))
def test_model_checkpoint_by_steps(keras, save_freq, epochs, steps):
    saved = []
    for k in keras, trilobite:
        path = "{epoch}-{batch}-{loss:.1f}.keras"
        callback, model = k.callbacks.ModelCheckpoint(path, save_freq=save_freq), Model()
        callback.set_model(model)
        callback.on_train_begin({})
        for epoch in range(epochs):
            callback.on_epoch_begin(epoch, {})
            for step in range(steps):
                callback.on_train_batch_begin(step, {})
                callback.on_train_batch_end(step, {"loss": 0.5})
        saved.append(model.saved)
    assert saved[0] == saved[1]


@pytest.mark.parametrize(
    "schedule",
    [
        lambda epoch, rate: rate * 0.5,
        lambda epoch: 0.25 / (1 + epoch),
        lambda epoch, rate=0: np.float32(0.125),
    ],
)
def test_learning_rate_scheduler(keras, schedule):
    logs = []
    for k in keras, trilobite:
        _, seen = drive(k.callbacks.LearningRateScheduler(schedule), [1.0] * 4)
        logs.append([each["learning_rate"] for each in seen])
    close(*logs)


@pytest.mark.parametrize("rate", [1, "0.1", None, [0.1]])
def test_learning_rate_scheduler_wants_floats(keras, rate):
    for k in keras, trilobite:
        with pytest.raises(ValueError, match="float"):
            drive(k.callbacks.LearningRateScheduler(lambda epoch, old: rate), [1.0])


EPOCHS = st.lists(
    st.dictionaries(
        st.sampled_from(["loss", "acc", "val_loss", "a,b"]),
        st.floats() | st.integers(-5, 5) | st.text(max_size=3) | st.lists(st.integers(0, 9)),
        min_size=1,
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=80)
@given(
    runs=st.lists(EPOCHS, min_size=1, max_size=2), sep=st.sampled_from(",;"), append=st.booleans()
)
def test_csv_logger(keras, runs, sep, append, tmp_path_factory):
    folder = tmp_path_factory.mktemp("logs")
    files = []
    for k in keras, trilobite:
        path = folder / k.__name__
        for run in runs:
            callback = k.callbacks.CSVLogger(path, sep, append)
            callback.set_model(Model())
            callback.on_train_begin({})
            for epoch, logs in enumerate(run):
                callback.on_epoch_end(epoch, dict(logs))
            callback.on_train_end({})
        files.append(path.read_bytes())
    assert files[0] == files[1]


def test_csv_logger_without_an_epoch(tmp_path):
    path = tmp_path / "log.csv"
    for append in (False, True):
        path.write_text("epoch,loss\r\n")
        callback = trilobite.callbacks.CSVLogger(path, append=append)
        callback.on_train_begin({})
        callback.on_train_end({})
        assert path.read_text() == ("epoch,loss\n" if append else "")
    with pytest.raises(FileNotFoundError):
        trilobite.callbacks.CSVLogger(tmp_path / "none" / "log.csv").on_train_begin({})


def test_unknown_monitors(keras):
    """Not in the logs: a warning, and training goes on; nothing knows which is better: an error."""
    for k in keras, trilobite:
        for name in ("EarlyStopping", "ReduceLROnPlateau"):
            callback = getattr(k.callbacks, name)(monitor="val_loss")
            with pytest.warns(UserWarning, match="val_loss"):
                _, logs = drive(callback, [1.0, 1.0])
            assert len(logs) == 2
            with pytest.raises(ValueError, match="mode='max'"):
                drive(getattr(k.callbacks, name)(monitor="strange"), [1.0])
            with pytest.warns(UserWarning, match="strange"):
                drive(getattr(k.callbacks, name)(monitor="strange", mode="max"), [1.0])
            with pytest.warns(UserWarning, match="mode"):
                getattr(k.callbacks, name)(mode="maximal")
        with pytest.warns(UserWarning, match="val_loss"):
            checkpoint = k.callbacks.ModelCheckpoint("{epoch}.keras", save_best_only=True)
            model, _ = drive(checkpoint, [1.0, 2.0])
        assert model.saved == [("1.keras", 0), ("2.keras", 1)]
        with pytest.raises(KeyError, match="strange"):
            drive(k.callbacks.ModelCheckpoint("{strange}.keras"), [1.0])
        with pytest.raises(ValueError, match="factor"):
            k.callbacks.ReduceLROnPlateau(factor=1.0)


def test_directions_of_metrics(keras):
    compared = 0
    for name, cls in vars(trilobite.metrics).items():
        if isinstance(cls, type) and cls.__name__ == name and hasattr(keras.metrics, name):
            arguments = [0.5] * ("At" in name) + [abs] * ("Wrapper" in name)
            theirs = getattr(getattr(keras.metrics, name)(*arguments), "_direction", None)
            if name != "Metric" and theirs is not None:  # Keras's counts have none
                assert cls.direction == {"up": "max", "down": "min"}[theirs], name
                compared += 1
    assert compared > 25


def arguments(cls):
    import inspect

    parameters = inspect.signature(cls).parameters.values()
    return [(p.name, p.default) for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]


def test_names_order_and_defaults(keras):
    for name in trilobite.callbacks.__all__:
        if name != "CallbackList":
            ours, theirs = (getattr(k.callbacks, name) for k in (trilobite, keras))
            assert arguments(ours) == arguments(theirs), name


def trained(k, callback):
    """A model of one weight trained for three epochs, and the hooks that were called."""
    k.utils.set_random_seed(0)
    model = k.Sequential([k.Input((1,)), k.layers.Dense(1, use_bias=False)])
    model.compile(k.optimizers.SGD(0.1), "mse", metrics=["mae"])
    x = np.linspace(0, 1, 8).reshape(8, 1)
    history = model.fit(x, 2 * x, 4, 3, 0, [callback], validation_data=(x, 2 * x), shuffle=False)
    return history


HOOKS = ["train_begin", "train_end", "epoch_begin", "epoch_end", "batch_begin", "batch_end"]
HOOKS += [
    f"{what}_{when}" for what in ("test", "train_batch", "test_batch") for when in ("begin", "end")
]


def test_order_of_hooks_and_what_logs_hold(keras):
    """`on_batch_...` too, the older names; Keras calls them before the newer ones would be."""
    seen = []
    for k in keras, trilobite:
        calls = []

        def hook(name, calls=calls):
            def called(self, *arguments, **named):
                logs = named.get("logs", arguments[-1] if arguments else None) or {}
                numbers = [a for a in arguments if isinstance(a, int)]
                keys = sorted(logs) if name.endswith("end") else []
                calls.append((name, *numbers, *keys))

            return called

        names = [name for name in HOOKS if name not in ("batch_begin", "batch_end")]
        spy = type("Spy", (k.callbacks.Callback,), {f"on_{n}": hook(n) for n in names})()
        trained(k, spy)
        seen.append(calls)
    assert seen[0] == seen[1]


def test_history_in_the_list_is_the_one(keras):
    for k in keras, trilobite:
        history = k.callbacks.History()
        assert trained(k, history) is history
        assert list(history.history) == ["loss", "mae", "val_loss", "val_mae"]


def test_the_columns_are_read_by_csv(tmp_path):
    path = tmp_path / "log.csv"
    trained(trilobite, trilobite.callbacks.CSVLogger(path))
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["epoch"] for row in rows] == ["0", "1", "2"]
    assert list(rows[0]) == ["epoch", "loss", "mae", "val_loss", "val_mae"]
