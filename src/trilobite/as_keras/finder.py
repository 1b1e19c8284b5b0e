"""Modules of Keras's and TensorFlow's names that show ours, as Python's import finds them."""

import importlib
import sys
from importlib.machinery import ModuleSpec
from types import ModuleType

from trilobite.as_keras import absent, keras2, tree


class View(ModuleType):
    """A module that shows the public names of another one, and nothing else.

    Parameters
    ----------
    path : str
        Its name: "keras.layers".
    """

    def __init__(self, path):
        shown = tree.shown(path)
        super().__init__(path, shown.__doc__)
        self.__all__ = tree.public(shown)
        if hasattr(shown, "__version__"):
            self.__version__ = shown.__version__

    def __getattr__(self, name):
        path = f"{self.__name__}.{name}"
        if name.startswith("__"):
            raise AttributeError(path)
        if name not in self.__all__:
            if tree.shown(tree.same(path)) is not None:
                return importlib.import_module(path)
            name = keras2.name_of(self.__name__, name)
        if name not in self.__all__:
            raise AttributeError(absent.sentence(self.__name__, name, everything=tree.everything()))
        value = getattr(tree.shown(self.__name__), name)
        return importlib.import_module(path) if tree.is_module(value) else value

    def __dir__(self):
        return self.__all__


class Finder:
    """What ``sys.meta_path`` holds: finds the modules of Keras and TensorFlow, and no others."""

    def find_spec(self, fullname, path=None, target=None):
        """The module's spec.

        Raises
        ------
        ImportError
            There is no such module here; also for ``from module import name``, which asks for a
            module of that name if there is nothing else.
        """
        owner, _, name = fullname.rpartition(".")
        if fullname.partition(".")[0] not in tree.ROOTS:
            return None
        if tree.shown(tree.same(fullname)) is None:
            said = absent.sentence(tree.same(owner), name, everything=tree.everything())
            raise ImportError(said, name=fullname)
        return ModuleSpec(fullname, self, origin="trilobite", is_package=True)

    def create_module(self, spec):
        """The view; of another name of a module nothing that is kept."""
        return View(spec.name) if tree.same(spec.name) == spec.name else None

    def exec_module(self, module):
        """Put the one module that has several names in the place of this one."""
        path = module.__name__
        if (other := tree.same(path)) != path:
            if (former := tree.plain(path)) in keras2.MODULES:
                keras2.say(former, other)
            sys.modules[path] = importlib.import_module(other)
