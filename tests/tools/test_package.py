"""What was installed: its import, its files, and the choice of an instruction set."""

import importlib.metadata
import os
import subprocess
import sys
import sysconfig
import zlib
from pathlib import Path

import pytest

import trilobite

MEASURE = "import time; start = time.process_time(); import {}; print(time.process_time() - start)"


def python(program, **environment):
    """Run the program in a Python of its own."""
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_import_costs_at_most_half_of_numpy_more():
    """CPU time, the least of several runs in turn: other processes can only lengthen a run."""
    names = ("numpy", "trilobite")
    best = dict.fromkeys(names, float("inf"))
    for run in range(35):
        for name in names:
            best[name] = min(best[name], float(python(MEASURE.format(name)).stdout))
        if run >= 6 and best["trilobite"] <= 1.5 * best["numpy"]:
            return
    pytest.fail(f"seconds to import: {best}")


@pytest.mark.parametrize("name", ["matplotlib", "pandas", "safetensors", "sklearn", "tqdm"])
def test_import_leaves_out(name):
    done = python(f"import sys, trilobite; print({name!r} in sys.modules)")
    assert done.stdout == "False\n", done.stderr


def test_version():
    assert importlib.metadata.version("trilobite") == trilobite.__version__


def test_installed_files():
    files = [str(file) for file in importlib.metadata.files("trilobite")]
    assert not [file for file in files if file.endswith((".pyx", ".pxd", ".pxi", ".h", ".c"))]
    assert any(file.endswith("LICENSE") for file in files)
    assert any(file.endswith("digits-attribution.txt") for file in files)


def extensions():
    """The compiled modules that are installed."""
    return list(Path(trilobite.__file__).parent.rglob("*.so"))


def test_one_build_for_all_versions_of_python():
    """By CPython's stable ABI, which builds without the GIL do not have."""
    if sysconfig.get_config_var("Py_GIL_DISABLED"):
        pytest.skip("no stable ABI without the GIL")
    assert extensions()
    assert not [path.name for path in extensions() if not path.name.endswith(".abi3.so")]


def test_a_wheel_has_at_most_three_megabytes():
    """All that is installed, compressed as a wheel is."""
    packed = [
        zlib.compress(path.read_bytes())
        for path in Path(trilobite.__file__).parent.rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    ]
    assert len(packed) > 100
    assert sum(map(len, packed)) < 3_000_000


def test_public_names():
    assert set(trilobite.__all__) <= set(dir(trilobite))


def test_show_config(capsys):
    trilobite.show_config()
    shown = capsys.readouterr().out
    for fact in (
        trilobite.__version__,
        trilobite.engine.variant,
        *trilobite.engine.VARIANTS,
        str(trilobite.get_num_threads()),
    ):
        assert fact in shown


@pytest.mark.parametrize("name", trilobite.engine.VARIANTS)
def test_isa_forced(name):
    done = python("import trilobite; print(trilobite.engine.variant)", TRILOBITE_ISA=name)
    if name in trilobite.engine.available():
        assert done.stdout == f"{name}\n", done.stderr
    else:
        assert_isa_refused(done, name)


def test_isa_unknown():
    assert_isa_refused(python("import trilobite", TRILOBITE_ISA="z80"), "z80")


def assert_isa_refused(done, name):
    """Check that the last line of the error names the variable, what it was and what it can be."""
    assert done.returncode == 1
    line = done.stderr.splitlines()[-1]
    assert "TRILOBITE_ISA" in line
    assert name in line
    assert all(other in line for other in trilobite.engine.available())
