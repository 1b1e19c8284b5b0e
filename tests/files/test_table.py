"""The description of a table in a model file: kept, and read as strictly as the rest."""

import copy

import numpy as np
import pytest

import trilobite as keras
from trilobite import layers
from trilobite._files import tensorfile
from trilobite.models import load_model

TABLE = {
    "columns": [
        {"name": "size", "fill": 1.5, "categories": None},
        {"name": "colour", "fill": "red", "categories": ["green", "red"]},
    ],
    "target": {"name": "kind", "classes": ["a", "b"]},
}


@pytest.fixture
def path(tmp_path):
    """A file of a model of three inputs and two outputs, with the table."""
    model = keras.Sequential([keras.Input((3,)), layers.Dense(2, "softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy")
    model._table = TABLE
    model.save(tmp_path / "net")
    return tmp_path / "net"


def test_it_is_kept(path):
    model = load_model(path)
    assert model._table == TABLE == copy.deepcopy(model)._table
    again = path.with_name("again")
    model.save(again)
    assert again.read_bytes() == path.read_bytes()
    assert tensorfile.read(path)[1]["version"] == 2


def test_a_model_without_one_is_of_version_1(path):
    model = load_model(path)
    model._table = None
    model.save(path)
    assert tensorfile.read(path)[1]["version"] == 1 and load_model(path)._table is None
    assert model.predict(np.ones((1, 3)), verbose=0).shape == (1, 2)


def test_another_chain_is_not_of_the_table(path):
    model = load_model(path)
    with pytest.raises(ValueError):
        model.add(layers.Reshape((5,)))
    assert model._table == TABLE
    model.pop()
    model.add(layers.Dense(3))
    model.save(path)
    assert load_model(path)._table is None


def test_training_is_of_the_table(path):
    model = load_model(path)
    model.layers[0].trainable = False
    model.compile("adam", "sparse_categorical_crossentropy")
    model.save(path)
    assert load_model(path)._table == TABLE


def change(*keys, to):
    def apply(content):
        for key in keys[:-1]:
            content = content[key]
        content[keys[-1]] = to

    return apply


@pytest.mark.parametrize(
    ("apply", "words"),
    [
        (change("version", to=1), "the file: got .*table"),
        (change("kind", to="weights"), "a file of 'weights'"),
        (change("table", to=None), "table: got None, expected an object"),
        (change("table", "more", to=1), "table: got .*more"),
        (change("table", "columns", to=[]), "columns: got"),
        (change("table", "columns", to={}), "columns: got {}"),
        (change("table", "columns", 0, "more", to=1), "column: got"),
        (change("table", "columns", 0, "name", to=3), "name: got 3, expected a string"),
        (change("table", "columns", 0, "fill", to="x"), "fill: got x, expected a float"),
        (change("table", "columns", 0, "fill", to=None), "fill: got None, expected a float"),
        (change("table", "columns", 1, "fill", to=1.0), "fill: got 1.0, expected a str"),
        (change("table", "columns", 1, "categories", to=["x", 1]), "categories: got"),
        (change("table", "columns", 1, "categories", to=["x", "x"]), "categories: got"),
        (change("table", "columns", 1, "categories", to=[]), "categories: got"),
        (change("table", "columns", 1, "categories", to=["a", "b", "c"]), "got .4, 2. columns"),
        (change("table", "target", "name", to=None), "name: got None"),
        (change("table", "target", "classes", to=["a", "b", "c"]), "got .3, 3. columns"),
        (change("table", "target", "classes", to=None), "got .3, 1. columns"),
        (change("table", "target", "classes", to=["a", 1]), "classes: got"),
        (change("table", "target", "classes", to=[True, False]), "classes: got"),
        (change("table", "target", "constant", to=None), "constant: got None"),
        (change("table", "target", "constant", to=[1.0]), "constant: got .1.0., expected a number"),
        (change("table", "target", "constant", to=[1, 0]), "constant: got .1, 0."),
        (change("table", "target", "mean", to=[1.0]), "target: got .*mean"),
    ],
)
def test_what_does_not_fit_is_an_error(path, apply, words):
    tensors, content = tensorfile.read(path)
    apply(content)
    tensorfile.write(path, tensors, content)
    with pytest.raises(ValueError, match=words) as caught:
        load_model(path)
    assert str(caught.value).startswith(str(path))


def test_version_2_needs_one(path):
    tensors, content = tensorfile.read(path)
    del content["table"]
    tensorfile.write(path, tensors, content)
    with pytest.raises(ValueError, match="the file: got .*expected .*table"):
        load_model(path)
