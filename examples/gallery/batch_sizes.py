"""The batch size: noise of the gradient, time of an epoch, what epochs reach, how many it takes."""

import time

import numpy as np
import stage

import trilobite as keras
from trilobite.plot import canvas

NAME, TITLE = "batch_sizes", "What a batch size costs and buys"
SIZES = 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1437
RATE, EPOCHS = 0.1, 10
TARGET, MOST = 0.3, 500
REPEATS = 5  # of the noise: what its interval comes from


def rows():
    (x, y), test = keras.datasets.digits.load_data()
    return x, y, test


def model(seed=0):
    keras.utils.set_random_seed(seed)
    units = [keras.layers.Dense(32, "relu"), keras.layers.Dense(10, "softmax")]
    flat = [keras.layers.Rescaling(1 / 16), keras.layers.Flatten()]
    net = keras.Sequential([keras.Input((8, 8)), *flat, *units])
    net.compile(keras.optimizers.SGD(RATE), "sparse_categorical_crossentropy")
    return net


def gradient(net, weights, x, y):
    """That of the mean cost of these rows: what a step of the engine changes, over the rate."""
    net.set_weights(weights)
    net.train_on_batch(x, y)
    pairs = zip(weights, net.get_weights(), strict=True)
    return np.concatenate([np.ravel(old - new) for old, new in pairs]) / RATE


def noise(sizes, batches, seed=0):
    """Root of the mean squared distance of a mini-batch's gradient from the full one, over its
    length; after two epochs of training.
    """
    x, y, _ = rows()
    net, rng = model(), np.random.default_rng(seed)
    net.fit(x, y, epochs=2, verbose=0)
    weights = net.get_weights()
    full = gradient(net, weights, x, y)
    found = []
    for size in sizes:
        squares = []
        for _ in range(batches):
            picked = rng.choice(len(x), size, replace=False)
            squares.append(np.sum((gradient(net, weights, x[picked], y[picked]) - full) ** 2))
        found.append(np.sqrt(np.mean(squares)) / np.linalg.norm(full))
    return np.array(found)


def law(sizes, n, first):
    """Drawn without replacement: ``sqrt((n - b) / (b (n - 1)))``, nearly ``1 / sqrt(b)``."""
    b = np.asarray(sizes, float)
    return first * np.sqrt((n - b) / (b * (n - 1)))


def trained(size, seed):
    """CPU seconds of an epoch, on one thread, and the validation cost after all of them."""
    net, (x, y, test) = model(seed), rows()
    threads = keras.get_num_threads()
    keras.set_num_threads(1)
    began = time.process_time()
    net.fit(x, y, batch_size=size, epochs=EPOCHS, verbose=0)
    took = (time.process_time() - began) / EPOCHS
    keras.set_num_threads(threads)
    return took, net.evaluate(*test, verbose=0)


class Reached(keras.callbacks.Callback):
    """Ends training with the first epoch whose validation cost is below the target."""

    def on_epoch_end(self, epoch, logs=None):
        self.model.stop_training = logs["val_loss"] < TARGET


def epochs_needed(size, seed):
    """Epochs until the validation cost is below the target."""
    net, (x, y, test) = model(seed), rows()
    options = {"validation_data": test, "callbacks": [Reached()], "verbose": 0}
    history = net.fit(x, y, batch_size=size, epochs=MOST, **options)
    return len(history.epoch)


def measure(toy=False, batches=None, seeds=None):
    sizes = SIZES[::3] if toy else SIZES
    x, y, _ = rows()
    seeds = seeds or (1 if toy else 5)
    costs = [[trained(size, seed)[1] for seed in range(seeds)] for size in sizes]
    times = np.full((len(sizes), 3 if toy else 25), np.inf)
    for repeat in range(times.shape[1]):  # in turn: what slows the machine down slows all
        for k, size in enumerate(sizes):
            times[k, repeat] = trained(size, 0)[0]
    batches = batches or (10 if toy else 80)
    found = np.array([noise(sizes, batches, seed) for seed in range(REPEATS)])
    return {
        "sizes": sizes, "noise": np.sqrt(np.mean(found**2, axis=0)),
        "powers": np.array([power(sizes, each, len(x)) for each in found]),
        "epochs": np.array([[epochs_needed(k, s) for s in range(seeds)] for k in sizes]),
        "times": np.median(times / times[-1], axis=1), "costs": np.array(costs),
        "n": len(x), "seeds": seeds,
    }  # fmt: skip


