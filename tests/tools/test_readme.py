"""The commands of README.md and the command line's page run; files that documents name exist."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
LINES = [line for kind, block in BLOCKS if kind == "sh" for line in block.splitlines()]
PAGES = [
    (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")
    for name in ("command-line", "benchmarks")
]
SET_UP = [line for line in LINES if line.startswith("python3 -m venv .venv && ")]
COMMANDS = re.findall(r"^\.venv/bin/python -m trilobite .*$", PAGES[0], re.MULTILINE)
BENCHMARKS = re.findall(r"^\.venv/bin/pip .* benchmarks/run\.py .*$", PAGES[1], re.MULTILINE)


def run(*command, cwd):
    """Return what the command printed, after it ended well."""
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_nothing_in_a_block_is_left_out():
    assert {kind for kind, _ in BLOCKS} == {"python", "sh"}
    assert LINES == SET_UP and len(COMMANDS) == 4 and len(BENCHMARKS) == 2


def test_set_up_commands():  # .ci/run takes them from here and runs them
    main_job, tests = SET_UP
    assert main_job.endswith("&& .venv/bin/pip install . && .venv/bin/python -m trilobite")
    assert tests.endswith("&& .venv/bin/pip install '.[test]' && .venv/bin/python -m pytest")


def test_benchmark_commands():  # .ci/run runs them at toy size
    install = ".venv/bin/pip install '.[bench]' && .venv/bin/python benchmarks/run.py "
    assert all(command.startswith(install) for command in BENCHMARKS)


@pytest.mark.parametrize("command", COMMANDS)
def test_command(command, tmp_path, request):
    if "mnist" in command:
        request.getfixturevalue("real_mnist")
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    assert run("bash", "-c", command, cwd=tmp_path)


PATH = re.compile(
    r"(?<![\w./-])((?:src|tests|benchmarks|examples|docs|\.ci)/[\w./-]*\w"
    r"|[a-z_/-]+\.(?:py|pyx|pxd|pxi|h|md|toml))(?!\w)"
)
PLACES = [ROOT / place for place in ("", "src/trilobite", "src/trilobite/engine", "tests", "docs")]


@pytest.mark.parametrize(
    "name", ["README.md", "CONTRIBUTING.md", *(f"docs/{p.name}" for p in ROOT.glob("docs/*.md"))]
)
def test_paths(name):
    """Named as from the root, the package, its engine or the tests."""
    paths = set(PATH.findall((ROOT / name).read_text(encoding="utf-8")))
    assert not [path for path in paths if not any((place / path).exists() for place in PLACES)]
