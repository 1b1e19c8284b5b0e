"""One round of training, with the real numbers of a real batch."""

import numpy as np
import stage

import trilobite as keras
from trilobite.plot import canvas

NAME, TITLE = "one_round", "One round of training"
RATE, ROWS, ALL = 0.5, 4, 200


def measure(toy=False):
    """Everything is asked of the engine: outputs of both layers, cost, and what a step changes."""
    x, y = keras.datasets.toy.moons(ALL, 0.1, seed=4)
    batch = np.random.default_rng(4).choice(ALL, ROWS, replace=False)  # a mini-batch: no row twice
    x, y = x[batch], y[batch].astype("float32")[:, None]
    keras.utils.set_random_seed(5)
    hidden = keras.layers.Dense(2, "sigmoid")
    net = keras.Sequential([keras.Input((2,)), hidden, keras.layers.Dense(1, "sigmoid")])
    net.compile(keras.optimizers.SGD(RATE), "mse")
    before, first = net.get_weights(), keras.Model(net.inputs, hidden.output)
    found = {"rows": batch, "x": x, "y": y, "hidden": first.predict(x), "output": net.predict(x)}
    cost = net.train_on_batch(x, y)
    after = net.get_weights()
    gradients = [(old - new) / RATE for old, new in zip(before, after, strict=True)]
    return found | {
        "before": before, "after": after, "gradients": gradients,
        "cost": cost, "cost_after": net.evaluate(x, y, verbose=0),
    }  # fmt: skip


def table(a, digits=2):
    return "\n".join(" ".join(f"{v:6.{digits}f}" for v in row) for row in np.atleast_2d(a))


def draw(numbers):
    x, y, rows = numbers["x"], numbers["y"], numbers["rows"]
    names = "w1", "b1", "w2", "b2"
    listed = "\n".join(
        f"{k:3d}  {v:5.2f} {w:5.2f}   {int(t)}" for k, (v, w), (t,) in zip(rows, x, y, strict=True)
    )
    weights, gradients, after = (
        "\n".join(f"{n}\n{table(a, d)}" for n, a in zip(names, numbers[key], strict=True))
        for key, d in (("before", 2), ("gradients", 4), ("after", 3))
    )
    boxes = (
        (f"1  sample {ROWS} of {ALL} rows", f"row   x[0]  x[1]   y\n{listed}\n\nwith\n{weights}"),
        (
            "2  forward",
            f"h = sigmoid(x w1 + b1)\n{table(numbers['hidden'], 3)}\n\n"
            f"o = sigmoid(h w2 + b2)\n{table(numbers['output'], 3)}",
        ),
        (
            "3  cost",
            f"(o - y)^2\n{table((numbers['output'] - y) ** 2, 3)}\n\nmean\n{numbers['cost']:.5f}",
        ),
        (
            "4  backward: gradients",
            "\n".join(f"d{line}" if line in names else line for line in gradients.splitlines()),
        ),  # fmt: skip
        (
            f"5  update: w - {RATE} dw",
            f"{after}\n\nthe same rows\nnow cost\n{numbers['cost_after']:.5f}",
        ),
    )
    figure, ax = stage.figure(11.2, 4.0)
    ax.set(xlim=(0, 5), ylim=(0, 1))
    ax.set_axis_off()
    colours = canvas.BLUE, canvas.GREEN, canvas.VERMILION, canvas.PURPLE, canvas.ORANGE
    for k, ((title, text), colour) in enumerate(zip(boxes, colours, strict=True)):
        box = {"boxstyle": "round,pad=0.3", "facecolor": colour, "alpha": 0.25}
        ax.text(k + 0.5, 0.95, title, ha="center", va="center", fontsize=9, bbox=box)
        ax.text(
            k + 0.5, 0.86, text, ha="center", va="top", fontsize=9, family="monospace",
            multialignment="center",
        )  # fmt: skip
        if k:
            ax.annotate("", (k + 0.06, 0.95), (k - 0.06, 0.95), arrowprops={"arrowstyle": "-|>"})
    return figure


def caption(numbers):
    return (
        f"A net of 2 inputs, 2 hidden units and 1 output: {ROWS} rows are sampled without "
        f"replacement, go forward, cost {numbers['cost']:.5f}, their gradients come back, and "
        f"every weight moves by {RATE} times its gradient. The same rows then cost "
        f"{numbers['cost_after']:.5f}. All numbers are the engine's."
    )


if __name__ == "__main__":
    stage.main(globals())
