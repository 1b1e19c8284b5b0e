"""What the costs of a training say of its learning rate and its epochs, by a textbook's rules.

Too small a rate: the cost falls slowly; raise it by an order of magnitude. Too large: the cost
jumps from epoch to epoch; lower it. If it does not fall at all, lower it by orders of magnitude.
Train as long as the validation cost falls, and stop where it turns up.
"""

import math
import numbers
from dataclasses import dataclass, replace

import numpy as np

FEWEST = 8  # epochs that tell something; the shortest training of the calibration has ten

# Chosen on the trainings of benchmarks/known_runs.py that are not held back: a search for the most
# right verdicts, rounded. docs/tuning.md has the counts.
IDLE = 0.9  # of the baseline: a cost above it is that of a net that has learned nothing
BLOWN_UP = 25  # times the baseline: no net that is only untrained costs so much in its first epoch
# A cost that creeps: its noise; its fall since epoch 2 over that, and over its fall from epoch 1.
STILL = 0.01, 2, 0.5
CALM = 0.0007  # below which a cost that falls is far from what a rate can do
FINISHED = 0.997, 0.025  # share of the fall in the first half, and fall since: a calm end
SHAKEN = 0.28, 0.07  # share of rises in all changes, and noise, of a cost that jumps
FLAT = 0.1, 0.015, 0.025  # fall since epoch 2, noise of the cost, of either: no longer learning
DROPPED = 0.8, 0.008  # fall from epoch 1 to 2, with noise: the first steps had blown it up
LITTLE = 0.4  # fall in all of a cost that jumps: it learns nothing
TURNED = 0.8, 0.97, 0.08, 0.15  # lowest of the last validation cost; when; fall since; its noise
FALLING = 0.1, 0.05  # fall of the last quarter below the one before, of validation or training cost

SAYS = {
    "converged": ("the cost has stopped falling", "more epochs would change little"),
    "improving": ("the cost still falls in the last epochs", "train longer"),
    "slow": ("the cost falls smoothly but slowly", "raise the learning rate tenfold"),
    "erratic": ("the cost jumps up and down", "lower the learning rate, by 3 to 10 times"),
    "not_learning": ("the cost does not fall", "lower the learning rate by orders of magnitude"),
    "diverged": ("the cost became infinite or NaN", "lower the learning rate tenfold or more"),
    "overfitting": (
        "the validation cost rises while the training cost falls",
        "stop there, or regularize",
    ),
}


@dataclass(frozen=True)
class Diagnosis:
    """What `diagnose` found.

    Attributes
    ----------
    verdict : str
        "converged", "improving", "slow", "erratic", "not_learning", "diverged" or "overfitting".
    epoch : int or None
        Counted from 1: with the lowest validation cost if "overfitting", the first whose cost is
        not finite if "diverged".
    rule : str
        What of the curve says so.
    advice : str
        What the textbook would do.
    """

    verdict: str
    epoch: int | None
    rule: str
    advice: str

    def __str__(self):
        when = {"overfitting": "since", "diverged": "in"}.get(self.verdict)
        at = f" {when} epoch {self.epoch}" if when else ""
        return f"{self.verdict.replace('_', ' ')}{at}: {self.rule}; {self.advice}"


def diagnose(history, baseline=None):
    """Say what the costs of a training tell of its learning rate and its number of epochs.

    Parameters
    ----------
    history : History, dict, AutomaticFit or estimator
        What `fit` returned, or its ``history``: "loss", a number for each epoch, and "val_loss" if
        there is one. Whichever the loss is, lower must be better. NaNs of "val_loss", where
        `validation_freq` left epochs out, are passed over. Or what `fit_automatically` returned, of
        whose rate, tried beside others, nothing is said. Or a fitted estimator of
        `trilobite.sklearn` or scikit-learn: its `loss_curve_`, and of the validation costs
        `validation_loss_curve_`, or one minus the R squared of `validation_scores_`.
    baseline : float, optional
        Training cost of the best constant answer: the mean, or the shares of the classes. That of
        the history by default, where `fit` could tell. Without, a net that has learned nothing is
        harder to tell from one whose cost jumps.

    Returns
    -------
    Diagnosis
        Of fewer than 8 epochs it says little: "diverged" or "improving".

    Raises
    ------
    ValueError
        There is no epoch or no "loss", the lists are not of one length, or hold no numbers.
    """
    history = getattr(history, "_record", history)  # of an AutomaticFit
    costs, valid, epochs, known = _read(history)
    baseline = known if baseline is None else _number("baseline", baseline)
    wrong = np.flatnonzero(~np.isfinite(costs))
    if len(wrong):
        return _found("diverged", epochs[wrong[0]])
    if len(costs) < FEWEST:
        rule = f"{len(costs)} epoch{'s' * (len(costs) > 1)} can tell no more"
        return Diagnosis("improving", None, rule, SAYS["improving"][1])
    at = np.flatnonzero(np.isfinite(valid))
    seen = [costs, valid[at]] if len(at) >= FEWEST else [costs]
    with np.errstate(all="ignore"):  # of costs that are far apart
        *seen, baseline = _positive(*seen, baseline)
        train, valid = _Curve(seen[0]), _Curve(seen[1]) if seen[1:] else None
        turn = None if valid is None else _turn(train, valid, at)
        verdict = _verdict(train, valid, baseline, turn)
    found = _found(verdict, epochs[turn] if verdict == "overfitting" else None)
    cooling = getattr(history, "cooling", getattr(history, "_cooling", None))  # an estimator's
    if cooling is None or not cooling.over:
        return found
    idle = baseline is not None and train.end >= IDLE * baseline
    return _cooled(found, cooling.ran_out, idle)


