"""One training of what a tool tries things on."""

FOREVER = 2**40  # epochs


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
        self._learned, self._orders = subject.start, subject.orders(seed)
        self.epochs, self.costs, self.diverged = 0, [], False

    def _training(self):
        self._subject.learn_back(self._learned)
        drawn = self._orders is None  # by the engine
        return self._subject.training(self._batch_size, self._seed, self.epochs, shuffle=drawn)

    def _epoch(self, training, status):
        """Train on towards the end of the epoch, of a new one after "epoch"; the status then."""
        if status == "epoch" and self._orders is not None:
            size = min(self._batch_size, len(self._subject.y))
            self._subject.begin_epoch(training, next(self._orders), size)
        return training.run(training.epoch + 1)

    def follow(self, rates, stop):
        """Do a step at each of these rates; return the cost of each, (<= n,) float64.

        They end with the first that is not finite, or where `stop`, asked now and then, says so
        of the costs so far.
        """
        training = self._training()
        training.learning_rates = rates
        status = "epoch"
        while status in ("running", "epoch"):
            if len(costs := training.costs) >= len(rates) or stop(costs):
                break
            status = self._epoch(training, status)
        self._subject.check(status)
        return training.costs

    def train(self, rate, until):
        """Train at a rate until so many epochs are done, or it has diverged."""
        if self.diverged:
            return
        training, subject = self._training(), self._subject
        training.learning_rate = rate
        for _ in range(until - self.epochs):
            status = self._epoch(training, "epoch")
            while status == "running":
                status = self._epoch(training, status)
            subject.check(status)
            if status == "nonfinite":
                self.diverged = True
                return
            self.costs.append(subject.cost())
        self.epochs = until
        self._learned = subject.learned()
