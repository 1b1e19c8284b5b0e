"""Which of the two faces a tool was handed."""

from trilobite._model.evaluator import Evaluator
from trilobite.tuning.model import OfModel


def is_model(model, expected="a model of trilobite"):
    """Whether it is a model; or else, maybe, an estimator of `trilobite.sklearn`.

    Raises
    ------
    TypeError
        It is neither; the message says what was expected.
    """
    if isinstance(model, Evaluator):
        return True
    if hasattr(model, "hidden_layer_sizes"):  # scikit-learn is not imported for others
        return False
    raise TypeError(
        f"model: got {model!r} ({type(model).__name__}), expected {expected} or an estimator of "
        "trilobite.sklearn"
    )


def subject_of(model, x, y, sample_weight=None, validation_data=None):
    """The `Subject` of a compiled model, or of an estimator of `trilobite.sklearn`.

    Raises
    ------
    TypeError, ValueError
        It is neither, or the data do not fit. Nothing has changed.
    """
    if is_model(model, "a compiled model of trilobite"):
        return OfModel(model, x, y, sample_weight, validation_data)
    from trilobite.tuning.estimator import OfEstimator  # needs scikit-learn

    return OfEstimator(model, x, y, sample_weight, validation_data)
