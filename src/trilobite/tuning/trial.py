"""What a tool tries things on: a copy of a net, with its data, in the engine.

The engine's objects are used as they are: one copy of the network, its optimizer, and a `Training`
for each go, which begins exactly as `fit` would begin. The model itself is never touched.
"""

import numpy as np

from trilobite._checks import arrays
from trilobite._model.predictor import threads

_FOREVER = 2**40  # epochs


class Subject:
    """A copy of a net, and the rows on which it is tried.

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

    def hold_out(self, fraction, seed):
        """Keep a part of the rows for validation if none were given."""
        if self.valid is not None:
            return
        n = len(self.y)
        n_valid = int(n * fraction)
        if not 0 < n_valid < n:
            raise ValueError(f"x: got {n} rows, expected some to train on and some to validate on")
        order = np.random.default_rng(seed).permutation(n)
        self.valid = self._part(np.sort(order[:n_valid]))
        self.x, self.y, self.weights = self._part(np.sort(order[n_valid:]))

    def _part(self, rows):
        return self.x[rows], self.y[rows], None if self.weights is None else self.weights[rows]

    def cost_of(self, totals):
        """The mean cost of which these are the engine's totals."""
        return totals[0] / totals[1]

    def trial(self, batch_size, seed=None):
        """A `Trial` that begins as `fit` would, with rows in its order unless a seed is given."""
        return Trial(self, batch_size, seed)

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

    def training(self, batch_size, seed, done=0, optimizer=None):
        """A `Training` of the engine without end, after so many epochs of a trial.

        By another optimizer of the engine if one is given.
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
            epochs=_FOREVER,
            seed=self.seed if seed is None else seed,
            first_epoch=first,
            threads=self.threads(batch_size),
            optimizer=optimizer or self.optimizer,
            weights=weights,
        )
        divisors = self.divisors(n, batch_size)
        if divisors is not None:
            training.divisors = divisors
        return training

    def threads(self, batch_size):
        """As many as `fit` would take."""
        batch_size = min(batch_size, self._read[0].n_rows)
        return threads(self.net, 3 * batch_size, -(-self._read[0].n_rows // batch_size))

    def bytes(self, batch_size):
        """What a training with so many rows a step takes of the memory, or None if unknown."""
        if not hasattr(self.module, "bytes_of_training"):  # the reference
            return None
        given = self.net, self._read[0], batch_size, self.optimizer, self.threads(batch_size)
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


class Trial:
    """One training of the copy, which goes on from where it was whenever it is trained.

    Attributes
    ----------
    epochs : int
        Done so far.
    costs : list of float
        Validation costs, one for each of them.
    diverged : bool
    """

    def __init__(self, subject, batch_size, seed):
        self._subject, self._batch_size, self._seed = subject, batch_size, seed
        self._learned = subject.start
        self.epochs, self.costs, self.diverged = 0, [], False

    def _training(self):
        self._subject.learn_back(self._learned)
        return self._subject.training(self._batch_size, self._seed, self.epochs)

    def follow(self, rates, stop):
        """Do a step at each of these rates; return the cost of each, (<= n,) float64.

        They end with the first that is not finite, or where `stop`, asked now and then, says so
        of the costs so far.
        """
        training = self._training()
        training.learning_rates = rates
        status = "running"
        while status == "running" and len(costs := training.costs) < len(rates) and not stop(costs):
            status = training.run(_FOREVER)
        self._subject.check(status)
        return training.costs

    def train(self, rate, until):
        """Train at a rate until so many epochs are done, or it has diverged."""
        if self.diverged:
            return
        training, subject = self._training(), self._subject
        training.learning_rate = rate
        for goal in range(1, until - self.epochs + 1):
            status = "running"
            while status == "running":
                status = training.run(goal)
            subject.check(status)
            if status == "nonfinite":
                self.diverged = True
                return
            self.costs.append(subject.cost())
        self.epochs = until
        self._learned = subject.learned()
