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
    given : tuple
        x and the engine's `Rows` of it, for messages.
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
        self.stop = None  # an Event, set where the training is to end at once
        self.results = None  # of the epochs that the engine runs by itself
        self.begun, self.network = model.epochs_begun, model.network

    @property
    def by_epoch(self):
        """Whether something needs Python between two epochs."""
        return bool(
            self.each_step
            or self.validate
            or self.progress.verbose
            or self.hooks.serves("on_epoch_begin", "on_epoch_end")
        )

    def run(self):
        """Train all epochs; return the logs of the last one."""
        return run_all([self], _advance_alone)[0]

    def begin_all(self):
        """Nothing needs Python between two epochs: the engine is to run many in one go."""
        self.results = []

    def end_all(self):
        """Record the epochs that it has run; return the logs of the last one."""
        history = self.history
        self.take_results()
        if done := len(self.results):
            columns = zip(*self.results, strict=True)
            columns = dict(zip(self.measures.names, map(list, columns), strict=True))
            history.record(self.epochs[:done], columns)
        if self.status == "nonfinite":
            history.on_epoch_end(self.epochs[done], self._diverged())
        return {name: values[-1] for name, values in history.history.items()}

    def end_epoch(self, epoch):
        """End an epoch that the engine has run; return its logs, and whether to go on."""
        diverged = self.status == "nonfinite"
        logs = self._diverged() if diverged else self._logs()
        if self.validate:
            logs |= self.validate(epoch, diverged)
        self.history.ending = epoch, logs
        self.hooks.call("on_epoch_end", epoch, logs)
        return logs, not (diverged or self.model.stop_training)

    def prepare(self):
        """Let the engine know what it needs to go on, if it is to."""
        if self.stop is not None and self.stop.is_set():
            raise KeyboardInterrupt
        if self.model.network is not self.network:
            raise RuntimeError("layers were added or taken away while the model was trained")
        self._set_learning_rate()

    def advance(self, until):
        """Train until `until` epochs are finished, something is not finite or a hook says stop."""
        training, model = self.training, self.model
        begun = None
        while True:
            done, step = training.epoch, training.step
            if self.each_step and (done, step) != begun:
                self.hooks.call("on_train_batch_begin", step, {})
                begun = done, step
            self.prepare()
            if model.stop_training:  # set by another thread: end with this epoch
                until = min(until, done + 1)
            self._run(until)
            if self.results is not None:
                self.take_results()
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

    def take_results(self):
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


def _advance_alone(fits, until):
    for fit in fits:
        fit.advance(until)


def run_all(fits, advance):
    """Train all epochs of fits that have as many of them; return the logs of the last one of each.

    Parameters
    ----------
    fits : list of Fit
        All `by_epoch` or none.
    advance : callable
        Given those that go on, and how many epochs are to be finished then.
    """
    epochs, logs, going = fits[0].epochs, [{} for _ in fits], list(range(len(fits)))
    if not epochs:
        return logs
    if not fits[0].by_epoch:
        for fit in fits:
            fit.begin_all()
        try:
            advance(fits, len(epochs))
        finally:
            logs = [fit.end_all() for fit in fits]
        return logs
    for done, epoch in enumerate(epochs):
        for k in going:
            fits[k].hooks.call("on_epoch_begin", epoch, {})
        advance([fits[k] for k in going], done + 1)
        for k in list(going):
            on = fits[k].status not in ("bad_input", "no_batch")
            if on:
                logs[k], on = fits[k].end_epoch(epoch)
            if not on:
                going.remove(k)
        if not going:
            break
    return logs
