"""What the tools of `trilobite.tuning` found."""

import numpy as np

from trilobite.plot import canvas


def learning_rate_range(result, ax=None):
    """Draw the cost over the learning rate of a range test, the suggestion marked.

    Parameters
    ----------
    result
        What `trilobite.tuning.learning_rate_range` returned.
    ax : Axes, optional

    Returns
    -------
    Axes
        The title is the reason of the suggestion.

    Raises
    ------
    TypeError
        The result is none of that.
    """
    _has("learning_rate_range", result, "rates", "costs", "suggestion", "reason", "diverged_at")
    ax = canvas.axes(ax)
    rates, costs = np.asarray(result.rates, float), np.asarray(result.costs, float)
    canvas.line(ax, rates, costs, 0, "cost, smoothed", marker=None)
    if result.suggestion is not None:
        label = f"suggestion: {result.suggestion:.3g}"
        ax.axvline(result.suggestion, color=canvas.GREEN, linestyle="--", label=label)
    if result.diverged_at is not None:
        label = f"diverged at {result.diverged_at:.3g}"
        ax.axvline(result.diverged_at, color=canvas.VERMILION, linestyle=":", label=label)
    finite = costs[np.isfinite(costs)]
    if len(finite):  # what diverges would press the rest flat
        low, first = finite.min(), finite[0]
        ax.set_ylim(low - 0.1 * (first - low or 1), first + 0.5 * (first - low or 1))
    ax.set_xscale("log")
    ax.legend(frameon=False)
    canvas.dress(ax, "learning rate", "cost", result.reason)
    return ax


def batch_size(result, ax=None):
    """Draw rows per second over the batch size; below it memory, and the time to a target cost.

    Parameters
    ----------
    result
        What `trilobite.tuning.batch_size` returned.
    ax : Axes, optional

    Returns
    -------
    Axes
        That of the rows per second.

    Raises
    ------
    TypeError
        The result is none of that.
    """
    _has("batch_size", result, "table", "suggestion")
    sizes, speeds, memory = (
        [_cell(row, name) for row in result.table]
        for name in ("batch_size", "rows_per_second", "bytes")
    )
    target = getattr(result, "target", None)
    ax = canvas.axes(ax, (6.4, 4.8 if target is None else 6.0))
    panels = [ax, *canvas.split(ax, [2, 1] if target is None else [2, 1, 1], sharex=ax)]
    canvas.line(ax, sizes, speeds, 0, "rows per second", markevery=1)
    canvas.line(panels[1], sizes, np.asarray(memory, float) / 2**20, 1, "memory", markevery=1)
    canvas.dress(panels[1], None, "MiB")
    panels[1].set_yscale("log", base=2)
    panels[1].yaxis.set_major_formatter("{x:.3g}")
    if target is not None:
        seconds = [_cell(row, "seconds") for row in result.table]
        canvas.line(panels[2], sizes, seconds, 2, "time to the target", markevery=1)
        canvas.dress(panels[2], None, f"seconds to a\ncost of {target:.3g}")
        panels[2].set_ylim(bottom=0)
    for panel in panels:
        label = f"suggestion: {result.suggestion}" if panel is ax else None
        panel.axvline(result.suggestion, color=canvas.GREEN, linestyle="--", label=label)
    ax.set_xscale("log", base=2)
    ax.set_xticks(sizes, sizes)
    ax.minorticks_off()
    ax.set_ylim(bottom=0)
    for panel in panels[:-1]:
        panel.tick_params(labelbottom=False)
    panels[-1].set_xlabel("batch size")
    ax.legend(frameon=False)
    canvas.dress(ax, None, "rows per second", getattr(result, "reason", None))
    return ax


def gradient_noise(result, ax=None):
    """Draw the spread of mini-batch gradients about the full one over the batch size.

    Parameters
    ----------
    result
        What `trilobite.tuning.gradient_noise` returned.
    ax : Axes, optional

    Returns
    -------
    Axes
        Both axes are logarithmic; a second line is the law for rows drawn without replacement,
        nearly ``1 / sqrt(batch size)``.

    Raises
    ------
    TypeError
        The result is none of that.
    """
    _has("gradient_noise", result, "table")
    sizes, noise, law = (
        np.array([_cell(row, name) for row in result.table], float)
        for name in ("batch_size", "noise", "law")
    )
    ax = canvas.axes(ax)
    from matplotlib.ticker import LogLocator

    canvas.line(ax, sizes, noise, 0, "measured", linestyle="", markevery=1)
    canvas.line(ax, sizes, law, 1, "law, nearly 1 / sqrt(batch size)", marker=None)
    ax.set_xscale("log", base=2)
    ax.set_yscale("log")
    ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    ax.yaxis.set_major_formatter("{x:g}")
    ax.set_xticks(sizes, [f"{size:g}" for size in sizes])
    ax.minorticks_off()
    ax.legend(frameon=False)
    title = getattr(result, "reason", None)
    canvas.dress(ax, "batch size", "noise over length of the gradient", title)
    return ax


def _has(tool, result, *names):
    """Raise TypeError unless the result has these attributes."""
    if missing := [name for name in names if not hasattr(result, name)]:
        raise TypeError(
            f"result: got a {type(result).__name__} without {missing[0]!r}, expected what "
            f"trilobite.tuning.{tool} returns"
        )


def _cell(row, name):
    """Of a row of a table, a dict or an object."""
    return row[name] if isinstance(row, dict) else getattr(row, name)
