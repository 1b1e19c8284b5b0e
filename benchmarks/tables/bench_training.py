"""Whole `fit` calls against the NumPy reference: what the project promises."""

from dataclasses import replace

import pytest
from implementations import Reference, Trilobite
from measure import threads_for, timed, trained_by
from nets import PROMISED, SMALL_AND_WIDE, WITH_ADAM


@pytest.mark.parametrize(
    "net", [*PROMISED, WITH_ADAM, replace(PROMISED[1], dtype="float64"), *SMALL_AND_WIDE], ids=str
)
def bench_training(benchmark, effort, apart, net):
    net = effort.of(net)
    timed(
        benchmark,
        effort,
        trained_by(Trilobite, net),
        others={Reference.name: apart(Reference, trained_by, Reference, net)},
        table="Training: a whole fit",
        row={
            "net": str(net),
            "batch": net.batch,
            "rows": net.rows,
            "optimizer": net.optimizer,
            "dtype": net.dtype,
        },
        flops=net.train_flops * net.rows * net.epochs,
        unit="ms/epoch",
        count=net.epochs,
        threads=threads_for(net),
        dtype=net.dtype,
    )
