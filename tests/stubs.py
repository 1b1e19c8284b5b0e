"""The stubs of the public names, written from signatures and docstrings.

    python tests/stubs.py          # after a change: writes those of the package that is installed
    python tests/stubs.py stale    # prints what is not as the command above would write it
    python tests/stubs.py check    # mypy's stubtest: the stubs of the tree, the package installed

src/trilobite/**/*.pyi; what the words of docstrings mean is in stub_types.py. Needs scikit-learn
and ruff; `check` needs mypy.
"""

import ast
import importlib
import os
import pkgutil
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from stub_texts import MODULES, Stubs

import trilobite

SOURCES = Path(__file__).parents[1] / "src" / "trilobite"


def path_of(name):
    """Where the stub of a module lies, below SOURCES."""
    module = importlib.import_module(name)
    parts = name.split(".")[1:]
    is_package = hasattr(module, "__path__")
    return Path(*parts, "__init__.pyi") if is_package else Path(*parts).with_suffix(".pyi")


def write():
    """Write the stubs of the tree; print what words of docstrings stand for no type."""
    stubs = Stubs()
    paths = [SOURCES / path_of(name) for name in stubs.texts]
    for path, text in zip(paths, stubs.texts.values(), strict=True):
        path.write_text(text, encoding="utf-8")
    subprocess.run(["ruff", "check", "--quiet", "--fix", "--select", "I", *paths], check=True)
    subprocess.run(["ruff", "format", "--quiet", *paths], check=True)
    for words in sorted(stubs.unknown):
        print("no type for", words)


def stale():
    """Print what is wrong with the stubs of the tree: modules, words that stand for no type."""
    stubs = Stubs()
    lines = [f"no type for {words}" for words in sorted(stubs.unknown)]
    for name, text in stubs.texts.items():
        path = SOURCES / path_of(name)
        there = path.read_text(encoding="utf-8") if path.exists() else ""
        if statements(there) != statements(text):
            lines.append(f"{name}: not as `python tests/stubs.py` writes it")
    print("\n".join(lines))
    return bool(lines)


def statements(text):
    """Those of a module, sorted, for imports are put in order; each name imported by itself."""
    found = []
    for node in ast.parse(text).body:
        for alias in node.names if isinstance(node, (ast.Import, ast.ImportFrom)) else [None]:
            if alias is not None:
                node.names = [alias]
            found.append(ast.unparse(node))
    return sorted(found)


def check():
    """Run mypy's stubtest on the stubs of the tree and the package that is installed."""
    without = [
        module.name
        for module in pkgutil.walk_packages(trilobite.__path__, "trilobite.")
        if module.name not in MODULES
    ]
    with tempfile.TemporaryDirectory() as folder:
        for name in MODULES:
            path = Path(folder, "trilobite") / path_of(name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes((SOURCES / path_of(name)).read_bytes())
        allowed = [rf"{re.escape(name)}(\.\w+)?" for name in without]
        Path(folder, "allowed").write_text("\n".join([*allowed, *ALLOWED]))
        config = f"{CONFIG}[mypy-{','.join(without)}]\nignore_errors = True\n"
        Path(folder, "config").write_text(config)
        command = [sys.executable, "-m", "mypy.stubtest", "trilobite", "--concise"]
        command += ["--mypy-config-file", "config", "--allowlist", "allowed"]
        command += ["--ignore-unused-allowlist"]
        done = subprocess.run(command, cwd=folder, env=os.environ | {"MYPYPATH": folder})
    return done.returncode


ALLOWED = (
    # Keras 2's names, which trilobite.as_keras adds when it is imported
    r"trilobite\.models\.\w+\.(\w+_generator|predict_classes|predict_proba)",
    r"trilobite\.optimizers\.Optimizer\.lr",
    # what scikit-learn makes of classes
    r"trilobite\.sklearn\.MLP\w+(\.set_\w+_request)?",
)
CONFIG = """
[mypy]
ignore_missing_imports = True
# classes override attributes by properties, and take other arguments than their bases
disable_error_code = assignment, misc, override
"""

if __name__ == "__main__":
    sys.exit({"": write, "check": check, "stale": stale}["".join(sys.argv[1:])]())
