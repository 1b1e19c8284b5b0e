"""Every public name of ours beside Keras 3's: signatures, defaults, members; and why they differ.

`faces/test_keras_names.py` calls all of them with Keras's arguments, and docs/keras.md lists the
differences: ``python tests/keras_names.py`` writes the list there. A difference without a reason
in `keras_reasons.py` is an error.
"""

import inspect
import sys
from pathlib import Path
from types import ModuleType

import keras_side
from keras_reasons import reason

import trilobite

PAGE = Path(__file__).parents[1] / "docs" / "keras.md"
BEGIN, END = "<!-- names: begin -->\n", "<!-- names: end -->\n"
# For the parameters without a default.
NEEDED = {
    "activation": "relu",
    "backup_dir": "backup",
    "boundaries": [1],
    "decay_rate": 0.5,
    "decay_steps": 1,
    "filename": "log.csv",
    "fn": abs,
    "function": abs,
    "filepath": "file.keras",
    "first_decay_steps": 1,
    "initial_learning_rate": 0.1,
    "learning_rate": 0.1,
    "precision": 0.5,
    "rate": 0.5,
    "recall": 0.5,
    "scale": 2.0,
    "schedule": lambda epoch: 0.1,
    "sensitivity": 0.5,
    "shape": (2,),
    "specificity": 0.5,
    "stddev": 0.5,
    "target_shape": (2,),
    "units": 2,
    "values": [0.1, 0.2],
}


def public(module):
    """The public names of a module of ours."""
    if hasattr(module, "__all__"):
        return set(module.__all__)
    return {
        name
        for name, value in vars(module).items()
        if name[0] != "_" and getattr(value, "__module__", None) == module.__name__
    }


def modules(ours=trilobite, path=""):
    """Our public modules by the path of Keras's."""
    yield path, ours
    for name in sorted(public(ours)):
        value = getattr(ours, name)
        if isinstance(value, ModuleType):
            yield from modules(value, f"{path}.{name}" if path else name)


def names_of(keras, path):
    """Keras's public names in a module, a dict, and with those of `tf.keras`; None: no such."""
    import keras._tf_keras.keras as tf_keras

    found = []
    for module in (keras, tf_keras):
        for name in filter(None, path.split(".")):
            module = getattr(module, name, None)
        if module is None:
            return None, None
        found.append({name: v for name, v in vars(module).items() if name[0] != "_"})
    return found[0], found[1] | found[0]


def pairs(keras):
    """(path, ours, Keras's) of every public name that both have and that is no module."""
    for path, module in modules():
        _, theirs = names_of(keras, path)
        for name in sorted(public(module)):
            value = getattr(module, name)
            if theirs and name in theirs and not isinstance(value, ModuleType):
                yield f"{path}.{name}".lstrip("."), value, theirs[name]


def parameters(function, owner=None):
    """Parameters by name; of a constructor that passes on `**named` those of its bases, too."""
    found = {}
    for p in inspect.signature(function).parameters.values():
        if p.name not in ("self", "cls") and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD):
            found[p.name] = p
    passes_on = any(
        p.kind == p.VAR_KEYWORD for p in inspect.signature(function).parameters.values()
    )
    if owner is not None and passes_on:
        base = next(c for c in owner.__mro__[1:] if "__init__" in vars(c))
        if base is not object and not base.__module__.startswith("keras.src.backend"):
            more = parameters(base.__init__, base)
            found |= {n: p for n, p in more.items() if n not in found and p.kind == p.KEYWORD_ONLY}
    return found


def needed(wanted):
    """Values of those parameters that have no default."""
    return {n: NEEDED[n] for n, p in wanted.items() if p.default is p.empty}


def made(cls):
    """An object of a class, or None for bases and for what needs an extra."""
    if cls.__name__ == "TensorBoard":
        return None
    try:
        return cls(**needed(parameters(cls.__init__, cls)))
    except (KeyError, TypeError, NotImplementedError):
        return None


