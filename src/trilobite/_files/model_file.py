"""Model files: a model as named arrays and plain data, and the model of them.

docs/model-file.md describes the layout and promises what later versions read.
"""

from collections import Counter
from contextlib import contextmanager

import numpy as np

from trilobite._declare.declaration import arguments, describe, is_public, restore
from trilobite._declare.layer import Input
from trilobite._declare.names import snake_case
from trilobite._files import content, tensorfile
from trilobite._model.history import History

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
    """Write all of a model: architecture, weights, optimizer, history, order of the rows."""
    with model.reading():
        parts = {
            "model": _architecture(model),
            "compile": _compiled(model),
            "optimizer": _optimizer(model),
            "order": _order(model),
            "history": _history(model),
        }
        tensors = _tensors(model) | _numbers(model)
    tensorfile.write(path, tensors, content.with_head("model", parts), overwrite)


def save_weights(model, path, overwrite=True):
    """Write the weights, and the optimizer's state if the model is compiled."""
    with model.reading():
        parts, tensors = {"optimizer": _optimizer(model)}, _tensors(model)
    tensorfile.write(path, tensors, content.with_head("weights", parts), overwrite)


def save_backup(model, path, fit, tensors, epochs_begun):
    """Write all that changes while a model trains, and the state of a `fit` with its arrays."""
    tensors = {f"fit/{name}": a for name, a in tensors.items()}
    with model.reading():
        parts = {
            "optimizer": _optimizer(model),
            "order": _order(model) | {"epochs_begun": epochs_begun},
            "history": _history(model),
            "fit": _described("fit", fit),
        }
        tensors |= _tensors(model) | _numbers(model)
    tensorfile.write(path, tensors, content.with_head("backup", parts))


def load(cls, path, compile=True):
    """A model of the class `cls` from a file of `save`."""
    tensors, parts = tensorfile.read(path)
    content.check(path, parts, "model")
    tensors, numbers = _apart(tensors, "history/")
    model = _make(cls, path, parts["model"], tensors)
    if not compile or parts["compile"] is None:
        tensors, parts = _apart(tensors, "optimizer/")[0], parts | {"optimizer": None}
    else:
        with _blaming(path):
            model.compile(**{k: restore(v) for k, v in parts["compile"].items()})
            model.optimizer._undecayed = tuple(parts["optimizer"]["undecayed"])
    _set_state(path, model, tensors, parts["optimizer"])
    _set_order(model, parts["order"])
    if parts["history"] is not None:
        model.history = History()
    _set_history(path, model, parts["history"], numbers)
    return model


def load_weights(model, path):
    """Set the weights of a model, and the optimizer's state if it is the file's optimizer."""
    tensors, parts = tensorfile.read(path)
    content.check(path, parts)
    tensors, _ = _apart(tensors, "fit/", "history/")
    optimizer = parts["optimizer"]
    if not _goes_on(model, optimizer):
        tensors, optimizer = _apart(tensors, "optimizer/")[0], None
    with model.writing():
        _set_state(path, model, tensors, optimizer)


def load_backup(model, path):
    """Bring a compiled model back to a file of `save_backup`; return `fit` and its arrays."""
    tensors, parts = tensorfile.read(path)
    content.check(path, parts, "backup")
    if not _goes_on(model, parts["optimizer"]):
        raise ValueError(
            f"{path}: got the optimizer {parts['optimizer']}, expected {_optimizer(model)}"
        )
    with _blaming(path):
        fit = {k: restore(v) for k, v in parts["fit"].items()}
    tensors, own = _apart(tensors, "fit/")
    tensors, numbers = _apart(tensors, "history/")
    _set_state(path, model, tensors, parts["optimizer"])
    _set_order(model, parts["order"])
    _set_history(path, model, parts["history"], numbers)
    return fit, {name.removeprefix("fit/"): a for name, a in own.items()}


# ---- a model as plain data ----


def _described(what, values):
    return {str(k): describe(f"{what}[{k!r}]", v) for k, v in values.items()}


