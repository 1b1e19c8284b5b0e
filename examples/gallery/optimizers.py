"""Momentum and adaptive optimizers in the same valley."""

import warnings

import numpy as np
import stage

import trilobite as keras
from trilobite import plot
from trilobite.plot import canvas

NAME, TITLE = "optimizers", "Momentum and adaptive optimizers in the same valley"
SCALES, START, STEPS, PART = (1.0, 0.07), (-2.2, -4.0), 800, 0.001
OPTIMIZERS = {
    "SGD": keras.optimizers.SGD,
    "momentum 0.9": lambda rate: keras.optimizers.SGD(rate, momentum=0.9),
    "RMSprop": keras.optimizers.RMSprop,
    "Adam": keras.optimizers.Adam,
}
STYLES = dict(
    zip(OPTIMIZERS, (canvas.VERMILION, "white", canvas.ORANGE, canvas.PURPLE), strict=True)
)


def rows(n=100):
    """y = x w with columns of unlike spread: a valley some 200 times as steep across as along."""
    x = np.random.default_rng(3).standard_normal((n, 2)) * SCALES
    return x, x @ [[1.0], [3.0]]


def run(make, rate, steps):
    x, y = rows()
    net, path = stage.unit("linear", None, START, 2, optimizer=make(rate)), plot.Path()
    first = net.evaluate(x, y, verbose=0)
    history = net.fit(x, y, batch_size=len(x), epochs=steps, verbose=0, callbacks=[path])
    costs = np.array([*history.history["loss"][:steps], net.evaluate(x, y, verbose=0)])
    above = np.flatnonzero(
        ~(costs <= PART * first)
    )  # or NaN; the loss of an epoch is that before its step
    return {
        "rate": rate, "path": path, "costs": costs, "net": net,
        "steps": int(above[-1]) + 1 if above[-1] < len(costs) - 1 else np.inf,
    }  # fmt: skip


def measure(toy=False):
    """Each with the rate, of powers of the root of 2, that needs the fewest steps."""
    rates = 2.0 ** np.arange(-6, 1.5, 2 if toy else 0.5)
    found = {}
    for name, make in OPTIMIZERS.items():
        with warnings.catch_warnings(action="ignore"):  # the largest rates diverge
            runs = [run(make, float(rate), STEPS) for rate in rates]
        found[name] = min(runs, key=lambda each: each["steps"])
    return found


def contour(ax, numbers):
    net = numbers["SGD"]["net"]
    parameters = (0, 0, 0), (0, 1, 0)
    plot.cost_contour(net, *rows(), parameters, ((-3, 4), (-5, 7)), n=41, log=True, ax=ax)
    ax.lines[-1].remove()  # where the model is
    ax.set(xlabel="w[0]", ylabel="w[1]")


def draw(numbers):
    figure, (left, right) = stage.figure(10.8, 4.3, 2)
    contour(left, numbers)
    for k, (name, each) in enumerate(numbers.items()):
        w = np.array([np.ravel(point) for point in each["path"].weights])[: each["steps"] + 1]
        left.plot(*w.T, color=STYLES[name], marker=canvas.MARKERS[k], markersize=3, linewidth=1,
                  markeredgecolor="black", markeredgewidth=0.3, label=name)  # fmt: skip
        label = f"{name}, rate {each['rate']:.3g}: {each['steps']} steps"
        canvas.line(right, range(len(each["costs"])), each["costs"], k, label)
    target = PART * next(iter(numbers.values()))["costs"][0]
    right.axhline(target, color=canvas.GREY, linestyle=":")
    right.set(xlim=(0, 320), yscale="log", ylim=(target / 30, None))
    canvas.dress(right, "step", "cost")
    left.legend(fontsize="small", loc="upper left", facecolor="0.75")
    right.legend(frameon=False, fontsize="small")
    return figure, animated(numbers)


def animated(numbers, frames=48):
    moving, ax = stage.figure(5.4, 4.0)
    contour(ax, numbers)
    lines = {
        name: ax.plot([], [], color=STYLES[name], marker="o", markersize=3, linewidth=1.2,
                      markeredgecolor="black", markeredgewidth=0.3, label=name)[0]
        for name in numbers
    }  # fmt: skip
    ax.legend(fontsize="small", loc="upper left", facecolor="0.75")

    def show(step):
        for name, line in lines.items():
            w = np.array([np.ravel(p) for p in numbers[name]["path"].weights[: step + 1]])
            line.set_data(*w.T)
        ax.set_title(f"step {step}", fontsize="medium")

    return moving, range(frames), show


def caption(numbers):
    said = ", ".join(
        f"{name} {each['steps']} (rate {each['rate']:.3g})" for name, each in numbers.items()
    )
    return (
        f"A linear unit of two inputs whose spreads are {SCALES[0]:g} and {SCALES[1]:g}: a long "
        f"valley. Steps until the cost is and stays below {PART:.1%} of the first one, each with "
        f"the best of rates half a power of 2 apart: {said}."
    )


if __name__ == "__main__":
    stage.main(globals())
