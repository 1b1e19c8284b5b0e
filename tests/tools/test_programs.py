"""Programs in the style of tutorials print the same numbers under Keras 3 and, unchanged, here."""

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

PROGRAMS = sorted((Path(__file__).parents[1] / "programs").glob("*.py"))
NUMBER = re.compile(r"-?\d+\.\d+")
# Every program under Keras, one after the other; of TensorFlow there is only what one asks for.
UNDER_KERAS = """
import runpy, sys, types, warnings
warnings.simplefilter("ignore")
import keras
tf = sys.modules["tensorflow"] = types.ModuleType("tensorflow")
tf.keras, tf.random = keras, types.SimpleNamespace(set_seed=lambda seed: None)
tf.executing_eagerly = lambda: True  # what Keras's own Normalization asks for
for program in sys.argv[1:]:
    runpy.run_path(program, run_name="__main__")
    print("end of program")
"""


def run(*arguments, **environment):
    """What a new Python prints."""
    done = subprocess.run(
        [sys.executable, *map(str, arguments)],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def under_keras(keras):
    """What each program prints under Keras, by its name."""
    printed = run("-c", UNDER_KERAS, *PROGRAMS, KERAS_BACKEND="jax")
    *parts, rest = printed.split("end of program\n")
    assert rest == ""
    return dict(zip([path.name for path in PROGRAMS], parts, strict=True))


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.name)
def test_prints_what_it_prints_under_keras(path, under_keras):
    ours = run("-W", "error", "-m", "trilobite", "run", path)
    theirs = under_keras[path.name]
    assert NUMBER.sub("#", ours) == NUMBER.sub("#", theirs)
    numbers = [np.array(NUMBER.findall(printed), float) for printed in (ours, theirs)]
    assert len(numbers[0]) > 10
    np.testing.assert_allclose(*numbers, rtol=1e-3, atol=1e-4)
