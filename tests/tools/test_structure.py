"""The tree: rooms whose imports run one way, files of a size that can be read, names that say what.

The rooms are those of the package, each above the ones before it; CONTRIBUTING.md says what is in
them.
"""

import ast
import re
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "trilobite"
FACES = {  # Keras's public names
    *("activations", "backend", "callbacks", "config", "constraints", "datasets", "initializers"),
    *("layers", "losses", "metrics", "models", "ops", "optimizers", "regularizers", "saving"),
    "utils",
}
ROOMS = (  # bottom to top; what stands side by side may import one another
    {"engine", "reference"},
    {"_checks"},
    {"_declare"},
    {"_model"},
    {"_files"},
    FACES | {"__init__"},
    {"data"},
    {"sklearn", "as_keras"},
    {"tuning"},
    {"plot"},
    {"export"},
    {"playground"},
    {"_cli"},
    {"__main__"},
)
HANDED = ("plot", "export", "to_keras", "to_sklearn", "to_torch", "register")  # methods
ENGINE = ("kernels", "formulas", "passes", "run")  # its folders, likewise
SOURCES = (".py", ".pyx", ".pxd", ".pxi", ".h")
FILES = sorted(
    path
    for folder in ("src", "tests", "benchmarks", "examples")
    for path in (ROOT / folder).rglob("*")
    if path.suffix in SOURCES
)
MODULES = {  # name: path
    ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__"): path
    for path in FILES
    if path.suffix == ".py" and path.is_relative_to(PACKAGE)
}


def imports(name):
    """What of the package a module imports, anywhere in it: names of modules.

    But for methods such as `plot`, which hand themselves to trilobite.plot and trilobite.export:
    nothing else needs those.
    """
    path = MODULES[name]
    package = path.relative_to(PACKAGE.parent).parent.parts
    found = set()
    for node in nodes(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            base = ".".join([*above, *filter(None, [node.module])])
            names = {f"{base}.{alias.name}" for alias in node.names}
            found |= names & MODULES.keys()
            if names - MODULES.keys():
                found.add(base)
    return {module for module in found if module.split(".")[0] == "trilobite"} - {name}


def nodes(tree):
    """All nodes of a tree but those of the methods HANDED."""
    yield tree
    for node in ast.iter_child_nodes(tree):
        if not (isinstance(tree, ast.ClassDef) and getattr(node, "name", None) in HANDED):
            yield from nodes(node)


def level(name):
    """Of a module of the package: the number of its room."""
    room = (name.split(".") + ["__init__"])[1]
    return next(number for number, rooms in enumerate(ROOMS) if room in rooms)


def test_rooms_are_all_that_there_is():
    """At the top of the package stands what users import; the rest has a room of its own."""
    there = {path.stem for path in PACKAGE.iterdir() if path.suffix in ("", ".py")}
    there.discard("__pycache__")
    assert there == set().union(*ROOMS)


@pytest.mark.parametrize("name", MODULES)
def test_imports_run_one_way(name):
    assert not [module for module in imports(name) if level(module) > level(name)]


def test_no_module_imports_itself_by_way_of_others():
    graph = {name: imports(name) & MODULES.keys() for name in MODULES}
    assert list(TopologicalSorter(graph).static_order())  # CycleError otherwise


@pytest.mark.parametrize("folder", ENGINE)
def test_the_engine_is_built_one_way(folder):
    """A folder takes nothing from those after it."""
    above = "|".join(ENGINE[ENGINE.index(folder) + 1 :]) or "nothing"
    pattern = rf"^(?:cdef extern )?(?:from|import|cimport|#?include)\b.*\b(?:{above})[./].*"
    for path in (PACKAGE / "engine" / folder).iterdir():
        if path.suffix in SOURCES:
            assert not re.findall(pattern, path.read_text(encoding="utf-8"), re.MULTILINE), path


def test_no_file_is_too_long():
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in FILES}
    assert len(lengths) > 150
    assert not {path: length for path, length in lengths.items() if length > 400}


def test_names_say_what_is_in_a_file():
    """None is a place for what has no other, but for Keras's own `utils`."""
    vague = {"utils", "util", "core", "base", "common", "misc", "helpers"}
    found = [path for path in FILES if vague & set(path.relative_to(ROOT).with_suffix("").parts)]
    assert found == [PACKAGE / "utils.py"]


def test_tests_lie_as_the_package_does():
    folders = {"data", "engine", "export", "faces", "files", "playground", "plot", "sklearn"}
    folders |= {"tools", "tuning"}
    tests = [path.parent.name for path in FILES if path.name.startswith("test_")]
    assert set(tests) == folders
