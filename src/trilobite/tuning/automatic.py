"""The one call that needs no hyperparameter."""

import copy
from contextlib import contextmanager

import numpy as np

from trilobite._checks.numbers import integer
from trilobite._checks.options import verbose as checked_verbose
from trilobite._checks.targets import validation
from trilobite._declare.aside import set_aside
from trilobite._declare.layer import Input
from trilobite._model.callback import Callback
from trilobite._model.callback_list import checked
from trilobite._model.chain import leaves, shapes
from trilobite.layers import BatchNormalization, Dense, Flatten, Normalization, Rescaling, Reshape
from trilobite.tuning.choices import note_classes, size_for, split, told
from trilobite.tuning.cooling import Cooling
from trilobite.tuning.dispatch import check_arrays, is_model
from trilobite.tuning.learning_rate import HIGHEST, LOWEST, epochs_for, learning_rate_range
from trilobite.tuning.scaling import scaling_of, scaling_of_targets

_REGRESSION = ("mean_squared_error", "mean_absolute_error", "huber", "log_cosh")


def fit_automatically(
    model,
    x,
    y=None,
    *,
    sample_weight=None,
    validation_data=None,
    batch_size=None,
    epochs=None,
    callbacks=None,
    verbose=0,
):
    """Train with hyperparameters that are chosen here.

    x is scaled, by a layer that the model gets in front, so that `predict` takes x as it is; of a
    regression y likewise, by a frozen layer at the end. `learning_rate_range` finds the rate. It is
    steady until the validation cost has not got better for a fifth of the epochs, or the last fifth
    begins; then it falls to 0, from the best weights on. The best weights are kept. A model that
    has learned already, whose weights have been set, or that scales x itself, gets no such layers.

    Parameters
    ----------
    model : Sequential or Model, or an estimator of `trilobite.sklearn`
        One that is not compiled is, with Adam and the loss that goes with its last activation. An
        estimator keeps its parameters but `learning_rate_init`, `batch_size` and `max_iter`; the
        scaling becomes part of its first and last `coefs_` and `intercepts_`. Its costs (in
        `history`, `loss_curve_`, `best_loss_`, ...) are those of y scaled, as it was trained with:
        each column by its own variance.
    x, y, sample_weight : array_like
        As in `fit`.
    validation_data : (x, y) or (x, y, sample_weight), optional
        By default a fifth of the rows, a tenth of more than 5,000, are kept for validation, drawn
        at random.
    batch_size, epochs : int, optional
        Chosen here if not given: 32 rows, or up to 128 where an epoch would have more than 500
        steps; 10,000 steps, but at least 20 and at most 100 epochs.
    callbacks : list, optional
        As in `fit`.
    verbose : {"auto", 0, 1, 2}
        As in `fit`; 0 by default.

    Returns
    -------
    AutomaticFit
        ``print`` shows what was chosen, and why.

    Raises
    ------
    TypeError, ValueError
        Something does not fit; nothing has changed then. After any other error an estimator is as
        it was before, and a model unless training has begun.
    """
    if batch_size is not None:
        batch_size = integer("batch_size", batch_size)
    if epochs is not None:
        epochs = integer("epochs", epochs)
    options = {"batch_size": batch_size, "epochs": epochs, "callbacks": callbacks}
    options["verbose"] = checked_verbose(verbose)
    of_trilobite = is_model(model)
    check_arrays(x, y, validation_data)
    if of_trilobite:
        return _fit_model(model, x, y, sample_weight, validation_data, **options)
    from trilobite.tuning.automatic_estimator import fit_estimator  # needs scikit-learn

    return fit_estimator(model, x, y, sample_weight, validation_data, **options)


def _fit_model(model, x, y, weights, valid, batch_size, epochs, callbacks, verbose):
    reasons, callbacks = {}, checked(callbacks)
    with set_aside():  # a copy is prepared, and tried, before the model is changed
        trial = copy.deepcopy(model)
        if not trial.layers:
            raise ValueError("model: got one without layers, expected some")
        _compile(trial, y, reasons)
        if trial.optimizer.schedule is not None:
            raise ValueError(
                f"model: got an optimizer with a {type(trial.optimizer.schedule).__name__}, "
                "expected one with a number, in whose place a rate is chosen"
            )
        (x, y, weights), given = trial._check(x, y, weights)
        classes = _are_classes(trial, y)
        if valid is not None:
            valid = trial._check(*validation(valid), given, "validation_data's ")[0]
        else:
            (x, y, weights), valid = split(x, y, weights, reasons, classes)
        if classes:
            note_classes(y, valid[1], reasons)
        prepare, unit = _preparation(trial, given, x, y, reasons)
        prepare(trial)
        batch_size = batch_size or size_for(len(x), reasons)
        epochs = epochs or epochs_for(len(x), batch_size)
        found = learning_rate_range(
            trial,
            x,
            y,
            sample_weight=weights,
            batch_size=batch_size,
            epochs=epochs,
            validation_data=tuple(valid),
            lowest=LOWEST * unit,
            highest=HIGHEST * unit,
        )
    with model._changing("fit_automatically"), _or_as_before(model):
        _compile(model, y, {})
        prepare(model)
        model.optimizer.learning_rate = found.suggestion
        cooling = Cooling(found.suggestion, epochs)
        history = model.fit(
            x,
            y,
            batch_size,
            epochs,
            verbose,
            [*callbacks, _Cool(cooling)],
            validation_data=tuple(valid),
            sample_weight=weights,
        )
        model.optimizer.learning_rate = found.suggestion
    return told(model, history, found, batch_size, epochs, cooling, reasons)


