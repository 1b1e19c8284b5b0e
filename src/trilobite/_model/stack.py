"""The layers of a model, and the network that they become."""

import math
from collections import Counter
from contextlib import contextmanager, nullcontext

import numpy as np

from trilobite import engine
from trilobite._checks import arrays
from trilobite._declare.differentiable import Differentiable
from trilobite._declare.layer import Input, Layer
from trilobite._declare.names import auto_name, snake_case
from trilobite._model.owner import Owner, changes


class Stack:
    """Layers, one after the other, and their network once the shape of x is known.

    Base of `Predictor`. The network, the engine's, holds the weights.

    Any thread may use a model. One at a time changes it: `add`, `pop`, `build`, `compile`,
    `load_weights` and `train_on_batch` of another one wait, and are refused while `fit` runs, as
    is a second `fit`. Weights can be read and set at any time: between two steps.
    """

    def __init__(self, layers=None, name=None):
        self.name = name or auto_name("sequential")
        self._owner = Owner()
        self._layers, self._input = [], None
        self._set_network(None, None, None)
        self._stack(layers or ())
        self._rebuild()

    def __repr__(self):
        return f"<{type(self).__name__} name={self.name}, built={self.built}>"

    def _set_network(self, net, compiled, given):
        """Work with `net`, made by the engine's module `compiled` for rows of the Input `given`."""
        self._net, self._engine = net, compiled
        self._shape = given and given.shape
        self._dtype = given and np.dtype(given.dtype)

    @changes
    def add(self, layer, rebuild=True):
        """Put a `Layer` (or, first, an `Input`) on top. Other layers keep their weights.

        `rebuild`, Keras's, makes no difference.

        Raises
        ------
        TypeError, ValueError
            No layer, a name given twice, or a layer that does not fit here.
        """
        with self.writing():
            layers, given = self._layers, self._input
            self._stack([*([given] if given else []), *layers, layer])
            try:
                self._rebuild()
            except Exception:
                self._layers, self._input = layers, given
                self._rebuild()
                raise

    @changes
    def pop(self, rebuild=True):
        """Take the last layer off and return it; `rebuild`, Keras's, makes no difference."""
        if not self._layers:
            raise ValueError(f"model {self.name!r} has no layers")
        with self.writing():
            self._unbuild()
            layer = self._layers.pop()
            self._rebuild()
        return layer

    def _stack(self, layers):
        """Be these layers, of which the first may be an `Input`, if they go together."""
        given, stacked, names, computes = None, [], set(), False
        for layer in layers:
            if isinstance(layer, Input):
                if given is not None or stacked:
                    raise ValueError(
                        f"layer: got {layer.name!r}, expected an Input only once and first"
                    )
                given = layer
                continue
            if not isinstance(layer, Layer):
                kind = type(layer).__name__
                raise TypeError(f"layer: got {layer!r} ({kind}), expected one of trilobite.layers")
            if hasattr(layer, "call"):
                raise TypeError(
                    f"layer: got {layer!r}, whose call is its own and cannot be trained, expected "
                    "trilobite's, such as Activation(trilobite.Differentiable(value, derivative))"
                )
            if layer.name in names:
                raise ValueError(f"layer: got the name {layer.name!r} twice, expected unique names")
            if layer.rescaling and computes:
                raise ValueError(
                    f"layer: got {layer.name!r} (Rescaling) after a layer that computes, expected "
                    "it before all Dense and Activation layers"
                )
            if given is None and not stacked and layer.input_shape is not None:
                given = Input(layer.input_shape)
            stacked.append(layer)
            names.add(layer.name)
            computes = computes or bool(layer.stages())
        if given is not None:
            shapes(given.shape, stacked)
        self._unbuild()
        self._layers, self._input = stacked, given

    def build(self, input_shape=None):
        """Make the weights, if an `Input` has not already.

        Parameters
        ----------
        input_shape : tuple, optional
            Shape of x, with None for its rows: ``(None, 784)``.
        """
        if input_shape is None and self._input is not None:
            input_shape = (None, *self._input.shape)
        if not isinstance(input_shape, (tuple, list)) or len(input_shape) < 2:
            raise TypeError(f"input_shape: got {input_shape!r}, expected a tuple as (None, 784)")
        shape = tuple(input_shape[1:])
        if self._input is not None and self._input.shape != shape:
            raise ValueError(
                f"input_shape: got {input_shape}, expected {(None, *self._input.shape)}"
            )
        self._network_for(self._input or Input(shape))

    @property
    def layers(self):
        """The layers without the `Input`, a new list."""
        return list(self._layers)

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

    def _network_for(self, given):
        """The network, made for rows of the Input `given` if there is none yet."""
        net = self._net
        if net is None:
            with self._owner.changing("build"):
                if self._net is None:  # no other thread has made it meanwhile
                    self._build(given)
                net = self._net
        return net

    def _build(self, given):
        """Make the network of the layers, for rows of the Input `given`."""
        self._n_outputs(given)
        scale, offset, stages = 1.0, 0.0, []
        for layer in self._layers:
            if layer.rescaling:
                factor, more = layer.rescaling
                scale, offset = scale * factor, offset * factor + more
            stages += layer.stages()
        weights, spans, penalties, constraints = [], [], [], []
        for layer, shape in zip(self._layers, shapes(given.shape, self._layers), strict=False):
            start = len(weights)
            weights += layer.weights_for(shape)
            penalties += layer.penalties_for(shape)
            constraints += [c and c.plan() for c in layer.constraints()]
            spans.append(slice(start, len(weights)))
        compiled = self._computed_by(given.dtype)
        net = compiled.Network(
            math.prod(given.shape), stages, scale, offset, penalties, constraints=constraints
        )
        net.set_weights([np.ascontiguousarray(w, given.dtype) for w in weights])
        self._set_network(net, compiled, given)
        for layer, span in zip(self._layers, spans, strict=True):
            layer.attach(net, span)
        self._input = given

    def _has_own(self):
        """Whether functions of one's own are to be called."""
        return any(
            isinstance(getattr(layer, "activation", None), Differentiable) for layer in self._layers
        )

    def _computed_by(self, dtype):
        """The engine's module, or the reference where there are functions of one's own."""
        self._calls_own = self._has_own()
        if not self._calls_own:
            return engine.load(dtype)
        from trilobite._model import own  # here: it is rarely needed

        return own.load(dtype)

    def _rebuild(self):
        """Build, if the shape of x is known and there is something to compute.

        Until then the network is that from before the change, for whose turn readers wait.
        """
        former = self._net
        try:
            if self._input is not None and any(layer.stages() for layer in self._layers):
                self._build(self._input)
        finally:
            if former is not None and self._net is former:  # nothing has taken its place
                self._set_network(None, self._engine, self._input)

    def _unbuild(self):
        """Give the weights back to the layers, which are about to change; `_rebuild` follows."""
        if self.built:
            for layer in self._layers:
                layer.detach()

    def _n_outputs(self, given):
        """Number of outputs for rows of the Input `given`."""
        if not any(layer.stages() for layer in self._layers):
            raise ValueError(f"model {self.name!r} has nothing to compute: add a Dense layer")
        shape = shapes(given.shape, self._layers)[-1]
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
        names = [f"{name} of layer {layer.name!r}" for name, layer in self._named_weights()]
        new = arrays.weights(names, weights, self.get_weights())
        if self.built:
            self._net.set_weights(new)

    @property
    def weights(self):
        """All weight arrays, copies."""
        return self.get_weights()

    @property
    def trainable_weights(self):
        """The weight arrays that training moves against their gradient, copies."""
        return [w for layer in self._layers for w in layer.trainable_weights]

    @property
    def non_trainable_weights(self):
        """The other weight arrays, copies: the moving statistics of `BatchNormalization`."""
        return [w for layer in self._layers for w in layer.non_trainable_weights]

    def _named_weights(self):
        """Name and layer of each array in `get_weights`."""
        layers = self._layers if self.built else ()
        return [(name, layer) for layer in layers for name in layer.weight_names]

    def weight_forms(self):
        """Shape and dtype of each array of `get_weights` by its name in files."""
        forms = weight_forms(self._input if self.built else None, self._layers)
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

    def _require_built(self, what, error):
        if not self.built:
            raise error(
                f"{what}: model {self.name!r} has no weights yet; give it an Input, build or fit it"
            )


def shapes(shape, layers):
    """Shapes of one row: `shape` before the first of `layers`, then after each."""
    shapes = [shape]
    for layer in layers:
        shapes.append(layer.shape_for(shapes[-1]))
    return shapes


def weight_forms(given, layers):
    """For each of the layers after the Input `given`, shape and dtype of its weights by name.

    Layers count by class: "dense/kernel", "dense_1/kernel". So the names are the same when the
    program runs again or makes the model again, unlike the layers' own. None have weights before
    there is an Input.
    """
    forms, times, shape = [], Counter(), given and given.shape
    for layer in layers:
        kind = snake_case(type(layer).__name__)
        owner = f"{kind}_{times[kind]}" if times[kind] else kind
        times[kind] += 1
        plan = zip(layer.weight_names, layer.weight_plan(shape), strict=True) if given else ()
        forms.append({f"{owner}/{name}": (wanted, given.dtype) for name, (wanted, *_) in plan})
        shape = given and layer.shape_for(shape)
    return forms
