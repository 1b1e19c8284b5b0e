"""What the tests of reference and engine share: implementations, nets, and the tolerance helper."""

import os
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from trilobite import reference
from trilobite.reference.activations import described

try:
    from trilobite import engine
except ImportError:  # the reference alone can be tested without a compiler
    if os.environ.get("CI") == "true":
        raise
    engine = None

DTYPES = ("float32", "float64")
# (name, dtype) of everything that has Rows, Network and Training: the built variants are the list
IMPLEMENTATIONS = [
    (name, dtype)
    for name in ("reference", *(engine.VARIANTS if engine else ()))
    for dtype in DTYPES
]
ORACLE = reference.load("float64")


def load(name, dtype):
    """An implementation: what its module has, and its own name and dtype."""
    module = reference.load(dtype) if name == "reference" else engine.load(dtype, name)
    return SimpleNamespace(
        name=name,
        dtype=dtype,
        Rows=module.Rows,
        Network=module.Network,
        Optimizer=getattr(module, "Optimizer", None),
        Training=module.Training,
        permutation=module.permutation,
        dropout_mask=getattr(module, "dropout_mask", None),
        normal_noise=getattr(module, "normal_noise", None),
        TrainingsAbreast=getattr(module, "TrainingsAbreast", None),
        are_alike=getattr(module, "are_alike", None),
        most_abreast=getattr(module, "most_abreast", None),
    )


def runs_here(name):
    """Whether this machine can run an implementation."""
    return name == "reference" or name in engine.available()


def cpu_lacks(name):
    """Whether /proc/cpuinfo says that the CPU is no such machine."""
    path = Path("/proc/cpuinfo")
    lines = path.read_text().splitlines() if path.exists() else []
    flags = next((set(line.split()) for line in lines if line.startswith("flags")), set())
    needed = next(row.cpuinfo for row in engine.instruction_sets.TABLE if row.name == name)
    return not needed <= flags


def assert_close(got, expected, rtol, atol=0.0):
    """|got - expected| <= atol + rtol * |expected|; infinities and NaN must be the same ones."""
    got, expected = np.asarray(got), np.asarray(expected)
    assert got.shape == expected.shape, f"shape {got.shape}, expected {expected.shape}"
    got, expected = got.astype(np.float64), expected.astype(np.float64)
    with np.errstate(invalid="ignore"):
        near = np.abs(got - expected) <= atol + rtol * np.abs(expected)
    same = (got == expected) | (np.isnan(got) & np.isnan(expected))
    wrong = ~np.where(np.isfinite(expected), near, same)
    if wrong.any():
        at = tuple(int(i) for i in np.argwhere(wrong)[0])
        raise AssertionError(
            f"{wrong.sum()} of {wrong.size} elements off by more than {atol} + {rtol} * |expected|"
            f", the first at {at}: {got[at]!r}, expected {expected[at]!r}"
        )


COSTS = [name for name, row in reference.COSTS.items() if row.of_output]  # Keras's
FROM_LOGITS = [name for name in COSTS if reference.COSTS[name].of_z]
CANONICAL = [name for name in reference.COSTS if name not in COSTS]  # scikit-learn's


def assert_same(got, expected):
    """The same bits."""
    for a, b in zip(got, expected, strict=True):
        assert a.tobytes() == b.tobytes()


def means(totals):
    """Means over the rows of cost and row metrics: each has two totals, a sum and a count."""
    return totals[..., 0::2] / np.maximum(totals[..., 1::2], 1)


def tolerance(module, *sizes):
    """Rounding of sums of so many terms, taken in turn: eps * sizes, and 16 eps for the rest."""
    return float(np.finfo(module.dtype).eps) * (16 + sum(sizes))


def dense(widths, hidden, output, use_bias=True):
    """n_in and the stages of a net of these widths."""
    activations = [hidden] * (len(widths) - 2) + [output]
    stages = [
        ("dense", n_out, activation, use_bias)
        for n_out, activation in zip(widths[1:], activations, strict=True)
    ]
    return widths[0], stages


