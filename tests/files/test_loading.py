"""Model files: reading is strict, and what does not fit is named."""

import gc
import json
import os
import time
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from saved import classifier, fit, stack, state

import trilobite as keras
from trilobite import layers
from trilobite._files import content, tensorfile
from trilobite.models import load_model


@pytest.fixture
def path(tmp_path):
    return tmp_path / "net.safetensors"


def rewrite(path, change):
    """Apply `change` to the tensors and content of a file, whose checksum stays right."""
    tensors, content = tensorfile.read(path)
    change(tensors, content)
    tensorfile.write(path, tensors, content)


def setting(*keys, value):
    def change(tensors, content):
        for key in keys[:-1]:
            content = content[key]
        content[keys[-1]] = value

    return change


def renamed(tensors, content):
    tensors["dense_9/kernel"] = tensors.pop("dense/kernel")


def shorter(tensors, content):
    tensors["dense/kernel"] = tensors["dense/kernel"][:-1]


def transposed(tensors, content):
    tensors["dense/kernel"] = tensors["dense/kernel"].T


def double(tensors, content):
    tensors["dense/kernel"] = tensors["dense/kernel"].astype(np.float64)


def more(tensors, content):
    tensors["dense/more"] = np.zeros(3, np.float32)


def state_renamed(tensors, content):
    tensors["optimizer/speed/dense/kernel"] = tensors.pop("optimizer/velocity/dense/kernel")


def state_missing(tensors, content):
    del tensors["optimizer/velocity/dense/kernel"]


def no_epochs(tensors, content):
    del tensors["history/epoch"]


def half_epochs(tensors, content):
    tensors["history/epoch"] = np.full(2, np.nan)


def key_missing(tensors, content):
    del content["order"]


LAYER = ("model", "layers", 2)
CHANGES = [
    (renamed, "got no tensor 'dense/kernel', expected one of shape"),
    (shorter, r"'dense/kernel': got shape \(5, 8\), expected \(6, 8\)"),
    (transposed, r"'dense/kernel': got shape \(8, 6\), expected \(6, 8\)"),
    (double, "'dense/kernel': got dtype float64, expected float32"),
    (more, "got the tensor 'dense/more', expected only dense/kernel, "),
    (state_renamed, "got no tensor 'optimizer/velocity/dense/kernel'"),
    (state_missing, "got no tensor 'optimizer/velocity/dense/kernel'"),
    (key_missing, "the file: got .*, expected .*order"),
    (setting("more", value=1), "the file: got .*more"),
    (setting("version", value=3), r"version 3, expected at most 2; it was written by trilobite 0"),
    (setting("version", value=0), "no format and version"),
    (setting("format", value="keras"), "no format and version"),
    (setting("kind", value="other"), "a file of 'other', expected model"),
    (setting("kind", value=["model"]), "a file of .*, expected model"),
    (setting(*LAYER, "class_name", value="Conv2D"), "class_name: got 'Conv2D'"),
    (setting(*LAYER, "module", value="os"), "class_name: got 'Dense' of 'os'"),
    (
        setting(*LAYER, "config", "units", value=7),
        r"'dense/kernel': got shape \(6, 8\), .*\(6, 7\)",
    ),
    (setting(*LAYER, "config", "units", value=-7), "units: got -7"),
    (setting(*LAYER, "config", "units", value=10**18), "'dense/kernel': got shape"),
    (setting(*LAYER, "config", "strange", value=1), "strange"),
    (setting(*LAYER, "config", "activation", value="swoosh"), "activation: got 'swoosh'"),
    (setting(*LAYER, "config", value=3), "net.safetensors: "),
    (setting("model", "layers", value=3), "model's layers: got 3, expected a list"),
    (setting("model", "layers", value=[3]), "net.safetensors: "),
    (setting("model", "layers", value=[]), "got the tensor"),
    (setting("model", "name", value=3), "model's name: got 3, expected a string"),
    (setting("model", value=None), "model: got None, expected an object"),
    (setting("compile", value=3), "compile: got 3, expected an object"),
    (setting("compile", "loss", value="other"), "loss: got 'other'"),
    (setting("compile", "optimizer", "class_name", value="Lamb"), "class_name: got 'Lamb'"),
    (setting("compile", "optimizer", "config", "learning_rate", value=-1), "learning_rate: got -1"),
    (setting("compile", "more", value=3), "more"),
    (setting("optimizer", value=[]), "optimizer: got .*expected an object"),
    (setting("optimizer", "iterations", value=-1), "iterations: got -1, expected an integer"),
    (setting("optimizer", "iterations", value=True), "iterations: got True, expected an integer"),
    (setting("optimizer", "learning_rate", value="x"), "learning_rate: got x, expected a number"),
    (setting("optimizer", "undecayed", value=[1]), "undecayed: got .*, expected a list of strings"),
    (setting("optimizer", "undecayed", value=["("]), r"undecayed: got \['\('\], expected some of"),
    (
        setting("optimizer", "undecayed", value=[".*" * 60 + "x"]),
        "undecayed: got .*, expected some",
    ),
    (setting("order", "seed", value=2**63), "seed: got 9223372036854775808, expected an integer"),
    (setting("order", "epochs_begun", value=-1), "epochs_begun: got -1, expected an integer"),
    (setting("order", "epochs_begun", value=0.5), "epochs_begun: got 0.5, expected an integer"),
    (setting("history", value=3), "history: got 3, expected an object"),
    (setting("history", "loss", value=3), "history's 'loss': got 3, expected a list or null"),
    (setting("history", "loss", value=[0.5]), "history: got .*'history/of/loss'"),
    (setting("history", "more", value=None), "history: got .*, expected .*'history/of/more'"),
    (setting("history", "more", value=[{"a": 1}]), "config: got {'a': 1}"),
    (setting("history", value=None), r"history: got .*, expected \[\]"),
    (no_epochs, "history: got .*, expected .*'history/epoch'"),
    (half_epochs, "net.safetensors: "),
]


