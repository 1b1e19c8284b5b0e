"""Descriptions of models, ours and those that Keras 3 writes: plain data, made of each other."""

import math

from trilobite._declare.names import snake_case

_KERAS = "keras."
# What descriptions of ours say and Keras's do not, and the other way round where it is said so.
_OURS = {"input_shape", "input_dim", "autocast"}
_THEIRS = {"dtype", "build_config", "synchronized_", "quantization_config"}


def to_keras(description, shapes, dtype):
    """Keras's description of a model, of ours: a dict as of `get_config` with "class_name".

    Parameters
    ----------
    description : dict
    shapes : dict
        Of the rows that each layer is handed, by its name.
    dtype : str

    Raises
    ------
    ValueError
        There is something in it that Keras has not.
    """
    if description["class_name"] == "Sequential":
        return _sequential(description, shapes, dtype)
    return _functional(description, shapes, dtype)


def _policy(dtype):
    return {
        "module": "keras",
        "class_name": "DTypePolicy",
        "config": {"name": dtype},
        "registered_name": None,
    }


def _sequential(description, shapes, dtype):
    layers = [_layer(layer, shapes, dtype) for layer in description["layers"]]
    shape = shapes[description["name"]]
    config = {
        "name": description["name"],
        "trainable": description.get("trainable", True),
        "dtype": _policy(dtype),
        "layers": layers,
        "build_input_shape": [None, *shape],
    }
    return {
        "module": "keras",
        "class_name": "Sequential",
        "config": config,
        "registered_name": None,
        "build_config": {"input_shape": [None, *shape]},
    }


def _functional(description, shapes, dtype):
    """With a node for each time that a layer comes."""
    entries, before = {}, None
    for layer in description["layers"]:
        entry = _layer(layer, shapes, dtype)
        name = entry["config"]["name"]
        entry = entries.setdefault(name, entry | {"name": name, "inbound_nodes": []})
        if before is not None:
            shape = [None, *shapes[name]]
            tensor = {"shape": shape, "dtype": dtype, "keras_history": before}
            node = {"class_name": "__keras_tensor__", "config": tensor}
            entry["inbound_nodes"].append({"args": [node], "kwargs": {}})
        before = [name, max(len(entry["inbound_nodes"]) - 1, 0), 0]
    first = description["layers"][0]["config"]["name"]
    config = {
        "name": description["name"],
        "trainable": description.get("trainable", True),
        "layers": list(entries.values()),
        "input_layers": [first, 0, 0],
        "output_layers": before,
    }
    return {
        "module": "keras.src.models.functional",
        "class_name": "Functional",
        "config": config,
        "registered_name": "Functional",
        "build_config": {"input_shape": None},
    }


def _layer(description, shapes, dtype):
    kind, config = description["class_name"], description["config"]
    if description["module"] == "models":
        inner = config | {"class_name": kind}
        return to_keras(inner, shapes, dtype)
    if kind == "Input":
        shape = config["shape"] or config["batch_shape"][1:]
        config = {"batch_shape": [None, *shape], "dtype": dtype, "name": config["name"]}
        kind = "InputLayer"
    else:
        config = {
            key: _value(key, value)
            for key, value in config.items()
            if key not in _OURS and not (key == "activity_regularizer" and value is None)
        }
        config = {k: v for k, v in config.items() if not (k.startswith("lora_") and v is None)}
        config["dtype"] = _policy(dtype)
        if kind == "Normalization":
            config["axis"] = -1  # its numbers are those of each column by now
    entry = {
        "module": "keras.layers",
        "class_name": kind,
        "config": config,
        "registered_name": None,
    }
    if kind != "InputLayer":
        entry["build_config"] = {"input_shape": [None, *shapes[config["name"]]]}
    return entry


def _value(key, value):
    """An argument, in Keras's description."""
    if key in ("activation", "identifier") and value == "gelu_tanh":
        raise ValueError("activation: got 'gelu_tanh', which Keras has not by name")
    if isinstance(value, list):
        return [_value(key, element) for element in value]
    if not isinstance(value, dict):
        return value
    if value.keys() == {"float"}:
        return float(value["float"])
    config = value.get("config", {})
    return {
        "module": f"keras.{value['module']}",
        "class_name": value["class_name"],
        "config": {k: _value(k, v) for k, v in config.items() if (k, v) != ("dtype", None)},
        "registered_name": None,
    }


def compile_to_keras(given):
    """Keras's description of the arguments of `compile`, of ours."""
    return given and {key: _value(key, value) for key, value in given.items()}


# ---- from Keras ----


