"""The generator from which all seeds are drawn that nobody gave."""

import numpy as np

from trilobite._declare.shared import Shared

generator = Shared(lambda: np.random.default_rng())  # later: importing numpy.random takes a while


def seed_all(seed):
    """Begin the seeds that are drawn anew."""
    generator.set(np.random.default_rng(seed))


def draw_seed():
    """A fresh 63-bit seed."""
    return int(generator.get().integers(2**63))
