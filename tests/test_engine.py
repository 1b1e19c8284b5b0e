"""The engine against the reference in float64, over shapes and dtypes; and what both promise."""

import hashlib
import subprocess
import sys
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from compare import (
    ORACLE,
    assert_close,
    dense,
    identity,
    kink_distance,
    networks,
    step,
    targets,
    tolerance,
    train,
)
from hypothesis import assume, given
from hypothesis import strategies as st

# vectors have 2 to 16 elements; panels of columns two vectors
WIDTHS = st.one_of(
    st.sampled_from([1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 32, 33, 47, 64, 65, 97, 127, 131, 199, 200]),
    st.integers(1, 200),
)
NETS = st.tuples(
    st.lists(WIDTHS, min_size=2, max_size=4),
    st.sampled_from(["linear", "sigmoid", "tanh", "relu", "softmax"]),
    st.booleans(),
    st.integers(0, 2**31),
)
# output activation, cost, from_logits: where no 1 / p blows rounding up (test_gradients has all)
COSTS = [
    ("linear", "mean_squared_error", False),
    ("softmax", "mean_squared_error", False),
    ("relu", "mean_squared_error", False),
    ("softmax", "categorical_crossentropy", False),
    ("sigmoid", "categorical_crossentropy", False),
    ("linear", "categorical_crossentropy", True),
    ("softmax", "sparse_categorical_crossentropy", False),
    ("tanh", "sparse_categorical_crossentropy", True),
    ("sigmoid", "binary_crossentropy", False),
    ("linear", "binary_crossentropy", True),
]
ROWS = st.one_of(st.sampled_from([1, 2, 13, 14, 15, 64, 127, 128, 129]), st.integers(1, 150))


def random_rows(module, n, n_in, seed):
    return np.random.default_rng(seed).uniform(-1, 1, (n, n_in)).astype(module.dtype)


def two_rows(module, *arrays):
    return [[m.Rows(a) for a in arrays] for m in (module, ORACLE)]


def assert_same(got, expected):
    """The same bits."""
    for a, b in zip(got, expected, strict=True):
        assert a.tobytes() == b.tobytes()


@given(net=NETS, n=st.one_of(st.just(0), ROWS), threads=st.integers(1, 3))
def test_predict(module, net, n, threads):
    widths, activation, use_bias, seed = net
    net, oracle = networks(module, *dense(widths, activation, activation, use_bias), seed)
    x, x64 = two_rows(module, random_rows(module, n, widths[0], seed))
    y, y64 = (np.full((n, widths[-1]), np.nan, dtype) for dtype in (module.dtype, "float64"))
    assert net.predict(*x, y, threads) and oracle.predict(*x64, y64)
    tol = tolerance(module, *widths)
    assert_close(y, y64, rtol=tol, atol=tol)


@given(
    net=NETS,
    n=st.one_of(st.just(0), ROWS),
    case=st.sampled_from(COSTS),
    batch_size=st.one_of(st.integers(1, 40), st.just(10**9)),
    threads=st.integers(1, 3),
)
def test_evaluate(module, net, n, case, batch_size, threads):
    widths, hidden, use_bias, seed = net
    output, loss, from_logits = case
    nets = networks(module, *dense(widths, hidden, output, use_bias), seed)
    y = targets(np.random.default_rng(seed), loss, n, widths[-1])
    metrics = () if "sparse" in loss else ("mean_squared_error", "mean_absolute_error")
    got = []
    both = two_rows(module, random_rows(module, n, widths[0], seed), y)
    for net, rows in zip(nets, both, strict=True):
        net.compile(loss, metrics, from_logits)
        got.append(net.evaluate(*rows, batch_size, threads))
    tol = tolerance(module, *widths, n)
    assert_close(*got, rtol=tol, atol=tol)


