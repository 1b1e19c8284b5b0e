"""What a visitor has chosen: a plain dict, checked, whose every field has a default."""

from trilobite._checks.numbers import integer, real
from trilobite.playground import limits
from trilobite.playground.toy import CLASSIFICATION, FEATURES, REGRESSION

ACTIVATIONS = (
    *("tanh", "relu", "sigmoid", "linear", "leaky_relu", "elu", "selu", "gelu", "silu"),
    *("softplus", "softsign"),
)
OPTIMIZERS = ("sgd", "momentum", "nesterov", "adam", "rmsprop")
SCHEDULES = ("constant", "exponential", "cosine")
LOSSES = ("crossentropy", "squared_error")
PENALTIES = ("none", "l1", "l2")
SETS = {"classification": tuple(CLASSIFICATION), "regression": tuple(REGRESSION)}

DEFAULT = {
    "problem": "classification",
    "data": {"name": "circle", "noise": 0, "test_share": 0.5, "rows": 500, "seed": 0},
    "features": ["x1", "x2"],
    "view": ["x1", "x2"],
    "hidden": [4, 2],
    "activation": "tanh",
    "loss": "crossentropy",
    "optimizer": {"name": "sgd", "learning_rate": 0.03},
    "schedule": "constant",
    "schedule_epochs": 200,
    "regularization": {"kind": "none", "rate": 0.0},
    "dropout": 0.0,
    "batch_normalization": False,
    "early_stopping": {"on": False, "patience": 20},
    "batch_size": 10,
    "seed": 0,
    "discretize": False,
    "show_test": False,
}


def checked(given, table=None):
    """A whole spec, of what is given and the defaults.

    Parameters
    ----------
    given : dict
    table : Table, optional
        The visitor's own data, without which `data.name` cannot be "own".

    Raises
    ------
    TypeError, ValueError
        A field is unknown or out of range; the message begins with its name, "spec.hidden".
    """
    spec = _merged("spec", given, DEFAULT)
    own = spec["data"]["name"] == "own"
    if own:
        if table is None:
            raise ValueError("spec.data.name: got 'own', expected a file to be handed over first")
        spec["problem"] = "regression" if table.classes is None else "classification"
    _one_of("spec.problem", spec["problem"], tuple(SETS))
    _data(spec, own)
    names = table.features if own else list(FEATURES)
    spec["features"] = _names("spec.features", given.get("features"), spec, names, own)
    spec["view"] = _view(spec["view"], names, own)
    _net(spec)
    _training(spec)
    return spec


def _merged(where, given, default):
    if not isinstance(given, dict):
        raise TypeError(f"{where}: got {_short(given)}, expected an object")
    if unknown := [key for key in given if key not in default]:
        raise ValueError(f"{where}.{unknown[0][:40]}: unknown, expected {', '.join(default)}")
    return {
        key: _merged(f"{where}.{key}", given.get(key, {}), usual)
        if isinstance(usual, dict)
        else given.get(key, usual)
        for key, usual in default.items()
    }


def _data(spec, own):
    data = spec["data"]
    if not own:
        _one_of("spec.data.name", data["name"], (*SETS[spec["problem"]], "own"))
    data["noise"] = real("spec.data.noise", data["noise"], 0, 50)
    data["test_share"] = real("spec.data.test_share", data["test_share"], 0.1, 0.9)
    data["rows"] = integer("spec.data.rows", data["rows"], 20, limits.ROWS)
    data["seed"] = integer("spec.data.seed", data["seed"], 0, 2**32 - 1)


def _names(where, given, spec, names, own):
    """The features: those given, at least one; by default x1 and x2, or all columns."""
    found = (names if own else spec["features"]) if given is None else given
    if not isinstance(found, list) or not found:
        raise TypeError(f"{where}: got {_short(found)}, expected a list of names, at least one")
    for name in found:
        _one_of(where, name, names)
    if len(set(found)) < len(found):
        raise ValueError(f"{where}: got a name twice, expected each once")
    return [name for name in names if name in found]


def _view(view, names, own):
    """The two axes of the map: names, or "pca"."""
    if not own:
        return ["x1", "x2"]
    if view == "pca" and len(names) > 1:
        return view
    if view in ("pca", DEFAULT["view"]) and not {"x1", "x2"} <= set(names):
        return (names * 2)[:2]
    if not isinstance(view, list) or len(view) != 2:
        raise TypeError(f"spec.view: got {_short(view)}, expected two names or 'pca'")
    for name in view:
        _one_of("spec.view", name, names)
    return list(view)


def _net(spec):
    hidden = spec["hidden"]
    if not isinstance(hidden, list) or len(hidden) > limits.HIDDEN:
        raise ValueError(
            f"spec.hidden: got {_short(hidden)}, expected a list of at most {limits.HIDDEN} numbers"
        )
    spec["hidden"] = [integer("spec.hidden", n, 1, limits.NEURONS) for n in hidden]
    _one_of("spec.activation", spec["activation"], ACTIVATIONS)
    _one_of("spec.loss", spec["loss"], LOSSES)
    if spec["problem"] == "regression":
        spec["loss"] = "squared_error"
    penalty = spec["regularization"]
    _one_of("spec.regularization.kind", penalty["kind"], PENALTIES)
    penalty["rate"] = real("spec.regularization.rate", penalty["rate"], 0, 1000)
    spec["dropout"] = real("spec.dropout", spec["dropout"], 0, 0.95)
    spec["seed"] = integer("spec.seed", spec["seed"], 0, 2**32 - 1)
    for name in ("batch_normalization", "discretize", "show_test"):
        _yes_or_no(f"spec.{name}", spec[name])


def _training(spec):
    optimizer = spec["optimizer"]
    _one_of("spec.optimizer.name", optimizer["name"], OPTIMIZERS)
    rate = real("spec.optimizer.learning_rate", optimizer["learning_rate"], 0, 1e6)
    optimizer["learning_rate"] = rate
    _one_of("spec.schedule", spec["schedule"], SCHEDULES)
    epochs = integer("spec.schedule_epochs", spec["schedule_epochs"], 1, limits.EPOCHS)
    spec["schedule_epochs"] = epochs
    stopping = spec["early_stopping"]
    _yes_or_no("spec.early_stopping.on", stopping["on"])
    stopping["patience"] = integer(
        "spec.early_stopping.patience", stopping["patience"], 1, limits.EPOCHS
    )
    if spec["batch_size"] != "full":
        spec["batch_size"] = integer("spec.batch_size", spec["batch_size"], 1, limits.CSV_ROWS)


def _one_of(where, value, known):
    if not isinstance(value, str) or value not in known:
        some = ", ".join(list(known)[:20]) + ", ..." * (len(known) > 20)
        raise ValueError(f"{where}: got {_short(value)}, expected one of {some}")


def _yes_or_no(where, value):
    if not isinstance(value, bool):
        raise TypeError(f"{where}: got {_short(value)}, expected true or false")


def _short(value):
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
