"""The types of the public names: the stubs are what signatures and docstrings say.

What they are worth, mypy and pyright say in `.ci/run`: of the examples, of typed_program.py, and by
stubtest of the stubs beside the package.
"""

import subprocess
import sys
from pathlib import Path

import pytest
from stub_texts import MODULES
from stub_types import kind_of

import trilobite

ROOT = Path(__file__).parents[2]


def test_stubs_are_up_to_date():
    """After a change of a signature or docstring: `python tests/stubs.py`."""
    command = [sys.executable, ROOT / "tests" / "stubs.py", "stale"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "\n"), done.stdout + done.stderr


def test_all_stubs_are_installed():
    """And the mark that says that there are types (PEP 561)."""
    source = ROOT / "src"
    stubs = {path.relative_to(source).as_posix() for path in source.rglob("*.pyi")}
    installed = Path(trilobite.__file__).parents[1]
    assert len(stubs) > 25
    assert all((installed / path).is_file() for path in (*stubs, "trilobite/py.typed"))


def test_every_public_room_has_stubs():
    """But for those of commands, and of the engine and its twin, which have no promise."""
    rooms = {path.stem for path in (ROOT / "src" / "trilobite").glob("[a-z]*.py")}
    rooms |= {path.parent.name for path in (ROOT / "src" / "trilobite").glob("[a-z]*/__init__.py")}
    without = {"as_keras", "engine", "playground", "reference"}
    assert rooms - without == {
        name.split(".")[1] for name in MODULES if "._" not in name and "." in name
    }


@pytest.mark.parametrize(
    ("words", "result", "kind"),
    [
        ("int", False, "int"),
        ("int, optional", False, "int | None"),
        ("float or None", False, "float | None"),
        ("array_like, shape (n, ...), or KerasTensor", False, "ArrayLike | KerasTensor"),
        ("array_like of int, shape (...) or (..., 1)", False, "ArrayLike"),
        ("str, Initializer or callable", False, "str | Initializer | Callable[..., Any]"),
        ('{"auto", "min"}, default="auto"', False, 'Literal["auto", "min"]'),
        ('"epoch" or int', False, 'Literal["epoch"] | int'),
        ("list of float", False, "Sequence[float]"),
        ("list of float", True, "list[float]"),
        ("ndarray of float64, shape (steps,)", True, "NDArray[np.float64]"),
        ("int, default 2 GiB", False, "int"),
        ("list of str or Metric, optional", False,
         "Sequence[str | Metric | Callable[..., Any]] | None"),
        ("str or onnx.ModelProto", False, "str | Any"),
        ("what nobody knows", False, None),
        ("int or what nobody knows", False, None),
    ],
)  # fmt: skip
def test_words_of_docstrings(words, result, kind):
    assert kind_of(words, {"KerasTensor", "Initializer", "Metric"}, result) == kind
