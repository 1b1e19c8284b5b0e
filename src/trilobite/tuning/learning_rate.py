"""The learning rate: a sweep that raises it step by step, and short trials of what it leaves."""

from dataclasses import dataclass, field

import numpy as np

from trilobite._checks.numbers import integer, real
from trilobite._checks.options import batch_size as checked_batch_size
from trilobite.tuning.dispatch import subject_of

# The constants below were chosen by `python tests/calibrate_learning_rate.py`, on the sets that it
# calls chosen; docs/tuning.md has its table, with the sets that were held back.

LOWEST, HIGHEST = 1e-7, 100.0  # rates, where nobody says others
# The sweep: what is less than this part of the whole fall above the least cost counts as least.
_NEARLY = 0.05
# Costs are averaged over the neighbouring steps, by a bell curve of this part of the sweep.
_BELL = 1 / 40
# Beyond so many times the cost of the first steps training has diverged.
_DIVERGED = 2.0
# The rates that are tried, over the one at which the sweep's cost was nearly least.
_TRIED = np.geomspace(1 / 10, 5, 9)
# They are trained for these parts of the epochs, after which so many are left.
_RUNGS = ((0.05, 6), (0.1, 4), (0.15, 3), (0.2, 2), (0.4, 1))


@dataclass(eq=False)
class LearningRateRange:
    """What `learning_rate_range` found.

    Attributes
    ----------
    rates : ndarray of float64, shape (steps,)
        The rate of each step of the sweep, up to where its cost was no number any more.
    costs : ndarray of float64, shape (steps,)
        The cost of each step, averaged over the steps beside it.
    suggestion : float
        The learning rate to train with.
    reason : str
        Why, in a sentence.
    diverged_at : float or None
        The rate at which the cost left all bounds, if it did.
    trials : list of dict
        "rate", "epochs" and "cost" of each rate that was tried: the least validation cost of so
        many epochs. Empty without trials.
    """

    rates: np.ndarray
    costs: np.ndarray = field(repr=False)
    suggestion: float
    reason: str
    diverged_at: float | None
    trials: list = field(repr=False)

    def __str__(self):
        return f"learning rate {self.suggestion:.2g}: {self.reason}"

    def plot(self, ax=None):
        """Draw costs over rates; return Matplotlib's Axes, `ax` if that is given."""
        from trilobite import plot

        return plot.learning_rate_range(self, ax=ax)


def learning_rate_range(
    model,
    x,
    y=None,
    *,
    sample_weight=None,
    batch_size=None,
    epochs=None,
    validation_data=None,
    lowest=LOWEST,
    highest=HIGHEST,
    steps=300,
    trials=True,
    seed=None,
):
    """Find a learning rate.

    A sweep does `steps` steps, each at a rate higher than the one before: the cost says at which
    rates training begins to learn, learns best and diverges. Around the best, rates are then tried
    for a part of the epochs, and the worse ones of them dropped, until one is left: successive
    halving. Copies are trained; the model, its optimizer and the seeds stay as they are, bit for
    bit. A trial is the beginning of `fit` on the same rows at a steady rate, with all its costs.

    Parameters
    ----------
    model : Sequential or Model, compiled, or an estimator of `trilobite.sklearn`
        Of an estimator the solver must be "sgd" or "adam".
    x, y, sample_weight : array_like
        As in `fit`.
    batch_size : int, optional
        Rows of a step; by default what `fit` takes: 32, or as the estimator says.
    epochs : int, optional
        Epochs of the training that the rate is for. The trials take 1.5 times their time. By
        default 10,000 steps, but at least 20 and at most 100 epochs.
    validation_data : (x, y) or (x, y, sample_weight), optional
        Whose cost decides between the rates that are tried; a fifth of the rows by default, which
        the trials then are not trained with.
    lowest, highest : float
        Limits of the rates: 1e-7 and 100.
    steps : int
        Of the sweep: 300, at least 30.
    trials : bool
        False: the sweep alone, which is quick, and whose suggestion is a rule of thumb.
    seed : int, optional
        Of the order of the rows and of what is dropped; by default that of the next `fit`.

    Returns
    -------
    LearningRateRange

    Raises
    ------
    TypeError, ValueError
        Something does not fit, or the cost is no number at the lowest rate already.

    References
    ----------
    Smith, Cyclical learning rates for training neural networks, 2017 (the sweep). Jamieson and
    Talwalkar, Non-stochastic best arm identification, 2016 (successive halving).
    """
    lowest, highest = real("lowest", lowest), real("highest", highest)
    if not 0 < lowest < highest:
        raise ValueError(f"lowest, highest: got {lowest}, {highest}, expected 0 < lowest < highest")
    steps = integer("steps", steps, least=30)
    if batch_size is not None:
        batch_size = checked_batch_size(batch_size)
    if epochs is not None:
        epochs = integer("epochs", epochs)
    if seed is not None:
        seed = integer("seed", seed, least=0)
    subject = subject_of(model, x, y, sample_weight, validation_data)
    return range_of(
        subject, batch_size, epochs, np.geomspace(lowest, highest, steps), bool(trials), seed
    )