def _positive(*curves):
    """Curves, the last of which is a number or None, in a unit and from a zero that suit shares."""
    *curves, number = curves
    unit = max(np.abs(a).max() for a in curves) or 1.0
    curves = [a / unit for a in curves]
    lowest, up = min(map(np.min, curves)), 0.0
    if lowest <= 0:
        up = 0.05 * max(map(np.ptp, curves)) - lowest or 1.0
    return *(a + up for a in curves), None if number is None else number / unit + up


def told(history):
    """The line with which `fit` ends, or None: epochs too few, no cost that can be read."""
    if len(history.epoch) < FEWEST and all(map(math.isfinite, history.history.get("loss", ()))):
        return None
    try:
        return str(diagnose(history))
    except ValueError:  # a callback put something else into the logs
        return None


def _found(verdict, epoch=None):
    return Diagnosis(verdict, epoch, *SAYS[verdict])


def _cooled(found, ran_out, idle):
    """What `fit_automatically` ends with, whose rate is the best of those that it tried."""
    if found.verdict == "overfitting":
        return replace(found, advice="the weights of the best epoch are kept; regularize")
    if idle:
        rule = "at the best of the rates that were tried the cost is that of a constant answer"
        return Diagnosis("not_learning", None, rule, "look at the data, or take another net")
    if ran_out and found.verdict in ("improving", "slow"):
        rule = "the validation cost still fell when the last epochs began"
        return Diagnosis("improving", None, rule, "give it more epochs")
    rule = "the validation cost got no better, and the rate has fallen to 0"
    return Diagnosis("converged", None, rule, SAYS["converged"][1])


def _verdict(train, valid, baseline, turn):
    """The verdict on curves of training and validation (or None), by the first rule that holds."""
    judged = valid or train
    if baseline is not None:
        if train.end >= IDLE * baseline:
            untouched = train.start <= BLOWN_UP * baseline and train.creeps
            return "slow" if untouched and train.half < FINISHED[0] else "not_learning"
    else:
        stirred = max(train.noise, judged.noise) > FLAT[2]
        if train.first > DROPPED[0] and train.noise > DROPPED[1]:
            return "not_learning"
        if train.fall < FLAT[0]:
            if train.creeps and abs(train.first) < 0.05:
                return "slow"
            if train.noise > FLAT[1] and stirred:
                return "not_learning"
        if train.jumps and train.whole < LITTLE:
            return "not_learning"
    if turn is not None:
        return "overfitting"
    if train.jumps:
        return "erratic"
    if min(train.noise, judged.noise) < CALM:
        if judged.half < FINISHED[0] or judged.late > FINISHED[1]:
            return "slow" if judged.late > 0 else "converged"
    return "improving" if judged.late > FALLING[valid is None] else "converged"


