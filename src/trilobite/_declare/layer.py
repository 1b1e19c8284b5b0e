"""What all layers have, and the `Input`."""

import numpy as np

from trilobite._checks import arrays
from trilobite._checks.numbers import integer
from trilobite._declare.declaration import Declaration
from trilobite._declare.dtypes import check_dtype, floatx
from trilobite._declare.names import auto_name, only, snake_case


class Input(Declaration):
    """Shape of one row of x, as the first thing in a model.

    Parameters
    ----------
    shape : tuple of int
        Without the rows: ``(784,)`` or ``(28, 28)``.
    batch_size : int, optional
        Keras's, which makes no difference: any number of rows is taken.
    dtype : {"float32", "float64"}, optional
        What the model computes in; `config.floatx()` by default. x may be of any numeric dtype.
    batch_shape : tuple of int, optional
        In the place of `batch_size` and `shape`: ``(None, 784)``.
    name : str, optional
    sparse, ragged, tensor, optional
        Keras's, which must be their defaults.
    """

    def __init__(
        self,
        shape=None,
        batch_size=None,
        dtype=None,
        sparse=None,
        ragged=None,
        batch_shape=None,
        name=None,
        tensor=None,
        optional=False,
    ):
        self.batch_shape = None  # which shape and batch_size stand for
        if batch_shape is not None:
            if shape is not None or batch_size is not None:
                raise ValueError("batch_shape: got it beside shape or batch_size, expected one")
            if not isinstance(batch_shape, (tuple, list)) or not batch_shape:
                raise TypeError(
                    f"batch_shape: got {batch_shape!r}, expected a tuple such as (None, 784)"
                )
            batch_size, *shape = batch_shape
        self.batch_size = None if batch_size is None else integer("batch_size", batch_size)
        self.sparse = only("sparse", sparse, None, False)
        self.ragged = only("ragged", ragged, None, False)
        self.tensor = only("tensor", tensor, None)
        self.optional = only("optional", optional, False)
        if not isinstance(shape, (tuple, list)) or not shape:
            raise TypeError(f"shape: got {shape!r}, expected a tuple such as (784,)")
        self.shape = tuple(integer("shape", width) for width in shape)
        self.dtype = check_dtype("dtype", dtype)
        self.name = name or auto_name("input_layer")


