"""`fit_many` beside `fit` of each."""

import signal
import threading
import time

import numpy as np
import pytest

import trilobite
from trilobite import callbacks, layers, models, optimizers, utils

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(120, 2)).astype(np.float32)
Y = (X[:, 0] * X[:, 1] > 0).astype(np.int32)


def model(seed=0, *hidden, optimizer=None, metrics=("accuracy",), dropout=0.0, **options):
    """A net for two classes; of 8 and 8 tanh by default."""
    utils.set_random_seed(seed)
    chain = [layers.Input((2,))]
    for width in hidden or (8, 8):
        chain.append(layers.Dense(width, activation="tanh"))
        if dropout:
            chain.append(layers.Dropout(dropout))
    made = models.Sequential([*chain, layers.Dense(2, activation="softmax")])
    made.compile(
        optimizer=optimizer or optimizers.SGD(0.05 * (1 + seed)),
        loss="sparse_categorical_crossentropy",
        metrics=list(metrics),
        **options,
    )
    return made


def assert_as_one_by_one(make, x=X, y=Y, **options):
    one, other = make(), make()
    expected = [each.fit(x, y, verbose=0, **options) for each in one]
    got = trilobite.fit_many(other, x, y, **options)
    for ours, theirs, a, b in zip(got, expected, other, one, strict=True):
        assert ours is a.history
        assert ours.history.keys() == theirs.history.keys()
        for name, values in ours.history.items():
            np.testing.assert_array_equal(values, theirs.history[name])
        assert ours.epoch == theirs.epoch
        assert ours.baseline == theirs.baseline
        for w, v in zip(a.get_weights(), b.get_weights(), strict=True):
            np.testing.assert_array_equal(w, v)
        assert a.epochs_begun == b.epochs_begun
        np.testing.assert_array_equal(a.predict(x), b.predict(x))
    return got


def test_tiny_nets_abreast(monkeypatch):
    """Forty nets: they go through the engine in lanes, and that is seen."""
    from trilobite import engine

    module, sizes = engine.load("float32"), []
    abreast = module.TrainingsAbreast

    def counted(trainings):
        sizes.append(len(trainings))
        return abreast(trainings)

    monkeypatch.setattr(module, "TrainingsAbreast", counted)
    assert_as_one_by_one(lambda: [model(k) for k in range(40)], batch_size=10, epochs=3)
    assert sum(sizes) == 40 and max(sizes) <= module.most_abreast


@pytest.mark.parametrize(
    "options",
    [
        {"validation_split": 0.25},
        {"validation_data": (X[:20], Y[:20]), "validation_freq": 2},
        {"shuffle": False, "sample_weight": np.linspace(0, 1, 120)},
        {"class_weight": {0: 1.0, 1: 3.0}},
        {"initial_epoch": 1},
        {"batch_size": 32},
        {"batch_size": 1000},
    ],
    ids=lambda options: "-".join(options),
)
def test_options_of_fit(options):
    options = {"batch_size": 10, "epochs": 3} | options
    assert_as_one_by_one(lambda: [model(k) for k in range(9)], **options)


def test_models_of_any_shape():
    def make():
        return [
            model(0),
            model(1, 32, dropout=0.3),
            model(2, optimizer="adam"),
            model(3, 5, optimizer=optimizers.Adam(clipnorm=0.1)),
            model(4, metrics=[]),
            *(model(k, 4, 3) for k in range(5, 14)),
        ]

    assert_as_one_by_one(make, batch_size=10, epochs=3)


def test_schedules():
    def make():
        rates = [optimizers.schedules.ExponentialDecay(0.1 / (1 + k), 5, 0.9) for k in range(9)]
        return [model(k, optimizer=optimizers.SGD(rate)) for k, rate in enumerate(rates)]

    assert_as_one_by_one(make, batch_size=10, epochs=4)


def test_float64():
    trilobite.config.set_floatx("float64")
    try:
        assert_as_one_by_one(lambda: [model(k) for k in range(9)], batch_size=10, epochs=2)
    finally:
        trilobite.config.set_floatx("float32")


