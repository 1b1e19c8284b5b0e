"""How many rows a step has, and which are kept for validation."""

import numpy as np

from trilobite._checks.numbers import integer

HELD_OUT = 0.2  # of the rows, where there is no validation data


def sizes(argument, given, n, default):
    """Batch sizes for n rows, least first, each once; `default` where none were given.

    Raises
    ------
    TypeError, ValueError
        They are no sequence of integers from 1 to n, or there are none.
    """
    given = default if given is None else given
    try:
        given = list(given)
    except TypeError:
        kind = type(given).__name__
        raise TypeError(
            f"{argument}: got {given!r} ({kind}), expected a sequence of integers"
        ) from None
    if not given:
        raise ValueError(f"{argument}: got none, expected at least one")
    return sorted({integer(argument, size, most=n) for size in given})


def held_out(n, part=HELD_OUT):
    """Numbers of the rows to train with, and of those kept for validation, always the same.

    Raises
    ------
    ValueError
        There are so few that one of the two has none.
    """
    n_valid = int(n * part)
    if not 0 < n_valid < n:
        raise ValueError(f"x: got {n} rows, expected some to train on and some to validate on")
    order = np.random.default_rng(0).permutation(n)
    return np.sort(order[n_valid:]), np.sort(order[:n_valid])


def part(rows, x, y, weights):
    """These rows of x, y and weights, which may be None."""
    return x[rows], y[rows], None if weights is None else weights[rows]
