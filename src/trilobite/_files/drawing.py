"""Drawings of models: Graphviz's text, and the pictures that its program makes of it."""

import os
import sys

from trilobite._checks.warned import warn
from trilobite._declare.names import choose
from trilobite._model.chain import shapes


class Dot(str):
    """A drawing in Graphviz's language: a string that can be made a picture."""

    __slots__ = ()

    def to_string(self):
        """The text itself."""
        return str(self)

    def create(self, prog="dot", format="png"):
        """A picture, as bytes.

        Parameters
        ----------
        prog : str
            Graphviz's program.
        format : str
            "png", "svg", "pdf" and whatever else it can write.

        Raises
        ------
        FileNotFoundError
            There is no such program.
        ValueError
            It cannot write this format.
        """
        import subprocess  # here: it takes a while

        done = subprocess.run([prog, f"-T{format}"], input=self.encode(), capture_output=True)
        if done.returncode:
            said = done.stderr.decode(errors="replace").strip()
            raise ValueError(f"format: got {format!r}, which {prog} does not make: {said}")
        return done.stdout


def model_to_dot(
    model,
    show_shapes=False,
    show_dtype=False,
    show_layer_names=True,
    rankdir="TB",
    expand_nested=False,
    dpi=200,
    subgraph=False,
    show_layer_activations=False,
    show_trainable=False,
    splines="ortho",
):
    """A drawing of a model: a box for each layer, one after the other.

    Parameters
    ----------
    model : Sequential
    show_shapes, show_dtype, show_layer_names, show_layer_activations, show_trainable : bool
        What is written into the boxes beside the layers' classes.
    rankdir : {"TB", "LR", "BT", "RL"}
        From top to bottom, from left to right, and the other ways round.
    dpi : int
        Of pictures.
    expand_nested, subgraph, splines
        Keras's, which make no difference: there is one chain of layers.

    Returns
    -------
    Dot
        A string, with `create(prog, format)` for pictures.

    Raises
    ------
    ValueError
        The model is not built.
    """
    if not model.built:
        raise ValueError(f"model: got {model.name!r}, which is not built; give it an Input")
    rankdir = choose("rankdir", rankdir, {side: side for side in ("TB", "LR", "BT", "RL")})
    shown = {
        "name": show_layer_names,
        "activation": show_layer_activations,
        "shapes": show_shapes,
        "dtype": show_dtype,
        "trainable": show_trainable,
    }
    lines = [
        f"digraph {_quoted(model.name)} {{",
        f"rankdir={rankdir}; dpi={int(dpi)}; node [shape=plain, fontname=Helvetica];",
    ]
    given, *layers = model.declared
    of_rows = [(None, *shape) for shape in shapes(given.row_shape, layers)]
    for number, layer in enumerate(layers):
        box = _box(layer, of_rows[number : number + 2], given.dtype, shown)
        lines.append(f"{number} [label=<{box}>];")
    lines += [f"{number} -> {number + 1};" for number in range(len(layers) - 1)]
    return Dot("\n".join([*lines, "}\n"]))


def plot_model(
    model,
    to_file="model.png",
    show_shapes=False,
    show_dtype=False,
    show_layer_names=False,
    rankdir="TB",
    expand_nested=False,
    dpi=200,
    show_layer_activations=False,
    show_trainable=False,
    splines="ortho",
):
    """Draw a model into a file, as a picture if Graphviz's program `dot` is there.

    Parameters
    ----------
    model : Sequential
    to_file : str or os.PathLike
        Its ending says of what format; ".dot" is Graphviz's text, which needs no program.
    show_shapes, ...
        See `model_to_dot`.

    Returns
    -------
    IPython.display.Image or None
        In a notebook, for it to be shown.

    Warns
    -----
    UserWarning
        There is no `dot`: the text was written, with the ending ".dot".
    """
    from trilobite._files import whole  # here: it is rarely needed

    drawing = model_to_dot(
        model,
        show_shapes,
        show_dtype,
        show_layer_names,
        rankdir,
        expand_nested,
        dpi,
        False,
        show_layer_activations,
        show_trainable,
        splines,
    )
    path, ending = os.path.splitext(os.fspath(to_file))
    ending = ending or ".png"
    if ending == ".dot":
        whole.write(f"{path}.dot", [drawing.encode()])
        return None
    try:
        picture = drawing.create(format=ending[1:])
    except FileNotFoundError:
        whole.write(f"{path}.dot", [drawing.encode()])
        warn(
            f"to_file: there is no program dot (Graphviz), which makes pictures; {path}.dot is the "
            "text of which it would make one",
        )
        return None
    whole.write(f"{path}{ending}", [picture])
    display = sys.modules.get("IPython.display")
    return display.Image(data=picture) if display and ending in (".png", ".jpg") else None


def _box(layer, of_rows, dtype, shown):
    """A layer's table of two columns, of what is shown."""
    kind = type(layer).__name__
    title = f"<b>{_escaped(layer.name)}</b> ({kind})" if shown["name"] else f"<b>{kind}</b>"
    rows = [f'<td colspan="2" bgcolor="black"><font color="white">{title}</font></td>']
    activation = getattr(layer, "activation", None)
    if shown["activation"] and activation is not None:
        name = getattr(activation, "__name__", activation)
        rows.append(f'<td colspan="2">Activation: <b>{_escaped(name)}</b></td>')
    if shown["shapes"]:
        cells = zip(("Input", "Output"), of_rows, strict=True)
        rows.append("".join(f"<td>{what} shape: <b>{_escaped(s)}</b></td>" for what, s in cells))
    if shown["dtype"]:
        rows.append(f'<td colspan="2">Output dtype: <b>{dtype}</b></td>')
    if shown["trainable"] and layer.weights:
        word = "Trainable" if layer.trainable else "Non-trainable"
        rows.append(f'<td colspan="2"><b>{word}</b></td>')
    rows = "".join(f"<tr>{row}</tr>" for row in rows)
    return f'<table border="0" cellborder="1" cellspacing="0" cellpadding="8">{rows}</table>'


def _escaped(value):
    return str(value).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _quoted(name):
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
