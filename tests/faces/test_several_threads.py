"""One model in several threads: an error or the right result, a state between two steps."""

import copy
import os
import pickle
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import numpy as np
import pytest

import trilobite as keras
from trilobite import callbacks, layers
from trilobite._model.owner import Owner
from trilobite.models import load_model

RNG = np.random.default_rng(0)
X = RNG.normal(size=(64, 5)).astype(np.float32)
Y = np.arange(64) % 3


@pytest.fixture(autouse=True)
def often_another_thread():
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(interval)


def compiled(**options):
    keras.utils.set_random_seed(0)
    hidden = [layers.Dense(7, "relu"), layers.BatchNormalization()]
    model = keras.Sequential([keras.Input((5,)), *hidden, layers.Dense(3, "softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", **options)
    return model


def fit(model, epochs, *hooks):
    return model.fit(X, Y, 8, epochs, verbose=0, callbacks=list(hooks)).history


def state(model):
    """What training goes on from."""
    arrays = [*model.get_weights(), *model.optimizer.state.get_state()]
    return model.optimizer.iterations, model.epochs_begun, b"".join(a.tobytes() for a in arrays)


@contextmanager
def training(model, epochs=4, hook="on_epoch_begin"):
    """While another thread trains; it stands still in a hook of the second epoch."""
    reached, go_on = threading.Event(), threading.Event()

    def pause(epoch, logs):
        if epoch == 1:
            reached.set()
            assert go_on.wait(60)

    with ThreadPoolExecutor(1) as pool:
        fitted = pool.submit(fit, model, epochs, callbacks.LambdaCallback(**{hook: pause}))
        try:
            assert reached.wait(60)
            yield fitted
        finally:
            go_on.set()


CHANGES = {
    "fit": lambda model, path: model.fit(X, Y, verbose=0),
    "train_on_batch": lambda model, path: model.train_on_batch(X, Y),
    "compile": lambda model, path: model.compile("sgd", "sparse_categorical_crossentropy"),
    "add": lambda model, path: model.add(layers.Dense(3)),
    "pop": lambda model, path: model.pop(),
    "load_weights": lambda model, path: model.load_weights(path),
}


@pytest.mark.parametrize("method", CHANGES)
def test_a_model_that_trains_is_not_changed(method, tmp_path):
    alone, model = compiled(), compiled()
    fit(alone, 4)
    model.save_weights(tmp_path / "weights")
    with training(model) as fitted:
        with pytest.raises(RuntimeError, match=f"^{method}: got a model that fit trains in anoth"):
            CHANGES[method](model, tmp_path / "weights")
        assert len(model.layers) == 3
    assert len(fitted.result()["loss"]) == 4
    assert state(model) == state(alone)
    CHANGES[method](model, tmp_path / "weights")  # and now it may


def saved(model, path):
    model.save(path)
    return load_model(path)


COPIES = {
    "save": saved,
    "pickle": lambda model, path: pickle.loads(pickle.dumps(model)),
    "deepcopy": lambda model, path: copy.deepcopy(model),
}


@pytest.mark.parametrize("way", COPIES)
@pytest.mark.parametrize("hook", ["on_epoch_begin", "on_epoch_end"])
def test_a_model_that_trains_can_be_read(way, hook, tmp_path):
    alone, model = compiled(metrics=["accuracy"]), compiled(metrics=["accuracy"])
    history = fit(alone, 1 if hook == "on_epoch_begin" else 2)
    with training(model, hook=hook):
        twin = COPIES[way](model, tmp_path / "model")
        for each in model, twin:
            assert state(each) == state(alone)
            np.testing.assert_array_equal(each.predict(X), alone.predict(X))
            np.testing.assert_array_equal(each(X), alone(X))
            assert each.evaluate(X, Y, verbose=0) == alone.evaluate(X, Y, verbose=0)
    assert twin.history.history == history
    fit(alone, 2), fit(twin, 2)
    assert state(twin) == state(alone)


@pytest.mark.parametrize("way", COPIES)
def test_copies_are_of_a_state_between_two_steps(way, tmp_path):
    """Every one that is made while a training runs is a state that the same training alone has."""
    alone, seen = compiled(), set()
    each = callbacks.LambdaCallback(on_train_batch_end=lambda *_: seen.add(state(alone)))
    fit(alone, 30, each)
    model, copies = compiled(), []
    COPIES[way](model, tmp_path / "model")  # imports, which may take as long as the training
    step = callbacks.LambdaCallback(on_train_batch_end=lambda *_: time.sleep(0.0005))
    with ThreadPoolExecutor(1) as pool:
        fitted = pool.submit(lambda: [fit(model, 3, step) for _ in range(10)])
        while not fitted.done():
            twin = COPIES[way](model, tmp_path / "model")
            if twin.optimizer.iterations:
                copies.append(twin)
    assert fitted.result() and copies
    assert {state(twin) for twin in copies} <= seen
    for twin in copies:
        assert len({len(column) for column in twin.history.history.values()}) <= 1


def test_predictions_are_of_one_state():
    model, x = compiled(), np.repeat(X[:1], 500, axis=0)
    step = callbacks.LambdaCallback(on_train_batch_end=lambda *_: None)
    with ThreadPoolExecutor(1) as pool:
        fitted = pool.submit(fit, model, 100, step)
        while not fitted.done():
            y = model.predict(x)
            assert (y == y[0]).all()
            losses = model.evaluate(x, np.zeros(500), verbose=0)
            assert np.isfinite(losses)


@pytest.mark.parametrize("epochs", [3, 3000])
def test_of_several_trainings_at_once_no_step_is_lost(epochs):
    model, barrier = compiled(), threading.Barrier(3)

    def train(_):
        barrier.wait()
        try:
            return len(fit(model, epochs)["loss"])
        except RuntimeError:
            return 0

    with ThreadPoolExecutor(3) as pool:
        done = sum(pool.map(train, range(3)))
    assert done and model.optimizer.iterations == 8 * done


def test_batches_of_several_threads_follow_one_another():
    model, alone = compiled(), compiled()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: model.train_on_batch(X, Y), range(100)))
    for _ in range(100):
        alone.train_on_batch(X, Y)
    assert state(model) == state(alone)


