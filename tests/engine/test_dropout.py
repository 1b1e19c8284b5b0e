"""Dropout: its masks, and what training and inference make of them."""

import numpy as np
import pytest
from compare import (
    ORACLE,
    assert_close,
    assert_same,
    means,
    networks,
    random_rows,
    tolerance,
    train,
    two_rows,
)
from hypothesis import given
from hypothesis import strategies as st

RATES = [0.0, 0.1, 0.25, 0.5, 0.9]


@pytest.mark.parametrize("rate", RATES)
def test_rate(module, rate):
    """Each unit is kept with probability 1 - rate, whatever row, column or neighbour it is of."""
    n, n_columns = 500, 400
    mask = np.asarray(module.dropout_mask(3, 0, 0, 1, n, n_columns, rate))
    assert mask.shape == (n, n_columns) and mask.dtype == bool
    keep, sigma = 1 - rate, np.sqrt(rate * (1 - rate))
    assert abs(mask.mean() - keep) <= 5 * sigma / np.sqrt(mask.size)
    for axis in (0, 1):
        assert (abs(mask.mean(axis=axis) - keep) <= 5 * sigma / np.sqrt(mask.shape[axis])).all()
    centered = mask - keep
    for ahead in [(0, 1), (0, 2), (0, 8), (0, 16), (1, 0), (2, 0), (1, 1)]:
        neighbour = np.roll(centered, ahead, axis=(0, 1))
        assert abs((centered * neighbour).mean()) <= 5 * sigma**2 / np.sqrt(mask.size)


def test_each_mask_is_its_own(module):
    """Another seed, epoch, step or stage gives an independent mask, the same ones the same."""
    at = [(3, 0, 0, 1), (4, 0, 0, 1), (3, 1, 0, 1), (3, 0, 1, 1), (3, 0, 0, 2), (0, 3, 1, 0)]
    at += [(2**31 - 1, 0, 0, 0), (3, 10**6, 10**6, 50)]
    masks = [np.asarray(module.dropout_mask(*of, 200, 100, 0.5)) for of in at]
    assert_same(masks, [np.asarray(module.dropout_mask(*of, 200, 100, 0.5)) for of in at])
    for i, a in enumerate(masks):
        for b in masks[:i]:
            assert abs((a == b).mean() - 0.5) <= 5 * 0.5 / np.sqrt(a.size)


@given(
    n=st.integers(1, 70),
    fewer=st.integers(0, 70),
    n_columns=st.integers(1, 70),
    seed=st.integers(0, 2**31),
)
def test_a_row_of_the_batch_has_its_own_mask(module, n, fewer, n_columns, seed):
    """Whatever the number of rows: so the last batch, and any part of a batch, agree."""
    mask = np.asarray(module.dropout_mask(seed, 2, 5, 1, n, n_columns, 0.4))
    part = np.asarray(module.dropout_mask(seed, 2, 5, 1, min(n, fewer), n_columns, 0.4))
    assert (mask[: len(part)] == part).all()


def only_dropout(module, n_columns, rate):
    """The identity, then dropout: at learning rate 0 the cost shows which units were kept."""
    net = module.Network(n_columns, [("dense", n_columns, "linear", False), ("dropout", rate)])
    net.set_weights([np.eye(n_columns, dtype=module.dtype)])
    return net


@pytest.mark.parametrize("rate", [0.2, 0.5, 0.75])
def test_scale(module, rate):
    """Kept units are divided by 1 - rate, in the forward pass and in the gradient."""
    n, n_columns = 10, 20
    net = only_dropout(module, n_columns, rate)
    net.compile("mean_squared_error", ("mean_absolute_error",))
    x, zeros = np.ones((n, n_columns)), np.zeros((n, n_columns))
    training = module.Training(
        net, module.Rows(x), module.Rows(zeros), 4, 1, seed=9, first_epoch=2, shuffle=False
    )
    w = np.eye(n_columns)
    rest, cost, error = 2.0**-4, 0.0, 0.0
    for step in range(3):
        m = min(4, n - 4 * step)
        mask = np.asarray(module.dropout_mask(9, 2, step, 1, m, n_columns, rate)) / (1 - rate)
        y = (np.ones((m, n_columns)) @ w) * mask
        cost += (y**2).sum() / n_columns
        error += np.abs(y).sum() / n_columns
        w = w - rest * np.ones((n_columns, m)) @ (2 * y / n_columns / m * mask)
    assert train(training, rest) == "epoch"
    tol = tolerance(module, n, n_columns)
    assert_close(training.history[0], [cost, n, error, n], rtol=tol)
    assert_close(net.get_weights()[0], w, rtol=tol, atol=tol)


