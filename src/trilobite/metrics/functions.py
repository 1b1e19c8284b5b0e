"""Metrics as functions: the value of each row, as in Keras; those of losses are the losses'.

y_true and y_pred are arrays (..., n_out), y_true of class indices (...); the values are an array
(...), of `binary_accuracy` (..., n_out).
"""

from trilobite._checks.targets import paired
from trilobite._declare.dtypes import floatx
from trilobite._declare.returned import returned
from trilobite.metrics import rows

__all__ = [
    "binary_accuracy",
    "categorical_accuracy",
    "sparse_categorical_accuracy",
    "sparse_top_k_categorical_accuracy",
    "top_k_categorical_accuracy",
]


def categorical_accuracy(y_true, y_pred):
    """See `metrics.CategoricalAccuracy`."""
    return _values(rows.CategoricalAccuracy(), y_true, y_pred)


def sparse_categorical_accuracy(y_true, y_pred):
    """See `metrics.SparseCategoricalAccuracy`."""
    return _values(rows.SparseCategoricalAccuracy(), y_true, y_pred)


def binary_accuracy(y_true, y_pred, threshold=0.5):
    """See `metrics.BinaryAccuracy`."""
    return _values(rows.BinaryAccuracy(threshold=threshold), y_true, y_pred, each=True)


def top_k_categorical_accuracy(y_true, y_pred, k=5):
    """See `metrics.TopKCategoricalAccuracy`."""
    return _values(rows.TopKCategoricalAccuracy(k), y_true, y_pred)


def sparse_top_k_categorical_accuracy(y_true, y_pred, k=5, from_sorted_ids=False):
    """See `metrics.SparseTopKCategoricalAccuracy`."""
    metric = rows.SparseTopKCategoricalAccuracy(k, from_sorted_ids=from_sorted_ids)
    return _values(metric, y_true, y_pred)


def _values(metric, y_true, y_pred, each=False):
    from trilobite import reference  # here: a model does not need it

    t, y = paired(y_true, y_pred, metric.class_indices, floatx())
    if each:
        y, t = y[..., None], t[..., None]
    return returned(reference.metric_of_rows(metric.plan(), y, t))
