"""Bytes flipped, cut off, inserted and overwritten: an error or the same model, never another."""

import copy
import random
import shutil

import numpy as np
import pytest
from saved import X, classifier, fit, state

from trilobite._files import tensorfile
from trilobite.models import load_model

TRIALS = 2400


def flip(data, rng):
    at = rng.randrange(len(data))
    data[at] ^= 1 << rng.randrange(8)


def flip_in_header(data, rng):
    at = rng.randrange(int.from_bytes(data[:8], "little") + 8)
    data[at] ^= 1 << rng.randrange(8)


def truncate(data, rng):
    del data[rng.randrange(len(data)) :]


def insert(data, rng):
    at = rng.randrange(len(data) + 1)
    data[at:at] = rng.randbytes(rng.choice([1, 1, 4, 8, 100]))


def remove(data, rng):
    at = rng.randrange(len(data))
    del data[at : at + rng.choice([1, 1, 4, 8, 100])]


def overwrite(data, rng):
    at, n = rng.randrange(len(data)), rng.choice([1, 4, 8, 64])
    data[at : at + n] = rng.randbytes(len(data[at : at + n]))


def swap(data, rng):
    n = rng.choice([1, 4, 8])
    a, b = rng.randrange(len(data) - n), rng.randrange(len(data) - n)
    data[a : a + n], data[b : b + n] = data[b : b + n], data[a : a + n]


def replace_digit(data, rng):
    digits = [i for i, byte in enumerate(data) if 48 <= byte <= 57]
    data[rng.choice(digits)] = rng.randrange(48, 58)


DAMAGES = [flip, flip_in_header, truncate, insert, remove, overwrite, swap, replace_digit]


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A file of a model and one of its weights, and the state to be found in them."""
    folder = tmp_path_factory.mktemp("files")
    model = classifier("nadam")
    fit(model)
    model.save(folder / "model")
    model.save_weights(folder / "weights")
    return folder, state(model)


@pytest.mark.parametrize("damage", DAMAGES)
def test_error_or_equal_model(damage, files):
    folder, expected = files
    original = (folder / "model").read_bytes()
    refused = 0
    for trial in range(TRIALS // len(DAMAGES)):
        data = bytearray(original)
        damage(data, random.Random(f"{damage.__name__} {trial}"))
        (folder / "damaged").write_bytes(data)
        try:
            found = load_model(folder / "damaged")
        except ValueError as error:
            assert "damaged" in str(error)  # the file's name
            refused += data != original
        else:
            assert state(found) == expected, trial
    assert refused > TRIALS // len(DAMAGES) / 2


@pytest.mark.parametrize(
    "changes",
    [
        {b'"b"': b'"c"'},
        {b'"a"': b'"c"', b'"b"': b'"a"', b'"c"': b'"b"'},
        {b"[2,3]": b"[3,2]"},
        {b'"F32"': b'"F64"', b"[2,3]": b"[1,3]"},
    ],
)
def test_names_shapes_and_dtypes_are_in_the_checksum(changes, tmp_path):
    """A model knows its own; what callbacks keep in a backup has those of the file."""
    path = tmp_path / "file"
    tensorfile.write(path, {"a": np.zeros((2, 3), "f4"), "b": np.ones((4, 1), "f8")}, {})
    data = path.read_bytes()
    for old, new in changes.items():
        assert data.count(old) == 1
        data = data.replace(old, new)
    path.write_bytes(data)
    with pytest.raises(ValueError, match="file is damaged: got SHA-256"):
        tensorfile.read(path)


def test_error_or_equal_weights(files):
    folder, expected = files
    model = classifier("nadam", seed=1)
    fit(model)
    before = state(model)
    original = (folder / "weights").read_bytes()
    for trial in range(200):
        data = bytearray(original)
        rng = random.Random(trial)
        rng.choice(DAMAGES)(data, rng)
        (folder / "damaged").write_bytes(data)
        try:
            model.load_weights(folder / "damaged")
        except ValueError:
            assert state(model) == before, "all or nothing"
        else:
            assert state(model)["weights"] == expected["weights"]
            model = classifier("nadam", seed=1)
            fit(model)
            before = state(model)


JUNK = [None, True, -1, 0, 3, 10**12, 10**30, 0.5, -1e300, "", "x", "relu", [], [1], [[]], {}]
JUNK += [{"float": "nan"}, {"float": "x"}, {"module": "layers", "class_name": "Dense"}]
JUNK += [{"module": "optimizers", "class_name": "Optimizer", "config": {}}]


def places(node):
    """Every list and dict in it with every key."""
    keys = range(len(node)) if isinstance(node, list) else list(node)
    for key in keys:
        yield node, key
        if isinstance(node[key], (list, dict)):
            yield from places(node[key])


def test_anything_with_the_right_checksum(files, monkeypatch):
    """Whoever writes a checksum to it can ask for anything: a model, or one kind of error."""
    monkeypatch.setattr(tensorfile.os, "fsync", lambda descriptor: None)  # to be quick
    folder, expected = files
    tensors, original = tensorfile.read(folder / "model")
    loaded = 0
    for trial in range(1500):
        content, rng = copy.deepcopy(original), random.Random(trial)
        node, key = rng.choice(list(places(content)))
        if rng.random() < 0.2:
            del node[key]
        else:
            node[key] = rng.choice(JUNK)
        tensorfile.write(folder / "strange", tensors, content)
        try:
            model = load_model(folder / "strange")
        except ValueError as error:
            assert "strange" in str(error)
        else:
            loaded += 1
            assert [w.tobytes() for w in model.get_weights()] == expected["weights"]
    assert 0 < loaded < 500


def test_the_file_itself_is_read(files):
    folder, expected = files
    shutil.copy(folder / "model", folder / "damaged")
    assert state(load_model(folder / "damaged")) == expected
    assert load_model(folder / "damaged").predict(X).shape == (70, 3)