class Layer(Declaration):
    """Base of the layers.

    Once the model is built the weights live in its network (the engine's); before, and when
    the model's layers change, the layer itself keeps them.

    Parameters
    ----------
    name : str, optional
        The class's name in snake_case by default, numbered from the second on.
    input_shape : tuple of int, optional
        On the first layer the same as an `Input` of this shape before it.
    input_dim : int, optional
        Short for ``input_shape=(input_dim,)``.
    trainable : bool
        Must be True.
    dtype : str, optional
        Keras's, which must be `config.floatx()`: a layer computes in the dtype of its model.
    activity_regularizer : Regularizer, optional
        Of the outputs: the loss gains the mean over the rows.
    autocast : bool
        Keras's, which makes no difference.
    """

    assignable = frozenset({"trainable"})

    weight_names = ()  # of the arrays in `get_weights`
    not_trained = ()  # those of them that training does not move against their gradient
    differs_in_training = False  # whether it computes something else than in inference
    rescaling = None  # (scale, offset) with which x is read, in place of a stage
    seed = None  # of what it draws in training

    def __init__(
        self,
        *,
        activity_regularizer=None,
        trainable=True,
        dtype=None,
        autocast=True,
        name=None,
        input_shape=None,
        input_dim=None,
        **unknown,
    ):
        for argument in unknown:
            raise TypeError(f"{argument}: {type(self).__name__} has no such argument")
        if not hasattr(activity_regularizer, "l1"):
            only("activity_regularizer", activity_regularizer, None)
        self.activity_regularizer = activity_regularizer
        self.trainable = trainable
        self.dtype = only("dtype", dtype, None, floatx())
        self.autocast = bool(autocast)
        self.input_dim = input_dim
        if input_dim is not None:
            input_shape = (input_dim,)
        self.name = name or auto_name(snake_case(type(self).__name__))
        self.input_shape = None if input_shape is None else Input(input_shape).shape
        self._weights = []
        self._network = None
        self._span = slice(0, 0)

    def __repr__(self):
        built = self._network is not None or bool(self._weights)
        return f"<{type(self).__name__} name={self.name}, built={built}>"

    @property
    def trainable(self):
        """True: all layers are trained."""
        return True

    @trainable.setter
    def trainable(self, value):
        only("trainable", value, True)

    def shape_for(self, input_shape):
        """Shape of one row of the output, from that of the input."""
        return input_shape

    def stage(self):
        """The engine's stage of this layer, or None if there is nothing for it to do."""
        return None

    def stages(self):
        """All of the engine's stages of this layer, with the penalty of its outputs."""
        own, penalty = self.stage(), self.activity_regularizer
        stages = [own] if own else []
        return [*stages, ("activity", penalty.l1, penalty.l2)] if penalty else stages

    def weight_plan(self, input_shape):
        """Shape, initializer and regularizer of each weight array, for rows of `input_shape`."""
        return []

    def weights_for(self, input_shape):
        """The weights a network is to start with, for rows of `input_shape`: kept or drawn."""
        if self._network is not None:
            raise ValueError(f"layer {self.name!r} is part of another model already")
        plan = self.weight_plan(input_shape)
        weights = self._weights or [draw(shape, dtype=np.float64) for shape, draw, _ in plan]
        for name, (shape, *_), w in zip(self.weight_names, plan, weights, strict=True):
            if np.shape(w) != shape:
                raise ValueError(
                    f"{name} of layer {self.name!r}: got shape {np.shape(w)}, expected {shape}"
                )
        return weights

    def constraints(self):
        """The constraint of each weight array, or None."""
        return [None] * len(self.weight_names)

    def penalties_for(self, input_shape):
        """The pair (l1, l2) of each weight array."""
        regularizers = [regularizer for *_, regularizer in self.weight_plan(input_shape)]
        return [(r.l1, r.l2) if r else (0.0, 0.0) for r in regularizers]

    def keep(self, weights):
        """Start with these weights: none are drawn when a network is built."""
        self._weights = list(weights)

    def attach(self, network, span):
        """Leave the weights to `network`: they are its arrays `span`, a slice."""
        self._network, self._span, self._weights = network, span, []

    def detach(self):
        """Take the weights back from the network."""
        self._weights, self._network = self.get_weights(), None

    def __getstate__(self):
        """For pickle and copy: with its weights, without the network."""
        return self.__dict__ | {"_weights": self.get_weights(), "_network": None}

    def get_weights(self):
        """Copies of the weights, ``[kernel, bias]`` for `Dense`; empty if not built."""
        if self._network is None:
            return [w.copy() for w in self._weights]
        return self._network.get_weights()[self._span]

    def set_weights(self, weights):
        """Set the weights.

        Parameters
        ----------
        weights : list of array_like
            As `get_weights` returns them.

        Raises
        ------
        ValueError
            The number of arrays or a shape differs, or the model is not built yet.
        """
        old = self.get_weights()
        names = [f"{name} of layer {self.name!r}" for name in self.weight_names[: len(old)]]
        new = arrays.weights(names, weights, old)
        if self._network is None:
            self._weights = new
        else:
            with self._network.writing():
                of_all = self._network.get_weights()
                of_all[self._span] = new
                self._network.set_weights(of_all)

    @property
    def weights(self):
        """All weight arrays, copies."""
        return self.get_weights()

    @property
    def trainable_weights(self):
        """The weight arrays that training moves against their gradient, copies."""
        return self._weights_where(True)

    @property
    def non_trainable_weights(self):
        """The other weight arrays, copies: the moving statistics of `BatchNormalization`."""
        return self._weights_where(False)

    def count_params(self):
        """Number of weights and biases."""
        return sum(w.size for w in self.get_weights())

    def _weights_where(self, trained):
        named = zip(self.weight_names, self.get_weights(), strict=False)
        return [w for name, w in named if (name not in self.not_trained) == trained]

    def _weight(self, name):
        """One weight array, read-only because it is a copy."""
        weights = self.get_weights()
        if not weights:
            raise AttributeError(f"layer {self.name!r} has no {name} before the model is built")
        found = dict(zip(self.weight_names, weights, strict=True)).get(name)
        if found is not None:
            found.flags.writeable = False
        return found


def require_flat(layer, input_shape):
    """Raise ValueError unless the rows of `input_shape` have one dimension."""
    if len(input_shape) != 1:
        raise ValueError(
            f"layer {layer.name!r}: got rows of shape {input_shape}, expected rows of one "
            "dimension; put a Flatten() layer before it"
        )
