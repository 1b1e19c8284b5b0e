"""Dropout."""

from trilobite._checks.numbers import integer, real
from trilobite._declare.layer import Layer
from trilobite._declare.names import only


class Dropout(Layer):
    """In training ``y = x / (1 - rate)`` with probability ``1 - rate``, else 0; otherwise y = x.

    Parameters
    ----------
    rate : float
        0 <= rate < 1.
    noise_shape : None
        Keras's, which is not supported.
    seed : int, optional
        The first one that a model's layers are given seeds its training; otherwise
        `utils.set_random_seed` does. Which elements are dropped depends on the seed, the epoch,
        the step, the layer and the place alone, not on the number of threads.
    **common
        See `Layer`.
    """

    differs_in_training = True

    def __init__(self, rate, noise_shape=None, seed=None, **common):
        self.rate = real("rate", rate, 0, 1)
        if self.rate == 1:
            raise ValueError("rate: got 1.0, which drops everything, expected a number below 1")
        self.noise_shape = only("noise_shape", noise_shape, None)
        self.seed = None if seed is None else integer("seed", seed, least=0)
        super().__init__(**common)

    def stage(self):
        """The engine's stage of this layer."""
        return ("dropout", self.rate)
