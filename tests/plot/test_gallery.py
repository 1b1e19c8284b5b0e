"""The gallery: its scripts run, its page is whole, each of its claims is a number that holds."""

import importlib
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
FOLDER, PAGE = ROOT / "examples" / "gallery", ROOT / "docs" / "gallery.md"
NAMES = [path.stem for path in FOLDER.glob("*.py") if path.stem not in ("stage", "render")]


@pytest.fixture(autouse=True, scope="module")
def found():
    """The scripts are imported as they import each other: from their folder."""
    sys.path.insert(0, str(FOLDER))
    yield
    sys.path.remove(str(FOLDER))


def script(name):
    return importlib.import_module(name)


# ---- the page ----


def test_page_shows_every_picture():
    text = PAGE.read_text(encoding="utf-8")
    assert list(script("render").SCRIPTS) and set(script("render").SCRIPTS) == set(NAMES)
    shown = re.findall(r"!\[[^]]+\]\((gallery/[\w.]+)\)", text)
    files = {f"gallery/{path.name}" for path in (ROOT / "docs" / "gallery").iterdir()}
    assert set(shown) == files and len(shown) == len(files)
    for name in NAMES:
        assert f"## {script(name).TITLE}\n" in text and f"gallery/{name}.svg" in shown
        assert f"examples/gallery/{name}.py" in text


def test_pictures_are_small():
    sizes = {path.name: path.stat().st_size for path in (ROOT / "docs" / "gallery").iterdir()}
    assert sum(sizes.values()) < 2.5e6
    assert all(size < 1e6 for name, size in sizes.items() if name.endswith(".gif"))


@pytest.mark.parametrize("name", NAMES)
def test_script_runs_at_toy_size(name, tmp_path):
    done = subprocess.run(
        [sys.executable, "-W", "error", str(FOLDER / f"{name}.py"), str(tmp_path), "--toy"],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / f"{name}.svg").stat().st_size > 5000
    moving = script(name)
    assert (tmp_path / f"{name}.gif").exists() == hasattr(moving, "animated")
    assert len(done.stdout) > 200


def test_the_same_numbers_are_the_same_file(tmp_path):
    one = script("learning_rates")
    numbers, stage = one.measure(), script("stage")
    texts = []
    for folder in (tmp_path / "a", tmp_path / "b"):
        folder.mkdir()
        stage.save(one.draw(numbers), folder, "x")
        texts.append((folder / "x.svg").read_text(encoding="utf-8"))
    assert texts[0] == texts[1]


# ---- the claims ----


def slope_at(net, x, y, w, h=1e-2):
    """The gradient of the cost by central differences."""
    found = []
    for k in range(len(w)):
        ends = []
        for sign in (1, -1):
            moved = np.array(w, float)
            moved[k] += sign * h
            net.set_weights([moved.reshape(-1, 1)])
            ends.append(net.evaluate(x, y, verbose=0))
        found.append((ends[0] - ends[1]) / (2 * h))
    return np.array(found)


def test_a_step_is_the_rate_times_the_slope():
    one = script("one_parameter")
    numbers = one.measure()
    expected = [slope_at(numbers["net"], *one.rows(), [w])[0] for w in numbers["w"][:-1]]
    assert np.allclose(numbers["slopes"], expected, atol=2e-3)
    assert numbers["costs"][-1] < numbers["costs"][0] / 100
    assert abs(numbers["w"][-1] - 1.5) < 0.4


def test_full_batch_descends_at_right_angles_to_the_contours():
    one = script("two_parameters")
    full, noisy = one.measure().values()
    w = np.array([np.ravel(each) for each in full["path"].weights])
    assert len(w) == len(noisy["path"].weights) == one.STEPS + 1
    for at, step in zip(w[:-1:4], np.diff(w, axis=0)[::4], strict=True):
        down = -slope_at(full["net"], *one.rows(), at)
        assert step @ down / np.linalg.norm(step) / np.linalg.norm(down) > 0.999
    assert abs(full["cost"] - noisy["cost"]) < 0.05 and full["cost"] < 0.2


