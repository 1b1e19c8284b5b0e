"""What a tool tries things on, where it is an estimator of `trilobite.sklearn`."""

import copy

import numpy as np

from trilobite import engine
from trilobite.sklearn import descent
from trilobite.sklearn.perceptron import Perceptron
from trilobite.sklearn.validation import split
from trilobite.tuning.subject import Subject


def begun(estimator, x, y, sample_weight, validation_data=None):
    """A copy of an estimator that has done all of `fit` but the training, and what that was given.

    Raises
    ------
    TypeError, ValueError
        It is none of trilobite's, has no learning rate, or something does not fit.
    """
    if not isinstance(estimator, Perceptron):
        kind = type(estimator).__name__
        raise TypeError(f"model: got a {kind}, expected an estimator of trilobite.sklearn")
    if estimator.solver == "lbfgs":
        raise ValueError("model: got solver='lbfgs', which has no learning rate and no batches")
    copied, taken = copy.deepcopy(estimator), []
    if copied.random_state is None or copied.random_state is np.random:
        copied.random_state = 0
    for name in ("_skl_callbacks", "_rate_of_scaled"):
        vars(copied).pop(name, None)
    copied._fit_stochastic = lambda *given: taken.extend(given)
    copied.fit(x, y, sample_weight, validation_data=validation_data)
    return copied, taken


class OfEstimator(Subject):
    """The `Subject` of an estimator: of a warm start that which it has learned, or a fresh one.

    A fresh one has the weights with which `fit` would begin; where its `random_state` is None,
    which draws others each time, those of 0. Weights of rows are scaled to a mean of 1, and the
    penalty with them. With `early_stopping` it validates on the rows that `fit` would.
    """

    def __init__(self, estimator, x, y, sample_weight, validation_data):
        self._estimator, taken = begun(estimator, x, y, sample_weight, validation_data)
        self.x, y, weights, _, valid, _ = taken
        of = self._estimator
        if valid is None and of.early_stopping:
            (self.x, y, weights), valid = split(of, self.x, y, weights)
        self.y, self.weights = self._targets(y), self._scaled(weights)
        self.valid = valid and (valid[0], self._targets(valid[1]), self._scaled(valid[2]))
        self._dtype = dtype = of._dtype()
        self.module = engine.load(dtype.name)
        alpha = of.alpha if weights is None else of.alpha / np.mean(weights)
        self.net = of._network(dtype, alpha=alpha, dropout=of.dropout)
        self.optimizer = descent.optimizer(self.net, dtype, of._new_optimizer())
        self.seed, self.first_epoch = of._masks_seed, len(of.loss_curve_)
        self.rate = float(of.learning_rate_init)
        size = of.batch_size
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

    def orders(self, seed):
        """Yield the order of the rows of each epoch: that of `fit`, or by a seed."""
        of = self._estimator
        drawn = copy.deepcopy(of._random_state) if seed is None else np.random.RandomState(seed)
        return descent.orders(self.x.shape[0], of.shuffle, drawn)

    def begin_epoch(self, training, order, batch_size):
        """Let a training's next epoch take the rows in this order."""
        descent.begin_epoch(training, order, batch_size, self.weights)

    def cost_of(self, totals):
        """The mean cost without the penalty, as scikit-learn's estimators validate."""
        return totals[0] / totals[1] - self.net.penalty()
