"""How the learning rate goes on, and when training ends.

The rate is steady until the validation cost has not got better for a while, or until the last part
of the epochs. Then training goes back to the best weights, and the rate falls to 0: what bounced
about a minimum settles there, and what began to overfit has lost only that while.
"""

import math

# Parts of the epochs: without a better cost, and of the fall. Over the 34 tabular tasks of
# tests/learning_tasks.py the mean ratio of the validation cost to the best of a grid of 25 steady
# rates was 1.015; with a fall of a tenth 1.023, of three tenths 1.027, without going back 1.031;
# with half a cosine from the first epoch on 1.057, with a steady rate 1.061.
_WAIT = _FALL = 0.2


class Cooling:
    """The rates of one training, epoch by epoch, by what its validation costs are.

    Parameters
    ----------
    rate : float
    epochs : int
        At most.

    Attributes
    ----------
    best, best_epoch : float, int
        The least cost so far, and the number of its epoch, from 0; -1 before there is one.
    begins : int or None
        The first epoch of the fall.
    back, from_epoch : bool, int
        Whether it begins with the weights of an earlier epoch, and which it begins with.
    over : bool
        Whether the rate has fallen to the end.
    ran_out : bool
        Whether the fall began because the epochs were over, not for want of a better cost.
    """

    def __init__(self, rate, epochs):
        self._rate, self._epochs = rate, epochs
        self.wait, self.fall = (max(1, round(part * epochs)) for part in (_WAIT, _FALL))
        self.best, self.best_epoch, self.begins = math.inf, -1, None
        self.back, self.from_epoch, self.over, self.ran_out = False, -1, False, False

    def rate(self, epoch):
        """The rate of an epoch: ``rate (1 - (k + 1/2) / fall)`` in the k-th of the fall."""
        if self.begins is None:
            return self._rate
        return self._rate * (1 - (epoch - self.begins + 0.5) / self.fall)

    def end(self, epoch, cost):
        """What follows from an epoch's cost.

        Returns
        -------
        better, back, stops : bool
            It is the best; the best weights are to be taken back; training is over.
        """
        better = cost < self.best
        if better:
            self.best, self.best_epoch = cost, epoch
        waited, done = epoch - self.best_epoch, epoch + 1
        falls = self.begins is None and (waited >= self.wait or done >= self._epochs - self.fall)
        if falls:
            self.begins, self.ran_out = done, waited < self.wait
            self.back = not better and self.best_epoch >= 0
            self.from_epoch = self.best_epoch
        self.over = self.begins is not None and done - self.begins >= self.fall
        return better, falls and self.back, self.over
