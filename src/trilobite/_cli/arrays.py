"""Data as arrays: digits, MNIST and .npz files, and what their y means."""

import math
import zipfile

import numpy as np

from trilobite import datasets, losses, utils

SETS = ("digits", "mnist")  # what is no file
ARRAYS = ("x", "y", "x_train", "y_train", "x_test", "y_test")


def read_arrays(path):
    """Return the arrays of a file by name, of the names that are known."""
    with open(path, "rb") as file:
        if not zipfile.is_zipfile(file):
            raise ValueError(f"{path}: not a .npz file, or a truncated one")
        file.seek(0)
        try:
            archive = np.load(file, allow_pickle=False)
            arrays = {name: np.asarray(archive[name]) for name in ARRAYS if name in archive}
        except Exception as error:  # NumPy, zipfile and zlib raise about ten kinds
            raise ValueError(f"{path}: {error}") from None

    return arrays, archive.files


def read_npz(path):
    """Return ``(x, y), (x_test, y_test)`` of a file of arrays; None for a part it has not."""
    arrays, names = read_arrays(path)

    def part(*names):
        return tuple(arrays[name] for name in names) if arrays.keys() >= set(names) else None

    data = part("x", "y") or part("x_train", "y_train")
    if not data:
        found = ", ".join(names) or "none"
        raise ValueError(f"{path}: expected arrays x and y, or x_train and y_train, got {found}")
    return data, part("x_test", "y_test")


def load(data, share, seed):
    """Return ``(x, y), (x, y)``: the rows to train on and those held out."""
    (x, y), test = read(data)
    if not x.ndim or x.shape[:1] != y.shape[:1]:
        raise ValueError(f"{data}: x and y must have as many rows, got {x.shape} and {y.shape}")
    if test and not share:
        return (x, y), test
    rows, held_out = split(data, len(x), share, seed)
    return (x[rows], y[rows]), (x[held_out], y[held_out])


def read(data):
    """Return ``(x, y), (x_test, y_test)`` of a name or file."""
    if data in SETS:
        return getattr(datasets, data).load_data()
    return read_npz(data)


def split(data, n_rows, share, seed):
    """Return numbers of the rows to train on and of those to hold out, drawn at random."""
    order = np.random.default_rng(seed).permutation(n_rows)
    n = round(n_rows * (share or 0.2))
    if not 0 < n < n_rows:
        raise ValueError(f"{data}: {n_rows} rows are too few to hold {n} of them out")
    return order[n:], order[:n]


def choose_output(loss, y, y_val):
    """Return the loss, the last layer's width and activation, and both y as that loss reads them.

    Integers in one column are classes, and the loss is cross-entropy if none is given; with
    another loss they are one-hot encoded. Anything else is values to predict.
    """
    n_columns = math.prod(y.shape[1:])
    classes = y.dtype.kind in "biu" and n_columns == 1
    loss = loss or ("sparse_categorical_crossentropy" if classes else "mean_squared_error")
    loss = losses.chosen(loss).formula
    if loss == "sparse_categorical_crossentropy" and not classes:
        raise ValueError(f"y: {loss} expects one column of integers, got {y.dtype} of {y.shape}")
    if loss == "binary_crossentropy":
        return loss, n_columns, "sigmoid", y, y_val
    if loss == "poisson" and not classes:
        return loss, n_columns, "exponential", y, y_val
    if not classes:
        return loss, n_columns, "softmax" if "crossentropy" in loss else "linear", y, y_val
    n_classes = 1 + max(0, int(y.max()), int(y_val.max()))
    if n_classes > len(y):
        raise ValueError(
            f"y: {len(y)} rows cannot teach the {n_classes} classes from 0 to {n_classes - 1} "
            "(store values to predict as floating-point numbers)"
        )
    if loss != "sparse_categorical_crossentropy":
        y, y_val = (utils.to_categorical(labels, n_classes) for labels in (y, y_val))
    return loss, n_classes, "softmax", y, y_val
