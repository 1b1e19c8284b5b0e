"""Model and Sequential: chains of layers and their weights."""

from trilobite import losses, optimizers
from trilobite._checks.numbers import integer
from trilobite._declare.declaration import describe, restore
from trilobite._declare.layer import Input
from trilobite._declare.names import only
from trilobite._model import summary
from trilobite._model.chain import arranged, between, leaves, shapes
from trilobite._model.own_call import OwnCall
from trilobite._model.owner import changes
from trilobite.metrics import get_all


class Model(OwnCall):
    """A chain of layers from one tensor to another, with Keras's names and meanings.

    ``inputs = Input((784,)); outputs = Dense(10)(Dense(64)(inputs)); Model(inputs, outputs)``.
    Any part of a chain may be a model of its own; models share the weights of the layers that they
    have in common. Several inputs or outputs, and merges, there are not. A subclass may have a
    ``call(self, inputs, training)`` of its own that goes along a chain of its layers.

    Parameters
    ----------
    inputs, outputs : KerasTensor or list of KerasTensor
        What `Input` or a layer returns, or a list of one.
    name : str, optional
    trainable : bool
        False: no layer is.

    Attributes
    ----------
    layers : list of Layer
        The `Input` is the first.
    stop_training : bool
        A callback that sets it ends `fit`.
    history : History
        Of the last `fit`.
    """

    kind, prefix, several = "Model", "functional", True

    def __init__(self, inputs=None, outputs=None, name=None, trainable=True):
        if hasattr(self, "call"):
            only("inputs", inputs, None)
            only("outputs", outputs, None)
            self._begin_unknown(name, trainable)
            return
        if inputs is None or outputs is None:
            raise TypeError(
                f"inputs, outputs: got {inputs!r}, {outputs!r}, expected both: a model is a chain "
                "of layers, Model(inputs, outputs) or Sequential([...])"
            )
        links = between(inputs, outputs)
        super().__init__(*arranged(links, self.several), name, trainable)

    @classmethod
    def of(cls, links, **options):
        """A model of these links, the first of which is an `Input`; options are the class's."""
        given = {}
        tensor, *links = [given.setdefault(link.name, link) for link in links]
        first = tensor
        for link in links:
            tensor = link(tensor)
        return cls(first, tensor, **options)

    @property
    def layers(self):
        """The layers, after the `Input`, a new list."""
        return list(dict.fromkeys(self.declared))

    @changes
    def compile(
        self,
        optimizer="rmsprop",
        loss=None,
        loss_weights=None,
        metrics=None,
        weighted_metrics=None,
        run_eagerly=False,
        steps_per_execution=1,
        jit_compile="auto",
        auto_scale_loss=True,
    ):
        """Choose how to train and what to measure.

        Parameters
        ----------
        optimizer : str or Optimizer
            "rmsprop" by default, as in Keras. An `Optimizer` that has trained this model already
            goes on with its state, another one starts anew.
        loss : str, Loss or callable
            "mean_squared_error" ("mse"), "categorical_crossentropy", ...; see `trilobite.losses`.
        metrics : list of str or Metric, optional
            "accuracy", "mse", "mae", ...; see `trilobite.metrics`.
        weighted_metrics : list of str or Metric, optional
            In these the weights of the rows count.
        loss_weights : float, optional
            Keras's, which must be 1.0: there is one loss.
        run_eagerly, steps_per_execution, jit_compile, auto_scale_loss
            Keras's, which make no difference here.

        Raises
        ------
        TypeError, ValueError
            An unknown name, or a loss or metric that does not go with the model's outputs.
        """
        if loss_weights not in ([1], (1,)):
            only("loss_weights", loss_weights, None, 1.0)
        only("jit_compile", jit_compile, "auto", True, False, None)
        integer("steps_per_execution", steps_per_execution)
        options = {"metrics": metrics, "weighted_metrics": weighted_metrics}
        self._compile(
            optimizers.get(optimizer),
            losses.chosen(loss),
            *(get_all(name, given) for name, given in options.items()),
            {name: given and list(given) for name, given in options.items()},
        )
        self.loss = loss

    def get_config(self):
        """Name and layers as plain data: what `from_config` makes the same architecture from."""
        return self.described([describe(f"layer {link.name!r}", link) for link in self.declared])

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """A new model from what `get_config` returned; weights are drawn, it is not compiled.

        `custom_objects`, Keras's, are not needed: a description names none.
        """
        options = {k: v for k, v in config.items() if k in ("name", "trainable")}
        return cls.of(restore(config["layers"]), **options)

    def get_compile_config(self):
        """The arguments of `compile` as plain data, None if not compiled."""
        given = self.compiled_with
        return given and {k: describe(f"compile[{k!r}]", v) for k, v in given.items()}

    def compile_from_config(self, config):
        """Compile with what `get_compile_config` returned."""
        self.compile(**{argument: restore(given) for argument, given in config.items()})

    def to_json(self, **options):
        """`get_config` as JSON, for `models.model_from_json`; options are those of `json.dumps`."""
        import json  # here, as below: it takes a while

        return json.dumps({"class_name": self.kind, "config": self.get_config()}, **options)

    def save(self, filepath, overwrite=True, zipped=None):
        """Write the model to a file, from which `models.load_model` makes it again.

        Architecture, weights, what it is compiled with, the optimizer's state, the history and
        what the order of the rows in the next epoch depends on: training goes on bit for bit.
        The file is a safetensors file, written at once: it is the old or the whole new one.

        Parameters
        ----------
        filepath : str or os.PathLike
            "net.safetensors"; "net.keras" is a file of Keras 3 (through h5py); any other name.
        overwrite : bool
            False: an existing file is an error.
        zipped : None
            Keras's, which is not supported.

        Raises
        ------
        TypeError
            Something cannot be written down: a schedule or loss of a class of your own. Only
            initializers may be, they have done their work.
        """
        only("zipped", zipped, None)
        _model_file().save(self, filepath, overwrite)

    def save_weights(self, filepath, overwrite=True, max_shard_size=None):
        """Write the weights and, if the model is compiled, the optimizer's state.

        Parameters
        ----------
        filepath : str or os.PathLike
            "net.weights.h5" is a file of Keras 3 (through h5py).
        overwrite : bool
        max_shard_size : None
            Keras's, which is not supported: it is one file.
        """
        only("max_shard_size", max_shard_size, None)
        self._require_built("save_weights", ValueError)
        _model_file().save_weights(self, filepath, overwrite)

    @changes
    def load_weights(self, filepath, skip_mismatch=False):
        """Set the weights from a file of `save_weights` or `save`.

        If the model is compiled with the same optimizer, its state is set as well.

        Parameters
        ----------
        filepath : str or os.PathLike
        skip_mismatch : bool
            Keras's, which must be False.

        Raises
        ------
        OSError
            The file cannot be read.
        ValueError
            It does not fit or is damaged; the message says how. Nothing has changed then.
        """
        only("skip_mismatch", skip_mismatch, False)
        self._require_built("load_weights", ValueError)
        _model_file().load_weights(self, filepath)

    def summary(
        self,
        line_length=None,
        positions=None,
        print_fn=None,
        expand_nested=False,
        show_trainable=False,
        layer_range=None,
    ):
        """Print a table of the layers and their numbers of weights.

        Parameters
        ----------
        line_length : int, optional
            76 by default.
        positions : list of float, optional
            Where the columns end, as shares of the line; ``[0.45, 0.8, 1.0]`` by default.
        print_fn : callable, optional
            Called once with the whole text; `print` by default.
        expand_nested : bool
            Show the layers of models in their place.
        show_trainable : bool
            One more column.
        layer_range : (str, str), optional
            Regular expressions for the names of the first and the last layer that are shown.
        """
        links = self.declared if self.several else self._layers
        links = leaves(links) if expand_nested else links
        of_rows = [None] * len(links)
        if self._input is not None:
            of_rows = [None, *shapes(self._input.row_shape, links)][-len(links) :]
        sizes = [sum(w.size for w in x.get_weights()) if self.built else None for x in links]
        rows = list(map(summary.Row, links, of_rows, sizes))
        not_trained = sum(w.size for w in self.non_trainable_weights)
        options = line_length, positions, show_trainable, layer_range
        (print_fn or print)(summary.table(self.name, rows, not_trained, *options))


