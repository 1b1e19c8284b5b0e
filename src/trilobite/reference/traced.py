"""Derivatives of functions of arrays: NumPy's operations are written down, then gone back over.

A function is called with a `Traced` in the place of an array. What NumPy computes with it is one,
too, and remembers from what it came and how a gradient goes back: `pull` takes that of the result
to that of the array. Where a function jumps or has a kink, gradients are JAX's: of `maximum` half
for each side where both are equal, of `abs` and `sign` 0 at 0.
"""

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple
from numpy.lib.mixins import NDArrayOperatorsMixin

# Of a result of NumPy's ufuncs to their arguments: (gradient, result, *arguments) -> gradient.
_UFUNCS = {
    "add": (lambda g, y, a, b: g, lambda g, y, a, b: g),
    "subtract": (lambda g, y, a, b: g, lambda g, y, a, b: -g),
    "multiply": (lambda g, y, a, b: g * b, lambda g, y, a, b: g * a),
    "divide": (lambda g, y, a, b: g / b, lambda g, y, a, b: -g * y / b),
    "power": (
        lambda g, y, a, b: g * b * np.power(a, np.where(np.equal(b, 0), 1, b - 1)),
        lambda g, y, a, b: g * y * np.log(np.where(np.greater(a, 0), a, 1)),
    ),
    "maximum": (
        lambda g, y, a, b: g * _share(a > b, a == b),
        lambda g, y, a, b: g * _share(b > a, a == b),
    ),
    "minimum": (
        lambda g, y, a, b: g * _share(a < b, a == b),
        lambda g, y, a, b: g * _share(b < a, a == b),
    ),
    "logaddexp": (
        lambda g, y, a, b: g * np.exp(a - y),
        lambda g, y, a, b: g * np.exp(b - y),
    ),
    "matmul": (
        lambda g, y, a, b: np.matmul(g, np.swapaxes(b, -1, -2)),
        lambda g, y, a, b: np.matmul(np.swapaxes(a, -1, -2), g),
    ),
    "absolute": (lambda g, y, a: g * np.sign(a),),
    "arctan": (lambda g, y, a: g / (1 + a * a),),
    "cos": (lambda g, y, a: -g * np.sin(a),),
    "cosh": (lambda g, y, a: g * np.sinh(a),),
    "exp": (lambda g, y, a: g * y,),
    "expm1": (lambda g, y, a: g * (y + 1),),
    "log": (lambda g, y, a: g / a,),
    "log10": (lambda g, y, a: g / (a * np.log(10.0).astype(g.dtype)),),
    "log1p": (lambda g, y, a: g / (1 + a),),
    "log2": (lambda g, y, a: g / (a * np.log(2.0).astype(g.dtype)),),
    "negative": (lambda g, y, a: -g,),
    "positive": (lambda g, y, a: g,),
    "reciprocal": (lambda g, y, a: -g * y * y,),
    "sin": (lambda g, y, a: g * np.cos(a),),
    "sinh": (lambda g, y, a: g * np.cosh(a),),
    "sqrt": (lambda g, y, a: g / (2 * y),),
    "square": (lambda g, y, a: 2 * g * a,),
    "tan": (lambda g, y, a: g * (1 + y * y),),
    "tanh": (lambda g, y, a: g * (1 - y * y),),
}
# Whose gradient is 0: the result is an array like any other.
_STEPS = set(
    """
    ceil equal floor greater greater_equal isfinite isinf isnan less less_equal logical_and
    logical_not logical_or not_equal rint sign trunc
    """.split()
)
_FUNCTIONS = {}  # of NumPy: what is done for it


