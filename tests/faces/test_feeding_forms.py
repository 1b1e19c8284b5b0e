"""Batches of many forms: what is copied behind what, and which of them are wrong."""

import numpy as np
import pytest
from fed import W, X, Y, batches, pair, told

import trilobite as tl
from trilobite._model.feeding import Stock


def test_a_stock_takes_batches_of_one_form():
    """Of one dtype, shape of rows, and kind of weights; as many as it has room for."""
    x, y, w = X.astype(np.float32)[:8], Y[:8], W[:8]
    stock = Stock(24 * 20)  # bytes of 20 rows
    assert not stock.add((x, y, w))
    stock.begin((x, y, w))
    for other in (
        (x.astype(np.float64), y, w),
        (x, y.astype(np.int8), w),
        (x, y[:, None], w),
        (x[:, :5], y, w),
        (x, y[:7], w),
        (x, y, None),
        (x.tolist(), y, w),
        (x[:0], y[:0], w[:0]),
    ):
        assert not stock.add(other)
    assert stock.add((x[:5], y[:5], w[:5])) and not stock.add((x, y, w))
    assert stock.sizes == [8, 5]
    for got, a in zip(stock.rows(), (x, y, w), strict=True):
        np.testing.assert_array_equal(got, np.concatenate([a, a[:5]]))
    for got, a in zip(stock.rows(1), (x, y, w), strict=True):
        np.testing.assert_array_equal(got, a[:5])
    memory = stock.rows()[0].base
    stock.keep(1)
    assert stock.sizes == [8] and len(stock.rows()[0]) == 8
    stock.begin((x, y, w))
    assert stock.rows()[0].base is memory
    stock.begin((X, Y, None))  # larger than the room
    assert stock.sizes == [70] and stock.rows()[2] is None


def test_batches_of_many_forms():
    """Other dtypes, sizes, kinds and weights from batch to batch: each is one step of its own."""
    forms = [(np.float64, 8), (np.float32, 3), (np.float32, 3), (np.float16, 11), (np.uint8, 1)]

    def many():
        at = 0
        for number in range(10):
            dtype, rows = forms[number % 5]
            x, y, w = (a[at : at + rows] for a in ((X * 100).astype(dtype), Y, W))
            at += rows
            if number % 3 == 0:
                x, y = x.tolist(), y[:, None]
            yield [x, y, w] if number % 7 else (x, y)

    alone, fed = pair()
    for x, y, *w in many():
        alone.train_on_batch(np.array(x), y, w[0] if w else None)
    fed.fit(many(), verbose=0)
    for a, b in zip(alone.get_weights(), fed.get_weights(), strict=True):
        assert a.tobytes() == b.tobytes()


def test_batches_larger_than_what_waits():
    x, y = np.random.default_rng(1).random((900, 6000)), np.arange(900) % 3
    models = []
    for _ in range(2):
        tl.utils.set_random_seed(0)
        models.append(tl.Sequential([tl.Input((6000,)), tl.layers.Dense(3)]))
        models[-1].compile(tl.optimizers.SGD(1e-6), "mse")
    targets = np.eye(3)[y]
    models[0].fit(x, targets, batch_size=300, shuffle=False, verbose=0)
    models[1].fit(((x[i : i + 300], targets[i : i + 300]) for i in (0, 300, 600)), verbose=0)
    np.testing.assert_array_equal(models[0].layers[0].kernel, models[1].layers[0].kernel)


@pytest.mark.parametrize("hooks", [False, True])
@pytest.mark.parametrize("at", [0, 5])
def test_wrong_batches_among_right_ones(at, hooks):
    """Those before it are trained on, whatever was made behind it; the model can go on."""

    def made():
        for number, (x, y) in enumerate(batches(times=2)):
            yield x, (y + 3 if number >= at else y)

    whole, fed = pair()
    if at:
        whole.fit(X[: 8 * at], Y[: 8 * at], batch_size=8, shuffle=False, verbose=0)
    with pytest.raises(ValueError, match=r"y: got class indices from 3 to 5"):
        fed.fit(made(), verbose=0, callbacks=[told(tl, [])] if hooks else None)
    for a, b in zip(whole.get_weights(), fed.get_weights(), strict=True):
        assert a.tobytes() == b.tobytes()
    fed.fit(batches(), verbose=0)
