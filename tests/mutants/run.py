"""Plant mistakes one at a time and say which test notices each.

    python tests/mutants/run.py [--room ROOM] [--only NAME ...] [--named] [--jobs N] [--list]

All of it happens in a copy of the tree, which may change meanwhile. Mistakes in compiled sources
are built into it once and chosen by an environment variable; for the others each run has a package
of its own. First the named tests must pass without any mistake; then each mutant's run, and where
none fails all tests of its room. A table comes at the end, survivors last; the exit status is 1 if
there are any.
"""

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from planted import HEADER, ROOT, SOURCES, TESTS, fault, read, with_switches

# What fails is not to be made small: that takes minutes.
NO_SHRINKING = """
from hypothesis import Phase

phases = [Phase.explicit, Phase.generate]
settings.register_profile("mutants", settings.get_profile("trilobite"), phases=phases)
settings.load_profile("mutants")
"""
SLOWER = 5  # so many times the seconds without a mistake, and a minute, are a hang


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--room", choices=TESTS)
    parser.add_argument("--only", nargs="+", metavar="NAME")
    parser.add_argument("--named", action="store_true", help="run no other tests than those named")
    parser.add_argument("--jobs", type=int, default=1, help="runs of tests at a time")
    parser.add_argument("--list", action="store_true", help="print the mutants, run nothing")
    options = parser.parse_args()
    mutants = read()
    if unknown := set(options.only or ()) - {mutant.name for mutant in mutants}:
        parser.error(f"--only: no mistake is called {', '.join(sorted(unknown))}")
    numbered = [
        (number, mutant)
        for number, mutant in enumerate(mutants, 1)
        if options.room in (None, mutant.room)
        and (options.only is None or mutant.name in options.only)
    ]
    if options.list:
        print("\n".join(f"{m.room:<10} {m.name:<50} {m.file}" for _, m in numbered))
        return
    if faults := [found for _, mutant in numbered if (found := fault(mutant))]:
        sys.exit("\n".join(faults))
    with tempfile.TemporaryDirectory(prefix="trilobite-mutants-") as folder:
        tree, site = Path(folder) / "tree", Path(folder) / "site"
        ignore = shutil.ignore_patterns(".git", ".venv", ".*_cache", "__pycache__", "build", "*.c")
        shutil.copytree(ROOT, tree, ignore=ignore)
        with (tree / "tests/conftest.py").open("a") as conftest:
            conftest.write(NO_SHRINKING)
        _build(tree, site, [(number, mutant) for number, mutant in numbered if mutant.compiled])
        runs = Runs(tree, site)
        with ThreadPoolExecutor(options.jobs) as pool:
            rows = _judge(runs, numbered, pool, options.named)
    print(_table(rows))
    sys.exit(any(caught is None for _, caught, _ in rows))


def _build(tree, site, compiled):
    """The package of a tree in the folder `site`, with the mistakes in compiled sources if any."""
    sources = tree / SOURCES.relative_to(ROOT)
    if not compiled:
        import trilobite

        shutil.copytree(Path(trilobite.__file__).parent, site / "trilobite")
        only_python = shutil.ignore_patterns("*.p[xy][xdi]", "*.h")
        shutil.copytree(sources, site / "trilobite", ignore=only_python, dirs_exist_ok=True)
        return
    (sources / "engine/planted.h").write_text(HEADER)
    for file in {mutant.file: None for _, mutant in compiled} | {"engine/network.pyx": None}:
        path = sources / file
        own = [each for each in compiled if each[1].file == file]
        path.write_text(with_switches(file, path.read_text(), own))
    from trilobite import engine

    environment = {"TRILOBITE_BUILD_ISA": engine.variant} | os.environ
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", site, tree]
    subprocess.run(pip, env=environment, check=True)


class Runs:
    """Runs of the tests of a tree with the package in the folder `site`."""

    def __init__(self, tree, site):
        self.tree, self.site = tree, site

    def plain(self, tests, options=(), limit=None, site=None, number=0):
        """(what failed by name, seconds)"""
        command = [sys.executable, "-m", "pytest", "-x", "-q", "--tb=no", "-rfE", *options]
        command += ["-k", "not reference-float"]  # an implementation without planted mistakes
        command += [f"tests/{name}" for name in tests.split()]
        path = [str(site or self.site), *filter(None, [os.environ.get("PYTHONPATH")])]
        environment = {"TRILOBITE_DATA": str(ROOT.parent / "shared/data")} | os.environ
        environment |= {"PYTHONPATH": os.pathsep.join(path), "TRILOBITE_MUTANT": str(number)}
        begun = time.monotonic()
        process = subprocess.Popen(
            command,
            cwd=self.tree,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        try:
            output, _ = process.communicate(timeout=limit)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            return ["timeout"], time.monotonic() - begun
        failed = re.findall(r"^(?:FAILED|ERROR) (?:tests/)?(.+?)(?: - .*)?$", output, re.MULTILINE)
        if process.returncode < 0:
            failed = [f"crash ({signal.Signals(-process.returncode).name})"]
        elif process.returncode and not failed:
            sys.exit(f"{' '.join(command)}:\n{output}")
        return failed, time.monotonic() - begun

    def mistaken(self, number, mutant, tests, usual, options=()):
        """The same with a mistake: what usually takes so many seconds."""
        limit = SLOWER * usual + 60
        if mutant.compiled:
            result = self.plain(tests, options, limit, number=number)
        else:
            with tempfile.TemporaryDirectory(prefix="trilobite-mutant-") as own:
                shutil.copytree(self.site, own, dirs_exist_ok=True)
                path = Path(own) / "trilobite" / mutant.file
                path.write_text(path.read_text().replace(mutant.text, mutant.mistake))
                result = self.plain(tests, options, limit, site=own)
        print(f"{mutant.name}: {', '.join(result[0]) or 'survives'}", file=sys.stderr, flush=True)
        return result


def _judge(runs, numbered, pool, named_only):
    """For each mutant (mutant, what notices it or None, seconds)."""
    named = " ".join(sorted({file for _, mutant in numbered for file in mutant.tests.split()}))
    wrong, usual = runs.plain(named, ["--maxfail=100"])
    if wrong:
        sys.exit("without any mistake:\n" + "\n".join(wrong))

    def first(each):
        return runs.mistaken(*each, each[1].tests, usual)

    found = list(pool.map(first, numbered))
    rooms = {m.room for (_, m), (failed, _) in zip(numbered, found, strict=True) if not failed}
    if named_only:
        rooms = set()
    of_rooms = {room: runs.plain(TESTS[room], ["--maxfail=100"]) for room in sorted(rooms)}

    def again(each, before):
        (_, mutant), (failed, seconds) = each, before
        if not failed and mutant.room in of_rooms:
            others, usual = of_rooms[mutant.room]  # those that a build with switches fails anyway
            options = [word for test in others for word in ("--deselect", f"tests/{test}")]
            failed, more = runs.mistaken(*each, TESTS[mutant.room], usual, options)
            seconds += more
        return mutant, failed[0] if failed else None, seconds

    return list(pool.map(again, numbered, found))


def _table(rows):
    lines = ["| mutant | file | noticed by | seconds |", "|---|---|---|---|"]
    for mutant, caught, seconds in sorted(rows, key=lambda row: row[1] is None):
        lines.append(
            f"| {mutant.name} | {mutant.file} | {caught or '**survives**'} | {seconds:.0f} |"
        )
    survivors = sum(caught is None for _, caught, _ in rows)
    return "\n".join([*lines, "", f"{len(rows)} mistakes, {survivors} survive"])


if __name__ == "__main__":
    main()
