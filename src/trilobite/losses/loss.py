"""What all losses have: a formula, and how the costs of the rows become one number."""

from trilobite._checks.targets import paired, row_weights
from trilobite._declare.declaration import Declaration
from trilobite._declare.dtypes import floatx
from trilobite._declare.names import only, snake_case
from trilobite._declare.returned import returned

TRAINED = ("sum_over_batch_size", "mean", "sum")  # the first two are names of one


class Loss(Declaration):
    """Base of the losses.

    Parameters
    ----------
    reduction : {"sum_over_batch_size", "mean", "sum", "mean_with_sample_weight", "none", None}
        What a call makes of the costs of the rows, each multiplied by its weight: the sum over
        their number, the same, the sum, the sum over that of the weights, or nothing. A model is
        trained for the first three alone; its loss of an epoch is the mean of its batches', each
        weighted by its rows.
    name : str, optional
        The class's name in snake_case by default.
    dtype : str, optional
        Keras's, which must be `config.floatx()`: a model's loss is computed in its dtype.
    """

    from_logits = False
    label_smoothing = 0.0
    delta = 1.0
    class_indices = False  # whether these are the targets
    is_own = False  # whether the formula is a function of one's own
    least_outputs = 1

    def __init__(self, reduction="sum_over_batch_size", name=None, dtype=None):
        own = next(c for c in type(self).__mro__ if c.__module__.startswith("trilobite."))
        self.formula = snake_case(own.__name__)
        self.reduction = only(
            "reduction", reduction, *TRAINED, "sum", "mean_with_sample_weight", "none", None
        )
        self.name = name or snake_case(type(self).__name__)
        self.dtype = only("dtype", dtype, None, floatx())

    def __call__(self, y_true, y_pred, sample_weight=None):
        """The loss of these outputs, by NumPy.

        Parameters
        ----------
        y_true : array_like
            Targets, of the shape of the outputs; class indices without its last dimension.
        y_pred : array_like, shape (..., n_out)
            Outputs.
        sample_weight : array_like, shape (...), optional
            By which the cost of each row is multiplied.

        Returns
        -------
        float of NumPy
            Of the dtype `config.floatx()`; an array (...) of costs with the reduction "none".
        """
        from trilobite import reference  # here: a model does not need it

        of_rows = self.call(y_true, y_pred)
        weights = row_weights("sample_weight", sample_weight, of_rows.shape, of_rows.dtype)
        return returned(reference.reduced(of_rows, weights, self.reduction))

    def call(self, y_true, y_pred):
        """The cost of each row, an array (...); see `__call__`."""
        return costs(self, y_true, y_pred, floatx())


def costs(loss, y_true, y_pred, dtype):
    """The cost of each row, an array (...) of `dtype`."""
    from trilobite import reference

    options = loss.formula, loss.from_logits, loss.label_smoothing, loss.delta
    if hasattr(y_pred, "computed"):  # within a loss of one's own
        t, _ = paired(y_true, y_pred.value, loss.class_indices, y_pred.dtype)
        return reference.costs_of_traced(y_pred, t, *options)
    t, y = paired(y_true, y_pred, loss.class_indices, dtype)
    return returned(reference.costs_of_rows(y, t, *options))
