"""What the blocks of docs/chapter.md print: ``python tests/chapter_page.py`` writes it there."""

import re
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

PAGE = Path(__file__).parents[1] / "docs" / "chapter.md"
BLOCK = re.compile(r"^```python\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?", re.MULTILINE | re.DOTALL)


def page():
    """Return the text of the page with what its blocks print now."""
    names = {}

    def renewed(block):
        with redirect_stdout(StringIO()) as said:
            exec(block[1], names)
        output = f"\n```text\n{said.getvalue()}```\n" if said.getvalue() else ""
        return f"```python\n{block[1]}```\n{output}"

    return BLOCK.sub(renewed, PAGE.read_text(encoding="utf-8"))


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
