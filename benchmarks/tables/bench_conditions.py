"""784-64-64-10 at batch 128 when something is not as usual, against the usual in the same run."""

import os
import signal
import subprocess
import sys
import tempfile
from contextlib import contextmanager, nullcontext
from dataclasses import replace

import numpy as np
import pytest
from implementations import Trilobite
from measure import threads_for, timed, trained_by
from nets import PROMISED


class Bytes(Trilobite):
    """uint8 and a Rescaling layer"""

    def begin(self, weights):
        self.x, self.option = np.rint(255 * self.x).astype(np.uint8), 1 / 255
        super().begin(weights)


class Float64(Trilobite):
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

    def begin(self, weights):
        self.file = tempfile.NamedTemporaryFile(suffix=".npy")
        np.save(self.file, self.x)
        self.file.flush()
        self.x = np.load(self.file.name, mmap_mode="r")
        super().begin(weights)


class Subnormal(Trilobite):
    """x, and so the first layer's gradient, subnormal"""

    @staticmethod
    def form(net):
        return replace(net, scale=1e-39)


class Busy(Trilobite):
    """another process keeps one core busy"""


@contextmanager
def neighbour():
    """A process bound to one core, which it keeps busy inside of the context that this yields."""
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


@pytest.mark.parametrize("condition", [Bytes, Float64, ColumnsFirst, MemoryMapped, Subnormal, Busy])
def bench_conditions(benchmark, effort, condition):
    net = effort.of(PROMISED[1])
    fit = trained_by(condition, net)
    with neighbour() as busy:
        during = busy if condition is Busy else nullcontext

        def ours():
            with during():
                fit()

        timed(
            benchmark,
            effort,
            ours,
            others={"as usual": trained_by(Trilobite, net)},
            table="Training when something is not as usual",
            row={"condition": condition.__doc__},
            flops=net.train_flops * net.rows * net.epochs,
            unit="ms/epoch",
            count=net.epochs,
            threads=threads_for(net),
        )
