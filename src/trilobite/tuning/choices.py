"""What is chosen for a training, and how it is told."""

import math
from dataclasses import dataclass, field

from trilobite.tuning.learning_rate import LearningRateRange
from trilobite.tuning.rows import HELD_OUT, held_out, part

# Rows of a step: the first of which an epoch has so few steps, at least the largest.
_SIZES, _STEPS = (32, 64, 128), 500
# Of more rows than so many a smaller part is kept for validation.
_MANY, _HELD_OUT_OF_MANY = 5000, 0.1


@dataclass(eq=False)
class AutomaticFit:
    """What `fit_automatically` chose, and how it went.

    Attributes
    ----------
    model
        What was handed in, trained.
    history : dict of list of float
        "loss", "val_loss" and the metrics of every epoch, as of a `History`.
    learning_rate : float
        With which training began.
    batch_size, epochs, best_epoch : int
        Rows of a step; epochs that were trained; the number, from 0, of the one whose weights the
        model has now.
    range : LearningRateRange
    reasons : dict of str
        Why each was chosen, by what it is: "x", "y", "learning rate", ...
    """

    model: object = field(repr=False)
    history: dict = field(repr=False)
    learning_rate: float
    batch_size: int
    epochs: int
    best_epoch: int
    range: LearningRateRange = field(repr=False)
    reasons: dict = field(repr=False)

    def __str__(self):
        width = max(map(len, self.reasons))
        return "\n".join(f"{what:{width}}  {why}" for what, why in self.reasons.items())


def told(model, history, found, batch_size, epochs, cooling, reasons):
    """The `AutomaticFit`, with the reasons that are the same for both faces."""
    done, best, begins = len(history["loss"]), cooling.best_epoch, cooling.begins
    reasons["learning rate"] = str(found).removeprefix("learning rate ")
    fell = "steady to the end"
    if begins is not None:
        fell = f"steady for {begins} epochs, then, from the best weights on, falling to 0"
    reasons["schedule"] = fell
    reasons["epochs"] = f"{done} of at most {epochs}"
    if best >= 0:
        reasons["weights"] = f"of epoch {best + 1}, validation cost {history['val_loss'][best]:.4g}"
    return AutomaticFit(model, history, found.suggestion, batch_size, done, best, found, reasons)


def size_for(n, reasons):
    """Rows of a step: 32, or more where an epoch would have many steps."""
    size = next((s for s in _SIZES if n <= s * _STEPS), _SIZES[-1])
    reasons["batch size"] = f"{size}: {math.ceil(n / size)} steps an epoch of {n} rows"
    return size


def rows_held_out(n, reasons):
    """Numbers of the rows to train with, and of those kept for validation."""
    train, valid = held_out(n, HELD_OUT if n <= _MANY else _HELD_OUT_OF_MANY)
    reasons["validation"] = f"{len(valid)} of {n} rows, drawn at random"
    return train, valid


def split(x, y, weights, reasons):
    """x, y and weights to train with, and the same to validate on."""
    return [part(rows, x, y, weights) for rows in rows_held_out(x.shape[0], reasons)]
