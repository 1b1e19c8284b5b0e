"""Pickle, copy and joblib of models: the same state, compact, independent."""

import copy
import pickle

import joblib
import numpy as np
import pytest
from saved import OPTIMIZERS, X, assert_same, classifier, fit, stack, state

import trilobite as keras
from trilobite import layers


def through_joblib(model, path):
    joblib.dump(model, path)
    return joblib.load(path)


def through_mapped_joblib(model, path):
    joblib.dump(model, path)
    return joblib.load(path, mmap_mode="r")


WAYS = {
    "pickle": lambda model, path: pickle.loads(pickle.dumps(model)),
    "protocol 2": lambda model, path: pickle.loads(pickle.dumps(model, 2)),
    "copy": lambda model, path: copy.copy(model),
    "deepcopy": lambda model, path: copy.deepcopy(model),
    "joblib": through_joblib,
    "joblib, mapped": through_mapped_joblib,
}


@pytest.fixture(params=WAYS)
def way(request, tmp_path):
    return lambda model: WAYS[request.param](model, tmp_path / "model")


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_training_goes_on_bit_for_bit(optimizer, way):
    model = classifier(optimizer)
    fit(model)
    other = way(model)
    assert_same(model, other)
    before = state(other)
    further = fit(model, 3)
    assert state(other) == before, "a copy is independent"
    assert fit(other, 3) == further
    assert_same(model, other)
    assert other.history.model is other


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_compiled_and_never_trained(optimizer, way):
    model = classifier(optimizer)
    other = way(model)
    assert_same(model, other)
    assert fit(other) == fit(model)


def test_neither_compiled_nor_built(way):
    for model in (stack(), keras.Sequential(), keras.Sequential([layers.Dense(2)])):
        other = way(model)
        assert_same(model, other)
        assert other.built == model.built
    other.compile("adam", "mse")
    assert np.isfinite(other.fit(X, X[:, :2], verbose=0).history["loss"]).all()
    assert not model.built


def test_layers_belong_to_their_model(way):
    model = classifier()
    other = way(model)
    kernel = other.layers[1].get_weights()
    other.layers[1].set_weights([np.zeros_like(w) for w in kernel])
    assert not (other.get_weights()[0]).any()
    assert model.get_weights()[0].any()


def test_a_layer_alone(way):
    model = stack()
    fresh = way(model.layers[1])
    assert (fresh.kernel == model.layers[1].kernel).all()
    again = keras.Sequential([keras.Input((6,)), fresh])
    assert (again.get_weights()[0] == model.get_weights()[0]).all()


def test_weights_are_in_it_once():
    model = keras.Sequential([keras.Input((500,)), layers.Dense(400), layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(np.ones((10, 500)), np.ones(10), verbose=0)
    size = 4 * model.count_params()
    assert size < len(pickle.dumps(model)) < size + 5000
    model.compile("adam", "mse")
    model.fit(np.ones((10, 500)), np.ones(10), verbose=0)
    assert 3 * size < len(pickle.dumps(model)) < 3 * size + 5000


class Half(keras.initializers.Initializer):
    def __call__(self, shape, dtype=None):
        return np.full(shape, 0.5)


class Schedule(keras.optimizers.schedules.LearningRateSchedule):
    def __call__(self, step):
        return 0.1 / (1 + step)


def test_objects_of_your_own_classes_stay():
    model = keras.Sequential([keras.Input((6,)), layers.Dense(1, kernel_initializer=Half())])
    model.compile(keras.optimizers.SGD(Schedule()), "mse")
    fit_it = dict(x=X, y=X[:, 0], epochs=2, verbose=0)
    model.fit(**fit_it)
    other = copy.deepcopy(model)
    assert type(other.layers[0].kernel_initializer) is Half
    assert other.fit(**fit_it).history == model.fit(**fit_it).history


@pytest.mark.parametrize("made", [keras.optimizers.Adam, lambda: keras.optimizers.SGD(Schedule())])
def test_an_optimizer_alone_is_as_new(made):
    model = classifier()
    model.compile(made(), "sparse_categorical_crossentropy")
    fit(model)
    fresh = copy.deepcopy(model.optimizer)
    assert fresh.iterations == 0 and fresh.state is None
    other = classifier()
    other.compile(fresh, "sparse_categorical_crossentropy")
    fit(other)
    assert model.optimizer.iterations == other.optimizer.iterations == 8