class Sequential(Model):
    """A stack of layers, with Keras's names and meanings.

    The weights are made as soon as the shape of x is known: from an `Input` or `input_shape`,
    or from the first data.

    Parameters
    ----------
    layers : list of Layer or Model, optional
        The first may be an `Input`.
    trainable : bool
        False: no layer is.
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

    kind, prefix, several = "Sequential", "sequential", False

    def __init__(self, layers=None, trainable=True, name=None):
        OwnCall.__init__(self, *arranged(layers or ()), name, trainable)

    @classmethod
    def of(cls, links, **options):
        """A model of these links, the first of which may be an `Input`."""
        return cls(links, **options)

    @property
    def layers(self):
        """The layers without the `Input`, a new list."""
        return list(self._layers)

    @changes
    def add(self, layer, rebuild=True):
        """Put a `Layer` or model (or, first, an `Input`) on top. Others keep their weights.

        `rebuild`, Keras's, makes no difference.

        Raises
        ------
        TypeError, ValueError
            No layer, a name given twice, or a layer that does not fit here.
        """
        self._require_free("add")
        self._become(*arranged([*self.declared, layer]))

    @changes
    def pop(self, rebuild=True):
        """Take the last layer off and return it; `rebuild`, Keras's, makes no difference."""
        self._require_free("pop")
        if not self._layers:
            raise ValueError(f"model {self.name!r} has no layers")
        *layers, last = self._layers
        self._become(self._input, layers)
        return last

    def _require_free(self, method):
        if self._inner:
            raise ValueError(
                f"{method}: model {self.name!r} is a layer of another, expected one that is not: "
                "a new one of its layers, Sequential(model.layers)"
            )


