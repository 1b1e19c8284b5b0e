"""Down a cost of two parameters: full batch straight down the slope, mini-batches with noise."""

import numpy as np
import stage

from trilobite import plot
from trilobite.plot import canvas

NAME, TITLE = "two_parameters", "Down a cost of two parameters"
RATE, START, STEPS = 0.4, (-1.5, 2.2), 32
PARAMETERS = (0, 0, 0), (0, 1, 0)
SPAN = (-2.2, 2.2), (-1.4, 2.8)


def rows(n=128):
    rng = np.random.default_rng(1)
    x = rng.standard_normal((n, 2)) @ [[1.0, 0.5], [0.0, 0.8]]
    return x, np.tanh(x @ [[1.2], [-0.6]]) + 0.3 * rng.standard_normal((n, 1))


def measure(toy=False):
    """Both take the same number of rounds."""
    x, y = rows()
    found = {}
    for label, size in (("full batch", len(x)), ("mini-batches of 8", 8)):
        stage.keras.utils.set_random_seed(0)
        net, path = stage.unit("tanh", RATE, START, 2), plot.Path(every=1)
        epochs = -(-STEPS * size // len(x))
        net.fit(x, y, batch_size=size, epochs=epochs, verbose=0, callbacks=[path])
        path.weights = path.weights[: STEPS + 1]
        net.set_weights(path.weights[-1])
        found[label] = {"net": net, "path": path, "cost": net.evaluate(x, y, verbose=0)}
    return found


def draw(numbers):
    figure = stage.Figure((10.4, 4.4), layout="constrained")
    left = figure.add_subplot(1, 2, 1, projection="3d")
    right = figure.add_subplot(1, 2, 2)
    full, noisy = numbers.values()
    given = (*rows(), PARAMETERS, SPAN)
    plot.cost_surface(full["net"], *given, path=full["path"], n=25, ax=left)
    plot.cost_contour(full["net"], *given, path=full["path"], n=41, ax=right)
    w = np.array([np.ravel(each) for each in noisy["path"].weights])
    right.plot(*w.T, "-", color="white", linewidth=1, marker="o", markersize=2.5)
    right.plot([], [], "-o", color=canvas.GREY, markersize=2.5, label="mini-batches of 8 (white)")
    right.legend(loc="lower left", fontsize="x-small")
    for ax in (left, right):
        ax.set(xlabel="w[0]", ylabel="w[1]")
    return figure


def caption(numbers):
    (full, noisy), n = numbers.values(), STEPS
    return (
        f"One unit of two inputs, y = tanh(w[0] x[0] + w[1] x[1]), 128 noisy rows, learning rate "
        f"{RATE}; {n} full-batch steps (drawn in vermilion; each at a right angle to the contour) "
        f"end at cost {full['cost']:.3f}, as many mini-batches of 8 rows (white) at "
        f"{noisy['cost']:.3f}: the same way down, with noise, for a sixteenth of the rows."
    )


if __name__ == "__main__":
    stage.main(globals())
