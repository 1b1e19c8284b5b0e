"""Numbers that the caller hands over.

Every message names the argument, what was given and what was expected.
"""

import numbers
import sys


def integer(argument, value, least=1, most=2**62):
    """`value` as an int from `least` to `most`."""
    if isinstance(value, bool) or not isinstance(value, numbers.Integral):
        kind = type(value).__name__
        raise TypeError(f"{argument}: got {value!r} ({kind}), expected an integer >= {least}")
    if value < least:
        raise ValueError(f"{argument}: got {value}, expected an integer >= {least}")
    if value > most:
        raise ValueError(f"{argument}: got {value}, expected an integer <= {most}")
    return int(value)


def real(argument, value, least=None, most=None):
    """`value` as a finite float, from `least` to `most` if these are given."""
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise TypeError(f"{argument}: got {value!r} ({type(value).__name__}), expected a number")
    if not (abs(value) <= sys.float_info.max):  # NaN, infinity, an int beyond all floats
        raise ValueError(f"{argument}: got {value}, expected a finite number")
    if (least is not None and value < least) or (most is not None and value > most):
        limits = f"a number >= {least}" if most is None else f"a number from {least} to {most}"
        raise ValueError(f"{argument}: got {value}, expected {limits}")
    return float(value)
