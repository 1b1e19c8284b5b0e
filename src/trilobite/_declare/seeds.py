"""The generator from which all seeds are drawn that nobody gave."""

import numpy as np

_generator = None  # made at the first draw: importing numpy.random takes a while


def seed_all(seed):
    """Begin the seeds that are drawn anew."""
    global _generator
    _generator = np.random.default_rng(seed)


def draw_seed():
    """A fresh 63-bit seed."""
    if _generator is None:
        seed_all(None)
    return int(_generator.integers(2**63))
