"""Initializers: the weights before training, with Keras's formulas.

`fan_in` and `fan_out` are the rows and columns of the kernel. As in Keras an initializer
keeps its seed, so one instance used twice draws the same numbers twice.
"""

import math

import numpy as np

from trilobite._checks.numbers import integer, real
from trilobite._declare.declaration import Declaration, describe, made
from trilobite._declare.dtypes import floatx
from trilobite._declare.names import by_name, choose, classes_in, only, snake_case
from trilobite._declare.seeds import draw_seed


class Initializer(Declaration):
    """Base of the initializers: call it with a shape for an array."""

    def __call__(self, shape, dtype=None):
        """Draw an array of `shape` and `dtype`, `config.floatx()` by default."""
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
        return np.full(shape, self.value, dtype or floatx())


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
        return self.draw(np.random.default_rng(self.seed), shape).astype(
            dtype or floatx(), copy=False
        )

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
    """Of variance ``scale / fan``.

    Parameters
    ----------
    scale : float
        1 by default.
    mode : {"fan_in", "fan_out", "fan_avg"}
        Which fan, or the mean of both.
    distribution : {"truncated_normal", "untruncated_normal", "uniform"}
        The uniform one lies within ``sqrt(3 * scale / fan)``.
    seed : int, optional
    input_axes, output_axes : None
        Keras's, which are not supported: the last two dimensions count.
    """

    def __init__(
        self,
        scale=1.0,
        mode="fan_in",
        distribution="truncated_normal",
        seed=None,
        *,
        input_axes=None,
        output_axes=None,
    ):
        super().__init__(seed)
        self.input_axes = only("input_axes", input_axes, None)
        self.output_axes = only("output_axes", output_axes, None)
        self.scale = real("scale", scale, least=0)
        if not self.scale:
            raise ValueError(f"scale: got {scale}, expected a number > 0")
        self.mode = choose("mode", mode, _MODES)
        self.distribution = choose("distribution", distribution, _DISTRIBUTIONS)

    def draw(self, rng, shape):
        """Draw an array of `shape` from the generator `rng`."""
        fan_in, fan_out = _fans(shape)
        fan = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[self.mode]
        variance = self.scale / max(1.0, fan)
        if self.distribution == "truncated_normal":
            stddev = math.sqrt(variance) / _TRUNCATED_STDDEV
            return TruncatedNormal(0.0, stddev, self.seed).draw(rng, shape)
        if self.distribution == "untruncated_normal":
            return rng.normal(0.0, math.sqrt(variance), shape)
        limit = math.sqrt(3.0 * variance)
        return rng.uniform(-limit, limit, shape)


_MODES = {mode: mode for mode in ("fan_in", "fan_out", "fan_avg")}
_DISTRIBUTIONS = {d: d for d in ("truncated_normal", "untruncated_normal", "uniform")}


def _fans(shape):
    """Inputs and outputs of what `shape` is the shape of: all but the last two repeat them."""
    if len(shape) < 2:
        return shape * 2 or (1, 1)
    times = math.prod(shape[:-2])
    return shape[-2] * times, shape[-1] * times


class GlorotUniform(VarianceScaling):
    """Uniform within ``sqrt(6 / (fan_in + fan_out))`` (Glorot and Bengio, 2010)."""

    def __init__(self, seed=None, **axes):
        super().__init__(1.0, "fan_avg", "uniform", seed, **axes)


class GlorotNormal(VarianceScaling):
    """Truncated normal of variance ``2 / (fan_in + fan_out)`` (Glorot and Bengio, 2010)."""

    def __init__(self, seed=None, **axes):
        super().__init__(1.0, "fan_avg", "truncated_normal", seed, **axes)


class HeUniform(VarianceScaling):
    """Uniform within ``sqrt(6 / fan_in)`` (He et al., 2015)."""

    def __init__(self, seed=None, **axes):
        super().__init__(2.0, "fan_in", "uniform", seed, **axes)


class HeNormal(VarianceScaling):
    """Truncated normal of variance ``2 / fan_in`` (He et al., 2015)."""

    def __init__(self, seed=None, **axes):
        super().__init__(2.0, "fan_in", "truncated_normal", seed, **axes)


