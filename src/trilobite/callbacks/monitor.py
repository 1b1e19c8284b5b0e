"""What callbacks that watch one number have: which way is better, and whether it got better."""

import math

from trilobite._checks.numbers import real
from trilobite._checks.warned import warn
from trilobite._model.callback import Callback


class Monitor(Callback):
    """Base of the callbacks that watch one of the numbers in `logs`.

    Parameters
    ----------
    monitor : str
        Its name: "val_loss", "accuracy", ...
    mode : {"auto", "min", "max"}
        Which is better, less or more; "auto": as the metric of that name says.
    min_delta : float
        What it must be better by.
    best : float, optional
        What it must be better than at first.
    """

    def __init__(self, monitor, mode, min_delta=0, best=None):
        super().__init__()
        if mode not in ("auto", "min", "max"):
            warn(
                f"mode: got {mode!r}, expected 'auto', 'min' or 'max'; 'auto' is taken",
            )
            mode = "auto"
        self.monitor, self.mode = monitor, mode
        self.min_delta = abs(real("min_delta", min_delta))
        self.best = best

    def direction(self):
        """Which is better, "min" or "max".

        Raises
        ------
        ValueError
            The mode is "auto" and no metric has the name.
        """
        if self.mode != "auto":
            return self.mode
        name = self.monitor.removeprefix("val_")
        if name == "loss":
            return "min"
        directions = self.model.metric_directions()
        if name not in directions:
            raise ValueError(
                f"monitor: got {self.monitor!r}, which is no metric of the model, so that "
                f"{type(self).__name__} cannot know what is better; expected mode='min' or "
                f"mode='max', or one of {', '.join(map(repr, ['loss', *directions]))}"
            )
        return directions[name]

    def improves(self, value, on):
        """Whether `value` is better than `on` by more than `min_delta`.

        A finite one is better than None; one that is NaN or infinite is never better.
        """
        direction = self.direction()
        if not math.isfinite(value):
            return False
        if on is None:
            return True
        if direction == "min":
            return bool(value + self.min_delta < on)
        return bool(value - self.min_delta > on)

    def watched(self, logs):
        """The number in `logs`; None, and a warning, if it is not there."""
        self.direction()  # an unknown name is an error from the first epoch on
        value = (logs or {}).get(self.monitor)
        if value is None:
            warn(
                f"monitor: got {self.monitor!r}, which {type(self).__name__} does not find, "
                f"expected one of {', '.join(map(repr, logs or {}))}",
            )
        return value
