"""Which net goes into which format, and comes back: ``python tests/export_table.py`` writes the
table of docs/export.md. That the predictions are the same, the tests of tests/export show.
"""

import tempfile
from pathlib import Path

from export_nets import ESTIMATORS, MODELS, NO_MODULE, made

from trilobite.export import export, from_onnx
from trilobite.models import load_model

PAGE = Path(__file__).parents[1] / "docs" / "export.md"
BEGIN, END = "<!-- table: begin -->\n", "<!-- table: end -->\n"
SAME, NONE = "same", "-"


def written(name, **options):
    """Whether a net is written under a name."""

    def of(net, folder):
        model, x, _ = made(net)
        given = {"calibration_data": x} if options else {}
        export(model, folder / name, **options, **given)
        return SAME

    return of


def onnx(net, folder):
    written("net.onnx")(net, folder)
    try:
        from_onnx(folder / "net.onnx")
    except ValueError:
        return SAME
    return "same, and back"


def keras(net, folder):
    if net in ESTIMATORS:
        return NONE
    made(net)[0].save(folder / "net.keras")
    load_model(folder / "net.keras")
    return "same, and back"


def torch(net, folder):
    if net in ESTIMATORS:
        return NONE
    return f"no module for {NO_MODULE[net]}" if net in NO_MODULE else "same, and back"


def sklearn(net, folder):
    if net in MODELS:
        return NONE
    made(net)[0].to_sklearn()
    return "same, and back"


FORMATS = {
    "`.py`": written("net.py"),
    "`.js`": written("net.js"),
    "`.h`": written("net.h"),
    "`.h`, int8": written("net8.h", dtype="int8"),
    "`.onnx`": onnx,
    "`.keras`": keras,
    "PyTorch": torch,
    "scikit-learn": sklearn,
}


def table():
    """The lines of the table."""
    lines = ["| net | " + " | ".join(FORMATS), "|---" * len(FORMATS) + "|---"]
    with tempfile.TemporaryDirectory() as folder:
        for net in (*MODELS, *ESTIMATORS):
            cells = [of(net, Path(folder)) for of in FORMATS.values()]
            cells = ["near" if "int8" in f else c for f, c in zip(FORMATS, cells, strict=True)]
            shown = net.split(", dr")[0]
            lines.append(" | ".join([f"| {shown}", *cells]))
    return "".join(f"{line} |\n" for line in lines).replace("--- |", "---|")


def page():
    """The page with the table as it must be."""
    text = PAGE.read_text(encoding="utf-8")
    return text[: text.index(BEGIN) + len(BEGIN)] + table() + text[text.index(END) :]


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