def networks(module, n_in, stages, seed=0, **options):
    """The same net twice, of the module and of the oracle: uniform weights that keep z near 1.

    Gamma and moving variance, which are 1 at first, stay above 0.
    """
    rng = np.random.default_rng(seed)
    net, oracle = (m.Network(n_in, stages, **options) for m in (module, ORACLE))
    weights = [
        a + rng.uniform(-1, 1, a.shape) * (np.sqrt(3 / len(a)) if a.ndim == 2 else 0.5)
        for a in net.get_weights()
    ]
    weights = [a.astype(module.dtype) for a in weights]
    net.set_weights(weights)
    oracle.set_weights([a.astype(np.float64) for a in weights])
    return net, oracle


def identity(module, n, **options):
    """A net whose output is its input."""
    net = module.Network(n, [("dense", n, "linear", False)], **options)
    net.set_weights([np.eye(n)])
    return net


def random_rows(module, n, n_columns, seed):
    """Uniform in -1 to 1, of the module's dtype."""
    return np.random.default_rng(seed).uniform(-1, 1, (n, n_columns)).astype(module.dtype)


def two_rows(module, *arrays):
    """Rows of the arrays, None for None, twice: of the module and of the oracle."""
    return [[a if a is None else m.Rows(a) for a in arrays] for m in (module, ORACLE)]


def targets(rng, loss, n, n_out):
    """y for a cost: class indices, distributions, bits, signs, counts, or any numbers."""
    if loss == "sparse_categorical_crossentropy":
        return rng.integers(0, n_out, n)
    if loss in ("categorical_crossentropy", "kl_divergence"):
        return rng.dirichlet(np.ones(n_out), n)
    if loss == "categorical_hinge":
        return np.eye(n_out, dtype=np.uint8)[rng.integers(0, n_out, n)]
    if loss == "binary_crossentropy":
        return rng.integers(0, 2, (n, n_out)).astype(np.uint8)
    if loss in ("hinge", "squared_hinge"):
        return rng.choice([-1.0, 1.0], (n, n_out))
    if loss in ("poisson", "mean_squared_logarithmic_error"):
        return rng.integers(0, 5, (n, n_out))
    return rng.uniform(-1, 1, (n, n_out))


def outputs(weights, stages, x):
    """The pairs (z, y) of every stage, in float64."""
    weights = iter(weights)
    y = x.astype(np.float64)
    for kind, *rest in stages:
        z = y
        if kind == "dense":
            z = z @ next(weights)
            if rest[-1]:
                z = z + next(weights)
        y = z.copy()
        row, numbers = described(rest[1] if kind == "dense" else rest[0])
        row.function(y, *numbers)
        yield z, y


KINKS = {  # activation: values of z where its derivative jumps
    "relu": (0,),
    "leaky_relu": (0,),
    "selu": (0,),
    "hard_sigmoid": (-3, 3),
    "hard_silu": (-3, 3),
    "sparse_sigmoid": (-1, 1),
    "hard_tanh": (-1, 1),
    "bent_relu": (0,),
    "relu6": (0, 6),
    "threshold": (0,),
    "hard_shrink": (-0.5, 0.5),
    "soft_shrink": (-0.5, 0.5),
}


def kink_distance(weights, stages, x):
    """How near any z comes to a kink of its activation."""
    near = np.inf
    for stage, (z, _) in zip(stages, outputs(weights, stages, x), strict=True):
        for kink in KINKS.get(stage[2] if stage[0] == "dense" else stage[1], ()):
            near = min(near, np.abs(z - kink).min(initial=np.inf))
    return near


def train(training, learning_rate=0.1, epochs=None, **limits):
    """Run a Training to the end of an epoch (the last one by default); its last status."""
    training.learning_rate = learning_rate
    epochs = training.epochs if epochs is None else epochs
    status = "running"
    while status == "running":
        status = training.run(epochs, **limits)
    return status


def step(module, net, x, y, learning_rate, **options):
    """The gradient that one step over all rows takes: (w before - w after) / learning_rate."""
    before = net.get_weights()
    rows = module.Rows(x), module.Rows(y)
    training = module.Training(net, *rows, max(len(x), 1), shuffle=False, **options)
    assert train(training, learning_rate) == "epoch"
    return [
        (w.astype(np.float64) - after) / learning_rate
        for w, after in zip(before, net.get_weights(), strict=True)
    ]
