"""Options of fit, evaluate and predict."""

import math
import numbers

from trilobite._checks.numbers import integer, real
from trilobite._checks.warned import warn

_VERBOSE = {"auto": 1, 0: 0, 1: 1, 2: 2}


def batch_size(value, argument="batch_size"):
    """`value` as an int of at least 1; None is 32."""
    return 32 if value is None else integer(argument, value)


def verbose(value):
    """`verbose` as 0, 1 or 2."""
    if not isinstance(value, (str, numbers.Integral)) or value not in _VERBOSE:
        raise ValueError(f"verbose: got {value!r}, expected 'auto', 0, 1 or 2")
    return _VERBOSE[value]


def shuffle(value):
    """`shuffle` as a bool, "rows" or "blocks"; Keras 2's "batch" is True."""
    if isinstance(value, str) and value not in ("rows", "blocks", "batch"):
        raise ValueError(f"shuffle: got {value!r}, expected True, False, 'rows' or 'blocks'")
    return value if value in ("rows", "blocks") else bool(value)


def validation_split(n, fraction):
    """Rows of n left for training when the last `fraction` of them is kept for validation."""
    fraction = real("validation_split", fraction)
    if not 0 <= fraction < 1:
        raise ValueError(f"validation_split: got {fraction}, expected 0 <= validation_split < 1")
    n_train = math.floor(n * (1.0 - fraction))
    if fraction and not 0 < n_train < n:
        raise ValueError(
            f"validation_split: got {fraction}, which leaves {n_train} of {n} rows for training "
            f"and {n - n_train} for validation, expected at least 1 each"
        )
    return n_train


def validation_freq(frequency):
    """Whether to validate after an epoch, counted from 1: a function of it."""
    if isinstance(frequency, (list, tuple, set, range)):
        return frozenset(integer("validation_freq", epoch) for epoch in frequency).__contains__
    frequency = integer("validation_freq", frequency)
    return lambda epoch: epoch % frequency == 0


def steps(argument, value):
    """A number of steps as an int of at least 1; None stays None."""
    return None if value is None else integer(argument, value)


def rows_of_step(n, size, steps):
    """Rows of a step, of n in all.

    As in Keras, `size` None is 32, or with a number of `steps` what lets these take all rows.
    """
    if steps is not None and size is None:
        return -(-n // steps)
    return batch_size(size)


def first_rows(n, size, steps):
    """How many of n rows so many steps take, and the rows of a step; see `rows_of_step`."""
    size = rows_of_step(n, size, steps)
    if steps is None:
        return n, size
    if (there := -(-n // size)) < steps:
        run_out("x", there, steps)
    return min(n, steps * size), size


def only_arrays(argument, value):
    """Raise ValueError if an argument is given that goes with arrays, not with batches."""
    if value:
        raise ValueError(
            f"{argument}: got {value!r} beside x that makes batches, expected validation_data"
        )


def run_out(argument, got, expected=None):
    """Warn that there are not as many batches as an epoch was to have."""
    warn(
        f"{argument}: ran out of data: got {got} batches for an epoch, expected "
        f"{'at least one' if expected is None else expected}",
    )
