"""Optimizers: how a weight moves against its gradient. The engine computes them."""

from trilobite._declare.declaration import describe, made
from trilobite._declare.names import classes_in
from trilobite.optimizers import schedules
from trilobite.optimizers.algorithms import SGD, Adadelta, Adagrad, Ftrl, RMSprop
from trilobite.optimizers.moments import Adam, Adamax, AdamW, Lion, Nadam
from trilobite.optimizers.optimizer import Optimizer

__all__ = [
    "SGD",
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "Ftrl",
    "Lion",
    "Nadam",
    "Optimizer",
    "RMSprop",
    "deserialize",
    "get",
    "schedules",
    "serialize",
]

_CLASSES = classes_in(globals(), Optimizer)
_OPTIMIZERS = {c.__name__.lower(): c for c in _CLASSES} | {c.__name__: c for c in _CLASSES}


def get(identifier):
    """An `Optimizer` from an object, a class, a name in any case or what `serialize` made."""
    return identifier if isinstance(identifier, Optimizer) else deserialize(identifier)


def serialize(optimizer):
    """An optimizer as plain data, for `deserialize`."""
    return describe("optimizer", optimizer)


def deserialize(config, custom_objects=None):
    """What `serialize` was given; `custom_objects` are classes by name that it may be of, too."""
    if isinstance(config, str) and config.lower() in _OPTIMIZERS:
        config = config.lower()
    return made("optimizer", config, _OPTIMIZERS, custom_objects)
