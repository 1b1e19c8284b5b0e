"""Training and prediction by the engine, for scikit-learn's two estimators.

`Perceptron` stands in front of a class of `sklearn.neural_network`, whose validation, labels and
first weights stay. It replaces what computes: the loop over epochs (stochastic.py), cost and
gradient for L-BFGS, and forward propagation.
"""

import copy
import functools
import inspect
import os
from numbers import Integral, Real

import numpy as np
from scipy import sparse
from sklearn import get_config
from sklearn.neural_network import MLPRegressor
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import _check_sample_weight, validate_data

from trilobite import engine
from trilobite._checks.warned import warn
from trilobite.sklearn import descent, stored, validation
from trilobite.sklearn.stochastic import NONFINITE, Stochastic
from trilobite.sklearn.watch import CallbackSupportMixin, Watch

# scikit-learn 1.6 has no sample_weight, for which its methods take one argument less.
_TAKES_WEIGHTS = "sample_weight" in inspect.signature(MLPRegressor.fit).parameters

# Up to this many rows NumPy's products with coefs_ as they lie cost less than to pack them for the
# engine, in float32 and float64, from 64-100-10 to 20000-100-10.
_FEW = 500
# Multiplications up to which NumPy's products are done before Ctrl-C may be heard: some 50 ms.
_MOST = 2**29


_fitting = {}  # by process and id of an estimator: the call that fits it


def _alone(fit):
    """Decorator: two threads that fit one estimator would write over each other's weights."""

    @functools.wraps(fit)
    def fit_alone(self, *args, **kwargs):
        call, key = object(), (os.getpid(), id(self))
        try:
            if _fitting.setdefault(key, call) is not call:
                raise RuntimeError(
                    f"{type(self).__name__}: fit called while another fit of this estimator runs; "
                    "expected a clone of it"
                )
            return fit(self, *args, **kwargs)
        finally:
            if _fitting.get(key) is call:
                del _fitting[key]

    return fit_alone


