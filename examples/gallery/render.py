"""Render every picture of the gallery, and the page that shows them.

    python examples/gallery/render.py docs [--toy]

writes FOLDER/gallery/ and FOLDER/gallery.md.
"""

import datetime
import importlib
import os
import subprocess
import sys
import textwrap

import stage

SCRIPTS = (
    "one_parameter",
    "two_parameters",
    "learning_rates",
    "one_round",
    "epochs_and_rounds",
    "local_minimum",
    "batch_sizes",
    "early_stop",
    "optimizers",
)
HEAD = """# Gallery

What training does, each picture by one short script of `examples/gallery/`, trained by the engine
and drawn with `trilobite.plot`, on digits that ship or on rows that are generated. This page and
its pictures are written by

```sh
pip install '.[plot]' && python examples/gallery/render.py docs
```

{where}. The numbers below are those of that run;
`tests/plot/test_gallery.py` checks each claim with its interval.
"""


def commit():
    """The commit that is rendered, if it is known."""
    command = ["git", "-C", os.path.dirname(os.path.abspath(__file__)), "rev-parse", "--short=12"]
    done = subprocess.run([*command, "HEAD"], capture_output=True, text=True)
    return done.stdout.strip() or "unknown"


def processor():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        names = [line.split(":")[1].strip() for line in file if line.startswith("model name")]
    return f"{names[0]}, {len(names)} virtual cores"


def wrapped(text):
    """Paragraphs in lines of 110; tables as they are."""
    parts = text.split("\n\n")
    options = {"break_long_words": False, "break_on_hyphens": False}
    return "\n\n".join(
        part if part.startswith("|") else textwrap.fill(part, 110, **options) for part in parts
    )


def render(folder, toy):
    """Write the pictures and the page; return the page."""
    pictures = os.path.join(folder, "gallery")
    os.makedirs(pictures, exist_ok=True)
    day = datetime.date.today().isoformat()
    page = [HEAD.format(where=f"Last: {day}, commit {commit()}, on {processor()}")]
    for name in SCRIPTS:
        script = importlib.import_module(name)
        numbers = script.measure(toy)
        stage.save(script.draw(numbers), pictures, name, toy)
        kinds = [k for k in ("svg", "gif") if os.path.exists(f"{pictures}/{name}.{k}")]
        shown = "\n\n".join(f"![{script.TITLE}](gallery/{name}.{kind})" for kind in kinds)
        source = f"[`examples/gallery/{name}.py`](../examples/gallery/{name}.py)"
        page.append(
            f"## {script.TITLE}\n\n{shown}\n\n{wrapped(script.caption(numbers))}\n{source}\n"
        )
        print(name, flush=True)
    with open(os.path.join(folder, "gallery.md"), "w", encoding="utf-8") as file:
        file.write("\n".join(page))


if __name__ == "__main__":
    given = stage.arguments(__doc__.splitlines()[0])
    sys.exit(render(given.folder, given.toy))
