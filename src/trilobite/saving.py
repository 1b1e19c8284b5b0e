"""Keras's `saving`: models and their weights in files."""

from contextlib import contextmanager

from trilobite._declare.names import custom_objects as _custom_objects
from trilobite.models import load_model, save_model

__all__ = [
    "CustomObjectScope",
    "custom_object_scope",
    "get_custom_objects",
    "register_keras_serializable",
    "load_model",
    "load_weights",
    "save_model",
    "save_weights",
]


def save_weights(model, filepath, overwrite=True, max_shard_size=None):
    """Write the weights of a model: ``model.save_weights(filepath, overwrite)``."""
    model.save_weights(filepath, overwrite, max_shard_size)


def load_weights(model, filepath, skip_mismatch=False):
    """Set the weights of a model: ``model.load_weights(filepath)``."""
    model.load_weights(filepath, skip_mismatch)


def get_custom_objects():
    """A program's own activations, losses and metrics by name, a dict: to be looked at and set."""
    return _custom_objects


@contextmanager
def custom_object_scope(custom_objects):
    """A context in which these names mean these functions or classes, too."""
    before = dict(_custom_objects)
    _custom_objects.update(custom_objects)
    try:
        yield
    finally:
        _custom_objects.clear()
        _custom_objects.update(before)


CustomObjectScope = custom_object_scope


def register_keras_serializable(package="Custom", name=None):
    """A decorator of a class or function, which is then known as "package>name"."""

    def register(given):
        _custom_objects[f"{package}>{name or given.__name__}"] = given
        return given

    return register
