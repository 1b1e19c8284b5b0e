"""Sequential: a stack of layers and their weights."""

import copy
import math

import numpy as np

from trilobite import engine
from trilobite._checks import arrays
from trilobite._declare.declaration import describe, restore
from trilobite._declare.layer import Input, Layer
from trilobite._declare.names import auto_name
from trilobite._model import summary
from trilobite._model.trainer import Trainer
from trilobite.layers import Dropout, Rescaling


class Sequential(Trainer):
    """A stack of layers, with Keras's names and meanings.

    The weights are made as soon as the shape of x is known: from an `Input` or `input_shape`,
    or from the first data.

    Parameters
    ----------
    layers : list of Layer, optional
        The first may be an `Input`.
    name : str, optional

    Attributes
    ----------
    layers : list of Layer
        Without the `Input`.
    stop_training : bool
        A callback that sets it ends `fit`.
    history : History
        Of the last `fit`.
    """

    def __init__(self, layers=None, *, name=None):
        super().__init__()
        self.name = name or auto_name("sequential")
        for layer in layers or ():
            self._push(layer)
        self._rebuild()

    def add(self, layer):
        """Put a `Layer` (or, first, an `Input`) on top. Other layers keep their weights.

        Raises
        ------
        TypeError, ValueError
            No layer, a name given twice, or a layer that does not fit here.
        """
        layers, given = list(self.layers), self._input
        try:
            self._push(layer)
            self._rebuild()
        except Exception:
            self.layers, self._input = layers, given
            if self._net is None:
                self._rebuild()
            raise

    def pop(self):
        """Take the last layer off and return it."""
        if not self.layers:
            raise ValueError(f"model {self.name!r} has no layers")
        self._unbuild()
        layer = self.layers.pop()
        self._rebuild()
        return layer

    def _push(self, layer):
        if isinstance(layer, Input):
            if self._input is not None or self.layers:
                raise ValueError(
                    f"layer: got {layer.name!r}, expected an Input only once and first"
                )
            self._input = layer
            return
        if not isinstance(layer, Layer):
            kind = type(layer).__name__
            raise TypeError(f"layer: got {layer!r} ({kind}), expected one of trilobite.layers")
        if layer.name in [other.name for other in self.layers]:
            raise ValueError(f"layer: got the name {layer.name!r} twice, expected unique names")
        if isinstance(layer, Rescaling) and any(other.stage() for other in self.layers):
            raise ValueError(
                f"layer: got {layer.name!r} (Rescaling) after a layer that computes, expected it "
                "before all Dense and Activation layers"
            )
        given = self._input
        if given is None and not self.layers and layer.input_shape is not None:
            given = Input(layer.input_shape)
        if given is not None:
            _shapes(given.shape, [*self.layers, layer])
        self._unbuild()
        self._input = given
        self.layers.append(layer)

    def build(self, input_shape=None):
        """Make the weights, if an `Input` has not already.

        Parameters
        ----------
        input_shape : tuple
            Shape of x, with None for its rows: ``(None, 784)``.
        """
        if not isinstance(input_shape, (tuple, list)) or len(input_shape) < 2:
            raise TypeError(f"input_shape: got {input_shape!r}, expected a tuple as (None, 784)")
        shape = tuple(input_shape[1:])
        if self._input is not None and self._input.shape != shape:
            raise ValueError(
                f"input_shape: got {input_shape}, expected {(None, *self._input.shape)}"
            )
        if not self.built:
            self._build(self._input or Input(shape))

    @property
    def built(self):
        """Whether the weights exist."""
        return self._net is not None

    def _build(self, given):
        """Make the network of the layers, for rows of the Input `given`."""
        self._n_outputs(given)
        scale, offset, stages = 1.0, 0.0, []
        for layer in self.layers:
            if isinstance(layer, Rescaling):
                scale, offset = scale * layer.scale, offset * layer.scale + layer.offset
            elif layer.stage():
                stages.append(layer.stage())
        weights, spans, penalties = [], [], []
        for layer, shape in zip(self.layers, _shapes(given.shape, self.layers), strict=False):
            start = len(weights)
            weights += layer.weights_for(shape)
            penalties += layer.penalties_for(shape)
            spans.append(slice(start, len(weights)))
        compiled = engine.load(given.dtype)
        net = compiled.Network(math.prod(given.shape), stages, scale, offset, penalties)
        net.set_weights([np.ascontiguousarray(w, given.dtype) for w in weights])
        self._set_network(net, compiled, given)
        for layer, span in zip(self.layers, spans, strict=True):
            layer.attach(net, span)
        self._input = given

    def _rebuild(self):
        """Build, if the shape of x is known and there is something to compute."""
        if self._input is not None and any(layer.stage() for layer in self.layers):
            self._build(self._input)

    def _unbuild(self):
        """Give the weights back to the layers, which are about to change."""
        if self._net is not None:
            for layer in self.layers:
                layer.detach()
            self._set_network(None, None, None)

    def _n_outputs(self, given):
        """Number of outputs for rows of the Input `given`."""
        if not any(layer.stage() for layer in self.layers):
            raise ValueError(f"model {self.name!r} has nothing to compute: add a Dense layer")
        shape = _shapes(given.shape, self.layers)[-1]
        if len(shape) != 1:
            raise ValueError(
                f"model {self.name!r}: got outputs of shape {shape}, expected one dimension; "
                "add a Flatten() layer"
            )
        return shape[0]

    def get_weights(self):
        """Copies of all weights, ``[kernel, bias, kernel, bias, ...]``; empty if not built."""
        return self._net.get_weights() if self.built else []

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
        return [w for layer in self.layers for w in layer.trainable_weights]

    @property
    def non_trainable_weights(self):
        """The other weight arrays, copies: the moving statistics of `BatchNormalization`."""
        return [w for layer in self.layers for w in layer.non_trainable_weights]

    def _named_weights(self):
        """Name and layer of each array in `get_weights`."""
        layers = self.layers if self.built else ()
        return [(name, layer) for layer in layers for name in layer.weight_names]

    def _first_seed(self):
        """The seed that a layer was given, or the model's own."""
        seeds = (x.seed for x in self.layers if isinstance(x, Dropout) and x.seed is not None)
        seed = next(seeds, None)
        return self._seed if seed is None else seed

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

    def get_config(self):
        """Name and layers as plain data: what `from_config` makes the same architecture from."""
        layers = self.layers if self._input is None else [self._input, *self.layers]
        described = [describe(f"layer {layer.name!r}", layer) for layer in layers]
        return {"name": self.name, "layers": described}

    @classmethod
    def from_config(cls, config):
        """A new model from what `get_config` returned; weights are drawn, it is not compiled."""
        return cls(restore(config["layers"]), name=config.get("name"))

    def to_json(self, **options):
        """`get_config` as JSON, for `models.model_from_json`; options are those of `json.dumps`."""
        import json  # here, as below: it takes a while

        return json.dumps({"class_name": "Sequential", "config": self.get_config()}, **options)

    def save(self, filepath, overwrite=True):
        """Write the model to a file, from which `models.load_model` makes it again.

        Architecture, weights, what it is compiled with, the optimizer's state, the history and
        what the order of the rows in the next epoch depends on: training goes on bit for bit.
        The file is a safetensors file, written at once: it is the old or the whole new one.

        Parameters
        ----------
        filepath : str or os.PathLike
            "net.safetensors" or any other name.
        overwrite : bool
            False: an existing file is an error.

        Raises
        ------
        TypeError
            Something cannot be written down: a schedule or loss of a class of your own. Only
            initializers may be, they have done their work.
        """
        _model_file().save(self, filepath, overwrite)

    def save_weights(self, filepath, overwrite=True):
        """Write the weights and, if the model is compiled, the optimizer's state.

        Parameters
        ----------
        filepath : str or os.PathLike
        overwrite : bool
            False: an existing file is an error.
        """
        self._require_built("save_weights", ValueError)
        _model_file().save_weights(self, filepath, overwrite)

    def load_weights(self, filepath):
        """Set the weights from a file of `save_weights` or `save`.

        If the model is compiled with the same optimizer, its state is set as well.

        Parameters
        ----------
        filepath : str or os.PathLike

        Raises
        ------
        OSError
            The file cannot be read.
        ValueError
            It does not fit or is damaged; the message says how. Nothing has changed then.
        """
        self._require_built("load_weights", ValueError)
        _model_file().load_weights(self, filepath)

    def __getstate__(self):
        """For pickle and copy: the layers hold the weights, the network is made again."""
        left_out = dict.fromkeys(("_net", "_engine", "_shape", "_dtype", "_measures"))
        own = self.optimizer and self.optimizer.state
        state = own and (own.iterations, own.get_state())
        return self.__dict__ | left_out | {"_built": self.built, "_state": state}

    def __setstate__(self, state):
        built, own = state.pop("_built"), state.pop("_state")
        self.__dict__.update(state)
        if built:
            self._build(self._input)
        if own:
            self._attach_optimizer().set_state(own[1])
            self.optimizer.iterations = own[0]

    def __copy__(self):
        """Like `copy.deepcopy`: a layer belongs to one model."""
        return copy.deepcopy(self)

    def summary(self, print_fn=None):
        """Print a table of the layers and their numbers of weights.

        Parameters
        ----------
        print_fn : callable, optional
            Called once with the whole text; `print` by default.
        """
        shapes = [None] * len(self.layers)
        if self._input is not None:
            shapes = _shapes(self._input.shape, self.layers)[1:]
        rows = [
            (f"{x.name} ({type(x).__name__})", shape, x.count_params() if self.built else None)
            for x, shape in zip(self.layers, shapes, strict=True)
        ]
        not_trained = sum(w.size for w in self.non_trainable_weights)
        (print_fn or print)(summary.table(self.name, rows, not_trained))


