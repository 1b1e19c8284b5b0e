"""The solvers sgd and adam: epochs by the engine, everything between two of them here.

Random numbers are drawn, and losses and scores compared, in scikit-learn's order.
"""

import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network._stochastic_optimizers import AdamOptimizer, SGDOptimizer

from trilobite.sklearn import descent
from trilobite.sklearn.validation import Validation, split

NONFINITE = (
    "Solver produced non-finite parameter weights. The input data may contain large values and "
    "need to be preprocessed."
)


class Stochastic:
    """The part of `Perceptron` that fits by sgd and adam."""

    def _fit_stochastic(self, X, y, sample_weight, incremental, validation, watch):
        if not incremental or not hasattr(self, "_optimizer"):
            self._optimizer = self._new_optimizer()
        if self.early_stopping and incremental:
            raise ValueError("partial_fit does not support early_stopping=True")
        given = validation is not None
        if given and not hasattr(self, "validation_loss_curve_"):
            self.validation_loss_curve_ = [np.nan] * len(self.loss_curve_)
        if not given and self.early_stopping:
            (X, y, sample_weight), validation = split(self, X, y, sample_weight)
        n = X.shape[0]
        batch_size = self._batch_size(n)
        dtype = self._dtype()
        net = self._network(dtype, alpha=self.alpha, dropout=self.dropout)
        optimizer = descent.optimizer(net, dtype, self._optimizer)
        training = self._training(
            net, dtype, X, y, sample_weight, batch_size, optimizer,
            seed=self._masks_seed, first_epoch=len(self.loss_curve_),
        )  # fmt: skip
        judge = validation and Validation(self, net, dtype, *validation, given)
        best = None
        # Best weights of an earlier fit, which scikit-learn trains on where they are its last.
        keeps = self.early_stopping and self._best_coefs is not self.coefs_
        self.n_iter_ = 0
        try:
            for totals in self._epochs(training, X, batch_size, sample_weight, watch):
                finite = totals is not None
                if not finite and best is None and not keeps:
                    raise ValueError(NONFINITE)
                self.n_iter_ += 1
                self.loss_ = totals[0] / n if finite else np.nan
                self.t_ += n
                self.loss_curve_.append(self.loss_)
                if hasattr(self, "validation_loss_curve_"):
                    self.validation_loss_curve_.append(np.nan)
                if self.early_stopping:
                    self.validation_scores_.append(np.nan)
                if self.verbose:
                    print(f"Iteration {self.n_iter_}, loss = {self.loss_:.8f}")
                if finite and self._improves(judge):
                    best = net.snapshot()
                self._optimizer.iteration_ends(self.t_)
                asked = self._tell(watch, net)
                if not finite:
                    warnings.warn(NONFINITE, ConvergenceWarning, stacklevel=1)
                    break
                if self._stops() or incremental or asked:
                    break
                if self.n_iter_ >= self.max_iter:
                    warnings.warn(
                        f"Stochastic Optimizer: Maximum iterations ({self.max_iter}) reached and "
                        "the optimization hasn't converged yet.",
                        ConvergenceWarning,
                        stacklevel=1,
                    )
        except KeyboardInterrupt:
            warnings.warn("Training interrupted by user.", stacklevel=1)
        finally:
            descent.keep(self._optimizer, optimizer)
            if watch:
                self.coefs_, self.intercepts_ = descent.weights(net)
            else:
                self._keep(net)
        if best is not None:
            net.restore(best)
            self._best_coefs, self._best_intercepts = descent.weights(net)
        if best is not None or keeps:
            self.coefs_, self.intercepts_ = self._best_coefs, self._best_intercepts
        elif self.early_stopping:
            self._best_coefs, self._best_intercepts = self.coefs_, self.intercepts_

    def _tell(self, watch, net):
        """Tell the callbacks of an epoch, and take over what they change; whether to stop."""
        if not watch:
            return False
        self.coefs_, self.intercepts_ = descent.weights(net)  # new ones, which may be kept
        asked = watch.end()
        net.set_weights(descent.interleave(self.coefs_, self.intercepts_))
        of = self._optimizer
        if of.learning_rate_init != self.learning_rate_init:
            of.learning_rate = of.learning_rate_init = self.learning_rate_init
            of.iteration_ends(self.t_)
        return asked

    def _new_optimizer(self):
        params = self.coefs_ + self.intercepts_
        if self.solver == "adam":
            constants = self.learning_rate_init, self.beta_1, self.beta_2, self.epsilon
            return AdamOptimizer(params, *constants)
        return SGDOptimizer(
            params,
            self.learning_rate_init,
            self.learning_rate,
            self.momentum,
            self.nesterovs_momentum,
            self.power_t,
        )

    def _batch_size(self, n):
        if self.batch_size == "auto":
            return min(200, n)
        if self.batch_size > n:
            warnings.warn(
                "Got `batch_size` less than 1 or larger than sample size. It is going to be "
                "clipped",
                stacklevel=1,
            )
        return min(self.batch_size, n)

    def _epochs(self, training, X, batch_size, sample_weight, watch):
        """Train an epoch at a time; yield its totals, or None if cost or weights are not finite."""
        orders = descent.orders(X.shape[0], self.shuffle, self._random_state)
        while training.epoch < self.max_iter:
            watch.begin()
            descent.begin_epoch(training, next(orders), batch_size, sample_weight)
            epoch = training.epoch
            of = self._optimizer  # adam's learning_rate is that of its last step
            adam = isinstance(of, AdamOptimizer)
            training.learning_rate = of.learning_rate_init if adam else of.learning_rate
            status = "running"
            while status == "running":
                status = training.run(epoch + 1)
            if status != "epoch":
                training.restore()
                if status == "bad_input":
                    raise ValueError(descent.nonfinite(self._dtype(), X))
            yield training.totals() if status == "epoch" else None

    def _keep(self, net):
        """Put the network's weights where scikit-learn's optimizer leaves them: in the arrays."""
        for arrays, new in zip((self.coefs_, self.intercepts_), descent.weights(net), strict=True):
            for k, w in enumerate(new):
                if arrays[k].flags.writeable and arrays[k].dtype == w.dtype:
                    arrays[k][...] = w
                else:
                    arrays[k] = w

    def _improves(self, judge):
        """Compare an epoch with those before; whether its weights are the best to be kept."""
        if judge and judge.given:
            self.validation_loss_curve_[-1] = loss = judge.loss()
        if self.early_stopping:
            return self._scores_best(judge.score())
        self._count(self.loss_ > self.best_loss_ - self.tol)
        self.best_loss_ = min(self.loss_, self.best_loss_)
        if not judge:
            return False
        is_best = loss < judge.best_loss
        judge.best_loss = min(judge.best_loss, loss)
        return is_best

    def _scores_best(self, score):
        """Note a score of early stopping; whether it is the best so far."""
        self.validation_scores_[-1] = score
        if self.verbose:
            print(f"Validation score: {score:f}")
        self._count(score < self.best_validation_score_ + self.tol)
        is_best = score > self.best_validation_score_
        self.best_validation_score_ = score if is_best else self.best_validation_score_
        return is_best

    def _count(self, no_improvement):
        self._no_improvement_count = self._no_improvement_count + 1 if no_improvement else 0

    def _stops(self):
        """Whether epochs without improvement end the training; if not, the rate may have sunk."""
        if self._no_improvement_count <= self.n_iter_no_change:
            return False
        what = "Validation score" if self.early_stopping else "Training loss"
        message = (
            f"{what} did not improve more than tol={self.tol:f} for {self.n_iter_no_change} "
            "consecutive epochs."
        )
        if self._optimizer.trigger_stopping(message, self.verbose):
            return True
        self._no_improvement_count = 0
        return False
