"""Arrays that the caller hands over, checked before anything is changed.

Every message names the argument, what was given and what was expected. Arrays are viewed,
not copied: the engine converts rows as it reads them.
"""

import numpy as np


def array(argument, value):
    """`value` as an ndarray of real numbers: a view wherever NumPy can make one.

    Parameters
    ----------
    argument : str
        Its name in messages.
    value : array_like
        Anything of bool, integers or floats that `np.asarray` takes: an array of any strides,
        a memory map, a list, a DataFrame of numbers. Lists, DataFrames of mixed columns,
        foreign byte orders and long doubles are converted, nothing else is.

    Raises
    ------
    TypeError
        No numbers, or complex ones.
    ValueError
        Ragged, a scalar, or empty.
    """
    if isinstance(value, np.ma.MaskedArray):
        raise TypeError(f"{argument}: got a masked array, expected an array without missing values")
    try:
        a = np.asarray(value)
    except ValueError as error:
        raise ValueError(
            f"{argument}: got a {type(value).__name__} of unequal rows, expected rows of one length"
        ) from error
    if a.dtype == object and hasattr(value, "dtypes") and hasattr(value, "to_numpy"):
        try:  # columns of several kinds of numbers, or of those that may be missing
            a = value.to_numpy(np.float64)
        except (ValueError, TypeError):
            pass
    if a.dtype.kind not in "biuf":
        given = type(value).__name__ if a.dtype == object and not a.ndim else f"dtype {a.dtype}"
        raise TypeError(f"{argument}: got {given}, expected an array of real numbers")
    if a.ndim == 0:
        raise ValueError(f"{argument}: got the scalar {value!r}, expected an array with rows")
    if a.size == 0:
        raise ValueError(f"{argument}: got an empty array of shape {a.shape}, expected data")
    if not a.dtype.isnative or a.dtype.itemsize > 8:
        a = a.astype(a.dtype.newbyteorder("=") if a.dtype.itemsize <= 8 else np.float64)
    return a


def inputs(argument, value, shape=None):
    """`value` as an array of rows of `shape`, or of any shape if that is None.

    As in Keras, a last dimension of 1 may be missing or too many.
    """
    if isinstance(value, (list, tuple)) and len(value) == 1 and np.ndim(value[0]) > 1:
        if shape is None or np.shape(value[0])[1:] == shape:
            value = value[0]  # of the one input
    a = array(argument, value)
    if shape is None:
        if a.ndim < 2:
            raise ValueError(
                f"{argument}: got shape {a.shape}, expected rows and columns; "
                f"for one column use {argument}.reshape(-1, 1), for one row (1, -1)"
            )
        return a
    if a.ndim == len(shape) and shape[-1] == 1:
        a = a[..., None]
    elif a.ndim == len(shape) + 2 and a.shape[-1] == 1:
        a = a[..., 0]
    if a.shape[1:] != shape:
        expected = ", ".join(map(str, ("n", *shape)))
        raise ValueError(f"{argument}: got shape {a.shape}, expected ({expected})")
    return a


def check_finite(argument, a, rows, first=0):
    """Raise the error of `nonfinite` if the engine finds a NaN or infinity."""
    if a.dtype.kind == "f" and rows.find_nonfinite():
        raise nonfinite(argument, a, rows, first)


def nonfinite(argument, a, rows, first=0):
    """The ValueError for a NaN or infinity in `rows`, which are those of `a`.

    `first` is the number of the first of these rows in the caller's array.
    """
    found = rows.find_nonfinite()
    if found is None:  # finite until it was rescaled
        return ValueError(f"{argument}: got values too large for the model's dtype")
    row, column = found
    return ValueError(
        f"{argument}: got {a[row].reshape(-1)[column]} in row {first + row}, column {column}, "
        "expected finite numbers in the range of the model's dtype"
    )


def weights(names, values, like):
    """`values` as a list of C-ordered arrays of the shapes and dtypes of the arrays in `like`."""
    if not isinstance(values, (list, tuple)):
        raise TypeError(f"weights: got {type(values).__name__}, expected a list of arrays")
    if len(values) != len(like):
        raise ValueError(
            f"weights: got {len(values)} arrays, expected {len(like)}: {', '.join(names)}"
        )
    result = []
    for name, value, expected in zip(names, values, like, strict=True):
        a = array(f"weights, {name}", value)
        if a.shape != expected.shape:
            raise ValueError(f"weights, {name}: got shape {a.shape}, expected {expected.shape}")
        result.append(np.ascontiguousarray(a, expected.dtype))
    return result


def forms(arrays):
    """Shape and dtype of each of the arrays in a dict."""
    return {name: (a.shape, a.dtype) for name, a in arrays.items()}


def match(found, expected, prefix=""):
    """Check that arrays are those expected, both given by their `forms`.

    `prefix` stands before their names in messages.
    """
    for name, (shape, dtype) in expected.items():
        what = repr(prefix + name)
        if name not in found:
            raise ValueError(f"got no tensor {what}, expected one of shape {shape}")
        found_shape, found_dtype = found[name]
        if found_shape != shape:
            raise ValueError(f"{what}: got shape {found_shape}, expected {shape}")
        if found_dtype != dtype:
            raise ValueError(f"{what}: got dtype {found_dtype}, expected {dtype}")
    for name in found:
        if name not in expected:
            known = ", ".join(prefix + name for name in expected) or "none"
            raise ValueError(f"got the tensor {prefix + name!r}, expected only {known}")


def moments(argument, value, of_columns):
    """The shape of a row of `value`, and mean and variance of each column of its last dimension.

    Parameters
    ----------
    argument : str
        Its name in messages.
    value : array_like, shape (n, ...)
        A row (n,) is of one column.
    of_columns : bool
        Otherwise those of all numbers, for each column.
    """
    a = array(argument, value)
    a = a[:, None] if a.ndim == 1 else a
    over = tuple(range(a.ndim - 1)) if of_columns else None
    with np.errstate(all="ignore"):
        found = [np.broadcast_to(of(a, over, np.float64), a.shape[-1]) for of in (np.mean, np.var)]
    if not np.isfinite(found).all():
        raise ValueError(f"{argument}: got mean {found[0]}, expected finite numbers")
    return a.shape[1:], found
