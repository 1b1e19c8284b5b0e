"""The engine against the reference in float64, over shapes and dtypes; and what both promise."""

import numpy as np
import pytest
from compare import (
    ORACLE,
    assert_close,
    dense,
    kink_distance,
    means,
    networks,
    random_rows,
    step,
    targets,
    tolerance,
    train,
    two_rows,
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
    threads=st.integers(1, 3),
)
def test_evaluate(module, net, n, case, threads):
    widths, hidden, use_bias, seed = net
    output, loss, from_logits = case
    nets = networks(module, *dense(widths, hidden, output, use_bias), seed)
    y = targets(np.random.default_rng(seed), loss, n, widths[-1])
    metrics = () if "sparse" in loss else ("mean_squared_error", "mean_absolute_error")
    got = []
    both = two_rows(module, random_rows(module, n, widths[0], seed), y)
    for net, rows in zip(nets, both, strict=True):
        net.compile(loss, metrics, from_logits)
        got.append(net.evaluate(*rows, threads))
    tol = tolerance(module, *widths, n)
    assert_close(*map(means, got), rtol=tol, atol=tol)
    assert got[0][1] == got[1][1] == n


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
    eps = np.finfo(module.dtype).eps
    rounding = 2 * eps * w_max / 16  # of w - learning_rate * dw
    if "crossentropy" in loss:  # and of y - t, where y, rounded, comes close to t
        rounding += 4 * eps * max(1, np.abs(x).max())
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
    assert_close(means(training.history), means(expected.history), rtol=tol, atol=tol)
    for w, w64 in zip(nets[0].get_weights(), nets[1].get_weights(), strict=True):
        assert_close(w, w64, rtol=tol, atol=tol)


@pytest.mark.parametrize("more", [0, 17])
@pytest.mark.parametrize("widths", [(2, 0), (0, 1, 0), (0, 0, 1)])
def test_inner_dimensions_of_several_blocks(module, widths, more):
    """Of 4 KiB of a row each; the first product is in two parts, that of dx runs over n_out."""
    block = 4096 // np.dtype(module.dtype).itemsize
    n_in, stages = dense([k * block + more if k else 3 for k in widths], "tanh", "tanh")
    nets = networks(module, n_in, stages)
    x, y = random_rows(module, 7, n_in, 0), random_rows(module, 7, nets[0].n_out, 1)
    tol = tolerance(module, block, more)
    outputs = [np.empty(y.shape, dtype) for dtype in (module.dtype, "float64")]
    for m, net, out in zip((module, ORACLE), nets, outputs, strict=True):
        assert net.predict(m.Rows(x), out)
        net.compile("mean_squared_error")
    assert_close(*outputs, rtol=tol, atol=tol)
    dws = [step(m, net, x, y, 16.0) for m, net in zip((module, ORACLE), nets, strict=True)]
    for dw, expected in zip(*dws, strict=True):
        assert_close(dw, expected, rtol=tol, atol=tol)


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
    assert_close(means(training.history), means(expected.history), rtol=tol, atol=tol)
    for w, w64 in zip(nets[0].get_weights(), nets[1].get_weights(), strict=True):
        assert_close(w, w64, rtol=tol, atol=tol)
