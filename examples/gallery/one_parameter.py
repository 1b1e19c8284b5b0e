"""Down a cost of one parameter: each step is the learning rate times the slope."""

import numpy as np
import stage

from trilobite import plot
from trilobite.plot import canvas

NAME, TITLE = "one_parameter", "Down a cost of one parameter"
RATE, START = 0.6, -1.2


def rows(n=200):
    x = np.random.default_rng(0).standard_normal((n, 1))
    return x, np.tanh(1.5 * x)


def measure(toy=False):
    x, y = rows()
    net, path = stage.unit("tanh", RATE, START), plot.Path()
    net.fit(x, y, batch_size=len(x), epochs=12, verbose=0, callbacks=[path])
    w = np.ravel(path.weights)
    costs = []
    for each in w:
        net.set_weights([[[each]]])
        costs.append(net.evaluate(x, y, verbose=0))
    return {
        "w": w,
        "costs": np.array(costs),
        "slopes": -np.diff(w) / RATE,
        "net": net,
        "path": path,
    }


def draw(numbers):
    figure, ax = stage.figure(6.4, 4.2)
    plot.cost_line(
        numbers["net"], *rows(), (0, 0, 0), span=(-1.5, 2.6), path=numbers["path"], ax=ax
    )
    for k in (0, 3, 6):  # tangents: what the step is proportional to
        w, cost, slope = numbers["w"][k], numbers["costs"][k], numbers["slopes"][k]
        t = np.array([-0.45, 0.45])
        label = "slope" if k == 0 else None
        ax.plot(w + t, cost + slope * t, "--", color=canvas.BLACK, linewidth=1, label=label)
    ax.legend(frameon=False)
    ax.set_xlabel("w")
    return figure


def caption(numbers):
    w, costs = numbers["w"], numbers["costs"]
    far = np.abs(np.diff(w))
    return (
        f"One unit, y = tanh(w x), on 200 rows made with w = 1.5; full batch, learning rate "
        f"{RATE}. From w = {w[0]:.2f} (cost {costs[0]:.3f}) {len(w) - 1} steps lead to "
        f"w = {w[-1]:.2f} (cost {costs[-1]:.5f}). A step is the learning rate times the slope "
        f"there: the longest is {far.max():.2f}, the last, where it is nearly flat, {far[-1]:.4f}."
    )


if __name__ == "__main__":
    stage.main(globals())
