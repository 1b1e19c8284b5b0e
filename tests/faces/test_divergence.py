"""Trainings that diverge or are not always validated: history, callbacks, best checkpoint."""

import csv
import math
import warnings

import numpy as np
import pytest
from driven import drive
from hypothesis import assume, given
from hypothesis import strategies as st

import trilobite
from trilobite import callbacks, layers, optimizers

RNG = np.random.default_rng(0)
X = RNG.normal(size=(64, 3)).astype(np.float32)
Y = (X @ [1, 2, 3] + 0.1 * RNG.normal(size=64)).astype(np.float32)[:, None]
NAMES = ["loss", "mae", "val_loss", "val_mae"]
VALUES = st.lists(st.sampled_from([0.5, 0.25, 2.0, math.nan, math.inf, -math.inf]), min_size=1)


def linear(k=trilobite, learning_rate=0.1):
    model = k.Sequential([k.Input((3,)), k.layers.Dense(1, kernel_initializer="zeros")])
    model.compile(k.optimizers.SGD(learning_rate), "mse", metrics=["mae"])
    return model


def fit(model, *hooks, **options):
    options = {"epochs": 10, "batch_size": 32, "validation_data": (X, Y)} | options
    return model.fit(X, Y, verbose=0, shuffle=False, callbacks=list(hooks), **options).history


def rate(epoch):
    """Fine for four epochs, worse in the fifth and sixth, then beyond all bounds."""
    return 0.1 if epoch < 4 else 0.9 if epoch < 6 else 1e30


def seen_by(hook, *hooks, **options):
    """Weights that a hook sees in the last epoch of a training that diverges in the seventh."""
    seen, model = [], linear()
    spy = callbacks.LambdaCallback(**{hook: lambda *_: seen.append(model.get_weights())})
    with pytest.warns(RuntimeWarning, match="epoch 7: the loss or a weight became"):
        fit(model, callbacks.LearningRateScheduler(rate), spy, *hooks, **options)
    return seen[-1]


@given(values=VALUES, mode=st.sampled_from(["min", "max"]))
def test_what_is_not_finite_is_never_the_best(values, mode):
    finite = [(v if mode == "min" else -v, i) for i, v in enumerate(values) if math.isfinite(v)]
    assume(finite)
    best = min(finite)[1]
    stopping = callbacks.EarlyStopping(
        "loss", mode=mode, patience=len(values), restore_best_weights=True
    )
    plateau = callbacks.ReduceLROnPlateau("loss", mode=mode, min_delta=0)
    checkpoint = callbacks.ModelCheckpoint("{epoch}", "loss", save_best_only=True, mode=mode)
    models = [drive(each, values)[0] for each in (stopping, plateau, checkpoint)]
    assert stopping.best == plateau.best == checkpoint.best == values[best]
    assert models[0].weights[0] == models[2].saved[-1][1] == stopping.best_epoch == best


@pytest.mark.parametrize("first", [math.nan, math.inf])
def test_nothing_is_the_best_where_all_is_lost(first, capsys):
    """A checkpoint is not written, and patience ends."""
    options = {"save_best_only": True, "verbose": 1}
    model, _ = drive(callbacks.ModelCheckpoint("{epoch}", "loss", **options), [first] * 3)
    assert model.saved == [] and "loss did not improve\n" in capsys.readouterr().out
    stopping = callbacks.EarlyStopping("loss", patience=2, verbose=1)
    _, logs = drive(stopping, [first] * 9)
    assert len(logs) == 2 and stopping.best is None


def test_the_best_checkpoint_is_keras_s(keras, tmp_path):
    best = []
    for k in keras, trilobite:
        path, model = tmp_path / f"{k.__name__}.weights.h5", linear(k)
        keep = k.callbacks.ModelCheckpoint(path, save_best_only=True, save_weights_only=True)
        with warnings.catch_warnings(action="ignore"):
            history = fit(model, k.callbacks.LearningRateScheduler(rate), keep)
            model.load_weights(path)
            best.append([np.asarray(w) for w in model.get_weights()])
        if k is keras:
            expected = {name: values[:6] + [math.nan] for name, values in history.items()}
    for ours, theirs in zip(*best, strict=True):
        np.testing.assert_allclose(ours, theirs, 1e-4)
    assert list(history) == list(expected)
    assert not np.isfinite(history["loss"][6]) and history["learning_rate"].pop() == 1e30
    for name in NAMES:
        np.testing.assert_allclose(history[name][:6], expected[name][:6], 1e-4)
        assert len(history[name]) == 7
    assert np.isnan([history[name][6] for name in NAMES[1:]]).all()


@pytest.mark.parametrize("learning_rate", [1e38, 3.0])
def test_all_names_are_in_the_logs_of_the_epoch_that_diverges(learning_rate, tmp_path):
    """Also if it is the first one; and nothing is said but that training diverges."""
    path, logs = tmp_path / "log.csv", []
    hooks = [
        callbacks.ModelCheckpoint(tmp_path / "{epoch:03d}-{val_loss:.2e}-{val_mae:.1f}"),
        callbacks.EarlyStopping(patience=200, restore_best_weights=True),
        callbacks.ReduceLROnPlateau("val_mae", 0.999),
        callbacks.CSVLogger(path),
        callbacks.LambdaCallback(on_epoch_end=lambda epoch, each: logs.append(dict(each))),
    ]
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        history = fit(linear(learning_rate=learning_rate), *hooks, epochs=100)
    assert [w.category for w in said] == [RuntimeWarning]
    epochs = len(history["loss"])
    assert all(len(values) == epochs for values in history.values())
    assert {name: values[-1] for name, values in history.items()}.keys() == logs[-1].keys()
    assert (tmp_path / f"{epochs:03d}-nan-nan").exists()
    rows = list(csv.DictReader(path.read_text().splitlines()))
    assert len(rows) == epochs and rows[-1]["val_mae"] == "nan" and "NA" not in rows[0].values()


