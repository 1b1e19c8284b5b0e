"""What the engine's sources promise their readers."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ENGINE = ROOT / "src" / "trilobite" / "engine"
SOURCES = sorted(path for end in ("pyx", "pxd", "pxi") for path in ENGINE.rglob(f"*.{end}"))
TEXTS = {str(path.relative_to(ENGINE)): path.read_text(encoding="utf-8") for path in SOURCES}
INCLUDED = "".join(text for name, text in TEXTS.items() if name.endswith((".pxi", "network.pyx")))


def cimported(text):
    """Names that a source cimports, and the text without the lines that do."""
    lines = re.compile(r"^from \S+ cimport (\([^)]*\)|.*)$", re.MULTILINE)
    names = {name for found in lines.findall(text) for name in re.findall(r"\w+", found)}
    return names, lines.sub("", text)


@pytest.mark.parametrize("name", [name for name in TEXTS if "cimport" in TEXTS[name]])
def test_every_cimported_name_is_used(name):
    names, rest = cimported(TEXTS[name])
    rest += INCLUDED if name == "network.pyx" else ""
    unused = {n for n in names if not re.search(rf"\b{n}\b", cimported(rest)[1])}
    assert not unused


def test_an_unused_name_is_noticed():
    names, rest = cimported("from a.b cimport (\n    c, d,\n)\nfrom e cimport f, g\ncdef c x = f\n")
    assert names == {"c", "d", "f", "g"} and not re.search(r"\b[dg]\b", rest)


@pytest.mark.parametrize("name", [name for name in TEXTS if name.startswith("formulas/")])
def test_no_code_is_before_another(name):
    """The tables say what there is to know of a formula, not the order of its code."""
    codes = re.findall(r"^    ([A-Z]\w+)$", TEXTS[name], re.MULTILINE)
    assert codes
    either = "|".join(codes)
    order = rf"[<>]=?\s*({either})\b(?!\))|\b({either})\s*[<>]"
    for where, text in TEXTS.items():
        assert not re.search(order, text), where


def arguments(text):
    """Name and number of arguments of the functions of a source."""
    for name, listed in re.findall(r"^cdef [^=\n]*?(\w+)\(([^)]*)\) noexcept", text, re.MULTILINE):
        yield name, len([a for a in listed.split(",") if a.strip()])


def test_few_arguments():
    """What has more of them takes a struct, whose members are explained."""
    counted = {(where, *of) for where, text in TEXTS.items() for of in arguments(text)}
    assert len(counted) > 100
    assert not {of for of in counted if of[2] > 8}


PAGE = (ROOT / "docs" / "engine.md").read_text(encoding="utf-8")
PACKAGE = ROOT / "src" / "trilobite"


def missing(page):
    """The paths and names in a page that are nowhere in the sources."""
    sources = [p for p in PACKAGE.rglob("*") if p.suffix in (".py", ".pyx", ".pxd", ".pxi", ".h")]
    words = set(re.findall(r"\w+", "".join(p.read_text(encoding="utf-8") for p in sources)))
    folders = ENGINE, PACKAGE, PACKAGE.parent, ROOT
    for span in re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", page, flags=re.DOTALL)):
        if "/" in span or re.search(r"\.(py|pyx|pxd|pxi|h)$", span):
            if not any((folder / span).exists() for folder in folders):
                yield span
        else:
            yield from (name for name in re.findall(r"\w+", span) if name not in words)
    yield from (name for name in re.findall(r"\b[A-Z]+_[A-Z_]+\b", page) if name not in words)


def test_what_the_page_names_is_there():
    assert not list(missing(PAGE))


def test_what_is_not_there_is_noticed():
    page = "`run/epic.pxi`: `train_remember`, `Network.predict`, NO_DEPTH"
    assert list(missing(page)) == ["run/epic.pxi", "train_remember", "NO_DEPTH"]


@pytest.mark.parametrize("where", ["kernels/*.p*", "formulas/*", "passes/*", "run/*.p*", "*.p*"])
def test_every_file_is_on_the_page(where):
    files = [p.relative_to(ENGINE) for p in ENGINE.glob(where) if p.suffix in (".pxd", ".pxi")]
    assert files and not [p for p in files if str(p) not in PAGE and p.name != "__init__.pxd"]
