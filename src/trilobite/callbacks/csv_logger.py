"""A table of the epochs in a file."""

import os

import numpy as np

from trilobite._model.callback import Callback


class CSVLogger(Callback):
    """Write a row of numbers to a CSV file after each epoch.

    The first column is the number of the epoch, from 0. The others are the names of the first
    epoch, sorted; without validation results among them, the same with "val_" follow, which read
    NA while there are none.

    Parameters
    ----------
    filename : str or os.PathLike
    separator : str
        "," by default.
    append : bool
        Go on at the end of a file that exists; false by default: replace it.
    """

    writes_files = True

    def __init__(self, filename, separator=",", append=False):
        super().__init__()
        self.filename, self.sep, self.append = os.fspath(filename), separator, append
        self.keys = None
        self._keep = 0  # bytes of the file that stay when the next row is written, None: all

    def get_state(self):
        """The columns, and how far the file is written."""
        size = os.path.getsize(self.filename) if self._keep is None else self._keep
        return {"keys": self.keys, "_keep": size}

    def on_train_begin(self, logs=None):
        """Begin a new table."""
        with open(self.filename, "a") as file:  # an error before training, not after an epoch
            # what is there is cut off only when a row is written: a backup may want to keep it
            self._keep = file.tell() if self.append else 0
        self.keys = None

    def on_epoch_end(self, epoch, logs=None):
        """Write a row."""
        import csv

        logs = logs or {}
        with open(self.filename, "a", newline="") as file:
            self._cut(file)
            writer = csv.writer(file, delimiter=self.sep)
            if self.keys is None:
                self.keys = sorted(logs)
                if not any(key.startswith("val_") for key in self.keys):
                    self.keys += [f"val_{key}" for key in self.keys]
                if file.tell() == 0:
                    writer.writerow(["epoch", *self.keys])
            writer.writerow([epoch, *(_cell(logs.get(key, "NA")) for key in self.keys)])

    def on_train_end(self, logs=None):
        """Without any epoch: an empty table."""
        with open(self.filename, "a") as file:
            self._cut(file)

    def _cut(self, file):
        if self._keep is not None and self._keep < file.tell():
            file.truncate(self._keep)
            file.seek(self._keep)
        self._keep = None


def _cell(value):
    """A list as "[1, 2]", anything else as it is."""
    if isinstance(value, (list, tuple)) or (isinstance(value, np.ndarray) and value.ndim):
        return f'"[{", ".join(map(str, value))}]"'
    return value
