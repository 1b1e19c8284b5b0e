"""How long to measure, and what the measurements ran on."""

import functools
import importlib.metadata
import os
import platform
from contextlib import ExitStack
from pathlib import Path

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
    "numba",
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
    """apart(kind, make, *arguments): a call that is made in the process for that kind."""
    with ExitStack() as stack:

        @functools.cache
        def process(kind):
            return stack.enter_context(Apart(getattr(kind, "python", None)))

        yield lambda kind, make, *arguments: process(kind).made(make, *arguments)


def pytest_benchmark_update_machine_info(config, machine_info):
    versions = {"Python": platform.python_version()}
    for name in LIBRARIES:
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    machine_info.update(
        variant=engine.variant,
        threads=get_num_threads(),
        versions=versions,
        blas=_blas(),
        facts=_facts(),
    )


def _facts():
    """What the machine is, by name: cores, caches, limit of arithmetic, the way between cores."""
    threads = get_num_threads()
    facts = {"cores": f"{os.cpu_count()}, of which {threads} are used", "caches": _caches()}
    for dtype in ("float32", "float64"):
        peaks = [max(engine.load(dtype).fma_peak(n) for _ in range(5)) for n in (1, threads)]
        facts[f"FMA peak, {dtype}"] = f"{peaks[0]:.0f} GFLOP/s on one, {peaks[1]:.0f} on all"
    if threads > 1:
        least = min(engine.load().barrier_time(threads) for _ in range(20))
        facts["barrier of idle threads"] = f"{least * 1e9:.0f} ns at the least"
    return facts


def _caches():
    """ "L1d 32K, L2 512K, L3 32768K": those of the first core, as Linux lists them."""
    caches = {}
    for path in sorted(Path("/sys/devices/system/cpu/cpu0/cache").glob("index*")):
        level, kind, size = ((path / f).read_text().strip() for f in ("level", "type", "size"))
        caches[f"L{level}{ {'Data': 'd', 'Instruction': 'i'}.get(kind, '') }"] = size
    return ", ".join(f"{name} {size}" for name, size in caches.items()) or "unknown"


def _blas():
    """What NumPy multiplies with, and for which processor."""
    pools = [pool for pool in threadpool_info() if pool["user_api"] == "blas"]
    return ", ".join(
        f"{p['internal_api']} {p['version']} ({p.get('architecture')}, {p['num_threads']} threads)"
        for p in pools
        if "numpy" in p["filepath"]
    )
