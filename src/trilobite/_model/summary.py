"""The table that `Sequential.summary` prints, laid out like Keras's."""

import re
from collections import namedtuple
from itertools import pairwise

from trilobite._checks.numbers import integer

_LENGTH = 76
_POSITIONS = [0.45, 0.8, 1.0]

Row = namedtuple("Row", "layer shape count")
Row.__doc__ = (
    """A layer, the shape of one row of its output, its number of weights; None: not known."""
)


def table(
    name, rows, not_trained=0, line_length=None, positions=None, trainable=False, layer_range=None
):
    """Lines of a box.

    Parameters
    ----------
    name : str
        Of the model.
    rows : list of Row
    not_trained : int
        How many of the weights are not moved against their gradient.
    line_length, positions, trainable, layer_range
        See `Sequential.summary`; `trainable` is its `show_trainable`.

    Returns
    -------
    str
    """
    header = ["Layer (type)", "Output Shape", "Param #"] + ["Trainable"] * trainable
    cells = [_cells(row, trainable) for row in _within(rows, layer_range)]
    widths = _widths(line_length, positions, trainable)
    widths = [max(w - 2, *map(len, c)) for w, *c in zip(widths, header, *cells, strict=True)]
    rule = _rule(widths, "├─┼┤")
    total = sum(row.count or 0 for row in rows)
    return "\n".join(
        [
            f'Model: "{name}"',
            _rule(widths, "┏━┳┓"),
            _row(header, widths, "┃"),
            _rule(widths, "┡━╇┩"),
            f"\n{rule}\n".join(_row(c, widths, "│") for c in cells),
            _rule(widths, "└─┴┘"),
            f" Total params: {total:,}",
            f" Trainable params: {total - not_trained:,}",
            f" Non-trainable params: {not_trained:,}",
        ]
    )


def _cells(row, trainable):
    layer, shape, count = row
    return [
        f"{layer.name} ({type(layer).__name__})",
        "?" if shape is None else f"({', '.join(['None', *map(str, shape)])})",
        "0 (unbuilt)" if count is None else f"{count:,}",
    ] + [("Y" if layer.trainable else "N") if count else "-"] * trainable


def _within(rows, layer_range):
    """The rows from the first to the last layer of a range."""
    if layer_range is None:
        return rows
    if not isinstance(layer_range, (list, tuple)) or len(layer_range) != 2:
        raise TypeError(f"layer_range: got {layer_range!r}, expected the names of two layers")
    found = [[i for i, row in enumerate(rows) if re.match(p, row.layer.name)] for p in layer_range]
    if not all(found) or found[0][0] > found[1][-1]:
        raise ValueError(f"layer_range: got {layer_range!r}, which no two layers of the model are")
    return rows[found[0][0] : found[1][-1] + 1]


def _widths(line_length, positions, trainable):
    """Widths of the columns, without the rules, as Keras's."""
    length = _LENGTH + 12 * trainable
    length = length if line_length is None else integer("line_length", line_length)
    positions = positions or _POSITIONS
    if trainable and len(positions) == 3:
        positions = [0.9 * share for share in positions] + [1.0]
    if len(positions) != 3 + trainable or sorted(positions) != list(positions):
        raise ValueError(
            f"positions: got {positions!r}, expected {3 + trainable} numbers in ascending order"
        )
    places = [int(share * length) for share in positions]
    rules = len(places) + 1  # which the columns make room for
    widths = []
    for columns_left, (start, end) in zip(
        range(len(places), 0, -1), pairwise([0, *places]), strict=True
    ):
        taken = round(rules / columns_left)
        widths.append(end - start - taken)
        rules -= taken
    return widths


def _rule(widths, box):
    left, line, cross, right = box
    return left + cross.join(line * (w + 2) for w in widths) + right


def _row(cells, widths, bar):
    """Numbers stand at the right, the rest at the left."""
    fields = [
        c.rjust(w) if i == 2 else c.ljust(w)
        for i, (c, w) in enumerate(zip(cells, widths, strict=True))
    ]
    return f"{bar} {f' {bar} '.join(fields)} {bar}"
