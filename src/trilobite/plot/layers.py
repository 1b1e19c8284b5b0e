"""What a network has become: its weights, and what its layers say of rows."""

import copy
import math

import numpy as np

from trilobite._checks import arrays
from trilobite._checks.numbers import integer
from trilobite._declare.layer import Input
from trilobite._model.chain import leaves, shapes
from trilobite.layers import Flatten
from trilobite.models import Sequential
from trilobite.plot import canvas
from trilobite.plot.faces import as_model, kernels

_BOUNDS = {  # of activations that saturate
    "sigmoid": (0, 1),
    "hard_sigmoid": (0, 1),
    "sparse_sigmoid": (0, 1),
    "tanh": (-1, 1),
    "hard_tanh": (-1, 1),
    "softsign": (-1, 1),
}
NEAR = 0.05  # of the range: so near to a bound an output counts as saturated


def first_layer(model, shape=None, n=None, ax=None):
    """Draw the weights of each unit of the first layer as an image.

    Parameters
    ----------
    model : Model or estimator
        Built, or fitted.
    shape : (int, int), optional
        Height and width of the images. By default those of the model's rows, or of a square.
    n : int, optional
        The first so many units, all by default.
    ax : Axes, optional

    Returns
    -------
    Axes
        With one image of all, a pixel apart. White is 0, orange negative, purple positive.

    Raises
    ------
    TypeError, ValueError
        The model has no Dense layer, or its inputs are not as many as the shape has pixels.
    """
    model = as_model(model)
    name, w = kernels(model)[0]
    w = w[:, : integer("n", n) if n is not None else None]
    rows = model.input_shape[1:]
    side = math.isqrt(len(w))
    if shape is None:
        shape = rows if len(rows) == 2 and math.prod(rows) == len(w) else (side, side)
    if not isinstance(shape, (tuple, list)) or len(shape) != 2 or math.prod(shape) != len(w):
        raise ValueError(
            f"shape: got {shape}, expected height and width of {len(w)} pixels, the inputs of "
            f"layer {name!r}"
        )
    whole = _montage(w.T.reshape(-1, *shape))
    ax = canvas.axes(ax, (6.0, 5.0))
    most = float(np.abs(w).max()) or 1.0
    image = ax.imshow(whole, cmap="PuOr", vmin=-most, vmax=most)
    ax.figure.colorbar(image, ax=ax, label="weight")
    ax.set(xticks=[], yticks=[])
    ax.set_title(f"weights of the {w.shape[1]} units of {name}", fontsize="medium")
    return ax


def network(model, most=12, ax=None):
    """Draw the units in columns and the weights between them as lines.

    A line is the wider the larger the weight is beside the largest of its layer; blue and solid is
    positive, vermilion and dashed negative. Biases are not drawn.

    Parameters
    ----------
    model : Model or estimator
        Built, or fitted.
    most : int
        Units of a layer to draw: the first ones; how many there are is told. 12 by default.
    ax : Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    TypeError, ValueError
        The model has no Dense layer.
    """
    named, most = kernels(model), integer("most", most)
    widths = [len(named[0][1]), *(w.shape[1] for _, w in named)]
    labels = ["inputs", *(name for name, _ in named)]
    ax = canvas.axes(ax, (1.6 + 1.9 * len(named), 4.4))
    from matplotlib.collections import LineCollection

    heights = [np.arange(min(n, most))[::-1] - (min(n, most) - 1) / 2 for n in widths]
    for k, (_, w) in enumerate(named):
        w = w[: len(heights[k]), : len(heights[k + 1])]
        largest = np.abs(w).max() or 1.0
        lines = [[(k, a), (k + 1, b)] for a in heights[k] for b in heights[k + 1]]
        flat = w.ravel()
        ax.add_collection(
            LineCollection(
                lines,
                colors=[canvas.BLUE if v >= 0 else canvas.VERMILION for v in flat],
                linestyles=["-" if v >= 0 else (0, (4, 2)) for v in flat],
                linewidths=3 * np.abs(flat) / largest,
            )
        )
    low = min(h.min() for h in heights)
    for k, (n, h, label) in enumerate(zip(widths, heights, labels, strict=True)):
        ax.scatter(np.full(len(h), k), h, s=120, color="white", edgecolors=canvas.BLACK, zorder=3)
        told = f"{label}\n{n}" if n == len(h) else f"{label}\n{len(h)} of {n}"
        ax.text(k, low - 0.7, told, ha="center", va="top", fontsize=9)
    ax.set(xlim=(-0.5, len(named) + 0.5), ylim=(low - 2.2, -low + 0.7))
    ax.set_axis_off()
    return ax