def save_model(model, filepath, overwrite=True, zipped=None):
    """Write a model to a file: ``model.save(filepath, overwrite)``."""
    model.save(filepath, overwrite, zipped)


def load_model(filepath, custom_objects=None, compile=True, safe_mode=True):
    """A model from a file of `Model.save`.

    Parameters
    ----------
    filepath : str or os.PathLike
    compile : bool
        True: compile it as it was, with the state of its optimizer, so that `fit` goes on as if it
        had never stopped, bit for bit.
    custom_objects, safe_mode
        Keras's, which make no difference: a file names nothing but classes of trilobite.

    Returns
    -------
    Sequential or Model

    Raises
    ------
    OSError
        The file cannot be read.
    ValueError
        It is damaged, of a newer version, or holds something else than such a model; the message
        says what was found and expected. Nothing in a file is ever executed.
    """
    return _model_file().load(_KINDS, filepath, compile)


def clone_model(
    model, input_tensors=None, clone_function=None, call_function=None, recursive=False
):
    """A new model of the same layers, whose weights are drawn anew; not compiled.

    `clone_function`, if given, is called with each layer and returns the one in its place. The
    other arguments are Keras's and must be their defaults.
    """
    only("input_tensors", input_tensors, None)
    only("call_function", call_function, None)
    only("recursive", recursive, False)
    if clone_function is None:
        return _KINDS[model.kind].from_config(model.get_config())
    links = [
        Input.from_config(link.get_config()) if isinstance(link, Input) else clone_function(link)
        for link in model.declared
    ]
    return _KINDS[model.kind].of(links, name=model.name)


def model_from_json(json_string, custom_objects=None):
    """A new model from what `Model.to_json` returned; not compiled.

    `custom_objects`, Keras's, are not needed: a description names none.
    """
    import json

    description = json.loads(json_string)
    if not isinstance(description, dict) or description.get("class_name") not in _KINDS:
        raise ValueError("json_string: expected a description of a model by to_json")
    return _KINDS[description["class_name"]].from_config(description["config"])


for _cls in Model.__mro__:
    if _cls.__module__.startswith("trilobite._model"):  # what Python says of a wrong argument
        for _name, _method in vars(_cls).items():
            while callable(_method) and not isinstance(_method, type):
                _method.__qualname__ = f"Model.{_name}"
                _method = getattr(_method, "__wrapped__", None)

_KINDS = {cls.kind: cls for cls in (Model, Sequential)}


def _model_file():
    """The module, imported when a file is first written or read: `import trilobite` is quick."""
    from trilobite._files import model_file

    return model_file