def test_layers_are_set_by_several_threads():
    """What one sets is not set back by another, who knew the weights before."""
    model = keras.Sequential([keras.Input((100,)), *(layers.Dense(100) for _ in range(4))])

    def set_one(layer):
        for i in range(100):
            layer.set_weights([np.full_like(w, i) for w in layer.get_weights()])
            if not all((w == i).all() for w in layer.get_weights()):
                return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(set_one, model.layers))


def test_a_model_is_built_by_several_threads():
    model = keras.Sequential([layers.Dense(3), layers.Dense(2)])
    with ThreadPoolExecutor(8) as pool:
        outputs = list(pool.map(lambda _: model.predict(X), range(8)))
    assert all(np.array_equal(outputs[0], y) for y in outputs)


def test_compiled_by_another_thread_while_it_is_evaluated():
    """Totals are not taken for those of other metrics."""
    model = compiled(metrics=["accuracy"])

    def compile(batch, logs):
        with ThreadPoolExecutor(1) as pool:
            pool.submit(model.compile, "sgd", "mse", metrics=["mae"]).result()

    hook = callbacks.LambdaCallback(on_test_batch_end=compile)
    with pytest.raises(RuntimeError, match="evaluate: the model was compiled meanwhile"):
        model.evaluate(X, Y, 32, verbose=0, callbacks=[hook])
    assert len(model.evaluate(X, np.eye(3)[Y], verbose=0)) == 2


