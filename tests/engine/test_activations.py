"""Activations: formulas, extremes, NaN."""

import numpy as np
import pytest
from compare import assert_close, tolerance
from scipy.special import erf

from trilobite.reference import ACTIVATIONS

SCALE, ALPHA = 1.0507009873554805, 1.6732632423543772  # Klambauer et al., 2017
FORMULAS = {
    "linear": lambda z: z,
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "tanh": lambda z: np.expm1(2 * z) / (np.expm1(2 * z) + 2),
    "relu": lambda z: np.where(z > 0, z, 0),
    "softmax": lambda z: np.exp(z) / np.exp(z).sum(axis=1, keepdims=True),
    "leaky_relu": lambda z, slope=0.2: np.where(z > 0, z, slope * z),
    "elu": lambda z, alpha=1: np.where(z > 0, z, alpha * np.expm1(z)),
    "selu": lambda z: SCALE * np.where(z > 0, z, ALPHA * np.expm1(z)),
    "gelu": lambda z: z / 2 * (1 + erf(z / np.sqrt(2))),
    "gelu_tanh": lambda z: z / 2 * (1 + np.tanh(np.sqrt(2 / np.pi) * (z + 0.044715 * z**3))),
    "silu": lambda z: z / (1 + np.exp(-z)),
    "softplus": lambda z: np.log1p(np.exp(z)),
    "hard_sigmoid": lambda z: np.minimum(np.maximum(z + 3, 0), 6) / 6,
    "exponential": np.exp,
    "log_softmax": lambda z: z - np.log(np.exp(z).sum(axis=1, keepdims=True)),
    "mish": lambda z: z * np.tanh(np.log1p(np.exp(z))),
    "softsign": lambda z: z / (1 + np.abs(z)),
    "log_sigmoid": lambda z: -np.log1p(np.exp(-z)),
    "tanh_shrink": lambda z: z - np.tanh(z),
    "celu": lambda z, alpha=1: np.where(z > 0, z, alpha * np.expm1(z / alpha)),
    "squareplus": lambda z, b=4: (z + np.sqrt(z * z + b)) / 2,
    "sparse_plus": lambda z: np.select([z < -1, z < 1], [0, (z + 1) ** 2 / 4], z),
    "hard_silu": lambda z: z * np.minimum(np.maximum(z + 3, 0), 6) / 6,
    "sparse_sigmoid": lambda z: np.minimum(np.maximum(z + 1, 0), 2) / 2,
    "hard_tanh": lambda z: np.minimum(np.maximum(z, -1), 1),
    "bent_relu": lambda z, a=0, most=np.inf, t=0: np.where(z > t, np.minimum(z, most), a * (z - t)),
    "relu6": lambda z: np.minimum(np.maximum(z, 0), 6),
    "threshold": lambda z, t=0, default=0: np.where(z > t, z, default),
    "hard_shrink": lambda z, t=0.5: np.where(np.abs(z) > t, z, 0),
    "soft_shrink": lambda z, t=0.5: np.sign(z) * np.maximum(np.abs(z) - t, 0),
}
NUMBERED = [  # those with other numbers than the table's
    ("leaky_relu", 0.375),
    ("elu", 0.5),
    ("celu", 0.5),
    ("squareplus", 1.0),
    ("squareplus", 0.0),
    ("bent_relu", 0.25, 0.75, 0.5),
    ("bent_relu", 0.0, 0.25, 0.75),
    ("threshold", 0.5, -2.0),
    ("hard_shrink", 0.75),
    ("soft_shrink", 0.25),
]


def stages_of(name, n):
    """The activation of a dense stage, and a stage of its own."""
    return [("dense", n, name, True)], [("dense", n, "linear", False), ("activation", name)]


def test_all_are_here():
    assert ACTIVATIONS.keys() == FORMULAS.keys()


