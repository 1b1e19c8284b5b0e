"""The cost at any weights, of a model or of an estimator; what was given stays as it is."""

import copy

import numpy as np

from trilobite.plot import faces


def cost_at(model, x, y):
    """What says the cost of rows x, y at weights.

    Returns
    -------
    `OfModel` or `OfEstimator`, both with

    weights : list of ndarray
        Those of the model: of an estimator ``[w, b, w, b, ...]``.
    trained : list of ndarray of bool
        Of each of their numbers whether training moves it.
    at : callable
        Of a list like `weights` the cost.
    """
    return (OfModel if faces.is_model(model) else OfEstimator)(model, x, y)


class OfModel:
    """The loss of `evaluate`."""

    def __init__(self, model, x, y):
        if model.optimizer is None:
            raise ValueError(f"model: got {model!r}, expected one that is built and compiled")
        self._copy, self._data = copy.deepcopy(model), (x, y)
        self.weights = model.get_weights()
        # not moving statistics, which may not be any numbers
        self.trained = [np.full(v.shape, moved) for v, moved in model.variables_trained()]

    def at(self, weights):
        """The cost there."""
        self._copy.set_weights(weights)
        return self._copy.evaluate(*self._data, verbose=0, return_dict=True)["loss"]


class OfEstimator:
    """What `fit` of a multilayer perceptron of scikit-learn minimises, over all rows in one batch.

    The mean of their costs, weighted by their classes' weights, and the penalty
    ``alpha / 2 / sum(weights) * sum(w**2)``.
    """

    def __init__(self, estimator, x, y):
        from trilobite.sklearn import descent, validation

        self._copy = of = _copied(estimator)
        x, y, _ = validation.given(of, (x, y), "x, y")
        weights = of._weighted(y, None, incremental=False)
        self._rows, self._whole = (x, y, weights), x.shape[0] if weights is None else weights.sum()
        self.weights = descent.interleave(of.coefs_, of.intercepts_)
        self.trained = [np.full(w.shape, True) for w in self.weights]

    def at(self, weights):
        """The cost there."""
        from trilobite.sklearn.validation import Validation

        of = self._copy
        of.coefs_, of.intercepts_ = weights[0::2], weights[1::2]
        dtype = of._dtype()
        net = of._network(dtype, alpha=of.alpha / self._whole)
        return Validation(of, net, dtype, *self._rows, given=True).loss() + net.penalty()


def _copied(estimator):
    """An estimator of trilobite's, with what this one, or scikit-learn's, has learned."""
    from sklearn.base import is_classifier

    from trilobite.sklearn import MLPClassifier, MLPRegressor

    made = MLPClassifier() if is_classifier(estimator) else MLPRegressor()
    vars(made).update(vars(estimator))
    return made
