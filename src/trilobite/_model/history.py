"""The record of a training."""

import math
from contextlib import nullcontext

from trilobite._model.callback import Callback


class History(Callback):
    """What `fit` returns: loss and metrics of every epoch.

    Attributes
    ----------
    history : dict of list of float
        "loss", the metrics, and both with the prefix "val_" for the validation data. All lists are
        of one length: what an epoch has not, such as "val_loss" where `validation_freq` leaves it
        out, is NaN.
    epoch : list of int
        Number of each epoch in `history`, from 0.
    baseline : float or None
        Training cost of the best constant answer, where `fit` can tell it from y.
    """

    baseline = None
    cooling = None  # the schedule of `tuning.fit_automatically`, which knows how training ended

    def __init__(self):
        super().__init__()
        self.history = {}
        self.epoch = []
        self.ending = None  # number and logs of an epoch whose end other callbacks are told of

    def __getstate__(self):
        """For pickle and copy: with lists of its own."""
        epoch, history = self.so_far()
        return self.__dict__ | {"epoch": epoch, "history": history, "ending": None}

    def on_train_begin(self, logs=None):
        """Start counting anew."""
        self.epoch = []
        self.ending = None

    def on_epoch_end(self, epoch, logs=None):
        """Record one epoch."""
        columns = {name: [value] for name, value in (logs or {}).items()}
        self.record([epoch], columns)

    def record(self, epochs, columns):
        """Record many epochs at once: their numbers and a dict of lists of floats."""
        with nullcontext() if self.model is None else self.model.writing():
            self.epoch += epochs
            self.ending = None
            _extend(self.history, len(epochs), columns)

    def so_far(self):
        """Epochs and columns, new lists, with the epoch that is ending."""
        epochs, columns = list(self.epoch), {name: list(v) for name, v in self.history.items()}
        if self.ending is not None:
            epoch, logs = self.ending
            epochs.append(epoch)
            logs = dict(logs)  # at once: callbacks of the training's thread may add to it
            _extend(columns, 1, {name: [value] for name, value in logs.items()})
        return epochs, columns

    def plot(self, **options):
        """Draw it by `trilobite.plot.history`, whose options these are; return the Axes."""
        from trilobite import plot  # the tools import the models

        return plot.history(self, **options)

    def get_state(self):
        """The epochs `so_far` as "epoch", the columns as "of/loss" and so on."""
        epochs, columns = self.so_far()
        return {"epoch": epochs} | {f"of/{name}": values for name, values in columns.items()}

    def set_state(self, state):
        """Replace all by what `get_state` returned."""
        columns = {name: list(values) for name, values in state.items() if name != "epoch"}
        self.epoch, self.ending = [int(number) for number in state["epoch"]], None
        self.history = {name.removeprefix("of/"): values for name, values in columns.items()}


def _extend(history, n, columns):
    """Put the columns of `n` epochs at the end of a history's, NaN for those that they have not."""
    before = max(map(len, history.values()), default=0)
    for name, values in columns.items():
        if name not in history:
            history[name] = [math.nan] * before
        history[name] += values
    for values in history.values():
        values += [math.nan] * (before + n - len(values))
