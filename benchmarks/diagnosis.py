"""How often `trilobite.tuning.diagnose` is right: python benchmarks/diagnosis.py [--write]

Trains the setups of `known_runs` at all rates with two seeds (some ten minutes) and counts verdicts
by the known cause, of the trainings that the rules were chosen on and of those held back. --write
puts the tables into docs/tuning.md. Needs scikit-learn, and MNIST.
"""

import argparse
import subprocess
import warnings
from collections import Counter
from datetime import date
from pathlib import Path

import known_runs
from report import between

from trilobite import tuning

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "tuning.md"
VERDICTS = "slow improving converged overfitting erratic not_learning diverged".split()
SEEDS = 0, 1
TITLES = "Trainings that the rules were chosen on", "Trainings held back"


def count(runs, validation=True, baseline=True):
    """Numbers of (cause, verdict), and of runs whose cause is not known."""
    counts, unknown = Counter(), 0
    for run in runs:
        cause = run.cause["val_loss" if validation else "loss"]
        if cause is None:
            unknown += 1
            continue
        found = tuning.diagnose(run.short(validation), run.trivial if baseline else None)
        counts[cause, found.verdict] += 1
    return counts, unknown


def right(counts):
    """Share of verdicts that are right."""
    return sum(n for (cause, verdict), n in counts.items() if cause == verdict) / counts.total()


def table(counts):
    """Rows of Markdown: a known cause each, how often which verdict was given."""
    yield f"| cause | {' | '.join(VERDICTS)} | right |"
    yield "|---" * (len(VERDICTS) + 2) + "|"
    for cause in VERDICTS:
        row = [counts[cause, verdict] for verdict in VERDICTS]
        if sum(row):
            share = f"{counts[cause, cause] / sum(row):.0%}"
            yield f"| {cause} | {' | '.join(str(n or '') for n in row)} | {share} |"


def report(runs):
    """The lines of the section."""
    kept = [run for run in runs if not run.setup.held_back], [r for r in runs if r.setup.held_back]
    for title, part in zip(TITLES, kept, strict=True):
        counts, unknown = count(part)
        names = "; ".join(sorted({run.setup.name for run in part}))
        yield f"**{title}**: {right(counts):.1%} of {counts.total()} right; {unknown} more have"
        yield f"no one known cause. ({names}.)\n"
        yield from table(counts)
        yield ""
    yield "| of those held back, what the diagnosis is told | known causes | right |"
    yield "|---|---|---|"
    for validation in (True, False):
        for baseline in (True, False):
            counts, _ = count(kept[1], validation, baseline)
            told = "training and validation costs" if validation else "training costs alone"
            told += ", and the baseline" * baseline
            yield f"| {told} | {counts.total()} | {right(counts):.1%} |"


def machine():
    """What the engine runs on."""
    return (
        f"{known_runs.trilobite.engine.variant}, {known_runs.trilobite.get_num_threads()} threads"
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="into docs/tuning.md")
    options = parser.parse_args()
    warnings.simplefilter("ignore", RuntimeWarning)  # of trainings that diverge
    git = ["git", "-C", ROOT, "rev-parse", "--short=12", "HEAD"]
    commit = subprocess.run(git, capture_output=True, text=True).stdout.strip()
    runs = []
    for setup in known_runs.SETUPS:
        for seed in SEEDS:
            print(setup.name, seed, flush=True)
            runs += known_runs.train(setup, seed)
    head = (
        f"Commit {commit}, {date.today()}, {machine()}: `python benchmarks/diagnosis.py --write`\n"
    )
    text = "\n".join([head, *report(runs)]) + "\n"
    print(text)
    if options.write:
        PAGE.write_text(between(PAGE.read_text(), "diagnosis", text))


if __name__ == "__main__":
    main()
