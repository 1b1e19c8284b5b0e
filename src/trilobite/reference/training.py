"""Epochs of mini-batch gradient descent."""

import math
from itertools import accumulate
from time import perf_counter

import numpy as np

from trilobite.reference import sampling
from trilobite.reference.batch import Batch
from trilobite.reference.optimizers import Optimizer
from trilobite.reference.stages import move_statistics


class Training:
    """Mini-batch gradient descent.

    The cost of a step is the mean over the rows of its batch, each times the weight of the row.
    Every epoch takes each row once; its last batch may be smaller.

    Parameters
    ----------
    net : Network, compiled
    x, y : Rows
        y has one column, of class indices, for a cost of those, otherwise net.n_out columns.
    batch_size, epochs, seed, first_epoch : int
    shuffle : bool
        Epoch e takes the rows in the order permutation(n, seed, first_epoch + e), or as they lie.
        Of blocks the order is permutation(n, ..., block_rows, blocks_at_once).
    threads : int
        Of the engine; here NumPy's BLAS decides.
    optimizer : Optimizer, optional
        Of this network; default w <- w - learning_rate * dw.
    weights : Rows, optional
        One column: a weight for each row of x.
    divisors : array, attribute
        For each step of an epoch what the sum of its costs and the penalties, added once, are
        divided by; None: the sum by the rows, the penalties not at all.
    permutation, dropout_mask, normal_noise : callable, optional
        In place of those of `sampling`. Stage s of the network keeps the units where
        dropout_mask(seed, first_epoch + epoch, step of the epoch, s, n_rows, n_columns, rate).
    """

    def __init__(
        self,
        net,
        x,
        y,
        batch_size=32,
        epochs=1,
        seed=0,
        first_epoch=0,
        shuffle=True,
        threads=1,
        optimizer=None,
        weights=None,
        block_rows=0,
        blocks_at_once=1,
        permutation=sampling.permutation,
        dropout_mask=sampling.dropout_mask,
        normal_noise=sampling.normal_noise,
    ):
        self.net, self.x, self.y, self.weights = net, x, y, weights
        self.batch_size, self.epochs, self.first_epoch = batch_size, epochs, first_epoch
        self.seed, self.shuffle = seed, shuffle
        self.blocks = (block_rows, blocks_at_once) if block_rows else ()
        self.permutation, self.dropout_mask = permutation, dropout_mask
        self.normal_noise = normal_noise
        self.optimizer = optimizer or Optimizer(net, "sgd")
        self.learning_rate, self.divisors, self._costs = 0.01, None, None
        self.steps_per_epoch = -(-x.n_rows // batch_size)
        self.epoch = self.step = self.rows_done = 0
        self._fed = None
        n_totals = 2 + sum(net.sizes)
        self.history, self._totals = np.empty((0, n_totals)), np.zeros(n_totals)
        self._next_order = self._failure = None
        self._keep()
        self._batches = {}  # by their rows

    @property
    def learning_rate(self):
        """The rate of the next steps, or of the last step if `learning_rates` was set."""
        return self._learning_rate

    @learning_rate.setter
    def learning_rate(self, value):
        self._learning_rate, self._rates = float(value), None

    @property
    def learning_rates(self):
        """Rates of the next steps, one each, those that are left; None after `learning_rate`."""
        return None if self._rates is None else np.array(self._rates[::-1])

    @learning_rates.setter
    def learning_rates(self, values):
        self._rates, self._costs = np.asarray(values, np.float64).tolist()[::-1], []

    @property
    def costs(self):
        """The mean cost of each step begun since `learning_rates` was set, before it changed the
        weights; None before the first time.
        """
        return None if self._costs is None else np.array(self._costs)

    def run(self, until_epoch, seconds=0.05, steps=0):
        """Train until `until_epoch` epochs are finished, `seconds` are over or `steps` steps done.

        Returns "running" (at least one step is done, unless `learning_rates` are used up), "epoch"
        (until_epoch is reached), or, until `restore`, "nonfinite" (the cost of a step or the
        parameters after an epoch, or after `steps` steps, are not finite; that step counts in
        `totals`) or "bad_input" (x has a NaN or an infinity).
        """
        end = perf_counter() + seconds
        until_epoch, done = min(until_epoch, self.epochs), 0
        if self.epoch < until_epoch and self._failure:
            return self._failure
        with np.errstate(all="ignore"):
            while self.epoch < until_epoch and self._rates != [] and self._fed != []:
                status = self._step()
                if status in ("nonfinite", "bad_input"):
                    self._failure = status
                    return status
                done += 1
                if done == steps or perf_counter() >= end:
                    break
        if self.epoch >= until_epoch:
            return "epoch"
        if steps and not self._is_finite():
            self._failure = "nonfinite"
        return self._failure or "running"

    def _step(self):
        net, start, weights = self.net, self.rows_done, self.weights
        if start == 0:
            self._start_epoch()
        if self._fed is None:
            rows = slice(start, min(start + self.batch_size, self.x.n_rows))
        else:
            rows = self._fed.pop()
        n = rows.stop - rows.start
        if n not in self._batches:
            self._batches[n] = Batch(net, n, net.cost_activates, training=True)
        batch = self._batches[n]
        if self._order is not None and self._fed is None:
            rows = self._order[rows]
        if weights is None:
            batch.w = None  # of another batch
        if not batch.read(rows, self.x, self.y, weights):
            return "bad_input"
        at = self.seed, self.first_epoch + self.epoch, self.step
        for s, mask, rate in batch.masks:
            np.copyto(mask, self.dropout_mask(*at, s, *mask.shape, rate))
        for s, normal in batch.normals:
            np.copyto(normal, self.normal_noise(*at, s, *normal.shape))
        net.forward(batch)
        divisor = batch.n
        if self.divisors is not None:
            divisor, batch.penalties = self.divisors[self.step], 1
        totals = net.cost_and_metrics(batch)
        totals[0] *= batch.n / divisor
        self._totals += totals
        rate = self._learning_rate
        if self._rates is not None:
            self._costs.append(totals[0] / batch.n)
            rate = self._rates.pop()
        self.step += 1
        self.rows_done += batch.n
        if not math.isfinite(totals[0]):
            return "nonfinite"
        for moving, of_batch, momentum in batch.statistics:
            move_statistics(moving, of_batch, momentum)
        self._learning_rate = rate
        if batch.backward:
            net.backward(batch)
            self.optimizer.step(self._learning_rate, divisor)
            net.constrain()
        done = self._fed is None and self.step == self.steps_per_epoch
        return self.end_epoch() if done else None

    def _start_epoch(self):
        self._keep()
        self._totals.fill(0)
        self._order, self._next_order = self._next_order, None
        if self._order is None and self.shuffle:
            at = self.x.n_rows, self.seed, self.first_epoch + self.epoch
            self._order = self.permutation(*at, *self.blocks)

    def feed(self, x, y, weights, sizes):
        """Take the rows of the next steps from here, so many each, one behind the other.

        When they are used up `run` returns "running"; an epoch ends where `end_epoch` says so.
        """
        self.x, self.y, self.weights, ends = x, y, weights, accumulate(sizes)
        self._fed = [slice(end - n, end) for n, end in zip(sizes, ends, strict=True)][::-1]

    @property
    def batches_left(self):
        """How many steps of those given to `feed` are not done."""
        return len(self._fed or ())

    def end_epoch(self):
        """End an epoch; returns "epoch" or "nonfinite", as `run` does."""
        if not self._is_finite():
            self._failure = "nonfinite"
            return "nonfinite"
        self.history = np.vstack([self.history, self._totals])
        self.epoch += 1
        self.step = self.rows_done = 0
        return "epoch"

    def _is_finite(self):
        return bool(np.isfinite(self.net.parameters).all())

    def _keep(self):
        self._before = self.net.parameters.copy(), self.optimizer.snapshot()

    def totals(self):
        """Sums over the rows of the epoch under way, or just finished, as `Network.evaluate`'s."""
        return self._totals.copy()

    def restore(self):
        """Put everything back to before the epoch under way, which then begins anew."""
        parameters, optimizer = self._before
        np.copyto(self.net.parameters, parameters)
        self.optimizer.restore(optimizer)
        self._fed = self._fed and []
        self._failure = None
        self.step = self.rows_done = 0

    def set_order(self, order):
        """Take the rows of the next epoch to start in this order, n indices."""
        self._next_order = order
