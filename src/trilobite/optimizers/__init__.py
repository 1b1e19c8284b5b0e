"""Optimizers: how a weight moves against its gradient. The engine computes them."""

from trilobite._declare.names import choose, classes_in
from trilobite.optimizers import schedules
from trilobite.optimizers.algorithms import (
    SGD,
    Adadelta,
    Adagrad,
    Adam,
    Adamax,
    AdamW,
    Nadam,
    RMSprop,
)
from trilobite.optimizers.optimizer import Optimizer

_CLASSES = classes_in(globals(), Optimizer)
_OPTIMIZERS = {c.__name__.lower(): c for c in _CLASSES} | {c.__name__: c for c in _CLASSES}


def get(identifier):
    """An `Optimizer` from an instance, a class or a name in any case ("sgd", "AdamW")."""
    if isinstance(identifier, Optimizer):
        return identifier
    if isinstance(identifier, str) and identifier.lower() in _OPTIMIZERS:
        identifier = identifier.lower()
    return choose("optimizer", identifier, _OPTIMIZERS)()