class Traced(NDArrayOperatorsMixin):
    """An array that remembers from what it was computed.

    Attributes
    ----------
    value : ndarray
    """

    def __init__(self, value, tape, pulls=()):
        self.value, self._tape, self.pulls = np.asarray(value), tape, pulls
        tape.append(self)

    shape = property(lambda self: self.value.shape)
    dtype = property(lambda self: self.value.dtype)
    ndim = property(lambda self: self.value.ndim)
    size = property(lambda self: self.value.size)
    T = property(lambda self: np.transpose(self))

    def __len__(self):
        return len(self.value)

    def __iter__(self):
        return (self[k] for k in range(len(self)))

    def __repr__(self):
        return f"<Traced {self.value!r}>"

    def __bool__(self):
        return bool(self.value)

    def __array__(self, dtype=None, copy=None):
        raise untraceable("what needs an array of NumPy")

    __float__ = __int__ = numpy = __array__

    def __array_ufunc__(self, ufunc, method, *inputs, **named):
        name = ufunc.__name__
        if method != "__call__" or named or name not in _STEPS and name not in _UFUNCS:
            raise untraceable(f"numpy.{name}")
        values = [x.value if isinstance(x, Traced) else x for x in inputs]
        y = ufunc(*values)
        if name in _STEPS:
            return y
        if name == "matmul" and min(map(np.ndim, values)) < 2:
            raise untraceable("numpy.matmul of vectors")

        def back(rule, shape):
            return lambda g: _summed(rule(g, y, *values), shape)

        return self.computed(
            y,
            [
                (x, back(rule, x.shape))
                for x, rule in zip(inputs, _UFUNCS[name], strict=True)
                if isinstance(x, Traced)
            ],
        )

    def __array_function__(self, function, types, args, named):
        if function not in _FUNCTIONS:
            raise untraceable(f"numpy.{function.__name__}")
        return _FUNCTIONS[function](*args, **named)

    def __getitem__(self, at):
        def pull(g):
            dx = np.zeros_like(self.value)
            np.add.at(dx, at, g)
            return dx

        return self.computed(self.value[at], [(self, pull)])

    def astype(self, dtype):
        """The same with numbers of another dtype; an array of integers has no gradient."""
        y = self.value.astype(dtype)
        return self.computed(y, [(self, lambda g: g)]) if y.dtype.kind == "f" else y

    def computed(self, y, pulls):
        """The result `y`; `pulls` are pairs of a `Traced` and the way of a gradient to it."""
        return Traced(y, self._tape, pulls)

    def activated(self, row, numbers):
        """What an activation, a row of `ACTIVATIONS`, makes of it."""
        z = np.atleast_2d(self.value)
        y = z.reshape(-1, z.shape[-1]).copy()
        row.function(y, *numbers)

        def pull(g):
            dy = g.astype(y.dtype).reshape(y.shape)
            row.gradient(dy, (z if row.from_z else y).reshape(y.shape).copy(), *numbers)
            return dy.reshape(self.shape)

        return self.computed(y.reshape(self.shape), [(self, pull)])

    def reshape(self, *shape):
        """``numpy.reshape``."""
        return np.reshape(self, shape[0] if len(shape) == 1 else shape)

    def __getattr__(self, name):  # methods of arrays that are functions, too: sum, mean, clip ...
        if name.startswith("_") or getattr(np, name, None) not in _FUNCTIONS:
            raise AttributeError(name)
        return lambda *args, **named: getattr(np, name)(self, *args, **named)


def traced(function, x):
    """What a function of an array returns, and the way back of gradients.

    Parameters
    ----------
    function : callable
    x : ndarray of float32 or float64

    Returns
    -------
    ndarray
    callable
        Gradient of the result -> gradient of x, both of the dtype and shape of what they are of.
    """
    tape = []
    given = Traced(x, tape)
    y = function(given)
    if not isinstance(y, Traced):

        def pull(g):
            return np.zeros_like(x)

        return np.asarray(y), pull

    def pull(g):
        gradients = {id(y): np.broadcast_to(g, y.shape).astype(y.dtype)}
        for node in reversed(tape):
            gradient = gradients.pop(id(node), None)
            if node is given:
                return np.zeros_like(x) if gradient is None else gradient.astype(x.dtype)
            if gradient is None:
                continue
            for other, back in node.pulls:
                more = back(gradient).astype(other.dtype)
                before = gradients.get(id(other))
                gradients[id(other)] = more if before is None else before + more

    return y.value, pull


def untraceable(what):
    """The TypeError for what has no gradient here."""
    return TypeError(
        f"{what}: got it in a function that is to be differentiated, expected operators, keras.ops "
        "and NumPy's functions of arrays; trilobite.Differentiable(value, derivative) takes any"
    )


def _share(whole, half):
    return np.where(half, 0.5, whole).astype(np.float32)


def _summed(g, shape):
    """A gradient, summed over what was broadcast from `shape`."""
    g = np.sum(g, axis=tuple(range(np.ndim(g) - len(shape))))
    axes = tuple(k for k, n in enumerate(shape) if n == 1 and g.shape[k] != 1)
    return np.sum(g, axis=axes, keepdims=True)


def _function(*of):
    def put(f):
        _FUNCTIONS.update(dict.fromkeys(of, f))
        return f

    return put


def _value(x):
    return x.value if isinstance(x, Traced) else np.asarray(x)


@_function(np.sum)
def _sum(x, axis=None, dtype=None, out=None, keepdims=False):
    def pull(g):
        return np.broadcast_to(_again(g, x.ndim, axis, keepdims), x.shape)

    return x.computed(np.sum(x.value, axis=axis, keepdims=keepdims), [(x, pull)])


def _extreme(of):
    def extreme(x, axis=None, out=None, keepdims=False):
        y = of(x.value, axis=axis, keepdims=keepdims)

        def pull(g):
            hit = x.value == _again(y, x.ndim, axis, keepdims)
            return _again(g, x.ndim, axis, keepdims) * hit / hit.sum(axis=axis, keepdims=True)

        return x.computed(y, [(x, pull)])

    return extreme


