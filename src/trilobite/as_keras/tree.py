"""Which module of Keras's or TensorFlow's name shows which of ours."""

import importlib
from types import ModuleType, SimpleNamespace

from trilobite.as_keras import keras2

ROOTS = ("keras", "tensorflow", "tf_keras")

# Other paths of the same modules, the longer ones first.
_SAME = {
    "tensorflow.contrib.keras.python.keras": "keras",
    "tensorflow.contrib.keras.api.keras": "keras",
    "tensorflow.contrib.keras": "keras",
    "tensorflow.python.keras": "keras",
    "tensorflow.compat.v1": "tensorflow",
    "tensorflow.compat.v2": "tensorflow",
    "tensorflow.keras": "keras",
    "keras._tf_keras.keras": "keras",
    "keras.api._v2.keras": "keras",
    "keras.api": "keras",
    "keras.src": "keras",
    "tf_keras": "keras",
}
# Modules that stand elsewhere here.
_SHOWN = {
    "keras": "trilobite.as_keras.keras",
    "keras.backend": "trilobite.backend",
    "keras.ops": "trilobite.ops",
    "keras.random": "trilobite.as_keras.random",
    "keras.optimizers.schedules": "trilobite.optimizers.schedules",
    "keras.wrappers.scikit_learn": "trilobite.as_keras.scikit_learn",
    "tensorflow": "trilobite.as_keras.tensorflow",
    "tensorflow.data": "trilobite.as_keras.data",
}


def plain(path):
    """A path within Keras or TensorFlow, from one of those that have led there."""
    for prefix, other in _SAME.items():
        if path == prefix or path.startswith(f"{prefix}."):
            return plain(other + path.removeprefix(prefix))
    return path


def same(path):
    """The path of the module that `path` is another name of; `path` itself if it is none."""
    path = plain(path)
    return keras2.MODULES.get(path, path)


def shown(path):
    """The module or namespace of ours that the module `path` shows, or None."""
    if path in _SHOWN:
        return importlib.import_module(_SHOWN[path])
    owner, _, name = path.rpartition(".")
    if owner and name in public(module := shown(owner)) and is_module(getattr(module, name)):
        return getattr(module, name)
    inside = any(known.startswith(f"{path}.") for known in (*_SAME, *_SHOWN, *keras2.MODULES))
    return SimpleNamespace() if inside else None


def is_module(value):
    """Whether a value of ours is shown as a module."""
    return isinstance(value, (ModuleType, SimpleNamespace))


def public(module):
    """The public names of a module or namespace of ours, sorted; none of None."""
    if module is None or isinstance(module, SimpleNamespace):
        return sorted(vars(module)) if module else []
    if hasattr(module, "__all__"):
        return sorted(module.__all__)
    return sorted(
        name
        for name, value in vars(module).items()
        if not name.startswith("_")
        and (getattr(value, "__module__", None) or "").startswith(module.__name__)
    )


def everything(path="keras"):
    """All public names under a path: pairs of the module's path and the name."""
    module = shown(path)
    for name in public(module):
        yield path, name
        if is_module(getattr(module, name)):
            yield from everything(f"{path}.{name}")
