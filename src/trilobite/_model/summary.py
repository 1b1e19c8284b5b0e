"""The table that `Sequential.summary` prints, laid out like Keras's."""

_WIDTHS = (33, 24, 15)


def table(name, rows, not_trained=0):
    """Lines of a box.

    Parameters
    ----------
    name : str
        Of the model.
    rows : list of (str, tuple of int or None, int or None)
        Layer, shape of one row of its output and number of weights; None if not known yet.
    not_trained : int
        How many of the weights are not moved against their gradient.

    Returns
    -------
    str
    """
    cells = [
        (
            layer,
            "?" if shape is None else f"({', '.join(['None', *map(str, shape)])})",
            "0 (unbuilt)" if count is None else f"{count:,}",
        )
        for layer, shape, count in rows
    ]
    header = ("Layer (type)", "Output Shape", "Param #")
    widths = [max(w - 2, *map(len, c)) for w, *c in zip(_WIDTHS, header, *cells, strict=True)]
    rule = _rule(widths, "├─┼┤")
    total = sum(count or 0 for _, _, count in rows)
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


def _rule(widths, box):
    left, line, cross, right = box
    return left + cross.join(line * (w + 2) for w in widths) + right


def _row(cells, widths, bar):
    layer, shape, count = cells
    fields = layer.ljust(widths[0]), shape.ljust(widths[1]), count.rjust(widths[2])
    return f"{bar} {f' {bar} '.join(fields)} {bar}"
