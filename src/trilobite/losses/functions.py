"""The losses as functions: the cost of each row, as in Keras.

y_true and y_pred are arrays (..., n_out), y_true of class indices (...); the costs are an array
(...) of the dtype of y_pred, or of `config.floatx()` where that is neither float32 nor float64.
"""

import numpy as np

from trilobite._declare.dtypes import floatx
from trilobite.losses import classes
from trilobite.losses.loss import costs

__all__ = [
    "KLD",
    "MAE",
    "MAPE",
    "MSE",
    "MSLE",
    "binary_crossentropy",
    "categorical_crossentropy",
    "categorical_hinge",
    "cosine_similarity",
    "hinge",
    "huber",
    "kl_divergence",
    "kld",
    "kullback_leibler_divergence",
    "log_cosh",
    "logcosh",
    "mae",
    "mape",
    "mean_absolute_error",
    "mean_absolute_percentage_error",
    "mean_squared_error",
    "mean_squared_logarithmic_error",
    "mse",
    "msle",
    "poisson",
    "sparse_categorical_crossentropy",
    "squared_hinge",
]


def mean_squared_error(y_true, y_pred):
    """See `losses.MeanSquaredError`."""
    return _costs(classes.MeanSquaredError(), y_true, y_pred)


def mean_absolute_error(y_true, y_pred):
    """See `losses.MeanAbsoluteError`."""
    return _costs(classes.MeanAbsoluteError(), y_true, y_pred)


def mean_absolute_percentage_error(y_true, y_pred):
    """See `losses.MeanAbsolutePercentageError`."""
    return _costs(classes.MeanAbsolutePercentageError(), y_true, y_pred)


def mean_squared_logarithmic_error(y_true, y_pred):
    """See `losses.MeanSquaredLogarithmicError`."""
    return _costs(classes.MeanSquaredLogarithmicError(), y_true, y_pred)


def cosine_similarity(y_true, y_pred, axis=-1):
    """See `losses.CosineSimilarity`."""
    return _costs(classes.CosineSimilarity(axis), y_true, y_pred)


def log_cosh(y_true, y_pred):
    """See `losses.LogCosh`."""
    return _costs(classes.LogCosh(), y_true, y_pred)


def poisson(y_true, y_pred):
    """See `losses.Poisson`."""
    return _costs(classes.Poisson(), y_true, y_pred)


def kl_divergence(y_true, y_pred):
    """See `losses.KLDivergence`."""
    return _costs(classes.KLDivergence(), y_true, y_pred)


def hinge(y_true, y_pred):
    """See `losses.Hinge`."""
    return _costs(classes.Hinge(), y_true, y_pred)


def squared_hinge(y_true, y_pred):
    """See `losses.SquaredHinge`."""
    return _costs(classes.SquaredHinge(), y_true, y_pred)


def categorical_hinge(y_true, y_pred):
    """See `losses.CategoricalHinge`."""
    return _costs(classes.CategoricalHinge(), y_true, y_pred)


def huber(y_true, y_pred, delta=1.0):
    """See `losses.Huber`."""
    return _costs(classes.Huber(delta), y_true, y_pred)


def binary_crossentropy(y_true, y_pred, from_logits=False, label_smoothing=0.0, axis=-1):
    """See `losses.BinaryCrossentropy`."""
    loss = classes.BinaryCrossentropy(from_logits, label_smoothing, axis)
    return _costs(loss, y_true, y_pred)


def categorical_crossentropy(y_true, y_pred, from_logits=False, label_smoothing=0.0, axis=-1):
    """See `losses.CategoricalCrossentropy`."""
    loss = classes.CategoricalCrossentropy(from_logits, label_smoothing, axis)
    return _costs(loss, y_true, y_pred)


def sparse_categorical_crossentropy(y_true, y_pred, from_logits=False, ignore_class=None, axis=-1):
    """See `losses.SparseCategoricalCrossentropy`."""
    loss = classes.SparseCategoricalCrossentropy(from_logits, ignore_class, axis=axis)
    return _costs(loss, y_true, y_pred)


# Their short names, which Keras has in `tf.keras`.
mse = MSE = mean_squared_error
mae = MAE = mean_absolute_error
mape = MAPE = mean_absolute_percentage_error
msle = MSLE = mean_squared_logarithmic_error
kld = KLD = kullback_leibler_divergence = kl_divergence
logcosh = log_cosh


def _costs(loss, y_true, y_pred):
    dtype = getattr(y_pred, "dtype", None)
    return costs(loss, y_true, y_pred, dtype if dtype in (np.float32, np.float64) else floatx())
