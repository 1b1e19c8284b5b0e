"""How many threads a training uses."""

import functools
import math
import os

_chosen = None

MAX_THREADS = 256  # as in team.h

# Below this many floating-point operations a step, two threads gain nothing over one: barriers
# and moving the weights between caches cost some 3 microseconds, in which one core does 300,000.
MIN_FLOPS_PER_THREAD = 400_000
# And below this many a call: to begin a second thread takes some 50 microseconds.
MIN_FLOPS_TO_START = 5_000_000


def _positive(name):
    value = os.environ.get(name, "").split(",")[0].strip()
    return int(value) if value.isdecimal() and int(value) > 0 else None


def _own():
    number = _positive("TRILOBITE_NUM_THREADS")
    if number is None and (value := os.environ.get("TRILOBITE_NUM_THREADS")):
        raise ValueError(f"TRILOBITE_NUM_THREADS: {value!r} given; expected a number of at least 1")
    return number


@functools.cache
def cgroup_quota(root="/"):
    """CPUs that the control group of this process and those above it allow.

    A group's folder is looked for below the place where its hierarchy is mounted. A container may
    see its own group there, or the path to it from the host's: then only the last folder is found.

    Parameters
    ----------
    root : str
        Folder of `proc` and `sys`, with a slash.

    Returns
    -------
    int or None
        The smallest quota, rounded up; None without any.
    """
    try:
        with open(f"{root}proc/self/cgroup") as file:
            groups = [line.rstrip("\n").split(":", 2)[1:] for line in file]
    except OSError:
        return None
    quotas = []
    for controllers, path in groups:
        if controllers == "":  # v2
            mount, names = "sys/fs/cgroup", ["cpu.max"]
        elif "cpu" in controllers.split(","):  # v1
            mount, names = "sys/fs/cgroup/cpu", ["cpu.cfs_quota_us", "cpu.cfs_period_us"]
        else:
            continue
        while path := path.rstrip("/"):
            quotas.append(_quota_of(f"{root}{mount}{path}", names))
            path = path.rpartition("/")[0]
        quotas.append(_quota_of(f"{root}{mount}", names))
    return min((math.ceil(quota) for quota in quotas if quota), default=None)


def _quota_of(folder, names):
    """CPUs, a fraction: quota / period, in this order in files of these names; None without."""
    texts = []
    try:
        for name in names:
            with open(f"{folder}/{name}") as file:
                texts += file.read().split()
        quota, period = map(int, texts)
    except (OSError, ValueError):  # no such group or controller; "max"
        return None
    return quota / period if quota > 0 and period > 0 else None


def usable_cpus():
    """CPUs that this process may use: its affinity, and the quotas of its control groups."""
    affinity = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return max(1, min(affinity or 1, cgroup_quota() or affinity or 1))


def get_num_threads():
    """Threads that a training may use, at most 256.

    What `set_num_threads` set; else the environment's TRILOBITE_NUM_THREADS; else the CPUs that
    this process may use, at most OMP_NUM_THREADS.
    """
    own = _chosen or _own()
    return min(MAX_THREADS, own or min(usable_cpus(), _positive("OMP_NUM_THREADS") or MAX_THREADS))


def set_num_threads(n):
    """Let trainings use up to n threads; None goes back to the default. Results do not change.

    Raises
    ------
    ValueError, TypeError
        If n is no positive integer.
    """
    global _chosen
    if n is not None:
        if isinstance(n, bool) or not hasattr(n, "__index__"):
            raise TypeError(f"n: {n!r} given; expected an int of at least 1, or None")
        if (n := n.__index__()) < 1:
            raise ValueError(f"n: {n} given; expected at least 1")
    _chosen = n


def threads_for(flops, steps=1):
    """How many threads pay for so many steps, one call, of this many floating-point operations."""
    most = int(min(flops // MIN_FLOPS_PER_THREAD, flops * steps // MIN_FLOPS_TO_START))
    return max(1, min(get_num_threads(), most)) if most > 1 else 1
