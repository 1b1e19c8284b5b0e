"""The loop of `fit` where batches are made while the engine works on those before."""

from concurrent.futures import ThreadPoolExecutor

from trilobite._checks import arrays
from trilobite._model.feeding import Room
from trilobite._model.fit import Fit

# Bytes of x that may wait for the engine, beside one batch.
_AHEAD = 1 << 22


class FedFit(Fit):
    """A `Fit` of batches that a source makes.

    They are made in this thread, where what the source raises is at home and Ctrl-C is heard; the
    engine has another one, which lives for an epoch.

    Parameters
    ----------
    batches : Batches
        Of `Examples`.
    rows : callable
        The engine's `Rows`.
    model, training, ...
        See `Fit`.

    Attributes
    ----------
    status : str
        "no_batch" if the source has none for an epoch, otherwise as in `Fit`.
    """

    def __init__(self, batches, rows, *args, **named):
        super().__init__(*args, **named)
        self.batches, self.rows = batches, rows
        self.fed, self.coming = (), []  # to the engine; made and not yet fed
        self.waiting = 0  # bytes of x in those
        self.rooms = Room(2 * _AHEAD), Room(2 * _AHEAD)  # for those, and for what the engine has
        batches.copy = self.rooms[0].copy
        self.error = None  # of the source, to be raised when the batches before it are used up

    def run(self):
        """Train all epochs; return the logs of the last one."""
        return self._each_epoch() if self.epochs else {}

    def _advance(self, until):
        with ThreadPoolExecutor(1) as self.thread:
            self.source, self.over = self.batches.epoch(), False
            self._make_more(lambda: False)
            if not self.coming:
                self.status = "no_batch"
                if self.error is not None:
                    raise self.error
                if not self.batches.made:
                    raise ValueError("x: got no batch, expected at least one")
                return
            self._feed()
            super()._advance(until)

    def _feed(self):
        self.fed, self.coming, self.waiting = self.coming, [], 0
        self.rooms = self.rooms[::-1]
        self.rooms[0].taken = 0
        self.batches.copy = self.rooms[0].copy
        self.training.feed([rows for _, rows in self.fed])

    def _make_more(self, go_on):
        """Let the source make a batch, if none is there, and others as long as `go_on()`."""
        while not self.over and (not self.coming or go_on()):
            try:
                batch = next(self.source)
                self.coming.append((batch, batch.read_by(self.rows)))
                self.waiting += batch.x.nbytes
            except StopIteration:
                self.over = True
            except Exception as error:
                self.error, self.over = error, True

    def _run(self, until):
        training = self.training
        step = training.step
        working = self.thread.submit(super()._run, until)
        most = 0 if self.each_step else _AHEAD
        self._make_more(lambda: self.waiting < most and not working.done())
        working.result()
        if self.status == "bad_input":
            training.restore()
            raise self._nonfinite()
        if self.status != "running" or training.batches_left:
            return
        if self.coming:
            self._feed()
        elif self.error is None:
            with self.model.writing():
                self.status = training.end_epoch()
                self.count_epochs()
        else:
            if self.each_step:
                self.hooks.call("on_train_batch_end", step, self._logs())
            raise self.error

    def _steps_known(self):
        return self.training.batches_left

    def _nonfinite(self):
        """The error for what is not finite in the batches that were fed."""
        for batch, (x, *_) in self.fed:
            if x.find_nonfinite():
                return arrays.nonfinite("x", batch.x, x)
        return arrays.nonfinite("x", batch.x, x)  # finite until it was rescaled
