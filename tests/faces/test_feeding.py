"""fit, evaluate and predict on batches that something makes, one after the other."""

import signal
import threading
import time

import numpy as np
import pytest
from fed import W, X, Y, batches, data_set, net, pair, told

import trilobite as tl


class Tensor:
    """What DataLoaders and tf.data yield: no array, but something that has one."""

    def __init__(self, array):
        self.array = array

    def numpy(self):
        return self.array


class Loader:
    """Something to iterate over, again and again, that knows its length or not."""

    def __init__(self, make, length=None):
        self.make, self.length = make, length

    def __iter__(self):
        return ([make(a) for a in batch] for batch in batches() for make in [self.make])

    def __len__(self):
        if self.length is None:
            raise TypeError("unknown")
        return self.length


SOURCES = {
    "generator": lambda: batches(times=2),
    "data set": data_set,
    "tensors": lambda: Loader(Tensor, 9),
    "lists": lambda: Loader(np.ndarray.tolist),
}


def assert_same(models, histories):
    """The same bits."""
    for a, b in zip(*(model.get_weights() for model in models), strict=True):
        assert a.tobytes() == b.tobytes()
    assert histories[0].history == histories[1].history
    assert histories[0].epoch == histories[1].epoch


def test_a_real_data_loader():
    """PyTorch's, where it is installed: the same bits, in the order that it yields."""
    torch = pytest.importorskip("torch")
    data = torch.utils.data.TensorDataset(*map(torch.from_numpy, (X, Y, W)))
    loader = torch.utils.data.DataLoader(data, batch_size=8)
    arrays, fed = pair()
    named = dict(shuffle=False, epochs=2, verbose=0)
    first = arrays.fit(X, Y, 8, sample_weight=W, validation_data=(X, Y, W), **named)
    second = fed.fit(loader, validation_data=loader, **named)
    for a, b in zip(arrays.get_weights(), fed.get_weights(), strict=True):
        assert a.tobytes() == b.tobytes()
    assert second.history == pytest.approx(first.history)
    expected = arrays.evaluate(X, Y, verbose=0, sample_weight=W)
    assert fed.evaluate(loader, verbose=0) == pytest.approx(expected)
    np.testing.assert_array_equal(fed.predict(loader), arrays.predict(X))
    assert len(fed.predict(torch.from_numpy(X))) == 70


EXTRA = [tl.layers.BatchNormalization, lambda: tl.layers.Dropout(0.3, seed=1)]


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("hooks", [False, True])
def test_same_bits_as_of_arrays(source, hooks):
    arrays, fed = pair()
    seen = [[], []]
    callbacks = [
        [tl.callbacks.LambdaCallback(on_train_batch_end=lambda step, logs, s=s: s.append(logs))]
        for s in seen
    ]
    if not hooks:
        callbacks = [[], []]
    options = dict(shuffle=False, epochs=2, verbose=0)
    first = arrays.fit(X, Y, batch_size=8, callbacks=callbacks[0], **options)
    steps = 9 if source == "generator" else None
    made = SOURCES[source]()
    second = fed.fit(made, steps_per_epoch=steps, callbacks=callbacks[1], **options)
    assert_same((arrays, fed), (first, second))
    assert seen[0] == seen[1] and len(seen[0]) == 18 * hooks
    assert fed.optimizer.iterations == 18


@pytest.mark.parametrize("extra", EXTRA)
def test_state_and_what_is_drawn(extra):
    """Batch normalization; dropout, whose masks depend on epoch and step; schedules; weights."""
    tl.utils.set_random_seed(0)
    models = [net(extra=[extra()]) for _ in range(2)]
    models[1].set_weights(models[0].get_weights())
    histories = []
    for model, given in zip(models, ((X, Y), (data_set(weights=True),)), strict=True):
        rate = tl.optimizers.schedules.ExponentialDecay(0.1, 3, 0.5)
        loss = "sparse_categorical_crossentropy"
        model.compile(tl.optimizers.SGD(rate, momentum=0.5), loss, weighted_metrics=["accuracy"])
        weights = {"sample_weight": W, "batch_size": 8} if len(given) == 2 else {}
        named = dict(shuffle=False, epochs=3, verbose=0, class_weight={0: 3.0, 2: 0.5})
        histories.append(model.fit(*given, **weights, **named))
    assert_same(models, histories)


