"""scikit-learn's own multilayer perceptrons, of ours, and ours of theirs."""

import copy

from sklearn import neural_network

from trilobite import sklearn as ours
from trilobite.export.chain import ADVICE

_KINDS = ("MLPClassifier", "MLPRegressor")
_ACTIVATIONS = ("identity", "logistic", "tanh", "relu")
_OF_OURS = ("_masks_seed", "validation_loss_curve_")  # attributes


def to_sklearn(estimator):
    """An estimator of scikit-learn itself with the parameters, weights and predictions of ours.

    What scikit-learn has not is left out: `class_weight`, `dropout`, `n_jobs`, `loss` but for those
    that it knows. The state of the optimizer goes along: `partial_fit` goes on there.

    Parameters
    ----------
    estimator : MLPClassifier or MLPRegressor
        Of `trilobite.sklearn`, fitted or not.

    Returns
    -------
    sklearn.neural_network.MLPClassifier or sklearn.neural_network.MLPRegressor

    Raises
    ------
    TypeError, ValueError
        It is something else, or has an activation that scikit-learn has not.
    """
    kind = _kind(estimator, ours)
    theirs = getattr(neural_network, kind)
    if estimator.activation not in _ACTIVATIONS:
        raise ValueError(
            f"activation: got {estimator.activation!r}, expected one that scikit-learn has: "
            f"{', '.join(map(repr, _ACTIVATIONS))}"
        )
    parameters = _parameters(estimator, theirs)
    if kind == "MLPRegressor" and "loss" in parameters and parameters["loss"] != "poisson":
        parameters["loss"] = "squared_error"
    if estimator.loss == "poisson" and "loss" not in parameters:
        raise ValueError("loss: got 'poisson', expected 'squared_error' with scikit-learn 1.6")
    return _moved(estimator, theirs(**parameters), _OF_OURS)


def from_sklearn(estimator):
    """See `trilobite.export.from_sklearn`."""
    kind = _kind(estimator, neural_network)
    cls = getattr(ours, kind)
    made = _moved(estimator, cls(**_parameters(estimator, cls)))
    if hasattr(made, "coefs_"):
        made._masks_seed = 0
    return made


def _kind(estimator, module):
    """The name of the class of the module that an estimator is of."""
    for kind in _KINDS:
        if isinstance(estimator, getattr(module, kind)):
            return kind
    name = f"{type(estimator).__module__}.{type(estimator).__qualname__}"
    expected = ADVICE if module is ours else "expected one of sklearn.neural_network"
    raise TypeError(f"estimator: got {name}, {expected}")


def _parameters(estimator, cls):
    """Those that both have."""
    return {
        name: value
        for name, value in estimator.get_params(deep=False).items()
        if name in cls().get_params(deep=False)
    }


def _moved(estimator, made, left_out=()):
    """The same with copies of what fitting has made."""
    parameters = {*estimator.get_params(deep=False), *made.get_params(deep=False), "loss"}
    state = {
        name: value
        for name, value in vars(estimator).items()
        if name not in parameters and name not in left_out and not name.startswith("_skl_")
    }
    vars(made).update(copy.deepcopy(state))
    return made
