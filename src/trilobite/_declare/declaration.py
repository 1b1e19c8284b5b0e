"""Declarations: written down as plain data, and made again from it.

A layer, loss, metric, optimizer, schedule, initializer or regularizer keeps each argument of its
constructor under an attribute of that name. So what it was made with can be read off its signature,
and no class needs code of its own for it.
"""

import math
from functools import wraps

import numpy as np

from trilobite._declare.names import choose

_TAKES_MORE = 0x08  # inspect.CO_VARKEYWORDS, which takes a while to import
# By name, the modules that a class which is named in a description may come from: see `know`.
_MODULES = {}


def know(*modules):
    """Let descriptions name the classes of these public modules, and of no others."""
    _MODULES.update((module.__name__.removeprefix("trilobite."), module) for module in modules)


class Described:
    """What `get_config` writes down as plain data, and `from_config` makes again."""


class Declaration(Described):
    """What can be described by the arguments of its constructor, which cannot be assigned later.

    A network that was built from them would not know, and a file would describe another model.
    """

    assignable = frozenset()  # arguments for which that does not hold
    _arguments = ()  # names of all that the constructor takes
    _passed_on = ()  # those that it takes by name alone: what `**named` of a derived one may be
    _fixed = frozenset()  # those that are fixed by now

    def __init_subclass__(cls, **named):
        """Fix the arguments of a constructor once it is through, the outermost one's."""
        super().__init_subclass__(**named)
        if "__init__" not in vars(cls):
            return
        given = cls.__init__
        code, n = given.__code__, given.__code__.co_argcount
        by_name = code.co_varnames[n : n + code.co_kwonlyargcount]
        more = cls._passed_on if code.co_flags & _TAKES_MORE else ()
        cls._passed_on = tuple(dict.fromkeys((*by_name, *more)))
        names = cls._arguments = tuple(dict.fromkeys((*code.co_varnames[1:n], *cls._passed_on)))
        fixed = frozenset(names) - cls.assignable

        @wraps(given)
        def init(self, *args, **named):
            given(self, *args, **named)
            if type(self)._arguments is names:
                object.__setattr__(self, "_fixed", fixed)

        cls.__init__ = init

    def __setattr__(self, name, value):
        if name in self._fixed:
            raise AttributeError(
                f"{name}: got {value!r} for a {type(self).__name__} that is made already, expected "
                f"a new {type(self).__name__}({name}={value!r})"
            )
        super().__setattr__(name, value)

    def __repr__(self):
        name = getattr(self, "name", None)
        return f"<{type(self).__name__}{f' name={name}' if name else ''}>"

    def get_config(self):
        """The arguments that make such an object again, as plain data.

        Returns
        -------
        dict
            None, bool, int, float, str and lists of them; a nested declaration is
            ``{"module": ..., "class_name": ..., "config": ...}``.

        Raises
        ------
        TypeError
            An argument cannot be written down: a function or an object of a class of your own.
        """
        owner = f"{type(self).__name__} {getattr(self, 'name', '')!r}".removesuffix(" ''")
        return {
            name: describe(f"{name} of {owner}", value) for name, value in arguments(self).items()
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """Make an object of this class from what `get_config` returned.

        `custom_objects`, Keras's, are not needed: a description names none.
        """
        return cls(**{name: restore(value) for name, value in config.items()})


def arguments(declaration):
    """The arguments of the constructor by name, as they are now."""
    return {name: getattr(declaration, name) for name in type(declaration)._arguments}


def is_public(value):
    """Whether a value is an object of one of the library's classes of declarations."""
    return isinstance(value, Described) and _module_of(type(value)) is not None


def describe(what, value):
    """A value as plain data, of which strict JSON can be made.

    Parameters
    ----------
    what : str
        Names the value in the error.
    value : object
        None, bool, int, str, float (also NaN and infinite), numbers and arrays of NumPy, a
        declaration or its class, a function of `activations`, or a list or tuple of them.

    Raises
    ------
    TypeError
        Anything else.
    """
    if isinstance(value, (np.generic, np.ndarray)) and value.dtype.kind in "biuf":
        value = value.tolist()
    if hasattr(value, "spec"):  # a function of `activations`, which stands for its own numbers
        spec = value.spec()
        value = spec[0] if isinstance(spec, tuple) else spec
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else {"float": str(value)}
    if isinstance(value, (list, tuple)):
        return [describe(what, element) for element in value]
    cls = value if isinstance(value, type) else type(value)
    module = _module_of(cls) if issubclass(cls, Described) else None
    if module is None:
        raise TypeError(
            f"{what}: got {value!r}, which cannot be written down, expected numbers, strings and "
            "objects of trilobite's own classes"
        )
    description = {"module": module, "class_name": cls.__name__}
    return description if value is cls else description | {"config": value.get_config()}


def made(argument, given, table, custom_objects=None):
    """What an argument stands for that is given as a class of `table`, its name, or as data.

    Parameters
    ----------
    argument : str
        Its name in messages.
    given : str, type or dict
        A dict has "class_name" and "config", as `describe` and Keras write them.
    table : dict of str to type
    custom_objects : dict of str to type, optional
        More such.

    Raises
    ------
    TypeError, ValueError
        It names nothing that is there.
    """
    table = table | (custom_objects or {})
    if not isinstance(given, dict):
        return choose(argument, given, table)()
    cls = choose(f"{argument}['class_name']", given.get("class_name"), table)
    return cls.from_config(given.get("config") or {})


def restore(description):
    """What `describe` was given, lists for tuples and arrays.

    Raises
    ------
    ValueError
        It names a class that does not exist here.
    """
    if isinstance(description, list):
        return [restore(element) for element in description]
    if not isinstance(description, dict):
        return description
    if description.keys() == {"float"}:
        return float(description["float"])
    if not {"module", "class_name"} <= description.keys() <= {"module", "class_name", "config"}:
        raise ValueError(
            f"config: got {description!r}, expected a dict of 'module', 'class_name' and 'config'"
        )
    cls = _find(description["module"], description["class_name"])
    return cls.from_config(description["config"]) if "config" in description else cls


def arguments_of(module, class_name):
    """Names of the arguments of the class that a description names; None if there is no such."""
    try:
        return _find(module, class_name)._arguments
    except ValueError:
        return None


def _module_of(cls):
    """The name of the public module in which a class is found under its own name, or None."""
    for name, module in _MODULES.items():
        if getattr(module, cls.__name__, None) is cls:
            return name
    return None


def _find(module, class_name):
    """The class that a description names."""
    found = None
    if isinstance(module, str) and isinstance(class_name, str):
        found = getattr(_MODULES.get(module), class_name, None)
    if not (isinstance(found, type) and issubclass(found, Described)):
        raise ValueError(
            f"class_name: got {class_name!r} of {module!r}, expected a class of trilobite's "
            f"{', '.join(_MODULES)}"
        )
    return found
