"""The solvers sgd and adam: epochs by the engine, everything between two of them here.

Random numbers are drawn, and losses and scores compared, in scikit-learn's order.
"""

import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.neural_network._stochastic_optimizers import AdamOptimizer, SGDOptimizer
from sklearn.utils import check_consistent_length
from sklearn.utils.validation import _check_sample_weight

from trilobite.sklearn import descent, stored

NONFINITE = (
    "Solver produced non-finite parameter weights. The input data may contain large values and "
    "need to be preprocessed."
)


class Stochastic:
    """The part of `Perceptron` that fits by sgd and adam."""

    def _fit_stochastic(self, X, y, sample_weight, incremental, validation_data, watch):
        if not incremental or not hasattr(self, "_optimizer"):
            self._optimizer = self._new_optimizer()
        if self.early_stopping and incremental:
            raise ValueError("partial_fit does not support early_stopping=True")
        validation = None
        if self.loss_curve_ == []:  # no training goes on
            vars(self).pop("validation_loss_curve_", None)
        if validation_data is not None:
            validation = self._given_validation(validation_data)
            self.validation_loss_curve_ = getattr(self, "validation_loss_curve_", [])
        elif self.early_stopping:
            X, y, sample_weight, *validation = self._split(X, y, sample_weight)
        n = X.shape[0]
        batch_size = self._batch_size(n)
        dtype = self._dtype()
        net = self._network(dtype, alpha=self.alpha, dropout=self.dropout)
        optimizer = descent.optimizer(net, dtype, self._optimizer)
        training = self._training(net, dtype, X, y, sample_weight, batch_size, optimizer)
        best = None
        self.n_iter_ = 0
        try:
            for totals in self._epochs(training, n, batch_size, sample_weight, watch):
                if totals is None and not (best is not None or self._keeps_best()):
                    raise ValueError(NONFINITE)
                self.n_iter_ += 1
                self.loss_ = np.nan if totals is None else totals[0] / n
                self.t_ += n
                self.loss_curve_.append(self.loss_)
                if self.verbose:
                    print(f"Iteration {self.n_iter_}, loss = {self.loss_:.8f}")
                if totals is None:
                    self.validation_scores_.append(np.nan)
                    if hasattr(self, "validation_loss_curve_"):
                        self.validation_loss_curve_.append(np.nan)
                    warnings.warn(NONFINITE, ConvergenceWarning, stacklevel=1)
                    watch.end(lambda: self._keep(self.coefs_, self.intercepts_, net))
                    break
                if not self.early_stopping:
                    self._count(self.loss_ > self.best_loss_ - self.tol)
                    self.best_loss_ = min(self.loss_, self.best_loss_)
                if validation and self._improves(net, dtype, *validation):
                    best = net.snapshot()
                self._optimizer.iteration_ends(self.t_)
                asked = watch.end(lambda: self._keep(self.coefs_, self.intercepts_, net))
                if self._stops() or incremental or asked:
                    break
                if self.n_iter_ == self.max_iter:
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
            self._keep(self.coefs_, self.intercepts_, net)
        if best is not None:
            net.restore(best)
            self._keep(self._best_coefs, self._best_intercepts, net)
        if best is not None or self.early_stopping:
            self.coefs_, self.intercepts_ = self._best_coefs, self._best_intercepts

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

    def _epochs(self, training, n, batch_size, sample_weight, watch):
        """Train an epoch at a time; yield its totals, or None if cost or weights are not finite."""
        order, starts = np.arange(n), np.arange(0, n, batch_size)
        if sample_weight is None:
            training.divisors = np.diff(starts, append=n)
        for epoch in range(self.max_iter):
            watch.begin()
            if self.shuffle:
                order = order[self._random_state.permutation(n)]
                training.set_order(order)
            if sample_weight is not None:
                divisors = np.add.reduceat(sample_weight[order], starts, dtype=np.float64)
                divisors[divisors == 0] = np.inf  # a batch of no weight makes no step
                training.divisors = divisors
            of = self._optimizer  # adam's learning_rate is that of its last step
            adam = isinstance(of, AdamOptimizer)
            training.learning_rate = of.learning_rate_init if adam else of.learning_rate
            status = "running"
            while status == "running":
                status = training.run(epoch + 1)
            if status != "epoch":
                training.restore()
                if status == "bad_input":
                    raise ValueError(
                        f"Input X contains infinity or a value too large for {self._dtype()!r}."
                    )
            yield training.history[epoch] if status == "epoch" else None

    def _keeps_best(self):
        """Whether there are best weights of early stopping that this fit does not overwrite."""
        return self.early_stopping and self._best_coefs is not self.coefs_

    def _keep(self, coefs, intercepts, net):
        """Put the network's weights where scikit-learn's optimizer leaves them: in the arrays."""
        weights = descent.separate(net.get_weights())
        for arrays in coefs, intercepts:
            for k, array in enumerate(arrays):
                w = weights.pop(0)
                if array.flags.writeable and array.dtype == w.dtype:
                    array[...] = w
                else:
                    arrays[k] = w

    def _split(self, X, y, sample_weight):
        """X, y and weights to train with, and the same three of the validation."""
        arrays = [X, y] if sample_weight is None else [X, y, sample_weight]
        split = train_test_split(
            *arrays,
            random_state=self._random_state,
            test_size=self.validation_fraction,
            stratify=y if self._stratifies else None,
        )
        if sample_weight is None:
            split += [None, None]
        if split[1].shape[0] < 2:
            raise ValueError(
                "The validation set is too small. Increase 'validation_fraction' or the size of "
                "your dataset."
            )
        return *split[0::2], *split[1::2]

    def _given_validation(self, validation_data):
        if not isinstance(validation_data, (tuple, list)) or len(validation_data) not in (2, 3):
            raise TypeError(
                f"validation_data: {type(validation_data).__name__} given; expected (X, y) or (X, "
                "y, sample_weight)"
            )
        X, y, sample_weight = (*validation_data, None)[:3]
        stored.check(y=y)
        X = self._validated(X)
        if sample_weight is not None:
            sample_weight = _check_sample_weight(sample_weight, X)
        check_consistent_length(X, y)
        return X, self._targets(y), sample_weight

    def _improves(self, net, dtype, X, y, sample_weight):
        """Judge the network by validation data; return whether it is the best so far."""
        if hasattr(self, "validation_loss_curve_"):
            loss = self._validation_loss(net, dtype, X, y, sample_weight)
            best_loss = min(self.validation_loss_curve_, default=np.inf)
            self.validation_loss_curve_.append(loss)
            if not self.early_stopping:
                return loss < best_loss
        outputs = self._outputs(self._propagate(net, dtype, X)[0])
        score = np.nan
        if outputs.dtype.kind != "f" or np.isfinite(outputs).all():
            score = self._metric(self._outputs(y), outputs, sample_weight=sample_weight)
        self.validation_scores_.append(score)
        if self.verbose:
            print(f"Validation score: {score:f}")
        self._count(score < self.best_validation_score_ + self.tol)
        if score > self.best_validation_score_:
            self.best_validation_score_ = score
            return True
        return False

    def _validation_loss(self, net, dtype, X, y, sample_weight):
        """The mean cost, without the penalty."""
        y = descent.targets(y, self.loss, self.out_activation_)
        of = descent.rows(dtype, X), descent.rows(dtype, y)
        weights = None if sample_weight is None else descent.rows(dtype, sample_weight)
        number = descent.threads(self.n_jobs, 2 * net.n_parameters * X.shape[0])
        totals = net.evaluate(*of, threads=number, weights=weights)
        if totals is None:
            raise ValueError("validation_data: X has a value beyond the range of the weights' type")
        cost = totals[0] - totals[1] * net.penalty()
        return cost / (totals[1] if sample_weight is None else sample_weight.sum())

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
