"""Keras 2's and Keras 1's spellings, each taken with one warning that says today's.

`teach` gives them to trilobite's own classes, so that they hold wherever an object comes from, and
only in a process that asked for them.
"""

import re
import warnings
from functools import wraps
from inspect import signature

import numpy as np

from trilobite import callbacks, layers, models, optimizers, regularizers, utils
from trilobite._checks.numbers import real
from trilobite._declare.names import classes_in, only
from trilobite._model.measures import Measures
from trilobite.as_keras import absent
from trilobite.as_keras.tensor import tensor
from trilobite.optimizers.schedules import InverseTimeDecay

# Modules that Keras 3 has under another path, or not at all.
MODULES = {
    **dict.fromkeys(
        [
            "keras.layers.advanced_activations",
            "keras.layers.core",
            "keras.layers.experimental.preprocessing",
            "keras.layers.noise",
            "keras.layers.normalization",
        ],
        "keras.layers",
    ),
    **dict.fromkeys(
        [
            "keras.optimizer_v2.adam",
            "keras.optimizer_v2.gradient_descent",
            "keras.optimizer_v2.rmsprop",
            "keras.optimizers.adam_v2",
            "keras.optimizers.experimental",
            "keras.optimizers.gradient_descent_v2",
            "keras.optimizers.legacy",
            "keras.optimizers.rmsprop_v2",
        ],
        "keras.optimizers",
    ),
    "keras.engine.sequential": "keras.models",
    "keras.initializations": "keras.initializers",
    "keras.objectives": "keras.losses",
    **dict.fromkeys(
        ["keras.utils.generic_utils", "keras.utils.np_utils", "keras.utils.vis_utils"],
        "keras.utils",
    ),
}
_OPTIMIZERS = classes_in(vars(optimizers), optimizers.Optimizer)
_NAMES = {
    "keras.constraints": {"maxnorm": "max_norm", "nonneg": "non_neg", "unitnorm": "unit_norm"},
    "keras.optimizers": {c.__name__.lower(): c.__name__ for c in _OPTIMIZERS},
}
_LAYER = {"batch_input_shape": "input_shape"}
_ARGUMENTS = {
    layers.Activation: _LAYER,
    layers.BatchNormalization: _LAYER
    | {"beta_init": "beta_initializer", "gamma_init": "gamma_initializer", "mode": None},
    layers.Dense: _LAYER
    | {
        "W_constraint": "kernel_constraint",
        "b_constraint": "bias_constraint",
        "W_regularizer": "kernel_regularizer",
        "b_regularizer": "bias_regularizer",
        "bias": "use_bias",
        "init": "kernel_initializer",
        "output_dim": "units",
    },
    **{
        cls: _LAYER | {"p": "rate"}
        for cls in (layers.Dropout, layers.GaussianDropout, layers.AlphaDropout)
    },
    layers.GaussianNoise: _LAYER | {"sigma": "stddev"},
    layers.Reshape: _LAYER,
    layers.PReLU: _LAYER | {"init": "alpha_initializer"},
    layers.Flatten: _LAYER,
    layers.Input: {"input_shape": "shape", "batch_input_shape": "shape"},
    layers.LeakyReLU: _LAYER | {"alpha": "negative_slope"},
    regularizers.L1: {"l": "l1"},
    regularizers.L2: {"l": "l2"},
    callbacks.ModelCheckpoint: {"period": None},
    callbacks.ReduceLROnPlateau: {"epsilon": "min_delta"},
    callbacks.TensorBoard: {"batch_size": None, "write_grads": None},
}
_OPTIMIZER = {"lr": "learning_rate", "schedule_decay": None}
_QUEUES = "max_q_size max_queue_size nb_worker pickle_safe use_multiprocessing workers".split()
# What is no argument any more, None above, with the one value that changes nothing; None: any.
_GONE = {
    **dict.fromkeys(_QUEUES),
    "batch_size": None,
    "mode": 0,
    "period": 1,
    "schedule_decay": 0.004,
    "write_grads": False,
}
FIT = {"nb_epoch": "epochs", **dict.fromkeys(_QUEUES)}
_OF_GENERATORS = {  # by today's name: the arguments of the former one, in its order
    "fit": "steps_per_epoch epochs verbose callbacks validation_data validation_steps".split(),
    "evaluate": ["steps"],
    "predict": ["steps"],
}
_KEYS = {  # of histories
    "acc": "accuracy",
    "lr": "learning_rate",
    "mean_absolute_error": "mae",
    "mean_squared_error": "mse",
    "val_acc": "val_accuracy",
    "val_mean_absolute_error": "val_mae",
    "val_mean_squared_error": "val_mse",
}

