"""A local minimum in which full-batch descent stays and mini-batch descent does not.

One unit, y = tanh(w x), on 60 rows, nine of which are outliers: large x with a target of the wrong
sign. Near w = 0 the outliers hold w back (a local minimum), far beyond they are saturated and the
other rows agree (the lower one). In the first the gradients of the rows contradict each other and
cancel only over the full batch; a mini-batch feels what is left, which grows as it gets smaller.
"""

import numpy as np
import stage

import trilobite as keras
from trilobite import plot
from trilobite.plot import canvas

NAME, TITLE = "local_minimum", "A local minimum, and the noise that leaves it"
N, OUTLIERS, FAR = 60, 9, 8.0
RATE, STEPS = 0.05, 1200
SIZES = 1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 60  # which divide N: all rounds are of one size
START = -1.5, -0.1
SMOOTHED = 60, 10, 4, 2


def rows():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((N, 1))
    y = np.tanh(3 * x)
    x[:OUTLIERS] = FAR * rng.choice([-1, 1], (OUTLIERS, 1))
    y[:OUTLIERS] = -np.sign(x[:OUTLIERS])
    return x, y


def costs(grid):
    """The cost at each w, of `evaluate`."""
    net, (x, y) = stage.unit("tanh", RATE, 0), rows()
    found = []
    for w in grid:
        net.set_weights([[[w]]])
        found.append(net.evaluate(x, y, batch_size=N, verbose=0))
    return np.array(found)


def extremes(grid, values):
    """Where there are minima and maxima within."""
    rises = np.diff(values) > 0
    at = np.flatnonzero(rises[1:] != rises[:-1]) + 1
    return [grid[k] for k in at if rises[k]], [grid[k] for k in at if not rises[k]]