@pytest.mark.parametrize("hook", ["on_epoch_end", "on_train_end"])
@pytest.mark.parametrize(
    "options", [{}, {"validation_data": None}], ids=["validated", "not validated"]
)
@pytest.mark.parametrize("each_step", [False, True])
def test_the_weights_are_back_before_hooks_see_them(hook, options, each_step):
    steps = [callbacks.LambdaCallback(on_train_batch_end=lambda *_: None)] * each_step
    good = linear()
    fit(good, callbacks.LearningRateScheduler(rate), epochs=6, **options)
    for seen, expected in zip(seen_by(hook, *steps, **options), good.get_weights(), strict=True):
        np.testing.assert_array_equal(seen, expected)


def test_where_no_python_runs_between_epochs():
    model = linear(learning_rate=3.0)
    with pytest.warns(RuntimeWarning, match="became infinite or NaN"):
        history = model.fit(X, Y, epochs=100, batch_size=32, verbose=0)
    assert len(history.epoch) == len(history.history["loss"]) == len(history.history["mae"]) < 100
    assert np.isnan(history.history["mae"][-1])
    assert all(np.isfinite(w).all() for w in model.get_weights())


def test_epochs_that_are_not_validated(keras, tmp_path):
    """As in Keras they have no name in the logs; in the history, all of one length, ..."""
    histories, logs = [], []
    for k in keras, trilobite:
        seen = []
        spy = k.callbacks.LambdaCallback(on_epoch_end=lambda _, each, s=seen: s.append([*each]))
        histories.append(fit(linear(k), spy, validation_freq=3))
        logs.append(seen)
    assert logs[0] == logs[1]
    for name in NAMES:
        theirs, ours = (history[name] for history in histories)
        if len(theirs) == 3:
            theirs = [theirs[epoch // 3] if epoch % 3 == 2 else math.nan for epoch in range(10)]
        np.testing.assert_allclose(ours, theirs, 1e-4)
    keep = callbacks.ModelCheckpoint(tmp_path / "{epoch}-{val_loss:.0f}")
    fit(linear(learning_rate=1e-30), keep, validation_freq=3, epochs=3)
    assert {p.name[:5] for p in tmp_path.iterdir()} >= {"1-nan", "2-nan"}


def test_what_some_epochs_have_not_is_nan_there(tmp_path):
    """What a callback adds late, and what a second training does not measure; in a file, too."""
    model, history = linear(), callbacks.History()
    late = callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: logs.update({"late": 1.0} if epoch == 1 else {})
    )
    keep = callbacks.ModelCheckpoint(tmp_path / "{epoch}")
    fit(model, late, keep, history, epochs=3)
    fit(model, history, epochs=2, validation_data=None)
    lists = history.history
    assert {len(values) for values in lists.values()} == {5}
    np.testing.assert_array_equal(lists["late"], [math.nan, 1, math.nan, math.nan, math.nan])
    np.testing.assert_array_equal(np.isnan(lists["val_mae"]), [0, 0, 0, 1, 1])
    saved = trilobite.models.load_model(tmp_path / "2").history.history
    np.testing.assert_array_equal(saved["late"], [math.nan, 1])
    assert saved["loss"] == lists["loss"][:2]


def test_an_epoch_that_is_not_validated_is_not_the_best(tmp_path):
    """... they are NaN; what was found to be the best is not written over by what is not known."""
    keep = callbacks.ModelCheckpoint(tmp_path / "{epoch}", save_best_only=True)
    with pytest.warns(UserWarning, match="monitor: got 'val_loss', which ModelCheckpoint does not"):
        fit(linear(), keep, validation_freq=2, epochs=5)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["1", "2", "4"]


def test_divergence_where_it_is_not_validated():
    """The history has all names all the same."""
    schedule = callbacks.LearningRateScheduler(rate)
    with pytest.warns(RuntimeWarning, match="epoch 7"):
        history = fit(linear(), schedule, validation_freq=2)
    assert [len(history[name]) for name in NAMES] == [7, 7, 7, 7]
    np.testing.assert_array_equal(np.isnan(history["val_loss"]), [1, 0, 1, 0, 1, 0, 1])


def test_one_batch():
    model = linear(learning_rate=1e30)
    model.train_on_batch(X, Y)
    before = model.get_weights()
    with pytest.warns(RuntimeWarning, match="became infinite or NaN"):
        logs = model.train_on_batch(X, Y, return_dict=True)
    assert not np.isfinite(logs["loss"]) and np.isnan(logs["mae"])
    for now, then in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(now, then)


def test_moving_statistics_and_the_optimizer_s_state_go_back():
    model = trilobite.Sequential(
        [trilobite.Input((3,)), layers.Dense(4), layers.BatchNormalization(), layers.Dense(1)]
    )
    model.compile(optimizers.Adam(), "mse")
    fit(model, epochs=2)
    before = [*model.get_weights(), *model.optimizer.state.get_state()]
    model.optimizer.learning_rate = 1e38
    with pytest.warns(RuntimeWarning, match="epoch 1: the loss or a weight became"):
        fit(model, batch_size=8)
    after = [*model.get_weights(), *model.optimizer.state.get_state()]
    for now, then in zip(after, before, strict=True):
        np.testing.assert_array_equal(now, then)
