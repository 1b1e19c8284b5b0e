"""What a classifier takes for what."""

import numpy as np

from trilobite._checks import arrays
from trilobite._checks.numbers import integer
from trilobite.plot import canvas
from trilobite.plot.faces import Decided, labels, places


def decision_boundary(model, x, y=None, n=200, ax=None):
    """Draw which class a model sees where in the plane, and rows with their classes.

    Parameters
    ----------
    model : Model or classifier
        Of two inputs: trilobite's, where one output is class 1 above 0.5 (above 0 for a loss from
        logits and for targets -1 and 1), or any fitted classifier of scikit-learn's kind.
    x : array_like, shape (n, 2)
        Rows, which also say what part of the plane is drawn.
    y : array_like, optional
        Classes (n,) or one-hot (n, classes). Rows that the model takes for another are ringed, and
        the title counts them.
    n : int
        Points in each direction at which the model is asked, 200 by default.
    ax : Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    TypeError, ValueError
        The model is no classifier, x has not two columns, y does not fit.
    """
    given = x  # a DataFrame's names of columns, if it has some
    x, n = arrays.array("x", x), integer("n", n, least=2)
    if x.ndim != 2 or x.shape[1] != 2:
        raise ValueError(f"x: got shape {x.shape}, expected (n, 2), points in a plane")
    targets = None if y is None else labels(y, len(x))
    more = 0.08 * np.ptp(x, axis=0).max() or 1.0
    axes = [
        np.linspace(low - more, high + more, n)
        for low, high in zip(x.min(axis=0), x.max(axis=0), strict=True)
    ]
    grid = np.stack(np.meshgrid(*axes), axis=-1).reshape(-1, 2)
    kind = x.dtype if x.dtype.kind == "f" else np.float64
    seen = Decided(model, _as(given, grid.astype(kind)), targets)
    at = None if y is None else places("y", targets, seen.classes)
    ax = canvas.axes(ax)
    area = seen.predicted.reshape(n, n)
    colours = [canvas.COLOURS[k % len(canvas.COLOURS)] for k in range(len(seen.classes))]
    bounds = np.arange(len(seen.classes) + 1) - 0.5
    ax.contourf(*axes, area, bounds, colors=colours, alpha=0.25)
    for k in range(len(seen.classes)):  # each boundary once
        if 0 < (inside := area == k).sum() < area.size:
            ax.contour(*axes, inside, [0.5], colors=canvas.BLACK, linewidths=0.8)
    if at is not None:
        for k, label in enumerate(seen.classes):
            marker = canvas.MARKERS[k % len(canvas.MARKERS)]
            ax.scatter(
                *x[at == k].T, s=16, marker=marker, color=colours[k], edgecolors=canvas.BLACK,
                linewidths=0.4, label=f"class {label}",
            )  # fmt: skip
        wrong = x[Decided(model, given, targets).predicted != at]
        if len(wrong):
            ax.scatter(*wrong.T, s=70, facecolors="none", edgecolors=canvas.BLACK, label="wrong")
        ax.legend(framealpha=0.9, fontsize="small")
        ax.set_title(f"{len(wrong)} of {len(x)} rows wrong", fontsize="medium")
    names = list(given.columns) if hasattr(given, "columns") else ["x[0]", "x[1]"]
    ax.set(xlabel=names[0], ylabel=names[1])
    return ax


def confusion_matrix(model, x, y, worst=5, ax=None):
    """Draw how many rows of each class are taken for which, and the worst mistakes beside it.

    Parameters
    ----------
    model : Model or classifier
        As in `decision_boundary`.
    x : array_like, shape (n, ...)
        Rows of three dimensions are shown as images, others are told by their numbers.
    y : array_like
        Classes (n,) or one-hot (n, classes).
    worst : int
        Mistakes to show: those where the output of the predicted class exceeds that of the right
        one by most (without outputs, the first). 0: none.
    ax : Axes, optional

    Returns
    -------
    Axes
        That of the matrix: rows are the classes, columns what they are taken for. The mistakes
        have Axes of their own, the last ones of ``ax.figure.axes``.

    Raises
    ------
    TypeError, ValueError
        The model is no classifier, y does not fit.
    """
    rows, worst = arrays.array("x", x), integer("worst", worst, least=0)
    targets = labels(y, len(rows))
    seen = Decided(model, x, targets)
    at, n = places("y", targets, seen.classes), len(seen.classes)
    counts = np.zeros((n, n), int)
    np.add.at(counts, (at, seen.predicted), 1)
    mistakes = _worst(seen, at)[:worst]
    ax = canvas.axes(ax, (7.6 if len(mistakes) else 5.6, 4.8))
    if len(mistakes):
        _show(canvas.split(ax, [4, 1], beside=True)[0], rows, at, seen, mistakes)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    ax.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for (i, j), count in np.ndenumerate(counts):
        colour = "white" if shares[i, j] > 0.5 else "black"
        if count:
            ax.text(j, i, str(count), ha="center", va="center", color=colour, fontsize=8)
    ax.set_xticks(range(n), seen.classes, rotation=0 if n <= 12 else 90)
    ax.set_yticks(range(n), seen.classes)
    ax.set(xlabel="taken for", ylabel="class")
    right = int(np.trace(counts))
    title = f"{right} of {len(at)} rows right ({right / len(at):.1%})"
    ax.set_title(title, fontsize="medium")
    return ax


def _as(given, rows):
    """Rows as a DataFrame with the columns of the one given, if it was one."""
    return type(given)(rows, columns=given.columns) if hasattr(given, "columns") else rows


def _worst(seen, at):
    """Numbers of the rows that are taken for another class, the worst first."""
    wrong = np.flatnonzero(seen.predicted != at)
    if seen.scores is None:
        return wrong
    by = seen.scores[wrong, seen.predicted[wrong]] - seen.scores[wrong, at[wrong]]
    return wrong[np.argsort(-by, kind="stable")]


def _show(ax, rows, at, seen, mistakes):
    """The mistakes, one below the other: pictures where rows are images."""
    ax.set_axis_off()
    ax.set_title("worst mistakes", fontsize="small")
    texts = [
        f"row {row}: {seen.classes[at[row]]} taken for {seen.classes[seen.predicted[row]]}"
        for row in mistakes
    ]
    if rows.ndim != 3:
        for k, text in enumerate(texts):
            ax.text(0, 0.95 - 0.08 * k, text, transform=ax.transAxes, fontsize=8, va="top")
        return
    n = len(mistakes)
    high = 1 / max(n, 3)
    for k, (row, text) in enumerate(zip(mistakes, texts, strict=True)):
        inset = ax.inset_axes([0, 1 - (k + 1) * high, 1, 0.74 * high])
        inset.imshow(rows[row], cmap="gray_r")
        inset.set_title(text, fontsize=7, pad=2)
        inset.set(xticks=[], yticks=[])
