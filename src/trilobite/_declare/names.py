"""Names: choosing a thing by its string, and naming layers and models as Keras does."""

import difflib
import re

from trilobite._declare.shared import Shared

used = Shared(dict)  # how often each name was given
custom_objects = {}  # a program's own functions and classes, by the names that stand for them


def snake_case(name):
    """Keras's spelling of a class name: ``CategoricalAccuracy`` -> ``categorical_accuracy``."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=.)(?=[A-Z][a-z])", "_", name).lower()


def auto_name(prefix):
    """A name not given before: ``dense``, ``dense_1``, ``dense_2``, ..."""
    counts = used.get()
    count = counts[prefix] = counts.get(prefix, -1) + 1
    return f"{prefix}_{count}" if count else prefix


def forget_names():
    """Begin the names that are given anew."""
    used.get().clear()


def classes_in(module, base):
    """The public classes derived from `base` among the names of a module, a dict, in its order."""
    return [
        c
        for name, c in module.items()
        if isinstance(c, type) and issubclass(c, base) and c is not base and name[0] != "_"
    ]


def by_name(classes, aliases):
    """Table of `classes` under their own names, Keras's snake_case names and `aliases`."""
    table = {snake_case(c.__name__): c for c in classes}
    return table | {c.__name__: c for c in classes} | aliases


def choose(argument, given, table):
    """The entry of `table` that the string `given` names, or `given` if it is an entry, a class.

    Raises
    ------
    TypeError
        `given` is neither.
    ValueError
        `given` is not in `table`; the message lists what is, the likeliest first.
    """
    if isinstance(given, str) and given in table:
        return table[given]
    if isinstance(given, type) and given in table.values():
        return given
    known = [name for name in table if name.islower()]
    if not isinstance(given, str):
        kind = type(given).__name__
        raise TypeError(f"{argument}: got {given!r} ({kind}), expected one of {listed(known)}")
    close = difflib.get_close_matches(given.lower(), known, n=1)
    hint = f"; did you mean {close[0]!r}?" if close else ""
    raise ValueError(f"{argument}: got {given!r}, expected one of {listed(known)}{hint}")


def only(argument, value, *supported):
    """Raise ValueError unless `value`, of an argument that Keras has, is one of `supported`."""
    plain = isinstance(value, (str, bool, int, float))
    if not any(value is known or (plain and value == known) for known in supported):
        given = repr(value) if len(repr(value)) < 60 else f"a {type(value).__name__}"
        raise ValueError(
            f"{argument}: got {given}, expected {listed(supported)}: nothing else is supported"
        )
    return value


def listed(names):
    """``'a', 'b', 'c'``, for messages."""
    return ", ".join(map(repr, names))
