"""Who is told of each epoch: callables given to `fit`, and scikit-learn's callbacks (from 1.9)."""

import copy

import numpy as np

try:
    from sklearn.callback import CallbackSupportMixin
except ImportError:  # before 1.9

    class CallbackSupportMixin:
        """scikit-learn has no callbacks."""


# Parameters that a callback may set: what the next epoch does by them.
LIVE = {"learning_rate_init", "max_iter", "n_iter_no_change", "tol", "verbose"}


class Watch:
    """The callbacks of one `fit`; true if there are any.

    Parameters
    ----------
    estimator : Perceptron
    X, y, sample_weight
        As they were given, for a callback that scores the estimator with them.
    callbacks : list of callable, optional
        Called after each epoch with the estimator, whose weights are those of that epoch; one that
        returns True ends the training.
    epochs : int
        At most; 0 if there are none to be told of.
    """

    def __init__(self, estimator, X, y, sample_weight, callbacks, epochs):
        if callbacks is not None and not isinstance(callbacks, (list, tuple)):
            raise TypeError(f"callbacks: {callbacks!r} given; expected a list of callables")
        self.estimator, self.callbacks = estimator, list(callbacks or ())
        for callback in self.callbacks:
            if not callable(callback):
                raise TypeError(f"callbacks: {callback!r} given; expected callables")
        metadata = None if sample_weight is None else {"sample_weight": sample_weight}
        self.data = {"estimator": estimator, "X": X, "y": y, "metadata": metadata}
        self.parameters = self._parameters()
        self.fit = self.epoch = None
        if getattr(estimator, "_skl_callbacks", None):
            self.fit = estimator._init_callback_context(max_subtasks=epochs)
            self.fit.call_on_fit_task_begin(**self.data)

    def begin(self):
        """An epoch begins."""
        if self.fit:
            self.epoch = self.fit.subcontext(task_name="epoch")
            self.epoch.call_on_fit_task_begin(**self.data)

    def __bool__(self):
        return bool(self.fit or self.callbacks)

    def end(self):
        """An epoch is over, its weights are in the estimator; whether to stop."""
        stop = [callback(self.estimator) for callback in self.callbacks]
        if self.fit:
            stop.append(
                self.epoch.call_on_fit_task_end(
                    **self.data, reconstruction_attributes=self._attributes
                )
            )
        self._check_parameters()
        return any(stop)

    def _parameters(self):
        return {name: getattr(self.estimator, name) for name in self.estimator._get_param_names()}

    def _check_parameters(self):
        """Raise ValueError unless what a callback has set can count from the next epoch on."""
        now = self._parameters()
        changed = {n for n in now if not np.array_equal(now[n], self.parameters[n])}
        if fixed := changed - LIVE:
            raise ValueError(
                f"callbacks: {', '.join(sorted(fixed))} set during fit; expected some of "
                f"{', '.join(sorted(LIVE))}"
            )
        if changed:
            self.estimator._validate_params()

    def close(self):
        """The fit is over."""
        if self.fit:
            self.fit.call_on_fit_task_end(**self.data, reconstruction_attributes=self._attributes)

    def _attributes(self):
        """A copy of what makes the estimator fitted."""
        return {
            name: copy.deepcopy(value)
            for name, value in vars(self.estimator).items()
            if name == "_label_binarizer" or (name.endswith("_") and not name.startswith("_"))
        }
