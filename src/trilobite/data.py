"""What the caller may hand over, checked before anything is changed.

Every message names the argument, what was given and what was expected. Arrays are viewed,
not copied: the engine converts rows as it reads them.
"""

import math
import numbers

import numpy as np


def integer(argument, value, least=1):
    """`value` as an int of at least `least`."""
    if isinstance(value, bool) or not isinstance(value, numbers.Integral):
        kind = type(value).__name__
        raise TypeError(f"{argument}: got {value!r} ({kind}), expected an integer >= {least}")
    if value < least:
        raise ValueError(f"{argument}: got {value}, expected an integer >= {least}")
    return int(value)


def real(argument, value):
    """`value` as a finite float."""
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise TypeError(f"{argument}: got {value!r} ({type(value).__name__}), expected a number")
    if not math.isfinite(value):
        raise ValueError(f"{argument}: got {value}, expected a finite number")
    return float(value)


def array(argument, value):
    """`value` as an ndarray of real numbers: a view wherever NumPy can make one.

    Parameters
    ----------
    argument : str
        Its name in messages.
    value : array_like
        Anything of bool, integers or floats that `np.asarray` takes: an array of any strides,
        a memory map, a list, a DataFrame. Lists, DataFrames of mixed columns, foreign byte
        orders and long doubles are converted, nothing else is.

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


def targets(argument, value, n, n_out, loss, rows):
    """`value` as an array of targets that fits the model and its loss.

    Parameters
    ----------
    argument : str
        Its name in messages.
    value : array_like
        Class indices (n,) or (n, 1) for "sparse_categorical_crossentropy", else (n, n_out);
        for one output also (n,).
    n : int
        Rows of x.
    n_out : int
        Outputs of the model.
    loss : str
    rows : callable
        The engine's `Rows`.
    """
    a = array(argument, value)
    if len(a) != n:
        raise ValueError(f"{argument}: got {len(a)} rows, expected {n}, as many as x has")
    indices = a.shape in {(n,), (n, 1)}
    if loss == "sparse_categorical_crossentropy":
        if not indices:
            hint = one_of_two("categorical_crossentropy", "one-hot targets", a.shape == (n, n_out))
            raise ValueError(
                f"{argument}: got shape {a.shape}, expected class indices ({n},) or ({n}, 1){hint}"
            )
        check_labels(argument, a, n_out)
        return a
    if not (a.shape == (n, n_out) or n_out == 1 and indices):
        hint = one_of_two(
            "sparse_categorical_crossentropy",
            "class indices",
            indices and loss == "categorical_crossentropy",
        )
        raise ValueError(
            f"{argument}: got shape {a.shape}, expected ({n}, {n_out}), "
            f"the model's outputs for the rows of x{hint}"
        )
    check_finite(argument, a, rows(a))
    if loss == "binary_crossentropy" and not 0 <= a.min() <= a.max() <= 1:
        raise ValueError(
            f"{argument}: got values {a.min()} to {a.max()}, expected 0 to 1 for {loss!r}"
        )
    return a


def one_of_two(loss, targets, probable):
    """A hint at the other crossentropy, if it is what the caller probably wants."""
    return f"; for {targets} use the loss {loss!r}" if probable else ""


def check_labels(argument, a, n_classes):
    """Raise ValueError unless `a` holds integers from 0 to n_classes - 1."""
    if a.dtype.kind == "f" and not (np.isfinite(a).all() and (a == np.floor(a)).all()):
        raise ValueError(
            f"{argument}: got {a.dtype} values that are no integers, "
            f"expected class indices from 0 to {n_classes - 1}"
        )
    if not 0 <= a.min() <= a.max() < n_classes:
        raise ValueError(
            f"{argument}: got class indices from {int(a.min())} to {int(a.max())}, expected "
            f"0 to {n_classes - 1}: the model has {n_classes} outputs"
        )


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


def validation(value):
    """`validation_data` as a pair of x and y."""
    if not isinstance(value, (tuple, list)) or len(value) != 2:
        given = type(value).__name__
        if isinstance(value, (tuple, list)):
            given += f" of {len(value)}"
        raise TypeError(f"validation_data: got a {given}, expected a tuple (x, y)")
    return value


def split(n, fraction):
    """Rows of n left for training when the last `fraction` of them is kept for validation."""
    fraction = real("validation_split", fraction)
    if not 0 <= fraction < 1:
        raise ValueError(f"validation_split: got {fraction}, expected 0 <= validation_split < 1")
    n_train = math.floor(n * (1.0 - fraction))
    if fraction and not 0 < n_train < n:
        raise ValueError(
            f"validation_split: got {fraction}, which leaves {n_train} of {n} rows for training "
            f"and {n - n_train} for validation, expected at least 1 each"
        )
    return n_train


def epochs_due(frequency):
    """Whether to validate after an epoch, counted from 1: a function of it."""
    if isinstance(frequency, (list, tuple, set, range)):
        return frozenset(frequency).__contains__
    frequency = integer("validation_freq", frequency)
    return lambda epoch: epoch % frequency == 0


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
