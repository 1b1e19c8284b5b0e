"""The loop of `fit` where batches are made while the engine works on those before."""

from concurrent.futures import ThreadPoolExecutor

from trilobite._checks import arrays
from trilobite._model.feeding import Stock
from trilobite._model.fit import Fit

# Bytes of x that may wait for the engine, beside one batch.
_AHEAD = 1 << 23


class FedFit(Fit):
    """A `Fit` of batches that a source makes.

    They are made in this thread, where what the source raises is at home and Ctrl-C is heard; the
    engine has another one, which lives for an epoch. What was made meanwhile is checked and handed
    to it as a whole.

    Parameters
    ----------
    batches : Batches
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
        self.coming, self.other = Stock(_AHEAD), Stock(_AHEAD)  # to be fed, and what was
        self.rest = None  # a batch that goes into the next stock
        self.next = self.fed = None  # sizes of batches, examples and rows: checked, and fed
        self.error = None  # of the source, to be raised when the batches before it are used up

    by_epoch = True  # every epoch has batches of its own

    def advance(self, until):
        """As `Fit.advance`; until a batch is not finite or the source raises, too."""
        with ThreadPoolExecutor(1) as self.thread:
            self.source, self.over = self.batches.epoch(), False
            self.coming.clear()
            self.rest = None
            self._make_more(lambda: False)
            if not self._feed():
                self.status = "no_batch"
                if self.error is not None:
                    raise self.error
                if not self.batches.made:
                    raise ValueError("x: got no batch, expected at least one")
                return
            super().advance(until)

    def _make_more(self, go_on):
        """Let the source make a batch, if none is there, and others as long as `go_on()`."""
        if self.rest is not None:
            self.coming.begin(self.rest)
            self.rest = None
        while not (self.over or self.rest) and (not self.coming.sizes or go_on()):
            try:
                self._add(next(self.source))
            except StopIteration:
                self.over = True
            except Exception as error:
                self.error, self.over = error, True
        examples = self.coming.sizes and self._checked(self.coming)
        self.next = examples and (self.coming.sizes, examples, examples.read_by(self.rows))

    def _add(self, batch):
        """Add a batch to those that are coming."""
        if self.coming.add(batch):
            return
        batch = self.batches.check(*batch)
        if self.coming.add(batch):
            return
        if self.coming.sizes:
            self.rest = batch
        else:
            self.coming.begin(batch)

    def _feed(self):
        """Feed what is next; returns whether there is something."""
        if not self.next:
            return False
        sizes, _, rows = self.fed = self.next
        self.training.feed(*rows, sizes)
        self.coming, self.other = self.other, self.coming
        self.coming.clear()
        return True

    def _checked(self, stock):
        """Checked examples of a stock, which keeps the batches before the first that is wrong."""

        def check(batch=None):
            return self.batches.weigh(self.batches.check(*stock.rows(batch)))

        try:
            return check()
        except Exception as error:
            self.error, self.over, self.rest = error, True, None
        for number in range(len(stock.sizes)):
            try:
                check(number)
            except Exception as error:
                self.error = error
                break
        stock.keep(number)
        return number and check()

    def _run(self, until):
        training = self.training
        step = training.step
        self.working = True
        working = self.thread.submit(self._work, super()._run, until)
        self._make_more(lambda: self.working and not self.each_step)
        working.result()
        if self.status == "bad_input":
            training.restore()
            raise self._nonfinite()
        if self.status != "running" or training.batches_left or self._feed():
            return
        if self.error is None:
            with self.model.writing():
                self.status = training.end_epoch()
                self.count_epochs()
        else:
            if self.each_step:
                self.hooks.call("on_train_batch_end", step, self._logs())
            raise self.error

    def _work(self, run, until):
        """What the other thread does."""
        try:
            run(until)
        finally:
            self.working = False

    def _steps_known(self):
        return self.training.batches_left

    def _nonfinite(self):
        """The error for what is not finite in the batches that were fed."""
        sizes, examples, (x, *_) = self.fed
        row, _ = x.find_nonfinite() or (0, 0)  # or finite until it was rescaled
        begins = 0
        for rows in sizes:
            if row < begins + rows:
                break
            begins += rows
        return arrays.nonfinite("x", examples.x, x, -begins)
