"""Initializers: the weights before training, with Keras's formulas.

`fan_in` and `fan_out` are the rows and columns of the kernel. As in Keras an initializer
keeps its seed, so one instance used twice draws the same numbers twice.
"""

import math

import numpy as np

from trilobite._checks.numbers import integer, real
from trilobite._declare.declaration import Declaration, describe
from trilobite._declare.names import by_name, choose
from trilobite._declare.seeds import draw_seed


class Initializer(Declaration):
    """Base of the initializers: call it with a shape for an array of float64."""

    def __call__(self, shape, dtype=None):
        """Draw an array of `shape`."""
        raise NotImplementedError


class Constant(Initializer):
    """Every weight is `value`.

    Parameters
    ----------
    value : float
        0 by default.
    """

    def __init__(self, value=0.0):
        self.value = value if np.ndim(value) else real("value", value)

    def __call__(self, shape, dtype=None):
        """Fill an array of `shape`."""
        return np.full(shape, self.value, dtype)


class Zeros(Constant):
    """Every weight is 0."""

    def __init__(self):
        super().__init__(0.0)


class Ones(Constant):
    """Every weight is 1."""

    def __init__(self):
        super().__init__(1.0)


class RandomInitializer(Initializer):
    """Base of the random initializers.

    Parameters
    ----------
    seed : int, optional
        Drawn from the generator of `utils.set_random_seed` by default.
    """

    def __init__(self, seed=None):
        self._given = seed
        self.seed = draw_seed() if seed is None else integer("seed", seed, 0, 2**64 - 1)

    def get_config(self):
        """The arguments; without a seed given, `from_config` draws anew."""
        return super().get_config() | {"seed": describe("seed", self._given)}

    def __call__(self, shape, dtype=None):
        """Draw an array of `shape`."""
        return self.draw(np.random.default_rng(self.seed), shape).astype(dtype, copy=False)

    def draw(self, rng, shape):
        """Draw an array of `shape` from the generator `rng`."""
        raise NotImplementedError


class RandomUniform(RandomInitializer):
    """Uniform between `minval` and `maxval`.

    Parameters
    ----------
    minval, maxval : float
        -0.05 and 0.05 by default.
    seed : int, optional
    """

    def __init__(self, minval=-0.05, maxval=0.05, seed=None):
        super().__init__(seed)
        self.minval = real("minval", minval)
        self.maxval = real("maxval", maxval, least=self.minval)

    def draw(self, rng, shape):
        """Draw an array of `shape` from the generator `rng`."""
        return rng.uniform(self.minval, self.maxval, shape)


class RandomNormal(RandomInitializer):
    """Normal with `mean` and `stddev`.

    Parameters
    ----------
    mean, stddev : float
        0 and 0.05 by default.
    seed : int, optional
    """

    def __init__(self, mean=0.0, stddev=0.05, seed=None):
        super().__init__(seed)
        self.mean, self.stddev = real("mean", mean), real("stddev", stddev, least=0)

    def draw(self, rng, shape):
        """Draw an array of `shape` from the generator `rng`."""
        return rng.normal(self.mean, self.stddev, shape)


class TruncatedNormal(RandomNormal):
    """Normal with `mean` and `stddev`, values beyond two `stddev` drawn again.

    Parameters
    ----------
    mean, stddev : float
        0 and 0.05 by default; `stddev` is the one before truncation.
    seed : int, optional
    """

    def draw(self, rng, shape):
        """Draw an array of `shape` from the generator `rng`."""
        z = rng.standard_normal(shape)
        while (far := np.abs(z) > 2).any():
            z[far] = rng.standard_normal(np.count_nonzero(far))
        return self.mean + self.stddev * z


# Standard deviation of a standard normal variable truncated to [-2, 2].
_TRUNCATED_STDDEV = 0.87962566103423978


class VarianceScaling(RandomInitializer):
    """Base of the initializers whose variance is ``scale / fan``.

    Uniform within ``sqrt(3 * scale / fan)``, or truncated normal.

    Parameters
    ----------
    seed : int, optional
    """

    scale, fan, normal = 1.0, "in", False

    def draw(self, rng, shape):
        """Draw an array of `shape` from the generator `rng`."""
        fan_in, fan_out = shape[0], shape[-1]
        fan = fan_in if self.fan == "in" else (fan_in + fan_out) / 2
        variance = self.scale / max(1.0, fan)
        if self.normal:
            stddev = math.sqrt(variance) / _TRUNCATED_STDDEV
            return TruncatedNormal(0.0, stddev, self.seed).draw(rng, shape)
        limit = math.sqrt(3.0 * variance)
        return rng.uniform(-limit, limit, shape)


class GlorotUniform(VarianceScaling):
    """Uniform within ``sqrt(6 / (fan_in + fan_out))`` (Glorot and Bengio, 2010)."""

    fan = "average"


class GlorotNormal(VarianceScaling):
    """Truncated normal of variance ``2 / (fan_in + fan_out)`` (Glorot and Bengio, 2010)."""

    fan, normal = "average", True


class HeUniform(VarianceScaling):
    """Uniform within ``sqrt(6 / fan_in)`` (He et al., 2015)."""

    scale = 2.0


class HeNormal(VarianceScaling):
    """Truncated normal of variance ``2 / fan_in`` (He et al., 2015)."""

    scale, normal = 2.0, True


class LecunUniform(VarianceScaling):
    """Uniform within ``sqrt(3 / fan_in)`` (LeCun et al., 1998)."""


class LecunNormal(VarianceScaling):
    """Truncated normal of variance ``1 / fan_in`` (LeCun et al., 1998)."""

    normal = True


# Keras's lower-case names.
zeros, ones, constant = Zeros, Ones, Constant
random_uniform, random_normal, truncated_normal = RandomUniform, RandomNormal, TruncatedNormal
glorot_uniform, glorot_normal = GlorotUniform, GlorotNormal
he_uniform, he_normal, lecun_uniform, lecun_normal = HeUniform, HeNormal, LecunUniform, LecunNormal

_INITIALIZERS = by_name(
    [
        Zeros,
        Ones,
        Constant,
        RandomUniform,
        RandomNormal,
        TruncatedNormal,
        GlorotUniform,
        GlorotNormal,
        HeUniform,
        HeNormal,
        LecunUniform,
        LecunNormal,
    ],
    {"zero": Zeros, "one": Ones, "uniform": RandomUniform, "normal": RandomNormal},
)


def get(argument, identifier):
    """An initializer from an instance, a class, a callable or a name ("he_normal", ...).

    A callable takes ``(shape, dtype=None)`` and returns the array.
    """
    if callable(identifier) and not isinstance(identifier, type):
        return identifier
    return choose(argument, identifier, _INITIALIZERS)()
