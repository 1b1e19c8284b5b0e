"""The three products of a dense layer, on one thread, over shapes, dtypes and instruction sets.

The engine shows no kernel by itself, so a net of one linear layer does the work, on a row repeated
with stride 0, which costs next to nothing to read:

- forward, y = x @ w: `predict`;
- dw, x.T @ dy: a training less its forward pass and cost, which `evaluate` does alone; the update
  of w is part of it;
- dx, dy @ w.T: a training of the layer on top of one of a single input, less one without that.
"""

import math

import numpy as np
import pytest
from measure import Work, close, timed
from nets import SEED

from trilobite import engine, reference

ROWS = 128  # of a step: as many as `predict` and `evaluate` work on at once
SHAPES = [(784, 64), (64, 64), (64, 10), (100, 100), (784, 1024), (1024, 1024)]  # n_in, n_out


class Layer:
    """Calls of a module with Rows, Network and Training; below: on top of a layer of 1 input."""

    def __init__(self, module, shape, x, y, below=False):
        self.module, self.widths = module, (1, *shape) if below else shape
        stages = [("dense", n, "linear", True) for n in self.widths[1:]]
        self.net = module.Network(self.widths[0], stages)
        self.net.compile("mean_squared_error")
        rng = np.random.default_rng(SEED)
        shapes = [a.shape for a in self.net.get_weights()]
        self.net.set_weights([rng.uniform(-0.1, 0.1, shape).astype(x.dtype) for shape in shapes])
        self.x, self.y = module.Rows(x[:, : self.widths[0]]), module.Rows(y)
        self.out = np.empty(y.shape, y.dtype)

    def forward(self):
        self.net.predict(self.x, self.out)

    def evaluate(self):
        self.net.evaluate(self.x, self.y)

    def train(self):
        training = self.module.Training(self.net, self.x, self.y, ROWS, shuffle=False)
        training.run(1, math.inf)


def check(module, dtype, shape):
    """Outputs and trained weights are those of the reference in float64."""
    rng = np.random.default_rng(SEED)
    x, y = (rng.random((2 * ROWS + 3, n)) for n in shape)
    for below in (False, True):
        oracle = Layer(reference.load("float64"), shape, x, y, below)
        layer = Layer(module, shape, x.astype(dtype), y.astype(dtype), below)
        before = oracle.net.get_weights()
        for each in (oracle, layer):
            each.forward()
            each.train()
        close(layer.out, oracle.out, np.ptp(oracle.out), f"{shape}: outputs")
        pairs = zip(before, layer.net.get_weights(), oracle.net.get_weights(), strict=True)
        for w0, w, expected in pairs:
            close(w, expected, np.abs(expected - w0).max(), f"{shape}: weights")


@pytest.mark.parametrize("kernel", ["forward", "dw", "dx"])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("variant", engine.available())
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def bench_kernels(benchmark, effort, dtype, variant, shape, kernel):
    if effort.toy:
        shape = tuple(min(n, 64) for n in shape)
    module = engine.load(dtype, variant)
    check(module, dtype, shape)
    flops = 2 * ROWS * shape[0] * shape[1]
    steps = 2 if effort.toy else max(20, round(1e9 / flops))
    x, y = (np.broadcast_to(np.full(n, 0.5, dtype), (steps * ROWS, n)) for n in shape)
    layer, on_top = (Layer(module, shape, x, y, below) for below in (False, True))
    ours, minus = {
        "forward": (layer.forward, None),
        "dw": (layer.train, layer.evaluate),
        "dx": (on_top.train, layer.train),
    }[kernel]
    timed(
        benchmark,
        effort,
        Work(ours),
        minus=minus and Work(minus),
        table=f"Kernels, {dtype}, {variant}, one thread",
        row={"n_in x n_out": f"{shape[0]} x {shape[1]}", "kernel": kernel},
        flops=flops * steps,
        unit="us/step",
        count=steps,
        dtype=dtype,
        variant=variant,
    )
