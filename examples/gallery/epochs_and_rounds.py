"""Epochs and rounds: 60,000 rows in batches of 128 are 469 rounds, the last of 96 rows."""

import numpy as np
import stage

import trilobite as keras
from trilobite.plot import canvas

NAME, TITLE = "epochs_and_rounds", "Epochs and rounds"
SIZE, EPOCHS = 128, 3
COLOURS = canvas.BLUE, canvas.VERMILION, canvas.GREEN
COUNTS = "TruePositives", "TrueNegatives", "FalsePositives", "FalseNegatives"


class Rounds(keras.callbacks.Callback):
    """Of each round the running numbers, as callbacks see them."""

    def __init__(self):
        super().__init__()
        self.losses, self.rows = [], []

    def on_epoch_begin(self, epoch, logs=None):
        self.losses.append([])
        self.rows.append([])

    def on_train_batch_end(self, batch, logs=None):
        self.losses[-1].append(logs["loss"])
        self.rows[-1].append(sum(logs[name] for name in COUNTS))  # each row is one of the four


def measure(toy=False):
    n, size = (600, 16) if toy else (60_000, SIZE)
    x, y = keras.datasets.toy.moons(n, 0.2, seed=0)
    keras.utils.set_random_seed(0)
    net = keras.Sequential(
        [keras.Input((2,)), keras.layers.Dense(16, "relu"), keras.layers.Dense(1, "sigmoid")]
    )
    metrics = [getattr(keras.metrics, name)(name=name) for name in COUNTS]
    net.compile(keras.optimizers.SGD(0.05), "binary_crossentropy", metrics=metrics)
    rounds = Rounds()
    net.fit(x, y, batch_size=size, epochs=EPOCHS, verbose=0, callbacks=[rounds])
    seen = np.array(rounds.rows)
    rows = np.diff(seen, axis=1, prepend=0)
    sums = np.diff(np.array(rounds.losses) * seen, axis=1, prepend=0)
    return {"rows": rows, "costs": sums / rows, "n": n, "size": size}


def draw(numbers):
    rows, costs = numbers["rows"], numbers["costs"]
    epochs, rounds = rows.shape
    figure, (above, below) = stage.figure(9.0, 4.6, rows=2, height_ratios=[2, 1])
    for k in range(epochs):
        at = k * rounds + np.arange(rounds)
        above.plot(at, costs[k], color=COLOURS[k], linewidth=0.6)
        above.axvline((k + 1) * rounds, color=canvas.BLACK, linestyle=":", linewidth=1)
        above.text((k + 0.5) * rounds, costs.max(), f"epoch {k + 1}", ha="center", va="top")
    above.set_xlim(0, epochs * rounds)
    canvas.dress(above, "round", "cost of the round")
    for k in range(epochs):
        below.bar(
            k * rounds + np.arange(rounds), rows[k], 1.0, color=COLOURS[k], alpha=0.7,
            rasterized=True,
        )  # fmt: skip
    last = rows[:, -1].astype(int)
    for k in range(epochs):
        below.annotate(
            f"round {rounds}: {last[k]} rows", ((k + 1) * rounds - 0.5, last[k]),
            ((k + 1) * rounds - 0.08 * rounds, 0.45 * rows.max()), ha="right", fontsize=8,
            arrowprops={"arrowstyle": "->"}, bbox={"facecolor": "white", "edgecolor": "none"},
        )  # fmt: skip
    below.set_xlim(0, epochs * rounds)
    canvas.dress(below, "round", "rows")
    return figure


def caption(numbers):
    rows, costs = numbers["rows"], numbers["costs"]
    return (
        f"{numbers['n']:,} rows in batches of {numbers['size']}: every epoch has {rows.shape[1]} "
        f"rounds, {rows.shape[1] - 1} of {int(rows[0, 0])} rows and the last of "
        f"{int(rows[0, -1])}, {int(rows.sum(axis=1)[0]):,} together, each row once. The cost of a "
        f"round scatters (standard deviation {costs[-1].std():.3f} in the last epoch) about a mean "
        f"that falls from {costs[0].mean():.3f} to {costs[-1].mean():.3f}."
    )


if __name__ == "__main__":
    stage.main(globals())
