"""The room as a whole: who pays for it."""

import subprocess
import sys

PROGRAM = "import sys, {}; print(sorted(m for m in sys.modules if m in {}))"


def imported(module, names):
    program = PROGRAM.format(module, set(names))
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_import_trilobite_leaves_the_room_out():
    assert imported("trilobite", ["trilobite.tuning"]) == "[]"


def test_the_room_needs_numpy_alone():
    names = ["sklearn", "matplotlib", "pandas"]
    assert imported("trilobite.tuning", names) == "[]"
