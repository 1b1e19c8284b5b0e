"""Functions of one's own that can be trained through."""


class Differentiable:
    """A function of one's own and its derivative: an activation or a loss of a model.

    The model is then computed by NumPy, the functions called once for each batch: a step takes
    1.2 times as long as the engine's for 784-256-256-10 and 21 times for 2-8-8-2. Ctrl-C is
    heard after the step. Such a model cannot be saved as a whole, but for its weights.

    Parameters
    ----------
    value : callable
        Of an activation ``value(x)``, arrays (n, n_out) both. Of a loss ``value(y_true, y_pred)``,
        arrays (n, n_out), which returns the cost of each row, (n,).
    derivative : callable
        Of the same arguments, what `value` changes with x or y_pred, (n, n_out): of an activation
        each output with its own x, of a loss the cost of a row with each of its outputs.
    name : str, optional
        That of `value` by default.

    Examples
    --------
    >>> square = Differentiable(lambda x: x * x, lambda x: 2 * x, "square")
    >>> layers.Dense(8, activation=square)
    >>> quantile = Differentiable(
    ...     lambda t, y: np.mean(np.maximum(0.9 * (t - y), 0.1 * (y - t)), axis=1),
    ...     lambda t, y: np.where(t > y, -0.9, 0.1) / y.shape[1],
    ...     "quantile",
    ... )
    >>> model.compile("adam", loss=quantile)
    """

    def __init__(self, value, derivative, name=None):
        for argument, given in {"value": value, "derivative": derivative}.items():
            if not callable(given):
                raise TypeError(f"{argument}: got {given!r}, expected a function of arrays")
        self.value, self.derivative = value, derivative
        self.__name__ = name or getattr(value, "__name__", type(value).__name__)

    def __repr__(self):
        return f"<Differentiable {self.__name__}>"

    def spec(self):
        """What a stage of a network has for it: itself."""
        return self

    def __call__(self, *arguments):
        """What `value` returns."""
        return self.value(*arguments)


def how_to(argument, function):
    """The TypeError for a function without its derivative."""
    name = getattr(function, "__name__", type(function).__name__)
    return TypeError(
        f"{argument}: got the function {name}, whose derivative nobody knows, expected one of "
        f"trilobite's, or trilobite.Differentiable({name}, derivative)"
    )