@given(net=NETS, n=ROWS, case=st.sampled_from(COSTS))
def test_step(module, net, n, case):
    widths, hidden, use_bias, seed = net
    output, loss, from_logits = case
    n_in, stages = dense(widths, hidden, output, use_bias)
    nets = networks(module, n_in, stages, seed)
    x = random_rows(module, n, n_in, seed)
    tol = tolerance(module, *widths, n)
    assume(kink_distance(nets[1].get_weights(), stages, x) > tol)
    y = targets(np.random.default_rng(seed), loss, n, widths[-1])
    for net in nets:
        net.compile(loss, (), from_logits)
    w_max = max(np.abs(w).max() for w in nets[0].get_weights())
    rounding = 2 * np.finfo(module.dtype).eps * w_max / 16  # of w - learning_rate * dw
    dws = [step(m, net, x, y, 16.0) for m, net in zip((module, ORACLE), nets, strict=True)]
    for dw, expected in zip(*dws, strict=True):
        assert_close(dw, expected, rtol=tol, atol=tol * np.abs(expected).max() + rounding)


@given(
    net=NETS,
    n=ROWS,
    case=st.sampled_from(COSTS),
    batch_size=st.integers(10, 40) | st.just(1000),
    shuffle=st.booleans(),
)
def test_three_epochs(module, net, n, case, batch_size, shuffle):
    widths, hidden, use_bias, seed = net
    output, loss, from_logits = case
    # in float32 now and then a z falls on the other side of the kink: test_step covers the relu
    assume(module.dtype == "float64" or "relu" not in (hidden, output))
    nets = networks(module, *dense(widths, hidden, output, use_bias), seed)
    y = targets(np.random.default_rng(seed), loss, n, widths[-1])
    metrics = () if "sparse" in loss else ("mean_absolute_error",)
    rows = two_rows(module, random_rows(module, n, widths[0], seed), y)
    options = dict(batch_size=batch_size, epochs=3, seed=seed, first_epoch=5, shuffle=shuffle)
    for net in nets:
        net.compile(loss, metrics, from_logits)
    training = module.Training(nets[0], *rows[0], **options)
    expected = ORACLE.Training(nets[1], *rows[1], **options, permutation=module.permutation)
    rate = 0.5 / max(widths)
    assert train(training, rate) == train(expected, rate) == "epoch"
    # where the rate is above 2 / curvature, the cost grows, and rounding errors with it
    assume(expected.history[-1, 0] < 2 * expected.history[0, 0])
    tol = tolerance(module, *widths, n)
    assert_close(training.history, expected.history, rtol=tol, atol=tol)
    for w, w64 in zip(nets[0].get_weights(), nets[1].get_weights(), strict=True):
        assert_close(w, w64, rtol=tol, atol=tol)


# ---- rows ----