class Reader:
    """Our description of what Keras describes.

    Parameters
    ----------
    arguments : callable
        ``arguments(module, class_name)`` are the names that a class of ours takes, None if there is
        no such.

    Attributes
    ----------
    dtypes : set of str
        That layers compute in.
    """

    def __init__(self, arguments):
        self._arguments = arguments
        self.dtypes = set()

    def model(self, entry):
        """The description of a model: a dict with "class_name", "name" and "layers"."""
        kind, config = entry.get("class_name"), entry["config"]
        self._require_builtin(entry)
        if kind == "Sequential":
            layers = [self._layer(layer) for layer in config["layers"]]
            shape = config.get("build_input_shape")
            if layers and layers[0]["class_name"] != "Input" and shape:
                layers.insert(0, _input(shape, config["name"] + "_input"))
        elif kind in ("Functional", "Model"):
            kind, layers = "Model", self._chain(config)
        else:
            raise ValueError(f"class_name: got {kind!r}, expected Sequential or Functional")
        trainable = {} if config.get("trainable", True) else {"trainable": False}
        return {"class_name": kind, "name": config["name"], "layers": layers} | trainable

    def _chain(self, config):
        """The layers of a functional model in the order of the one chain that they must be."""
        before = {}  # by (name, node): the (name, node) of the tensor that it is given
        entries = {entry["config"]["name"]: entry for entry in config["layers"]}
        for name, entry in entries.items():
            for number, node in enumerate(entry["inbound_nodes"]):
                histories = list(_histories(node["args"])) if isinstance(node, dict) else []
                if len(histories) != 1:
                    raise ValueError(
                        f"layer {name!r}: got {len(histories)} inputs, expected one: a chain"
                    )
                before[name, number] = tuple(histories[0][:2])
        (first, *_), (last, node, *_) = _one(config["input_layers"]), _one(config["output_layers"])
        place, chain = (last, node), []
        while place in before:
            if len(chain) > len(before):
                raise ValueError("layers: got a circle, expected a chain")
            chain.append(place[0])
            place = before[place]
        if place[0] != first:
            raise ValueError(f"layers: got a chain from {place[0]!r}, expected from {first!r}")
        return [self._layer(entries[name]) for name in [first, *reversed(chain)]]

    def _layer(self, entry):
        kind, config = entry["class_name"], dict(entry["config"])
        if kind in ("Sequential", "Functional", "Model"):
            inner = self.model(entry)
            kind = inner.pop("class_name")
            return {"module": "models", "class_name": kind, "config": inner}
        self._require_builtin(entry)
        self._dtype(config.pop("dtype", None))
        if kind == "InputLayer":
            shape = config.get("batch_shape") or config.get("batch_input_shape")
            return _input(shape, config["name"])
        return {
            "module": "layers",
            "class_name": kind,
            "config": self._taken("layers", kind, config),
        }

    def _dtype(self, dtype):
        if isinstance(dtype, dict):
            dtype = dtype["config"]["name"]
        if dtype is not None:
            self.dtypes.add(dtype)

    def _require_builtin(self, entry):
        """Only Keras's own classes: nothing of a file is looked up or executed."""
        module, registered = entry.get("module"), entry.get("registered_name")
        builtin = isinstance(module, str) and (module == "keras" or module.startswith(_KERAS))
        if not builtin or (registered and ">" in str(registered)):
            raise ValueError(
                f"class_name: got {entry.get('class_name')!r} of {registered or module!r}, "
                "expected one of Keras's own: nothing else is made of a file"
            )

    def _taken(self, module, kind, config):
        """The arguments that a class of ours takes."""
        names = self._arguments(module, kind)
        if names is None or kind == "Lambda":  # a function is never made of a file
            raise ValueError(f"class_name: got {kind!r}, which trilobite has not in {module}")
        taken = {}
        for key, value in config.items():
            if key in names:
                taken[key] = self.value(key, value)
            elif value not in (None, False, {}, []) and key not in _THEIRS:
                raise ValueError(f"{kind}: got {key}={value!r}, which trilobite has not")
        if isinstance(taken.get("axis"), list) and len(taken["axis"]) == 1:
            taken["axis"] = taken["axis"][0]
        return taken

    def value(self, key, value):
        """An argument, in our description."""
        if isinstance(value, list):
            return [self.value(key, element) for element in value]
        if isinstance(value, float) and not math.isfinite(value):
            return {"float": str(value)}
        if not isinstance(value, dict):
            return value
        if value.get("class_name") == "__numpy__":
            return value["config"]["value"]
        if value.get("class_name") == "function" and value.get("module") == "builtins":
            if not isinstance(value["config"], str):
                raise ValueError(f"{key}: got {value['config']!r}, expected a function of Keras")
            return value["config"]
        self._require_builtin(value)
        module, kind = value["module"].removeprefix(_KERAS), value["class_name"]
        config = {k: v for k, v in value.get("config", {}).items() if k != "dtype"}
        return {"module": module, "class_name": kind, "config": self._taken(module, kind, config)}

    def compiled(self, given):
        """Our arguments of `compile`, None if not compiled."""
        if not given or not given.get("optimizer"):
            return None
        names = ("optimizer", "loss", "metrics", "weighted_metrics")
        if given.get("loss_weights"):
            raise ValueError("compile: got loss_weights, which trilobite has not")
        return {name: self.value(name, given.get(name)) for name in names}


def _input(shape, name):
    return {"module": "layers", "class_name": "Input", "config": {"shape": shape[1:], "name": name}}


def _one(places):
    """The place of the only input or output, which older versions put in a list."""
    if places and isinstance(places[0], list):
        if len(places) != 1:
            raise ValueError(f"model: got {len(places)} inputs or outputs, expected one of each")
        places = places[0]
    return places


def _histories(value):
    """What tensors stand in the arguments of a call."""
    if isinstance(value, dict):
        if value.get("class_name") == "__keras_tensor__":
            yield value["config"]["keras_history"]
        else:
            for inner in value.values():
                yield from _histories(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _histories(inner)


def groups(links, path="layers"):
    """The layers of a chain, those of models in their place, each with Keras's name for it."""
    times, seen = {}, set()
    for link in links:
        if id(link) in seen:
            continue
        seen.add(id(link))
        kind = "functional" if link.__class__.__name__ == "Model" else None
        kind = kind or snake_case(type(link).__name__)
        name = f"{path}/{kind}_{times[kind]}" if times.get(kind) else f"{path}/{kind}"
        times[kind] = times.get(kind, 0) + 1
        if hasattr(link, "declared"):
            yield from groups(link.layers, f"{name}/layers")
        else:
            yield link, name