def load_model(filepath, compile=True):
    """A model from a file of `Sequential.save`.

    Parameters
    ----------
    filepath : str or os.PathLike
    compile : bool
        True: compile it as it was, with the state of its optimizer, so that `fit` goes on as if it
        had never stopped, bit for bit.

    Returns
    -------
    Sequential

    Raises
    ------
    OSError
        The file cannot be read.
    ValueError
        It is damaged, of a newer version, or holds something else than such a model; the message
        says what was found and expected. Nothing in a file is ever executed.
    """
    return _model_file().load(Sequential, filepath, compile)


def clone_model(model):
    """A new model of the same layers, whose weights are drawn anew; not compiled."""
    return Sequential.from_config(model.get_config())


def model_from_json(json_string):
    """A new model from what `Sequential.to_json` returned; not compiled."""
    import json

    description = json.loads(json_string)
    if not isinstance(description, dict) or description.get("class_name") != "Sequential":
        raise ValueError("json_string: expected a description of a Sequential by to_json")
    return Sequential.from_config(description["config"])


def _model_file():
    """The module, imported when a file is first written or read: `import trilobite` is quick."""
    from trilobite._files import model_file

    return model_file


def _shapes(shape, layers):
    """Shapes of one row: `shape` before the first of `layers`, then after each."""
    shapes = [shape]
    for layer in layers:
        shapes.append(layer.output_shape(shapes[-1]))
    return shapes