def power(sizes, noise, n):
    """Slope of log(noise) over log(batch size), up to a tenth of the n rows."""
    few = np.array(sizes) <= n / 10
    return np.polyfit(np.log(np.array(sizes)[few]), np.log(noise[few]), 1)[0]


def interval(values):
    """Mean, and its 95 % interval by Student's t."""
    half = 2.776 * values.std(ddof=1) / np.sqrt(REPEATS)  # 4 degrees of freedom
    return values.mean(), values.mean() - half, values.mean() + half


def draw(numbers):
    figure, axes = stage.figure(9.6, 6.8, 2, 2)
    sizes, n = numbers["sizes"], numbers["n"]
    below = [k for k, size in enumerate(sizes) if size < n]
    inner = [sizes[k] for k in below]
    (left, middle), (right, last) = axes
    canvas.line(left, inner, numbers["noise"][below], 0, "measured", linestyle="", markevery=1)
    curve = np.geomspace(1, inner[-1], 100)
    expected = law(curve, n, numbers["noise"][0])
    canvas.line(left, curve, expected, 4, "1 / sqrt(batch size), of n rows", marker=None)
    left.set_yscale("log")
    canvas.dress(left, "batch size", "noise over length of the gradient")
    canvas.line(middle, sizes, numbers["times"], 0, "an epoch, one thread", markevery=1)
    middle.set_ylim(bottom=0)
    canvas.dress(middle, "batch size", "CPU time, relative to the full batch")
    label = f"mean and range of {numbers['seeds']} seeds"
    for ax, name in ((right, "costs"), (last, "epochs")):
        mean = numbers[name].mean(axis=1)
        ends = np.array([numbers[name].min(axis=1), numbers[name].max(axis=1)])
        ax.errorbar(
            sizes, mean, np.abs(ends - mean), fmt="o-", color=canvas.BLUE, capsize=3, label=label
        )
        ax.set_yscale("log")
    canvas.dress(right, "batch size", f"validation cost after {EPOCHS} epochs")
    canvas.dress(last, "batch size", f"epochs to a validation cost of {TARGET}")
    for ax in axes.flat:
        ax.set_xscale("log", base=2)
        ax.set_xticks(sizes[::2], [str(size) for size in sizes[::2]])
        ax.minorticks_off()
        ax.legend(frameon=False, fontsize="small")
    return figure


def caption(numbers):
    sizes, times, mean = numbers["sizes"], numbers["times"], numbers["costs"].mean(axis=1)
    best, epochs = int(mean.argmin()), numbers["epochs"].mean(axis=1)
    found, low, high = interval(numbers["powers"])
    expected = power(sizes, law(sizes, numbers["n"], 1), numbers["n"])
    return (
        f"64-32-10 on the digits, SGD({RATE}). The spread of mini-batch gradients about the full "
        f"one is {numbers['noise'][0]:.1f} times its length for single rows and falls with the "
        f"power {found:.3f} of the batch size (95 % interval {low:.3f} to {high:.3f}; of rows "
        f"drawn without replacement it must be {expected:.3f}, of many more rows 1 / sqrt). An "
        f"epoch takes {times[0]:.1f} times as much CPU time with single rows as with "
        f"all at once. After {EPOCHS} epochs the validation cost is least, {mean[best]:.3f}, with "
        f"{sizes[best]} rows, and {mean[-1]:.2f} with all {sizes[-1]}, which are {EPOCHS} steps. "
        f"To a validation cost of {TARGET} it takes {epochs[0]:.1f} epochs with single rows and "
        f"{epochs[-1]:.0f} with all."
    )


if __name__ == "__main__":
    stage.main(globals())
