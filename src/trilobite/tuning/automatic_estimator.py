"""The one call that needs no hyperparameter, for scikit-learn's face."""

import copy
from contextlib import contextmanager
from functools import partial

import numpy as np
from scipy import sparse
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.compose import TransformedTargetRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.utils.validation import _check_feature_names

from trilobite._model.history import History
from trilobite.sklearn.watch import Watch
from trilobite.tuning.choices import note_classes, size_for, split, told
from trilobite.tuning.cooling import Cooling
from trilobite.tuning.estimator import begun
from trilobite.tuning.learning_rate import epochs_for, learning_rate_range
from trilobite.tuning.scaling import scaling_of, scaling_of_targets


def fit_estimator(estimator, x, y, weights, valid, batch_size, epochs, callbacks, verbose):
    """As `fit_automatically`, of checked options."""
    reasons = {}
    given = x
    warm = hasattr(estimator, "coefs_") and estimator.warm_start
    Watch(copy.copy(estimator), x, y, weights, callbacks, 0)  # what is wrong is said now
    x = x.tocsr() if sparse.issparse(x) else x  # of which rows can be taken
    begun(estimator, x, y, weights, valid)
    x, y = x if sparse.issparse(x) else np.asarray(x), np.asarray(y)
    weights = None if weights is None else np.asarray(weights)
    classes = is_classifier(estimator) and y.size == len(y)  # not several labels a row
    if valid is None:
        (x, y, weights), valid = split(x, y, weights, reasons, classes)
    valid = (*valid, None)[:3]
    if classes:
        note_classes(y, np.asarray(valid[1]), reasons)
    scaling = targets = None
    if warm or sparse.issparse(x):
        why = "it has learned already" if warm else "it is sparse"
        reasons["x"] = f"left as it is: {why}"
    else:
        scaling = scaling_of(x)
        reasons["x"] = scaling.reason
    if not warm and is_regressor(estimator) and estimator.loss == "squared_error":
        targets = scaling_of_targets(y)
        reasons["y"] = targets.reason
        if targets.kind != "none":
            reasons["y"] += "; costs are those of y before that"
    x, y, (x_valid, y_valid, *_) = (
        _scaled(scaling, x),
        _scaled(targets, y),
        (_scaled(scaling, valid[0]), _scaled(targets, valid[1])),
    )
    valid = (x_valid, y_valid, valid[2])
    batch_size = min(batch_size or size_for(len(y), reasons), len(y))
    epochs = epochs or epochs_for(len(y), batch_size)
    found = learning_rate_range(
        estimator,
        x,
        y,
        sample_weight=weights,
        batch_size=batch_size,
        epochs=epochs,
        validation_data=valid,
    )
    rate, cooling = found.suggestion, Cooling(found.suggestion, epochs)
    cool = _Cool(cooling, callbacks)
    with _or_as_before(estimator):
        vars(estimator).pop("_rate_of_scaled", None)
        estimator.set_params(learning_rate_init=rate, batch_size=batch_size, max_iter=epochs)
        for_this = {"n_iter_no_change": epochs, "early_stopping": False, "verbose": bool(verbose)}
        before = {name: getattr(estimator, name) for name in for_this}
        estimator.set_params(**for_this)  # `Cooling` says when training ends, by the same cost
        estimator.fit(x, y, weights, validation_data=valid, callbacks=[cool])
        estimator.set_params(learning_rate_init=rate, **before)
        _fold(estimator, scaling, targets)
        _check_feature_names(estimator, given, reset=True)
        estimator._cooling = cooling
        if any(each is not None and each.kind != "none" for each in (scaling, targets)):
            estimator._rate_of_scaled = rate
            reasons["fit again"] = "takes x and y as they are: fit pipeline(), which scales them"
    history = History()
    columns = {"loss": cool.losses, "val_loss": cool.val_losses, "learning_rate": cool.rates}
    history.record(list(range(len(cool.losses))), columns)
    history.cooling = cooling
    result = told(estimator, history, found, batch_size, epochs, cooling, reasons)
    result._pipeline = _pipeline(estimator, scaling, targets)
    return result


def _pipeline(estimator, scaling, targets):
    """An estimator with these parameters, not fitted, behind scaling as it was done here."""
    again = clone(estimator)
    if targets is not None and targets.kind != "none":
        again = TransformedTargetRegressor(again, transformer=StandardScaler())
    if scaling is None or scaling.kind == "none":
        return make_pipeline(again)
    if scaling.kind == "columns":
        return make_pipeline(StandardScaler(), again)
    return make_pipeline(FunctionTransformer(partial(np.multiply, 1 / scaling.scale[0])), again)


@contextmanager
def _or_as_before(estimator):
    """A context that an error, or Ctrl-C, leaves with the estimator as it was before it."""
    now, own = vars(estimator), estimator.get_params(deep=False)
    before = copy.deepcopy({name: value for name, value in now.items() if name not in own})
    try:
        yield
    except BaseException:
        now.clear()
        now.update(own | before)
        raise


class _Cool:
    """The callback of an estimator that does what a `Cooling` says; `fit` keeps the best epoch."""

    def __init__(self, cooling, callbacks):
        self.cooling, self.callbacks = cooling, list(callbacks or ())
        self.losses, self.val_losses, self.rates = [], [], []

    def __call__(self, estimator):
        epoch = len(self.losses)
        self.rates.append(self.cooling.rate(epoch))
        self.losses.append(float(estimator.loss_curve_[-1]))
        self.val_losses.append(float(estimator.validation_loss_curve_[-1]))
        asked = [callback(estimator) for callback in self.callbacks]
        better, back, stops = self.cooling.end(epoch, self.val_losses[-1])
        if better:
            self.best = estimator.coefs_, estimator.intercepts_
        if back:
            coefs, intercepts = self.best
            estimator.coefs_, estimator.intercepts_ = list(coefs), list(intercepts)
        if not stops:
            estimator.learning_rate_init = self.cooling.rate(epoch + 1)
        return any(asked) or stops


def _scaled(scaling, a):
    """`a` scaled; of one dimension if it was."""
    if scaling is None or scaling.kind == "none":
        return a
    return scaling.apply(np.asarray(a))


def _fold(estimator, scaling, targets):
    """Let the first and the last layer do what scaling did: predictions are those for x as it is.

    ``((x - mean) / scale) @ w + b = x @ (w / scale) + (b - (mean / scale) @ w)``.
    """
    coefs, intercepts = list(estimator.coefs_), list(estimator.intercepts_)
    if scaling is not None:
        w = coefs[0] / scaling.scale[:, None]
        intercepts[0] = (intercepts[0] - scaling.mean @ w).astype(coefs[0].dtype)
        coefs[0] = w.astype(coefs[0].dtype)
    if targets is not None:
        coefs[-1] = (coefs[-1] * targets.scale).astype(coefs[-1].dtype)
        intercepts[-1] = (intercepts[-1] * targets.scale + targets.mean).astype(coefs[-1].dtype)
    estimator.coefs_, estimator.intercepts_ = coefs, intercepts