def test_a_generator_that_ends():
    """At the end of an epoch or within it; none is left for the next."""
    whole, fed = pair()
    first = whole.fit(X, Y, batch_size=8, shuffle=False, verbose=0)
    with pytest.warns(UserWarning, match="got 0 batches"):
        second = fed.fit(batches(), epochs=3, verbose=0)
    assert_same((whole, fed), (first, second))
    with pytest.warns(UserWarning, match="got 9 batches for an epoch, expected 20"):
        history = net().fit(batches(), steps_per_epoch=20, verbose=0)
    assert len(history.history["loss"]) == 1
    with pytest.raises(ValueError, match="x: got no batch"):
        net().fit(iter(()), verbose=0)
    for method in ("evaluate", "predict"):
        with pytest.raises(ValueError, match="x: got no batch"):
            getattr(net(), method)(iter(()), verbose=0)


@pytest.mark.parametrize("source", SOURCES)
def test_evaluate_and_predict(source):
    model = net()
    model.fit(X, Y, verbose=0)
    made = SOURCES[source]()
    steps = 9 if source == "generator" else None
    results = model.evaluate(made, steps=steps, verbose=0, return_dict=True)
    assert results == pytest.approx(model.evaluate(X, Y, verbose=0, return_dict=True))
    out = model.predict(made, steps=steps)
    assert out.shape == (70, 3)
    np.testing.assert_allclose(out, model.predict(X), rtol=1e-6)
    seen = []
    hooks = tl.callbacks.LambdaCallback()
    hooks.on_predict_batch_end = lambda batch, logs: seen.append((batch, logs["outputs"]))
    assert len(net().predict((x for x, _ in batches()))) == 70  # x alone, not built before


class Mine(Exception):
    """What a generator raises."""


@pytest.mark.parametrize("hooks", [False, True])
@pytest.mark.parametrize("at", [0, 5])
def test_errors_come_out_as_they_are(hooks, at):
    """The same object; the batches before it are trained on, and no thread is left."""
    error = Mine("mine")

    def bad():
        for number, batch in enumerate(batches()):
            if number == at:
                raise error
            yield batch

    whole, fed = pair()
    if at:
        whole.fit(X[: 8 * at], Y[: 8 * at], batch_size=8, shuffle=False, verbose=0)
    seen, threads = [], threading.active_count()
    with pytest.raises(Mine) as raised:
        fed.fit(bad(), epochs=2, verbose=0, callbacks=[told(tl, seen)] if hooks else None)
    assert raised.value is error
    assert threading.active_count() == threads
    assert seen == ([list(range(at))] if hooks else [])
    for a, b in zip(whole.get_weights(), fed.get_weights(), strict=True):
        assert a.tobytes() == b.tobytes()
    fed.fit(batches(), verbose=0)  # usable
    for method in ("evaluate", "predict"):
        with pytest.raises(Mine) as raised:
            getattr(fed, method)(bad(), verbose=0)
        assert raised.value is error
    assert threading.active_count() == threads


def test_bad_batches():
    """A NaN is found where it is; the weights are those from before the epoch."""
    model = net()
    before = model.get_weights()
    spoilt = X[16:24].copy()
    spoilt[3, 2] = np.nan
    with pytest.raises(ValueError, match="x: got nan in row 3, column 2"):
        model.fit(iter([(X[:16], Y[:16]), (spoilt, Y[16:24]), (X, Y)]), verbose=0)
    with pytest.raises(ValueError, match="x: got nan in row 3, column 2"):
        model.fit((x for x in [*batches(), (spoilt, Y[16:24]), *batches()]), verbose=0)
    for a, b in zip(before, model.get_weights(), strict=True):
        assert a.tobytes() == b.tobytes()
    for batch, message in (
        ((X[:8], Y[:7]), "y: got 7 rows, expected 8"),
        ((X[:8, :5], Y[:8]), r"x: got shape \(8, 5\)"),
        ((X[:8], Y[:8] + 3), "y: got class indices"),
        ((X[:8], Y[:8], W[:8], W[:8]), "x: got a batch of 4 parts"),
    ):
        with pytest.raises(ValueError, match=message):
            model.fit(iter([batch]), verbose=0)
    for batch, message in ((X[:8], "y"), ({"x": X[:8]}, "x: got dict")):
        with pytest.raises((TypeError, ValueError), match=message):
            model.fit(iter([batch]), verbose=0)


@pytest.mark.parametrize(
    ("named", "message"),
    [
        (dict(y=Y), "y: got a ndarray beside x"),
        (dict(sample_weight=W), "sample_weight: got a ndarray beside x"),
        (dict(validation_split=0.5), "validation_split: got 0.5 beside x"),
        (dict(steps_per_epoch=0), "steps_per_epoch: got 0"),
        (dict(validation_steps=0), "validation_steps: got 0"),
        (dict(validation_data=3), "validation_data: got a int"),
    ],
)
def test_refused(named, message):
    model = net()
    with pytest.raises((TypeError, ValueError), match=message):
        model.fit(batches(), **named)
    for method in (model.evaluate, model.predict):
        with pytest.raises(ValueError, match="steps: got 0"):
            method(batches(), steps=0)


