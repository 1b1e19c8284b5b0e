"""What a training takes of the memory, told before: beside what Python counts while it is made."""

import tracemalloc

import numpy as np
import pytest
from compare import dense, networks

NETS = {
    "wide": dense([100, 300, 10], "relu", "softmax"),
    "narrow": dense([2, 8, 3], "tanh", "softmax"),
    "normalized": (
        50,
        [
            ("dense", 40, "relu", True),
            ("batch_normalization", 0.9, 1e-3, True, True),
            ("dropout", 0.2),
            ("dense", 5, "softmax", True),
        ],
    ),
}


def bytes_of(module):
    from trilobite import engine

    return engine.load(module.dtype, module.name).bytes_of_training


@pytest.mark.parametrize("options", [{}, {"clipnorm": 1.0}])
@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("batch_size", [1, 32, 300, 2000])
@pytest.mark.parametrize("net", NETS)
def test_beside_what_is_taken(engine, net, batch_size, threads, optimizer, options):
    """Within 1 % and 25 kB: objects of Python, and what arrays are aligned by."""
    net, _ = networks(engine, *NETS[net])
    net.compile("sparse_categorical_crossentropy")
    rng = np.random.default_rng(0)
    x = engine.Rows(rng.normal(size=(1000, net.n_in)).astype(engine.dtype))
    y = engine.Rows(np.zeros(1000, np.uint8))
    made = engine.Optimizer(net, optimizer, **options)
    tracemalloc.start()
    try:
        told = bytes_of(engine)(net, x, batch_size, made, threads)
        before = tracemalloc.get_traced_memory()[0]
        assert tracemalloc.get_traced_memory()[1] < told / 2 + 50_000
        optimizer = engine.Optimizer(net, optimizer, **options)
        training = engine.Training(net, x, y, batch_size, optimizer=optimizer, threads=threads)
        taken = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert training.steps_per_epoch == -(-1000 // batch_size)
    assert abs(told - taken) <= 0.01 * taken + 25_000


def test_a_copy_of_rows_across_counts(engine):
    net, _ = networks(engine, *NETS["wide"])
    net.compile("sparse_categorical_crossentropy")
    x = np.zeros((1000, 100), engine.dtype)
    optimizer = engine.Optimizer(net, "sgd")
    plain, across = (
        bytes_of(engine)(net, engine.Rows(a), 32, optimizer) for a in (x, np.asfortranarray(x))
    )
    assert across - plain == x.nbytes


def test_transposed(engine):
    """Of all products but the first, padded: panels of columns, whole vectors of rows."""
    from trilobite import engine as chosen

    count = chosen.load(engine.dtype, engine.name).bytes_of_transposed
    size = np.dtype(engine.dtype).itemsize
    nets = [
        networks(engine, *dense(widths, "relu", "softmax"))[0]
        for widths in ([100, 128, 64, 64], [100, 64])
    ]
    assert count(nets[0]) == (128 * 64 + 64 * 64) * size
    assert count(nets[1]) == 0
