"""Places in a chain of layers: what `layer(x)` returns where x is no array."""

from functools import partialmethod

from trilobite._declare.names import auto_name


class KerasTensor:
    """A place in a chain of layers, where there will be rows; `Input` is the first one.

    Attributes
    ----------
    shape : tuple
        ``(None, 64)``: None for the rows.
    dtype : str
        What the chain computes in.
    name : str
    layer : Layer or Model
        Whose output this is.
    before : KerasTensor or None
        Its input; None of an `Input`.
    """

    layer = before = None

    def __init__(self, shape, dtype, layer, before, name=None):
        self.shape, self.dtype, self.layer, self.before = shape, dtype, layer, before
        self.name = name or auto_name("keras_tensor")

    @property
    def row_shape(self):
        """Shape of one row."""
        return self.shape[1:]

    @property
    def ndim(self):
        """Number of dimensions, that of the rows counted."""
        return len(self.shape)

    def __repr__(self):
        return f"<KerasTensor shape={self.shape}, dtype={self.dtype}, name={self.name}>"

    def _compute(self, *_):
        raise TypeError(
            f"got arithmetic with the output of {self.layer.name!r}, expected layers alone: there "
            "are no merges in a chain of layers; what is read may be multiplied by a number, and "
            "one added"
        )

    def _scaled(self, *numbers, of):
        if not all(isinstance(number, (int, float)) for number in numbers):
            self._compute()
        return self.layers["Rescaling"](*of(*numbers))(self)

    layers = {}  # those that arithmetic and activations stand for, which tell of themselves
    __add__ = __radd__ = partialmethod(_scaled, of=lambda number: (1.0, number))
    __sub__ = partialmethod(_scaled, of=lambda number: (1.0, -number))
    __rsub__ = partialmethod(_scaled, of=lambda number: (-1.0, number))
    __mul__ = __rmul__ = partialmethod(_scaled, of=lambda number: (number, 0.0))
    __truediv__ = partialmethod(_scaled, of=lambda number: (1 / number, 0.0))
    __neg__ = partialmethod(_scaled, of=lambda: (-1.0, 0.0))
    __rtruediv__ = __matmul__ = __rmatmul__ = __pow__ = __getitem__ = _compute
    __array_ufunc__ = None


class Link:
    """Base of what a chain is made of: layers, and models as layers.

    `compute_output_shape(shape)` is the shape of its output; `parts(trained)` its layers and
    `variables_trained(trained)` its variables, each with whether it is trained where `trained` says
    so of the whole.
    """

    _called = None  # the tensors before and after it, where it was called first

    def symbolic(self, x):
        """The tensor after this link, where x is the one before it."""
        y = KerasTensor(self.compute_output_shape(x.shape), x.dtype, self, x)
        if self._called is None:
            self._called = x, y
        return y

    @property
    def input(self):
        """The tensor that this was first called with."""
        return self._first("input")[0]

    @property
    def output(self):
        """The tensor that this returned when it was first called."""
        return self._first("output")[1]

    @property
    def weights(self):
        """A `Variable` of each weight array."""
        return [variable for variable, _ in self.variables_trained()]

    @property
    def trainable_weights(self):
        """Those of the variables that training moves against their gradient."""
        return [variable for variable, trained in self.variables_trained() if trained]

    @property
    def non_trainable_weights(self):
        """The other variables: moving statistics of `BatchNormalization`, all of frozen layers."""
        return [variable for variable, trained in self.variables_trained() if not trained]

    variables, trainable_variables = weights, trainable_weights
    non_trainable_variables = non_trainable_weights

    def _first(self, what):
        if self._called is None:
            raise AttributeError(f"{what}: layer {self.name!r} has never been called")
        return self._called


def chain(inputs, outputs):
    """The links between two tensors, in their order.

    Raises
    ------
    TypeError, ValueError
        There is more than one of either, something else than a tensor, or no way between them.
    """
    ends = []
    for argument, given in (("inputs", inputs), ("outputs", outputs)):
        found = list(given.values()) if isinstance(given, dict) else given
        found = found if isinstance(found, (list, tuple)) else [found]
        if len(found) != 1:
            raise ValueError(
                f"{argument}: got {len(found)}, expected one: a model is one chain of layers, "
                "without merges or branches; several models may share layers"
            )
        if not isinstance(found[0], KerasTensor):
            kind = type(found[0]).__name__
            raise TypeError(
                f"{argument}: got {found[0]!r} ({kind}), expected what Input or a layer returns"
            )
        ends += found
    first, last = ends
    tensors = [last]
    while tensors[-1].before is not None:
        tensors.append(tensors[-1].before)
    known = [t is first for t in tensors]
    if not any(known):  # the layer has been called again since
        known = [t.layer is first.layer for t in tensors]
    if not any(known):
        raise ValueError(f"outputs: got {last!r}, expected what is computed from {first!r}")
    return first, [t.layer for t in tensors[: known.index(True)]][::-1]


def one_tensor(x):
    """Raise TypeError for several tensors: that would be a merge."""
    if isinstance(x, (list, tuple, dict)) and any(
        isinstance(each, KerasTensor) for each in (x.values() if isinstance(x, dict) else x)
    ):
        raise TypeError(
            f"x: got {len(x)} tensors, expected one: a model is one chain of layers, without merges"
        )