class LecunUniform(VarianceScaling):
    """Uniform within ``sqrt(3 / fan_in)`` (LeCun et al., 1998)."""

    def __init__(self, seed=None, **axes):
        super().__init__(1.0, "fan_in", "uniform", seed, **axes)


class LecunNormal(VarianceScaling):
    """Truncated normal of variance ``1 / fan_in`` (LeCun et al., 1998)."""

    def __init__(self, seed=None, **axes):
        super().__init__(1.0, "fan_in", "truncated_normal", seed, **axes)


class Orthogonal(RandomInitializer):
    """A matrix whose rows or columns, the fewer ones, are orthogonal and `gain` long.

    Q of the QR decomposition of a standard normal matrix, with the signs for which the diagonal
    of R is positive (Saxe et al., 2013).

    Parameters
    ----------
    gain : float
        1 by default.
    seed : int, optional
    """

    def __init__(self, gain=1.0, seed=None):
        super().__init__(seed)
        self.gain = real("gain", gain)

    def draw(self, rng, shape):
        """Draw an array of `shape` from the generator `rng`."""
        if len(shape) < 2:
            raise ValueError(f"shape: got {shape}, expected at least two dimensions")
        flat = math.prod(shape[:-1]), shape[-1]
        q, r = np.linalg.qr(rng.standard_normal((max(flat), min(flat))))
        q *= np.sign(np.diag(r))
        return self.gain * (q.T if flat[0] < flat[1] else q).reshape(shape)


class Identity(Initializer):
    """The matrix of ones on the diagonal and zeros elsewhere, times `gain`.

    Parameters
    ----------
    gain : float
        1 by default.
    """

    def __init__(self, gain=1.0):
        self.gain = real("gain", gain)

    def __call__(self, shape, dtype=None):
        """Fill an array of `shape`."""
        if len(shape) != 2:
            raise ValueError(f"shape: got {shape}, expected two dimensions")
        return self.gain * np.eye(*shape, dtype=dtype or floatx())


_CLASSES = classes_in(globals(), Initializer)
_CLASSES.remove(RandomInitializer)
# Keras's other names.
IdentityInitializer, OrthogonalInitializer = Identity, Orthogonal
zeros, ones, constant, identity, orthogonal = Zeros, Ones, Constant, Identity, Orthogonal
random_uniform, random_normal, truncated_normal = RandomUniform, RandomNormal, TruncatedNormal
variance_scaling, glorot_uniform, glorot_normal = VarianceScaling, GlorotUniform, GlorotNormal
he_uniform, he_normal, lecun_uniform, lecun_normal = HeUniform, HeNormal, LecunUniform, LecunNormal

__all__ = [
    "IdentityInitializer",
    "Initializer",
    "OrthogonalInitializer",
    "deserialize",
    "get",
    "serialize",
    *(c.__name__ for c in _CLASSES),
    *(snake_case(c.__name__) for c in _CLASSES),
]

_INITIALIZERS = by_name(
    _CLASSES, {"zero": Zeros, "one": Ones, "uniform": RandomUniform, "normal": RandomNormal}
)


def get(identifier):
    """An initializer from an object, a class, a name ("he_normal") or what `serialize` made.

    A function of ``(shape, dtype=None)`` that returns the array is returned as it is, as is None;
    an array becomes such a function.
    """
    return None if identifier is None else chosen("identifier", identifier)


def serialize(initializer):
    """An initializer as plain data, for `deserialize`."""
    return describe("initializer", initializer)


def deserialize(config, custom_objects=None):
    """What `serialize` was given; `custom_objects` are classes by name that it may be of, too."""
    return made("config", config, _INITIALIZERS, custom_objects)


def chosen(argument, identifier):
    """What `get` returns, for an argument of this name."""
    if isinstance(identifier, np.ndarray):
        return _of_array(identifier)
    if callable(identifier) and not isinstance(identifier, type):
        return identifier
    return made(argument, identifier, _INITIALIZERS)


def _of_array(given):
    """An initializer that gives this array."""

    def values(shape, dtype=None):
        if tuple(shape) != given.shape:
            raise ValueError(f"shape: got {shape}, expected that of the array, {given.shape}")
        return given.astype(dtype or floatx())

    return values
