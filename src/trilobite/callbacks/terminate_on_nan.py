"""An end to training that has gone wrong."""

import math

from trilobite._model.callback import Callback
from trilobite._model.progress import say


class TerminateOnNaN(Callback):
    """End training when the loss is NaN or infinite.

    `fit` does so anyway, at the very step and with the weights from before the epoch; this says
    so, and can make it an error.

    Parameters
    ----------
    raise_error : bool
        Raise a `RuntimeError`; false by default.
    """

    def __init__(self, raise_error=False):
        super().__init__()
        self.raise_error = raise_error

    def on_epoch_end(self, epoch, logs=None):
        """Look at the loss."""
        loss = (logs or {}).get("loss")
        if loss is None or math.isfinite(loss):
            return
        message = f"Epoch {epoch + 1}: the loss is {loss}, training ends"
        if self.raise_error:
            raise RuntimeError(message)
        say(message)
        self.model.stop_training = True
