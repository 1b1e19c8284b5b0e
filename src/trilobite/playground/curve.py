"""The costs of a run, an epoch a row: kept small, and shared by what undo goes back to."""

import dataclasses

import numpy as np

from trilobite.tuning import diagnose

COLUMNS = ("epoch", "train", "test", "learning_rate")
THIN = 400  # rows of a run that is shown beside others
JUDGED = 1_000  # epochs that the diagnosis reads


class Curve:
    """Rows (epoch, training cost, test cost, learning rate), float32; epochs count from 1.

    Attributes
    ----------
    best_epoch : int or None
        That of the least test cost.
    metrics : (float, float)
        The metric of the last epoch, of training and test.
    baseline : float or None
        Cost of the best constant answer, where `fit` can tell.
    """

    def __init__(self):
        self._rows, self._n, self._owned = np.empty((256, 4), "f4"), 0, True
        self.best_epoch, self._best = None, np.inf
        self.metrics = (np.nan, np.nan)
        self.baseline = None

    def __len__(self):
        return self._n

    def copy(self):
        """The curve as it is now; the rows are shared until it grows."""
        new = Curve()
        new.__dict__.update(self.__dict__, _owned=False)
        return new

    @property
    def memory(self):
        """The array that holds the rows, perhaps those of other curves, too."""
        return self._rows

    @property
    def rows(self):
        """All rows, not to be written to."""
        return self._rows[: self._n]

    def add(self, rows, metrics):
        """Append rows, and the metric of the last one."""
        n = self._n + len(rows)
        if n > len(self._rows) or not self._owned:
            larger = np.empty((max(2 * n, 256), 4), "f4")
            larger[: self._n] = self.rows
            self._rows, self._owned = larger, True
        with np.errstate(over="ignore"):  # beyond float32: infinite
            self._rows[self._n : n] = rows
        self._n, self.metrics = n, metrics
        costs = np.where(np.isfinite(self.rows[-len(rows) :, 2]), rows[:, 2], np.inf)
        at = int(costs.argmin())
        if costs[at] < self._best:
            self._best, self.best_epoch = costs[at], int(rows[at, 0])

    def thinned(self):
        """At most 400 rows from first to last, as lists by name."""
        at = np.unique(np.linspace(0, self._n - 1, min(self._n, THIN)).round().astype(int))
        rows = self.rows[at]
        values = [[None if np.isnan(v) else float(v) for v in column] for column in rows.T[1:3]]
        return {"epochs": [int(e) for e in rows[:, 0]], "train": values[0], "test": values[1]}

    def judged(self):
        """At most 1000 rows, evenly spaced, the last one among them."""
        return self.rows[::-1][:: -(-self._n // JUDGED) or 1][::-1].astype(float)

    def diagnosis(self):
        """What `tuning.diagnose` says of the curve, None before there is one."""
        if not self._n:
            return None
        rows = self.judged()
        found = diagnose({"loss": list(rows[:, 1]), "val_loss": list(rows[:, 2])}, self.baseline)
        if found.epoch is None:
            return found
        return dataclasses.replace(found, epoch=int(rows[found.epoch - 1, 0]))

    def csv(self):
        """The rows as text, with names in the first line."""
        lines = [",".join(COLUMNS)]
        lines += [f"{int(e)},{a:.9g},{b:.9g},{r:.9g}" for e, a, b, r in self.rows.tolist()]
        return "\n".join(lines) + "\n"
