"""scikit-learn's costs, divisors of steps, and the optimizer that only keeps the gradient."""

import numpy as np
import pytest
from compare import (
    CANONICAL,
    ORACLE,
    assert_close,
    assert_same,
    dense,
    networks,
    random_rows,
    tolerance,
    train,
    two_rows,
)

from trilobite import reference

N, N_IN, N_OUT = 300, 6, 3


def targets_of(loss, n_out=N_OUT, n=N):
    rng = np.random.default_rng(5)
    if loss == "log_loss":
        return rng.integers(0, n_out, n)
    if loss == "binary_log_loss":
        return rng.integers(0, 2, (n, n_out)).astype(bool)
    if loss == "half_poisson_deviance":
        return rng.poisson(1.5, (n, n_out))  # zeros among them
    return rng.uniform(-1, 1, (n, n_out))


def definition(loss, y, t, eps):
    """The cost of each row, from the output."""
    if loss == "log_loss":
        p = np.clip(y[np.arange(len(y)), t], eps, 1 - eps)
        return -np.log(p)
    if loss == "binary_log_loss":
        p = np.clip(y, eps, 1 - eps)
        return -np.where(t, np.log(p), np.log1p(-p)).sum(axis=1)
    if loss == "half_poisson_deviance":
        return (np.where(t > 0, t * np.log(np.where(t > 0, t, 1) / y), 0) - t + y).sum(axis=1)
    return 0.5 * ((y - t) ** 2).mean(axis=1)


def nets_of(module, loss, widths=(N_IN, 5, N_OUT), **options):
    nets = networks(
        module, *dense(list(widths), "tanh", reference.COSTS[loss].activation), **options
    )
    for net in nets:
        net.compile(loss)
    return nets


@pytest.mark.parametrize("loss", CANONICAL)
def test_definition(module, loss):
    net, oracle = nets_of(module, loss)
    x, t = random_rows(module, N, N_IN, 0), targets_of(loss)
    y = np.empty((N, N_OUT))
    oracle.predict(ORACLE.Rows(x), y)
    cost = definition(loss, y, t, np.finfo(module.dtype).eps).sum()
    got = net.evaluate(module.Rows(x), module.Rows(t))
    assert_close(got, [cost, N], rtol=tolerance(module, N))


@pytest.mark.parametrize("loss", ["log_loss", "binary_log_loss"])
def test_clipped_at_eps(module, loss):
    """Sure and wrong costs -ln(eps), sure and right -ln(1 - eps), which is eps."""
    eps = np.finfo(module.dtype).eps
    net = module.Network(1, [("dense", 2, reference.COSTS[loss].activation, False)])
    net.set_weights([np.array([[500, -500]], module.dtype)])
    net.compile(loss)
    right, wrong = (0, 1) if loss == "log_loss" else ([1, 0], [0, 1])
    factor = 1 if loss == "log_loss" else 2
    for t, expected in ((right, eps), (wrong, -np.log(eps))):
        got = net.evaluate(module.Rows(np.ones((1, 1))), module.Rows(np.array([t])))
        assert_close(got[0], factor * expected, rtol=tolerance(module))


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("loss", CANONICAL)
def test_gradient_is_output_minus_target(module, loss, weighted):
    """One linear layer: dw = x.T @ ((y - t) * weights + ...) / divisor, and no step."""
    net, oracle = nets_of(module, loss, (N_IN, N_OUT), penalties=[(0, 0.25), (0, 0)])
    x, t = random_rows(module, N, N_IN, 0), targets_of(loss)
    weights = np.random.default_rng(1).uniform(0, 2, N) if weighted else np.ones(N)
    y = np.empty((N, N_OUT))
    oracle.predict(ORACLE.Rows(x), y)
    dz = (y - (np.eye(N_OUT)[t] if loss == "log_loss" else t)) * weights[:, None]
    w, b = before = net.get_weights()
    optimizer = module.Optimizer(net, "gradient")
    training = module.Training(
        net,
        module.Rows(x),
        module.Rows(t),
        N,
        shuffle=False,
        optimizer=optimizer,
        weights=module.Rows(weights) if weighted else None,
    )
    training.divisors = [weights.sum()]
    assert train(training) == "epoch"
    assert_same(net.get_weights(), before)
    dw, db = optimizer.get_state()
    tol = tolerance(module, N)
    assert_close(dw, (x.T @ dz + 0.5 * w) / weights.sum(), rtol=tol, atol=tol)
    assert_close(db, dz.sum(axis=0) / weights.sum(), rtol=tol, atol=tol)
    cost = definition(loss, y, t, np.finfo(module.dtype).eps) @ weights
    penalized = (cost + 0.25 * np.square(w, dtype="f8").sum()) / weights.sum()
    assert_close(training.history[0, 0] / N, penalized, rtol=tol)


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("batch_size", [32, 290])
def test_divisors_of_steps(module, batch_size, threads):
    """Engine and oracle agree over steps of unequal divisors, with more rows than a chunk has."""
    loss = "log_loss"
    nets = nets_of(module, loss, (N_IN, 40, N_OUT), penalties=[(0.1, 0.5), (0, 0)] * 2)
    rows = two_rows(module, random_rows(module, N, N_IN, 0), targets_of(loss))
    ends = []
    for net, m, both in zip(nets, (module, ORACLE), rows, strict=True):
        optimizer = m.Optimizer(net, "sgd", momentum=0.5)
        options = {"threads": threads, "optimizer": optimizer}
        training = m.Training(net, *both, batch_size, 3, shuffle=False, **options)
        training.divisors = np.linspace(20, 300, training.steps_per_epoch)
        assert train(training, 0.05) == "epoch"
        ends.append([*net.get_weights(), training.history])
    for got, expected in zip(*ends, strict=True):
        assert_close(got, expected, rtol=tolerance(module, N) * 8, atol=tolerance(module, N))


def test_a_divisor_of_infinity_makes_no_step(module):
    net, _ = nets_of(module, "log_loss", penalties=[(0, 0.5), (0, 0)] * 2)
    before = net.get_weights()
    rows = module.Rows(random_rows(module, N, N_IN, 0)), module.Rows(targets_of("log_loss"))
    training = module.Training(net, *rows, N, shuffle=False)
    training.divisors = [np.inf]
    assert train(training) == "epoch"
    assert_same(net.get_weights(), before)
    assert training.history[0].tolist() == [0, N]


def test_bad_divisors_and_orders(module):
    net, _ = nets_of(module, "log_loss")
    rows = module.Rows(random_rows(module, N, N_IN, 0)), module.Rows(targets_of("log_loss"))
    if module.name == "reference":
        return
    training = module.Training(net, *rows, 100)
    with pytest.raises(ValueError, match="divisors: shape \\(2,\\) given; expected \\(3,\\)"):
        training.divisors = [1, 2]
    for order in (np.arange(N - 1), np.arange(1, N + 1), np.zeros(N), np.arange(N) - 1):
        with pytest.raises(ValueError, match="order: expected a permutation of 0 to 299"):
            training.set_order(order)


@pytest.mark.parametrize("loss", CANONICAL)
def test_another_activation_is_refused(module, loss):
    net = module.Network(1, [("dense", 2, "tanh", True)])
    with pytest.raises(ValueError, match=f"loss: '{loss}' given; expected one that fits"):
        net.compile(loss)