def test_each_rate_leaves_the_part_that_theory_says():
    """Of a parabola a step leaves ``1 - rate * curvature`` of the distance."""
    one = script("learning_rates")
    runs = one.measure()["runs"]
    for run in runs.values():
        expected = abs(1 - run["rate"] * one.curvature())
        sure = np.abs(run["w"][:-1] - one.measure()["lowest"]) > 0.05  # beyond rounding
        assert np.allclose(run["factor"][sure], expected, rtol=2e-3)
    costs = {label: run["cost"] for label, run in runs.items()}
    assert costs["right"] < 0.05 < 1 < costs["too small"] < 5 < costs["too large"]


def test_the_round_is_backpropagation():
    numbers = script("one_round").measure()
    w1, b1, w2, b2 = (each.astype(float) for each in numbers["before"])
    x, y = numbers["x"], numbers["y"]
    h = 1 / (1 + np.exp(-(x @ w1 + b1)))
    o = 1 / (1 + np.exp(-(h @ w2 + b2)))
    assert np.allclose(numbers["hidden"], h) and np.allclose(numbers["output"], o)
    assert np.isclose(numbers["cost"], np.mean((o - y) ** 2))
    do = 2 * (o - y) / len(y) * o * (1 - o)
    dh = do @ w2.T * h * (1 - h)
    for found, expected in zip(
        numbers["gradients"], (x.T @ dh, dh.sum(0), h.T @ do, do.sum(0)), strict=True
    ):
        assert np.allclose(found, expected, atol=1e-6)
    assert numbers["cost_after"] < numbers["cost"]
    assert len(set(numbers["rows"])) == len(y)


def test_469_rounds_the_last_of_96():
    numbers = script("epochs_and_rounds").measure()
    assert numbers["rows"].shape == (3, 469)
    assert (numbers["rows"][:, :-1] == 128).all() and (numbers["rows"][:, -1] == 96).all()
    assert (numbers["rows"].sum(axis=1) == 60_000).all()
    assert (np.diff(numbers["costs"].mean(axis=1)) < 0).all()


def shares_of_the_page():
    """By batch size, of 1,000 seeds."""
    text = PAGE.read_text(encoding="utf-8")
    assert "1,000\nseeds" in text or "1,000 seeds" in text
    sizes, shares = (
        re.search(rf"^\| {name} \| (.*) \|$", text, re.MULTILINE)[1].split(" | ")
        for name in ("batch size", "share")
    )
    return {int(n): float(p.strip("%")) / 100 for n, p in zip(sizes, shares, strict=True)}


def test_the_cost_has_a_local_minimum():
    one = script("local_minimum")
    grid = np.linspace(-1.8, 3.6, 541)
    cost = one.costs(grid)
    (near, far), (barrier,) = one.extremes(grid, cost)
    assert one.START[0] < one.START[1] < near < barrier < far
    low, high, lower = np.interp([near, barrier, far], grid, cost)
    assert lower < low - 0.1 and high > low + 0.2
    x, y = one.rows()
    assert np.allclose(cost, [np.mean((np.tanh(x * w) - y) ** 2) for w in grid], atol=1e-5)


@pytest.mark.parametrize("size", [60, 15, 10, 4, 1])
def test_share_that_escapes(size):
    """Of 60 seeds that the page has not: within 4 standard deviations of the page's share."""
    one, share, n = script("local_minimum"), shares_of_the_page()[size], 60
    ends = np.array([one.end(size, seed) for seed in range(5000, 5000 + n)])
    k = np.sum(ends > 0.18)
    deviation = np.sqrt(max(share * (1 - share), 0.004) / n)
    assert abs(k / n - share) < 4 * deviation
    if size >= 15:
        assert k == 0 and np.allclose(ends, -0.05, atol=0.25)  # in the local minimum
    if size <= 4:
        assert k == n and (ends > 1).all()  # on the way to the lower one, or there


def test_the_page_has_all_batch_sizes():
    shares = shares_of_the_page()
    assert tuple(shares) == script("local_minimum").SIZES
    assert list(shares.values()) == sorted(shares.values(), reverse=True)
    assert shares[60] == 0 and shares[1] == 1


def test_noise_lowers_the_barrier():
    one = script("local_minimum")
    inside = np.linspace(-0.4, 0.6, 101)
    moved = {size: one.noise(size, -0.05, 400) for size in one.SMOOTHED}
    numbers = {"inside": inside, "smoothed": {k: one.smoothed(inside, v) for k, v in moved.items()}}
    heights = [one.barrier(numbers, size) for size in one.SMOOTHED]  # from full batch down
    assert (np.diff(heights) < 0).all() and heights[-1] < heights[0] / 2
    spreads = [by.std() for by in moved.values()]
    assert spreads[0] < 1e-6 and (np.diff(spreads) > 0).all()


