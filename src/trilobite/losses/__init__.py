"""Losses (costs): which number training makes small. The engine computes them.

Definitions, defaults and the clipping of probabilities at 1e-7 are Keras 3's. y are the model's
outputs; a row's cost is the mean over its outputs unless a formula sums over classes, the loss
the mean over the rows, each cost multiplied by the weight of its row if there are weights.
Called by hand, a loss or function computes the same by NumPy.
"""

from trilobite._declare.declaration import Declaration, describe, made
from trilobite._declare.differentiable import Derived, Differentiable
from trilobite._declare.names import by_name, classes_in, custom_objects, only, snake_case
from trilobite.losses import functions
from trilobite.losses.classes import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    CategoricalHinge,
    CosineSimilarity,
    Hinge,
    Huber,
    KLDivergence,
    LogCosh,
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanSquaredError,
    MeanSquaredLogarithmicError,
    Poisson,
    SparseCategoricalCrossentropy,
    SquaredHinge,
)
from trilobite.losses.functions import *  # noqa: F403
from trilobite.losses.loss import TRAINED, Loss
from trilobite.losses.own import Own as _Own

_CLASSES = classes_in(globals(), Loss)
_FUNCTIONS = {name: getattr(functions, name) for name in functions.__all__} | {
    "bce": functions.binary_crossentropy,
    "BCE": functions.binary_crossentropy,
}
_OF_FUNCTIONS = {_FUNCTIONS[snake_case(c.__name__)]: c for c in _CLASSES}
_LOSSES = by_name(_CLASSES, {name: _OF_FUNCTIONS[f] for name, f in _FUNCTIONS.items()})

__all__ = [
    "BinaryCrossentropy",
    "CategoricalCrossentropy",
    "CategoricalHinge",
    "CosineSimilarity",
    "Hinge",
    "Huber",
    "KLDivergence",
    "LogCosh",
    "Loss",
    "MeanAbsoluteError",
    "MeanAbsolutePercentageError",
    "MeanSquaredError",
    "MeanSquaredLogarithmicError",
    "Poisson",
    "SparseCategoricalCrossentropy",
    "SquaredHinge",
    "deserialize",
    "get",
    "serialize",
    *functions.__all__,
]


def get(identifier):
    """A `Loss` or function: of a class or its name an object, of another name the function.

    Parameters
    ----------
    identifier : Loss, function, type, str, dict or None
        An object or function is returned as it is, as is None; a dict is what `serialize` returned.
    """
    if isinstance(identifier, str):
        return _FUNCTIONS[identifier] if identifier in _FUNCTIONS else chosen(identifier)
    if identifier is None or callable(identifier) and not isinstance(identifier, type):
        return identifier
    return made("identifier", identifier, _LOSSES)


def serialize(loss):
    """A loss as plain data, for `deserialize`; a function is its name."""
    return describe("loss", loss) if isinstance(loss, Declaration) else loss.__name__


def deserialize(name, custom_objects=None):
    """What `serialize` was given; `custom_objects` are classes by name that it may be of, too."""
    return get(name) if isinstance(name, str) else made("name", name, _LOSSES, custom_objects)


def chosen(identifier):
    """The `Loss` that a model is to be trained for, of all that `get` takes but None.

    As in Keras it may stand in a list, which is of the outputs.
    """
    if isinstance(identifier, (list, tuple)) and len(identifier) == 1:
        identifier = identifier[0]
    if isinstance(identifier, (list, tuple)) or (
        isinstance(identifier, dict) and "class_name" not in identifier
    ):
        raise TypeError(
            f"loss: got {identifier!r} ({type(identifier).__name__}), expected one loss, as there "
            "is one output: its name, such as 'mse', a function or a Loss"
        )
    if isinstance(identifier, str):
        identifier = custom_objects.get(identifier, identifier)
    loss = identifier
    if isinstance(loss, Differentiable):
        return _Own(loss)
    if isinstance(loss, Loss) and type(loss).call is not Loss.call and not loss.is_own:
        return _Own(Derived(loss.call), only("reduction", loss.reduction, *TRAINED), loss.name)
    if callable(loss) and not isinstance(loss, (type, Loss)) and loss not in _OF_FUNCTIONS:
        return _Own(Derived(loss))
    if not isinstance(loss, Loss):
        named = _OF_FUNCTIONS.get(identifier) if callable(identifier) else None
        loss = made("loss", named or identifier, _LOSSES)
    only("reduction", loss.reduction, *TRAINED)
    return loss
