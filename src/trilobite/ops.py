"""`keras.ops`, as far as functions of one's own use it: NumPy's functions under Keras's names.

Arrays go in and arrays, or NumPy's numbers, come out; there are no tensors. In a loss or activation
of one's own they take what stands there for an array while it is differentiated. Names, arguments
and their order are Keras's; numbers that are no arrays count as `floatx()` does in Keras, where it
makes a difference.
"""

from functools import wraps as _wraps

import numpy as np

from trilobite import activations as _activations
from trilobite._declare.dtypes import floatx as _floatx
from trilobite._declare.returned import returned as _returned

_ONE = """
    abs absolute ceil cos cosh exp expm1 floor isfinite isinf isnan log log10 log1p log2 logical_not
    negative reciprocal round sign sin sinh sqrt square tan
""".split()
_TWO = """
    add arctan2 divide equal floor_divide greater greater_equal less less_equal logaddexp
    logical_and logical_or matmul maximum minimum mod multiply not_equal power subtract true_divide
""".split()
_REDUCING = "all any max mean min prod std sum var".split()
_LIKE_ACTIVATIONS = """
    elu hard_sigmoid leaky_relu relu selu sigmoid silu softmax softplus swish tanh
""".split()


def _array(x):
    """`x`, or an array of what is none."""
    return x if hasattr(x, "astype") else np.asarray(x)


def _of_one(name):
    def op(x):
        return getattr(np, name)(x)

    return op


def _of_two(name):
    def op(x1, x2):
        return getattr(np, name)(x1, x2)

    return op


def _reducing(name):
    def op(x, axis=None, keepdims=False):
        return getattr(np, name)(x, axis=axis, keepdims=keepdims)

    return op


for _names, _make in ((_ONE, _of_one), (_TWO, _of_two), (_REDUCING, _reducing)):
    for _name in _names:
        globals()[_name] = _op = _make(_name)
        _op.__name__ = _op.__qualname__ = _name
        _op.__doc__ = f"``numpy.{_name}``."
globals().update((_name, getattr(_activations, _name)) for _name in _LIKE_ACTIVATIONS)


def argmax(x, axis=None, keepdims=False):
    """``numpy.argmax``."""
    return np.argmax(x, axis=axis, keepdims=keepdims)


def argmin(x, axis=None, keepdims=False):
    """``numpy.argmin``."""
    return np.argmin(x, axis=axis, keepdims=keepdims)


def argsort(x, axis=-1):
    """``numpy.argsort``."""
    return np.argsort(x, axis=axis)


def arange(start, stop=None, step=None, dtype=None):
    """``numpy.arange``."""
    start, stop = (0, start) if stop is None else (start, stop)
    return np.arange(start, stop, 1 if step is None else step, dtype)


def cast(x, dtype):
    """`x` as an array of another dtype."""
    return _array(x).astype(dtype)


def clip(x, x_min, x_max):
    """``numpy.clip``."""
    return np.clip(x, x_min, x_max)


def concatenate(xs, axis=0):
    """``numpy.concatenate``."""
    return np.concatenate(xs, axis=axis)


def convert_to_numpy(x):
    """`x` as an array."""
    return np.asarray(x)


def convert_to_tensor(x, dtype=None):
    """`x` as an array; of numbers that are none yet in `floatx()`."""
    if dtype is not None:
        return cast(x, dtype)
    if hasattr(x, "dtype"):
        return _array(x)
    x = np.asarray(x)
    return x.astype(_floatx()) if x.dtype.kind == "f" else x


def cumsum(x, axis=None, dtype=None):
    """``numpy.cumsum``."""
    return np.cumsum(x, axis=axis, dtype=dtype)


def divide_no_nan(x1, x2):
    """``x1 / x2``, 0 where x2 is 0."""
    x2 = convert_to_tensor(x2)
    none = np.equal(x2, 0)
    return np.where(none, 0, np.divide(x1, np.where(none, 1, x2)))


def dot(x1, x2):
    """``numpy.dot``."""
    return np.dot(x1, x2)


def einsum(subscripts, *operands):
    """``numpy.einsum``."""
    return np.einsum(subscripts, *operands)


def eye(N, M=None, k=0, dtype=None):
    """``numpy.eye``, of `floatx()` by default."""
    return np.eye(N, M, k, dtype or _floatx())


