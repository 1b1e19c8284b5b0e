"""The batch size: what a step takes of time and memory, and what its rows buy."""

import math
import time
from dataclasses import dataclass

import numpy as np

from trilobite._checks.numbers import integer, real
from trilobite.tuning.dispatch import subject_of
from trilobite.tuning.rows import sizes as checked_sizes
from trilobite.tuning.trial import FOREVER

_FIRST, _LARGEST = 32, 128
_GAIN = 1.1  # rows per second that a doubling has to gain
_NO_RATE = 1e-12  # that changes no weight, and by which an optimizer may divide
_ROUNDS, _SECONDS = 3, 0.02  # each size is timed so often, for so long: the best counts


@dataclass(eq=False)
class BatchSize:
    """What `batch_size` found.

    Attributes
    ----------
    table : list of dict
        For each "batch_size": "bytes" that training takes, "rows_per_second",
        "seconds_per_epoch", and how it reaches the `target`: "epochs" and "seconds", both None
        where it does not within the epochs. What does not fit into the memory is not timed: None.
    suggestion : int
    reason : str
        Why, in a sentence.
    target : float or None
        The validation cost that is to be reached.
    """

    table: list
    suggestion: int
    reason: str
    target: float | None

    def __str__(self):
        return f"batch size {self.suggestion}: {self.reason}"

    def plot(self, ax=None):
        """Draw speed and memory; return Matplotlib's Axes, `ax` if that is given."""
        from trilobite import plot

        return plot.batch_size(self, ax=ax)


def batch_size(
    model,
    x,
    y=None,
    *,
    sample_weight=None,
    validation_data=None,
    sizes=None,
    target=None,
    epochs=5,
    memory=None,
    slow=1.0,
):
    """Measure batch sizes, and suggest one by the rule of thumb.

    Begin with 32; halve while a step does not fit into the memory; while an epoch is slow double
    as long as that makes it faster, hardly ever beyond 128. Copies are trained; the model stays as
    it is.

    Parameters
    ----------
    model : Sequential or Model, compiled, or an estimator of `trilobite.sklearn`
        With the learning rate that it has, whatever the batch size.
    x, y, sample_weight : array_like
        As in `fit`.
    validation_data : (x, y) or (x, y, sample_weight), optional
        On which the target is looked for; a fifth of the rows by default.
    sizes : sequence of int, optional
        Powers of two from 8 to 512 by default, up to the rows that there are.
    target : float, optional
        A validation cost; by default that which the size next to 32 reaches within `epochs`.
    epochs : int
        So many are trained with that size, and at most twice as many with the others: 5 by
        default; 0 leaves that out.
    memory : int, optional
        Bytes that training may take; by default half of those that are free now.
    slow : float
        Seconds from which on an epoch is slow: 1 by default.

    Returns
    -------
    BatchSize

    Raises
    ------
    TypeError, ValueError
        Something does not fit.
    """
    epochs, slow = integer("epochs", epochs, least=0), real("slow", slow, 0)
    memory = _free() / 2 if memory is None else integer("memory", memory)
    target = None if target is None else real("target", target)
    subject = subject_of(model, x, y, sample_weight, validation_data)
    if epochs:
        subject.hold_out()
    subject.begin()
    n = len(subject.y)
    sizes = checked_sizes("sizes", sizes, n, [2**k for k in range(3, 10) if 2**k <= n] or [n])
    table = [{"batch_size": size, "bytes": subject.n_bytes(size)} for size in sizes]
    fitting = [row for row in table if (row["bytes"] or 0) <= memory]
    speeds = _speeds(subject, [row["batch_size"] for row in fitting])
    for row in table:
        speed = speeds.get(row["batch_size"])
        row["rows_per_second"] = speed
        row["seconds_per_epoch"] = speed and n / speed
        row["epochs"] = row["seconds"] = None
    if epochs and fitting:
        target = _reach(subject, fitting, target, epochs)
    suggestion, reason = suggested(table, slow)
    return BatchSize(table, suggestion, reason, target)


def suggested(table, slow):
    """The batch size that the rule of thumb says, and why."""
    if not (fitting := [row for row in table if row["rows_per_second"] is not None]):
        least = table[0]
        return least["batch_size"], f"the least; even that needs {least['bytes']:,} bytes"
    at = _next_to_first(fitting)
    now = fitting[at]
    size = now["batch_size"]
    if size < _FIRST and len(fitting) < len(table):
        return size, f"a step of {table[len(fitting)]['batch_size']} rows does not fit the memory"
    first = f"an epoch takes {now['seconds_per_epoch']:.3g} s"
    if now["seconds_per_epoch"] <= slow:
        return size, first
    for row in fitting[at + 1 :]:
        gains = row["rows_per_second"] / now["rows_per_second"]
        if row["batch_size"] > _LARGEST or gains < _GAIN or now["seconds_per_epoch"] <= slow:
            break
        now = row
    if now["batch_size"] == size:
        return size, f"{first}, and larger batches are not faster"
    return now["batch_size"], f"{first} with {size}, {now['seconds_per_epoch']:.3g} s with this one"


def _next_to_first(rows):
    """The number of the row of the largest batch up to 32, or of the least."""
    return max([k for k, row in enumerate(rows) if row["batch_size"] <= _FIRST], default=0)


def _speeds(subject, sizes):
    """Rows per second by batch size: the best of some turns, one size after the other in each."""
    trainings, best, n = {}, {}, len(subject.y)
    for _ in range(_ROUNDS):
        for size in sizes:
            if size not in trainings:
                subject.learn_back(subject.start)
                trainings[size] = subject.training(size, 0)
                trainings[size].learning_rate = _NO_RATE
                _run(subject, trainings[size], steps=1)
            training = trainings[size]
            before, begun = _rows(training, n), time.perf_counter()
            _run(subject, training, seconds=_SECONDS)
            speed = (_rows(training, n) - before) / (time.perf_counter() - begun)
            best[size] = max(best.get(size, 0.0), speed)
    return best


def _run(subject, training, **limits):
    """Let a training run; raise ValueError where its cost is no number."""
    subject.require_finite(training.run(FOREVER, **limits))


def _rows(training, n):
    """Rows that a training of n rows has seen."""
    return training.epoch * n + training.rows_done


def _reach(subject, rows, target, epochs):
    """Note for each batch size how many epochs it takes to a cost, and return that."""
    rate = subject.rate
    first = rows[_next_to_first(rows)]
    for row in sorted(rows, key=lambda row: row is not first):
        trial, most = subject.trial(row["batch_size"]), 2 * epochs
        if target is None:
            most = epochs
        for epoch in range(1, most + 1):
            trial.train(rate, epoch)
            if trial.diverged or (target is not None and trial.costs[-1] <= target):
                break
        if target is None:
            target = min(trial.costs, default=np.inf)
        reached = [cost <= target for cost in trial.costs]
        if any(reached) and np.isfinite(target):
            row["epochs"] = reached.index(True) + 1
            row["seconds"] = row["epochs"] * row["seconds_per_epoch"]
    return target


def _free():
    """Bytes of memory that are free, infinitely many where the system does not say."""
    try:
        with open("/proc/meminfo") as lines:
            sizes = dict(line.split(":", 1) for line in lines)
        return int(sizes["MemAvailable"].split()[0]) * 1024
    except (OSError, KeyError, ValueError):
        return math.inf
