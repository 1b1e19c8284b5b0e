"""Model files: the state of a model as named arrays and plain data, and the model of them.

docs/model-file.md describes the layout and promises what later versions read.
"""

import os
import tempfile
from contextlib import contextmanager

import numpy as np

from trilobite._checks import arrays
from trilobite._declare.declaration import arguments, describe, is_public, restore
from trilobite._declare.layer import Input, Layer
from trilobite._files import content, keras_archive, keras_weights, tensorfile, whole
from trilobite._model.chain import leaves, weight_forms

# What a wrong description makes the constructors raise.
_WRONG = (
    ArithmeticError,
    AttributeError,
    LookupError,
    NotImplementedError,
    RecursionError,
    TypeError,
    ValueError,
)


def save(model, path, overwrite=True):
    """Write all of a model: architecture, weights, optimizer, history, order of the rows.

    As an archive of Keras's if the name ends as those do.
    """
    ending = _ending(path, ".keras")
    with model.reading():
        kind = {} if model.kind == "Sequential" else {"class_name": model.kind}
        parts = {"model": _architecture(model) | kind, "compile": model.get_compile_config()}
        state = model.get_state()
    parts |= _parts(state, "optimizer", "order", "history")
    if model._table is not None:
        parts["table"] = model._table
    tensors, whole_content = _tensors(state), content.with_head("model", parts)
    if not ending:
        tensorfile.write(path, tensors, whole_content, overwrite)
        return
    if not model.built:
        raise ValueError(
            f"model: got {model.name!r}, which is not built, expected one with weights"
        )
    own = b"".join(tensorfile.parts(path, tensors, whole_content))
    architecture = {"class_name": "Sequential"} | parts["model"]
    written = keras_archive.write(model, architecture, parts["compile"], state, own)
    whole.write(path, [written], overwrite)


def _ending(path, wanted):
    """Whether a name has the ending of a file of Keras's; other files of HDF5 are not written."""
    name = os.fsdecode(path).lower()
    if name.endswith((".h5", ".hdf5")) and not name.endswith(wanted):
        raise ValueError(f"filepath: got {name!r}, expected a name that ends with {wanted}")
    return name.endswith(wanted)


def save_weights(model, path, overwrite=True):
    """Write the weights, and the optimizer's state if the model is compiled."""
    if _ending(path, ".weights.h5"):
        whole.write(path, [keras_weights.write(model, model.get_state())], overwrite)
        return
    state = model.get_state() | {"history": None}
    parts = _parts(state, "optimizer")
    tensorfile.write(path, _tensors(state), content.with_head("weights", parts), overwrite)


def save_backup(path, state, fit, own):
    """Write the state of a model while it trains, and that of a `fit` with its arrays."""
    parts = _parts(state, "optimizer", "order", "history") | {"fit": _described("fit", fit)}
    tensors = _tensors(state) | {f"fit/{name}": a for name, a in own.items()}
    tensorfile.write(path, tensors, content.with_head("backup", parts))


def load(classes, path, compile=True):
    """A model of one of the classes, which are given by name, from a file of `save`."""
    start = tensorfile.first_bytes(path)
    if start.startswith(keras_archive.MAGIC):
        return _load_keras(classes, path, compile)
    if start == keras_weights.MAGIC:
        raise ValueError(
            f"{path}: got a file of HDF5, expected .keras or a file of trilobite: if it is a model "
            "of Keras 2, read it there and save it as .keras; if weights, use load_weights"
        )
    with tensorfile.Reader(path) as file, blaming(path):
        content.check(file.content, "model")
        architecture = file.content["model"]
        layers = restore(architecture["layers"])
        given = layers[0] if layers and isinstance(layers[0], Input) else None
        forms = weight_forms(given, layers[1:] if given else layers)
        state = _state(file, {name: form for own in forms for name, form in own.items()})
        model = _made(classes, architecture, layers, forms, state.pop("weights"))
        if compile and file.content["compile"] is not None:
            model.compile_from_config(file.content["compile"])
            model.optimizer.undecayed = state["optimizer"]["undecayed"]
            if "trained" in state["optimizer"]:
                model.train_as(state["optimizer"]["trained"])
        else:
            del state["optimizer"]
        model.set_state(state)
        if "table" in file.content:
            model._table = _table(file.content["table"], model)
    return model


