"""The generator from which all seeds are drawn that nobody gave."""

import copy
from contextlib import contextmanager

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


@contextmanager
def set_aside():
    """A context whose draws nobody sees: the seeds after it are as if there had been none."""
    global _generator
    if _generator is None:
        seed_all(None)
    before = copy.deepcopy(_generator)
    try:
        yield
    finally:
        _generator = before