class Perceptron(Stochastic, CallbackSupportMixin):
    """What the engine computes for an estimator."""

    _parameter_constraints = {
        **MLPRegressor._parameter_constraints,
        "activation": [StrOptions({*descent.NUMPY, *descent.MORE_ACTIVATIONS})],
        "dropout": [Interval(Real, 0, 1, closed="left")],
        "n_jobs": [
            Interval(Integral, None, -1, closed="right"),
            Interval(Integral, 1, None, closed="left"),
            None,
        ],
    }

    def _take(self, parameters):
        """Set the constructor's parameters, given as its local names."""
        vars(self).update(
            (name, value) for name, value in parameters.items() if name not in ("self", "__class__")
        )

    def _initialize(self, y, layer_units, dtype):
        self._masks_seed = 0
        if self.dropout:  # of a copy: no draw of scikit-learn's may change
            self._masks_seed = int(copy.deepcopy(self._random_state).randint(2**31 - 1))
        vars(self).pop("validation_loss_curve_", None)
        super()._initialize(y, layer_units, dtype.newbyteorder("="))
        if self.loss == "poisson":  # which scikit-learn 1.6 does not know
            self.out_activation_ = "exp"

    @_alone
    def _fit(
        self, X, y, sample_weight=None, incremental=False, validation_data=None, callbacks=None
    ):
        stochastic = self.solver != "lbfgs"
        if not stochastic and (self.dropout or validation_data is not None or callbacks):
            raise ValueError(
                "dropout, validation_data, callbacks: given with solver='lbfgs'; expected 'sgd' or "
                "'adam'"
            )
        hidden = self.hidden_layer_sizes
        hidden = list(hidden) if hasattr(hidden, "__iter__") else [hidden]
        if np.any(np.array(hidden) <= 0):
            raise ValueError(f"hidden_layer_sizes must be > 0, got {hidden}.")
        first = not hasattr(self, "coefs_") or not (self.warm_start or incremental)
        vars(self).pop("_cooling", None)  # by which fit_automatically ended
        if vars(self).pop("_rate_of_scaled", None) == self.learning_rate_init:
            warn(
                f"learning_rate_init: {self.learning_rate_init:g} was chosen by fit_automatically "
                "for data that it scaled, which fit does not; call fit_automatically again, or fit "
                "what the pipeline() of its result returns"
            )
        given = X, y, sample_weight
        stored.check(X=X, y=y)
        X, y = self._validate_input(X, y, incremental, reset=first)
        if sample_weight is not None:
            sample_weight = _check_sample_weight(sample_weight, X)
        y = y.reshape(-1, 1) if y.ndim == 1 else y
        sample_weight = self._weighted(y, sample_weight, incremental)
        widths = [X.shape[1], *hidden, y.shape[1]]
        if not first:
            self._check_widths(widths)
        self.n_outputs_ = y.shape[1]
        if validation_data is not None:
            validation_data = validation.given(self, validation_data)
        self._random_state = check_random_state(self.random_state)
        epochs = 1 if incremental else self.max_iter
        watch = Watch(self, *given, callbacks, epochs if stochastic else 0)
        if first:
            self._initialize(y, widths, X.dtype)
        if stochastic:
            self._fit_stochastic(X, y, sample_weight, incremental, validation_data, watch)
        else:
            self._fit_lbfgs(X, y, sample_weight, widths)
        finite = all(np.isfinite(w).all() for w in self.coefs_ + self.intercepts_)
        if not finite or (not stochastic and not np.isfinite(self.loss_)):
            raise ValueError(NONFINITE)
        watch.close()
        return self

    def _check_widths(self, widths):
        """Raise ValueError unless a training that goes on has the layers that it had."""
        had = [len(self.coefs_[0]), *(w.shape[1] for w in self.coefs_)]
        if widths != had:
            raise ValueError(
                f"hidden_layer_sizes, y: layers of {widths[1:]} given to a training that goes on; "
                f"expected {had[1:]}, those of coefs_"
            )

    def _weighted(self, y, sample_weight, incremental):
        """The weights of the rows, with those of their classes in them."""
        return sample_weight

    # ---- the engine's objects ----

    def _dtype(self, *arrays):
        """What the engine computes in: float32 where all of the arrays and the coefs are."""
        given = [array.dtype for array in (*arrays, *self.coefs_)]
        return np.dtype("f4" if np.result_type(*given) == np.float32 else "f8")

    def _network(self, dtype, **options):
        names = self.activation, self.out_activation_, self.loss
        return descent.network(dtype, self.coefs_, self.intercepts_, *names, **options)

    def _training(self, net, dtype, X, y, sample_weight, batch_size, optimizer, **masks):
        """Epochs without end, each to be given its order and divisors."""
        steps = -(-X.shape[0] // batch_size)
        return engine.load(dtype.name).Training(
            net,
            descent.rows(dtype, X),
            descent.rows(dtype, descent.targets(y, self.loss, self.out_activation_)),
            batch_size,
            2**40,
            shuffle=False,
            threads=self._threads(6 * net.n_parameters * batch_size, steps),
            optimizer=optimizer,
            weights=None if sample_weight is None else descent.rows(dtype, sample_weight),
            **masks,
        )

    def _threads(self, flops, steps=1):
        return descent.threads(self.n_jobs, flops, steps)

    # ---- L-BFGS: SciPy's, as scikit-learn calls it ----

    def _fit_lbfgs(self, X, y, sample_weight, widths):
        n = X.shape[0]
        dtype = self._dtype(X)
        net = self._network(dtype, alpha=self.alpha)
        optimizer = engine.load(dtype.name).Optimizer(net, "gradient")
        training = self._training(net, dtype, X, y, sample_weight, n, optimizer)
        training.divisors = [n if sample_weight is None else sample_weight.sum()]
        self._descent = net, optimizer, training, n
        try:
            weights = (sample_weight,) if _TAKES_WEIGHTS else ()
            super()._fit_lbfgs(X, y, *weights, None, None, None, None, widths)
        finally:
            del self._descent

    def _loss_grad_lbfgs(self, packed, *_):
        """Cost over all rows, and its gradient, for weights that are packed into one array."""
        net, optimizer, training, n = self._descent
        self._unpack(packed)
        net.set_weights(descent.interleave(self.coefs_, self.intercepts_))
        status = "running"
        while status == "running":
            status = training.run(training.epoch + 1)
        gradient = np.concatenate([g.ravel() for g in descent.separate(optimizer.get_state())])
        cost = training.totals()[0] / n
        training.restore()  # does nothing but where the cost was not finite
        return cost, gradient

    # ---- elsewhere ----

    def export(self, filepath, format=None, **options):
        """Write the network for other programs: `trilobite.export.export`.

        Parameters
        ----------
        filepath : str or os.PathLike
            "net.py", "net.js", "net.h" or "net.onnx".
        format : str, optional
            "numpy", "js", "c" or "onnx"; by default what the ending of `filepath` says.
        **options
            Of the format.
        """
        from trilobite.export import export

        export(self, filepath, format, **options)

    def to_sklearn(self):
        """An estimator of scikit-learn's own class with the same weights and predictions.

        What scikit-learn has not is left out: `class_weight`, `dropout`, `n_jobs`, `loss` but for
        those that it knows. The optimizer's state goes along: `partial_fit` goes on there.

        Returns
        -------
        object
            Of `sklearn.neural_network.MLPClassifier` or `MLPRegressor`.

        Raises
        ------
        ValueError
            It has an activation that scikit-learn has not.
        """
        from trilobite.export.sklearn import to_sklearn

        return to_sklearn(self)

    # ---- prediction ----

    def score(self, X, y, sample_weight=None):
        """Accuracy, or R squared, of the predictions for X."""
        stored.check(y=y)
        return super().score(X, y, sample_weight=sample_weight)

    def _predict(self, X, check_input=True):
        return self._outputs(self._forward_pass_fast(X, check_input=check_input))

    def _forward_pass_fast(self, X, check_input=True):
        checked = not check_input or get_config()["assume_finite"]
        if check_input and not self._is_plain(X):
            X, checked = self._validated(X), True
        known = (self.loss, self.out_activation_) in descent.COSTS  # it can be changed
        if self.activation in descent.NUMPY and (self._are_few(X) or not known):
            if not checked and not np.isfinite(X).all():
                self._validated(X)
            return super()._forward_pass_fast(X, check_input=False)
        dtype = self._dtype(X)
        outputs, finite = self._propagate(self._network(dtype), dtype, X)
        if not (finite or checked):
            self._validated(X)  # which says what is wrong
        return outputs

    def _are_few(self, X):
        if X.shape[0] * sum(w.size for w in self.coefs_) > _MOST:
            return False
        if sparse.issparse(X):
            return X.nnz <= X.shape[1]  # fewer products than coefs_ to pack
        return X.shape[0] <= _FEW

    def _is_plain(self, X):
        """Whether all that can be wrong with X is that it is not finite."""
        return (
            type(X) is np.ndarray
            and X.ndim == 2
            and X.dtype in (np.float32, np.float64)
            and X.dtype.isnative
            and X.shape[0] > 0
            and X.shape[1] == self.n_features_in_
            and not hasattr(self, "feature_names_in_")
        )

    def _validated(self, X):
        stored.check(X=X)
        return validate_data(self, X, accept_sparse=["csr", "csc"], reset=False)

    def _propagate(self, net, dtype, X):
        """The network's outputs for X, (n, n_outputs), and whether X is finite."""
        outputs = np.empty((X.shape[0], net.n_out), dtype)
        threads = self._threads(2 * net.n_parameters * X.shape[0])
        return outputs, net.predict(descent.rows(dtype, X), outputs, threads)