def test_interval_is_wilsons():
    """Of 0 of n it is 0 to z2 / (n + z2); of a half it is symmetric."""
    stage = script("stage")
    assert np.allclose(stage.wilson(0, 100), (0, 1.96**2 / (100 + 1.96**2)), atol=1e-12)
    low, high = stage.wilson(50, 100)
    assert np.isclose(low + high, 1) and np.isclose(low, 0.4038, atol=1e-4)


def test_noise_falls_as_the_root_of_the_batch_size():
    one = script("batch_sizes")
    sizes = 1, 4, 16, 64, 128, 512
    noise = np.array([one.noise(sizes, 40, seed) for seed in range(one.REPEATS)])
    found, low, high = one.interval(np.array([one.power(sizes, each, 1437) for each in noise]))
    expected = one.power(sizes, one.law(sizes, 1437, 1), 1437)
    assert low < expected < high and high - low < 0.06 and abs(expected + 0.5) < 0.02
    mean = np.sqrt(np.mean(noise**2, axis=0))
    assert np.allclose(mean, one.law(sizes, 1437, mean[0]), rtol=0.12)


def test_noise_is_that_of_the_tuning_tool():
    """Which takes the gradients from the engine in another way."""
    from trilobite.tuning import gradient_noise

    one, sizes = script("batch_sizes"), [4, 32, 128]
    (x, y, _), net = one.rows(), one.model()
    net.fit(x, y, epochs=2, verbose=0)
    found = [row["noise"] for row in gradient_noise(net, x, y, sizes, draws=300).table]
    assert np.allclose(one.noise(sizes, 300), found, rtol=0.1)


def test_large_batches_learn_less_in_as_many_epochs():
    one = script("batch_sizes")
    small, chosen, full = (one.trained(size, 1)[1] for size in (4, 32, 1437))
    assert small < chosen < full / 5 and full > 1.5


def test_small_batches_take_more_time():
    """CPU time of an epoch, in turn, which others on the machine hardly change."""
    one = script("batch_sizes")
    times = np.array([[one.trained(size, 0)[0] for size in (1, 8, 1437)] for _ in range(9)])
    single, few = np.median(times[:, :2] / times[:, 2:], axis=0)
    assert single > 1.5 * few and single > 2


def test_large_batches_take_more_epochs_to_a_target():
    """The range of one batch size lies below that of the next, four times as large."""
    one = script("batch_sizes")
    epochs = [[one.epochs_needed(size, seed) for seed in range(3)] for size in (8, 32, 128, 512)]
    for fewer, more in zip(epochs, epochs[1:], strict=False):
        assert max(fewer) < min(more)
    assert max(epochs[-1]) < one.MOST


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_validation_cost_turns_up_and_training_stops_before(seed):
    one = script("early_stop")
    numbers = one.measure(seed=seed)
    history = numbers["history"].history
    until = history["val_loss"][: numbers["stopped"]]
    assert numbers["best"] == np.argmin(until) + 1
    assert numbers["stopped"] == numbers["best"] + one.PATIENCE
    assert np.isclose(numbers["kept"][0], min(until), rtol=1e-5)
    title = one.draw(numbers).axes[0].get_title()
    assert title.startswith("overfitting since epoch")
    assert abs(int(re.search(r"\d+", title)[0]) - numbers["best"]) <= 5
    assert numbers["ended"][0] > 1.25 * numbers["kept"][0]
    assert history["loss"][-1] < 0.1 * history["loss"][numbers["best"] - 1]


def test_momentum_and_adam_are_faster_in_a_valley():
    one = script("optimizers")
    x, _ = one.rows()
    assert np.linalg.cond(x.T @ x) > 150
    numbers = one.measure()
    steps = {name: each["steps"] for name, each in numbers.items()}
    assert steps["SGD"] > 2.5 * steps["momentum 0.9"] and steps["SGD"] > 2.5 * steps["Adam"]
    assert steps["RMSprop"] < steps["SGD"]
    for each in numbers.values():
        part = each["costs"] / each["costs"][0]
        assert (part[each["steps"] :] <= one.PART).all() and part[each["steps"] - 1] > one.PART
