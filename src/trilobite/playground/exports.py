"""What a visitor takes away: the model, the history, a picture."""

import base64
import io
import os
import tempfile
import threading
from functools import partial

from trilobite.export import export as write
from trilobite.export.write import FORMATS
from trilobite.playground.data import N_MAP
from trilobite.plot import canvas, history

_drawing = threading.Lock()  # matplotlib is for one thread


def export(trainer, what):
    """A file, as the fields of an answer: name, mime, base64.

    Parameters
    ----------
    trainer : Trainer
    what : str
        "model", "history", "picture", or a format of `trilobite.export`, "numpy", "js", "c" or
        "onnx".

    Raises
    ------
    ValueError
        It is something else, or there is no history yet.
    ImportError
        Of a picture: matplotlib is missing; of "onnx": onnx.
    """
    known = [*_FILES, *FORMATS]
    if not isinstance(what, str) or what not in known:
        raise ValueError(f"what: got {str(what)[:40]!r}, expected one of {', '.join(known)}")
    if what in FORMATS:
        name = f"net{FORMATS[what]}"
        content = _written(name, partial(write, trainer.model, format=what))
        mime = "application/octet-stream" if what == "onnx" else "text/plain"
        return {"name": name, "mime": mime, "base64": base64.b64encode(content).decode()}
    name, mime, made = _FILES[what]
    if what != "model" and not len(trainer.curve):
        raise ValueError("what: there is no epoch yet, train first")
    return {"name": name, "mime": mime, "base64": base64.b64encode(made(trainer)).decode()}


def _written(name, write):
    """The bytes that a function writes into a file."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, name)
        write(filepath=path)
        with open(path, "rb") as file:
            return file.read()


def _model(trainer):
    return _written("net.safetensors", trainer.model.save)


def _history(trainer):
    return trainer.curve.csv().encode()


def _picture(trainer):
    canvas.matplotlib()
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with _drawing, rc_context({"svg.fonttype": "none", "svg.hashsalt": "trilobite"}):
        figure = Figure((11, 5), layout="constrained")
        curve, plane = figure.subplots(1, 2)
        rows = trainer.curve.judged()
        of = {"loss": list(rows[:, 1]), "val_loss": list(rows[:, 2])}
        history(of, diagnosis=False, ax=curve)
        curve.set_title(trainer.diagnosis(), fontsize="small", wrap=True)
        _draw_map(trainer, plane)
        drawn = io.BytesIO()
        figure.savefig(drawn, format="svg", metadata={"Date": None})
    return drawn.getvalue()


def _draw_map(trainer, ax):
    """The output over the domain, and the points."""
    data, outputs = trainer.data, trainer.view.map()
    n_classes = 0 if data.classes is None else len(data.classes)
    x0, x1, y0, y1 = data.domain
    if n_classes > 2:
        outputs, low, high = outputs.argmax(axis=0), 0, n_classes - 1
        colours = "tab20" if n_classes > 10 else "tab10"
    else:
        outputs, colours = outputs[0], "PuOr"
        low, high = (0, 1) if n_classes else (-1, 1)
    shown = {"cmap": colours, "vmin": low, "vmax": high}
    if n_classes > 2:
        shown["vmax"] = 19 if n_classes > 10 else 9
    image = ax.imshow(
        outputs.reshape(N_MAP, N_MAP), extent=(x0, x1, y0, y1), alpha=0.6, aspect="auto", **shown
    )
    if n_classes <= 2:
        ax.figure.colorbar(image, ax=ax, label="output")
    points = data.points()
    for is_test, marker in ((0, "o"), (1, "s")):
        x, y, target, _ = points[points[:, 3] == is_test].T
        ax.scatter(
            x, y, s=14, c=target, marker=marker, edgecolors=canvas.BLACK, linewidths=0.3, **shown
        )
    across, up = (name.replace("$", r"\$") for name in data.axes)
    ax.set(xlabel=across, ylabel=up, xlim=(x0, x1), ylim=(y0, y1))
    ax.set_title(f"epoch {trainer.epoch}: squares are test rows", fontsize="small")


_FILES = {
    "model": ("net.safetensors", "application/octet-stream", _model),
    "history": ("history.csv", "text/csv", _history),
    "picture": ("playground.svg", "image/svg+xml", _picture),
}
