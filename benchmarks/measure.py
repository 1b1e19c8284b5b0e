"""Check an implementation, find its fastest form, and time it in turns with others.

A round: every other once, each awake only then (see apart.py); then trilobite, between two
measurements of the FMA peak. Whoever's turn it is warms up first, which wakes threads and caches.
"""

import gc
import importlib.util
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from implementations import Reference, Trilobite

from trilobite import engine


@dataclass(frozen=True)
class Effort:
    """How long to measure: `toy` is for a check that the benchmarks run."""

    rounds: int
    toy: bool

    def of(self, net):
        """The net to measure in place of `net`."""
        return net.toy() if self.toy else net


@dataclass(frozen=True)
class Work:
    """A call to be timed; calling this returns its seconds, after a warm-up.

    Parameters
    ----------
    call : callable
    warm_up : callable
        By default the call itself.
    """

    call: Callable
    warm_up: Callable = None

    def __call__(self):
        self.warm()
        gc.disable()  # as pytest-benchmark does while it times
        try:
            start = time.perf_counter()
            self.call()
            return time.perf_counter() - start
        finally:
            gc.enable()

    def warm(self):
        (self.warm_up or self.call)()


def missing(kind):
    """What a class needs and that is not there, the first module or its environment; or None."""
    if kind.python:
        return None
    if "python" in vars(kind):
        return "environment of its own"
    return next((m for m in kind.needs or () if importlib.util.find_spec(m) is None), None)


def close(got, expected, unit, what):
    """Raise AssertionError unless |got - expected| is at most 1 % of `unit` and 1e-6."""
    error = np.abs(np.asarray(got, np.float64) - expected).max()
    assert error <= 0.01 * unit + 1e-6, f"{what}: {error} from the reference's (change {unit})"


def check_training(kind, net, **arguments):
    """Train a small case, rows as they lie, as trilobite.reference does in float64.

    Rounding puts a z next to the kink of a relu on its other side now and then, and training
    amplifies it: what the reference in float32 is off by is granted four times.
    """
    net = kind.form(net).small()
    x, y = net.data()
    before = net.weights()
    run = kind(net, before, x, y, shuffle=False, **arguments)
    if net.optimizer == "adam" and not kind.same_adam:
        return  # its definition is another, so its numbers are
    rounded, expected = _reference(net, x, y), _reference(replace(net, dtype="float64"), x, y)
    history, _, history_expected = (each.fit(net.epochs) for each in (run, rounded, expected))
    arrays = zip(before, run.weights(), rounded.weights(), expected.weights(), strict=True)
    for w0, w, w_rounded, w_expected in arrays:
        error, rounding, change = map(
            np.linalg.norm, (w - w_expected, w_rounded - w_expected, w_expected - w0)
        )
        assert error <= 0.01 * change + 4 * rounding, (
            f"{kind.name}, {net}: weights: {error} from the reference's (change {change}, "
            f"rounding {rounding})"
        )
    for means, means_expected in zip(history, history_expected, strict=True):
        for mean, mean_expected in zip(means, means_expected, strict=True):
            if mean is not None:  # a tie between two outputs may fall either way
                assert abs(mean - mean_expected) <= 1e-4 + 2 / net.rows, (kind.name, str(net), mean)


def check_outputs(kind, net, got, x):
    """The outputs for x are those of trilobite.reference in float64."""
    expected = _reference(replace(net, dtype="float64"), x, None).predict()
    close(got, expected, np.ptp(expected), f"{kind.name}, {net}: outputs")


def _reference(net, x, y):
    return Reference(net, net.weights(), x, y, shuffle=False)


def trained_by(kind, net):
    """The work to train the net for its epochs, in the library's fastest way; checked."""
    form, works = kind.form(net), []
    x, y = form.data()
    for option in kind.options:
        check_training(kind, net, option=option)
        run = kind(form, form.weights(), x, y, option=option)
        run.fit(1)  # compiles
        works.append(Work(partial(run.fit, net.epochs), partial(run.fit, 1)))
    return _fastest(works)