class _Curve:
    """Costs above 0, one an epoch, and what is read off them; falls are shares of where they begin.

    Attributes
    ----------
    start, end : float
        First cost; mean of the last tenth.
    noise : float
        ``rms(third differences) / sqrt(20)`` of the second half, as a share of its mean: the
        standard deviation of what is left when a smooth curve is taken out (the coefficients
        1, -3, 3, -1 of a third difference have the sum of squares 20).
    first, fall, whole, late : float
        Fall from epoch 1 to 2; from epoch 2 on; from epoch 1; of the last quarter below the third.
    half : float
        Share of the whole fall that the first half saw.
    creeps : bool
        Whether it falls without a tremor, and goes on to: not one that trembles where the first
        steps have thrown it.
    jumps : bool
        Whether it goes up nearly as often as down, and by more than a little.
    """

    def __init__(self, costs):
        n = len(costs)
        later, rest = costs[n // 2 :], costs[1:]
        tenth, quarter, middle = max(1, n // 10), max(1, len(rest) // 4), len(later) // 2
        self.costs, self.start, self.end = costs, costs[0], costs[-tenth:].mean()
        third = np.diff(costs[max(0, n // 2 - 3) :], 3)
        self.noise = math.sqrt(np.mean(third * third) / 20) / later.mean()
        last = rest[-quarter:].mean()
        self.first, self.whole = 1 - costs[1] / costs[0], 1 - last / costs[0]
        self.fall = 1 - last / rest[:quarter].mean()
        self.late = 1 - later[middle:].mean() / later[:middle].mean()
        in_all = costs[0] - costs[-1]
        self.half = (costs[0] - costs[n // 2]) / in_all if in_all > 0 else 1.0
        still, times, share = STILL
        least = max(times * self.noise * costs[1], share * (costs[0] - costs[1]))
        self.creeps = self.noise <= still and costs[1] - self.end > least
        changes = np.diff(rest)
        rises = changes[changes > 0].sum() / (np.abs(changes).sum() or 1)
        self.jumps = rises > SHAKEN[0] and self.noise > SHAKEN[1]


def _turn(train, valid, at):
    """Where validation costs, of the epochs `at`, turned up for good; None if they did not."""
    n = max(1, len(valid.costs) // 10)
    smooth = np.convolve(valid.costs, np.ones(n) / n, "valid")
    low = int(smooth.argmin())
    share, latest, fall, noise = TURNED
    if smooth[low] > share * smooth[-1] or low > latest * (len(smooth) - 1):
        return None
    then = at[low + n - 1]
    since = 1 - train.end / train.costs[max(0, then - n + 1) : then + 1].mean()
    relative = train.noise * train.costs[len(train.costs) // 2 :].mean() / train.start
    if since < fall or relative > noise:
        return None
    return int(at[low : low + n][valid.costs[low : low + n].argmin()])


def _read(history):
    """Costs, validation costs (NaN where there are none), numbers of the epochs and baseline."""
    columns = getattr(history, "history", history)
    if hasattr(history, "loss_curve_"):
        columns = _of_estimator(history)
    if not isinstance(columns, dict):
        kind = type(history).__name__
        raise ValueError(
            f"history: got a {kind}, expected a History or its dict of lists, or a fitted "
            "estimator with a loss_curve_"
        )
    if "loss" not in columns:
        raise ValueError(f"history: got {sorted(map(str, columns))}, expected 'loss' among them")
    lengths = {name: len(values) for name, values in columns.items() if hasattr(values, "__len__")}
    if len(set(lengths.values())) > 1:
        raise ValueError(f"history: got lists of {lengths} epochs, expected one length")
    costs = _numbers("loss", columns["loss"])
    if not len(costs):
        raise ValueError("history: got no epoch, expected at least one")
    valid = columns.get("val_loss")
    valid = np.full(len(costs), math.nan) if valid is None else _numbers("val_loss", valid)
    epochs = getattr(history, "epoch", None) or range(len(costs))
    if len(epochs) != len(costs):  # lists of several calls of `fit`
        epochs = range(len(costs))
    return costs, valid, [epoch + 1 for epoch in epochs], getattr(history, "baseline", None)


def _of_estimator(estimator):
    """Columns of an estimator: scores are no costs, but for R squared, which is one upside down."""
    columns = {"loss": estimator.loss_curve_}
    valid = getattr(estimator, "validation_loss_curve_", None)
    scores = getattr(estimator, "validation_scores_", None)
    if valid is None and scores is not None and not hasattr(estimator, "classes_"):
        valid = [1 - score for score in scores]
    if valid is not None and len(valid) == len(estimator.loss_curve_):
        columns["val_loss"] = valid
    return columns


def _numbers(name, values):
    """A column of the history as floats."""
    if not hasattr(values, "__len__") or isinstance(values, (str, bytes, dict)):
        raise ValueError(f"history[{name!r}]: got {values!r}, expected a list of numbers")
    return np.array([_number(f"history[{name!r}]", value) for value in values])


def _number(what, value):
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise ValueError(f"{what}: got {value!r}, expected a number")
    try:
        return float(value)
    except OverflowError:  # an int beyond all floats
        return math.inf
