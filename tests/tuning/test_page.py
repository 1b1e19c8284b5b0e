"""docs/tuning.md: its tables of calls are of what there is."""

import re
from pathlib import Path

from trilobite import tuning

PAGE = (Path(__file__).parents[2] / "docs" / "tuning.md").read_text(encoding="utf-8")


def test_every_call_is_told():
    told = set(re.findall(r"^\| `(\w+)\(", PAGE, re.MULTILINE))
    functions = {name for name in tuning.__all__ if name[0].islower()}
    assert told == functions
