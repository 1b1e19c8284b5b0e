"""Nets of a few weights, whose rows go through in lanes, beside the reference."""

import hashlib

import pytest
from compare import assert_close, dense, networks, random_rows, tolerance, train, two_rows
from hypothesis import given
from hypothesis import strategies as st

from trilobite import reference

ROWS = (1, 2, 7, 8, 9, 16, 17, 31, 32, 33, 64, 65, 128, 129, 200, 257)


def assert_trains_as_the_oracle(module, widths, rows, batch, hidden, **options):
    net, oracle = networks(module, *dense(widths, hidden, "linear"))
    for each in (net, oracle):
        each.compile("mean_squared_error", ("mean_absolute_error",))
    x, y = random_rows(module, rows, widths[0], 1), random_rows(module, rows, widths[-1], 2)
    ours, theirs = two_rows(module, x, y)
    training = module.Training(net, *ours, batch, 2, shuffle=False, **options)
    expected = reference.load("float64").Training(oracle, *theirs, batch, 2, shuffle=False)
    assert train(training) == train(expected) == "epoch"
    close = tolerance(module, rows, *widths) * 4
    for got, wanted in zip(net.get_weights(), oracle.get_weights(), strict=True):
        assert_close(got, wanted, rtol=close, atol=close)
    assert_close(training.history, expected.history, rtol=close * 10)


@pytest.mark.parametrize("rows", ROWS)
def test_rows(module, rows):
    assert_trains_as_the_oracle(module, [3, 5, 2], rows, rows, "tanh")


@given(
    st.lists(st.integers(1, 17), min_size=2, max_size=4),
    st.integers(1, 300),
    st.integers(1, 300),
    st.sampled_from(["linear", "relu", "sigmoid", "tanh", "elu"]),
)
def test_widths(module, widths, rows, batch, hidden):
    assert_trains_as_the_oracle(module, widths, rows, batch, hidden)


def test_widths_beyond_a_panel(module):
    assert_trains_as_the_oracle(module, [1, 40, 2], 150, 75, "tanh")
    assert_trains_as_the_oracle(module, [2, 2, 70], 150, 75, "tanh")


@pytest.mark.parametrize("widths", [[2, 8, 8, 2], [16, 16], [17, 15, 1], [1, 1]])
def test_same_bits_for_any_number_of_threads(module, widths):
    def digest(threads):
        net, _ = networks(module, *dense(widths, "relu", "linear"))
        net.compile("mean_squared_error", ("mean_absolute_error",))
        x, y = random_rows(module, 600, widths[0], 1), random_rows(module, 600, widths[-1], 2)
        training = module.Training(
            net, module.Rows(x), module.Rows(y), 500, 2, seed=4, threads=threads
        )
        assert train(training) == "epoch"
        return hashlib.sha256(bytes(net.snapshot()) + training.history.tobytes()).digest()

    assert len({digest(threads) for threads in (1, 1, 2, 3, 4, 7)}) == 1
