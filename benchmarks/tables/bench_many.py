"""Many small nets at once: `fit_many` against a loop of `fit`, and JAX's `vmap`."""

from dataclasses import replace

import many
import pytest
from measure import missing, timed
from nets import Net
from peers import Jax

from trilobite import engine

CASES = [
    (512, Net((2, 8, 8, 2), batch=10, rows=500, epochs=1, activation="tanh")),
    (512, Net((2, 8, 8, 2), batch=10, rows=500, epochs=20, activation="tanh")),
    (60, Net((20, 64, 64, 2), batch=32, rows=10_000, epochs=2)),
]


@pytest.mark.parametrize(("n", "net"), CASES, ids=str)
def bench_fit_many(benchmark, effort, apart, n, net):
    if effort.toy:
        n, net = 20, replace(net, rows=50, epochs=2)
    others = {"one by one": many.in_turn(net, n)}
    without = {}
    if lacking := missing(Jax):
        without[Jax.name] = lacking
    else:
        others["JAX, vmap"] = apart("JAX", many.by_jax, net, n)
    timed(
        benchmark,
        effort,
        many.at_once(net, n),
        others=others,
        table="Many nets at once: `fit_many`",
        row={"nets": n, "net": str(net), "batch": net.batch, "epochs": net.epochs},
        flops=net.train_flops * net.rows * net.epochs * n,
        unit="us/net",
        count=n,
        threads=engine.get_num_threads(),
        without=without,
    )
