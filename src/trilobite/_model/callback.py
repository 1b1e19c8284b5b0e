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

    is_last = False  # whether its hooks are called after those of all others
    writes_files = False  # whether two of its kind would write the same ones
    idle_hooks = ()  # functions of its class that need not be called, as the callback is set
    state_names = ()  # attributes that make up its state

    def __init__(self):
        self.model = None
        self.params = None

    def get_state(self):
        """What a `BackupAndRestore` in the same list keeps: the attributes in `state_names`.

        Returns
        -------
        dict
            None, numbers, strings, lists of them (a tuple comes back as one), and arrays of
            float32 or float64 and lists of such.
        """
        return {name: getattr(self, name) for name in self.state_names}

    def set_state(self, state):
        """Go on from what `get_state` returned; called after `on_train_begin`.

        Only what `get_state` returns is taken, whatever else is in `state`.
        """
        for name in self.get_state():
            setattr(self, name, state[name])

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
        self.on_batch_begin(batch, logs)

    def on_train_batch_end(self, batch, logs=None):
        """Called after each step of `fit`."""
        self.on_batch_end(batch, logs)

    def on_batch_begin(self, batch, logs=None):
        """An older name of `on_train_batch_begin`."""

    def on_batch_end(self, batch, logs=None):
        """An older name of `on_train_batch_end`."""

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
