"""Layers that draw at random in training: dropout and noise."""

from trilobite._checks.numbers import integer, real
from trilobite._declare.layer import Layer
from trilobite._declare.names import only


class _Random(Layer):
    """Base of the layers that draw: what, depends on the seed, the epoch, the step, the layer, the
    row and the column alone, not on the number of threads.
    """

    differs_in_training = True
    kind = "dropout"  # of the engine's stage

    def _set(self, argument, value, seed):
        """Take the number that says how much, and the seed."""
        number = real(argument, value, 0, 1)
        if number == 1 and argument == "rate":
            raise ValueError("rate: got 1.0, which drops everything, expected a number below 1")
        self.seed = None if seed is None else integer("seed", seed, least=0)
        self._stage = (self.kind, number)
        return number

    def stage(self):
        """The engine's stage of this layer."""
        return self._stage


class Dropout(_Random):
    """In training ``y = x / (1 - rate)`` with probability ``1 - rate``, else 0; otherwise y = x.

    Parameters
    ----------
    rate : float
        0 <= rate < 1.
    noise_shape : None
        Keras's, which is not supported.
    seed : int, optional
        The first one that a model's layers are given seeds its training; otherwise
        `utils.set_random_seed` does.
    **common
        See `Layer`.
    """

    def __init__(self, rate, noise_shape=None, seed=None, **common):
        self.rate = self._set("rate", rate, seed)
        self.noise_shape = only("noise_shape", noise_shape, None)
        super().__init__(**common)


class AlphaDropout(Dropout):
    """Dropout that keeps mean 0 and variance 1, for `selu` (Klambauer et al., 2017).

    In training ``y = a * x + b`` with probability ``1 - rate``, else ``b - 1.7581 * a``.

    Parameters
    ----------
    rate, noise_shape, seed, **common
        See `Dropout`.
    """

    kind = "alpha_dropout"

    def __init__(self, rate, noise_shape=None, seed=None, **common):
        super().__init__(rate, noise_shape, seed, **common)


class GaussianDropout(_Random):
    """In training ``y = x * (1 + sqrt(rate / (1 - rate)) * normal)``; otherwise y = x.

    Parameters
    ----------
    rate, seed, **common
        See `Dropout`.
    """

    kind = "gaussian_dropout"

    def __init__(self, rate, seed=None, **common):
        self.rate = self._set("rate", rate, seed)
        super().__init__(**common)


class GaussianNoise(_Random):
    """In training ``y = x + stddev * normal``; otherwise y = x.

    Parameters
    ----------
    stddev : float
        0 to 1.
    seed, **common
        See `Dropout`.
    """

    kind = "gaussian_noise"

    def __init__(self, stddev, seed=None, **common):
        self.stddev = self._set("stddev", stddev, seed)
        super().__init__(**common)
