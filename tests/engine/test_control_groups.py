"""CPUs that control groups allow: of the process's own group and of those above it."""

import pytest

from trilobite.engine.run import threads

HALF, ONE, THREE, WITHOUT = (f"{n} 100000" for n in (50_000, 100_000, 300_000, "max"))
V1 = "9:memory:/\n4:cpu,cpuacct:{}\n1:name=systemd:/user.slice\n0::/user.slice\n"


def v1(folder, quota, period=100_000):
    return {
        f"cpu{folder}/cpu.cfs_quota_us": str(quota),
        f"cpu{folder}/cpu.cfs_period_us": str(period),
    }


CASES = {  # name: (/proc/self/cgroup, files in /sys/fs/cgroup, CPUs)
    "no groups": (None, {"cpu.max": ONE}, None),
    "no controller of CPUs": ("0::/user.slice/job.scope\n", {}, None),
    "no quota": ("0::/job.scope\n", {"job.scope/cpu.max": WITHOUT}, None),
    "a container's own": ("0::/\n", {"cpu.max": ONE}, 1),
    "a part of a CPU": ("0::/\n", {"cpu.max": HALF}, 1),
    "more than two CPUs": ("0::/\n", {"cpu.max": "200001 100000"}, 3),
    "the host's path": ("0::/docker/4a1f\n", {"cpu.max": ONE}, 1),
    "outside the namespace": ("0::/../other\n", {"cpu.max": ONE}, 1),
    "scope": ("0::/user.slice/a:b.scope\n", {"user.slice/a:b.scope/cpu.max": THREE}, 3),
    "slice above": (
        "0::/user.slice/job.scope\n",
        {"user.slice/job.scope/cpu.max": WITHOUT, "user.slice/cpu.max": THREE},
        3,
    ),
    "the smaller one is above": (
        "0::/a/b/c\n",
        {"a/b/c/cpu.max": THREE, "a/cpu.max": ONE, "cpu.max": WITHOUT},
        1,
    ),
    "the smaller one is below": ("0::/a/b\n", {"a/b/cpu.max": ONE, "a/cpu.max": THREE}, 1),
    "of another group": ("0::/a\n", {"b/cpu.max": ONE, "a/b/cpu.max": ONE}, None),
    "removed": ("0::/a/b (deleted)\n", {"a/cpu.max": THREE}, 3),
    "v1, no quota": (V1.format("/"), v1("", -1), None),
    "v1, a container's own": (V1.format("/docker/4a1f"), v1("", 250_000), 3),
    "v1, above": (V1.format("/a/b"), v1("/a/b", -1) | v1("/a", 50_000, 50_000), 1),
    "v1, v2 has none": (V1.format("/a"), v1("/a", 100_000) | {"user.slice/cpu.max": WITHOUT}, 1),
    "no numbers": ("0::/a\n", {"a/cpu.max": "", "cpu.max": "1 2 3"}, None),
    "no period": ("0::/\n", {"cpu.max": "100000 0"}, None),
}


@pytest.mark.parametrize("case", CASES)
def test_quota(case, tmp_path):
    groups, files, cpus = CASES[case]
    if groups is not None:
        (tmp_path / "proc" / "self").mkdir(parents=True)
        (tmp_path / "proc" / "self" / "cgroup").write_text(groups)
    for name, text in files.items():
        path = tmp_path / "sys" / "fs" / "cgroup" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n")
    assert threads.cgroup_quota(f"{tmp_path}/") == cpus


@pytest.mark.parametrize(("quota", "cpus"), [(None, 4), (1, 1), (9, 4)])
def test_usable_cpus(quota, cpus, monkeypatch):
    monkeypatch.setattr(threads, "cgroup_quota", lambda: quota)
    monkeypatch.setattr(threads.os, "sched_getaffinity", lambda pid: set(range(4)))
    assert threads.usable_cpus() == cpus