def activations(model, x, bins=40, ax=None):
    """Draw how the outputs of each layer are distributed over rows, and which are saturated.

    Saturated are outputs of sigmoid, tanh and their like within 5 % of their range from a bound,
    where the gradient nearly vanishes. Of relu the share of zeros is told, and of units that are
    zero for all rows: dead ones.

    Parameters
    ----------
    model : Model or estimator
        Built, or fitted.
    x : array_like, shape (n, ...)
        Rows.
    bins : int
        Of each layer's histogram, 40 by default.
    ax : Axes, optional

    Returns
    -------
    Axes
        Layers from left to right, their outputs upward; a histogram is as wide as a layer's place,
        the label tells what is saturated.

    Raises
    ------
    TypeError, ValueError
        x does not fit the model, or there is no layer with weights or an activation.
    """
    model, bins = as_model(model), integer("bins", bins)
    x = arrays.inputs("x", x, model.input_shape[1:])
    outputs = _outputs(model, x)
    if not outputs:
        raise ValueError(f"model: got {model!r}, expected one with weights or activations")
    ax = canvas.axes(ax, (1.6 + 1.6 * len(outputs), 4.4))
    told = []
    for k, (layer, y) in enumerate(outputs):
        counts, edges = np.histogram(y, bins)
        ax.barh(
            edges[:-1], 0.8 * counts / counts.max(), np.diff(edges), k, align="edge",
            color=canvas.COLOURS[k % len(canvas.COLOURS)], edgecolor="white", linewidth=0.3,
        )  # fmt: skip
        name = layer.name if len(layer.name) < 16 else layer.name.replace("_", "_\n")
        told.append("\n".join([name, *_saturation(layer, y)]))
    ax.set_xticks(np.arange(len(outputs)) + 0.4, told, fontsize=9)
    ax.set_xlim(-0.1, len(outputs))
    canvas.dress(ax, None, "output")
    ax.set_title(f"outputs of each layer for {len(x)} rows", fontsize="medium")
    return ax


def _montage(images):
    """Images (n, height, width) as one array, NaN between them."""
    n, height, width = images.shape
    columns = math.ceil(math.sqrt(n))
    whole = np.full((-(-n // columns) * (height + 1) - 1, columns * (width + 1) - 1), np.nan)
    for k, image in enumerate(images):
        i, j = (k // columns) * (height + 1), (k % columns) * (width + 1)
        whole[i : i + height, j : j + width] = image
    return whole


def _outputs(model, x):
    """Layers with weights or an activation, and their outputs (n, units), by the engine."""
    given, links, found = Input(model.input_shape[1:], dtype=model.dtype), leaves(model.layers), []
    for k, (layer, shape) in enumerate(
        zip(links, shapes(given.row_shape, links)[1:], strict=True), start=1
    ):
        if layer.weight_names or hasattr(layer, "activation"):
            flatten = [Flatten()] if len(shape) > 1 else []
            copied = leaves(copy.deepcopy(model).layers)[:k]  # the model's are in no other
            part = Sequential([given, *copied, *flatten])
            found.append((layer, part.predict(x, verbose=0)))
    return found


def _saturation(layer, y):
    """What the label says of a layer's outputs, in lines."""
    name = getattr(getattr(layer, "activation", None), "__name__", None)
    if name in _BOUNDS:
        low, high = _BOUNDS[name]
        near = NEAR * (high - low)
        return [f"{np.mean((y < low + near) | (y > high - near)):.0%} saturated"]
    if name == "relu" or type(layer).__name__ == "ReLU":
        zero = y == 0
        return [f"{zero.mean():.0%} zero", f"{zero.all(axis=0).sum()} of {y.shape[1]} dead"]
    return []
