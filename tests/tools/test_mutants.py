"""The lists of planted mistakes are of today's sources; tests/mutants/run.py plants them."""

from pathlib import Path

from mutants.planted import fault, read

TESTS = Path(__file__).parents[1]


def test_every_text_stands_once():
    assert not list(filter(None, map(fault, read())))


def test_names():
    mutants = read()
    assert len({mutant.name for mutant in mutants}) == len(mutants)
    for mutant in mutants:
        assert all((TESTS / name.split("::")[0]).is_file() for name in mutant.tests.split()), (
            mutant.name
        )