LAYOUTS = {
    "C": lambda a: np.ascontiguousarray(a),
    "Fortran": lambda a: np.asfortranarray(a),
    "strided": lambda a: np.repeat(np.repeat(a, 2, axis=0), 3, axis=1)[::2, ::3],
    "negative strides": lambda a: np.ascontiguousarray(a[::-1, ::-1])[::-1, ::-1],
    "one row again and again": lambda a: np.broadcast_to(a[3], a.shape),
    "one column again and again": lambda a: np.broadcast_to(a[:, 1:2], a.shape),
    "3-D": lambda a: np.ascontiguousarray(a).reshape(len(a), 2, 3),
    "3-D, transposed": lambda a: np.ascontiguousarray(a.reshape(-1, 2, 3).T).T,
    "3-D, strided": lambda a: np.repeat(a.reshape(-1, 2, 3), 2, axis=2)[:, :, ::2],
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
    assert_close(net.evaluate(rows, rows, 7), [0, 0], rtol=0)

    for options in ({}, {"scale": 1 / 256, "offset": -0.5}):  # gathered rows: training
        after = []
        for data in (x, plain):
            net = module.Network(6, [("dense", 3, "tanh", True)], **options)
            net.compile("mean_squared_error", ())
            y = module.Rows(np.ones((45, 3), np.uint8))
            assert train(module.Training(net, module.Rows(data), y, 8, 2), 2.0**-70) == "epoch"
            after.append(net.get_weights())
        assert_same(*after)


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
            assert net.evaluate(rows, y, 32, threads) is None
            training = module.Training(net, rows, y, batch_size=32, threads=threads)
            assert train(training) == "bad_input"
            training.restore()
            assert_same(net.get_weights(), before)


# ---- sampling ----


def test_permutation(module):
    counts = {}
    for n in (1, 2, 3, 1000):
        assert sorted(module.permutation(n, 3, 1)) == list(range(n))
    for other in ((1000, 3, 2), (1000, 4, 1)):
        assert (np.array(module.permutation(1000, 3, 1)) != module.permutation(*other)).mean() > 0.9
    assert_same([module.permutation(50, 3, 1)], [module.permutation(50, 3, 1)])
    for seed in range(4800):  # each of the 24 orders of 4 rows 200 times, +- 5 sigma
        order = tuple(module.permutation(4, seed % 60, seed // 60))
        counts[order] = counts.get(order, 0) + 1
    assert len(counts) == 24
    assert max(abs(count - 200) for count in counts.values()) < 70


@pytest.mark.parametrize("n, batch_size", [(300, 32), (64, 8), (10, 1), (5, 7)])
def test_each_row_once_an_epoch(module, n, batch_size):
    """Row i is the unit vector i: a step moves those weights that belong to its rows."""
    net = module.Network(n, [("dense", 1, "linear", False)])
    net.compile("mean_squared_error", ())
    x, y = module.Rows(np.eye(n, dtype=np.uint8)), module.Rows(np.ones(n))
    training = module.Training(net, x, y, batch_size, epochs=3, seed=7, first_epoch=2)
    steps, training.learning_rate = training.steps_per_epoch, 2.0**-10
    assert steps == -(-n // batch_size)
    orders = []
    for epoch in range(3):
        net.set_weights([np.zeros((n, 1), module.dtype)])
        for k in range(steps):
            assert (training.epoch, training.step) == (epoch, k)
            before = net.get_weights()[0]
            end = epoch == 2 and k == steps - 1
            assert training.run(3, steps=1) == ("epoch" if end else "running")
            orders.append(set(np.flatnonzero(net.get_weights()[0] != before)))
        # twice the learning rate, divided by the rows of the batch
        w = net.get_weights()[0]
        last = n - (steps - 1) * batch_size
        assert (w > 0).all() and (w == w.dtype.type(2.0**-9 / last)).sum() >= min(last, n)
    assert training.rows_done in (0, n)
    for epoch in range(3):
        order = module.permutation(n, 7, 2 + epoch)
        for k in range(steps):
            rows = set(np.array(order[k * batch_size : (k + 1) * batch_size]))
            assert rows == orders[epoch * steps + k]


def test_last_batch_of_60000_rows_at_128(module):
    rng = np.random.default_rng(0)
    x, y = rng.random((60000, 3)), rng.random(60000)
    net = module.Network(3, [("dense", 1, "linear", True)])
    net.compile("mean_squared_error", ())
    training = module.Training(net, module.Rows(x), module.Rows(y), 128, seed=5)
    assert training.steps_per_epoch == 469
    training.learning_rate = 0.01
    while training.step < 468:
        training.run(1, steps=468 - training.step)
    assert training.rows_done == 60000 - 96
    w, b = (a.astype(np.float64) for a in net.get_weights())
    assert train(training, 2.0**6) == "epoch"
    last = np.array(module.permutation(60000, 5, 0))[-96:]
    dz = 2 * (x[last] @ w + b - y[last, None])
    tol = tolerance(module, 96, 3)
    after = net.get_weights()
    for i, dw in enumerate((x[last].T @ dz, dz.sum(0))):
        assert_close(((w, b)[i] - after[i]) / 2.0**6, dw / 96, rtol=tol, atol=tol)


def test_order_of_the_next_epoch(module):
    n = 50
    x, y = random_rows(module, n, 4, 0), random_rows(module, n, 2, 1)
    order = np.random.default_rng(2).permutation(n).astype(np.int64)
    nets = [networks(module, *dense([4, 5, 2], "tanh", "linear"))[0] for _ in range(2)]
    for net in nets:
        net.compile("mean_squared_error", ())
    given_order = module.Training(nets[0], module.Rows(x), module.Rows(y), 8, 2, seed=1)
    given_order.set_order(order)
    train(given_order, epochs=1)
    reordered = module.Rows(x[order]), module.Rows(y[order])
    train(module.Training(nets[1], *reordered, 8, shuffle=False))
    assert_same(*(net.get_weights() for net in nets))
    # after it the shuffle again, that of epoch 1
    train(given_order)
    rest = module.Training(nets[1], module.Rows(x), module.Rows(y), 8, seed=1, first_epoch=1)
    train(rest)
    assert_same(*(net.get_weights() for net in nets))
    assert (given_order.history[1] == rest.history[0]).all()


# ---- the same bits ----

SHAPES = [  # widths, n, batch_size
    ([3, 2], 5, 1),
    ([20, 33, 17, 3], 100, 32),
    ([131, 70, 64, 10], 300, 128),
    ([784, 64, 10], 70, 50),
    ([9, 7, 4], 700, 600),
]


def digest(module, threads=1, shapes=SHAPES, **limits):
    """A hash of weights and history after two epochs of some nets."""
    result = hashlib.sha256()
    for widths, n, batch_size in shapes:
        net, _ = networks(module, *dense(widths, "relu", "softmax"))
        net.compile("sparse_categorical_crossentropy", ("sparse_categorical_accuracy",))
        x = module.Rows(random_rows(module, n, widths[0], 1))
        y = module.Rows(np.arange(n) % widths[-1])
        training = module.Training(net, x, y, batch_size, 2, seed=3, threads=threads)
        assert train(training, **limits) == "epoch"
        result.update(net.snapshot())
        result.update(training.history.tobytes())
        out = np.empty((n, widths[-1]), module.dtype)
        net.predict(x, out, threads)
        result.update(out.tobytes())
        result.update(net.evaluate(x, y, 32, threads).tobytes())
    return result.hexdigest()


@pytest.mark.parametrize("n", [255, 256, 257, 513, 1000])
@pytest.mark.parametrize("threads", [1, 3])
def test_batches_of_several_chunks(module, n, threads):
    """Full-batch descent and batches that the caches do not hold, paused in the middle of steps."""
    n_in, stages = dense([20, 17, 3], "tanh", "softmax")
    nets = networks(module, n_in, stages)
    rows = two_rows(module, random_rows(module, n, n_in, 0), np.arange(n) % 3)
    for net in nets:
        net.compile("sparse_categorical_crossentropy", ("sparse_categorical_accuracy",))
    options = dict(batch_size=600, epochs=3, shuffle=False)
    training = module.Training(nets[0], *rows[0], **options, threads=threads)
    expected = ORACLE.Training(nets[1], *rows[1], **options)
    assert train(training, seconds=0.0) == train(expected) == "epoch"
    tol = tolerance(module, n_in, 17, 3, n)
    assert_close(training.history, expected.history, rtol=tol, atol=tol)
    for w, w64 in zip(nets[0].get_weights(), nets[1].get_weights(), strict=True):
        assert_close(w, w64, rtol=tol, atol=tol)


def test_padding_stays_zero(module):
    """A hidden softmax wider than the output leaves nothing in the padding of the weights."""
    snapshots = set()
    for threads in (1, 2, 3):
        net, _ = networks(
            module, 8, [("dense", 33, "softmax", True), ("dense", 3, "softmax", True)]
        )
        net.compile("sparse_categorical_crossentropy")
        rows = module.Rows(random_rows(module, 100, 8, 0)), module.Rows(np.arange(100) % 3)
        assert train(module.Training(net, *rows, 32, 2, threads=threads)) == "epoch"
        assert np.count_nonzero(net.snapshot()) <= net.n_parameters
        snapshots.add(bytes(net.snapshot()))
    assert len(snapshots) == 1


def test_refused_before_anything_is_read(module):
    if not hasattr(module, "fma_peak"):
        pytest.skip("memory is the engine's concern")
    with pytest.raises(ValueError, match="stages"):
        module.Network(3, [])
    net, _ = networks(module, 3, [("dense", 2, "linear", True)])
    net.compile("mean_squared_error")
    rows = module.Rows(np.ones((4, 3))), module.Rows(np.ones((4, 2)))
    with pytest.raises(ValueError, match="threads"):
        module.Training(net, *rows, threads=0)
    with pytest.raises(ValueError):
        net.restore(net.snapshot()[:1])


def test_history_grows_with_the_epochs_done(module):
    if not hasattr(module, "fma_peak"):
        pytest.skip("memory is the engine's concern")
    net, _ = networks(module, 1, [("dense", 1, "linear", True)])
    net.compile("mean_squared_error")
    rows = module.Rows(np.ones((1, 1))), module.Rows(np.ones((1, 1)))
    training = module.Training(net, *rows, epochs=10**12)
    assert training.run(10_000, seconds=60) == training.run(10_000, seconds=60) == "running"
    assert training.run(10_000, seconds=60) == "epoch"
    assert training.epoch == 10_000 and np.isfinite(training.history[:10_000]).all()


def test_same_bits_twice_and_for_any_number_of_threads(module):
    assert len({digest(module, threads) for threads in (1, 1, 2, 3, 4, 7)}) == 1


def test_same_bits_in_another_process(module):
    program = (
        f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r});"
        f"import compare, test_engine as t;"
        f"print(t.digest(compare.load({module.name!r}, {module.dtype!r})))"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == digest(module)


@pytest.mark.parametrize("limits", [{"seconds": 1e-9}, {"steps": 1}, {"steps": 5}])
def test_resumed_run_gives_the_same_bits(module, limits):
    small = SHAPES[:2]
    assert digest(module, shapes=small, **limits) == digest(module, shapes=small, seconds=100.0)


# ---- progress, and what stops a training ----


def small_training(module, **options):
    net, _ = networks(module, *dense([4, 3, 2], "tanh", "linear"))
    net.compile("mean_squared_error", ("mean_absolute_error",))
    x, y = random_rows(module, 50, 4, 0), random_rows(module, 50, 2, 1)
    return net, module.Training(net, module.Rows(x), module.Rows(y), 8, **options), x, y


def test_progress(module):
    net, training, x, y = small_training(module, epochs=2, shuffle=False)
    training.learning_rate = 0.0
    assert training.run(2, steps=3) == "running"
    assert (training.epoch, training.step, training.rows_done) == (0, 3, 24)
    first = net.evaluate(module.Rows(x[:24]), module.Rows(y[:24]), 8)
    assert_close(training.totals(), first, rtol=tolerance(module, 24))
    assert train(training, 0.0, epochs=1) == "epoch"
    assert (training.epoch, training.steps_per_epoch) == (1, 7)
    assert train(training, 0.0) == "epoch"
    assert training.run(2) == "epoch"  # nothing left to do
    whole = net.evaluate(module.Rows(x), module.Rows(y), 32)
    assert training.history.dtype == np.float64
    assert_close(training.history, [whole, whole], rtol=tolerance(module, 50))


def test_accuracy_is_a_mean_over_the_rows(module):
    rng = np.random.default_rng(0)
    x = rng.random((75, 5)).astype(module.dtype)
    net = identity(module, 5)
    classes, values, bits = rng.integers(0, 5, 75), rng.random((75, 5)), rng.integers(0, 2, (75, 5))
    for loss, metric, t, right in (
        ("sparse_categorical_crossentropy", "sparse_categorical_accuracy", classes)
        + (x.argmax(1) == classes,),
        ("mean_squared_error", "categorical_accuracy", values, x.argmax(1) == values.argmax(1)),
        ("binary_crossentropy", "binary_accuracy", bits, (x > 0.5) == bits),
    ):
        net.compile(loss, (metric,))
        rows = module.Rows(x), module.Rows(t)
        assert_close(net.evaluate(*rows, 32)[1], right.mean(), rtol=1e-12)
        training = module.Training(net, *rows)
        assert train(training, 0.0) == "epoch"
        assert_close(training.history[0, 1], right.mean(), rtol=1e-12)


@pytest.mark.parametrize("batch_size", [8, 50])
def test_nonfinite_training(module, batch_size):
    """Batches of 8: the next cost overflows. Of 50: the weights do, at the end of the epoch."""
    rate = {"float32": 1e38, "float64": 1e308}[module.dtype]
    net, _, x, y = small_training(module)
    y = (y * 1e6).astype(y.dtype)
    for threads in (1, 2):
        rows = module.Rows(x), module.Rows(y)
        training = module.Training(net, *rows, batch_size, epochs=3, threads=threads)
        assert train(training, 1e-7, epochs=1) == "epoch"
        before = net.get_weights()
        assert train(training, rate) == "nonfinite"
        assert training.epoch == 1
        if batch_size < 50:
            assert not np.isfinite(training.totals()[0])
            assert training.step < training.steps_per_epoch  # at once
        training.restore()
        assert_same(net.get_weights(), before)
        assert np.isfinite(training.history[0]).all()
        assert train(module.Training(net, *rows, batch_size, threads=threads), 1e-7) == "epoch"
