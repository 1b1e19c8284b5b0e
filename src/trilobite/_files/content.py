"""What a model file says beside its arrays: the parts of each kind of file, and their form."""

VERSION = 2  # of what is read; a file without a table is of version 1
_HEAD = {"format", "version", "kind", "trilobite"}
_KINDS = ("Model", "Sequential")
_TABLE = "table"  # part that a model may have or not
_PARTS = {
    "model": {"model", "compile", "optimizer", "order", "history"},
    "weights": {"optimizer"},
    "backup": {"optimizer", "order", "history", "fit"},
}


def with_head(kind, parts):
    """The content of a file of a kind."""
    from importlib.metadata import version  # here: it takes a while to import

    version_of = VERSION if _TABLE in parts else 1
    head = {"format": "trilobite", "version": version_of, "kind": kind}
    head["trilobite"] = version("trilobite")
    return head | parts


def check(content, kind=None):
    """Check the form of the content of a file of one kind, or of any.

    Raises
    ------
    ValueError
        It is of a later version or another kind, or not of the form of `with_head`.
    """
    if content.get("format") != "trilobite" or not _is_integer(content.get("version"), 1):
        raise ValueError("got no format and version of trilobite, expected a file of it")
    if content["version"] > VERSION:
        raise ValueError(
            f"got version {content['version']}, expected at most {VERSION}; it was "
            f"written by trilobite {content.get('trilobite')}, which can read it"
        )
    found, expected = content.get("kind"), [kind] if kind else list(_PARTS)
    if found not in expected:
        raise ValueError(f"got a file of {found!r}, expected {' or '.join(expected)}")
    parts = set(_PARTS[found])
    if content["version"] > 1 and found == "model":
        parts.add(_TABLE)
    _keys("the file", content, _HEAD | parts)
    for part in parts:
        _CHECKS[part](content[part])


def _model(value):
    optional = {"class_name": "Sequential", "trainable": True}
    _keys("model", value)
    _keys("model", optional | value, {"name", "layers", *optional})
    kind, trainable = value.get("class_name", "Sequential"), value.get("trainable", True)
    _demand("model's class_name", kind, kind in _KINDS, " or ".join(_KINDS))
    _demand("model's trainable", trainable, isinstance(trainable, bool), "true or false")
    _demand("model's name", value["name"], isinstance(value["name"], str), "a string")
    _demand("model's layers", value["layers"], isinstance(value["layers"], list), "a list")


def _compile(value):
    if value is not None:
        _keys("compile", value)


def _optimizer(value):
    if value is None:
        return
    names = {"class_name", "iterations", "learning_rate", "undecayed", "trained"}
    _keys("optimizer", value)
    _keys("optimizer", {"trained": []} | value, names)
    trained = value.get("trained", [])
    booleans = isinstance(trained, list) and all(isinstance(of, bool) for of in trained)
    _demand("trained", trained, booleans, "a list of booleans")
    rate, undecayed = value["learning_rate"], value["undecayed"]
    _demand("iterations", value["iterations"], _is_integer(value["iterations"]), "an integer")
    _demand("learning_rate", rate, rate is None or isinstance(rate, float), "a number")
    strings = isinstance(undecayed, list) and all(isinstance(name, str) for name in undecayed)
    _demand("undecayed", undecayed, strings, "a list of strings")


def _order(value):
    _keys("order", value, {"seed", "epochs_begun"})
    seed, begun = value["seed"], value["epochs_begun"]
    _demand("seed", seed, seed is None or _is_integer(seed, most=2**63), "an integer")
    _demand("epochs_begun", begun, _is_integer(begun), "an integer")


def _history(value):
    if value is None:
        return
    _keys("history", value)
    for name, values in value.items():
        holds = values is None or isinstance(values, list)
        _demand(f"history's {name!r}", values, holds, "a list or null")


def _fit(value):
    _keys("fit", value)
    epoch, stopped = value.get("epoch"), value.get("stop_training")
    _demand("epoch", epoch, _is_integer(epoch), "an integer")
    _demand("stop_training", stopped, isinstance(stopped, bool), "true or false")


def _table(value):
    """Columns of a table and how each becomes columns of x; what the outputs stand for."""
    _keys("table", value, {"columns", "target"})
    columns, target = value["columns"], value["target"]
    _demand("table's columns", columns, isinstance(columns, list) and columns, "a list")
    for column in columns:
        _keys("table's column", column, {"name", "fill", "categories"})
        name, fill, categories = column["name"], column["fill"], column["categories"]
        _demand("column's name", name, isinstance(name, str), "a string")
        kind = float if categories is None else str
        _demand("column's fill", fill, isinstance(fill, kind), f"a {kind.__name__}")
        if categories is not None:
            _demand("categories", categories, _all_of(categories, str), "a list of strings")
    _keys("table's target", target)
    _keys("table's target", {"constant": []} | target, {"name", "classes", "constant"})
    _demand("target's name", target["name"], isinstance(target["name"], str), "a string")
    if (classes := target["classes"]) is not None:
        alike = _all_of(classes, str) or _all_of(classes, int)
        _demand("target's classes", classes, alike, "a list of strings or of integers")
    if "constant" in target:
        constant = target["constant"]
        numbers = isinstance(constant, list) and all(type(value) is float for value in constant)
        as_many = numbers and len(constant) == len(classes or [0])
        _demand("target's constant", constant, as_many, "a number for each output")


def _all_of(values, kind):
    """Whether this is a list of some different values, all of a kind."""
    right = isinstance(values, list) and all(type(value) is kind for value in values)
    return right and 0 < len(values) == len(set(values))


_CHECKS = {
    "table": _table,
    "model": _model,
    "compile": _compile,
    "optimizer": _optimizer,
    "order": _order,
    "history": _history,
    "fit": _fit,
}


def _keys(what, value, keys=None):
    """Demand a dict, of exactly these keys if any are given."""
    _demand(what, value, isinstance(value, dict), "an object")
    if keys is not None and value.keys() != keys:
        raise ValueError(f"{what}: got {sorted(value)}, expected {sorted(keys)}")


def _demand(what, value, holds, expected):
    if not holds:
        raise ValueError(f"{what}: got {str(value)[:80]}, expected {expected}")


def _is_integer(value, least=0, most=2**62):
    """Whether a value is an int that the engine can take."""
    return isinstance(value, int) and not isinstance(value, bool) and least <= value < most
