"""How long to measure, and what the measurements ran on."""

import functools
import importlib.metadata
import platform
from contextlib import ExitStack

import pytest
from apart import Apart
from measure import Effort
from threadpoolctl import threadpool_info

from trilobite import engine, get_num_threads

LIBRARIES = (
    "trilobite",
    "numpy",
    "scikit-learn",
    "torch",
    "jax",
    "keras",
    "tensorflow",
    "onnxruntime",
)


def pytest_addoption(parser):
    parser.addoption("--toy", action="store_true")
    parser.addoption("--rounds", type=int, default=5)


@pytest.fixture(scope="session")
def effort(pytestconfig):
    """How long to measure."""
    toy = pytestconfig.getoption("toy")
    return Effort(1 if toy else pytestconfig.getoption("rounds"), toy)


@pytest.fixture(scope="session")
def apart():
    """apart(name, make, *arguments): a call that is made in the process of that name."""
    with ExitStack() as stack:

        @functools.cache
        def process(name):
            return stack.enter_context(Apart())

        yield lambda name, make, *arguments: process(name).made(make, *arguments)


def pytest_benchmark_update_machine_info(config, machine_info):
    versions = {"Python": platform.python_version()}
    for name in LIBRARIES:
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    machine_info.update(
        variant=engine.variant, threads=get_num_threads(), versions=versions, blas=_blas()
    )


def _blas():
    """What NumPy multiplies with, and for which processor."""
    pools = [pool for pool in threadpool_info() if pool["user_api"] == "blas"]
    return ", ".join(
        f"{p['internal_api']} {p['version']} ({p.get('architecture')}, {p['num_threads']} threads)"
        for p in pools
        if "numpy" in p["filepath"]
    )
