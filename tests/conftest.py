"""The fixture that runs a test over the reference and over every variant of the engine."""

import os
import signal
import sys
from pathlib import Path

import pytest
from hypothesis import settings

sys.path.insert(0, str(Path(__file__).parent))  # the helpers, compare.py

from compare import IMPLEMENTATIONS, cpu_lacks, load, runs_here  # noqa: E402

settings.register_profile("trilobite", deadline=None, derandomize=True, max_examples=40)
settings.load_profile("trilobite")


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


@pytest.fixture
def sigint():
    """Ctrl-C works, here and in new processes, even where a job in the background ignores it."""
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, handler)
