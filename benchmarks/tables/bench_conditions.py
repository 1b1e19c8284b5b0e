"""Training when something is not as usual, each against what is usual, in turns."""

import os
import signal
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from apart import Apart
from implementations import Reference, Trilobite
from measure import Work, memory_of, threads_for, timed, trained_by
from nets import PROMISED

from trilobite import get_num_threads, set_num_threads

NET, TINY = PROMISED[1], PROMISED[-1]
SIGMOIDS = replace(NET, activation="sigmoid")


class Bytes(Trilobite):
    """uint8 rows, Rescaling(1/255)"""

    mapped = False

    def begin(self, weights):
        self.x, self.option = np.rint(255 * self.x).astype(np.uint8), 1 / 255
        super().begin(weights)


class Float64Rows(Trilobite):
    """float64 rows for a float32 net"""

    def begin(self, weights):
        self.x = self.x.astype(np.float64)
        super().begin(weights)


class ColumnsFirst(Trilobite):
    """rows of an array in Fortran's order"""

    def begin(self, weights):
        self.x = np.asfortranarray(self.x)
        super().begin(weights)


class MemoryMapped(Trilobite):
    """rows of a memory-mapped file"""

    mapped = True

    def begin(self, weights):
        self.file = tempfile.NamedTemporaryFile(suffix=".npy")
        np.save(self.file, self.x)
        self.file.flush()
        self.x = np.load(self.file.name, mmap_mode="r")
        super().begin(weights)


@contextmanager
def neighbour():
    """A process that keeps one core busy inside of the contexts that the function yielded makes."""
    process = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    process.send_signal(signal.SIGSTOP)
    os.sched_setaffinity(process.pid, {max(os.sched_getaffinity(0))})

    @contextmanager
    def busy():
        process.send_signal(signal.SIGCONT)
        yield
        process.send_signal(signal.SIGSTOP)

    try:
        yield busy
    finally:
        process.kill()
        process.wait()


def compare(benchmark, net, effort, ours, condition, usual, other, memory=None):
    """A row of the table: ours under the condition, against the other, which is as usual."""
    timed(
        benchmark,
        effort,
        ours,
        others={usual: other},
        table="Training when something is not as usual",
        row={"net": str(net), "condition": condition, "against": usual, "MB": memory},
        flops=net.train_flops * net.rows * net.epochs,
        unit="ms/epoch",
        count=net.epochs,
        threads=threads_for(net),
        dtype=net.dtype,
    )


@pytest.mark.parametrize("kind", [Bytes, MemoryMapped, Float64Rows, ColumnsFirst])
def bench_rows(benchmark, effort, tmp_path, kind):
    net, memory = effort.of(NET), None
    if hasattr(kind, "mapped"):
        run = kind(net, net.weights(), *net.data())
        np.save(tmp_path / "x.npy", run.x)
        with Apart() as process:
            x = str(tmp_path / "x.npy"), "r" if kind.mapped else None
            memory = process.made(memory_of, net, *x, run.option)()
    usual, other = "float32 rows in memory", trained_by(Trilobite, net)
    compare(benchmark, net, effort, trained_by(kind, net), kind.__doc__, usual, other, memory)


@pytest.mark.parametrize(
    ("condition", "net", "usual"),
    [
        ("x, and so the first layer's gradient, subnormal", replace(NET, scale=1e-39), NET),
        ("sigmoids saturated: outputs and gradients subnormal",
         replace(SIGMOIDS, shift=-90), SIGMOIDS),
    ],
)  # fmt: skip
def bench_subnormal(benchmark, effort, condition, net, usual):
    ours, other = (trained_by(Trilobite, effort.of(n)) for n in (net, usual))
    compare(benchmark, effort.of(net), effort, ours, condition, "normal numbers", other)


@pytest.mark.parametrize("usual", ["the machine idle", "1 thread, the core busy likewise"])
def bench_busy(benchmark, effort, usual):
    net = effort.of(NET)
    fit = trained_by(Trilobite, net).call

    def on(threads, context):
        set_num_threads(threads)
        with context():
            fit()

    with neighbour() as busy:
        try:
            ours = Work(partial(on, None, busy))
            other = Work(fit if usual == "the machine idle" else partial(on, 1, busy))
            condition = f"one core busy, {get_num_threads()} threads allowed"
            compare(benchmark, net, effort, ours, condition, usual, other)
        finally:
            set_num_threads(None)


def bench_float64(benchmark, effort, apart):
    net = effort.of(replace(NET, dtype="float64"))
    ours, other = trained_by(Trilobite, net), apart(Reference, trained_by, Reference, net)
    compare(benchmark, net, effort, ours, "a net in float64", "NumPy in float64", other)


def bench_one_thread(benchmark, effort, apart, monkeypatch):
    net = effort.of(TINY)
    monkeypatch.setenv("TRILOBITE_NUM_THREADS", "1")
    other = apart("trilobite", trained_by, Trilobite, net)
    monkeypatch.undo()
    condition, usual = f"{net}, threads as they are chosen", "TRILOBITE_NUM_THREADS=1"
    compare(benchmark, net, effort, trained_by(Trilobite, net), condition, usual, other)
