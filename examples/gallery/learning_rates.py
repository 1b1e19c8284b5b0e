"""The learning rate too small, right and too large, on the same cost."""

import numpy as np
import stage

from trilobite import plot

NAME, TITLE = "learning_rates", "Too small, right, too large"
START, STEPS = -1.4, 10
SHARES = {"too small": 0.05, "right": 0.6, "too large": 2.1}  # of 1 / curvature


def rows(n=100):
    rng = np.random.default_rng(2)
    x = rng.standard_normal((n, 1))
    return x, 0.8 * x + 0.2 * rng.standard_normal((n, 1))


def curvature():
    """Of the mean squared error of y = w x: 2 mean(x**2); a step is right below 2 / curvature."""
    return 2 * float(np.mean(rows()[0] ** 2))


def measure(toy=False):
    x, y = rows()
    lowest = float(np.sum(x * y) / np.sum(x * x))
    found = {"lowest": lowest, "runs": {}}
    for label, share in SHARES.items():
        rate = share / curvature()
        net, path = stage.unit("linear", rate, START), plot.Path()
        net.fit(x, y, batch_size=len(x), epochs=STEPS, verbose=0, callbacks=[path])
        w = np.ravel(path.weights)
        left = np.abs(w - lowest)
        found["runs"][label] = {
            "rate": rate, "w": w, "factor": left[1:] / left[:-1], "net": net, "path": path,
            "cost": net.evaluate(x, y, verbose=0),
        }  # fmt: skip
    return found


def draw(numbers):
    figure, axes = stage.figure(10.4, 3.6, 3, sharex=True, sharey=True)
    for ax, (label, run) in zip(axes, numbers["runs"].items(), strict=True):
        plot.cost_line(run["net"], *rows(), (0, 0, 0), span=(-4.6, 6.0), path=run["path"], ax=ax)
        ax.set_title(f"{label}: {run['rate']:.3g}", fontsize="medium")
        ax.set_xlabel("w")
        if ax is not axes[0]:
            ax.get_legend().remove()
            ax.set_ylabel("")
    return figure


def caption(numbers):
    said = [
        f"at {run['rate']:.3g} ({label}) each step leaves {run['factor'][0]:.2f} of the distance, "
        f"and the cost after {STEPS} steps is {run['cost']:.3g}"
        for label, run in numbers["runs"].items()
    ]
    return (
        f"y = w x, mean squared error, full batch, from w = {START}: {'; '.join(said)}. Below "
        f"2 / curvature = {2 / curvature():.3g} training comes nearer, above it goes farther away "
        "with every step."
    )


if __name__ == "__main__":
    stage.main(globals())
