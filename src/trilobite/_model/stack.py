"""A chain of layers, and the network that it becomes."""

from contextlib import contextmanager, nullcontext

import numpy as np

from trilobite import engine
from trilobite._checks import arrays
from trilobite._declare.called import making
from trilobite._declare.declaration import Described
from trilobite._declare.differentiable import Differentiable
from trilobite._declare.dtypes import floatx
from trilobite._declare.layer import Input
from trilobite._declare.names import auto_name
from trilobite._declare.tensor import Link
from trilobite._model import chain
from trilobite._model.owner import Owner, changes, changing


class Stack(Link, Described):
    """Layers, one after the other, and their network once the shape of x is known.

    Base of `Predictor`. The weights are those of the layers: models that have a layer in common
    share them, whatever trains, sets or loads them. A model may be a layer of another one.

    Any thread may use a model. One at a time changes it, or others that share layers with it:
    `add`, `pop`, `build`, `compile`, `load_weights` and `train_on_batch` of another one wait, and
    are refused while `fit` runs, as is a second `fit`. Weights can be read and set at any time:
    between two steps.
    """

    prefix = "model"  # of names that nobody gave
    several = False  # whether a layer without weights may come more than once

    def __init__(self, given, links, name=None, trainable=True):
        self.name = name or auto_name(self.prefix)
        self._owner = Owner()
        self._owners = [self._owner]
        self._trainable = True
        self._inner = False  # whether it is a layer of another model
        self._layers, self._input, self._ends = [], None, None
        self._take_network(None, None, None, None, False)
        self._become(given, links)
        if not trainable:
            self.trainable = False

    def __repr__(self):
        return f"<{type(self).__name__} name={self.name}, built={self.built}>"

    def _take_network(self, net, given, trained, measures, calls_own, fresh=()):
        """Work with `net`, which was made for rows of the Input `given`, and weights of layers."""
        for layer, weights in fresh:
            layer.attach(weights)
        self._net, self._engine = net, net and self._module(given.dtype, calls_own)
        self._calls_own = calls_own
        self._shape = given and given.row_shape
        self._dtype = given and np.dtype(given.dtype)
        self._trained = trained  # of each layer, whether its weights are

    def _module(self, dtype, calls_own):
        """The engine's module, or the reference where there are functions of one's own."""
        if not calls_own:
            return engine.load(dtype)
        from trilobite._model import own  # here: it is rarely needed

        return own.load(dtype)

    def _has_own(self, links):
        """Whether functions of one's own are to be called."""
        activations = (getattr(layer, "activation", None) for layer in chain.leaves(links))
        return any(isinstance(activation, Differentiable) for activation in activations)

    def _measures_of(self, net):
        """What there is to be measured of a network."""

    def _become(self, given, links, trained=None):
        """Be a chain of these links after the Input `given`, built if that can be done now.

        Nothing has changed if that is an error. `trained` is, by default, what the layers say.
        """
        builds = given is not None and chain.computes(links)
        if builds:
            self._n_outputs(given, links)
            for link, shape in zip(links, chain.shapes(given.row_shape, links), strict=False):
                if isinstance(link, Stack) and chain.computes([link]):
                    link.network_for(Input(shape, dtype=given.dtype))
            if trained is None:
                trained = self._trained_now(links)
        with making:  # models that share layers may be made in any thread
            net = measures = None
            fresh, calls_own = [], self._has_own(links)
            if builds:
                module = self._module(given.dtype, calls_own)
                net, fresh = chain.network_of(given, links, trained, module, self)
                measures = self._measures_of(net)
            with self.writing():
                self._take_network(net, net and given, trained, measures, calls_own, fresh)
                for layer in chain.leaves(self._layers):
                    layer.models.discard(self)
                self._layers, self._input = links, given
            owners = {self._owner.number: self._owner}
            for layer in chain.leaves(links):
                layer.owner = layer.owner or self._owner
                layer.models.add(self)
                owners[layer.owner.number] = layer.owner
            self._owners = [owners[number] for number in sorted(owners)]
        for link in links:
            if isinstance(link, Stack):
                link._inner = True
        self._ends = given and (given, self._along(given))

    def _along(self, x):
        """The tensor behind all layers, where x is the one before them."""
        for link in self._layers:
            x = link.symbolic(x)
        return x

    def _changing(self, method):
        """A context in which no other thread changes this model, or one that shares layers."""
        return changing(self._owners, method)

    @property
    def inputs(self):
        """The tensor before the layers, in a list."""
        return [self._end("inputs", 0)]

    @property
    def outputs(self):
        """The tensor behind the layers, in a list."""
        return [self._end("outputs", 1)]

    @property
    def input(self):
        """The tensor before the layers."""
        return self._end("input", 0)

    @property
    def output(self):
        """The tensor behind the layers."""
        return self._end("output", 1)

    def _end(self, what, k):
        if self._ends is None:
            raise AttributeError(f"{what}: model {self.name!r} has no Input yet")
        return self._ends[k]

    @property
    def trainable(self):
        """Whether training changes weights; to set it is to set that of all layers.

        What counts is what it was at `compile`.
        """
        return self._trainable

    @trainable.setter
    def trainable(self, value):
        self._trainable = bool(value)
        for link in self._layers:
            link.trainable = value

    def parts(self, trained=True):
        """The layers, those of models in their place, and which are trained if `trained` is."""
        return chain.parts(self._layers, trained and self._trainable)

    def _trained_now(self, links):
        return [trained for _, trained in chain.parts(links, self._trainable)]

    def compute_output_shape(self, input_shape):
        """Shape of the output, from that of x: ``(None, 784)`` -> ``(None, 10)``."""
        shape = tuple(input_shape[1:])
        if self._input is not None and self._input.row_shape != shape:
            raise ValueError(
                f"model {self.name!r}: got rows of shape {shape}, expected {self._input.row_shape}"
            )
        return (input_shape[0], *chain.shapes(shape, self._layers)[-1])

    @changes
    def build(self, input_shape=None):
        """Make the weights, if an `Input` has not already.

        Parameters
        ----------
        input_shape : tuple, optional
            Shape of x, with None for its rows: ``(None, 784)``.
        """
        if input_shape is None and self._input is not None:
            input_shape = self._input.shape
        if not isinstance(input_shape, (tuple, list)) or len(input_shape) < 2:
            raise TypeError(f"input_shape: got {input_shape!r}, expected a tuple as (None, 784)")
        shape = tuple(input_shape[1:])
        if self._input is not None and self._input.row_shape != shape:
            raise ValueError(f"input_shape: got {input_shape}, expected {self._input.shape}")
        self.network_for(self._input or Input(shape))

    @property
    def declared(self):
        """The layers, after the `Input` once the shape of x is known."""
        return [*([self._input] if self._input else []), *self._layers]

    def described(self, layers):
        """What `get_config` returns and files hold, of the descriptions of the layers."""
        return {"name": self.name, "layers": layers} | (
            {} if self._trainable else {"trainable": False}
        )

    @property
    def declared_input(self):
        """The `Input`, None before the shape of x is known."""
        return self._input

    def get_layer(self, name=None, index=None):
        """The layer of a name, or of a place in `layers`.

        Parameters
        ----------
        name : str, optional
        index : int, optional
            One of the two is given.

        Raises
        ------
        ValueError
            There is none, or both or none of them were given.
        """
        if (name is None) == (index is None):
            raise ValueError(f"name, index: got {name!r}, {index!r}, expected one of the two")
        layers = self.layers
        if index is not None:
            if not -len(layers) <= index < len(layers):
                raise ValueError(f"index: got {index}, expected one of {len(layers)} layers")
            return layers[index]
        for layer in layers:
            if layer.name == name:
                return layer
        known = ", ".join(repr(layer.name) for layer in layers)
        raise ValueError(f"name: got {name!r}, expected one of {known}")

    def reading(self):
        """A context in which no other thread changes the weights: what is read belongs together."""
        return self._turn("reading")

    def writing(self):
        """A context in which no other thread reads or changes the weights."""
        return self._turn("writing")

    @contextmanager
    def _turn(self, kind):
        """A turn at the network: at that which the model has when the turn has come."""
        while True:
            net = self._net
            with nullcontext() if net is None else getattr(net, kind)():
                if self._net is net:
                    yield
                    return

    @property
    def network(self):
        """The engine's network, None before it is built."""
        return self._net

    @property
    def built(self):
        """Whether the weights exist."""
        return self._net is not None

    def network_for(self, given):
        """The network, made for rows of the Input `given` if there is none yet."""
        net = self._net
        if net is None:
            with self._changing("build"):
                if self._net is None:  # no other thread has made it meanwhile
                    self._n_outputs(given, self._layers)
                    self._become(given, self._layers)
                net = self._net
        return net

    def _n_outputs(self, given, links=None):
        """Number of outputs for rows of the Input `given`."""
        links = self._layers if links is None else links
        if not chain.computes(links):
            raise ValueError(f"model {self.name!r} has nothing to compute: add a Dense layer")
        shape = chain.shapes(given.row_shape, links)[-1]
        if len(shape) != 1:
            raise ValueError(
                f"model {self.name!r}: got outputs of shape {shape}, expected one dimension; "
                "add a Flatten() layer"
            )
        return shape[0]

    def get_weights(self):
        """Copies of all weights, ``[kernel, bias, kernel, bias, ...]``; empty if not built."""
        net = self._net
        return [] if net is None else net.get_weights()

    def set_weights(self, weights):
        """Set all weights.

        Parameters
        ----------
        weights : list of array_like
            As `get_weights` returns them.

        Raises
        ------
        ValueError
            The number of arrays or a shape differs; the message names the array.
        """
        layers = chain.leaves(self._layers) if self.built else []
        names = [f"{name} of layer {x.name!r}" for x in layers for name in x.weight_names]
        new = arrays.weights(names, weights, self.get_weights())
        if self.built:
            self._net.set_weights(new)

    def variables_trained(self, whole=True):
        """Each variable, and whether it is trained where `whole` says so of all."""
        whole = whole and self._trainable
        return [pair for link in self._layers for pair in link.variables_trained(whole)]

    def weight_forms(self):
        """Shape and dtype of each array of `get_weights` by its name in files."""
        forms = chain.weight_forms(self._input if self.built else None, self._layers)
        return {name: form for of_layer in forms for name, form in of_layer.items()}

    def count_params(self):
        """Number of weights and biases, trained or not."""
        self._require_built("count_params", ValueError)
        return self._net.n_parameters

    @property
    def input_shape(self):
        """Shape of x: ``(None, 784)``."""
        self._require_built("input_shape", AttributeError)
        return (None, *self._shape)

    @property
    def output_shape(self):
        """Shape of the output: ``(None, 10)``."""
        self._require_built("output_shape", AttributeError)
        return (None, self._net.n_out)

    @property
    def dtype(self):
        """Name of the dtype that the model computes in."""
        return floatx() if self._input is None else self._input.dtype

    compute_dtype = variable_dtype = dtype

    def _require_built(self, what, error):
        if not self.built:
            raise error(
                f"{what}: model {self.name!r} has no weights yet; give it an Input, build or fit it"
            )
