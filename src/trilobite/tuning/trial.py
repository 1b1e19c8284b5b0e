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
            status = training.run(FOREVER)
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
