"""What the tuning tools found, read back from the pictures."""

from types import SimpleNamespace

import numpy as np
import pytest

import trilobite as keras
from trilobite import plot, tuning

RATES = np.geomspace(1e-4, 10, 6)


def outcome(**other):
    found = {
        "rates": RATES,
        "costs": np.array([2.0, 1.9, 1.0, 0.6, 50.0, np.inf]),
        "suggestion": 0.04,
        "reason": "where the cost falls fastest",
        "diverged_at": 1.0,
    }
    return SimpleNamespace(**found | other)


def lines(ax):
    return {line.get_label(): line.get_xydata() for line in ax.get_lines()}


def test_range_test():
    ax = plot.learning_rate_range(outcome())
    found = lines(ax)
    drawn = found["cost, smoothed"]
    assert np.allclose(drawn[:, 0], RATES[:5]) and np.allclose(drawn[:, 1], outcome().costs[:5])
    assert set(found["suggestion: 0.04"][:, 0]) == {0.04}
    assert set(found["diverged at 1"][:, 0]) == {1.0}
    assert ax.get_xscale() == "log" and ax.get_title() == "where the cost falls fastest"
    low, high = ax.get_ylim()
    assert low < 0.6 and 2.0 < high < 5  # what diverges does not press the rest flat


def test_range_test_without_divergence_or_suggestion():
    ax = plot.learning_rate_range(outcome(suggestion=None, diverged_at=None))
    assert list(lines(ax)) == ["cost, smoothed"]


@pytest.mark.parametrize("kind", [dict, SimpleNamespace])
def test_batch_sizes(kind):
    sizes = [8, 16, 32, 64]
    rows = [kind(batch_size=n, rows_per_second=1e4 * n, bytes=n * 2**18) for n in sizes]
    ax = plot.batch_size(SimpleNamespace(table=rows, suggestion=32))
    above, below = ax.figure.axes
    assert above is ax
    assert np.allclose(lines(above)["rows per second"], [(n, 1e4 * n) for n in sizes])
    assert np.allclose(lines(below)["memory"], [(n, n / 4) for n in sizes])
    assert set(lines(above)["suggestion: 32"][:, 0]) == {32}
    assert [tick.get_text() for tick in below.get_xticklabels()] == ["8", "16", "32", "64"]


def test_batch_sizes_with_a_target_and_one_that_does_not_fit():
    rows = [
        {"batch_size": n, "rows_per_second": speed, "bytes": n * 2**20, "seconds": seconds}
        for n, speed, seconds in ((8, 10.0, 4.0), (16, 20.0, None), (32, None, None))
    ]
    ax = plot.batch_size(SimpleNamespace(table=rows, suggestion=8, target=0.25))
    _, memory, seconds = ax.figure.axes
    assert np.allclose(lines(ax)["rows per second"], [(8, 10), (16, 20)])
    assert np.allclose(lines(memory)["memory"], [(8, 8), (16, 16), (32, 32)])
    assert np.allclose(lines(seconds)["time to the target"], [(8, 4)])
    assert "0.25" in seconds.get_ylabel() and seconds.get_xlabel() == "batch size"


def test_gradient_noise():
    rows = [{"batch_size": n, "noise": 3 / n, "law": 3 / n**0.5} for n in (1, 4, 16)]
    ax = plot.gradient_noise(SimpleNamespace(table=rows, reason="why"))
    measured, law = (line.get_xydata() for line in ax.get_lines())
    assert np.allclose(measured, [(1, 3), (4, 0.75), (16, 3 / 16)])
    assert np.allclose(law, [(1, 3), (4, 1.5), (16, 0.75)])
    assert ax.get_xscale() == ax.get_yscale() == "log" and ax.get_title() == "why"


def test_what_the_tools_return():
    """Each is drawn as it is, by its own `plot`, too."""
    keras.utils.set_random_seed(0)
    x, y = keras.datasets.toy.moons(256, 0.2)
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, "sigmoid")])
    model.compile("sgd", "binary_crossentropy")
    tested = tuning.learning_rate_range(model, x, y)
    ax = tested.plot()
    assert np.allclose(ax.get_lines()[0].get_xdata(), tested.rates[np.isfinite(tested.costs)])
    assert " ".join(ax.get_title().split()) == tested.reason
    sizes = tuning.batch_size(model, x, y, sizes=[16, 64], epochs=1)
    ax = sizes.plot()
    expected = [(row["batch_size"], row["rows_per_second"]) for row in sizes.table]
    assert np.allclose(ax.get_lines()[0].get_xydata(), expected)
    noise = tuning.gradient_noise(model, x, y, [1, 16], draws=8)
    ax = noise.plot()
    expected = [(row["batch_size"], row["noise"]) for row in noise.table]
    assert np.allclose(ax.get_lines()[0].get_xydata(), expected)


@pytest.mark.parametrize("tool", ["learning_rate_range", "batch_size", "gradient_noise"])
def test_refused(tool):
    with pytest.raises(TypeError, match=f"result: got a dict .*trilobite.tuning.{tool} returns"):
        getattr(plot, tool)({})
