"""A chain, computed by NumPy in float64: what the others are calibrated and tested with."""

import numpy as np

from trilobite.export.chain import Activation, Dense, PReLU, Random, Rescaling
from trilobite.reference.activations import described


def apply(step, y):
    """What a step makes of rows (n, n_in)."""
    if isinstance(step, Dense):
        return y @ step.w + step.b
    if isinstance(step, Rescaling):
        return y * step.scale + step.offset
    if isinstance(step, PReLU):
        return np.where(y > 0, y, step.alpha * y)
    if isinstance(step, Random):
        return y
    if isinstance(step, Activation):
        row, numbers = described((step.name, *step.numbers))
        y = y.copy()
        with np.errstate(all="ignore"):
            row.function(y, *numbers)
        return y
    return (y - step.mean) * step.factor + step.offset


def rows(chain, argument, x):
    """Rows as the chain takes them, (n, n_in) in float64.

    Raises
    ------
    ValueError
        They are of another shape, or there are none.
    """
    x = np.asarray(x, np.float64)
    if x.shape[1:] not in (tuple(chain.row_shape), (chain.n_in,)) or not len(x):
        expected = ", ".join(map(str, chain.row_shape))
        raise ValueError(f"{argument}: got shape {x.shape}, expected (n, {expected}), some rows")
    if not np.isfinite(x).all():
        raise ValueError(f"{argument}: got NaN or infinity, expected finite numbers")
    return x.reshape(len(x), -1)
