"""A table of the epochs in a file."""

import os

import numpy as np

from trilobite.callbacks.callback import Callback


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

    def __init__(self, filename, separator=",", append=False):
        super().__init__()
        self.filename, self.sep, self.append = os.fspath(filename), separator, append
        self.keys = self.csv_file = None

    def get_state(self):
        """The columns, and how far the file is written."""
        size = self._keep if self._keep is not None else self.csv_file.tell()
        return {"keys": self.keys, "size": size}

    def set_state(self, state):
        """Go on after the rows that were written then."""
        self.keys = state["keys"]
        self._keep = min(state["size"], os.path.getsize(self.filename))

    def on_train_begin(self, logs=None):
        """Open the file."""
        self.on_train_end()
        self.csv_file = open(self.filename, "a", newline="")  # noqa: SIM115
        self.keys = None
        # The part of the file to keep is cut off when it is clear where: at the first row.
        self._keep = os.path.getsize(self.filename) if self.append else 0

    def on_epoch_end(self, epoch, logs=None):
        """Write a row."""
        import csv

        logs = logs or {}
        self._cut()
        writer = csv.writer(self.csv_file, delimiter=self.sep)
        if self.keys is None:
            self.keys = sorted(logs)
            if not any(key.startswith("val_") for key in self.keys):
                self.keys += [f"val_{key}" for key in self.keys]
            if self.csv_file.tell() == 0:
                writer.writerow(["epoch", *self.keys])
        writer.writerow([epoch, *(_cell(logs.get(key, "NA")) for key in self.keys)])
        self.csv_file.flush()

    def _cut(self):
        if self._keep is not None:
            self.csv_file.truncate(self._keep)
            self.csv_file.seek(0, os.SEEK_END)
            self._keep = None

    def on_train_end(self, logs=None):
        """Close the file."""
        if self.csv_file is not None and not self.csv_file.closed:
            self._cut()
            self.csv_file.close()


def _cell(value):
    """A list as "[1, 2]", anything else as it is."""
    if isinstance(value, (list, tuple)) or (isinstance(value, np.ndarray) and value.ndim):
        return f'"[{", ".join(map(str, value))}]"'
    return value