def _architecture(model):
    """`model.get_config()`; once the weights exist, how they were drawn need not be known."""
    if not model.built:
        return model.get_config()
    layers = [_layer(layer) for layer in (model._input, *model.layers)]
    return {"name": model.name, "layers": layers}


def _layer(layer):
    """Description of a layer; without initializers that are functions or of your own classes."""
    what = f"layer {layer.name!r}"
    if not is_public(layer):
        return describe(what, layer)  # an error
    given = arguments(layer)
    drawn = {k for k, v in given.items() if k.endswith("_initializer") and v is not None}
    left_out = {k for k in drawn if not is_public(given[k])}
    if not left_out:
        return describe(what, layer)
    kept = {k: describe(f"{k} of {what}", v) for k, v in given.items() if k not in left_out}
    return describe(what, type(layer)) | {"config": kept}


def _compiled(model):
    """What `compile` was given, or None."""
    if model._loss is None:
        return None
    given = {"optimizer": model.optimizer, "loss": model._loss, **model._compile_options}
    return _described("compile", given)


def _optimizer(model):
    """What the optimizer of a compiled model needs to go on beside its arrays, or None."""
    optimizer = model.optimizer
    return optimizer and {
        "class_name": type(optimizer).__name__,
        "iterations": int(optimizer.iterations),
        "learning_rate": None if optimizer.schedule else float(optimizer.learning_rate),
        "undecayed": list(optimizer._undecayed),
    }


def _order(model):
    """What decides the order of the rows in the next epoch."""
    return {"seed": model._seed, "epochs_begun": model._epochs_begun}


def _history(model):
    """The history with the epoch that is ending, or None; columns of floats are null."""
    if model.history is None:
        return None
    columns = model.history.so_far()[1].items()
    return _described("history", {k: None if _are_floats(v) else v for k, v in columns})


def _are_floats(values):
    return all(type(value) is float for value in values)


# ---- a model as arrays ----


def _each_layer(given, layers):
    """Each layer, and name, shape and dtype of each of its weights; none without an Input.

    Layers count by class: ``dense``, ``dense_1``. So the names are the same when the program runs
    again or makes the model again, unlike the layers' own.
    """
    times, shape = Counter(), given and given.shape
    for layer in layers:
        kind = snake_case(type(layer).__name__)
        owner = f"{kind}_{times[kind]}" if times[kind] else kind
        times[kind] += 1
        if not given:
            yield layer, {}
            continue
        plan = zip(layer.weight_names, layer.weight_plan(shape), strict=True)
        yield (
            layer,
            {f"{owner}/{name}": (tuple(wanted), given.dtype) for name, (wanted, *_) in plan},
        )
        shape = layer.output_shape(shape)


def _weights(given, layers):
    """Name, shape and dtype of each array of ``get_weights()``."""
    return {name: form for _, own in _each_layer(given, layers) for name, form in own.items()}


def _state_names(model):
    """Name of each array of the optimizer's state: ``optimizer/velocity/dense/kernel``."""
    state = model.optimizer and model.optimizer.state
    if not state:
        return []
    weights = zip(_weights(model._input, model.layers), model._net.trainable, strict=True)
    trained = [name for name, is_trained in weights if is_trained]
    names = [f"optimizer/{slot}/{name}" for slot in state.slots for name in trained]
    if len(state.get_state()) > len(names):  # Nadam's product of its momenta
        names.append("optimizer/u_product")
    return names


def _tensors(model):
    """All arrays of a model by name."""
    names = _weights(model._input, model.layers) if model.built else ()
    weights = dict(zip(names, model.get_weights(), strict=True))
    names = _state_names(model)
    state = model.optimizer.state.get_state() if names else ()
    return weights | dict(zip(names, state, strict=True))


def _numbers(model):
    """The numbers of the epochs in the history, and its columns of floats, as arrays."""
    if model.history is None:
        return {}
    epoch, columns = model.history.so_far()
    columns = {f"history/of/{k}": v for k, v in columns.items() if _are_floats(v)}
    every = {"history/epoch": epoch} | columns
    return {name: np.asarray(values, np.float64) for name, values in every.items()}


