"""Calibrate `tuning.learning_rate_range`: its suggestion against a grid of 25 rates.

    python tests/calibrate_learning_rate.py [--seeds 5] [--only NAME]

prints the tables of docs/tuning.md: for each task the best cost of the grid, the cost at the
suggestions over it, likewise of rules that need the sweep alone, and the time of all suggestions
over that of the grid, of the CPU. A cost is the least validation cost of a training, that of its
best weights, averaged over the seeds.
`TRILOBITE_DATA` names the folder of MNIST. Needs a quarter of an hour.
"""

import argparse
import platform
import subprocess
import time
import warnings
from datetime import date
from pathlib import Path

import learning_tasks as tasks
import numpy as np

import trilobite
from trilobite import tuning
from trilobite.tuning.learning_rate import nearly_least

GRID = np.geomspace(1e-4, 100, 25)


def train(task, seed, rate):
    """Validation costs of all epochs, infinite from where training has diverged; seconds."""
    (x, y), valid = task.data()
    model = task.make(seed, rate)
    begun = time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        history = model.fit(
            x, y, task.batch_size, task.epochs, verbose=0, validation_data=valid
        ).history["val_loss"]
    seconds = time.process_time() - begun
    costs = np.full(task.epochs, np.inf)
    costs[: len(history)] = np.nan_to_num(history, nan=np.inf)
    return costs, seconds


def suggest(task, seed):
    """What the range test says, and its seconds."""
    (x, y), valid = task.data()
    model = task.make(seed)
    begun = time.process_time()
    found = tuning.learning_rate_range(
        model, x, y, batch_size=task.batch_size, epochs=task.epochs, validation_data=valid
    )
    return found, time.process_time() - begun


def by_rule(found):
    """Rates by rules that look at the sweep alone."""
    least = found.rates[found.costs.argmin()]
    until = found.costs.argmin() + 1
    steepest = found.rates[np.gradient(found.costs)[: max(until, 2)].argmin()]
    return {
        "steepest": steepest,
        "least / 10": least / 10,
        "diverged / 10": (found.diverged_at or found.rates[-1]) / 10,
        "nearly least": nearly_least(found.rates, found.costs)[0],
    }


def measure(task, seeds):
    """A row of the table: name, best cost, its rate, cost ratios by rule, ratio of time."""
    grid, seconds, spent, rules = [], 0.0, 0.0, {}
    for seed in range(seeds):
        runs = [train(task, seed, rate) for rate in GRID]
        seconds += sum(took for _, took in runs)
        grid.append([curve for curve, _ in runs])
        found, took = suggest(task, seed)
        spent += took
        for name, rate in {"suggestion": found.suggestion, **by_rule(found)}.items():
            rules.setdefault(name, []).append(train(task, seed, rate)[0])
    least, last = np.min(grid, axis=2).mean(axis=0), np.mean(grid, axis=0)[:, -1]
    reached = {name: np.min(curves, axis=1).mean() for name, curves in rules.items()}
    ended = np.mean(rules["suggestion"], axis=0)[-1]
    return {
        "task": str(task),
        "best": least.min(),
        "at": GRID[least.argmin()],
        "within": np.sum(least <= 1.1 * least.min()),
        **{name: cost / least.min() for name, cost in reached.items()},
        "last epoch": ended / last.min(),
        "time": spent / seconds,
    }


def table(rows):
    """Markdown."""
    names = list(rows[0])
    lines = [names, ["---"] * len(names)]
    for row in rows:
        lines.append(
            [
                row["task"],
                f"{row['best']:.4f}",
                f"{row['at']:.2g}",
                str(row["within"]),
                *(f"{row[name]:.2f}" if row[name] < 100 else "> 100" for name in names[4:-1]),
                f"{row['time']:.3f}",
            ]
        )
    text = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    good = {n: sum(row[n] <= 1.1 for row in rows) for n in names[4:-2]}
    counts = ", ".join(f"{name} {k}" for name, k in good.items())
    return f"{text}\n\nWithin 10 % of the best, of {len(rows)}: {counts}.\n"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parent,
    ).stdout.strip()
    print(f"{date.today()}, commit {commit}, {platform.machine()} {trilobite.engine.variant}")
    for title in ("TEXTBOOK", "CHOSEN", "HELD_OUT"):
        chosen = [t for t in getattr(tasks, title) if options.only in str(t)]
        rows = []
        for task in chosen:
            rows.append(measure(task, min(options.seeds, task.seeds)))
            print(rows[-1], flush=True)
        if rows:
            print(f"\n{title.lower()}\n\n{table(rows)}", flush=True)


if __name__ == "__main__":
    main()
