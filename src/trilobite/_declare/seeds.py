"""The generator from which all seeds are drawn that nobody gave."""

import copy
from contextlib import contextmanager
from contextvars import ContextVar

import numpy as np

_generator = None  # made at the first draw: importing numpy.random takes a while
_aside = ContextVar("aside", default=None)  # what this thread draws from instead


def seed_all(seed):
    """Begin the seeds that are drawn anew."""
    global _generator
    _generator = np.random.default_rng(seed)


def draw_seed():
    """A fresh 63-bit seed."""
    return int(_now().integers(2**63))


@contextmanager
def set_aside():
    """A context whose draws nobody sees: the seeds after it are as if there had been none.

    It is one of this thread alone: others draw, and set seeds, as ever.
    """
    token = _aside.set(copy.deepcopy(_now()))
    try:
        yield
    finally:
        _aside.reset(token)


def _now():
    """The generator to draw from."""
    if (aside := _aside.get()) is not None:
        return aside
    if _generator is None:
        seed_all(None)
    return _generator
