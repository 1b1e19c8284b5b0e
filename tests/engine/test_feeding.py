"""A training that is fed batch by batch: the same bits as from the rows of all batches."""

import numpy as np
import pytest
from compare import assert_same, dense, networks, random_rows, train

WITH_STATE = (
    ("dense", 7, "relu", True),
    ("batch_normalization", 0.9, 1e-3, True, True),
    ("dropout", 0.25),
    ("dense", 3, "linear", True),
)
PLAIN = dense([150, 9, 3], "tanh", "linear")[1]
METRICS = ("mean_absolute_error", "weighted:r2_score")


def trainings(module, stages, n, n_in, rows, weighted=True, **options):
    """Two of one net, the second for its first batch of `rows`; and what both read."""
    x, y = random_rows(module, n, n_in, 0), random_rows(module, n, 3, 1)
    w = np.linspace(-0.5, 2, n) if weighted else None
    pair = []
    for first in (n, rows):
        net, _ = networks(module, n_in, stages)
        net.compile("mean_squared_error", METRICS)
        optimizer = module.Optimizer(net, "adam", **options)
        part = [module.Rows(a[:first]) for a in (x, y)]
        of_rows = None if w is None else module.Rows(w[:first])
        named = dict(epochs=3, seed=5, shuffle=False, optimizer=optimizer, weights=of_rows)
        pair.append((net, module.Training(net, *part, rows, threads=2, **named)))
    return pair, (x, y, w)


def steps_of(module, arrays, rows, first=0, steps=None):
    """What to feed for so many steps of so many rows; the last one may be shorter."""
    until = None if steps is None else first + steps * rows
    parts = [a if a is None else a[first:until] for a in arrays]
    n = len(parts[0])
    sizes = [min(rows, n - at) for at in range(0, n, rows)]
    return *(a if a is None else module.Rows(a) for a in parts), sizes


@pytest.mark.parametrize("rows", [8, 300])
@pytest.mark.parametrize("at_once", [1, 3])
@pytest.mark.parametrize("stages", [PLAIN, WITH_STATE])
def test_same_bits_as_of_all_rows(module, stages, rows, at_once):
    n, n_in = 3 * rows + 5, 150 if stages is PLAIN else 4
    ((whole, training), (net, fed)), arrays = trainings(module, stages, n, n_in, rows)
    train(training, 0.01)
    for epoch in range(3):
        for first in range(0, n, at_once * rows):
            fed.feed(*steps_of(module, arrays, rows, first, at_once))
            assert train_fed(fed, 0.01) == "running"
        assert (fed.epoch, fed.rows_done, fed.step) == (epoch, n, 4)
        assert fed.end_epoch() == "epoch"
    assert (fed.epoch, fed.step) == (3, 0)
    assert_same(net.get_weights(), whole.get_weights())
    assert_same(fed.history, training.history)


def train_fed(training, rate, **limits):
    training.learning_rate = rate
    status = "running"
    while training.batches_left and status == "running":
        status = training.run(training.epochs, **limits)
    return status


def test_batches_of_any_sizes(module):
    """Also larger than the first, with and without weights: each is one step of its own rows."""
    sizes = [3, 1, 40, 300, 290, 7]
    w = np.linspace(-0.5, 2, sum(sizes))
    x, y = random_rows(module, len(w), 4, 0), random_rows(module, len(w), 3, 1)
    net, _ = networks(module, 4, WITH_STATE[:2] + WITH_STATE[3:])
    other, _ = networks(module, 4, WITH_STATE[:2] + WITH_STATE[3:])
    for each in (net, other):
        each.compile("mean_squared_error")
    first = module.Rows(x[:3]), module.Rows(y[:3])
    fed = module.Training(net, *first, 3, shuffle=False)
    at = 0
    for some in (sizes[:3], sizes[3:]):
        rows = slice(at, at + sum(some))
        weights = module.Rows(w[rows]) if at == 0 else None
        fed.feed(module.Rows(x[rows]), module.Rows(y[rows]), weights, some)
        if at == 0:
            assert train_fed(fed, 0.1) == "running"
        for n in some:
            part = [module.Rows(a[at : at + n]) for a in (x, y, w)]
            named = dict(shuffle=False, weights=part[2] if some[0] == 3 else None)
            assert train(module.Training(other, *part[:2], n, **named), 0.1) == "epoch"
            at += n
    assert train_fed(fed, 0.1) == "running"
    assert fed.end_epoch() == "epoch"
    assert_same(net.get_weights(), other.get_weights())


def test_steps_rates_and_what_is_left(module):
    ((_, _), (net, fed)), arrays = trainings(module, PLAIN, 32, 150, 8, weighted=False)
    assert fed.batches_left == 0
    fed.feed(*steps_of(module, arrays, 8))
    assert fed.batches_left == 4
    fed.learning_rates = [0.1, 0.2, 0.3]
    assert fed.run(1, steps=1) == "running"
    assert (fed.step, fed.batches_left) == (1, 3)
    assert fed.run(1, seconds=60) == "running"
    assert (fed.step, fed.batches_left) == (3, 1)  # no rate is left
    fed.learning_rate = 0.1
    assert fed.run(1, seconds=60) == "running"
    assert (fed.step, fed.batches_left) == (4, 0)
    before = net.get_weights()
    assert fed.run(1) == "running"  # nothing to do
    assert_same(net.get_weights(), before)


@pytest.mark.parametrize("wrong", ["bad_input", "nonfinite"])
def test_restored(module, wrong):
    """What was fed is dropped, the epoch begins anew."""
    ((_, _), (net, fed)), (x, y, _) = trainings(module, PLAIN, 32, 150, 8, weighted=False)
    before = net.get_weights()
    if wrong == "bad_input":
        x = x.copy()
        x[9, 3] = np.nan
    else:
        y = np.full_like(y, np.finfo(y.dtype).max)
    fed.feed(*steps_of(module, (x, y, None), 8))
    assert train_fed(fed, 0.1) == wrong
    fed.restore()
    assert (fed.epoch, fed.step, fed.batches_left) == (0, 0, 0)
    assert_same(net.get_weights(), before)


def test_refused(module):
    if module.name == "reference":
        pytest.skip("the engine checks")
    ((_, _), (_, fed)), arrays = trainings(module, PLAIN, 32, 150, 8, weighted=False)
    x, y, _, sizes = steps_of(module, arrays, 8)
    narrow = module.Rows(np.ones((32, 3)))
    for wrong, message in (
        ((x, y, None, []), "sizes"),
        ((x, y, None, [8, 24, 0]), "sizes"),
        ((x, y, None, sizes[1:]), "sizes: 24 rows given; expected 32"),
        ((narrow, y, None, sizes), "expected n x"),
        ((x, y, narrow, sizes), "weights"),
    ):
        with pytest.raises(ValueError, match=message):
            fed.feed(*wrong)
    with pytest.raises(TypeError):
        fed.feed(x, y, np.ones(32), sizes)
    fed.feed(x, y, None, sizes)
    with pytest.raises(ValueError, match="4 steps left"):
        fed.feed(x, y, None, sizes)