_FUNCTIONS.update({np.max: _extreme(np.max), np.min: _extreme(np.min)})


def _again(y, ndim, axis, keepdims):
    """What was reduced along `axis`, with these dimensions again, of length 1."""
    if keepdims or axis is not None and not normalize_axis_tuple(axis, ndim):
        return y
    axes = range(ndim) if axis is None else normalize_axis_tuple(axis, ndim)
    return np.expand_dims(y, tuple(axes))


@_function(np.mean)
def _mean(x, axis=None, dtype=None, out=None, keepdims=False):
    y = np.sum(x, axis=axis, keepdims=keepdims)
    return y * y.dtype.type(y.size / max(x.size, 1))


@_function(np.var)
def _var(x, axis=None, dtype=None, out=None, ddof=0, keepdims=False):
    return np.mean(np.square(x - np.mean(x, axis=axis, keepdims=True)), axis, keepdims=keepdims)


@_function(np.std)
def _std(x, axis=None, dtype=None, out=None, ddof=0, keepdims=False):
    return np.sqrt(np.var(x, axis=axis, keepdims=keepdims))


@_function(np.linalg.norm)
def _norm(x, ord=None, axis=None, keepdims=False):
    if ord not in (None, 2, "euclidean"):
        raise untraceable(f"the norm {ord!r}")
    return np.sqrt(np.sum(np.square(x), axis=axis, keepdims=keepdims))


@_function(np.prod)
def _prod(x, axis=None, dtype=None, out=None, keepdims=False):
    y = np.prod(x.value, axis=axis, keepdims=keepdims)

    def pull(g):
        return _again(g * y, x.ndim, axis, keepdims) / x.value

    return x.computed(y, [(x, pull)])


@_function(np.cumsum)
def _cumsum(x, axis=None, dtype=None, out=None):
    if axis is None:
        return np.cumsum(np.reshape(x, -1), axis=0)

    def pull(g):
        return np.flip(np.cumsum(np.flip(g, axis), axis), axis)

    return x.computed(np.cumsum(x.value, axis), [(x, pull)])


@_function(np.clip)
def _clip(a, a_min=None, a_max=None, out=None, **named):
    a = a if a_min is None else np.maximum(a, a_min)
    return a if a_max is None else np.minimum(a, a_max)


@_function(np.where)
def _where(condition, x, y):
    of = x if isinstance(x, Traced) else y
    condition = _value(condition)
    pulls = [
        (each, lambda g, chosen=chosen, n=each.shape: _summed(np.where(chosen, g, 0), n))
        for each, chosen in ((x, condition), (y, np.logical_not(condition)))
        if isinstance(each, Traced)
    ]
    plain = [each.value if isinstance(each, Traced) else each for each in (x, y)]
    y = np.where(condition, *plain)
    return of.computed(y, pulls)


@_function(np.concatenate)
def _concatenate(arrays, axis=0, **named):
    y = np.concatenate([_value(a) for a in arrays], axis=axis)
    pulls, start = [], 0
    for a in arrays:
        end = start + np.shape(_value(a))[axis]
        if isinstance(a, Traced):
            pulls.append((a, lambda g, k=range(start, end): np.take(g, k, axis)))
        start = end
    return next(a for a in arrays if isinstance(a, Traced)).computed(y, pulls)


@_function(np.stack)
def _stack(arrays, axis=0, **named):
    return np.concatenate([np.expand_dims(a, axis) for a in arrays], axis=axis)


@_function(np.transpose)
def _transpose(a, axes=None):
    back = None if axes is None else np.argsort(axes)
    return a.computed(np.transpose(a.value, axes), [(a, lambda g: np.transpose(g, back))])


def _reshaping(function):
    """For a function that leaves the numbers as they are, in their order."""

    def reshaped(a, *args, **named):
        y = function(a.value, *args, **named)
        return a.computed(y, [(a, lambda g: np.reshape(g, a.shape))])

    return reshaped


@_function(np.dot)
def _dot(a, b, out=None):
    if np.ndim(a) == np.ndim(b) == 1:
        return np.sum(a * b)
    return np.matmul(a, b) if min(np.ndim(a), np.ndim(b)) else a * b


@_function(np.ndim)
def _ndim(a):
    return a.ndim


def _plain(function):
    """For a function whose result has no gradient."""
    return lambda a, *args, **named: function(_value(a), *args, **named)


_FUNCTIONS |= {f: _reshaping(f) for f in (np.reshape, np.squeeze, np.expand_dims, np.ravel)}
_FUNCTIONS |= {
    f: _plain(f)
    for f in (
        *(np.all, np.any, np.argmax, np.argmin, np.argsort, np.shape, np.size),
        *(np.count_nonzero, np.ones_like, np.zeros_like, np.round, np.full_like, np.sign),
    )
    if not isinstance(f, np.ufunc)
}
