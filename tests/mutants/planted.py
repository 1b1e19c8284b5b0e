"""Planted mistakes: what the lists say, and how a mistake comes into a source."""

import ast
import re
import textwrap
import tomllib
from dataclasses import dataclass
from pathlib import Path

LISTS = Path(__file__).parent
ROOT = LISTS.parents[1]
SOURCES = ROOT / "src/trilobite"
TESTS = {  # all tests of each room: a mistake survives if none of them fails
    "engine": "engine",
    "faces": "faces",
    "callbacks": "faces files/test_resume.py",
    "files": "files",
    "sklearn": "sklearn",
    "plot": "plot",
    "tuning": "tuning",
    "playground": "playground",
    "command_line": "tools/test_command_line.py tools/test_constant_answers.py "
    "tools/test_tables.py tools/test_tables_read.py tools/test_tables_refused.py",
}
# The number of the mistake that is made, 0 for none: what the compiled sources ask.
HEADER = """\
#ifndef TRILOBITE_PLANTED_H
#define TRILOBITE_PLANTED_H
#include <stdlib.h>
static int planted;
__attribute__((constructor)) static void read_planted(void)
{
    const char *number = getenv("TRILOBITE_MUTANT");
    planted = number ? atoi(number) : 0;
}
#endif
"""
_EXTERN = '\n\ncdef extern from "planted.h" nogil:\n    int planted\n'


@dataclass(frozen=True)
class Mutant:
    """A small mistake: `mistake` where `text` stands in a file, which `tests` should notice."""

    name: str
    room: str
    list: str
    file: str  # below src/trilobite
    text: str  # stands once in the file; from the compiled sources whole statements, or a number
    mistake: str
    tests: str  # files below tests, or tests in them

    @property
    def compiled(self):
        return not self.file.endswith(".py")


def read():
    """All mutants."""
    return [
        Mutant(name, room, path.name, **entry)
        for room in TESTS
        for path in sorted(LISTS.glob(f"{room}*.toml"))
        for name, entry in tomllib.loads(path.read_text()).items()
    ]


def fault(mutant):
    """What is wrong with an entry of a list today; None: nothing."""
    where = f"tests/mutants/{mutant.list}, {mutant.name}"
    path = SOURCES / mutant.file
    if not path.is_file():
        return f"{where}: no file {mutant.file}; give the one in which its text stands today"
    source = path.read_text()
    if (times := source.count(mutant.text)) != 1:
        return (
            f"{where}: its text stands {times} times in {mutant.file}, expected once; change text "
            "and mistake to those of today, or give another mistake if there is no such code now"
        )
    if mutant.mistake == mutant.text:
        return f"{where}: the mistake is what stands there"
    if mutant.file.endswith((".pxd", ".pxi", ".pyx")) and not (
        _fits(source, mutant.text, mutant.text) and _fits(source, mutant.text, mutant.mistake)
    ):
        return (
            f"{where}: in {mutant.file}, which is compiled once, text and mistake must be whole "
            "statements or whole expressions, without what stands before the first"
        )
    return None


def _indent(source, text):
    """What stands before a text that is whole lines; None: it is not."""
    start = source.index(text)
    before = source[source.rindex("\n", 0, start) + 1 : start]
    return None if before.strip() or source[start + len(text)] != "\n" else before


def _fits(source, text, given):
    """Whether statements or an expression of Cython, without its casts and addresses, are given."""
    if given[0].isspace():  # `_indent` is what stands before the first statement
        return False
    indent = _indent(source, text)
    plain = re.sub(r"<(?=\w)[\w ]+\**>|&(?=\w)", "", given)
    try:
        if indent is None:
            ast.parse(plain.strip(), mode="eval")
        else:
            ast.parse("def f():\n" + textwrap.indent(textwrap.dedent(indent + plain), "    "))
    except SyntaxError:
        return False
    return not re.search(r"[\w.]$", source[: source.index(text)])


def with_switches(file, source, numbered):
    """A compiled source with all of its mistakes, each made where `planted` is its number.

    Parameters
    ----------
    numbered : list of (int, Mutant)
    """
    is_c = file.endswith(".h")
    for text in dict.fromkeys(mutant.text for _, mutant in numbered):
        indent = _indent(source, text)
        mistakes = [(number, mutant.mistake) for number, mutant in numbered if mutant.text == text]
        switch = _expression if indent is None else _statements
        source = source.replace(text, switch(text, mistakes, indent, is_c))
    if is_c:
        return '#include "planted.h"\n' + source
    return source if file.endswith(".pxi") else source + _EXTERN


def _expression(text, mistakes, _, is_c):
    for number, mistake in mistakes:
        if is_c:
            text = f"(planted == {number} ? ({mistake}) : ({text}))"
        else:
            text = f"(({mistake}) if planted == {number} else ({text}))"
    return text


def _statements(text, mistakes, indent, is_c):
    if is_c:
        for number, mistake in mistakes:
            text = f"if (planted == {number}) {{ {mistake} }} else {{ {text} }}"
        return text
    lines = []
    for number, mistake in mistakes:
        lines += [f"{'el' if lines else ''}if planted == {number}:", _further(mistake, indent)]
    return f"\n{indent}".join([*lines, "else:", _further(text, indent)])


def _further(text, indent):
    """Statements of which the first stands behind an indent, one level deeper."""
    deeper = textwrap.indent(textwrap.dedent(indent + text), indent + "    ")
    return deeper.removeprefix(indent)
