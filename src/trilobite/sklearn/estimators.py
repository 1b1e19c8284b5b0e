"""MLPClassifier and MLPRegressor."""

import numpy as np
from sklearn import neural_network
from sklearn.base import _fit_context
from sklearn.metrics import r2_score
from sklearn.preprocessing import LabelBinarizer
from sklearn.utils import column_or_1d
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import _check_partial_fit_first_call, type_of_target

from trilobite.sklearn import class_weight, stored, validation
from trilobite.sklearn.perceptron import Perceptron

MORE_LOSSES = "absolute_error", "huber", "log_cosh"  # of the regressor, beyond scikit-learn's


class MLPClassifier(Perceptron, neural_network.MLPClassifier):
    """scikit-learn's MLPClassifier, trained by the compiled engine.

    All parameters up to ``max_fun`` are those of `sklearn.neural_network.MLPClassifier`, where they
    are described, and give the same numbers for the same ``random_state``; those after it, and
    further activations (elu, gelu, gelu_tanh, hard_sigmoid, leaky_relu, selu, silu, softplus), are
    this class's own.

    Parameters
    ----------
    class_weight : dict, list of dict or "balanced", default=None
        Weights of the classes, by which ``sample_weight`` is multiplied; not the weights of
        ``validation_data``. For labels in columns a list: for each column the weights of 0 and 1,
        of which a row has the product.
    dropout : float, default=0.0
        Part of the units of each hidden layer that a step of training leaves out, others in each,
        over all calls of ``partial_fit`` and warm starts. With sgd and adam.
    loss : {"log_loss", "squared_error"}, default="log_loss"
        "squared_error": of the probabilities, the mean of ``(p - t)**2`` over the outputs (the
        Brier score of a binary classifier), t being 1 for the label of the row and else 0.
    n_jobs : int, default=None
        Threads of one fit, -1 for all, no more than there are CPUs; they make no difference to the
        result. None: as many as pay for the size of a step, no more than joblib leaves to this
        process.

    Attributes
    ----------
    validation_loss_curve_ : list of float
        After each epoch the loss of ``validation_data`` without the L2 penalty, if that was given
        to `fit`; NaN after those of other calls.

    Notes
    -----
    ``fit(X, y, sample_weight=None, *, validation_data=None, callbacks=None)``:
    ``validation_data`` is ``(X, y)`` or ``(X, y, sample_weight)``. With it the weights of the
    epoch of the smallest validation loss of this call are kept; with ``early_stopping`` it takes
    the place of the part that is split off, and the score decides. ``callbacks`` are called with
    the estimator after each epoch, and end the training by returning something true. One may keep
    ``coefs_`` and ``intercepts_``, which are new each time, or change them, and set
    ``learning_rate_init``, ``max_iter``, ``n_iter_no_change``, ``tol`` and ``verbose``: the next
    epoch goes by them. scikit-learn's own callbacks (from 1.9) are set by ``set_callbacks``.

    What differs from scikit-learn: a cost or weights that become infinite or NaN end the fit at
    once, with the weights of the epoch before, in the ValueError that scikit-learn raises at the
    end; with ``early_stopping`` or ``validation_data`` they end it in a ConvergenceWarning, with
    the best weights, where scikit-learn goes on to the last epoch (its issue 29504). A batch whose
    sample weights are all zero makes no step, where scikit-learn raises a ZeroDivisionError.
    ``warm_start`` and ``partial_fit`` with other layers than ``coefs_`` has are refused.
    ``early_stopping`` with labels that are strings works with scikit-learn 1.6 to 1.8 too, which
    raise a TypeError (its issue 33760).
    """

    _parameter_constraints = Perceptron._parameter_constraints | {
        "class_weight": [StrOptions({"balanced"}), dict, list, None],
        "loss": [StrOptions({"log_loss", "squared_error"})],
    }
    _metric = staticmethod(validation.accuracy)

    def __init__(
        self,
        hidden_layer_sizes=(100,),
        activation="relu",
        *,
        solver="adam",
        alpha=0.0001,
        batch_size="auto",
        learning_rate="constant",
        learning_rate_init=0.001,
        power_t=0.5,
        max_iter=200,
        shuffle=True,
        random_state=None,
        tol=1e-4,
        verbose=False,
        warm_start=False,
        momentum=0.9,
        nesterovs_momentum=True,
        early_stopping=False,
        validation_fraction=0.1,
        beta_1=0.9,
        beta_2=0.999,
        epsilon=1e-8,
        n_iter_no_change=10,
        max_fun=15000,
        class_weight=None,
        dropout=0.0,
        loss="log_loss",
        n_jobs=None,
    ):
        self._take(locals())

    @property
    def _stratifies(self):
        return self.n_outputs_ == 1

    @property
    def _is_multilabel(self):
        return self._label_binarizer.y_type_.startswith("multilabel")

    def _targets(self, y):
        """Labels, binarized."""
        if self._is_multilabel:
            if y.shape[1:] != self.classes_.shape:
                raise ValueError(f"y is {y.shape}; expected (n, {len(self.classes_)}), of 0 and 1")
        elif len(unknown := np.setdiff1d(y := column_or_1d(y), self.classes_)):
            raise ValueError(f"y has the classes {unknown}; expected some of {self.classes_}")
        return self._label_binarizer.transform(y).astype(bool)

    def _outputs(self, y):
        """Labels for rows of the network's output, or of binarized labels."""
        if self.out_activation_ == "softmax":
            return self.classes_[y.argmax(axis=1)]
        return self._label_binarizer.inverse_transform(y.ravel() if y.shape[1] == 1 else y)

    def _weighted(self, y, sample_weight, incremental):
        if incremental and self.class_weight == "balanced":
            raise ValueError(
                "class_weight: 'balanced' given to partial_fit, which sees a part of the labels; "
                "expected a dict"
            )
        if self.class_weight is None:
            return sample_weight
        if not self._is_multilabel:
            y = y.argmax(axis=1) if y.shape[1] > 1 else y[:, 0]
        weight = class_weight.of_rows(self.class_weight, self.classes_, y.astype(np.intp))
        return weight if sample_weight is None else sample_weight * weight

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y, sample_weight=None, *, validation_data=None, callbacks=None):
        """Fit to X and y.

        Parameters
        ----------
        X : array-like or sparse matrix, shape (n, n_features)
        y : array-like, shape (n,) or (n, n_outputs)
        sample_weight : array-like, shape (n,), optional
        validation_data : tuple (X, y) or (X, y, sample_weight), optional
        callbacks : list of callable, optional
            Each is handed the estimator after each epoch.

        Returns
        -------
        self

        Raises
        ------
        ValueError, TypeError
            As scikit-learn does, with its messages.
        """
        return self._fit(X, y, sample_weight, validation_data=validation_data, callbacks=callbacks)

    @available_if(lambda self: self._check_solver())
    @_fit_context(prefer_skip_nested_validation=True)
    def partial_fit(self, X, y, sample_weight=None, classes=None):
        """One epoch more over X and y, with sgd or adam.

        Parameters
        ----------
        X : array-like or sparse matrix, shape (n, n_features)
        y : array-like, shape (n,) or (n, n_outputs)
        sample_weight : array-like, shape (n,), optional
        classes : array-like, shape (n_classes,), optional
            All classes that there will be; needed in the first call.

        Returns
        -------
        self
        """
        stored.check(y=y)
        if _check_partial_fit_first_call(self, classes):
            multilabel = type_of_target(y).startswith("multilabel")
            self._label_binarizer = LabelBinarizer().fit(y if multilabel else classes)
        return self._fit(X, y, sample_weight, incremental=True)


