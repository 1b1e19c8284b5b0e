"""What `fit` shows while it runs: one line an epoch and a bar under them."""

import sys
import time
import warnings
from contextlib import nullcontext

from trilobite._model.callback import Callback


def line(logs):
    """``loss: 0.2142 - accuracy: 0.9312`` from a dict of floats; small numbers as 1.2345e-05."""
    return " - ".join(
        f"{name}: {value:.4f}" if not 0 < abs(value) < 1e-3 else f"{name}: {value:.4e}"
        for name, value in logs.items()
    )


class Progress(Callback):
    """Lines and bar of one `fit`.

    Parameters
    ----------
    verbose : {0, 1, 2}
        1: a line an epoch and, on a terminal or in a notebook, a bar; 2: the lines; 0: nothing.
    epochs : range
        Numbers of the epochs, counted from 0.
    n : int, optional
        Rows of an epoch, if that is known.
    read : callable, optional
        How much of a file is read, as text.
    """

    def __init__(self, verbose, epochs, n=None, read=None):
        super().__init__()
        self.read = read
        self.at = self.rows_done = 0  # when the epoch began; of the epoch
        self.verbose, self.epochs, self.n = verbose, epochs, n
        self.epoch = epochs.start
        self.bar = None
        if verbose == 1:
            # disable=None: no bar unless someone watches it
            total = None if n is None else len(epochs) * n
            self.bar = _tqdm()(total=total, unit="row", unit_scale=True, disable=None)
        self.watched = self.bar is not None and not self.bar.disable

    def begin_with(self, epochs):
        """Show these epochs instead."""
        self.epochs, self.epoch = epochs, epochs.start
        if self.bar is not None:
            self.bar.reset(None if self.n is None else len(epochs) * self.n)

    def on_epoch_begin(self, epoch, logs=None):
        """Start the clock."""
        self.epoch, self.started = epoch, time.perf_counter()
        self.at, self.rows_done = self.at + self.rows_done, 0

    def update(self, rows_done, logs):
        """Move the bar to `rows_done` of this epoch and show `logs` beside it."""
        self.bar.set_description(f"Epoch {self.epoch + 1}/{self.epochs.stop}", refresh=False)
        text = line(logs) if self.read is None else f"{line(logs)} - {self.read()}"
        self.bar.set_postfix_str(text, refresh=False)
        self.bar.update(self.at + rows_done - self.bar.n)
        self.rows_done = rows_done

    def on_epoch_end(self, epoch, logs=None):
        """Print the line."""
        if self.verbose == 0:
            return
        took = time.perf_counter() - self.started
        text = f"Epoch {epoch + 1}/{self.epochs.stop} - {took:.1f}s - {line(logs)}"
        if self.watched:
            self.update(self.rows_done if self.n is None else self.n, logs)
            self.bar.write(text)
        else:
            print(text, flush=True)

    def on_train_end(self, logs=None):
        """Print what the history says of rate and epochs, if it is long enough to say something."""
        if self.verbose == 0:
            return
        from trilobite._model.diagnosis import told  # here: nobody else waits for it

        if text := told(self.model.history):
            say(f"Diagnosis: {text}") if self.watched else print(f"Diagnosis: {text}", flush=True)

    def close(self):
        """Leave the bar as it is."""
        if self.bar is not None:
            self.bar.close()


def _tqdm():
    """The bar of a notebook or, on a terminal and where ipywidgets are missing, the plain one."""
    known = "tqdm.auto" in sys.modules
    with nullcontext() if known else warnings.catch_warnings(action="ignore"):  # of ipywidgets
        from tqdm.auto import tqdm  # here: it takes longer to import than all of trilobite

    return tqdm


def say(text):
    """Print a line from within a training, above its bar if there is one."""
    tqdm = sys.modules.get("tqdm")
    if tqdm is None:
        print(text, flush=True)
    else:
        tqdm.tqdm.write(text)
