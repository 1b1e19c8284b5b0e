"""What a tool tries things on, where it is an estimator of `trilobite.sklearn`."""

import copy

import numpy as np

from trilobite import engine
from trilobite.sklearn import descent
from trilobite.sklearn.perceptron import Perceptron
from trilobite.tuning.trial import Subject


class OfEstimator(Subject):
    """The `Subject` of an estimator: of a warm start that which it has learned, or a fresh one.

    A fresh one has the weights with which `fit` would begin; where its `random_state` is None,
    which draws others each time, those of 0. Weights of rows are scaled to a mean of 1.
    """

    def __init__(self, estimator, x, y, sample_weight, validation_data):
        kind = type(estimator).__name__
        if not isinstance(estimator, Perceptron):
            raise TypeError(f"model: got a {kind}, expected one of trilobite.sklearn")
        if estimator.solver == "lbfgs":
            raise ValueError("model: got solver='lbfgs', which has no learning rate and no batches")
        self._estimator = begun = copy.deepcopy(estimator)
        if begun.random_state is None or begun.random_state is np.random:
            begun.random_state = 0
        vars(begun).pop("_skl_callbacks", None)
        taken = []
        begun._fit_stochastic = lambda *given: taken.extend(given)
        begun.fit(x, y, sample_weight, validation_data=validation_data)  # all but the training
        self.x, y, weights, _, valid, _ = taken
        self.y, self.weights = self._targets(y), self._scaled(weights)
        self.valid = valid and (valid[0], self._targets(valid[1]), self._scaled(valid[2]))
        if not hasattr(begun, "_optimizer"):
            begun._optimizer = begun._new_optimizer()
        self._dtype = dtype = begun._dtype()
        self.module = engine.load(dtype.name)
        self.net = begun._network(dtype, alpha=begun.alpha, dropout=begun.dropout)
        self.optimizer = descent.optimizer(self.net, dtype, begun._optimizer)
        self.seed, self.first_epoch = begun._masks_seed, len(begun.loss_curve_)
        size = begun.batch_size
        self.batch_size = min(200, len(self.y)) if size == "auto" else size

    def _targets(self, y):
        of = self._estimator
        return descent.targets(y, of.loss, of.out_activation_)

    @staticmethod
    def _scaled(weights):
        return None if weights is None else weights / np.mean(weights)

    def rows(self, array):
        """The engine's `Rows`."""
        return descent.rows(self._dtype, array)

    def divisors(self, n, batch_size):
        """What the engine is to divide the costs of each step by: its rows, the penalties too."""
        return np.diff(np.arange(0, n, batch_size), append=n)

    def cost_of(self, totals):
        """The mean cost without the penalty, as scikit-learn's estimators validate."""
        return totals[0] / totals[1] - self.net.penalty()
