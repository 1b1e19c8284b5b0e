"""Data as arrays: digits, MNIST and .npz files, and what their y means."""

import math
import os
import zipfile

import numpy as np

from trilobite import datasets, losses, utils

SETS = ("digits", "mnist")  # what is no file
FORMS = "digits, mnist, a table (.csv, .tsv, .parquet) or a .npz file of arrays"
ARRAYS = ("x", "y", "x_train", "y_train", "x_test", "y_test")


def read_arrays(path):
    """Return the arrays of a file by name, of the names that are known."""
    if not path.lower().endswith(".npz") and not os.path.exists(path):
        raise ValueError(f"{path}: No such file, expected {FORMS}")
    with open(path, "rb") as file:
        if not zipfile.is_zipfile(file):
            if path.lower().endswith(".npz"):
                raise ValueError(f"{path}: not a .npz file, or a truncated one")
            raise ValueError(f"{path}: expected {FORMS}")
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


def load(data, share, seed, chooses=False):
    """Return rows ``(x, y)`` to train on, those held out, and None or others for the end.

    The rows held out are the data's own test rows if no share is given. Where they are to choose
    between nets, they are rows of the training instead, and the test rows are for the end.
    """
    (x, y), test = read(data)
    if not x.ndim or x.shape[:1] != y.shape[:1]:
        raise ValueError(f"{data}: x and y must have as many rows, got {x.shape} and {y.shape}")
    if test and not share and not chooses:
        return (x, y), test, None
    rows, held_out = split(data, len(x), share, seed)
    end = None if share else test
    return (x[rows], y[rows]), (x[held_out], y[held_out]), end


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
        rows = f"{n_rows} row{'s are' if n_rows != 1 else ' is'}"
        raise ValueError(f"{data}: {rows} too few to train on some and hold {n or 'some'} out")
    return order[n:], order[:n]


def choose_output(loss, y, *others):
    """Return loss, the last layer's width and activation, and a list of all y as that loss reads.

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
        return loss, n_columns, "sigmoid", [y, *others]
    if loss == "poisson" and not classes:
        return loss, n_columns, "exponential", [y, *others]
    if not classes:
        return loss, n_columns, "softmax" if "crossentropy" in loss else "linear", [y, *others]
    n_classes = 1 + max(0, *(int(labels.max(initial=0)) for labels in (y, *others)))
    if n_classes > len(y):
        raise ValueError(
            f"y: {len(y)} rows cannot teach the {n_classes} classes from 0 to {n_classes - 1} "
            "(store values to predict as floating-point numbers)"
        )
    if loss != "sparse_categorical_crossentropy":
        y, *others = (utils.to_categorical(labels, n_classes) for labels in (y, *others))
    return loss, n_classes, "softmax", [y, *others]
