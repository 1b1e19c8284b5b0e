"""The record of a training."""

from contextlib import nullcontext

from trilobite._model.callback import Callback


class History(Callback):
    """What `fit` returns: loss and metrics of every epoch.

    Attributes
    ----------
    history : dict of list of float
        "loss", the metrics, and both with the prefix "val_" for the validation data.
    epoch : list of int
        Number of each epoch in `history`, from 0.
    """

    def __init__(self):
        super().__init__()
        self.history = {}
        self.epoch = []
        self.ending = None  # number and logs of an epoch whose end other callbacks are told of

    def __getstate__(self):
        """For pickle and copy: with lists of its own."""
        epoch, history = self.so_far()
        history = {name: list(values) for name, values in history.items()}
        return self.__dict__ | {"epoch": list(epoch), "history": history, "ending": None}

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
            for name, values in columns.items():
                self.history.setdefault(name, []).extend(values)

    def so_far(self):
        """Epochs and history, with the epoch that is ending: what a file written now has."""
        if self.ending is None:
            return self.epoch, self.history
        epoch, logs = self.ending
        names = dict.fromkeys([*self.history, *logs])
        more = {n: self.history.get(n, []) + ([logs[n]] if n in logs else []) for n in names}
        return [*self.epoch, epoch], more

    def set_to(self, epoch, history):
        """Replace all by what `so_far` returned."""
        self.epoch, self.history, self.ending = list(epoch), dict(history), None