@pytest.mark.parametrize("threads", [1, 2, 3, 7])
def test_any_number_of_threads(threads):
    trilobite.set_num_threads(threads)
    try:
        assert_as_one_by_one(
            lambda: [*(model(k) for k in range(20)), model(1, 40, 40)], batch_size=8, epochs=2
        )
    finally:
        trilobite.set_num_threads(None)


def test_callbacks_of_each():
    """Nets that stop at epochs of their own: each has its copy of the callback."""
    stop = callbacks.EarlyStopping("loss", min_delta=0.01, patience=1, restore_best_weights=True)
    options = {"batch_size": 10, "epochs": 30}
    one, other = ([model(k) for k in range(12)] for _ in range(2))
    for each in one:
        each.fit(
            X,
            Y,
            verbose=0,
            callbacks=[
                callbacks.EarlyStopping(
                    "loss", min_delta=0.01, patience=1, restore_best_weights=True
                )
            ],
            **options,
        )
    histories = trilobite.fit_many(other, X, Y, callbacks=[stop], **options)
    lengths = [len(history.epoch) for history in histories]
    assert lengths == [len(each.history.epoch) for each in one]
    assert len(set(lengths)) > 1
    for a, b in zip(one, other, strict=True):
        assert a.history.history == b.history.history
        for w, v in zip(a.get_weights(), b.get_weights(), strict=True):
            np.testing.assert_array_equal(w, v)


def test_first_epochs_of_each():
    """Nets of one form that a callback lets begin with epochs of their own."""

    class Later(callbacks.Callback):
        def on_train_begin(self, logs=None):
            self.model.initial_epoch = len(self.model.name) % 3

    nets = [model(k) for k in range(24)]
    for k, net in enumerate(nets):
        net.name = "n" * (1 + k % 3)
    histories = trilobite.fit_many(nets, X, Y, batch_size=10, epochs=3, callbacks=[Later()])
    assert [h.epoch for h in histories] == [[1, 2], [2], [0, 1, 2]] * 8


def test_one_that_diverges():
    """It ends with a warning that names the caller's line; the others go on."""
    rates = [0.1, 1e30, 0.2, 0.3]

    def make():
        nets = [
            models.Sequential([layers.Input((2,)), layers.Dense(4), layers.Dense(1)])
            for _ in rates * 3
        ]
        for k, net in enumerate(nets):
            net.set_weights([np.full(w.shape, 0.1 + 0.01 * k) for w in net.get_weights()])
            net.compile(optimizer=optimizers.SGD(rates[k % 4]), loss="mse")
        return nets

    one, other = make(), make()
    for net in one[1::4]:
        with pytest.warns(RuntimeWarning, match="learning rate smaller than 1e"):
            net.fit(X, Y, batch_size=10, epochs=3, verbose=0, shuffle=False)
    for k in range(12):
        if k % 4 != 1:
            one[k].fit(X, Y, batch_size=10, epochs=3, verbose=0, shuffle=False)
    with pytest.warns(RuntimeWarning, match="epoch 1: the loss") as warned:
        trilobite.fit_many(other, X, Y, batch_size=10, epochs=3, shuffle=False)
    assert [w.filename for w in warned] == [__file__] * 3
    for a, b in zip(one, other, strict=True):
        for name, values in a.history.history.items():
            np.testing.assert_array_equal(values, b.history.history[name])
        for w, v in zip(a.get_weights(), b.get_weights(), strict=True):
            np.testing.assert_array_equal(w, v)


def test_nothing_to_do():
    assert trilobite.fit_many([], X, Y) == []
    histories = trilobite.fit_many([model(0), model(1)], X, Y, epochs=0)
    assert [history.history for history in histories] == [{}, {}]


