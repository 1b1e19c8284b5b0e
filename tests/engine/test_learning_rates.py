"""A rate for each step: `learning_rates`."""

import numpy as np
import pytest
from compare import assert_close, assert_same, dense, networks, random_rows, tolerance, train


def training_of(module, **options):
    net, _ = networks(module, *dense([4, 3, 2], "tanh", "linear"))
    net.compile("mean_squared_error")
    x, y = random_rows(module, 50, 4, 0), random_rows(module, 50, 2, 1)
    options = {"epochs": 2} | options
    if name := options.pop("name", None):
        options["optimizer"] = module.Optimizer(net, name)
    return net, module.Training(net, module.Rows(x), module.Rows(y), 8, **options)


RATES = np.linspace(0.5, 0.01, 14)


@pytest.mark.parametrize("name", ["sgd", "adam"])
@pytest.mark.parametrize("part", [1, 3, 7, 14])
def test_as_if_set_before_every_step(module, part, name):
    net, training = training_of(module, name=name)
    for rate in RATES:
        training.learning_rate = rate
        status = training.run(2, steps=1, seconds=100.0)
    assert status == "epoch"
    other, rated = training_of(module, name=name)
    for start in range(0, 14, part):
        rated.learning_rates = RATES[start : start + part]
        status = "running"
        while status == "running" and (rated.epoch, rated.step) < divmod(start + part, 7):
            status = rated.run(2, seconds=100.0)
    assert status == "epoch"
    assert_same([*net.get_weights(), training.history], [*other.get_weights(), rated.history])


def test_no_step_without_a_rate(module):
    net, training = training_of(module)
    training.learning_rates = RATES[:3]
    assert training.run(2, seconds=100.0) == "running"
    assert (training.epoch, training.step) == (0, 3)
    before = net.get_weights()
    for _ in range(2):
        assert training.run(2, seconds=100.0) == "running"
        assert_same(net.get_weights(), before)
    assert (training.epoch, training.step) == (0, 3)
    training.learning_rates = np.full(9, 0.1)
    assert training.run(2, seconds=100.0, steps=2) == "running"
    assert training.step == 5
    assert training.run(2, seconds=100.0) == "running"
    assert (training.epoch, training.step) == (1, 5)
    training.learning_rate = 0.1  # and now without end
    assert training.run(2, seconds=100.0) == "epoch"


def test_the_last_rate_may_end_the_epoch(module):
    net, training = training_of(module)
    training.learning_rates = RATES[:7]
    assert training.run(1, seconds=100.0) == "epoch"
    assert training.run(2, seconds=100.0) == "running"
    assert (training.epoch, training.step) == (1, 0)
    training.learning_rates = RATES[:7]
    assert training.run(2, seconds=100.0) == "epoch"


def test_rates_are_copied_and_exact(module):
    """The step w - rate * dw shows which rate was used."""
    net, _ = networks(module, 1, [("dense", 1, "linear", False)])
    net.compile("mean_squared_error")
    rows = module.Rows(np.full((3, 1), 0.5)), module.Rows(np.zeros((3, 1)))
    net.set_weights([np.ones((1, 1), module.dtype)])
    training = module.Training(net, *rows, 1, shuffle=False)
    rates = np.array([0.25, 0.5, 0.125])
    training.learning_rates = rates
    w = np.prod(1 - 0.5 * rates)
    rates[:] = 99
    assert training.run(1, seconds=100.0) == "epoch"
    assert_close(net.get_weights()[0], [[w]], rtol=tolerance(module, 1))


def test_setting_learning_rate_ends_it(module):
    ends = []
    for rated in (False, True):
        net, training = training_of(module)
        if rated:
            training.learning_rates = np.array([9.0, 9.0])
        assert train(training, 0.1) == "epoch"
        ends.append([*net.get_weights(), training.history])
    assert_same(*ends)


def test_a_rate_set_within_an_epoch_outlives_it(module):
    _, training = training_of(module)
    training.learning_rate = 0.5
    training.run(2, steps=3, seconds=100.0)
    training.learning_rate = 0.25
    training.restore()
    assert (training.step, training.learning_rate) == (0, 0.25)


@pytest.mark.parametrize("weighted", [False, True])
def test_costs_are_those_of_each_step(module, weighted):
    """Beside them: what the totals gain in a step, over its rows, of which the last has fewer."""
    weights = module.Rows(random_rows(module, 50, 1, 2)) if weighted else None
    _, training = training_of(module, weights=weights)
    assert training.costs is None
    expected, before = [], 0.0
    for k, rate in enumerate(RATES):
        training.learning_rates = [rate]
        training.run(2, steps=1, seconds=100.0)
        total = training.totals()[0]
        expected.append((total - before) / (2 if k % 7 == 6 else 8))
        assert_close(training.costs, expected[-1:], rtol=1e-12)
        before = 0.0 if k % 7 == 6 else total
    _, rated = training_of(module, weights=weights)
    rated.learning_rates = np.append(RATES, 0.1)
    status = "running"
    while status == "running":
        status = rated.run(2, seconds=0.0)
    assert_close(rated.costs, expected, rtol=1e-12)
    rated.learning_rates = [0.1]
    assert len(rated.costs) == 0


def test_costs_of_large_batches(module):
    """One step of several chunks."""
    net, _ = networks(module, *dense([4, 3, 2], "tanh", "linear"))
    net.compile("mean_squared_error")
    rows = [module.Rows(random_rows(module, 700, k, k)) for k in (4, 2)]
    training = module.Training(net, *rows, 600, epochs=1, shuffle=False)
    expected = (
        net.evaluate(
            module.Rows(random_rows(module, 700, 4, 4)[:600]),
            module.Rows(random_rows(module, 700, 2, 2)[:600]),
        )[0]
        / 600
    )
    training.learning_rates = [0.1, 0.1]
    while training.run(1, seconds=100.0) == "running":
        pass
    costs = training.costs
    assert len(costs) == 2
    assert_close(costs[0], expected, rtol=tolerance(module, 1000))


def test_the_cost_that_is_not_finite_is_the_last(module):
    _, training = training_of(module)
    training.learning_rates = np.full(14, 1e30 if module.dtype == "float32" else 1e200)
    status = "running"
    while status == "running":
        status = training.run(2, seconds=100.0)
    assert status == "nonfinite"
    costs = training.costs
    assert 1 < len(costs) < 14
    assert np.isfinite(costs[:-1]).all() and not np.isfinite(costs[-1])
