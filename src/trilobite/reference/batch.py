"""A batch of rows on its way through a network."""

from functools import partial

import numpy as np

from trilobite.reference import stages
from trilobite.reference.costs import smooth_labels
from trilobite.reference.own import activation_of


class Batch:
    """n rows: their buffers, and the calls that take them through a network.

    Parameters
    ----------
    net : Network
    n : int
    cost_activates : bool
        The cost applies the last activation itself.
    training : bool
        Dropout is on, the statistics of batch normalization are those of the batch, and there is
        a backward pass.

    Attributes
    ----------
    forward, backward : list of callable
        One after the other: from x to y, and from dy to the gradient of the network.
    masks : list of (stage, mask, rate)
        To be filled before the forward pass.
    normals : list of (stage, array)
        Likewise, with standard normal numbers.
    activities : list of callable
        What stages add to the cost, summed over the rows.
    penalties : float
        How often the penalties are added to the sum of the costs.
    statistics : list of (moving, of_batch, momentum)
        For `stages.move_statistics`.
    """

    def __init__(self, net, n, cost_activates=False, training=False):
        self.net, self.n, self.training = net, n, training
        self.penalties = n  # how often they are added to the costs' sum
        self.range, self.ones = np.arange(n), np.ones(n, net.dtype)
        self.forward, self.backward, self.masks, self.statistics = [], [], [], []
        self.normals, self.activities = [], []
        self.x = self.y = self._buffer(net.n_in)
        self.dy = None  # not asked for below the first stage with something to learn
        for s, stage in enumerate(net.stages):
            getattr(self, f"_{stage.kind}")(s, stage)
            if stage.activation and not (cost_activates and s == len(net.stages) - 1):
                self._activate(stage.activation)
        self.backward.reverse()
        self.t = self.smoothed = self._buffer(net.n_out)
        if net.label_smoothing:
            self.smoothed = self._buffer(net.n_out)
        self.w = None  # weights of the rows
        self.p = self.y if cost_activates else self._buffer(net.n_out)

    def _buffer(self, n_columns):
        return np.empty((self.n, n_columns), self.net.dtype)

    def _dense(self, s, stage):
        x, self.y = self.y, self._buffer(stage.n_out)
        w, b, dw, db = stage.w, stage.b, stage.dw, stage.db
        self.forward.append(partial(stages.dense, self.y, x, w, b))
        dx = self.dy
        if self.training and (dx is not None or stage.trained):
            self.dy = self._buffer(stage.n_out)
            if dx is not None:
                self.backward.append(partial(stages.d_dense, dx, self.dy, w))
            if stage.trained:
                self.backward.append(partial(stages.d_dense_weights, dw, db, self.dy, x, self.ones))

    def _activation(self, s, stage):
        x, self.y = self.y, self._buffer(stage.n_out)
        self.forward.append(partial(np.copyto, self.y, x))

    def _activate(self, activation):
        """In place, in y and dy."""
        if activation == "linear":
            return
        kept, (row, numbers) = self.y, activation_of(activation)
        if row.from_z:
            kept = np.empty_like(self.y)
            self.forward.append(partial(np.copyto, kept, self.y))
        self.forward.append(partial(row.function, self.y, *numbers))
        if self.dy is not None:
            self.backward.append(partial(row.gradient, self.dy, kept, *numbers))

    def _dropout(self, s, stage, function=stages.dropout, gradient=stages.d_dropout):
        if not self.training or stage.rate == 0:
            return
        x, self.y, mask = self.y, self._buffer(stage.n_out), np.empty((self.n, stage.n_out), bool)
        self.masks.append((s, mask, stage.rate))
        self.forward.append(partial(function, self.y, x, mask, stage.rate))
        if self.dy is not None:
            self.backward.append(partial(gradient, self.dy, mask, stage.rate))

    def _alpha_dropout(self, s, stage):
        self._dropout(s, stage, stages.alpha_dropout, stages.d_alpha_dropout)

    def _gaussian_dropout(self, s, stage):
        if not self.training or stage.rate == 0:
            return
        x, self.y, normal = self.y, self._buffer(stage.n_out), self._buffer(stage.n_out)
        self.normals.append((s, normal))
        self.forward.append(partial(stages.gaussian_dropout, self.y, x, normal, stage.rate))
        if self.dy is not None:
            self.backward.append(partial(stages.d_gaussian_dropout, self.dy, normal, stage.rate))

    def _gaussian_noise(self, s, stage):
        if not self.training or stage.stddev == 0:
            return
        x, self.y, normal = self.y, self._buffer(stage.n_out), self._buffer(stage.n_out)
        self.normals.append((s, normal))
        self.forward.append(partial(stages.gaussian_noise, self.y, x, normal, stage.stddev))

    def _activity(self, s, stage):
        x, self.y = self.y, self._buffer(stage.n_out)
        self.forward.append(partial(np.copyto, self.y, x))
        self.activities.append(partial(stages.activity, x, stage.l1, stage.l2))
        if self.dy is not None:
            self.backward.append(partial(self._d_activity, self.dy, x, stage.l1, stage.l2))

    def _d_activity(self, dy, x, l1, l2):
        """The gradient is summed over the rows, of which activities are the mean."""
        part = self.penalties / self.n
        stages.d_activity(dy, x, part * l1, part * l2)

    def _prelu(self, s, stage):
        x, self.y = self.y, self._buffer(stage.n_out)
        self.forward.append(partial(stages.prelu, self.y, x, stage.alpha))
        if self.training:
            dx, self.dy = self.dy, self._buffer(stage.n_out)
            do = partial(stages.d_prelu, dx, stage.dalpha, self.dy, x, stage.alpha)
            self.backward.append(do)

    def _batch_normalization(self, s, stage):
        x, self.y = self.y, self._buffer(stage.n_out)
        gamma, beta, epsilon = stage.gamma, stage.beta, stage.epsilon
        if not (self.training and stage.trained):
            moving = stage.moving_mean, stage.moving_variance
            do = partial(stages.normalize_by_moving, self.y, x, gamma, beta, *moving)
            self.forward.append(partial(do, epsilon))
            if self.dy is not None:
                do = partial(stages.d_normalize_by_moving, self.dy, gamma, stage.moving_variance)
                self.backward.append(partial(do, epsilon))
            return
        x_hat, (mean, variance) = np.empty_like(x), np.empty((2, stage.n_out), x.dtype)
        do = partial(stages.normalize, self.y, x_hat, mean, variance, x, gamma, beta)
        self.forward.append(partial(do, epsilon, self.ones))
        self.statistics.append((stage.moving_mean, mean, stage.momentum))
        self.statistics.append((stage.moving_variance, variance, stage.momentum))
        dx = self.dy
        if dx is None and (gamma is not None or beta is not None):
            self.dy = self._buffer(stage.n_out)
        if self.dy is not None:
            do = partial(stages.d_normalize, dx, stage.dgamma, stage.dbeta, self.dy)
            self.backward.append(partial(do, x_hat, variance, gamma, epsilon, self.ones))

    def read(self, rows, x, y=None, weights=None):
        """Fill x, and t and w if y and weights are given; False if x has a NaN or an infinity."""
        net, finite = self.net, x.read(self.x, rows)
        if net.scale != 1:
            self.x *= net.scale
        if net.offset != 0:
            self.x += net.offset
        if y is not None:
            if net.class_indices:
                self.t.fill(0)
                self.t[self.range, y.array[rows].reshape(-1).astype(np.intp)] = 1
            else:
                y.read(self.t, rows)
            if net.label_smoothing:
                smooth_labels(self.smoothed, self.t, net.label_smoothing, net.smoothed_over)
        if weights is not None:
            if self.w is None:
                self.w = np.empty(self.n, net.dtype)
            weights.read(self.w[:, None], rows)
        return finite