def test_refused():
    good = model(0)
    before = good.get_weights()
    shared = models.Sequential([*good.layers])
    shared.compile(loss="sparse_categorical_crossentropy")
    bad_x = X.copy()
    bad_x[3, 1] = np.inf
    for error, match, arguments in (
        (TypeError, "models: got a Sequential, expected a list", (good, X, Y)),
        (TypeError, "models: got a NoneType, expected a list", (None, X, Y)),
        (TypeError, "models: got a str", (["net"], X, Y)),
        (ValueError, "fit_many: the model is not compiled", ([models.Sequential()], X, Y)),
        (ValueError, "twice, or layers that it shares", ([good, good], X, Y)),
        (ValueError, "twice, or layers that it shares", ([good, shared], X, Y)),
        (ValueError, "y: got 119 rows", ([good], X, Y[1:])),
        (ValueError, "x: .*row 3", ([good, model(1), model(2)], bad_x, Y)),
        (TypeError, "x: got what makes batches", ([good], iter([(X, Y)]), None)),
        (ValueError, "batch_size: got 0", ([good], X, Y, 0)),
    ):
        with pytest.raises(error, match=match):
            trilobite.fit_many(*arguments)
    with pytest.raises(ValueError, match="callbacks: got a CSVLogger, whose copies"):
        trilobite.fit_many([good, model(1)], X, Y, callbacks=[callbacks.CSVLogger("log.csv")])
    with pytest.raises(ValueError, match="verbose: got 1"):
        trilobite.fit_many([good], X, Y, verbose=1)
    with pytest.raises(ValueError, match="shuffle: got 'row'"):
        trilobite.fit_many([good], X, Y, shuffle="row")
    for a, b in zip(good.get_weights(), before, strict=True):
        np.testing.assert_array_equal(a, b)


def test_an_error_of_a_callback_ends_all():
    class Failing(callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            if epoch == 1:
                raise ZeroDivisionError("mine")

    nets = [model(k, 64, 64) for k in range(3)]
    with pytest.raises(ZeroDivisionError, match="mine"):
        trilobite.fit_many(nets, X, Y, epochs=10**6, callbacks=[Failing()])
    assert trilobite.fit_many(nets, X, Y, epochs=1)


@pytest.mark.parametrize("hidden", [(8, 8), (64, 64)])
def test_ctrl_c(sigint, hidden):
    nets = [model(k, *hidden) for k in range(20)]
    interrupted = []

    def interrupt():
        time.sleep(0.3)
        interrupted.append(time.perf_counter())
        signal.raise_signal(signal.SIGINT)

    before = threading.active_count()
    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        trilobite.fit_many(nets, X, Y, epochs=10**7)
    thread.join()
    assert threading.active_count() == before
    assert all(np.isfinite(w).all() for net in nets for w in net.get_weights())
    assert trilobite.fit_many(nets, X, Y, epochs=1)


def test_stop_training_of_another_thread():
    nets = [model(k) for k in range(12)]

    def stop():
        while not nets[3].epochs_begun:
            time.sleep(0.01)
        nets[3].stop_training = True

    thread = threading.Thread(target=stop)
    thread.start()
    options = {"batch_size": 10, "epochs": 10**7}
    done = []

    def train():
        done.append(trilobite.fit_many(nets, X, Y, **options))

    training = threading.Thread(target=train)
    training.start()
    thread.join()
    others = nets[:3] + nets[4:]
    limit = time.monotonic() + 60
    while min(net.epochs_begun for net in others) <= nets[3].epochs_begun + 1:  # they go on
        assert training.is_alive() and time.monotonic() < limit
        time.sleep(0.01)
    for net in nets:
        net.stop_training = True
    training.join()
    lengths = [len(history.epoch) for history in done[0]]
    assert lengths[3] < min(lengths[:3] + lengths[4:])


def test_a_model_that_trains_elsewhere():
    net, begun, over = model(0), threading.Event(), threading.Event()

    class Waiting(callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            begun.set()
            over.wait(30)

    thread = threading.Thread(
        target=net.fit, args=(X, Y), kwargs={"verbose": 0, "callbacks": [Waiting()]}
    )
    thread.start()
    begun.wait(30)
    try:
        with pytest.raises(RuntimeError, match="fit trains in another thread"):
            trilobite.fit_many([model(1), net], X, Y)
    finally:
        over.set()
        thread.join()
