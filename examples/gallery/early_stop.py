"""A validation cost that turns up, and the stop before it goes far."""

import numpy as np
import stage

import trilobite as keras
from trilobite import plot
from trilobite.plot import canvas

NAME, TITLE = "early_stop", "A validation cost that turns up"
ROWS, WRONG, EPOCHS, PATIENCE = 300, 45, 120, 8


def rows():
    """300 digits, 15 % of which carry a random label: there is something to learn by heart."""
    (x, y), test = keras.datasets.digits.load_data()
    x, y = x[:ROWS], y[:ROWS].copy()
    y[:WRONG] = np.random.default_rng(0).integers(0, 10, WRONG)
    return x, y, test


def train(epochs, seed=0, **options):
    x, y, test = rows()
    keras.utils.set_random_seed(seed)
    units = [keras.layers.Dense(128, "relu"), keras.layers.Dense(10, "softmax")]
    flat = [keras.layers.Rescaling(1 / 16), keras.layers.Flatten()]
    net = keras.Sequential([keras.Input((8, 8)), *flat, *units])
    net.compile(
        keras.optimizers.SGD(0.1, momentum=0.9),
        "sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    net.fit(x, y, epochs=epochs, verbose=0, validation_data=test, **options)
    return net


def measure(toy=False, seed=0):
    """To the end, and with a stop that keeps the best weights; the first epochs are the same."""
    whole = train(EPOCHS, seed)
    stop = keras.callbacks.EarlyStopping(patience=PATIENCE, restore_best_weights=True)
    stopped = train(EPOCHS, seed, callbacks=[stop])
    test = rows()[2]
    return {
        "history": whole.history, "best": stop.best_epoch + 1, "stopped": stop.stopped_epoch + 1,
        "kept": stopped.evaluate(*test, verbose=0), "ended": whole.evaluate(*test, verbose=0),
    }  # fmt: skip


def draw(numbers):
    figure, ax = stage.figure(7.0, 5.2)
    history = numbers["history"]
    plot.history(history.history, ["accuracy"], ax=ax)
    for panel in figure.axes:
        label = f"training stops: {numbers['stopped']}" if panel is ax else None
        panel.axvline(numbers["stopped"], color=canvas.GREEN, linestyle="--", label=label)
    ax.legend(frameon=False, fontsize="small")
    return figure


def caption(numbers):
    (kept, right), (ended, wrong) = numbers["kept"], numbers["ended"]
    return (
        f"64-128-10 on {ROWS} digits, {WRONG} of which have a random label. The training cost "
        f"falls to {numbers['history'].history['loss'][-1]:.4f}, the validation cost turns up "
        f"after epoch {numbers['best']}. EarlyStopping(patience={PATIENCE}, "
        f"restore_best_weights=True) ends training with epoch {numbers['stopped']} and keeps "
        f"validation cost {kept:.3f} (accuracy {right:.3f}); {EPOCHS} epochs end "
        f"at {ended:.3f} ({wrong:.3f}). The title is what `trilobite.tuning.diagnose` says of them."
    )


if __name__ == "__main__":
    stage.main(globals())
