"""What all layers have, and the `Input`."""

from weakref import WeakSet

import numpy as np

from trilobite._checks import arrays
from trilobite._checks.numbers import integer
from trilobite._declare import called
from trilobite._declare.declaration import Declaration
from trilobite._declare.dtypes import check_dtype, floatx
from trilobite._declare.names import auto_name, only, snake_case
from trilobite._declare.own_layer import activation_of, shape_for, stage
from trilobite._declare.tensor import KerasTensor, Link, one_tensor
from trilobite._declare.variable import Variable


class Layer(Link, Declaration):
    """Base of the layers.

    Its weights are arrays of the engine's, from when the first model that has it is built; every
    model that has it shares them.

    Parameters
    ----------
    name : str, optional
        The class's name in snake_case by default, numbered from the second on.
    input_shape : tuple of int, optional
        On the first layer the same as an `Input` of this shape before it.
    input_dim : int, optional
        Short for ``input_shape=(input_dim,)``.
    trainable : bool
        False: training leaves the weights as they are.
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
        self._declared_dtype = only("dtype", dtype, None, floatx())
        self.autocast = bool(autocast)
        self.input_dim = input_dim
        if input_dim is not None:
            input_shape = (input_dim,)
        self.name = name or auto_name(snake_case(type(self).__name__))
        self.input_shape = None if input_shape is None else Input(input_shape).row_shape
        self._kept = []  # the weights to start with
        self._stored = None  # the engine's `Weights`, once there are some
        self.owner = None  # that of the first model that had it: see `Stack`
        self.models = WeakSet()  # that have it

    def __init_subclass__(cls, **named):
        super().__init_subclass__(**named)
        if "call" in vars(cls):  # of one's own: an activation
            cls.activation, cls.shape_for, cls.stage = property(activation_of), shape_for, stage

    def build(self, input_shape):
        """Make the weights, for input of this shape, with None for its rows: ``(None, 784)``."""
        if not self.built:
            called.outputs(self, np.zeros((1, *input_shape[1:]), self.dtype), False)

    def add_weight(self, *_, **__):
        """Refused: weights are those of trilobite's layers."""
        raise TypeError(
            f"layer {self.name!r}: got weights of its own, expected a layer of trilobite's, such "
            "as Dense; a layer of one's own may be a function of its input, without weights"
        )

    def __repr__(self):
        return f"<{type(self).__name__} name={self.name}, built={self.built}>"

    def __call__(self, x, training=False):
        """The place in a chain behind this layer, or what it computes with an array.

        Parameters
        ----------
        x : KerasTensor or array_like, shape (n, ...)
            What `Input` or a layer returns, or rows, for which the weights are made if there are
            none yet.
        training : bool
            Whether dropout and noise are on, for an array; in a chain `fit` says it.
        """
        one_tensor(x)
        if isinstance(x, KerasTensor):
            return self.symbolic(x)
        return called.outputs(self, x, training)

    @property
    def built(self):
        """Whether there are weights, or the layer has been called and needs none."""
        if self.weight_names:
            return self._stored is not None or bool(self._kept)
        return self._called is not None

    @property
    def trainable(self):
        """Whether training changes the weights; what counts is what it was at `compile`.

        A `BatchNormalization` that is not trainable does in training what it does otherwise.
        """
        return self._trainable

    @trainable.setter
    def trainable(self, value):
        self._trainable = bool(value)

    def parts(self, trained=True):
        """The layer itself, and whether it is trained where `trained` says so of the whole.

        One without weights always is.
        """
        return [(self, not self.weight_names or (trained and self._trainable))]

    def shape_for(self, input_shape):
        """Shape of one row of the output, from that of the input."""
        return input_shape

    def compute_output_shape(self, input_shape):
        """Shape of the output, from that of the input: ``(None, 784)`` -> ``(None, 64)``."""
        return (input_shape[0], *self.shape_for(tuple(input_shape[1:])))

    @property
    def dtype(self):
        """Name of the dtype of the weights, `config.floatx()` before there are some."""
        return floatx() if self._stored is None else self._stored.dtype.name

    compute_dtype = variable_dtype = dtype

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

    def weights_for(self, given, input_shape):
        """What a network of the `Input` `given` starts with, for rows of `input_shape`.

        Returns
        -------
        Weights or None
            The engine's that there are already, to be shared.
        list of array
            What to make them of otherwise: weights kept or drawn.
        """
        plan, stored = self.weight_plan(input_shape), self._stored
        if stored is not None:
            if stored.dtype != given.dtype:
                raise ValueError(
                    f"layer {self.name!r}: got weights of {stored.dtype} for a model of "
                    f"{given.dtype}, expected layers of one dtype"
                )
            shapes, start = [array.shape for array in stored.layout], []
        else:
            start = self._kept or [draw(shape, dtype=np.float64) for shape, draw, _ in plan]
            shapes = [np.shape(w) for w in start]
        for name, (shape, *_), found in zip(self.weight_names, plan, shapes, strict=True):
            if found != shape:
                raise ValueError(
                    f"{name} of layer {self.name!r}: got shape {found}, expected {shape}"
                )
        return stored, start

    def constraints(self):
        """The constraint of each weight array, or None."""
        return [None] * len(self.weight_names)

    def penalties_for(self, input_shape):
        """The pair (l1, l2) of each weight array."""
        regularizers = [regularizer for *_, regularizer in self.weight_plan(input_shape)]
        return [(r.l1, r.l2) if r else (0.0, 0.0) for r in regularizers]

    def as_drawn(self, input_shape):
        """Whether the weights, if there are some, are those that the initializers draw.

        Those that a function of one's own draws count as such: it may draw others each time.
        """
        return all(
            np.array_equal(own, np.asarray(draw(shape, dtype=np.float64), own.dtype))
            for own, (shape, draw, _) in zip(
                self.get_weights(), self.weight_plan(input_shape), strict=False
            )
            if isinstance(draw, Declaration)
        )

    def keep(self, weights):
        """Have these weights: none are drawn when a network is built."""
        if self._stored is None:
            self._kept = list(weights)
        else:
            self._stored.set(weights)

    def attach(self, stored):
        """Have these `Weights` of the engine."""
        self._stored, self._kept = stored, []

    def __getstate__(self):
        """For pickle and copy: with weights of its own, in no model."""
        own = {"_kept": self.get_weights(), "_stored": None, "_called": None, "owner": None}
        return self.__dict__ | own | {"models": None}

    def __setstate__(self, state):
        self.__dict__.update(state, models=WeakSet())

    def get_config(self):
        """The arguments that make such a layer again, as plain data."""
        return super().get_config() | {"dtype": self._declared_dtype}

    def get_weights(self):
        """Copies of the weights, ``[kernel, bias]`` for `Dense`; empty if not built."""
        return [w.copy() for w in self._kept] if self._stored is None else self._stored.get()

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
        if self._stored is None:
            self._kept = new
        else:
            self._stored.set(new)

    def variables_trained(self, whole=True):
        """Each variable, and whether it is trained where `whole` says so of all."""
        if not self._kept and self._stored is None:
            return []
        named = [(name, name not in self.not_trained) for name in self.weight_names]
        return [
            (self._variable(name, moved), whole and self._trainable and moved)
            for name, moved in named
        ]

    def _variable(self, name, trainable):
        at = self.weight_names.index(name)

        def read():
            return self._kept[at].copy() if self._stored is None else self._stored[at]

        def write(value):
            (new,) = arrays.weights([f"{name} of layer {self.name!r}"], [value], [read()])
            (self._kept if self._stored is None else self._stored)[at] = new

        return Variable(f"{self.name}/{name}", read, write, trainable)

    def count_params(self):
        """Number of weights and biases."""
        return sum(w.size for w in self.get_weights())

    def _weight(self, name):
        """The variable of one weight array, None if the layer is made without it."""
        if not self._kept and self._stored is None:
            raise AttributeError(f"layer {self.name!r} has no {name} before the model is built")
        if name not in self.weight_names:
            return None
        return self._variable(name, name not in self.not_trained)


class Input(KerasTensor, Layer):
    """Shape of one row of x, as the first thing in a model; and the first place in its chain.

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

    Attributes
    ----------
    shape : tuple
        With None for the rows: ``(None, 784)``.
    """

    dtype = None

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
        Layer.__init__(self, name=name or auto_name("input_layer"))
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
        self.shape = (None, *(integer("shape", width) for width in shape))
        self.dtype = check_dtype("dtype", dtype)
        self.layer = self

    def __call__(self, x, training=False):
        """Refused: a chain begins with an Input."""
        raise TypeError(f"{self.name!r}: got a call, expected an Input to be handed to a layer")

    @property
    def input(self):
        """The place itself."""
        return self

    output = input

    def get_config(self):
        """The arguments that make such an Input again, as plain data."""
        given = Declaration.get_config(self)
        return given | {"shape": list(self.row_shape)}