def predicted_by(kind, net, times=1):
    """The work to predict for the net's rows, so many times, in the fastest way; checked."""
    form, works = kind.form(net), []
    x, y = form.data()
    for block in kind.blocks if len(x) > 1 else kind.blocks[:1]:
        run = kind(form, form.weights(), x, y, option=block)
        predict = run.predict if len(x) > 1 else run.call
        check_outputs(kind, form, predict(), x)
        works.append(Work(partial(_repeat, predict, times)))
    return _fastest(works)


def _repeat(call, times):
    for _ in range(times):
        call()


def _fastest(works):
    return min(works, key=lambda work: work()) if len(works) > 1 else works[0]


def memory_of(net, path, mmap_mode, option):
    """A call: megabytes that a process grows by in loading x, making y and training an epoch.

    From the peak before (all is imported) to the peak after, less the bytes of x and y. For a
    process of its own; VmHWM, because `resource.getrusage` begins with the parent's peak.
    """

    def peak():
        status = Path("/proc/self/status").read_text()
        return 1024 * int(re.search(r"VmHWM:\s+(\d+) kB", status)[1])

    def call():
        before = peak()
        x, y = np.load(path, mmap_mode), np.arange(net.rows) % net.widths[-1]
        Trilobite(net, net.weights(), x, y, option=option).fit(1)
        return (peak() - before - x.nbytes - y.nbytes) / 1e6

    return call


def installed(kinds, make):
    """({name: make(kind)} of those installed, {name: what is missing})."""
    without = {kind.name: missing(kind) for kind in kinds if missing(kind)}
    return {kind.name: make(kind) for kind in kinds if not missing(kind)}, without


def threads_for(net, rows=None):
    """Threads that `fit` (or `predict` of so many rows) takes; as in trilobite/_model."""
    forward = 2 * net.n_parameters
    if rows:
        return engine.threads_for(forward * rows)
    return engine.threads_for(3 * forward * min(net.batch, net.rows), net.steps)


def timed(
    benchmark, effort, ours, *, table, row, flops, unit, count=1, threads=1, dtype="float32",
    variant=engine.variant, others=None, without=None, minus=None,
):  # fmt: skip
    """Time some work in turns with others, the FMA peak and barriers; all to `extra_info`.

    Parameters
    ----------
    benchmark : the fixture of pytest-benchmark
    effort : Effort
    ours : Work
    table : str
        Title of the table that the row is in.
    row : dict
        What the row says of itself, by column.
    flops : float
        Of the whole work.
    unit, count : str, int
        "ms/epoch" and how many epochs the work is; "us/step", "s" and "1" are possible likewise.
    threads, dtype, variant
        Of the FMA peak to compare with.
    others : dict of callables
        Each returns its own seconds, as `Work` and `Apart` do.
    without : dict
        Which others are not installed, and which module is missing.
    minus : Work
        Part of the work of `ours`; what remains is what is measured.
    """
    peak = getattr(engine.load(dtype, variant), "fma_peak", None)
    peaks, barriers, deducted = [], [], []
    times = {name: [] for name in others or {}}

    def before():
        for name, other in (others or {}).items():
            times[name].append(other())
        if minus:
            deducted.append(minus())
        if peak:
            peaks.append(peak(threads))
        if threads > 1:
            once = engine.load(dtype).barrier_time  # a new thread may begin on the first one's core
            barriers.append(min(once(threads) for _ in range(5)))
        ours.warm()

    def after():
        if peak:  # what disturbs the one measurement seldom disturbs the other
            peaks[-1] = max(peaks[-1], peak(threads))

    benchmark.pedantic(ours.call, setup=before, teardown=after, rounds=effort.rounds)
    own = benchmark.stats.stats.data
    if minus:
        own = [whole - part for whole, part in zip(own, deducted, strict=True)]
    benchmark.extra_info.update(
        table=table, row=row, flops=flops, unit=unit, count=count, threads=threads,
        seconds={"trilobite": list(own), **times}, peaks=peaks, barriers=barriers,
        without=without or {},
    )  # fmt: skip