def test_a_generator_that_writes_over_its_batch():
    """What was yielded still waits for the engine when the next is made."""
    x, y = np.empty((7, 6)), np.empty(7, int)

    def reusing():
        for i in range(0, 70, 7):
            x[:], y[:] = X[i : i + 7], Y[i : i + 7]
            yield x, y

    arrays, fed = pair()
    first = arrays.fit(X, Y, batch_size=7, shuffle=False, verbose=0)
    assert_same((arrays, fed), (first, fed.fit(reusing(), verbose=0)))


def test_a_generator_that_writes_over_what_is_predicted():
    """Some of its batches wait for a thread while it makes others."""
    rows = np.random.default_rng(0).random((20, 3000, 6))
    labels = np.arange(20 * 3000).reshape(20, 3000) % 3
    x, y = np.empty((3000, 6)), np.empty(3000, int)

    def reusing():
        for x[:], y[:] in zip(rows, labels, strict=True):
            yield x, y
        x[:] = -1

    model = net()
    whole = rows.reshape(-1, 6)
    np.testing.assert_array_equal(model.predict(reusing()), model.predict(whole))
    expected = model.evaluate(whole, labels.ravel(), verbose=0)
    assert model.evaluate(reusing(), verbose=0) == pytest.approx(expected)


def test_made_in_the_thread_that_called():
    """While the engine works in another one: the model can be asked meanwhile."""
    model, seen = net(), []

    def asking():
        for batch in batches():
            seen.append((threading.get_ident(), model.predict(batch[0]).shape))
            yield batch

    model.fit(asking(), verbose=0)
    assert seen == [(threading.get_ident(), (8, 3))] * 8 + [(threading.get_ident(), (6, 3))]


def test_made_ahead():
    """The next batch is made while a step is under way, and with hooks one only."""
    made, ahead = [], []

    def counting():
        for number, batch in enumerate(batches()):
            made.append(number)
            yield batch

    class Counting(tl.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            ahead.append(len(made) - batch - 1)

    net().fit(counting(), callbacks=[Counting()], verbose=0)
    assert ahead == [1] * 8 + [0]


def test_stopping():
    """stop_training ends the epoch; a source goes on where it was left but for a batch ahead."""

    class Stop(tl.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            self.model.stop_training = batch == 2

    made, model, threads = batches(), net(), threading.active_count()
    history = model.fit(made, epochs=3, callbacks=[Stop()], verbose=0)
    assert history.epoch == [0] and model.optimizer.iterations == 3
    assert sum(1 for _ in made) == 5
    assert threading.active_count() == threads


def test_divergence():
    model = net()
    model.compile(tl.optimizers.SGD(1e38), "sparse_categorical_crossentropy")
    before = model.get_weights()
    with pytest.warns(RuntimeWarning, match="became infinite or NaN"):
        history = model.fit(batches(), epochs=2, verbose=0)
    assert history.epoch == [0]
    for a, b in zip(before, model.get_weights(), strict=True):
        assert a.tobytes() == b.tobytes()


@pytest.mark.parametrize("method", ["fit", "evaluate", "predict"])
def test_interrupted(sigint, method):
    """In the middle of a generator that takes long."""

    def slow():
        for batch in batches():
            time.sleep(0.01)
            yield batch
        signal.raise_signal(signal.SIGINT)
        time.sleep(60)

    model, threads = net(), threading.active_count()
    with pytest.raises(KeyboardInterrupt):
        getattr(model, method)(slow(), verbose=0)
    assert threading.active_count() == threads
    model.fit(batches(), verbose=0)


def test_validation_by_a_generator():
    """It goes on where it was; where it has no more the history has NaN."""
    model = net()
    named = dict(epochs=3, validation_steps=4, shuffle=False, verbose=0)
    with pytest.warns(UserWarning, match="validation_data: ran out"):
        history = model.fit(X, Y, validation_data=batches(16), **named).history
    assert np.isnan(history["val_loss"]).tolist() == [False, False, True]


def test_shown(capsys):
    net().fit(batches(), verbose=2)
    assert "Epoch 1/1" in capsys.readouterr().out


def test_arrays_are_arrays():
    """What is an array in any way is none of these."""
    from collections import deque

    model = net()
    rows = X.tolist()
    for x in (rows, tuple(map(tuple, rows)), deque(rows)):
        assert model.predict(x).shape == (70, 3)
    with pytest.raises(TypeError, match="x: got"):
        model.predict({"x": X})