_said = set()


def say(old, new, above=1):
    """Warn once of a spelling, at the line that called `above` functions further up."""
    if old not in _said:
        text = f"{old} is a spelling of Keras 2, expected {new}"
        warnings.warn(text, FutureWarning, stacklevel=above + 2)
        _said.add(old)


def name_of(module, name):
    """Today's name of what `module` had as `name`; `name` itself if it is none of Keras 2's."""
    new = _NAMES.get(module, {}).get(name, name)
    if new != name:
        say(f"{module}.{name}", f"{module}.{new}", above=2)
    return new


def teach():
    """Let trilobite's classes take the spellings."""
    for cls, arguments in _ARGUMENTS.items():
        cls.__init__ = _respelled(cls.__init__, arguments)
    for cls in _OPTIMIZERS:
        cls.__init__ = _optimizer(cls)
    for cls in (callbacks.EarlyStopping, callbacks.ModelCheckpoint, callbacks.ReduceLROnPlateau):
        cls.on_train_begin = _monitor(cls.on_train_begin)
    optimizers.Optimizer.lr = property(_get_lr, _set_lr)
    steps = optimizers.Optimizer.iterations
    optimizers.Optimizer.iterations = property(lambda self: tensor(steps.fget(self)), steps.fset)
    utils.to_categorical = _respelled(utils.to_categorical, {"nb_classes": "num_classes"})
    models.Model.compile = _compile(models.Model.compile)
    models.Model.fit = _of_rows(models.Model.fit)
    for name, arguments in _OF_GENERATORS.items():
        setattr(models.Model, name, _respelled(getattr(models.Model, name), FIT))
        setattr(models.Model, f"{name}_generator", _of_generator(name, arguments))
    models.Sequential.predict_classes = _predict_classes
    models.Sequential.predict_proba = _predict_proba
    models.Model.__getattr__ = _no_method
    Measures.results = _with_former_keys(Measures.results)
    callbacks.History.history = property(_get_history, _set_history)


def _respelled(given, arguments):
    """The function `given` that takes the arguments' former names, too."""

    @wraps(given)
    def function(*args, **named):
        _respell(named, arguments)
        return given(*args, **named)

    return function


def _respell(named, arguments):
    for old in [name for name in named if name in arguments]:
        new, value = arguments[old], named.pop(old)
        if new is None:
            only(old, value, value if _GONE[old] is None else _GONE[old])
            say(f"{old}=", "no such argument", above=2)
            continue
        if new in named:
            raise TypeError(f"{old}: got it beside {new}, of which it is Keras 2's name")
        say(f"{old}=", f"{new}=", above=2)
        named[new] = value[1:] if old == "batch_input_shape" else value


def _compile(given):
    """A method `compile` whose third argument may be the metrics, too."""

    @wraps(given)
    def compile(self, *args, **named):
        if len(args) == 3 and isinstance(args[2], (list, tuple)) and "metrics" not in named:
            say("compile(optimizer, loss, metrics)", "metrics=")
            *args, named["metrics"] = args
        return given(self, *args, **named)

    return compile


def _of_rows(given):
    """A method `fit` that takes a `tf.data.Dataset` of rows of arrays for the arrays."""

    @wraps(given)
    def fit(self, x=None, *args, **named):
        rows = getattr(x, "rows", None)
        if rows and rows[2] and not args and not {"y", "batch_size", "steps_per_epoch"} & {*named}:
            arrays, shuffle, size = rows
            if isinstance(arrays, tuple) and all(isinstance(a, np.ndarray) for a in arrays):
                x, named["batch_size"], named["shuffle"] = arrays[0], size, shuffle
                named |= dict(zip(("y", "sample_weight"), arrays[1:], strict=False))
        return given(self, x, *args, **named)

    return fit


