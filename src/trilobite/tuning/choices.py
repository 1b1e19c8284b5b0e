"""What is chosen for a training, and how it is told."""

import math
from dataclasses import dataclass, field

import numpy as np

from trilobite._model.diagnosis import diagnose
from trilobite._model.history import History
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
        "loss", "val_loss", "learning_rate" and the metrics of every epoch, as of a `History`.
    diagnosis : Diagnosis
        How training ended, as `diagnose` says of it.
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
    _record: History = field(repr=False)
    _pipeline: object = field(default=None, repr=False)

    @property
    def diagnosis(self):
        """How training ended: a `Diagnosis`."""
        return diagnose(self._record)

    def pipeline(self):
        """Return the estimator, not fitted, with what was chosen and behind the scaling.

        It is scikit-learn's `Pipeline`, for `cross_val_score`, or to be fitted to more rows: a
        `fit` of the estimator itself begins anew with x and y as they are. A steady rate is what it
        trains with.

        Raises
        ------
        TypeError
            Of a model, whose layers scale: its `fit` goes on where it was.
        """
        if self._pipeline is None:
            kind = type(self.model).__name__
            raise TypeError(
                f"model: got a {kind}, whose layers scale, so that its fit goes on; expected an "
                "estimator"
            )
        from sklearn.base import clone

        return clone(self._pipeline)

    def plot(self, **options):
        """Draw how it went by `trilobite.plot.history`, whose options these are; return the Axes.

        Where the rate begins to fall from the weights of an earlier epoch is marked.
        """
        return self._record.plot(**options)

    def __str__(self):
        width = max(map(len, self.reasons))
        return "\n".join(f"{what:{width}}  {why}" for what, why in self.reasons.items())


def told(model, history, found, batch_size, epochs, cooling, reasons):
    """The `AutomaticFit`, with the reasons that are the same for both faces."""
    record, history = history, history.history
    done, best, begins = len(history["loss"]), cooling.best_epoch, cooling.begins
    reasons["learning rate"] = str(found).removeprefix("learning rate ")
    fell = "steady to the end"
    if begins is not None:
        fell = f"steady for {begins} epochs, then, from the best weights on, falling to 0"
    reasons["schedule"] = fell
    reasons["epochs"] = f"{done} of at most {epochs}"
    if best >= 0:
        reasons["weights"] = f"of epoch {best + 1}, validation cost {history['val_loss'][best]:.4g}"
    return AutomaticFit(
        model, history, found.suggestion, batch_size, done, best, found, reasons, record
    )


def size_for(n, reasons):
    """Rows of a step: 32, or more where an epoch would have many steps."""
    size = next((s for s in _SIZES if n <= s * _STEPS), _SIZES[-1])
    reasons["batch size"] = f"{size}: {math.ceil(n / size)} steps an epoch of {n} rows"
    return size


def rows_held_out(n, reasons, labels=None):
    """Numbers of the rows to train with, and of those kept for validation.

    A row of a class of which no other is trained with is not kept.
    """
    train, valid = held_out(n, HELD_OUT if n <= _MANY else _HELD_OUT_OF_MANY)
    if labels is not None:
        alone = ~np.isin(labels[valid], labels[train])
        if not alone.all():
            train, valid = np.sort(np.append(train, valid[alone])), valid[~alone]
    reasons["validation"] = f"{len(valid)} of {n} rows, drawn at random"
    return train, valid


def split(x, y, weights, reasons, classes=False):
    """x, y and weights to train with, and the same to validate on; y may be classes."""
    labels = labels_of(y) if classes else None
    return [part(rows, x, y, weights) for rows in rows_held_out(x.shape[0], reasons, labels)]


def labels_of(y):
    """The class of each row, whether y is one-hot or not."""
    y = y.reshape(len(y), -1)
    return y[:, 0] if y.shape[1] == 1 else y.argmax(axis=1)


def note_classes(y, y_valid, reasons):
    """Say which classes are trained but not validated, and which the other way round."""
    train, valid = np.unique(labels_of(y)), np.unique(labels_of(y_valid))
    notes = (
        (np.setdiff1d(train, valid), "no row to validate on"),
        (np.setdiff1d(valid, train), "no row to train with"),
    )
    told = [
        f"{'class' if len(lacking) == 1 else 'classes'} {', '.join(map(str, lacking[:5]))}"
        f"{', ...' * (len(lacking) > 5)}: {what}"
        for lacking, what in notes
        if len(lacking)
    ]
    if told:
        reasons["classes"] = "; ".join(told)
