"""Fixtures: every implementation of the engine; Keras; MNIST; Ctrl-C."""

import os
import signal
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

sys.path.insert(0, str(Path(__file__).parent))  # the helpers, compare.py

import keras_side  # noqa: E402
from compare import IMPLEMENTATIONS, cpu_lacks, load, runs_here  # noqa: E402

import trilobite  # noqa: E402

settings.register_profile(
    "trilobite",
    deadline=None,
    derandomize=True,
    max_examples=40,
    suppress_health_check=[HealthCheck.too_slow],  # the machine may be
)
settings.load_profile("trilobite")

BESIDE = Path(__file__).parents[2] / "shared" / "data"
if BESIDE.is_dir():
    os.environ.setdefault("TRILOBITE_DATA", str(BESIDE))
WITHOUT_MNIST = f"no MNIST: put its four files into {BESIDE / 'mnist'}, or set TRILOBITE_DATA"


@pytest.fixture(scope="session", params=IMPLEMENTATIONS, ids="-".join)
def module(request):
    """Rows, Network and Training of one implementation and dtype."""
    name, dtype = request.param
    if not runs_here(name):
        if os.environ.get("CI") == "true" and not cpu_lacks(name):
            pytest.fail(
                f"{name} was built, /proc/cpuinfo lists all it needs, and it is not available"
            )
        pytest.skip(f"{name} cannot run here")
    return load(name, dtype)


@pytest.fixture(scope="session")
def engine(module):
    """The same, of the engine alone: memory is its concern, not the reference's."""
    if module.name == "reference":
        pytest.skip("memory is the engine's concern")
    return module


@pytest.fixture
def sigint():
    """Ctrl-C works, here and in new processes, even where a job in the background ignores it."""
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, handler)


@pytest.fixture(scope="session")
def real_mnist():
    """MNIST as it is on this machine: never downloaded, skipped where there is no data folder."""
    if folder := os.environ.get("TRILOBITE_DATA"):
        return trilobite.datasets.mnist.load_data(folder)
    pytest.skip(WITHOUT_MNIST)


def pytest_terminal_summary(terminalreporter):
    skipped = terminalreporter.stats.get("skipped", [])
    if n := sum(WITHOUT_MNIST in str(report.longrepr) for report in skipped):
        terminalreporter.write_line(f"{n} skipped: {WITHOUT_MNIST}", yellow=True)


@pytest.fixture(scope="session")
def keras():
    """Keras 3."""
    found = keras_side.load()
    if found is None:
        pytest.skip("Keras with JAX is not installed")
    return found


@pytest.fixture(params=["float32", "float64"])
def floatx(request, keras):
    """What both compute in, in one test after the other."""
    yield from _computing_in(request.param, keras)


@pytest.fixture
def float64(keras):
    """Both compute in float64."""
    yield from _computing_in("float64", keras)


def _computing_in(dtype, keras):
    _set_dtype(keras, dtype)
    yield dtype
    _set_dtype(keras, "float32")


def _set_dtype(keras, dtype):
    for k in keras, trilobite:
        k.config.set_floatx(dtype)
    keras.config.set_dtype_policy(dtype)  # without it the first dtype that was used stays
