"""One row, and all of MNIST's, through 784-64-64-10."""

from dataclasses import replace

from implementations import Reference, Trilobite
from measure import installed, predicted_by, threads_for, timed
from nets import PROMISED
from peers import PREDICTORS


def bench_one_row(benchmark, effort, apart):
    net = replace(PROMISED[1], rows=1)
    calls = 3 if effort.toy else 3000
    others, without = installed(
        PREDICTORS, lambda kind: apart(kind, predicted_by, kind, net, calls)
    )
    timed(
        benchmark,
        effort,
        predicted_by(Trilobite, net, calls),
        others=others,
        without=without,
        table="Prediction of one row, model(x)",
        row={"net": str(net), "rows": 1},
        flops=net.predict_flops * calls,
        unit="us/call",
        count=calls,
    )


def bench_many_rows(benchmark, effort, apart):
    net = effort.of(PROMISED[1])
    others, without = installed(
        [Reference, *PREDICTORS], lambda kind: apart(kind, predicted_by, kind, net)
    )
    timed(
        benchmark,
        effort,
        predicted_by(Trilobite, net),
        others=others,
        without=without,
        table="Prediction of many rows, model.predict(x)",
        row={"net": str(net), "rows": net.rows},
        flops=net.predict_flops * net.rows,
        unit="ms/call",
        threads=threads_for(net, net.rows),
    )
