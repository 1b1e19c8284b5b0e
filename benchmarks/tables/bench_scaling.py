"""How training time grows with threads, rows, width, batch and parameters."""

import math
from dataclasses import replace

import pytest
from implementations import LEARNING_RATE, Trilobite
from measure import Work, threads_for, timed, trained_by
from nets import PROMISED, Net

from trilobite import engine, get_num_threads, set_num_threads

WORK = 2e10  # floating-point operations of a fit, if they are to be had in so many
STEPS = 50_000  # steps at most
GROWING = [  # 9 parameters to 10 million
    (2, 2, 1),
    (2, 8, 8, 2),
    (20, 64, 64, 2),
    (784, 64, 10),
    (784, 256, 256, 10),
    (784, 1024, 1024, 10),
    (784, 2816, 2816, 10),
]
MNIST_NET = PROMISED[1]


def measure(benchmark, effort, net, table, row, unit, ours=None, others=None):
    net = effort.of(net)
    counts = {"ms/epoch": 1, "us/row": net.rows, "us/step": net.steps}
    timed(
        benchmark,
        effort,
        ours or trained_by(Trilobite, net),
        others=others,
        table=table,
        row=row,
        flops=net.train_flops * net.rows * net.epochs,
        unit=unit,
        count=counts[unit] * net.epochs,
        threads=threads_for(net),
    )


@pytest.mark.parametrize("threads", range(1, get_num_threads() + 1))
@pytest.mark.parametrize("net", PROMISED, ids=str)
def bench_threads(benchmark, effort, net, threads):
    fit = trained_by(Trilobite, effort.of(net)).call

    def on(n):
        def call():
            set_num_threads(n)
            fit()

        return Work(call)

    try:
        set_num_threads(threads)
        measure(
            benchmark,
            effort,
            net,
            table="Threads",
            row={"net": str(net), "batch": net.batch, "threads allowed": threads},
            unit="ms/epoch",
            ours=on(threads),
            others={"1 thread": on(1)} if threads > 1 else {},
        )
    finally:
        set_num_threads(None)


@pytest.mark.parametrize("rows", [1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000])
def bench_rows(benchmark, effort, rows):
    net = replace(MNIST_NET, rows=rows, epochs=max(1, 100_000 // rows))
    row = {"net": str(net), "batch": net.batch, "rows": rows}
    measure(benchmark, effort, net, "Rows", row, "us/row")


@pytest.mark.parametrize("width", [8, 16, 32, 48, 64, 100, 128, 256, 512, 1024, 2048])
def bench_width(benchmark, effort, width):
    net = fill(Net((784, width, width, 10)))
    row = {"net": f"784-{width}-{width}-10", "batch": net.batch, "width": width}
    measure(benchmark, effort, net, "Width", row, "us/step")


@pytest.mark.parametrize("batch", [1, 4, 16, 64, 256, 1024, 4096])
@pytest.mark.parametrize("widths", GROWING, ids=lambda widths: str(Net(widths)))
def bench_batch(benchmark, effort, widths, batch):
    net = fill(Net(widths, batch))
    row = {"net": str(net), "parameters": net.n_parameters, "batch": batch}
    measure(benchmark, effort, net, "Batch", row, "us/step")


@pytest.mark.parametrize("threads", range(1, get_num_threads() + 1))
@pytest.mark.parametrize("variant", engine.available())
@pytest.mark.parametrize("net", [MNIST_NET, PROMISED[3]], ids=str)
def bench_variants(benchmark, effort, net, variant, threads):
    """Every instruction set in one process: the engine itself, without the face."""
    net = effort.of(net)
    module = engine.load(net.dtype, variant)
    *hidden, output = net.widths[1:]
    stages = [("dense", n, "relu", True) for n in hidden] + [("dense", output, "softmax", True)]
    network = module.Network(net.widths[0], stages)
    network.compile("sparse_categorical_crossentropy", ["sparse_categorical_accuracy"])
    network.set_weights(net.weights())
    rows = [module.Rows(a) for a in net.data()]

    def fit():
        training = module.Training(network, *rows, net.batch, net.epochs, threads=threads)
        training.learning_rate = LEARNING_RATE
        training.run(net.epochs, math.inf)

    timed(
        benchmark,
        effort,
        Work(fit),
        table="Instruction sets",
        row={"net": str(net), "batch": net.batch, "variant": variant},
        flops=net.train_flops * net.rows * net.epochs,
        unit="ms/epoch",
        count=net.epochs,
        threads=threads,
        variant=variant,
    )


def fill(net):
    """The net with as many rows and epochs as make a fit of a sensible length."""
    steps = max(1, min(STEPS, round(WORK / (net.train_flops * net.batch))))
    per_epoch = max(1, min(steps, 60_000 // net.batch))
    return replace(net, rows=per_epoch * net.batch, epochs=-(-steps // per_epoch))
