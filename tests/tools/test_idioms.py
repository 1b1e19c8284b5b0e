"""What public programs write runs, with Keras's numbers, or is refused by a sentence."""

import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest
from idioms import idioms, same

IDIOMS = idioms()
SCRIPT = Path(__file__).parents[1] / "idioms.py"
# What says no more than that the program and the library do not fit.
BARE = ("object has no attribute", "unexpected keyword argument", "positional argument", "NoneType")


def results(path, *arguments, **environment):
    """What each idiom leaves, by its name."""
    done = subprocess.run(
        [sys.executable, str(SCRIPT), *arguments[:1], str(path), *arguments[1:]],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    return pickle.loads(path.read_bytes())


@pytest.fixture(scope="module")
def ours(tmp_path_factory):
    """Results under trilobite."""
    return results(tmp_path_factory.mktemp("idioms") / "ours", "--trilobite")


@pytest.mark.parametrize("name", IDIOMS)
def test_runs_or_says_why_not(name, ours):
    _, refused = IDIOMS[name]
    found = ours[name]
    failed = isinstance(found, tuple)
    assert failed == bool(refused), found
    if refused:
        assert refused in found[1]
        assert len(found[1].split()) > 8
        assert not any(words in found[1] for words in BARE)


def test_most_run():
    """Of the bar of 93 %, programs that need several inputs, pictures or texts left out."""
    assert sum(refused is None for _, refused in IDIOMS.values()) > 0.85 * len(IDIOMS)
    assert len(IDIOMS) >= 250


def test_same_numbers(keras, ours, tmp_path):
    """Those of this file, whose idioms need the most that is not in tables of other tests."""
    theirs = results(tmp_path / "theirs", "--keras", "compared", KERAS_BACKEND="jax")
    for name, expected in theirs.items():
        assert not isinstance(expected, tuple), (name, expected)
        assert same(ours[name], expected, 2e-4), (name, ours[name], expected)
