"""Models saved while they train."""

import math
import os

from trilobite._checks.numbers import integer, real
from trilobite._model.progress import say
from trilobite.callbacks.monitor import Monitor


class ModelCheckpoint(Monitor):
    """Save the model, or its weights, after each epoch or so many steps.

    Parameters
    ----------
    filepath : str or os.PathLike
        May have fields: ``"{epoch:02d}-{val_loss:.2f}.safetensors"``; `epoch` (and, with steps,
        `batch`) counts from 1, the others are the names in `logs`. What is measured, but not in
        this epoch, is NaN. Folders are made.
    monitor : str
        "val_loss" by default; what `save_best_only` goes by.
    verbose : {0, 1}
        1: say what is saved, and why it is or is not.
    save_best_only : bool
        Save only when the number is the best so far.
    save_weights_only : bool
        ``model.save_weights`` instead of ``model.save``.
    mode : {"auto", "min", "max"}
        Which is better, less or more; by default as the metric says.
    save_freq : "epoch" or int
        After each epoch, or each so many steps.
    initial_value_threshold : float, optional
        What the first saved one must be better than.
    """

    writes_files = True

    state_names = ("best", "_steps")

    def __init__(
        self,
        filepath,
        monitor="val_loss",
        verbose=0,
        save_best_only=False,
        save_weights_only=False,
        mode="auto",
        save_freq="epoch",
        initial_value_threshold=None,
    ):
        if initial_value_threshold is not None:
            real("initial_value_threshold", initial_value_threshold, infinite=True)
        super().__init__(monitor, mode, best=initial_value_threshold)
        self.filepath, self.verbose = os.fspath(filepath), verbose
        self.save_best_only, self.save_weights_only = save_best_only, save_weights_only
        self.save_freq = check_save_freq(save_freq)
        self.idle_hooks = idle_hooks(ModelCheckpoint, save_freq)
        self._steps, self._epoch = 0, 0

    def on_epoch_begin(self, epoch, logs=None):
        """Keep the number of the epoch."""
        self._epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        """Save if so many steps are done."""
        if self.save_freq == "epoch":
            return
        self._steps += 1
        if self._steps >= self.save_freq:
            self._steps = 0
            self._save(self._epoch, {"batch": batch + 1}, logs or {})

    def on_epoch_end(self, epoch, logs=None):
        """Save, if it is done by epochs."""
        if self.save_freq == "epoch":
            self._save(epoch, {}, logs or {})

    def _save(self, epoch, fields, logs):
        measured = ["loss", *self.model.metric_directions()]
        measured += [f"val_{name}" for name in measured]
        fields = dict.fromkeys(measured, math.nan) | {"epoch": epoch + 1} | fields | logs
        try:
            path = self.filepath.format(**fields)
        except KeyError as error:
            raise KeyError(
                f"filepath: got {self.filepath!r} with the field {error}, expected one of "
                f"{', '.join(fields)}"
            ) from None
        reason = self._reason(logs)
        if reason is None:
            return
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        save = self.model.save_weights if self.save_weights_only else self.model.save
        save(path, overwrite=True)
        if self.verbose > 0:
            say(f"Epoch {epoch + 1}: {reason}saved {path}")

    def _reason(self, logs):
        """Why to save, for the message; None: do not."""
        if not self.save_best_only:
            return ""
        value, best = self.watched(logs), self.best
        was = "" if best is None else f" from {best:.5f}"
        if value is None:  # as in Keras, but what was found to be the best stays
            return "" if best is None else None
        if self.improves(value, best):
            self.best = value
            return f"{self.monitor} improved{was} to {value:.5f}, "
        if self.verbose > 0:
            say(f"Epoch {self._epoch + 1}: {self.monitor} did not improve{was}")
        return None


def check_save_freq(value):
    """`save_freq` as "epoch" or a number of steps."""
    return value if value == "epoch" else integer("save_freq", value)


def idle_hooks(cls, save_freq):
    """The hooks of a class that counts steps only if `save_freq` is a number of them."""
    return (cls.on_train_batch_end,) if save_freq == "epoch" else ()
