"""Calibrate `tuning.fit_automatically`: what it reaches, beside what is tuned by hand.

    python tests/calibrate_automatic.py [--seeds 3]

prints the table of docs/tuning.md. By hand: x standardised, of a grid of 25 rates the one with the
least validation cost (that of the best weights, averaged over the seeds), trained at 32 rows for
100 epochs. `cost` is that of the one call over it; `time` the CPU time of the one call, with all
that it tries, over that of the one training by hand at the best rate, its callback for the best
weights included. `TRILOBITE_DATA` names the folder of MNIST. Needs ten minutes.
"""

import argparse
import os
import time
import warnings

import learning_tasks as tasks
import numpy as np
from calibrate_learning_rate import GRID, train

import trilobite as keras
from trilobite import tuning


def best_weights():
    return keras.callbacks.EarlyStopping(patience=10**6, restore_best_weights=True)


def measure(task, seeds):
    (x, y), valid = task.data()
    grid = [[train(task, seed, rate)[0].min() for rate in GRID] for seed in range(seeds)]
    means = np.mean(grid, axis=0)
    rate, costs, ours, by_hand = GRID[means.argmin()], [], 0.0, 0.0
    for seed in range(seeds):
        model = task.make(seed, rate)
        begun = time.process_time()
        model.fit(x, y, 32, task.epochs, 0, [best_weights()], validation_data=valid)
        middle = time.process_time()
        model = task.make(seed)
        prepared = time.process_time()
        tuning.fit_automatically(model, x, y, validation_data=valid)
        ours += time.process_time() - prepared
        by_hand += middle - begun
        costs.append(model.evaluate(*valid, verbose=0))
    return str(task), means.min(), rate, np.mean(costs) / means.min(), ours / by_hand


def textbook(seed):
    """The Intermediate net on all of MNIST: its own SGD(0.1), and the one call."""
    (x, y), (x_valid, y_valid) = keras.datasets.mnist.load_data(os.environ["TRILOBITE_DATA"])
    x, x_valid = x.reshape(-1, 784), x_valid.reshape(-1, 784)
    told = []
    for by_hand in (True, False):
        keras.utils.set_random_seed(seed)
        model = tasks.NETS["intermediate"]()
        loss = "sparse_categorical_crossentropy"
        model.compile(keras.optimizers.SGD(0.1), loss, metrics=["accuracy"])
        begun = time.process_time()
        if by_hand:
            scaled = (x / 255).astype("f4"), (x_valid / 255).astype("f4")
            history = model.fit(
                scaled[0], y, 128, 20, 0, validation_data=(scaled[1], y_valid)
            ).history
            cost, accuracy = min(history["val_loss"]), history["val_accuracy"][-1]
        else:
            tuning.fit_automatically(model, x, y, validation_data=(x_valid, y_valid))
            cost, accuracy = model.evaluate(x_valid, y_valid, verbose=0)
        told.append((cost, accuracy, time.process_time() - begun))
    (a, b, hand), (c, d, ours) = told
    print(f"| {seed} | {a:.4f}, {b:.4f} | {c:.4f}, {d:.4f} | {ours / hand:.1f} |", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=3)
    seeds = parser.parse_args().seeds
    warnings.simplefilter("ignore", RuntimeWarning)
    rows = []
    print("| task | by hand | at | cost | time |\n| --- | --- | --- | --- | --- |")
    for task in [t for t in (*tasks.CHOSEN, *tasks.HELD_OUT) if t.name not in tasks.NETS]:
        rows.append(measure(task, seeds))
        name, best, rate, cost, ratio = rows[-1]
        print(f"| {name} | {best:.4f} | {rate:.2g} | {cost:.2f} | {ratio:.1f} |", flush=True)
    costs, times = (np.array([row[k] for row in rows]) for k in (3, 4))
    print(
        f"\nof {len(rows)}: geometric mean {np.exp(np.log(costs).mean()):.3f}; at most 1.05: "
        f"{(costs <= 1.05).sum()}, 1.1: {(costs <= 1.1).sum()}; times {times.min():.1f} to "
        f"{times.max():.1f}, within 3: {(times <= 3).sum()}\n"
    )
    for seed in range(2):
        textbook(seed)


if __name__ == "__main__":
    main()