@contextmanager
def _or_as_before(model):
    """A context that an error before the first step leaves with the model as it was before it."""
    begun, optimizer = model.epochs_begun, model.optimizer
    parts = [model, *_below(model), *([optimizer] if optimizer else [])]
    before = [dict(vars(part)) for part in parts]
    try:
        yield
    except BaseException:
        if model.epochs_begun == begun:
            with model.writing():
                for part, was in zip(parts, before, strict=True):
                    vars(part).clear()
                    vars(part).update(was)
        raise


def _below(model):
    """The layers of a model, those of models among them, too."""
    for link in model._layers:
        yield link
        if hasattr(link, "_layers"):
            yield from _below(link)


class _Cool(Callback):
    """The callback of a model that does what a `Cooling` says, and leaves the best weights."""

    def __init__(self, cooling):
        super().__init__()
        self.cooling, self.best = cooling, None

    def on_epoch_begin(self, epoch, logs=None):
        """Set the rate."""
        self.model.optimizer.learning_rate = self.cooling.rate(epoch)

    def on_train_begin(self, logs=None):
        """Let the history know."""
        self.model.history.cooling = self.cooling

    def on_epoch_end(self, epoch, logs=None):
        """Record the rate; keep the best weights, go back to them, or stop."""
        logs["learning_rate"] = float(self.model.optimizer.learning_rate)
        better, back, stops = self.cooling.end(epoch, logs["val_loss"])
        if better:
            self.best = self.model.get_weights()
        if back:
            self.model.set_weights(self.best)
        if stops:
            self.model.stop_training = True

    def on_train_end(self, logs=None):
        """Leave the best weights."""
        if self.best is not None:
            self.model.set_weights(self.best)


def _compile(model, y, reasons):
    """Compile a model that is not: Adam, and the loss of its last activation."""
    if model.compiled_with is not None:
        return
    config = leaves([model])[-1].get_config()
    activation = config.get("activation", "linear")
    shape = np.shape(y)
    loss, metrics = "mean_squared_error", None
    if activation == "softmax":
        sparse = len(shape) == 1 or shape[1:] == (1,)
        loss = f"{'sparse_' if sparse else ''}categorical_crossentropy"
        metrics = ["accuracy"]
    elif activation == "sigmoid":
        loss, metrics = "binary_crossentropy", ["accuracy"]
    model.compile("adam", loss, metrics=metrics)
    reasons["optimizer"] = "Adam, as the model was not compiled"
    reasons["loss"] = f"{loss}, for outputs by {activation!r}"


def _preparation(model, given, x, y, reasons):
    """A function that puts layers which scale in front of and behind a model; and what rates that
    are tried for values of about 1 are multiplied by.

    Behind a layer that multiplies by `scale` costs are those of y as it is, and SGD's steps are as
    large as their gradients: scale^2 times as large for a squared error, scale times for others.
    """
    layers = leaves([model])
    learned = model.epochs_begun > 0 or model.optimizer.iterations > 0
    of_rows = zip(layers, shapes(given.row_shape, layers), strict=False)
    was_set = [layer.name for layer, shape in of_rows if not layer.as_drawn(shape)]
    scaling, targets, unit = None, None, 1.0
    if learned:
        reasons["x"] = "left as it is: the model has learned already"
    elif own := next((a for a in layers if isinstance(a, _SCALES)), None):
        reasons["x"] = f"left as it is: layer {own.name!r} scales it"
    elif was_set:
        reasons["x"] = f"left as it is: the weights of layer {was_set[0]!r} have been set"
    else:
        scaling = scaling_of(x)
        reasons["x"] = scaling.reason
    if not (learned or was_set) and model._loss.formula in _REGRESSION and _is_linear(layers[-1]):
        targets = scaling_of_targets(y)
    if targets is not None and targets.kind == "none":
        targets = None
    if targets is not None:
        reasons["y"] = targets.reason
        if model.optimizer.formula == "sgd":
            squared = model._loss.formula == "mean_squared_error"
            unit = float(np.max(targets.scale)) ** (-2 if squared else -1)

    def prepare(model):
        links = list(model._layers)
        if scaling is not None and scaling.kind == "range":
            links.insert(0, Rescaling(1 / scaling.scale[0]))
        elif scaling is not None and scaling.kind == "columns":
            at = sum(isinstance(link, (Flatten, Reshape)) for link in links[:1])
            layer = Normalization()
            layer.input_shape = scaling.mean.shape
            layer.keep([scaling.mean, scaling.scale**2])
            links.insert(at, layer)
        if targets is not None:
            links.append(Dense(len(targets.scale), name="scale_of_y", trainable=False))
        if links != model._layers:
            model._become(model._input or Input(given.row_shape), links)
        if targets is not None:
            links[-1].set_weights([np.diag(targets.scale), targets.mean])

    return prepare, unit


def _are_classes(model, y):
    """Whether each row of y is one class of several."""
    if model._loss.formula == "binary_crossentropy":
        return y.size == len(y) and np.isin(y, (0, 1)).all()
    last = leaves([model])[-1].get_config().get("activation")
    return model._loss.class_indices or (last == "softmax" and y.size > len(y))


_SCALES = (Normalization, Rescaling, BatchNormalization)


def _is_linear(layer):
    return isinstance(layer, Dense) and layer.get_config()["activation"] == "linear"