@pytest.mark.parametrize("rate", [0.0, 0.3, 1.0])
def test_inference_drops_nothing(module, rate):
    net = only_dropout(module, 7, rate)
    net.compile("mean_squared_error")
    x = random_rows(module, 50, 7, 0)
    out = np.full_like(x, np.nan)
    assert net.predict(module.Rows(x), out)
    assert (out == x).all()
    assert net.evaluate(module.Rows(x), module.Rows(x))[0] == 0


def deep(module, rate, threads=1, first=True, **options):
    dropout = [] if rate is None else [("dropout", rate)]
    stages = [
        *(dropout if first else []),
        ("dense", 33, "relu", True),
        *dropout,
        ("dense", 17, "tanh", True),
        *dropout,
        ("dense", 3, "softmax", True),
    ]
    nets = networks(module, 10, stages)
    rows = two_rows(module, random_rows(module, 300, 10, 0), np.arange(300) % 3)
    options = {"batch_size": 64, "epochs": 2, "seed": 5} | options
    trainings = []
    for m, net, of in zip((module, ORACLE), nets, rows, strict=True):
        net.compile("sparse_categorical_crossentropy", ("sparse_categorical_accuracy",))
        theirs = (
            dict(permutation=module.permutation, dropout_mask=module.dropout_mask)
            if m is ORACLE
            else {"threads": threads}
        )
        trainings.append(m.Training(net, *of, **options, **theirs))
    return *nets, *trainings


def test_rate_0_is_exactly_nothing(module):
    ends = []
    for rate in (0.0, None):
        net, _, training, _ = deep(module, rate)
        assert train(training, 0.1) == "epoch"
        ends.append([*net.get_weights(), training.history])
    assert_same(*ends)


def test_rate_1_drops_everything(module):
    net, _, training, _ = deep(module, 1.0, first=False)
    before = net.get_weights()
    assert train(training, 0.1) == "epoch"
    moved = [(a != b).any() for a, b in zip(net.get_weights(), before, strict=True)]
    assert moved == [False] * 5 + [True]  # the bias of the output alone


@pytest.mark.parametrize("batch_size", [7, 64, 300])
def test_engine_and_oracle(module, batch_size):
    net, oracle, training, expected = deep(module, 0.3, 2, batch_size=batch_size, first_epoch=3)
    assert train(training, 0.01) == train(expected, 0.01) == "epoch"
    tol = 10 * tolerance(module, 33, 300)
    assert_close(means(training.history)[:, 0], means(expected.history)[:, 0], rtol=tol, atol=tol)
    for w, w64 in zip(net.get_weights(), oracle.get_weights(), strict=True):
        assert_close(w, w64, rtol=tol, atol=tol)


@pytest.mark.parametrize("batch_size", [64, 300])
def test_same_bits(module, batch_size):
    results = set()
    runs = [(threads, {}) for threads in (1, 2, 3, 4, 7)]
    for threads, limits in [*runs, (1, {"steps": 1}), (2, {"steps": 3}), (3, {"seconds": 1e-9})]:
        net, _, training, _ = deep(module, 0.3, threads, batch_size=batch_size)
        assert train(training, 0.1, **limits) == "epoch"
        results.add(b"".join(a.tobytes() for a in [*net.get_weights(), training.history]))
    assert len(results) == 1


def test_epochs_go_on_with_their_own_masks(module):
    """Epoch 1 after epoch 0 gives the same bits as a training whose first epoch is 1."""
    net, _, training, _ = deep(module, 0.3)
    other, _, rest, _ = deep(module, 0.3, epochs=1, first_epoch=1)
    assert train(training, 0.1, epochs=1) == "epoch"
    other.set_weights(net.get_weights())
    assert train(training, 0.1) == train(rest, 0.1) == "epoch"
    assert_same(net.get_weights(), other.get_weights())
    assert training.history[1].tobytes() == rest.history[0].tobytes()
