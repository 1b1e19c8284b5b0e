"""How x and y are brought to numbers of the order of 1, and why."""

from dataclasses import dataclass

import numpy as np

_COLUMNS = 16  # from so many on columns that share their range are taken for pixels or counts
_SHARED = 0.9  # of the largest number, which half of the columns reach


@dataclass(frozen=True, eq=False)
class Scaling:
    """``(a - mean) / scale``, of each column.

    Attributes
    ----------
    mean, scale : ndarray of float64, shape (columns,)
    kind : {"none", "range", "columns"}
        "range": all columns share one scale, and stay where 0 is.
    reason : str
    """

    mean: np.ndarray
    scale: np.ndarray
    kind: str
    reason: str

    def apply(self, a):
        """What `a` becomes, an array of floats of its shape; `a` itself where nothing changes."""
        if self.kind == "none":
            return a
        dtype = a.dtype if a.dtype.kind == "f" else np.float64
        flat = a.reshape(len(a), -1)
        return ((flat - self.mean) / self.scale).astype(dtype).reshape(a.shape)


def scaling_of(x):
    """The `Scaling` for rows of x.

    Columns that share a range from 0 up, as pixels do, are divided by its end: their edges hold
    little that standardising would not blow up. Others get mean 0 and variance 1; a column of one
    value becomes 0.

    Parameters
    ----------
    x : ndarray, shape (n, ...)
    """
    x = x.reshape(len(x), -1)
    n_columns = x.shape[1]
    mean, sd = x.mean(0, np.float64), x.std(0, np.float64)
    low, high = float(x.min()), x.max(0).astype(np.float64)
    top = float(high.max())
    if n_columns >= _COLUMNS and low >= 0 and np.mean(high >= _SHARED * top) >= 0.5 and top > 0:
        if 0.5 <= top <= 1:
            return _none(n_columns, f"numbers from 0 to {top:g}, which are left as they are")
        why = f"all columns lie between 0 and {top:g}, by which they are divided"
        return Scaling(np.zeros(n_columns), np.full(n_columns, top), "range", why)
    if (np.abs(mean) < 0.1).all() and ((0.8 < sd) & (sd < 1.25)).all():
        return _none(n_columns, "every column is standardised already")
    sd = np.where(sd > 1e-7 * np.maximum(np.abs(mean), 1e-30), sd, 1.0)
    return Scaling(mean, sd, "columns", "every column gets mean 0 and variance 1")


def scaling_of_targets(y):
    """The `Scaling` for numbers to be predicted: mean 0, variance 1, unless they nearly have it."""
    y = y.reshape(len(y), -1)
    mean, sd = y.mean(0, np.float64), y.std(0, np.float64)
    sd = np.where(sd > 0, sd, 1.0)
    if (np.abs(mean) < sd).all() and ((0.5 < sd) & (sd < 2)).all():
        return _none(y.shape[1], "y is left as it is")
    return Scaling(
        mean, sd, "columns", f"the output is multiplied by {_few(sd)}, plus {_few(mean)}"
    )


def _few(numbers):
    """Numbers for a sentence."""
    return f"{numbers[0]:.4g}" if len(numbers) == 1 else "numbers of each column"


def _none(n_columns, reason):
    return Scaling(np.zeros(n_columns), np.ones(n_columns), "none", reason)
