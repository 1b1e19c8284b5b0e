"""The compiled engine: which variant of it runs, and in how many threads.

``load(dtype)`` is the module with `Rows`, `Network` and `Training` for that dtype, in the variant
that was chosen at import: the best that the CPU and the operating system support, or the one that
the environment variable ``TRILOBITE_ISA`` names.
"""

import functools
import importlib
import importlib.util
import os

from trilobite.engine import cpu, instruction_sets
from trilobite.engine.run import threads
from trilobite.engine.run.threads import get_num_threads, set_num_threads, threads_for

__all__ = [
    "VARIANTS", "available", "get_num_threads", "load", "set_num_threads", "show_config",
    "threads_for", "variant",
]  # fmt: skip


def _is_built(row):
    name = f"{__name__}.{row.package}"
    found = importlib.util.find_spec(name)
    return bool(found) and importlib.util.find_spec(f"{name}.float32.network") is not None


_BUILT = {row.name: row for row in instruction_sets.TABLE if _is_built(row)}
VARIANTS = tuple(_BUILT)


@functools.cache
def available():
    """The names of the variants that were built and that this machine can run, worst to best."""
    needs = {name: row.feature for name, row in _BUILT.items()}
    return tuple(name for name, needed in needs.items() if not needed or cpu.supports(needed))


def _choose():
    usable, wanted = available(), os.environ.get("TRILOBITE_ISA")
    if not wanted:
        return usable[-1]
    if wanted not in VARIANTS:
        raise ValueError(f"TRILOBITE_ISA: {wanted!r} given; expected one of {', '.join(VARIANTS)}")
    if wanted not in usable:
        raise ValueError(
            f"TRILOBITE_ISA: {wanted!r} given, which this CPU does not support; expected one of "
            f"{', '.join(usable)}"
        )
    return wanted


variant = _choose()


def load(dtype="float32", variant=variant):
    """The compiled module for a dtype, "float32" or "float64".

    Raises
    ------
    ValueError
        If the dtype is another, or the variant cannot run here.
    """
    if dtype not in ("float32", "float64"):
        raise ValueError(f"dtype: {dtype!r} given; expected 'float32' or 'float64'")
    if variant not in available():
        raise ValueError(f"variant: {variant!r} given; expected one of {', '.join(available())}")
    return importlib.import_module(f"{__name__}.{_BUILT[variant].package}.{dtype}.network")


def show_config():
    """Print version, instruction set in use and those built, and threads."""
    import platform
    from importlib.metadata import version

    import numpy as np

    rows = {
        "trilobite": version("trilobite"),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "machine": f"{platform.system()} {platform.machine()}",
        "instruction set": variant,
        "built": ", ".join(VARIANTS),
        "can run here": ", ".join(available()),
        "threads": f"{get_num_threads()} (of {threads.usable_cpus()} usable)",
    }
    width = max(map(len, rows))
    for key, value in rows.items():
        print(f"{key:<{width}}  {value}")
