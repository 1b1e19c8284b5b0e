"""Layers: what a model is made of, and which stage of the engine each one is."""

import math

import numpy as np

from trilobite import config, data, initializers
from trilobite.declaration import Declaration
from trilobite.names import auto_name, choose, snake_case

_ACTIVATIONS = {name: name for name in ("linear", "sigmoid", "tanh", "relu", "softmax")}


def _activation(given):
    """Name of an activation for the engine; None is "linear"."""
    return "linear" if given is None else choose("activation", given, _ACTIVATIONS)


class Input(Declaration):
    """Shape of one row of x, as the first thing in a model.

    Parameters
    ----------
    shape : tuple of int
        Without the rows: ``(784,)`` or ``(28, 28)``.
    dtype : {"float32", "float64"}, optional
        What the model computes in; `config.floatx()` by default. x may be of any numeric dtype.
    name : str, optional
    """

    def __init__(self, shape, *, dtype=None, name=None):
        if not isinstance(shape, (tuple, list)) or not shape:
            raise TypeError(f"shape: got {shape!r}, expected a tuple such as (784,)")
        self.shape = tuple(data.integer("shape", width) for width in shape)
        self.dtype = config.check_dtype("dtype", dtype)
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
    """

    weight_names = ()

    def __init__(self, *, name=None, input_shape=None):
        self.name = name or auto_name(snake_case(type(self).__name__))
        self.input_shape = None if input_shape is None else Input(input_shape).shape
        self._weights = []
        self._network = None
        self._span = slice(0, 0)

    def output_shape(self, input_shape):
        """Shape of one row of the output, from that of the input."""
        return input_shape

    def stage(self):
        """The engine's stage of this layer, or None if there is nothing for it to do."""
        return None

    def weight_plan(self, input_shape):
        """Name, shape and initializer of each weight array, for rows of `input_shape`."""
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
        new = data.weights(names, weights, old)
        if self._network is None:
            self._weights = new
        else:
            arrays = self._network.get_weights()
            arrays[self._span] = new
            self._network.set_weights(arrays)

    def count_params(self):
        """Number of weights and biases."""
        return sum(w.size for w in self.get_weights())

    def _weight(self, name):
        """One weight array, read-only because it is a copy."""
        weights = self.get_weights()
        if not weights:
            raise AttributeError(f"layer {self.name!r} has no {name} before the model is built")
        found = dict(zip(self.weight_names, weights, strict=False)).get(name)
        if found is not None:
            found.flags.writeable = False
        return found


class Dense(Layer):
    """``y = activation(x @ kernel + bias)``.

    Parameters
    ----------
    units : int
        Outputs.
    activation : {"linear", "sigmoid", "tanh", "relu", "softmax"}, optional
        "linear" by default.
    use_bias : bool
    kernel_initializer, bias_initializer : str, Initializer or callable
        "glorot_uniform" and "zeros" by default; see `trilobite.initializers`.
    name : str, optional
    input_shape : tuple of int, optional
    input_dim : int, optional
        Short for ``input_shape=(input_dim,)``.
    """

    @property
    def weight_names(self):
        """Names of the arrays in `get_weights`."""
        return ("kernel", "bias") if self.use_bias else ("kernel",)

    input_dim = None  # kept as input_shape

    def __init__(
        self,
        units,
        activation=None,
        use_bias=True,
        kernel_initializer="glorot_uniform",
        bias_initializer="zeros",
        *,
        name=None,
        input_shape=None,
        input_dim=None,
    ):
        self.units = data.integer("units", units)
        self.activation = _activation(activation)
        self.use_bias = bool(use_bias)
        self.kernel_initializer = initializers.get("kernel_initializer", kernel_initializer)
        self.bias_initializer = initializers.get("bias_initializer", bias_initializer)
        if input_dim is not None:
            input_shape = (input_dim,)
        super().__init__(name=name, input_shape=input_shape)

    def output_shape(self, input_shape):
        """Shape of one row of the output, from that of the input."""
        if len(input_shape) != 1:
            raise ValueError(
                f"layer {self.name!r}: got rows of shape {input_shape}, expected rows of one "
                "dimension; put a Flatten() layer before it"
            )
        return (self.units,)

    def stage(self):
        """The engine's stage of this layer."""
        return ("dense", self.units, self.activation, self.use_bias)

    def weight_plan(self, input_shape):
        """Kernel (n_in, units) and, with `use_bias`, bias (units,)."""
        plan = [
            ((*input_shape, self.units), self.kernel_initializer, None),
            ((self.units,), self.bias_initializer, None),
        ]
        return plan if self.use_bias else plan[:1]

    @property
    def kernel(self):
        """The weights (n_in, units), a read-only copy."""
        return self._weight("kernel")

    @property
    def bias(self):
        """The biases (units,), a read-only copy; None without `use_bias`."""
        return self._weight("bias")


class Activation(Layer):
    """``y = activation(x)``.

    Parameters
    ----------
    activation : {"linear", "sigmoid", "tanh", "relu", "softmax"}
    name : str, optional
    input_shape : tuple of int, optional
    """

    def __init__(self, activation, *, name=None, input_shape=None):
        self.activation = _activation(activation)
        super().__init__(name=name, input_shape=input_shape)

    def stage(self):
        """The engine's stage of this layer."""
        return ("activation", self.activation)


class Flatten(Layer):
    """Rows of any shape to rows of one dimension; nothing is moved."""

    def output_shape(self, input_shape):
        """Shape of one row of the output, from that of the input."""
        return (math.prod(input_shape),)


class Rescaling(Layer):
    """``y = x * scale + offset``, done while the engine reads x; before all other computing layers.

    Parameters
    ----------
    scale : float
        ``1 / 255`` brings bytes into the range 0 to 1.
    offset : float
        0 by default.
    name : str, optional
    input_shape : tuple of int, optional
    """

    def __init__(self, scale, offset=0.0, *, name=None, input_shape=None):
        self.scale = data.real("scale", scale)
        self.offset = data.real("offset", offset)
        super().__init__(name=name, input_shape=input_shape)