def _optimizer(cls):
    """The constructor of an optimizer that takes lr, decay and epsilon=None, too.

    ``decay``: the learning rate of a step is ``lr / (1 + decay * iterations)``.
    """
    given = cls.__init__
    default = signature(cls).parameters["learning_rate"].default

    @wraps(given)
    def init(self, *args, **named):
        _respell(named, _OPTIMIZER)
        if "epsilon" in named and named["epsilon"] is None:
            say("epsilon=None", "no epsilon")
            del named["epsilon"]
        if "decay" in named:
            say("decay=", "learning_rate=InverseTimeDecay(learning_rate, 1, decay)")
            decay = real("decay", named.pop("decay"), 0)
            rate, *args = args or [named.pop("learning_rate", default)]
            if decay:
                rate = InverseTimeDecay(rate, 1, decay)
            args = [rate, *args]
        given(self, *args, **named)

    return init


def _get_lr(optimizer):
    """Keras 2's name of `learning_rate`."""
    say("optimizer.lr", "optimizer.learning_rate")
    return optimizer.learning_rate


def _set_lr(optimizer, value):
    say("optimizer.lr", "optimizer.learning_rate", above=2)
    optimizer.learning_rate = value


def _of_generator(name, arguments):
    """A method that takes a generator, as today's does."""

    def method(self, generator, *args, **named):
        say(f"{name}_generator", name)
        named |= dict(zip(arguments, args, strict=False))
        named = {k: value for k, value in named.items() if k not in _QUEUES}
        return getattr(self, name)(generator, **named)

    return method


def _predict_classes(self, x, batch_size=32, verbose=0):
    """The class of each row: of several outputs the largest, one output is 1 above 1/2."""
    say("predict_classes", "predict(x).argmax(axis=-1), or predict(x) > 0.5")
    y = self.predict(x, batch_size, verbose)
    return y.argmax(axis=-1) if y.shape[-1] > 1 else (y > 0.5).astype("int32")


def _predict_proba(self, x, batch_size=32, verbose=0):
    """What `predict` returns."""
    say("predict_proba", "predict")
    return self.predict(x, batch_size, verbose)


def _no_method(self, name):
    """Say why there is no such attribute."""
    if name.startswith("__"):
        raise AttributeError(name)
    raise AttributeError(absent.sentence(self.kind, name, dir(self)), name=name, obj=self)


class _Logs(dict):
    """Numbers by name, of which some are found by their former names, too."""

    def __missing__(self, name):
        if _KEYS.get(name) not in self:
            raise KeyError(name)
        say(repr(name), repr(_KEYS[name]), above=2)
        return self[_KEYS[name]]

    def get(self, name, default=None):
        """The number of this name, or `default`."""
        return self[name] if name in self or _KEYS.get(name) in self else default

    def __reduce__(self):
        return dict, (dict(self),)


def _with_former_keys(results):
    @wraps(results)
    def function(*args):
        return _Logs(results(*args))

    return function


def _get_history(self):
    return vars(self)["history"]


def _set_history(self, history):
    vars(self)["history"] = _Logs(history)


def _monitor(given):
    """A callback's `on_train_begin` that says accuracy where the model has no acc."""

    @wraps(given)
    def on_train_begin(self, logs=None):
        known = self.model.metric_directions()
        if "accuracy" in known and "acc" not in known:
            if self.monitor in ("acc", "val_acc"):
                say(repr(self.monitor), repr(_KEYS[self.monitor]))
                self.monitor = _KEYS[self.monitor]
            if isinstance(path := getattr(self, "filepath", None), str):
                self.filepath = re.sub(r"\{(val_)?acc\b", r"{\1accuracy", path)
        given(self, logs)

    return on_train_begin
