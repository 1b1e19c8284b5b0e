"""Numbers that the caller hands over.

Every message names the argument, what was given and what was expected.
"""

import math
import numbers


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


def real(argument, value, least=None, most=None, infinite=False):
    """`value` as a float, from `least` to `most` if these are given, finite or also infinite."""
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise TypeError(f"{argument}: got {value!r} ({type(value).__name__}), expected a number")
    try:
        number = float(value)
    except OverflowError:  # an int beyond all floats
        number = math.nan
    if math.isnan(number) or (math.isinf(number) and not infinite):
        expected = "a number" if infinite else "a finite number"
        raise ValueError(f"{argument}: got {value}, expected {expected}")
    if (least is not None and number < least) or (most is not None and number > most):
        limits = f"a number >= {least}" if most is None else f"a number from {least} to {most}"
        raise ValueError(f"{argument}: got {value}, expected {limits}")
    return number
