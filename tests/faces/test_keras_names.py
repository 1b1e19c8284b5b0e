"""Public names beside Keras's: what differs is explained, and Keras's arguments are taken."""

import inspect

import keras_names as names
import keras_reasons as reasons
import numpy as np
import pytest

import trilobite

X, Y = np.ones((4, 2), np.float32), np.ones((4, 2), np.float32)
SCHEDULE = {"initial_learning_rate": 0.1, "decay_steps": 1}
GIVEN = {  # what functions and methods are called with
    "identifier": "mse",
    "loss": "mse",
    "name": "mse",
    "optimizer": "sgd",
    "seed": 1,
    "value": "float32",
    "x": X,
    "y": Y,
    "y_pred": [[0.5, 0.5]],
    "y_true": [[0.0, 1.0]],
}
CONFIGS = {  # for deserialize
    "activations": "relu",
    "constraints": "non_neg",
    "initializers": "zeros",
    "layers": {"class_name": "Dense", "config": {"units": 2}},
    "metrics": "mse",
    "optimizers": "sgd",
    "optimizers.schedules": {"class_name": "CosineDecay", "config": SCHEDULE},
    "regularizers": "l2",
}
# What is refused all the same.
REFUSED = {
    ("Sequential.export", "format"),  # of TensorFlow
    ("Input.__init__", "shape"),  # or batch_shape
    ("Sequential.get_layer", "name"),  # or index
    ("Sequential.get_layer", "index"),
    ("Sequential.compile", "loss"),  # a model is trained for one, and on rows and their targets
    *((f"Sequential.{method}", "x") for method in ("fit", "evaluate")),
    *((f"Sequential.{m}", "y") for m in ("fit", "evaluate", "train_on_batch", "test_on_batch")),
    ("utils.get_file", "origin"),
}


@pytest.fixture
def of_this_version(keras):
    if not keras.__version__.startswith("3.15."):
        pytest.skip(f"the table is that of Keras 3.15, this is {keras.__version__}")


@pytest.mark.usefixtures("of_this_version")
def test_page_is_up_to_date(keras):
    assert names.PAGE.read_text(encoding="utf-8") == names.page(keras), (
        "run: python tests/keras_names.py"
    )


@pytest.mark.usefixtures("of_this_version")
def test_every_difference_has_a_reason_and_every_reason_a_difference(keras):
    found = [(f"{owner}.{name}".strip("."), text) for owner, name, text in names.differences(keras)]
    assert not [row for row in found if reasons.reason(*row) is None]
    given = {reasons.reason(*row) for row in found}
    assert not {why for *_, why in reasons.REASONS} - given


def test_names_are_those_of_keras(keras):
    """Of losses and metrics, whose default is None here; some are numbered in both."""
    compared = 0
    for path, ours, theirs in names.pairs(keras):
        if inspect.isclass(ours) and path.startswith(("losses.", "metrics.")):
            if isinstance(names.parameters(theirs.__init__)["name"].default, str):
                assert ours().name == theirs().name
                compared += 1
    assert compared > 30


def model():
    made = trilobite.Sequential([trilobite.Input((2,)), trilobite.layers.Dense(2)])
    made.compile("sgd", "mse")
    return made


def calls(keras):
    """(what is called, Keras's parameters) of every function, constructor and method."""
    seen = []
    for path, ours, theirs in names.pairs(keras):
        if not callable(ours) or ours in seen:
            continue
        seen.append(ours)
        if not inspect.isclass(ours):
            yield path, (lambda ours=ours: ours), names.parameters(theirs)
            continue
        constructor = theirs.__init__ if inspect.isclass(theirs) else theirs
        owner = theirs if inspect.isclass(theirs) else None
        yield f"{path}.__init__", (lambda ours=ours: ours), names.parameters(constructor, owner)
        if ours is not trilobite.Sequential:
            continue
        for name in sorted(names.members(ours) & names.members(theirs)):
            method = getattr(theirs, name)
            if inspect.isroutine(method):
                bound = lambda name=name: getattr(model(), name)  # noqa: E731
                yield f"{path}.{name}", bound, names.parameters(method)


@pytest.mark.filterwarnings("ignore:to_file. there is no program dot")
def test_every_argument_is_taken_at_the_default_of_keras(keras, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    refused, n_calls = [], 0
    for path, find, theirs in calls(keras):
        module, _, name = path.rpartition(".")
        given = {**GIVEN, **names.NEEDED, "model": model(), "layer": trilobite.layers.Dense(2)}
        given |= {"config": CONFIGS.get(module), "json_string": model().to_json()}
        given["model"].save("file.keras")
        if path == "Sequential.from_config":
            given["config"] = model().get_config()
        if path == "Sequential.export":
            given["filepath"] = "net.py"
        if name.startswith("sparse"):
            given["y_true"] = [1]
        needed = {n: p.default is p.empty for n, p in theirs.items()}
        if name in ("compile", "fit", "evaluate", "train_on_batch", "test_on_batch"):
            needed |= dict.fromkeys({"loss", "x", "y"} & theirs.keys(), True)
        elif path == "Input.__init__":
            needed["shape"] = True
        for argument, p in theirs.items():
            if p.default is p.empty or is_open(path, p) or (path, argument) in REFUSED:
                continue
            wanted = {n: given[n] for n in needed if needed[n] and n in given and n != argument}
            try:
                if name in ("load_data", "get_file") or "TensorBoard" in path:  # from elsewhere
                    assert argument in names.parameters(find(), find())
                else:
                    find()(**wanted | {argument: p.default})
                    n_calls += 1
            except Exception as error:
                refused.append(f"{path}({argument}={p.default!r}): {type(error).__name__}: {error}")
    assert not refused, "\n".join(refused)
    assert n_calls > 300


def is_open(path, p):
    """Whether the table says of a parameter of Keras's that it is open."""
    owner, _, name = path.rpartition(".")
    method = "" if name == "__init__" else f"`{name}`: "
    texts = f"no argument `{names.shown(p)}`", f"`{p.name}`, not `{names.shown(p)}`"
    return any(reasons.reason(owner, method + text) == "open" for text in texts)