class MLPRegressor(Perceptron, neural_network.MLPRegressor):
    """scikit-learn's MLPRegressor, trained by the compiled engine.

    All parameters up to ``max_fun`` are those of `sklearn.neural_network.MLPRegressor`, where they
    are described, and give the same numbers for the same ``random_state``; those after it, and
    further activations (elu, gelu, gelu_tanh, hard_sigmoid, leaky_relu, selu, silu, softplus), are
    this class's own.

    Parameters
    ----------
    loss : {"squared_error", "poisson", "absolute_error", "huber", "log_cosh"}, \
            default="squared_error"
        The last three are not scikit-learn's. Of ``e = abs(y - target)`` they are the mean over
        the outputs of ``e``, of ``e**2 / 2`` up to 1 and ``e - 1/2`` beyond, and of
        ``log(cosh(e))``; the output is linear.
    dropout : float, default=0.0
        Part of the units of each hidden layer that a step of training leaves out, others in each,
        over all calls of ``partial_fit`` and warm starts. With sgd and adam.
    n_jobs : int, default=None
        Threads of one fit, -1 for all, no more than there are CPUs; they make no difference to the
        result. None: as many as pay for the size of a step, no more than joblib leaves to this
        process.

    Attributes
    ----------
    validation_loss_curve_ : list of float
        After each epoch the loss of ``validation_data`` without the L2 penalty, if that was given
        to `fit`; NaN after those of other calls.

    Notes
    -----
    ``fit(X, y, sample_weight=None, *, validation_data=None, callbacks=None)``:
    ``validation_data`` is ``(X, y)`` or ``(X, y, sample_weight)``. With it the weights of the
    epoch of the smallest validation loss of this call are kept; with ``early_stopping`` it takes
    the place of the part that is split off, and the score decides. ``callbacks`` are called with
    the estimator after each epoch, and end the training by returning something true. One may keep
    ``coefs_`` and ``intercepts_``, which are new each time, or change them, and set
    ``learning_rate_init``, ``max_iter``, ``n_iter_no_change``, ``tol`` and ``verbose``: the next
    epoch goes by them. scikit-learn's own callbacks (from 1.9) are set by ``set_callbacks``.

    What differs from scikit-learn: a cost or weights that become infinite or NaN end the fit at
    once, with the weights of the epoch before, in the ValueError that scikit-learn raises at the
    end; with ``early_stopping`` or ``validation_data`` they end it in a ConvergenceWarning, with
    the best weights, where scikit-learn goes on to the last epoch (its issue 29504). A batch whose
    sample weights are all zero makes no step, where scikit-learn raises a ZeroDivisionError.
    ``warm_start`` and ``partial_fit`` with other layers than ``coefs_`` has are refused.

    Kept from scikit-learn: with several outputs the squared error is their mean, but its gradient
    is that of their sum (its issue 8349); ``partial_fit`` takes ``solver="lbfgs"``.
    """

    _parameter_constraints = Perceptron._parameter_constraints | {
        "loss": [StrOptions({"squared_error", "poisson", *MORE_LOSSES})]
    }
    _metric = staticmethod(r2_score)
    _stratifies = False

    def __init__(
        self,
        loss="squared_error",
        hidden_layer_sizes=(100,),
        activation="relu",
        *,
        solver="adam",
        alpha=0.0001,
        batch_size="auto",
        learning_rate="constant",
        learning_rate_init=0.001,
        power_t=0.5,
        max_iter=200,
        shuffle=True,
        random_state=None,
        tol=1e-4,
        verbose=False,
        warm_start=False,
        momentum=0.9,
        nesterovs_momentum=True,
        early_stopping=False,
        validation_fraction=0.1,
        beta_1=0.9,
        beta_2=0.999,
        epsilon=1e-8,
        n_iter_no_change=10,
        max_fun=15000,
        dropout=0.0,
        n_jobs=None,
    ):
        self._take(locals())

    def _validate_input(self, X, y, incremental, reset):
        X, y = super()._validate_input(X, y, incremental, reset)
        self._check_range(y)
        return X, y

    def _check_range(self, y):
        if self.loss == "poisson" and y.min() < 0:
            raise ValueError(f"y: {y.min()} given; expected at least 0 for loss='poisson'")

    def _targets(self, y):
        """Numbers, in columns."""
        y = np.asarray(y, np.float64)
        y = y.reshape(len(y), -1)
        if y.shape[1] != self.n_outputs_:
            raise ValueError(f"y has {y.shape[1]} columns; expected {self.n_outputs_}")
        self._check_range(y)
        return y

    def _outputs(self, y):
        """Numbers for rows of the network's output, or of targets."""
        return y.ravel() if y.shape[1] == 1 else y

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y, sample_weight=None, *, validation_data=None, callbacks=None):
        """Fit to X and y.

        Parameters
        ----------
        X : array-like or sparse matrix, shape (n, n_features)
        y : array-like, shape (n,) or (n, n_outputs)
        sample_weight : array-like, shape (n,), optional
        validation_data : tuple (X, y) or (X, y, sample_weight), optional
        callbacks : list of callable, optional
            Each is handed the estimator after each epoch.

        Returns
        -------
        self

        Raises
        ------
        ValueError, TypeError
            As scikit-learn does, with its messages.
        """
        return self._fit(X, y, sample_weight, validation_data=validation_data, callbacks=callbacks)

    @_fit_context(prefer_skip_nested_validation=True)
    def partial_fit(self, X, y, sample_weight=None):
        """One epoch more over X and y, with sgd or adam.

        With lbfgs, as in scikit-learn, a fit that begins with the weights that there are.

        Parameters
        ----------
        X : array-like or sparse matrix, shape (n, n_features)
        y : array-like, shape (n,) or (n, n_outputs)
        sample_weight : array-like, shape (n,), optional

        Returns
        -------
        self
        """
        return self._fit(X, y, sample_weight, incremental=True)
