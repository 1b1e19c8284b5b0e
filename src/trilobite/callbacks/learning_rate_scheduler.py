"""A learning rate for each epoch from a function."""

import numpy as np

from trilobite._model.callback import Callback
from trilobite._model.progress import say


class LearningRateScheduler(Callback):
    """Ask a function for the learning rate before each epoch.

    The learning rate of each epoch is recorded in the history as "learning_rate".

    Parameters
    ----------
    schedule : callable
        ``schedule(epoch, learning_rate)``, or ``schedule(epoch)``: number of the epoch from 0 and
        the rate so far -> float.
    verbose : {0, 1}
        1: say the new rate.
    """

    def __init__(self, schedule, verbose=0):
        super().__init__()
        self.schedule, self.verbose = schedule, verbose

    def on_epoch_begin(self, epoch, logs=None):
        """Set the rate."""
        optimizer = self.model.optimizer
        if _takes_two(self.schedule):
            rate = self.schedule(epoch, float(optimizer.learning_rate))
        else:
            rate = self.schedule(epoch)
        if not isinstance(rate, (float, np.floating)):
            kind = type(rate).__name__
            raise ValueError(f"schedule: got {rate!r} ({kind}) for epoch {epoch}, expected a float")
        optimizer.learning_rate = float(rate)
        if self.verbose > 0:
            say(f"Epoch {epoch + 1}: the learning rate is set to {rate:g}")

    def on_epoch_end(self, epoch, logs=None):
        """Record the rate."""
        if logs is not None:
            logs["learning_rate"] = float(self.model.optimizer.learning_rate)


def _takes_two(schedule):
    from inspect import signature  # here: it takes a while to import

    try:
        signature(schedule).bind(0, 0.0)
    except TypeError:
        return False
    except ValueError:  # a builtin that does not say
        return True
    return True
