"""Which of the two faces a tool was handed."""

from trilobite._model.evaluator import Evaluator
from trilobite._model.py_dataset import is_fed
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


def check_arrays(x, y, validation_data):
    """Raise TypeError unless x, y are what can be taken again and again: not what makes batches."""
    for argument, given in (("x", x), ("validation_data", validation_data)):
        if is_fed(given):
            raise TypeError(
                f"{argument}: got a {type(given).__name__}, which makes batches, expected arrays x "
                "and y, whose rows each trial takes anew; join its batches by np.concatenate"
            )
    if y is None:
        raise TypeError("y: got None, expected an array: a target for each row of x")


def subject_of(model, x, y, sample_weight=None, validation_data=None):
    """The `Subject` of a compiled model, or of an estimator of `trilobite.sklearn`.

    Raises
    ------
    TypeError, ValueError
        It is neither, or the data do not fit. Nothing has changed.
    """
    of_trilobite = is_model(model, "a compiled model of trilobite")
    check_arrays(x, y, validation_data)
    if of_trilobite:
        return OfModel(model, x, y, sample_weight, validation_data)
    from trilobite.tuning.estimator import OfEstimator  # needs scikit-learn

    return OfEstimator(model, x, y, sample_weight, validation_data)
