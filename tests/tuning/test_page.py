"""docs/tuning.md: its code runs, and its tables of calls are of what there is."""

import re
from pathlib import Path

from trilobite import tuning

PAGE = (Path(__file__).parents[2] / "docs" / "tuning.md").read_text(encoding="utf-8")


def test_the_code_runs(capsys):
    """One block after the other, as a reader would."""
    names = {}
    blocks = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert len(blocks) >= 2
    for block in blocks:
        exec(block, names)
    shown = capsys.readouterr().out
    assert "batch size" in shown and "learning rate" in shown


def test_every_call_is_told():
    told = set(re.findall(r"^\| `(\w+)\(", PAGE, re.MULTILINE))
    functions = {name for name in tuning.__all__ if name[0].islower()}
    assert told == functions