@pytest.mark.parametrize("name", FORMULAS)
@pytest.mark.parametrize("largest", [1e-3, 1.0, 9.0])
def test_formula(module, name, largest):
    z = np.random.default_rng(0).uniform(-largest, largest, (50, 7)).astype(module.dtype)
    expected = FORMULAS[name](z.astype(np.float64))
    # 1 + tanh and the like cancel in the negative tail; so does exp(z) - 1 next to 0
    exact = name in ("linear", "sigmoid", "tanh", "relu", "softmax", "leaky_relu", "exponential")
    exact |= name in ("silu", "softplus", "softsign", "relu6", "threshold", "hard_shrink")
    atol = 1e-300 if exact else largest * tolerance(module, 7)
    for stages in stages_of(name, 7):
        assert_close(output_of(module, stages, z), expected, rtol=tolerance(module, 7), atol=atol)


def output_of(module, stages, z):
    """What a net of these stages, with the identity for weights, makes of z."""
    net = module.Network(z.shape[1], stages)
    net.set_weights([np.eye(z.shape[1]), np.zeros(z.shape[1])][: len(net.get_weights())])
    y = np.full_like(z, np.nan)
    assert net.predict(module.Rows(z), y)
    return y


@pytest.mark.parametrize("activation", NUMBERED, ids=str)
def test_numbers(module, activation):
    """Limits belong to the piece that Keras says."""
    name, *numbers = activation
    z = np.append(np.linspace(-2, 2, 33), [-1e-20, 1e-20, 0.0])[:, None].astype(module.dtype)
    expected = FORMULAS[name](z.astype(np.float64), *numbers)
    for stages in stages_of(activation, 1):
        assert_close(output_of(module, stages, z), expected, tolerance(module), tolerance(module))


EXTREMES = [  # activation, z, y: nothing overflows on the way
    ("sigmoid", [-1e4, -100.0, 0.0, 100.0, 1e4], [0, 0, 0.5, 1, 1]),
    ("tanh", [-1e4, -100.0, 0.0, 100.0, 1e4], [-1, -1, 0, 1, 1]),
    ("softmax", [-1e4, 0.0, 1e4, 1e4, 100.0], [0, 0, 0.5, 0.5, 0]),
    ("relu", [-1e30, -1e-40, 0.0, 1e-40, 1e30], [0, 0, 0, 1e-40, 1e30]),
    ("leaky_relu", [-1e30, -1.0, 0.0, 1e-20, 1e30], [-2e29, -0.2, 0, 1e-20, 1e30]),
    ("elu", [-1e30, -200.0, 0.0, 200.0, 1e30], [-1, -1, 0, 200, 1e30]),
    ("selu", [-1e30, -200.0, 0.0, 1.0, 1e30], [-SCALE * ALPHA] * 2 + [0, SCALE, SCALE * 1e30]),
    ("gelu", [-1e4, -100.0, 0.0, 100.0, 1e4], [0, 0, 0, 100, 1e4]),
    ("gelu_tanh", [-1e4, -100.0, 0.0, 100.0, 1e4], [0, 0, 0, 100, 1e4]),
    ("silu", [-1e4, -200.0, 0.0, 100.0, 1e30], [0, 0, 0, 100, 1e30]),
    ("softplus", [-1e4, -200.0, 0.0, 200.0, 1e30], [0, 0, np.log(2), 200, 1e30]),
    ("hard_sigmoid", [-1e30, -3.0, 0.0, 3.0, 1e30], [0, 0, 0.5, 1, 1]),
    ("exponential", [-1e30, -200.0, 0.0, 1.0, 1e4], [0, 0, 1, np.e, np.inf]),
    ("log_softmax", [-1e4, 0.0, 1e4, 1e4, 1e4], [-20001.0986, -10001.0986, *[-np.log(3)] * 3]),
    ("mish", [-1e4, -100.0, 0.0, 100.0, 1e30], [0, 0, 0, 100, 1e30]),
    ("softsign", [-1e30, -1.0, 0.0, 1e-20, 1e30], [-1, -0.5, 0, 1e-20, 1]),
    ("log_sigmoid", [-1e30, -200.0, 0.0, 100.0, 1e30], [-1e30, -200, -np.log(2), 0, 0]),
    ("tanh_shrink", [-1e30, -100.0, 0.0, 100.0, 1e30], [-1e30, -99, 0, 99, 1e30]),
    ("celu", [-1e30, -200.0, 0.0, 200.0, 1e30], [-1, -1, 0, 200, 1e30]),
    ("squareplus", [-1e18, -2.0, 0.0, 2.0, 1e18], [0, 2**0.5 - 1, 1, 2**0.5 + 1, 1e18]),
    ("sparse_plus", [-1e30, -1.0, 0.0, 1.0, 1e30], [0, 0, 0.25, 1, 1e30]),
    ("hard_silu", [-1e30, -3.0, 0.0, 3.0, 1e30], [0, 0, 0, 3, 1e30]),
    ("sparse_sigmoid", [-1e30, -1.0, 0.0, 1.0, 1e30], [0, 0, 0.5, 1, 1]),
    ("hard_tanh", [-1e30, -1.0, 0.0, 1.0, 1e30], [-1, -1, 0, 1, 1]),
    ("bent_relu", [-1e30, -1.0, 0.0, 1e-20, 1e30], [0, 0, 0, 1e-20, 1e30]),
    ("relu6", [-1e30, -1.0, 0.0, 1e-20, 1e30], [0, 0, 0, 1e-20, 6]),
    ("threshold", [-1e30, -1.0, 0.0, 1e-20, 1e30], [0, 0, 0, 1e-20, 1e30]),
    ("hard_shrink", [-1e30, -0.5, 0.0, 0.5, 1e30], [-1e30, 0, 0, 0, 1e30]),
    ("soft_shrink", [-1e30, -0.5, 0.0, 1.0, 1e30], [-1e30, 0, 0, 0.5, 1e30]),
]