@pytest.mark.parametrize("change, message", CHANGES)
def test_what_does_not_fit_is_named(change, message, path):
    model = classifier("rmsprop")
    fit(model)
    model.save(path)
    rewrite(path, change)
    with pytest.raises(ValueError, match=message) as caught:
        load_model(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("change", [renamed, transposed, double, more, state_missing])
def test_load_weights_changes_all_or_nothing(change, path):
    model = classifier("rmsprop")
    fit(model)
    model.save_weights(path)
    rewrite(path, change)
    other = classifier("rmsprop", seed=1)
    fit(other)
    before = state(other)
    with pytest.raises(ValueError, match="net.safetensors"):
        other.load_weights(path)
    assert state(other) == before


def test_a_file_of_weights_is_no_model(path):
    model = classifier()
    model.save_weights(path)
    with pytest.raises(ValueError, match="a file of 'weights', expected model"):
        load_model(path)


def test_another_checksum(path):
    classifier().save(path)
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    with pytest.raises(ValueError, match="net.safetensors is damaged: got SHA-256 .*, expected"):
        load_model(path)


def header(text, length=None):
    return (len(text) if length is None else length).to_bytes(8, "little") + text


@pytest.mark.parametrize(
    "data, message",
    [
        (b"", "0 bytes"),
        (b"1234567", "7 bytes"),
        (header(b"{}", 2**63), "truncated"),
        (header(b"{}", 2**64 - 1), "truncated"),
        (header(b"{}"), "no metadata of trilobite"),
        (header(b"[]"), "no safetensors file"),
        (header(b'{"__metadata__":{"a":"b"}}'), "no metadata of trilobite"),
        (header(b'{"__metadata__":{"trilobite":"{}","sha256":"0"}}'), "no format and version"),
        (header(b'{"a":' * 10**6), "no safetensors file"),
        (header(b"[" * 10**6), "no safetensors file"),
        (
            header(b'{"x":{"dtype":"F32","shape":[99999999999],"data_offsets":[0,4]}}    '),
            "safetens",
        ),
        (b"PK\x03\x04" + bytes(1000), "damaged, or no .keras file"),
        (b"\x89HDF\r\n\x1a\n" + bytes(1000), "got a file of HDF5, expected .keras"),
    ],
)
def test_no_model_file(data, message, path):
    path.write_bytes(data)
    with pytest.raises(ValueError, match=message):
        load_model(path)


@pytest.mark.parametrize("text", ["[" * 10**5, "{", "[]", "3", '{"format": NaN}', "\ud800"])
def test_metadata_that_is_no_object(text, path):
    parts = {"trilobite": text, "sha256": tensorfile._digest("", {})}
    if text != "\ud800":
        parts["sha256"] = tensorfile._digest(text, {})
    path.write_bytes(header(json.dumps({"__metadata__": parts}).encode()))
    with pytest.raises(ValueError, match="net.safetensors"):
        load_model(path)


def test_the_page_names_every_key_and_kind():
    page = (Path(__file__).parents[2] / "docs" / "model-file.md").read_text(encoding="utf-8")
    for key in content._HEAD.union(*content._PARTS.values(), content._PARTS):
        assert f"`{key}`" in page, key


# ---- sizes ----

LARGE = 50 << 30


def claiming(content, **forms):
    """The header of a file of these arrays, float32, which are not in it."""
    text = json.dumps(content)
    parts, start = {"__metadata__": {"trilobite": text, "sha256": "0"}}, 0
    for name, shape in forms.items():
        end = start + 4 * int(np.prod(shape))
        parts[name] = {"dtype": "F32", "shape": shape, "data_offsets": [start, end]}
        start = end
    return header(json.dumps(parts).encode())


def of_a_model():
    model = stack()
    return content.with_head(
        "model",
        {
            "model": model.get_config(),
            "compile": None,
            "optimizer": None,
            "order": {"seed": None, "epochs_begun": 0},
            "history": None,
        },
    )


@pytest.mark.parametrize(
    "start, message",
    [
        (lambda path: b"", "no safetensors file"),
        (lambda path: path.read_bytes(), "got .* bytes of arrays, expected"),
        (lambda path: claiming({}), "got .* bytes of arrays, expected 0"),
        (lambda path: claiming({}, x=[1000]), "got .* bytes of arrays, expected 4000"),
    ],
)
def test_sparse_files_are_refused_at_the_header(start, message, path):
    classifier().save(path)
    path.write_bytes(start(path))
    os.truncate(path, LARGE)
    refused_at_once(path, message)


@pytest.mark.parametrize(
    "name, message",
    [
        ("dense/kernel", r"'dense/kernel': got shape .*, expected \(6, 8\)"),
        ("x", "got no tensor 'dense/kernel'"),
        ("optimizer/momentum/dense/kernel", "got no tensor 'dense/kernel'"),
        ("history/epoch", "got no tensor 'dense/kernel'"),
    ],
)
def test_arrays_that_the_layers_do_not_have_are_not_read(name, message, path):
    data = claiming(of_a_model(), **{name: [LARGE // 4]})
    path.write_bytes(data)
    os.truncate(path, len(data) + LARGE)
    refused_at_once(path, message)


def refused_at_once(path, message):
    begin, model = time.monotonic(), stack()
    tracemalloc.start()
    try:
        for read in (load_model, model.load_weights):
            with pytest.raises(ValueError, match=message):
                read(path)
        assert tracemalloc.get_traced_memory()[1] < 10 << 20
    finally:
        tracemalloc.stop()
    assert time.monotonic() - begin < 30


@pytest.mark.parametrize(
    "shape", [[2**63], [-1], [0.5], [True], "4", [1] * 40, [0, 2**62, 2**62], [10**4000], {}]
)
def test_shapes_that_are_none(shape, path):
    entry = {"dtype": "F32", "shape": shape, "data_offsets": [0, 4]}
    text = json.dumps({"__metadata__": {"trilobite": "{}", "sha256": "0"}, "x": entry})
    path.write_bytes(header(text.encode()) + bytes(4))
    with pytest.raises(ValueError, match="net.safetensors"):
        load_model(path)


def seconds(call):
    """CPU time, the least of five runs, without the collector, which walks through all there is."""
    times, collects = [], gc.isenabled()
    gc.disable()
    try:
        for _ in range(5):
            begin = time.process_time()
            call()
            times.append(time.process_time() - begin)
    finally:
        if collects:
            gc.enable()
    return min(times)


def test_time_grows_with_the_file(path):
    """Many tiny arrays: ten times as many take some ten times as long, not a hundred times."""

    def load():
        with pytest.raises(ValueError, match="got no tensor 'dense/kernel'"):
            load_model(path)

    times = []
    for n in (2_000, 20_000):
        data = claiming(of_a_model(), **{f"x{k}": [1] for k in range(n)})
        path.write_bytes(data + bytes(4 * n))
        times.append(seconds(load))
    assert times[1] < 40 * times[0]


def test_time_grows_with_the_layers(path):
    """Many layers: ten times as many take some ten times as long."""
    times = []
    for n in (500, 5000):
        keras.Sequential([keras.Input((2,)), *(layers.ReLU() for _ in range(n))]).save(path)
        times.append(seconds(lambda: load_model(path)))
    assert times[1] < 40 * times[0]


def test_a_pipe_is_not_waited_for(path):
    os.mkfifo(path)
    with pytest.raises(ValueError, match="expected a file"):
        load_model(path)
