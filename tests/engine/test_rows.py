"""Rows: every layout and dtype of x, scale and offset, numbers that are not finite."""

from itertools import product

import numpy as np
import pytest
from compare import assert_close, assert_same, dense, identity, networks, tolerance, train

LAYOUTS = {
    "C": lambda a: np.ascontiguousarray(a),
    "Fortran": lambda a: np.asfortranarray(a),
    "strided": lambda a: np.repeat(np.repeat(a, 2, axis=0), 3, axis=1)[::2, ::3],
    "negative strides": lambda a: np.ascontiguousarray(a[::-1, ::-1])[::-1, ::-1],
    "one row again and again": lambda a: np.broadcast_to(a[3], a.shape),
    "one column again and again": lambda a: np.broadcast_to(a[:, 1:2], a.shape),
    "3-D": lambda a: np.ascontiguousarray(a).reshape(len(a), 2, 3),
    "3-D, transposed": lambda a: np.ascontiguousarray(a.reshape(-1, 2, 3).T).T,
    "3-D, strided": lambda a: np.repeat(a.reshape(len(a), 2, -1), 2, axis=2)[:, :, ::2],
    "unaligned": lambda a: unaligned(a),
    "memory-mapped": None,  # by the test, which has a folder
}
DTYPES = ["f2", "f4", "f8", "u1", "u2", "u4", "u8", "i1", "i2", "i4", "i8", "?"]


def unaligned(a):
    out = np.frombuffer(bytearray(a.nbytes + 1), np.uint8)[1:].view(a.dtype).reshape(a.shape)
    out[...] = a
    return out


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_rows(module, dtype, layout, tmp_path):
    rng = np.random.default_rng(0)
    if dtype[0] == "f":
        values = rng.uniform(-9, 9, (45, 6)).astype(dtype)
        values[0, :3] = -0.0, np.finfo(dtype).smallest_subnormal, np.finfo(dtype).max
        values[0, 2] = min(values[0, 2], np.finfo(module.dtype).max)
    elif dtype == "?":
        values = rng.integers(0, 2, (45, 6)).astype(bool)
    else:
        limits = np.iinfo(dtype)
        values = rng.integers(limits.min, limits.max, (45, 6), dtype, endpoint=True)
        values[0, :2] = limits.min, limits.max
    if layout == "memory-mapped":
        np.save(tmp_path / "x.npy", values)
        x = np.load(tmp_path / "x.npy", mmap_mode="r")
    else:
        x = LAYOUTS[layout](values)
        x.flags.writeable = False
    plain = np.ascontiguousarray(x).reshape(45, 6).astype(module.dtype)

    rows = module.Rows(x)
    assert (rows.n_rows, rows.n_columns, rows.find_nonfinite()) == (45, 6, None)
    net = identity(module, 6)
    net.compile("mean_squared_error", ("mean_absolute_error",))
    y = np.full((45, 6), np.nan, module.dtype)
    assert net.predict(rows, y)
    assert (abs(y - plain) < np.finfo("f4").tiny).all()  # subnormals may count as 0
    assert_close(net.evaluate(rows, rows), [0, 45, 0, 45], rtol=0)

    for options in ({}, {"scale": 1 / 256, "offset": -0.5}):  # gathered rows: training
        after = []
        for data in (x, plain):
            net = module.Network(6, [("dense", 3, "tanh", True)], **options)
            net.compile("mean_squared_error", ())
            y = module.Rows(np.ones((45, 3), np.uint8))
            assert train(module.Training(net, module.Rows(data), y, 8, 2), 2.0**-70) == "epoch"
            after.append(net.get_weights())
        assert_same(*after)


