"""Weights of classes, as `MLPClassifier` is given them."""

from numbers import Real

import numpy as np


def of_rows(class_weight, classes, y):
    """For each row the weight of its class, or the product of those of its labels.

    Parameters
    ----------
    class_weight : "balanced", dict of label to weight, or list of such dicts
        A list where a row has several labels: for each column of y the weights of 0 and 1.
        "balanced": n / (classes in y * rows of the class). A class that is not named weighs 1.
    classes : ndarray
        The labels, in order; of columns [0, 1].
    y : ndarray, shape (n,) or (n, n_columns)
        Numbers in `classes`.

    Returns
    -------
    ndarray of float64, shape (n,)
    """
    if y.ndim == 1:
        return _by_class(class_weight, classes, y)[y]
    if class_weight != "balanced" and not (
        isinstance(class_weight, list) and len(class_weight) == y.shape[1]
    ):
        raise ValueError(
            f"class_weight: {class_weight!r} given; expected 'balanced' or a list of "
            f"{y.shape[1]} dicts, one for each column of y, such as {{0: 1, 1: 5}}"
        )
    weights = np.ones(len(y))
    for k, column in enumerate(y.T):
        of = class_weight if class_weight == "balanced" else class_weight[k]
        weights *= _by_class(of, np.array([0, 1]), column)[column]
    return weights


def _by_class(class_weight, classes, y):
    if class_weight == "balanced":
        counts = np.bincount(y, minlength=len(classes))
        return len(y) / (np.count_nonzero(counts) * np.maximum(counts, 1))
    if not isinstance(class_weight, dict):
        raise ValueError(f"class_weight: {class_weight!r} given; expected a dict of label: weight")
    numbers = class_weight.values()
    if not all(isinstance(w, Real) and np.isfinite(w) for w in numbers) or not any(numbers):
        raise ValueError(
            f"class_weight: {class_weight!r} given; expected finite weights, not all 0"
        )
    labels = classes.tolist()
    unknown = [label for label in class_weight if label not in labels]
    if unknown and len(class_weight) - len(unknown) < len(labels):
        raise ValueError(
            f"class_weight: the classes {unknown} given; expected some of {labels}, or all of them"
        )
    return np.array([class_weight.get(label, 1.0) for label in labels], np.float64)
