"""An infinite parameter ends the epoch, wherever it is, and however finite the cost."""

import numpy as np
import pytest
from compare import assert_same, networks, random_rows

NETS = [
    (3, [("dense", 5, "sigmoid", True), ("dense", 1, "sigmoid", True)]),
    (1, [("dense", 17, "sigmoid", False)]),
    (
        2,
        [
            ("batch_normalization", 0.9, 1e-3, False, False),
            ("dense", 9, "relu", True),
            ("batch_normalization", 0.9, 1e-3, True, True),
            ("dense", 4, "sigmoid", True),
            ("batch_normalization", 0.9, 1e-3, True, False),
        ],
    ),
]


@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan])
@pytest.mark.parametrize("n_in, stages", NETS, ids=["deep", "one stage", "normalized"])
@pytest.mark.parametrize("steps", [0, 1])
def test_every_parameter(module, n_in, stages, value, steps):
    net, _ = networks(module, n_in, stages)
    net.compile("mean_squared_error")
    x = module.Rows(random_rows(module, 12, n_in, 0))
    y = module.Rows(np.full((12, net.n_out), 0.5))
    weights = net.get_weights()
    for k, array in enumerate(weights):
        for at in range(array.size):
            given = [a.copy() for a in weights]
            given[k].flat[at] = value
            net.set_weights(given)
            training = module.Training(net, x, y, 4, 2, threads=1 + at % 2)
            training.learning_rate = 0.0
            assert training.run(2, seconds=100.0, steps=steps) == "nonfinite", (k, at)
            assert training.epoch == 0
            assert steps or len(training.history) == 0
            training.restore()
            assert_same(net.get_weights(), given)
    net.set_weights(weights)
    training = module.Training(net, x, y, 4, 2)
    training.learning_rate = 0.0
    assert training.run(2, seconds=100.0) == "epoch"


@pytest.mark.parametrize("at", ["bias", "moving variance"])
def test_infinite_after_the_last_step(module, at):
    """The cost of every step is finite; what the last one makes is not."""
    largest = np.finfo(module.dtype).max
    stages = [("dense", 3, "sigmoid", True)]
    if at != "bias":
        stages.insert(0, ("batch_normalization", 0.0, 1e-3, False, False))
    net, _ = networks(module, 3, stages)
    net.compile("mean_squared_error")
    scale = 1 if at == "bias" else largest**0.75
    x = random_rows(module, 12, 3, 0)
    x[-4:] = (np.abs(x[-4:]) + 0.5) * scale
    training = module.Training(net, module.Rows(x), module.Rows(np.ones((12, 3))), 4, shuffle=False)
    training.learning_rate = 0.0
    if at == "bias":
        training.learning_rates = [0.0, 0.0, largest]
        net.set_weights([*net.get_weights()[:-1], np.full(3, 1.0)])
        training.divisors = [4.0, 4.0, 1e-3]
    assert training.run(1, seconds=100.0) == "nonfinite"
    assert training.epoch == 0


@pytest.mark.parametrize("status", ["nonfinite", "bad_input"])
@pytest.mark.parametrize("rates", [False, True])
def test_nothing_goes_on_before_it_is_restored(module, status, rates):
    """However often it is asked: no step, no cost, and an epoch of few steps does not run over."""
    net, _ = networks(module, 3, [("dense", 2, "linear", True)])
    net.compile("mean_squared_error")
    x, y = random_rows(module, 12, 3, 0), np.ones((12, 2), module.dtype)
    (x if status == "bad_input" else y)[:4] = np.nan
    training = module.Training(net, module.Rows(x), module.Rows(y), 4, 5, shuffle=False)
    if rates:
        training.learning_rates = [0.1] * 3
    weights = net.get_weights()
    for _ in range(3):
        for steps in (1, 0, 2, 1):
            for _ in range(20):
                assert training.run(5, seconds=100.0, steps=steps) == status
        assert training.epoch == 0 and training.step <= 1
        training.restore()
        assert_same(net.get_weights(), weights)
    if rates and status == "nonfinite":
        assert len(training.costs) == 3 and len(training.learning_rates) == 0