@pytest.mark.parametrize("activation, z, y", EXTREMES)
def test_extremes(module, activation, z, y):
    net = module.Network(1, [("dense", 5, activation, False)])
    net.set_weights([np.array([z], module.dtype)])
    out = np.full((1, 5), np.nan, module.dtype)
    assert net.predict(module.Rows(np.ones((1, 1), module.dtype)), out)
    # subnormal numbers may count as zero
    assert_close(out[0], np.array(y, module.dtype), rtol=1e-6, atol=1e-37)


@pytest.mark.parametrize("activation", [name for name in FORMULAS if name != "exponential"])
def test_gradient_at_extremes(module, activation):
    """Finite: 0 or the slope at infinity, never 0 times infinity."""
    slopes = {"leaky_relu": (0.2, 1), "linear": (1, 1)}
    slopes |= {name: (0, 1) for name in ("relu", "elu", "gelu", "gelu_tanh", "silu", "softplus")}
    slopes |= {name: (0, 1) for name in ("mish", "celu", "squareplus", "sparse_plus", "hard_silu")}
    slopes |= {name: (0, 1) for name in ("bent_relu", "threshold")} | {"log_sigmoid": (1, 0)}
    slopes |= {name: (1, 1) for name in ("tanh_shrink", "hard_shrink", "soft_shrink")}
    low, high = slopes.get(activation, (0, SCALE if activation == "selu" else 0))
    net = module.Network(1, [("dense", 2, "linear", True), ("activation", activation)])
    net.set_weights([np.zeros((1, 2)), np.array([-1e4, 1e4])])
    rows = module.Rows(np.zeros((1, 1)))
    before = net.get_weights()[1].astype(np.float64)
    net.compile("mean_squared_error")
    y = np.empty((1, 2), module.dtype)
    net.predict(rows, y)
    target = module.Rows(y - np.array([[1.0, 1.0]], module.dtype))  # so that dy is 1
    training = module.Training(net, rows, target)
    training.learning_rate = 2.0**20
    assert training.run(1) == "epoch"
    got = (before - net.get_weights()[1]) / 2.0**20
    if "softmax" not in activation:
        assert_close(got, [low, high], rtol=1e-6, atol=1e-6)
    assert np.isfinite(got).all()


@pytest.mark.parametrize("activation", [name for name in FORMULAS if "softmax" not in name])
def test_keeps_nan(module, activation):
    net = module.Network(2, [("dense", 3, activation, True), ("dense", 1, "linear", True)])
    weights = net.get_weights()
    weights[1][1] = np.nan
    net.set_weights(weights)
    out = np.zeros((1, 1), module.dtype)
    net.predict(module.Rows(np.ones((1, 2))), out)
    assert np.isnan(out).all()
