"""A learning rate that falls when training stalls."""

from trilobite._checks.numbers import real
from trilobite._model.progress import say
from trilobite.callbacks.monitor import Monitor


class ReduceLROnPlateau(Monitor):
    """Multiply the learning rate by `factor` when a number does not improve any more.

    The learning rate of each epoch is recorded in the history as "learning_rate".

    Parameters
    ----------
    monitor : str
        "val_loss" by default.
    factor : float
        Less than 1; 0.1 by default.
    patience : int
        Epochs without improvement after which the rate falls; 10 by default.
    verbose : {0, 1}
        1: say so.
    mode : {"auto", "min", "max"}
        Which is better, less or more; by default as the metric says.
    min_delta : float
        Less than this is no improvement; 1e-4 by default.
    cooldown : int
        Epochs after a fall that do not count; 0 by default.
    min_lr : float
        The rate never falls below this; 0 by default.
    """

    state_names = ("best", "wait", "cooldown_counter")

    def __init__(
        self,
        monitor="val_loss",
        factor=0.1,
        patience=10,
        verbose=0,
        mode="auto",
        min_delta=1e-4,
        cooldown=0,
        min_lr=0.0,
    ):
        super().__init__(monitor, mode, min_delta)
        if real("factor", factor, 0) >= 1:
            raise ValueError(f"factor: got {factor}, expected a number less than 1")
        real("patience", patience, 0, infinite=True)
        real("cooldown", cooldown, 0, infinite=True)
        real("min_lr", min_lr, 0)
        self.factor, self.patience, self.verbose = factor, patience, verbose
        self.cooldown, self.min_lr = cooldown, min_lr
        self._begin()

    def _begin(self):
        self.best, self.wait, self.cooldown_counter = None, 0, 0

    def on_train_begin(self, logs=None):
        """Forget the last training."""
        self._begin()

    def on_epoch_end(self, epoch, logs=None):
        """Look whether it is time to reduce the rate."""
        logs = {} if logs is None else logs
        logs["learning_rate"] = float(self.model.optimizer.learning_rate)
        value = self.watched(logs)
        if value is None:
            return
        if self.in_cooldown():
            self.cooldown_counter -= 1
            self.wait = 0
        if self.improves(value, self.best):
            self.best, self.wait = value, 0
        elif not self.in_cooldown():
            self.wait += 1
            if self.wait >= self.patience:
                self._reduce(epoch)

    def _reduce(self, epoch):
        optimizer = self.model.optimizer
        old = float(optimizer.learning_rate)
        if old <= self.min_lr:
            return
        optimizer.learning_rate = new = max(old * self.factor, self.min_lr)
        self.cooldown_counter, self.wait = self.cooldown, 0
        if self.verbose > 0:
            say(f"Epoch {epoch + 1}: the learning rate is reduced from {old:g} to {new:g}")

    def in_cooldown(self):
        """Whether this epoch does not count."""
        return self.cooldown_counter > 0