def _made(classes, architecture, layers, forms, weights):
    """The model of layers and their weights, of which the forms are given by layer."""
    links = layers[1:] if isinstance(layers[0], Input) else layers
    for layer, own in zip(leaves(links), forms, strict=True):
        layer.keep([weights[name] for name in own])
    cls = classes[architecture.get("class_name", "Sequential")]
    options = {k: architecture[k] for k in ("name", "trainable") if k in architecture}
    return cls.of(layers, **options)


def _load_keras(classes, path, compile):
    """A model from an archive of Keras's, with its whole state if we wrote it."""
    with open(path, "rb") as file, blaming(path):
        archive = keras_archive.Archive(file.read())
        if archive.own is not None:
            with tempfile.TemporaryDirectory() as folder:
                own = os.path.join(folder, "model.safetensors")
                whole.write(own, [archive.own])
                return load(classes, own, compile)
        architecture, compiled = archive.described()
        layers = restore(architecture["layers"])
        if not layers or not isinstance(layers[0], Input):
            raise ValueError("got a model that is not built, expected one with weights")
        forms = weight_forms(layers[0], layers[1:])
        flat = {name: form for own in forms for name, form in own.items()}
        weights = keras_weights.read(archive.weights, layers[1:], flat)
        model = _made(classes, architecture, layers, forms, weights)
        if compile and compiled is not None:
            model.compile_from_config(compiled)
    return model


def _load_weights_of_keras(model, path, is_archive):
    """Set the weights of a model from a file of Keras's."""
    with open(path, "rb") as file, blaming(path):
        data = file.read()
        if is_archive:
            data = keras_archive.Archive(data).weights
        weights = keras_weights.read(
            data, [x for x in model.declared if not isinstance(x, Input)], model.weight_forms()
        )
        model.set_state({"weights": weights})


def load_weights(model, path):
    """Set the weights of a model, and the optimizer's state if it is the file's optimizer."""
    start = tensorfile.first_bytes(path)
    is_archive = start.startswith(keras_archive.MAGIC)
    if is_archive or start == keras_weights.MAGIC:
        _load_weights_of_keras(model, path, is_archive)
        return
    with tensorfile.Reader(path) as file, blaming(path):
        content.check(file.content)
        state = _state(file, model.weight_forms())
        goes_on = model.goes_on_from(state["optimizer"])
        parts = ("weights", "optimizer") if goes_on else ("weights",)
        model.set_state({part: state[part] for part in parts})


def load_backup(path, forms):
    """The state of a model of such weights, `fit` and its arrays, from a file of `save_backup`."""
    with tensorfile.Reader(path) as file, blaming(path):
        content.check(file.content, "backup")
        state = _state(file, forms)
        fit = {name: restore(value) for name, value in file.content["fit"].items()}
    return state, fit, state.pop("fit")


def _table(table, model):
    """The description of a table whose rows the model reads."""
    n = sum(len(column["categories"] or [0]) for column in table["columns"])
    classes = table["target"]["classes"]
    found, expected = (n, len(classes or [0])), (model.input_shape[1:], model.output_shape[1:])
    if tuple((size,) for size in found) != expected:
        raise ValueError(
            f"table: got {found} columns and classes, expected {expected} as the model"
        )
    return table


@contextmanager
def blaming(path):
    """An error that the content of a file leads to is an error of the file."""
    try:
        yield
    except _WRONG as error:
        if str(error).startswith(str(path)):  # from the reader
            raise
        raise ValueError(f"{path}: {error}") from error


# ---- what files hold beside arrays ----


def _described(what, values):
    return {str(k): describe(f"{what}[{k!r}]", v) for k, v in values.items()}


def _architecture(model):
    """`model.get_config()`; once the weights exist, how they were drawn need not be known."""
    if not model.built:
        return model.get_config()
    return model.described([_layer(layer) for layer in model.declared])