@pytest.mark.parametrize("layout", ["Fortran", "strided", "negative strides", "3-D, strided"])
def test_rows_in_two_parts(module, layout):
    """The first product of wide rows is the sum of two, in which threads begin apart."""
    plain = np.random.default_rng(0).uniform(-1, 1, (45, 150))
    t = module.Rows(np.ones((45, 3), np.uint8))
    for threads in (1, 2):
        after = []
        for x in (LAYOUTS[layout](plain), plain):
            net, _ = networks(module, *dense([x[0].size, 3], "tanh", "tanh"))
            net.compile("mean_squared_error")
            assert train(module.Training(net, module.Rows(x), t, 8, threads=threads)) == "epoch"
            after.append(net.get_weights())
        assert_same(*after)


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", "u1", "i8", "?"])
@pytest.mark.parametrize("n_columns", [1, 7, 16, 33, 150])
def test_fortrans_order(module, dtype, n_columns):
    """Rows are packed as those in C's order are, whether as they lie or drawn by lot."""
    values = np.random.default_rng(0).uniform(0, 100, (300, n_columns)).astype(dtype)
    ends = []
    larger = np.asfortranarray(np.concatenate([values, values]))
    for x in (values, np.asfortranarray(values), larger[300:]):
        net, _ = networks(module, n_columns, [("dense", 9, "tanh", True)], scale=0.01)
        net.compile("mean_squared_error")
        rows, y = module.Rows(x), module.Rows(np.ones((300, 9), np.uint8))
        out = np.empty((300, 9), module.dtype)
        assert net.predict(rows, out) and rows.find_nonfinite() is None
        totals = net.evaluate(rows, y, 2)
        assert train(module.Training(net, rows, y, 32, 2, threads=2)) == "epoch"
        assert train(module.Training(net, rows, y, 32, 1, shuffle=False)) == "epoch"
        ends.append([out, totals, *net.get_weights()])
    for each in ends[1:]:
        assert_same(ends[0], each)


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("shape", [(37, 1), (37, 7), (16, 33)])
def test_first_that_is_not_finite(module, order, shape):
    for at in range(shape[0] * shape[1]):
        x = np.ones(shape, "f4", order)
        row, column = divmod(at, shape[1])
        x[row, column], x[row + 1 :] = np.inf, np.nan
        assert module.Rows(x).find_nonfinite() == (row, column)


def test_one_column(module):
    x = np.arange(7.0)[::-2]
    assert (module.Rows(x).n_rows, module.Rows(x).n_columns) == (4, 1)
    y = np.full((4, 1), np.nan, module.dtype)
    assert identity(module, 1).predict(module.Rows(x), y)
    assert (y[:, 0] == x).all()


@pytest.mark.parametrize("scale, offset", [(1 / 255, 0), (2, -1), (1, 0.5), (-0.25, 3)])
def test_scale_and_offset(module, scale, offset):
    x = np.random.default_rng(0).integers(0, 256, (33, 20), np.uint8)
    y = np.full(x.shape, np.nan, module.dtype)
    assert identity(module, 20, scale=scale, offset=offset).predict(module.Rows(x), y)
    assert_close(y, x * float(scale) + offset, rtol=0, atol=tolerance(module, 1))


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8"])
def test_nonfinite_input(module, dtype):
    net, _ = networks(module, *dense([17, 4, 1], "relu", "sigmoid"))
    net.compile("mean_squared_error", ("mean_absolute_error",))
    y, before = module.Rows(np.zeros((2000, 1))), net.get_weights()
    places = [(0, 0), (40, 5), (1203, 0), (1999, 16)]
    for at, value, order in product(places, (np.nan, np.inf, -np.inf), "CF"):
        x = np.zeros((2000, 17), dtype, order)
        x[1999, 16], x[at] = np.nan, value
        rows = module.Rows(x)
        assert rows.find_nonfinite() == at
        for threads in (1, 2):
            assert net.predict(rows, np.empty((2000, 1), module.dtype), threads) is False
            assert net.evaluate(rows, y, threads) is None
            training = module.Training(net, rows, y, batch_size=32, threads=threads)
            assert train(training) == "bad_input"
            training.restore()
            assert_same(net.get_weights(), before)