def end(size, seed):
    """Where a training of `STEPS` rounds ends; seed: of the start and of the order of the rows."""
    start = np.random.default_rng(seed).uniform(*START)
    keras.utils.set_random_seed(seed)
    net, (x, y) = stage.unit("tanh", RATE, start), rows()
    epochs = -(-STEPS // -(-N // size))
    net.fit(x, y, batch_size=size, epochs=epochs, verbose=0)
    return float(net.get_weights()[0][0, 0])


def noise(size, at, draws, seed=0):
    """What a step on a mini-batch does to w beyond a step on all rows, for random batches."""
    rng, (x, y), net = np.random.default_rng(seed), rows(), stage.unit("tanh", RATE, 0)

    def step(picked):
        net.set_weights([[[at]]])
        net.train_on_batch(x[picked], y[picked])
        return net.get_weights()[0][0, 0] - at

    full = step(slice(None))
    return np.array([step(rng.choice(N, size, replace=False)) - full for _ in range(draws)])


def smoothed(grid, moved):
    """The mean of cost(w + noise): what descent with such noise feels, instead of the cost.

    Kleinberg, Li and Yuan, "An Alternative View: When Does SGD Escape Local Minima?" (2018).
    """
    fine = np.linspace(grid[0] - 2, grid[-1] + 2, 2001)
    cost = costs(fine)
    return np.array([np.mean(np.interp(w + moved, fine, cost)) for w in grid])


def measure(toy=False, seeds=None):
    seeds = seeds or (20 if toy else 1000)
    grid = np.linspace(-1.8, 3.6, 541)
    cost = costs(grid)
    (near, far), (barrier,) = extremes(grid, cost)
    ends = {size: np.array([end(size, seed) for seed in range(seeds)]) for size in SIZES}
    moved = {size: noise(size, near, 100 if toy else 2000) for size in SMOOTHED}
    inside = np.linspace(-0.4, 0.6, 201)
    return {
        "grid": grid, "cost": cost, "near": near, "far": far, "barrier": barrier,
        "lows": costs([near, far]), "ends": ends, "seeds": seeds, "inside": inside,
        "smoothed": {size: smoothed(inside, by) for size, by in moved.items()},
        "noise": {size: float(by.std()) for size, by in moved.items()},
        "escapes": {size: int(np.sum(w > barrier)) for size, w in ends.items()},
    }  # fmt: skip


def draw(numbers):
    figure, (left, middle, right) = stage.figure(12.0, 3.9, 3)
    grid, cost = numbers["grid"], numbers["cost"]
    canvas.line(left, grid, cost, 0, "cost", marker=None)
    left.axvspan(*START, color=canvas.SKY, alpha=0.3, label="starts")
    for name, number, marker in (("near", 4, "v"), ("far", 6, "^")):
        w = numbers[name]
        label = "local minimum" if name == "near" else "lower minimum"
        left.plot(w, np.interp(w, grid, cost), marker, color=canvas.COLOURS[number], label=label)
    canvas.dress(left, "w", "cost")
    for k, (size, values) in enumerate(numbers["smoothed"].items()):
        label = f"smoothed, batches of {size}" if k else "cost, full batch"
        canvas.line(middle, numbers["inside"], values, (0, 1, 3, 4)[k], label, markevery=20)
    canvas.dress(middle, "w", "cost")
    n, sizes = numbers["seeds"], list(numbers["escapes"])
    share = np.array(list(numbers["escapes"].values())) / n
    bounds = np.array([stage.wilson(k, n) for k in numbers["escapes"].values()]).T
    right.errorbar(
        range(len(sizes)), share, np.abs(bounds - share), fmt="o", color=canvas.BLUE, capsize=3,
        label="95 % interval",
    )  # fmt: skip
    right.set_xticks(range(len(sizes)), [*map(str, sizes[:-1]), f"{sizes[-1]}\n(full)"])
    right.set_ylim(-0.05, 1.05)
    canvas.dress(right, "batch size", f"share that escapes, of {n:,} seeds")
    for ax in (left, middle, right):
        ax.legend(frameon=False, fontsize="small")
    return figure, animated(numbers)


def track(size, seed, rounds):
    """w after each of the first rounds."""
    keras.utils.set_random_seed(seed)
    (x, y), path = rows(), plot.Path(every=1)
    net = stage.unit("tanh", RATE, START[0])
    net.fit(x, y, batch_size=size, epochs=-(-rounds * size // N), verbose=0, callbacks=[path])
    return np.ravel(path.weights)[: rounds + 1]


def animated(numbers, rounds=110):
    """Two of the runs, side by side: full batch, and 4 rows."""
    tracks = {f"full batch ({N})": track(N, 0, rounds), "mini-batches of 4": track(4, 0, rounds)}
    moving, ax = stage.figure(5.6, 3.8)
    grid, cost = numbers["grid"], numbers["cost"]
    ax.plot(grid, cost, color=canvas.BLUE)
    marks = [
        ax.plot([], [], marker, markersize=10, color=colour, markeredgecolor="black", label=name)[0]
        for name, marker, colour in zip(tracks, "so", (canvas.SKY, canvas.VERMILION), strict=True)
    ]
    ax.legend(frameon=False)
    canvas.dress(ax, "w", "cost")

    def show(step):
        for mark, w in zip(marks, tracks.values(), strict=True):
            mark.set_data([w[step]], [np.interp(w[step], grid, cost)])
        ax.set_title(f"round {step}", fontsize="medium")

    return moving, range(rounds + 1), show


def caption(numbers):
    n = numbers["seeds"]
    bounds = [stage.wilson(k, n) for k in numbers["escapes"].values()]
    table = (
        ("batch size", *map(str, numbers["escapes"])),
        ("---", *["---"] * len(bounds)),
        ("share", *[f"{k / n:.1%}" for k in numbers["escapes"].values()]),
        ("95 % interval", *[f"{low:.1%} to {high:.1%}" for low, high in bounds]),
    )
    said = "\n".join(f"| {' | '.join(row)} |" for row in table)
    near, far, least = numbers["near"], numbers["far"], SMOOTHED[-1]
    return (
        f"One unit, y = tanh(w x), on {N} rows, {OUTLIERS} of them outliers: the cost has a local "
        f"minimum at w = {near:.2f} ({numbers['lows'][0]:.3f}) and a lower one at w = {far:.2f} "
        f"({numbers['lows'][1]:.3f}). From starts left of the first, with SGD({RATE}) and "
        f"{STEPS:,} rounds each, so many of {n:,} seeds end beyond the barrier at "
        f"w = {numbers['barrier']:.2f}:\n\n{said}\n\nIn the middle the cost averaged "
        f"over the noise that a step has in the local minimum: with batches of {least} rows w is "
        f"moved by {numbers['noise'][least]:.2f} at random, and the barrier, "
        f"{barrier(numbers, N):.3f} high for the full batch, is {barrier(numbers, least):.3f} high."
    )


def barrier(numbers, size):
    """How far the smoothed cost rises on the way from the local minimum to the lower one."""
    minima, maxima = extremes(numbers["inside"], numbers["smoothed"][size])
    if not minima or not maxima:
        return 0.0
    low, high = np.interp([minima[0], maxima[-1]], numbers["inside"], numbers["smoothed"][size])
    return float(high - low)


if __name__ == "__main__":
    stage.main(globals())
