"""`keras.wrappers.scikit_learn`: models that a function makes, as scikit-learn's estimators.

Keras 2's. `trilobite.sklearn` has estimators that need no such function.
"""

from inspect import Parameter, signature

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin

from trilobite import losses
from trilobite.as_keras.keras2 import FIT
from trilobite.models import Sequential
from trilobite.utils import to_categorical

__all__ = ["KerasClassifier", "KerasRegressor"]


class _Wrapper(BaseEstimator):
    """Base of the two.

    Parameters
    ----------
    build_fn : callable
        Returns a compiled `Sequential`.
    **sk_params
        Arguments of `build_fn`, and of the model's `fit`, `predict` and `evaluate`.

    Attributes
    ----------
    model : Sequential
        Made and trained by `fit`.
    """

    def __init__(self, build_fn=None, **sk_params):
        self.build_fn, self.sk_params = build_fn, sk_params

    def get_params(self, deep=True):
        """All arguments by name."""
        return {"build_fn": self.build_fn, **self.sk_params}

    def set_params(self, **params):
        """Set arguments by name."""
        self.build_fn = params.pop("build_fn", self.build_fn)
        self.sk_params |= params
        return self

    def _arguments(self, function, **given):
        """Those of the arguments that a function takes, and `given`, which go before them."""
        return {n: v for n, v in self.sk_params.items() if n in _names(function)} | given

    def _fit(self, x, y, **named):
        methods = (Sequential.fit, Sequential.predict, Sequential.evaluate)
        known = set().union(FIT, *map(_names, (self.build_fn, *methods)))
        if unknown := [name for name in self.sk_params if name not in known]:
            raise ValueError(
                f"sk_params: got {unknown[0]}, expected an argument of {self.build_fn.__name__}, "
                "or of the model's fit, predict or evaluate"
            )
        self.model = self.build_fn(**self._arguments(self.build_fn))
        if np.ndim(y) == 1 and losses.chosen(self.model.loss).formula == "categorical_crossentropy":
            y = to_categorical(y)
        former = {name: self.sk_params[name] for name in FIT if name in self.sk_params}
        return self.model.fit(x, y, **self._arguments(self.model.fit, **former, **named))

    def _outputs(self, x, **named):
        return self.model.predict(x, **self._arguments(self.model.predict, **named))


class KerasClassifier(ClassifierMixin, _Wrapper):
    """A classifier; labels are any values, or one-hot rows.

    Attributes
    ----------
    classes_ : ndarray
        The labels, sorted.
    """

    def fit(self, X, y, **named):
        """Make the model and train it; return its `History`."""
        y = np.asarray(y)
        if y.ndim == 2 and y.shape[1] > 1:
            self.classes_ = np.arange(y.shape[1])
        else:
            self.classes_, y = np.unique(y, return_inverse=True)
        return self._fit(X, y, **named)

    def predict(self, X, **named):
        """The labels of the rows."""
        y = self._outputs(X, **named)
        return self.classes_[y.argmax(axis=-1) if y.shape[-1] > 1 else (y[:, 0] > 0.5).astype(int)]

    def predict_proba(self, X, **named):
        """The probability of each class (n, n_classes), also if the model has one output."""
        y = self._outputs(X, **named)
        return y if y.shape[-1] > 1 else np.hstack([1 - y, y])

    def score(self, X, y, sample_weight=None):
        """The share of rows whose label is right."""
        y = np.asarray(y)
        labels = y.argmax(axis=-1) if y.ndim == 2 and y.shape[1] > 1 else y
        return super().score(X, labels, sample_weight)


class KerasRegressor(RegressorMixin, _Wrapper):
    """A regressor."""

    def fit(self, X, y, **named):
        """Make the model and train it; return its `History`."""
        return self._fit(X, y, **named)

    def predict(self, X, **named):
        """The outputs for the rows: (n,) if there is one."""
        return np.squeeze(self._outputs(X, **named), axis=-1)

    def score(self, X, y, **named):
        """The loss with the sign changed, as in Keras 2: more is better."""
        arguments = self._arguments(self.model.evaluate, **named)
        loss = self.model.evaluate(X, y, **arguments)
        return -(loss[0] if isinstance(loss, list) else loss)


def _names(function):
    """Names of a function's arguments but for the first of a method of a class."""
    kinds = (Parameter.POSITIONAL_OR_KEYWORD, Parameter.KEYWORD_ONLY)
    return {p.name for p in signature(function).parameters.values() if p.kind in kinds}
