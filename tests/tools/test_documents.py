"""The programs of the documents run, as they follow on the page; their links lead somewhere."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOP = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")]
PAGES = {path.relative_to(ROOT).as_posix(): path for path in [*TOP, *ROOT.glob("docs/*.md")]}
PROGRAMS = {
    name: re.findall(r"^```python\n(.*?)^```$", path.read_text(encoding="utf-8"), re.M | re.S)
    for name, path in PAGES.items()
}
ONE_BY_ONE = ("README.md", "docs/keras.md")  # each of their programs stands alone
# chapter.md: below, with what it prints
RUN = [
    (name, program)
    for name, programs in PROGRAMS.items()
    for program in (programs if name in ONE_BY_ONE else ["\n".join(programs)])
    if program and name != "docs/chapter.md"
]
NEEDED = {"trilobite.sklearn": "sklearn", ".plot": "matplotlib", "import Table": "pyarrow"}
NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?")


@pytest.mark.parametrize("name, program", RUN, ids=[name for name, _ in RUN])
def test_programs(name, program, tmp_path):
    for word, module in NEEDED.items():
        if word in program:
            pytest.importorskip(module)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        cwd=tmp_path,
        env=os.environ | {"MPLBACKEND": "Agg", "MPLCONFIGDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr


def test_no_block_is_passed_over():
    """A language that is misspelt would hide its block from the tests."""
    kinds = {
        kind
        for path in PAGES.values()
        for kind in re.findall(r"^```(.*)\n(?:.*\n)*?```$", path.read_text(encoding="utf-8"), re.M)
    }
    assert kinds == {"", "json", "python", "sh", "text"}
    assert sum(map(len, PROGRAMS.values())) > 20


def test_the_chapter_prints_what_its_page_says(monkeypatch, tmp_path):
    """Words are the same, numbers to 3 %: instruction sets round differently."""
    pytest.importorskip("matplotlib")
    monkeypatch.setenv("MPLBACKEND", "Agg")
    monkeypatch.chdir(tmp_path)
    import chapter_page  # after the backend is chosen

    now, written = chapter_page.page(), chapter_page.PAGE.read_text(encoding="utf-8")
    assert NUMBER.sub("#", now) == NUMBER.sub("#", written), "run: python tests/chapter_page.py"
    pairs = zip(NUMBER.findall(now), NUMBER.findall(written), strict=True)
    pairs = [[float(number.replace(",", "")) for number in pair] for pair in pairs]
    assert not [pair for pair in pairs if pair[0] != pytest.approx(pair[1], rel=0.03)]


@pytest.mark.parametrize("name", PAGES)
def test_links(name):
    """Relative to the page, as GitHub takes them; `mkdocs build --strict` sees to the anchors."""
    text = PAGES[name].read_text(encoding="utf-8")
    links = re.findall(r"\]\((?!https?:|#)([^)#\s]+)", text)
    assert not [link for link in links if not (PAGES[name].parent / link).exists()]


def test_every_page_is_on_the_site():
    nav = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    assert not [path.name for path in ROOT.glob("docs/*.md") if f": {path.name}\n" not in nav]
    for module in re.findall(r"- api/(\w+)\.md", nav):
        assert list((ROOT / "src" / "trilobite").glob(f"{module}*")) or module == "trilobite"
