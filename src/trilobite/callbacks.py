"""Callbacks: Python that runs while a model trains."""


class Callback:
    """Base of the callbacks: override what you need.

    The batch hooks are served only if some callback overrides them: without, no Python runs
    between two steps. `logs` are dicts of floats: running means over the rows of the epoch.

    Attributes
    ----------
    model : Sequential
        Setting ``model.stop_training = True`` ends `fit` after the batch or epoch.
    params : dict
        "verbose", "epochs" and "steps" (an epoch).
    """

    def __init__(self):
        self.model = None
        self.params = None

    def set_model(self, model):
        """Told which model is at work, before the first hook."""
        self.model = model

    def set_params(self, params):
        """Told the parameters of the run, before the first hook."""
        self.params = params

    def on_train_begin(self, logs=None):
        """Called at the start of `fit`."""

    def on_train_end(self, logs=None):
        """Called at the end of `fit` with the logs of the last epoch."""

    def on_epoch_begin(self, epoch, logs=None):
        """Called before each epoch, counted from 0."""

    def on_epoch_end(self, epoch, logs=None):
        """Called after each epoch, with the validation results under "val_..." in `logs`."""

    def on_train_batch_begin(self, batch, logs=None):
        """Called before each step of `fit`, counted from 0 in every epoch."""

    def on_train_batch_end(self, batch, logs=None):
        """Called after each step of `fit`."""

    def on_test_begin(self, logs=None):
        """Called at the start of `evaluate` and of each validation."""

    def on_test_end(self, logs=None):
        """Called at the end of `evaluate` and of each validation."""

    def on_test_batch_begin(self, batch, logs=None):
        """Called before each batch of `evaluate` or validation."""

    def on_test_batch_end(self, batch, logs=None):
        """Called after each batch of `evaluate` or validation."""

    def on_predict_begin(self, logs=None):
        """Called at the start of `predict`."""

    def on_predict_end(self, logs=None):
        """Called at the end of `predict`."""

    def on_predict_batch_begin(self, batch, logs=None):
        """Called before each batch of `predict`."""

    def on_predict_batch_end(self, batch, logs=None):
        """Called after each batch of `predict`, with its "outputs" in `logs`."""


class History(Callback):
    """What `fit` returns: loss and metrics of every epoch.

    Attributes
    ----------
    history : dict of list of float
        "loss", the metrics, and both with the prefix "val_" for the validation data.
    epoch : list of int
        Number of each epoch in `history`, from 0.
    """

    def __init__(self):
        super().__init__()
        self.history = {}
        self.epoch = []

    def on_train_begin(self, logs=None):
        """Start counting anew."""
        self.epoch = []

    def on_epoch_end(self, epoch, logs=None):
        """Record one epoch."""
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)

    def record(self, epochs, columns):
        """Record many epochs at once: their numbers and a dict of lists of floats."""
        self.epoch += epochs
        for name, values in columns.items():
            self.history.setdefault(name, []).extend(values)


class CallbackList:
    """The callbacks of one run, called together.

    Parameters
    ----------
    callbacks : Callback, or list or tuple of Callback, or None
        From the user.
    model : Sequential
    params : dict
    also : sequence of Callback
        Called after the user's.

    Raises
    ------
    TypeError
        Something else than a `Callback` was given.
    """

    def __init__(self, callbacks, model, params, also=()):
        if callbacks is None:
            callbacks = []
        self._given = list(callbacks) if isinstance(callbacks, (list, tuple)) else [callbacks]
        for callback in self._given:
            if not isinstance(callback, Callback):
                kind = type(callback).__name__
                raise TypeError(
                    f"callbacks: got {callback!r} ({kind}), expected a list of instances of "
                    "trilobite.callbacks.Callback"
                )
        self._all = [*self._given, *also]
        for callback in self._all:
            callback.set_params(params)
            callback.set_model(model)

    def serves(self, *hooks):
        """Whether one of the user's callbacks overrides one of `hooks`."""
        return any(
            getattr(getattr(callback, hook), "__func__", None) is not getattr(Callback, hook)
            for callback in self._given
            for hook in hooks
        )

    def call(self, hook, *arguments):
        """Call `hook` of every callback."""
        for callback in self._all:
            getattr(callback, hook)(*arguments)
