"""Training that ends by itself."""

from trilobite._checks.numbers import real
from trilobite._model.progress import say
from trilobite.callbacks.monitor import Monitor


class EarlyStopping(Monitor):
    """End training when a number does not improve any more.

    Parameters
    ----------
    monitor : str
        "val_loss" by default.
    min_delta : float
        Less than this is no improvement; 0 by default.
    patience : int
        Epochs in a row without improvement after which training ends; 0 by default, infinite for
        never.
    verbose : {0, 1}
        1: say at the end why training ended, which epoch was best, and whether its weights are
        back.
    mode : {"auto", "min", "max"}
        Which is better, less or more; by default as the metric says.
    baseline : float, optional
        Only what is better than this counts as an improvement.
    restore_best_weights : bool
        At the end of training put the weights of the best epoch back (not the optimizer's state).
    start_from_epoch : int
        Number of the first epoch, from 0, that is looked at; 0 by default.

    Attributes
    ----------
    best : float or None
        The best value so far.
    best_epoch, stopped_epoch : int
        Numbers of epochs, from 0.
    """

    state_names = ("wait", "stopped_epoch", "best_epoch", "best", "best_weights")

    def __init__(
        self,
        monitor="val_loss",
        min_delta=0,
        patience=0,
        verbose=0,
        mode="auto",
        baseline=None,
        restore_best_weights=False,
        start_from_epoch=0,
    ):
        super().__init__(monitor, mode, min_delta)
        real("patience", patience, 0, infinite=True)
        real("start_from_epoch", start_from_epoch, 0, infinite=True)
        if baseline is not None:
            real("baseline", baseline, infinite=True)
        self.patience, self.verbose, self.baseline = patience, verbose, baseline
        self.restore_best_weights = restore_best_weights
        self.start_from_epoch = start_from_epoch
        self._begin()

    def _begin(self):
        self.wait = self.stopped_epoch = self.best_epoch = 0
        self.best = self.best_weights = None

    def on_train_begin(self, logs=None):
        """Forget the last training."""
        self._begin()

    def on_epoch_end(self, epoch, logs=None):
        """Keep the weights if this epoch is the best, and stop after too many that are not."""
        value = self.watched(logs)
        if value is None or epoch < self.start_from_epoch:
            return
        if self.restore_best_weights and self.best_weights is None:
            self._keep(epoch)
        self.wait += 1
        if self.improves(value, self.best):
            self.best, self.best_epoch = value, epoch
            if self.restore_best_weights:
                self._keep(epoch)
            if self.baseline is None or self.improves(value, self.baseline):
                self.wait = 0
            return
        if self.wait >= self.patience and epoch > 0:
            self.stopped_epoch = epoch
            self.model.stop_training = True

    def _keep(self, epoch):
        self.best_weights, self.best_epoch = self.model.get_weights(), epoch

    def on_train_end(self, logs=None):
        """Put the best weights back and say so."""
        restored = self.restore_best_weights and self.best_weights is not None
        if restored:
            self.model.set_weights(self.best_weights)
        if self.verbose > 0 and self.best is not None:
            say(self._message(restored))

    def _message(self, restored):
        best = f"its best was {self.best:.5g} in epoch {self.best_epoch + 1}"
        if self.stopped_epoch > 0:
            epochs = "epoch" if self.wait == 1 else "epochs"
            baseline = "" if self.baseline is None else f" on the baseline {self.baseline:g}"
            text = (
                f"Epoch {self.stopped_epoch + 1}: early stopping, as {self.monitor} has not "
                f"improved{baseline} for {self.wait} {epochs}; {best}"
            )
        else:
            text = f"All epochs are done without early stopping by {self.monitor}; {best}"
        return text + (", whose weights are restored" if restored else "")