def of_signature(ours, theirs):
    """How the parameters differ, as texts."""
    for name, p in theirs.items():
        if name not in ours:
            yield f"no argument `{shown(p)}`"
        elif name == "name" and ours[name].default is None and isinstance(p.default, str):
            yield "`name=None`, which stands for Keras's default"
        elif not same(ours[name].default, p.default):
            yield f"`{shown(ours[name])}`, not `{shown(p)}`"
    for name, p in ours.items():
        if name not in theirs:
            yield f"also an argument `{shown(p)}`"
    by_place = [[p.name for p in ps.values() if p.kind != p.KEYWORD_ONLY] for ps in (ours, theirs)]
    common = [[n for n in names if n in ours and n in theirs] for names in by_place]
    if common[0] != common[1][: len(common[0])]:
        yield "another order of arguments"
    elif len(common[0]) < len(common[1]):
        yield f"`{'`, `'.join(common[1][len(common[0]) :])}` by name alone"


def same(a, b):
    """Whether two defaults are the same."""
    return type(a) is type(b) and a == b


def shown(p):
    """A parameter with its default."""
    return p.name if p.default is p.empty else f"{p.name}={p.default!r}"


def members(value):
    return {name for name in dir(value) if not name.startswith("_")}


def of_class(ours, theirs):
    """How the constructors and members of two classes differ: (member or "", text)."""
    wanted = parameters(theirs.__init__, theirs) if inspect.isclass(theirs) else parameters(theirs)
    for text in of_signature(parameters(ours.__init__, ours), wanted):
        yield "", text
    if not inspect.isclass(theirs):
        return
    mine, other = made(ours), made(theirs)
    there = members(ours) | (members(mine) if mine is not None else set())
    known = members(theirs) | (members(other) if other is not None else set())
    for name in sorted(members(theirs) - there):
        yield name, "absent"
    for name in sorted(members(ours) - known):
        yield name, "ours"
    for name in sorted(members(ours) & members(theirs)):
        a, b = inspect.getattr_static(ours, name), inspect.getattr_static(theirs, name)
        if isinstance(a, property) != isinstance(b, property):
            kinds = ["a property" if isinstance(f, property) else "no property" for f in (a, b)]
            yield "", f"`{name}` is {kinds[0]}, {kinds[1]} in Keras"
        elif inspect.isroutine(a := getattr(ours, name)) and inspect.isroutine(
            b := getattr(theirs, name)
        ):
            for text in of_signature(parameters(a), parameters(b)):
                yield "", f"`{name}`: {text}"


def differences(keras):
    """(owner, name, text) of all that differs, once for a class and those derived from it."""
    for path, module in modules():
        theirs, all_of_theirs = names_of(keras, path)
        if theirs is None:
            continue
        for name in sorted(public(module) - all_of_theirs.keys()):
            yield path, name, "ours"
        for name in sorted(theirs.keys() - public(module) - {"src"}):
            yield path, name, "absent"
    classes, names = {}, {}
    for path, ours, theirs in pairs(keras):
        if inspect.isclass(ours):
            names.setdefault(ours, path)
            if ours not in classes:
                classes[ours] = list(of_class(ours, theirs))
        elif callable(ours):
            for text in of_signature(parameters(ours), parameters(theirs)):
                yield path, "", text
    for ours, found in classes.items():
        of_bases = {row for base in ours.__mro__[1:] for row in classes.get(base, ())}
        for name, text in found:
            if (name, text) not in of_bases:
                yield names[ours], name, text


def table(keras):
    """The list for docs/keras.md: what is of one kind and has one reason shares a row."""
    rows = {}
    for owner, name, text in differences(keras):
        why = reason(f"{owner}.{name}".strip("."), text)
        rows.setdefault((text, why), {}).setdefault(owner, []).append(name)
    lines = ["| difference | where | why |", "|---|---|---|"]
    for (text, why), owners in sorted(rows.items(), key=lambda row: (row[0][0], row[0][1] or "")):
        where = [
            (f"of `{owner}` " if owner and names[0] else owner and f"`{owner}`")
            + ", ".join(f"`{name}`" for name in names if name)
            for owner, names in owners.items()
        ]
        lines.append(f"| {text} | {'; '.join(where)} | {why} |")
    return "\n".join(lines) + "\n"


def page(keras):
    """docs/keras.md with the list of today."""
    text = PAGE.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    return before + BEGIN + table(keras) + END + rest.split(END)[1]


if __name__ == "__main__":
    if sys.argv[1:] == ["print"]:
        print(table(keras_side.load()))
    else:
        PAGE.write_text(page(keras_side.load()), encoding="utf-8")
