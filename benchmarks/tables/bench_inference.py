"""One row, and all of MNIST's, through 784-64-64-10."""

from dataclasses import replace

from implementations import Reference, Trilobite
from measure import check_outputs, installed, predicted_by, threads_for, timed
from nets import PROMISED
from peers import PREDICTORS


def bench_one_row(benchmark, effort):
    net = replace(PROMISED[1], rows=1)
    calls = 3 if effort.toy else 3000

    def many(call):
        def repeat():
            for _ in range(calls):
                call()

        return repeat

    x, y = net.data()
    ours = Trilobite(net, net.weights(), x, y)
    check_outputs(Trilobite, net, ours.call(), x)
    others, without = installed(PREDICTORS, lambda kind: many(predicted_by(kind, net, x)))
    timed(
        benchmark,
        effort,
        many(ours.call),
        others=others,
        without=without,
        table="Prediction of one row, model(x)",
        row={"net": str(net), "rows": 1},
        flops=net.predict_flops * calls,
        unit="us/call",
        count=calls,
    )


def bench_many_rows(benchmark, effort):
    net = effort.of(PROMISED[1])
    x, _ = net.data()
    others, without = installed([Reference, *PREDICTORS], lambda kind: predicted_by(kind, net, x))
    timed(
        benchmark,
        effort,
        predicted_by(Trilobite, net, x),
        others=others,
        without=without,
        table="Prediction of many rows, model.predict(x)",
        row={"net": str(net), "rows": net.rows},
        flops=net.predict_flops * net.rows,
        unit="ms/call",
        threads=threads_for(net, net.rows),
    )