def range_of(subject, batch_size, epochs, rates, trials=True, seed=None, rungs=_RUNGS):
    """As `learning_rate_range`, of a `Subject`."""
    batch_size = batch_size or subject.batch_size
    if epochs is None:
        epochs = epochs_for(len(subject.y), batch_size)
    if trials:
        subject.hold_out()
    subject.begin()
    rates, costs, best, diverged_at = _sweep(subject, batch_size, rates, seed)
    swept = f"the cost of the sweep is nearly least at {best:.2g}"
    if diverged_at is not None:
        swept += f" and diverges at {diverged_at:.2g}"
    if not trials:
        reason = f"{swept}; not tried"
        return LearningRateRange(rates, costs, best, reason, diverged_at, [])
    tried = np.unique(np.clip(best * _TRIED, rates[0], None))
    records, winner = _halved(subject, batch_size, tried, epochs, seed, rungs)
    reason = (
        f"of {len(tried)} rates from {tried[0]:.2g} to {tried[-1]:.2g} the one with the least "
        f"validation cost, {winner['cost']:.4g} within {winner['epochs']} of {epochs} epochs; "
        f"{swept}"
    )
    return LearningRateRange(rates, costs, winner["rate"], reason, diverged_at, records)


def epochs_for(n, batch_size):
    """Epochs of n rows where nobody says how many: 10,000 steps, at least 20 and at most 100."""
    return int(np.clip(10_000 * batch_size // max(n, 1), 20, 100))


def _sweep(subject, batch_size, rates, seed):
    """Rates, smooth costs, the rate of a nearly least cost, and that of divergence or None."""

    def over(costs):
        return len(costs) > width and np.median(costs[-width:]) > 2 * _bound(costs)

    width = max(1, round(_BELL * len(rates)))
    raw = subject.trial(batch_size, seed).follow(rates, over)
    finite = np.isfinite(raw)
    n = len(raw) if finite.all() else int(finite.argmin())
    if n < 3:
        raise ValueError(
            f"lowest: the cost is {raw[-1]} at a rate of {rates[max(0, n - 1)]:.2g}; expected a "
            "lower rate, or x and y that are scaled"
        )
    bound = _bound(raw[:n])
    costs = smooth(np.minimum(raw[:n], 10 * bound), width)
    best, above = nearly_least(rates, costs, bound)
    diverged_at = None
    if above < n or n < len(raw):
        diverged_at = float(rates[above])
    return rates[:n], costs, best, diverged_at


def nearly_least(rates, costs, bound=np.inf):
    """The first rate of a cost that is nearly least, before costs leave the bound; where they do.

    All count where already the first is beyond it.
    """
    above = costs > bound
    end = int(above.argmax()) if above.any() else len(costs)
    within = costs[: end or len(costs)]
    fall = costs[0] - within.min()
    return float(rates[int((within <= within.min() + _NEARLY * fall).argmax())]), end


def _bound(costs):
    """The cost beyond which training has diverged, from those of the first steps."""
    first = costs[: max(3, len(costs) // 10)]
    return max(_DIVERGED * first.mean(), first.mean() + 6 * first.std())


def smooth(costs, width):
    """Each cost averaged with its neighbours, by a bell curve of this standard deviation."""
    bell = np.exp(-0.5 * (np.arange(-3 * width, 3 * width + 1) / width) ** 2)
    padded = np.pad(np.stack([costs, np.ones_like(costs)]), ((0, 0), (3 * width, 3 * width)))
    summed, weights = (np.convolve(row, bell, "valid") for row in padded)
    return summed / weights


def _halved(subject, batch_size, rates, epochs, seed, rungs):
    """Records of all trials, by rate, and that of the rate which is left."""
    running = [(rate, subject.trial(batch_size, seed)) for rate in rates.tolist()]
    records = {}
    for part, left in rungs:
        until = max(1, round(part * epochs))
        for rate, trial in running:
            trial.train(rate, until)
            cost = min(trial.costs, default=np.inf)
            records[rate] = {"rate": rate, "epochs": len(trial.costs), "cost": cost}
        running.sort(key=lambda each: records[each[0]]["cost"])
        del running[left:]
    return [records[rate] for rate in sorted(records)], records[running[0][0]]
