"""The loop of `fit`: the engine runs, Python comes up for air, callbacks are served."""

import math

# Learning rates that a schedule is asked for at a time: few calls, and soon enough used up.
_RATES = 1024


class Fit:
    """One `fit`.

    Parameters
    ----------
    model : Sequential
    training : Training
        The engine's, for ``len(epochs)`` epochs.
    measures : Measures
        What the totals in its history mean.
    epochs : range
        Numbers of the epochs, counted from 0.
    steps : int or None
        In an epoch, if that is known.
    hooks : CallbackList
    history : History
    progress : Progress
    validate : callable or None
        Number of an epoch, whether it diverged -> dict of validation results, empty if it is not
        its turn.

    Attributes
    ----------
    status : str
        What the engine returned last: "epoch" if all is well.
    """

    def __init__(
        self, model, training, measures, epochs, steps, hooks, history, progress, validate
    ):
        self.model, self.training, self.measures = model, training, measures
        self.optimizer, self.state = model.optimizer, model.optimizer.state
        self.epochs, self.steps = epochs, steps
        self.hooks, self.history, self.progress = hooks, history, progress
        self.validate = validate
        self.each_step = hooks.serves("on_train_batch_begin", "on_train_batch_end")
        self.status = "epoch"
        self.results = None  # of the epochs that the engine runs by itself
        self.begun, self.network = model.epochs_begun, model.network

    def run(self):
        """Train all epochs; return the logs of the last one."""
        if not self.epochs:
            return {}
        each_epoch = (
            self.each_step
            or self.validate
            or self.progress.verbose
            or self.hooks.serves("on_epoch_begin", "on_epoch_end")
        )
        return self._each_epoch() if each_epoch else self._all_epochs()

    def _all_epochs(self):
        """Nothing needs Python between two epochs: the engine runs many in one go."""
        history, self.results = self.history, []
        try:
            self._advance(len(self.epochs))
        finally:
            self._take_results()
            if done := len(self.results):
                columns = zip(*self.results, strict=True)
                columns = dict(zip(self.measures.names, map(list, columns), strict=True))
                history.record(self.epochs[:done], columns)
        if self.status == "nonfinite":
            history.on_epoch_end(self.epochs[done], self._diverged())
        return {name: values[-1] for name, values in history.history.items()}

    def _each_epoch(self):
        logs = {}
        for done, epoch in enumerate(self.epochs):
            self.hooks.call("on_epoch_begin", epoch, {})
            self._advance(done + 1)
            if self.status in ("bad_input", "no_batch"):
                break
            diverged = self.status == "nonfinite"
            logs = self._diverged() if diverged else self._logs()
            if self.validate:
                logs |= self.validate(epoch, diverged)
            self.history.ending = epoch, logs
            self.hooks.call("on_epoch_end", epoch, logs)
            if diverged or self.model.stop_training:
                break
        return logs

    def _advance(self, until):
        """Train until `until` epochs are finished, something is not finite or a hook says stop."""
        training, model = self.training, self.model
        begun = None
        while True:
            done, step = training.epoch, training.step
            if self.each_step and (done, step) != begun:
                self.hooks.call("on_train_batch_begin", step, {})
                begun = done, step
            if model.network is not self.network:
                raise RuntimeError("layers were added or taken away while the model was trained")
            self._set_learning_rate()
            if model.stop_training:  # set by another thread: end with this epoch
                until = min(until, done + 1)
            self._run(until)
            if self.results is not None:
                self._take_results()
            if self.status == "running" and (training.epoch, training.step) == begun:
                continue  # a step so long that it pauses for Ctrl-C
            if self.status == "bad_input":
                training.restore()
            elif self.each_step and self.status != "nonfinite":
                self.hooks.call("on_train_batch_end", step, self._logs())
            if self.status != "running" or (self.each_step and model.stop_training):
                return
            if self.progress.watched:
                self.progress.update(training.rows_done, self._logs())

    def _run(self, until):
        """Let the engine train for a while, or a step."""
        with self.model.writing():
            self.status = self.training.run(until, steps=int(self.each_step))
            self.count_epochs()

    def count_epochs(self):
        """Tell the model how many epochs are begun: what decides the order of the next one."""
        self.model.epochs_begun = self.begun + self.training.epoch + (self.training.step > 0)

    def _set_learning_rate(self):
        """Tell the engine the learning rate, or those of the next steps, not beyond the last."""
        training, optimizer = self.training, self.optimizer
        if optimizer.schedule is None:
            training.learning_rate = optimizer.learning_rate
            return
        n = 1 if self.each_step else min(self._steps_known(), _RATES)
        training.learning_rates = optimizer.rates(self.state.iterations, n)

    def _steps_known(self):
        """How many steps are to come."""
        done = self.training.epoch * self.steps + self.training.step
        return len(self.epochs) * self.steps - done

    def _take_results(self):
        """Loss and metrics of the epochs that the last run has finished."""
        if new := self.training.epoch - len(self.results):
            self.results += [
                tuple(self.measures.results(totals).values())
                for totals in self.training.history[-new:]
            ]

    def _logs(self):
        """Loss and metrics of the epoch just finished, or so far of that under way."""
        return self.measures.results(self.training.totals())

    def _diverged(self):
        """Put the finite weights back; return what the history says of this epoch."""
        loss = self.measures.loss(self.training.totals())
        self.training.restore()
        self.model.stop_training = True
        logs = dict.fromkeys(self.measures.names, math.nan)
        return logs if math.isfinite(loss) else logs | {"loss": loss}