def test_columns_of_a_history_that_is_read_while_it_grows():
    names = [f"of_{k}" for k in range(1, 30)]
    metrics = [keras.metrics.SparseTopKCategoricalAccuracy(2, name=name) for name in names]
    model, epochs = compiled(metrics=metrics), 500
    with ThreadPoolExecutor(1) as pool:
        fitted = pool.submit(
            fit, model, epochs, callbacks.LambdaCallback(on_epoch_end=lambda *_: None)
        )
        while not fitted.done():
            with model.reading():
                history = copy.copy(model.history) or keras.callbacks.History()
            assert {len(column) for column in history.history.values()} <= {len(history.epoch)}
    assert len(fitted.result()["of_29"]) == epochs


def test_a_callback_changes_its_model():
    """It runs in the thread that trains."""
    model, inner = compiled(), []

    def change(epoch, logs):
        if not inner:
            inner.append(True)
            model.set_weights(model.get_weights())
            model.train_on_batch(X, Y)
            model.fit(X, Y, 8, 2, verbose=0)
            model.compile("sgd", "sparse_categorical_crossentropy")

    hook = callbacks.LambdaCallback(on_epoch_end=change)
    assert len(fit(model, 3, hook)["loss"]) == 3
    assert model.optimizer.get_config()["name"] == "sgd"


def test_the_learning_rate_is_set_from_another_thread():
    model = compiled()
    with training(model):
        model.optimizer.learning_rate = 0.0
        before = model.layers[0].get_weights()[0]
    np.testing.assert_array_equal(model.layers[0].get_weights()[0], before)


def test_a_forked_process_has_its_own_models(monkeypatch):
    owner = Owner()
    with owner.changing("fit"):
        monkeypatch.setattr(os, "getpid", lambda: -1)
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(owner.changing("pop").__enter__).exception() is None


def test_what_is_handed_out_is_no_part_of_the_model(tmp_path):
    model = compiled(metrics=["accuracy"])
    fit(model, 1)
    before = state(model), model.get_config()
    for handed in (
        model.layers,
        model.weights,
        model.get_weights(),
        model.trainable_weights,
        model.non_trainable_weights,
        model.layers[0].weights,
        model.optimizer.state.get_state(),
        model.get_config()["layers"],
    ):
        for array in handed:
            if isinstance(array, np.ndarray):
                array[...] = 7
        handed.clear()
    for handed in model.metric_directions(), model.get_config(), model.optimizer.get_config():
        handed.clear()
    assert (state(model), model.get_config()) == before
    assert len(model.evaluate(X, Y, verbose=0)) == 2 and model.metric_directions()
    with pytest.raises(AttributeError):
        model.layers = []
    fit(model, 1, callbacks.EarlyStopping("accuracy"))
    model.save(tmp_path / "model")
    assert state(load_model(tmp_path / "model")) == state(model)


def test_what_is_read_while_layers_come_and_go_belongs_together(tmp_path):
    model, over = compiled(), threading.Event()

    def change():
        while not over.is_set():
            model.pop()
            model.add(layers.Dense(3, "softmax"))

    thread = threading.Thread(target=change)
    thread.start()
    try:
        for turn in range(200):
            state = model.get_state()
            assert [a.shape[-1] for a in state["weights"].values()][-1] in (3, 7)
            if turn % 20 == 0:
                model.save(tmp_path / "model")
                assert load_model(tmp_path / "model").layers
    finally:
        over.set()
        thread.join()


def test_models_made_over_one_layer_at_once():
    """By several threads, the layer not built before: its weights are one."""

    def slow(shape, dtype=None):
        time.sleep(0.01)
        return RNG.normal(size=shape)

    for way in (lambda layer: keras.Sequential([keras.Input((5,)), layer]), lambda layer: layer(X)):
        shared = layers.Dense(3, kernel_initializer=slow)
        start = threading.Barrier(4)

        def make(_, shared=shared, way=way, start=start):
            start.wait(60)
            return way(shared)

        with ThreadPoolExecutor(4) as pool:
            made = list(pool.map(make, range(4)))
        expected = X @ shared.get_weights()[0]
        for model in made:
            got = model if isinstance(model, np.ndarray) else model.predict(X)
            np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-5)
