"""benchmarks/streams.py runs, and leaves nothing behind."""

import subprocess
import sys
from pathlib import Path

PROGRAM = Path(__file__).parents[2] / "benchmarks" / "streams.py"


def test_it_runs(tmp_path):
    command = [sys.executable, str(PROGRAM), "--toy", "--nets", "20-16-2", "--folder", tmp_path]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    _, _, row = done.stdout.splitlines()
    assert row.startswith("| 20-16-2 | 0.00839 GB | 0.168 GB, ")
    assert not list(tmp_path.iterdir())
