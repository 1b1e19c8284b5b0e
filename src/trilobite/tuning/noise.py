"""The noise of mini-batches: how far their gradients lie from that of all rows."""

from dataclasses import dataclass, field

import numpy as np

from trilobite._checks.numbers import integer
from trilobite.tuning.dispatch import subject_of
from trilobite.tuning.rows import sizes
from trilobite.tuning.trial import FOREVER


@dataclass(eq=False)
class GradientNoise:
    """What `gradient_noise` found.

    Attributes
    ----------
    table : list of dict
        For each "batch_size": "draws", of so many batches; "variance", the mean of
        ``|g_b - g|**2``, g being the gradient of all rows and g_b that of a batch; "noise",
        ``sqrt(variance) / |g|``; "law", the noise that follows from the least batch size, as
        ``variance = s (N - n) / (N - 1) / n`` for n of N rows drawn without replacement.
    norm : float
        |g|.
    noise_scale : float
        ``s / |g|**2``: about so many rows make a batch whose noise is as large as the gradient.
        Smaller batches say little more with each row, much larger ones are wasted.
    reason : str
        That, in a sentence.
    """

    table: list
    norm: float
    noise_scale: float
    reason: str = field(repr=False)

    def __str__(self):
        return self.reason

    def plot(self, ax=None):
        """Draw the noise over the batch size; return Matplotlib's Axes, `ax` if that is given."""
        from trilobite import plot

        return plot.gradient_noise(self, ax=ax)


def gradient_noise(model, x, y=None, batch_sizes=None, *, sample_weight=None, draws=200, seed=0):
    """Measure the noise of mini-batch gradients, by batch size.

    The gradients are those that a step of training would take, at the weights that the model has:
    what is dropped is dropped, and batch normalization goes by the batch. Copies are used; the
    model stays as it is.

    Parameters
    ----------
    model : Sequential or Model, compiled, or an estimator of `trilobite.sklearn`
    x, y, sample_weight : array_like
        As in `fit`.
    batch_sizes : sequence of int, optional
        Powers of two from 1 to 1024 by default, up to half of the rows.
    draws : int
        Batches of each size, 200 by default, at least 2; rows come as in the epochs of `fit`.
    seed : int
        Of their order.

    Returns
    -------
    GradientNoise

    Raises
    ------
    TypeError, ValueError
        Something does not fit, or a gradient is not finite.

    References
    ----------
    McCandlish et al., An empirical model of large-batch training, 2018 (the noise scale).
    """
    draws, seed = integer("draws", draws, least=2), integer("seed", seed, least=0)
    subject = subject_of(model, x, y, sample_weight)
    subject.begin()
    n = len(subject.y)
    default = [2**k for k in range(11) if 2 ** (k + 1) <= n] or [1]
    batch_sizes = sizes("batch_sizes", batch_sizes, n, default)
    (whole,) = _gradients(subject, n, 1, seed)
    norm = float(np.sqrt(whole @ whole))
    table = []
    for size in batch_sizes:
        squares = [np.sum((g - whole) ** 2) for g in _gradients(subject, size, draws, seed)]
        variance = float(np.mean(squares))
        noise = float(np.sqrt(variance) / norm) if norm else np.inf
        row = {"batch_size": size, "draws": len(squares), "variance": variance, "noise": noise}
        table.append(row)
    per_row = variance_per_row(table[0]["variance"], table[0]["batch_size"], n)
    for row in table:
        law = np.sqrt(per_row * without_replacement(row["batch_size"], n))
        row["law"] = float(law / norm) if norm else np.inf
    scale = float(per_row / norm**2) if norm else np.inf
    reason = (
        f"a batch of about {scale:.3g} rows has as much noise as gradient; of 32 rows the noise is "
        f"{np.sqrt(scale / 32):.2g} times the gradient"
    )
    return GradientNoise(table, norm, scale, reason)


def without_replacement(size, n):
    """``(N - n) / (N - 1) / n`` of n of N rows: the variance of their mean over that of a row."""
    return (n - size) / max(n - 1, 1) / size


def variance_per_row(variance, size, n):
    """The variance of a single row, from that of batches; 0 where the only batch is all rows."""
    share = without_replacement(size, n)
    return variance / share if share else 0.0


def _gradients(subject, size, draws, seed):
    """Yield the gradients of so many batches, (n_trained,) float64: whole batches only."""
    optimizer = subject.module.Optimizer(subject.net, "gradient")
    subject.learn_back(subject.start)
    training = subject.training(size, seed, optimizer=optimizer)
    weights, whole = subject.start[0], len(subject.y) // size
    while draws:
        if training.step < whole:
            draws -= 1
            subject.require_finite(one_step(training))
            found = np.concatenate([g.ravel() for g in optimizer.get_state()]).astype(np.float64)
            if not np.isfinite(found).all():
                subject.require_finite("nonfinite")
            yield found
        else:
            subject.require_finite(one_step(training))  # the rest of the epoch, fewer rows
        subject.net.restore(weights)  # of constraints and moving means


def one_step(training):
    """Do one step, however often it pauses."""
    epoch, step, status = training.epoch, training.step, "running"
    while status == "running" and (training.epoch, training.step) == (epoch, step):
        status = training.run(FOREVER, steps=1)
    return status