def _apart(tensors, *prefixes):
    """The arrays whose names do not begin with one of `prefixes`, and those whose do."""
    chosen = {name: a for name, a in tensors.items() if name.startswith(prefixes)}
    return {name: a for name, a in tensors.items() if name not in chosen}, chosen


def _match(path, tensors, expected):
    """Check that the arrays are those expected: a dict of name and (shape, dtype)."""
    for name, (shape, dtype) in expected.items():
        if name not in tensors:
            raise ValueError(f"{path}: got no tensor {name!r}, expected one of shape {shape}")
        found = tensors[name]
        if found.shape != shape:
            raise ValueError(f"{path}, {name!r}: got shape {found.shape}, expected {shape}")
        if found.dtype != dtype:
            raise ValueError(f"{path}, {name!r}: got dtype {found.dtype}, expected {dtype}")
    for name in tensors:
        if name not in expected:
            known = ", ".join(expected) or "none"
            raise ValueError(f"{path}: got the tensor {name!r}, expected only {known}")


# ---- a model from both ----


@contextmanager
def _blaming(path):
    """An error that the content of a file leads to is an error of the file."""
    try:
        yield
    except _WRONG as error:
        raise ValueError(f"{path}: {error}") from error


def _make(cls, path, description, tensors):
    """The model of a description; it starts with the arrays of the file, nothing is drawn."""
    with _blaming(path):
        layers = restore(description["layers"])
        given = layers[0] if layers and isinstance(layers[0], Input) else None
        rest = layers[1:] if given else layers
        expected = _weights(given, rest)
    _match(path, _apart(tensors, "optimizer/")[0], expected)
    with _blaming(path):
        for layer, names in _each_layer(given, rest):
            layer._weights = [tensors[name] for name in names]
        return cls(layers, name=description["name"])


def _goes_on(model, optimizer):
    """Whether a model's optimizer can take over the state of a file's."""
    own = _optimizer(model)
    if own is None or optimizer is None:
        return own is optimizer
    scheduled = (own["learning_rate"] is None) == (optimizer["learning_rate"] is None)
    return own["class_name"] == optimizer["class_name"] and scheduled


def _set_state(path, model, tensors, optimizer):
    """Give a model its weights and its optimizer its state; if something does not fit, nothing."""
    weights = _weights(model._input, model.layers) if model.built else {}
    begun = len(tensors) > len(weights) or bool(optimizer and optimizer["iterations"])
    names = []
    if optimizer is not None and weights and begun:
        with _blaming(path):
            model._attach_optimizer()
        names = _state_names(model)
    arrays = model.optimizer.state.get_state() if names else ()
    own = {name: (a.shape, a.dtype) for name, a in zip(names, arrays, strict=True)}
    _match(path, tensors, weights | own)
    if optimizer is not None:
        with _blaming(path):
            if optimizer["learning_rate"] is not None:
                model.optimizer.learning_rate = optimizer["learning_rate"]
            if not begun:
                model.optimizer.detach(model._net)
            model.optimizer.iterations = optimizer["iterations"]
    if names:
        model.optimizer.state.set_state([tensors[name] for name in names])
    if weights:
        model._net.set_weights([tensors[name] for name in weights])


def _set_order(model, order):
    model._seed, model._epochs_begun = order["seed"], order["epochs_begun"]


def _set_history(path, model, columns, numbers):
    names = {k: f"history/of/{k}" for k, values in (columns or {}).items() if values is None}
    expected = {"history/epoch", *names.values()} if columns is not None else set()
    if numbers.keys() != expected or any(a.ndim != 1 for a in numbers.values()):
        raise ValueError(f"{path}, history: got {sorted(numbers)}, expected {sorted(expected)}")
    if columns is None:
        return
    with _blaming(path):
        epoch = [int(number) for number in numbers["history/epoch"]]
        found = {
            k: numbers[names[k]].tolist() if k in names else restore(values)
            for k, values in columns.items()
        }
    model.history.set_to(epoch, found)
