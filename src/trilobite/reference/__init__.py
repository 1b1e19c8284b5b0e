"""The engine's mathematics in plain NumPy: specification, tests' oracle, benchmarks' baseline.

`load(dtype)` offers what `trilobite.engine.load(dtype)` offers: `Rows`, `Network`, `Optimizer`,
`Training`, `permutation`, `dropout_mask`, `normal_noise`.

Shapes: x (n, n_in), w (n_in, n_out), b (n_out,), y (n, n_out). z = x @ w + b and y = act(z). dw is
the gradient of the cost with respect to w, and likewise db, dx, dy, dz. Functions work in place,
name first what they write to, and stand beside their gradient, whose name begins with `d_`.
"""

from functools import partial
from types import SimpleNamespace

from trilobite.reference.activations import ACTIVATIONS
from trilobite.reference.batch import Batch
from trilobite.reference.costs import COSTS
from trilobite.reference.metrics import METRICS
from trilobite.reference.network import Network
from trilobite.reference.optimizers import OPTIMIZERS, Optimizer
from trilobite.reference.rows import Rows
from trilobite.reference.sampling import dropout_mask, normal_noise, permutation
from trilobite.reference.training import Training
from trilobite.reference.values import (
    accumulators,
    costs_of_rows,
    costs_of_traced,
    metric_of_rows,
    reduced,
)

__all__ = [
    "ACTIVATIONS", "COSTS", "METRICS", "OPTIMIZERS", "Batch", "Network", "Optimizer", "Rows",
    "Training", "accumulators", "costs_of_rows", "costs_of_traced", "dropout_mask", "load",
    "metric_of_rows", "normal_noise", "permutation", "reduced",
]  # fmt: skip


def load(dtype="float32"):
    """What there is for a dtype, as `trilobite.engine.load` returns it."""
    return SimpleNamespace(
        Rows=partial(Rows, dtype=dtype),
        Network=partial(Network, dtype=dtype),
        Optimizer=Optimizer,
        Training=Training,
        permutation=permutation,
        dropout_mask=dropout_mask,
        normal_noise=normal_noise,
    )
