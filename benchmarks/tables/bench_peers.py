"""Whole `fit` calls against other libraries."""

import pytest
from implementations import Reference, Trilobite
from measure import installed, threads_for, timed, trained_by
from nets import PROMISED, SMALL_AND_WIDE, WITH_ADAM
from peers import TRAINERS

NETS = [*PROMISED, WITH_ADAM, *SMALL_AND_WIDE]


@pytest.mark.parametrize("net", NETS, ids=str)
def bench_peers(benchmark, effort, apart, net):
    earlier = NETS[: NETS.index(net)]
    net = effort.of(net)
    if net in map(effort.of, earlier):
        pytest.skip("one of the others is the same at toy size")
    kinds = [kind for kind in (Reference, *TRAINERS) if kind.form(net)]
    others, without = installed(kinds, lambda kind: apart(kind, trained_by, kind, net))
    timed(
        benchmark,
        effort,
        trained_by(Trilobite, net),
        others=others,
        without=without,
        table="Training: a whole fit, float32",
        row={
            "net": str(net),
            "batch": net.batch,
            "rows": net.rows,
            "optimizer": net.optimizer,
        },
        flops=net.train_flops * net.rows * net.epochs,
        unit="ms/epoch",
        count=net.epochs,
        threads=threads_for(net),
    )
