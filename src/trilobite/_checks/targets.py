"""What the targets y and the weights of the rows may be, checked before anything is changed."""

import numbers
from collections import namedtuple

import numpy as np

from trilobite._checks.arrays import array, check_finite
from trilobite._checks.numbers import real

_SIGNS = range(-1, 2)  # a hinge takes 0 for -1


class Examples(namedtuple("Examples", ["x", "y", "weights"])):
    """Rows of x, their targets, and their weights, None for ones."""

    __slots__ = ()

    def part(self, rows):
        """Those of a slice of the rows."""
        return Examples(
            self.x[rows], self.y[rows], None if self.weights is None else self.weights[rows]
        )

    def weighted(self, class_weight, classes, rows):
        """The same, their weights multiplied by those of their classes, if any are given."""
        if class_weight is None:
            return self
        weights = class_weights(class_weight, self.y, classes)
        check_finite("class_weight", weights, rows(weights))
        return self._replace(weights=weights if self.weights is None else weights * self.weights)

    def read_by(self, rows):
        """`rows` (the engine's `Rows`) of x, of y, and of the weights or None."""
        weights = None if self.weights is None else rows(self.weights)
        return rows(self.x), rows(self.y), weights


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


def sample_weights(argument, value, n, rows):
    """`value` as an array (n,) of finite weights, one for each row; None stays None.

    Negative weights are allowed, as in Keras.
    """
    if value is None:
        return None
    a = array(argument, value)
    if a.shape not in {(n,), (n, 1)}:
        raise ValueError(
            f"{argument}: got shape {a.shape}, expected ({n},), a weight for each row of x"
        )
    check_finite(argument, a, rows(a))
    return a.reshape(n)


def paired(y_true, y_pred, class_indices, dtype):
    """Targets and outputs as arrays of a dtype and one shape (..., n_out), or class indices (...).

    For those who call a loss or metric by hand. As in Keras, a last dimension of 1 may be missing
    or too many.
    """
    t, y = array("y_true", y_true), array("y_pred", y_pred).astype(dtype, copy=False)
    expected = y.shape[:-1] if class_indices else y.shape
    if t.shape == (*expected, 1):
        if class_indices or y.ndim > 1:
            t = t[..., 0]
        else:
            y = y[:, None]
    elif (*t.shape, 1) == expected:
        t = t[..., None]
    elif t.shape != expected:
        raise ValueError(f"y_true: got shape {t.shape}, expected {expected} for y_pred {y.shape}")
    if class_indices:
        check_labels("y_true", t, y.shape[-1])
        return t.astype(np.intp, copy=False), y
    return t.astype(dtype, copy=False), y


def row_weights(argument, value, shape, dtype):
    """`value` as an array of weights of rows (...), the shape of their costs; None stays None."""
    if value is None:
        return None
    a = array(argument, value).astype(dtype, copy=False)
    if a.shape not in {shape, (*shape, 1)}:
        raise ValueError(f"{argument}: got shape {a.shape}, expected {shape}, one for each row")
    return a.reshape(shape)


def classes(loss, n_out):
    """The classes that the targets of a loss may name, a range; None: any integers."""
    if n_out > 1:
        return range(n_out)
    return {"binary_crossentropy": range(2), "hinge": _SIGNS, "squared_hinge": _SIGNS}.get(loss)


def class_weights(class_weight, y, classes):
    """The weight of each row, that of the class of its target; 1 where none is given, as in Keras.

    Parameters
    ----------
    class_weight : dict of int to float
        The classes may be of any type of numbers, for they come out of a y.
    y : ndarray
        Class indices, 0 and 1, or one-hot rows, of which the largest element is the class.
    classes : range or None
        Those that there are.
    """
    if not isinstance(class_weight, dict):
        kind = type(class_weight).__name__
        raise TypeError(
            f"class_weight: got {class_weight!r} ({kind}), expected a dict such as {{0: 1.0, 1: 5}}"
        )
    by_class = {
        _class(label, classes): real(f"class_weight of class {label}", w)
        for label, w in class_weight.items()
    }
    labels = y.argmax(axis=1) if y.ndim == 2 and y.shape[1] > 1 else np.rint(y.reshape(-1))
    weights = np.ones(len(y))
    for label, weight in by_class.items():
        weights[labels == label] = weight
    return weights


def _class(label, classes):
    """`label` as an int, one of the `classes` if these are given."""
    if not isinstance(label, (numbers.Real, np.bool_)):
        kind = type(label).__name__
        raise TypeError(f"class_weight's class: got {label!r} ({kind}), expected an integer")
    if label % 1 != 0:
        raise ValueError(f"class_weight's class: got {label}, expected an integer")
    if classes is not None and label not in classes:
        raise ValueError(
            f"class_weight's class: got {label}, expected one from {classes[0]} to {classes[-1]}"
        )
    return int(label)


def validation(value):
    """`validation_data` as x, y and weights, which may be None."""
    if not isinstance(value, (tuple, list)) or len(value) not in (2, 3):
        given = type(value).__name__
        if isinstance(value, (tuple, list)):
            given += f" of {len(value)}"
        raise TypeError(
            f"validation_data: got a {given}, expected a tuple (x, y) or (x, y, sample_weight)"
        )
    return (*value, None)[:3]