def expand_dims(x, axis):
    """``numpy.expand_dims``."""
    return np.expand_dims(x, axis)


def flip(x, axis=None):
    """``numpy.flip``."""
    return np.flip(x, axis)


def full(shape, fill_value, dtype=None):
    """``numpy.full``, of `floatx()` by default."""
    return np.full(shape, fill_value, dtype or _floatx())


def gelu(x, approximate=True):
    """``x * P(X <= x)``, X being standard normal, or its approximation by tanh."""
    return _activations.gelu(x, approximate)


def linspace(start, stop, num=50, endpoint=True, retstep=False, dtype=None, axis=0):
    """``numpy.linspace``, of `floatx()` by default."""
    return np.linspace(start, stop, num, endpoint, retstep, dtype or _floatx(), axis)


def log_softmax(x, axis=-1):
    """``x - log(sum(exp(x)))``."""
    return x - logsumexp(x, axis, keepdims=True)


def logsumexp(x, axis=None, keepdims=False):
    """``log(sum(exp(x)))``, of any numbers."""
    x = _array(x)
    largest = np.max(x, axis=axis, keepdims=True)
    result = np.log(np.sum(np.exp(x - largest), axis=axis, keepdims=True)) + largest
    return result if keepdims else np.squeeze(result, axis)


def median(x, axis=None, keepdims=False):
    """``numpy.median``."""
    return np.median(x, axis=axis, keepdims=keepdims)


def norm(x, ord=None, axis=None, keepdims=False):
    """``numpy.linalg.norm``."""
    return np.linalg.norm(x, ord=ord, axis=axis, keepdims=keepdims)


def one_hot(x, num_classes, axis=-1, dtype=None):
    """1 at the class of each index, 0 elsewhere and for indices that are no class."""
    hot = np.asarray(x)[..., None] == np.arange(num_classes)
    return np.moveaxis(hot, -1, axis).astype(dtype or _floatx())


def ones(shape, dtype=None):
    """``numpy.ones``, of `floatx()` by default."""
    return np.ones(shape, dtype or _floatx())


def ones_like(x, dtype=None):
    """``numpy.ones_like``."""
    return np.ones_like(x, dtype)


def repeat(x, repeats, axis=None):
    """``numpy.repeat``."""
    return np.repeat(x, repeats, axis)


def reshape(x, newshape):
    """``numpy.reshape``."""
    return np.reshape(x, newshape)


def rsqrt(x):
    """``1 / sqrt(x)``."""
    return 1 / np.sqrt(x)


def shape(x):
    """The shape of `x`, a tuple."""
    return np.shape(x)


def size(x):
    """The number of elements of `x`."""
    return np.size(x)


def sort(x, axis=-1):
    """``numpy.sort``."""
    return np.sort(x, axis=axis)


def squeeze(x, axis=None):
    """``numpy.squeeze``."""
    return np.squeeze(x, axis)


def stack(x, axis=0):
    """``numpy.stack``."""
    return np.stack(x, axis=axis)


def stop_gradient(variable):
    """`variable` itself: there are no gradients of arrays."""
    return variable


def tensordot(x1, x2, axes=2):
    """``numpy.tensordot``."""
    return np.tensordot(x1, x2, axes)


def tile(x, repeats):
    """``numpy.tile``."""
    return np.tile(x, repeats)


def transpose(x, axes=None):
    """``numpy.transpose``."""
    return np.transpose(x, axes)


def where(condition, x1=None, x2=None):
    """``numpy.where``."""
    return np.where(condition) if x1 is None else np.where(condition, x1, x2)


def zeros(shape, dtype=None):
    """``numpy.zeros``, of `floatx()` by default."""
    return np.zeros(shape, dtype or _floatx())


def zeros_like(x, dtype=None):
    """``numpy.zeros_like``."""
    return np.zeros_like(x, dtype)


def _returning(f):
    @_wraps(f)
    def op(*args, **named):
        return _returned(f(*args, **named))

    return op


__all__ = sorted(name for name in globals() if name[0] != "_" and name != "np")
globals().update(
    (_name, _returning(globals()[_name]))
    for _name in __all__
    if _name not in _LIKE_ACTIVATIONS and _name not in ("shape", "size")
)
