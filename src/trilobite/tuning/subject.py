"""What a tool tries things on: a copy of a net, with its data, in the engine.

The engine's objects are used as they are: one copy of the network, its optimizer, and a `Training`
for each go, which begins exactly as `fit` would begin. The model itself is never touched.
"""

import numpy as np

from trilobite._checks import arrays
from trilobite._model.predictor import threads
from trilobite.tuning.rows import held_out, part
from trilobite.tuning.trial import FOREVER, Trial


class Subject:
    """A copy of a net, and the rows on which it is tried: what models and estimators share.

    What is derived from it makes the attributes, and has ``rows(array)``, the engine's `Rows`, and
    ``divisors(n, batch_size)``, what the engine is to divide the costs of each step by, or None.
    Where `fit` does not leave the order of the rows to the engine, it has `orders`, and
    ``begin_epoch(training, order, batch_size)``.

    Attributes
    ----------
    module : of the engine, for the net's dtype
    net, optimizer : Network and Optimizer of the engine
    seed, first_epoch : int
        What decides the order of the rows and what is dropped, as in the next `fit`.
    x, y, weights : ndarray
        Rows, targets and weights of the rows, as `module.Rows` takes them; weights may be None.
    valid : tuple of ndarray
        The same of the rows that are validated on, or None: there are none yet.
    batch_size, rate : int, float
        What `fit` would take.
    """

    def hold_out(self):
        """Keep a part of the rows for validation if none were given."""
        if self.valid is None:
            train, valid = held_out(len(self.y))
            given = self.x, self.y, self.weights
            self.valid = part(valid, *given)
            self.x, self.y, self.weights = part(train, *given)

    def cost_of(self, totals):
        """The mean cost of which these are the engine's totals."""
        return totals[0] / totals[1]

    def trial(self, batch_size, seed=None):
        """A `Trial` that begins as `fit` would, with rows in its order unless a seed is given."""
        return Trial(self, batch_size, seed)

    def orders(self, seed):
        """An iterator of what `begin_epoch` takes, or None: the engine draws them."""

    def begin(self):
        """Take what was learned as where every `Trial` begins."""
        self.start = self.learned()
        self._read = [None if a is None else self.rows(a) for a in (self.x, self.y, self.weights)]
        self._valid_read = self.valid and [None if a is None else self.rows(a) for a in self.valid]

    def learned(self):
        """What training has changed, for `learn_back`."""
        return self.net.snapshot(), self.optimizer.snapshot()

    def learn_back(self, learned):
        """Be as when that was `learned`."""
        weights, state = learned
        self.net.restore(weights)
        self.optimizer.restore(state)

    def training(self, batch_size, seed, done=0, optimizer=None, shuffle=True):
        """A `Training` of the engine without end, after so many epochs of a trial.

        By another optimizer of the engine if one is given; without `shuffle` in whatever order it
        is told.
        """
        x, y, weights = self._read
        n = x.n_rows
        batch_size = min(batch_size, n)
        first = done if seed is not None else self.first_epoch + done
        training = self.module.Training(
            self.net,
            x,
            y,
            batch_size=batch_size,
            epochs=FOREVER,
            shuffle=shuffle,
            seed=self.seed if seed is None else seed,
            first_epoch=first,
            threads=self.n_threads(batch_size),
            optimizer=optimizer or self.optimizer,
            weights=weights,
        )
        divisors = self.divisors(n, batch_size)
        if divisors is not None:
            training.divisors = divisors
        return training

    def n_threads(self, batch_size):
        """As many as `fit` would take."""
        batch_size = min(batch_size, self._read[0].n_rows)
        return threads(self.net, 3 * batch_size, -(-self._read[0].n_rows // batch_size))

    def n_bytes(self, batch_size):
        """What a training with so many rows a step takes of the memory, or None if unknown."""
        if not hasattr(self.module, "bytes_of_training"):  # the reference
            return None
        given = self.net, self._read[0], batch_size, self.optimizer, self.n_threads(batch_size)
        return self.module.bytes_of_training(*given) + self.module.bytes_of_transposed(self.net)

    def cost(self):
        """The validation cost now; infinite where it is not finite."""
        x, y, weights = self._valid_read
        totals = self.net.evaluate(x, y, threads(self.net, x.n_rows), weights)
        if totals is None:
            raise arrays.nonfinite("validation_data's x", self.valid[0], x)
        cost = self.cost_of(totals)
        return float(cost) if np.isfinite(cost) else np.inf

    def check(self, status):
        """Raise the error of x where the engine says that it is not finite."""
        if status == "bad_input":
            raise arrays.nonfinite("x", self.x, self._read[0])

    def require_finite(self, status):
        """Raise an error also where the engine says that a cost or the weights are not finite."""
        self.check(status)
        if status == "nonfinite":
            raise ValueError(
                "x, y: got a cost or a gradient that is not finite, expected rows that are scaled"
            )