def _layer(layer):
    """Description of a layer; without initializers that are functions or of your own classes."""
    what = f"layer {layer.name!r}"
    if not is_public(layer):
        return describe(what, layer)  # an error
    if not isinstance(layer, Layer):
        return describe(what, type(layer)) | {"config": _architecture(layer)}
    given = arguments(layer)
    drawn = {k for k, v in given.items() if k.endswith("_initializer") and v is not None}
    left_out = {k for k in drawn if not is_public(given[k])}
    if not left_out:
        return describe(what, layer)
    kept = {k: describe(f"{k} of {what}", v) for k, v in given.items() if k not in left_out}
    return describe(what, type(layer)) | {"config": kept}


def _parts(state, *names):
    """Parts of a model's state without what `_tensors` makes arrays of."""
    parts = {name: state[name] for name in names}
    if parts["optimizer"] is not None:
        parts["optimizer"] = {k: v for k, v in parts["optimizer"].items() if k != "arrays"}
    if parts.get("history") is not None:
        columns = {k.removeprefix("of/"): v for k, v in _columns(state["history"]).items()}
        plain = {k: None if _are_floats(v) else v for k, v in columns.items()}
        parts["history"] = _described("history", plain)
    return parts


def _columns(history):
    return {name: values for name, values in history.items() if name != "epoch"}


def _are_floats(values):
    return all(type(value) is float for value in values)


# ---- arrays ----


def _tensors(state):
    """All arrays of a model's state by name."""
    tensors = dict(state["weights"])
    if state["optimizer"] is not None:
        tensors |= {f"optimizer/{name}": a for name, a in state["optimizer"]["arrays"].items()}
    for name, values in (state["history"] or {}).items():
        if name == "epoch" or _are_floats(values):
            tensors[f"history/{name}"] = np.asarray(values, np.float64)
    return tensors


_PREFIXES = ("optimizer/", "history/", "fit/")


def _state(file, weights):
    """The state of a model, of whose weights the forms are given, and the arrays of `fit`.

    The forms of all arrays are checked before one of them is read.
    """
    found = {name: f for name, f in file.forms.items() if not name.startswith(_PREFIXES)}
    arrays.match(found, weights)
    _check_optimizer(file, weights)
    _check_history(file)
    tensors, parts = file.tensors(), file.content
    state = {"weights": {name: tensors.pop(name) for name in weights}}
    own = {prefix: {} for prefix in _PREFIXES}
    for name, a in tensors.items():
        prefix, _, rest = name.partition("/")
        own[f"{prefix}/"][rest] = a
    optimizer, history = parts["optimizer"], parts.get("history")
    state["optimizer"] = optimizer and optimizer | {"arrays": own["optimizer/"]}
    if "order" in parts:
        state["order"] = parts["order"]
        if history is not None:
            history = _history(history, own["history/"])
        state["history"] = history
    return state | {"fit": own["fit/"]}


def _history(columns, numbers):
    found = {f"of/{name}": values for name, values in columns.items()}
    return {"epoch": numbers["epoch"].tolist()} | {
        name: numbers[name].tolist() if values is None else restore(values)
        for name, values in found.items()
    }


def _check_optimizer(file, weights):
    """Check that what is kept for a weight has its form; which there are, the optimizer knows."""
    for name, form in file.forms.items():
        if name.startswith("optimizer/"):
            kept_for = name.split("/", 2)[2:]
            expected = weights.get(kept_for[0]) if kept_for else ((1,), np.dtype(np.float64))
            if file.content["optimizer"] is None or form != expected:
                raise ValueError(f"got the tensor {name!r} of {form}, expected {expected}")


def _check_history(file):
    columns = file.content.get("history")
    expected = {f"history/of/{k}" for k, v in (columns or {}).items() if v is None}
    expected |= {"history/epoch"} if columns is not None else set()
    found = {name: form for name, form in file.forms.items() if name.startswith("history/")}
    if found.keys() != expected or any(len(shape) != 1 for shape, _ in found.values()):
        raise ValueError(f"history: got {sorted(found)}, expected {sorted(expected)}")
