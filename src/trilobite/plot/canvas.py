"""Where pictures are drawn, and in which colours."""

import sys

# Okabe and Ito, "Color Universal Design" (2008); yellow, which is pale in print, is left out.
BLACK, ORANGE, SKY, GREEN = "#000000", "#E69F00", "#56B4E9", "#009E73"
BLUE, VERMILION, PURPLE, GREY = "#0072B2", "#D55E00", "#CC79A7", "#999999"
# Each differs from the one before it in lightness, too, which print in black keeps.
COLOURS = (BLUE, ORANGE, BLACK, PURPLE, VERMILION, SKY, GREEN)
MARKERS = "os^Dv<P"
STYLES = ("-", "--", "-.", ":")


def matplotlib():
    """The package, imported when it is first needed."""
    try:
        import matplotlib
    except ImportError:
        raise ImportError(
            "trilobite.plot needs matplotlib: pip install 'trilobite[plot]'"
        ) from None
    return matplotlib


def axes(ax=None, size=(6.4, 4.4), projection=None):
    """`ax`, or the Axes of a new figure of `size` (inches).

    Parameters
    ----------
    ax : Axes, optional
    size : (float, float)
    projection : {None, "3d"}
        What the Axes must be.
    """
    matplotlib()
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    if ax is None:
        pyplot = sys.modules.get("matplotlib.pyplot")
        figure = (pyplot.figure if pyplot else Figure)(figsize=size, layout="constrained")
        return figure.add_subplot(projection=projection)
    if not isinstance(ax, Axes):
        raise TypeError(f"ax: got {ax!r} ({type(ax).__name__}), expected an Axes of matplotlib")
    if (ax.name == "3d") != (projection == "3d"):
        expected = "projection='3d'" if projection else "a plane one"
        raise ValueError(f"ax: got an Axes of projection {ax.name!r}, expected {expected}")
    return ax


def split(ax, ratios, beside=False, **shared):
    """Give `ax` the first part of its place, and new Axes the others, below or beside it.

    Parameters
    ----------
    ax : Axes
    ratios : list of float
        Heights or widths of the parts.
    beside : bool
    **shared
        `sharex` of the new Axes.

    Returns
    -------
    list of Axes
        The new ones.
    """
    figure, spec, n = ax.figure, ax.get_subplotspec(), len(ratios)
    if spec is None:  # placed by hand
        from matplotlib.gridspec import GridSpec

        box = ax.get_position()
        inside = {"left": box.x0, "right": box.x1, "bottom": box.y0, "top": box.y1}
        shape = {"width_ratios": ratios} if beside else {"height_ratios": ratios}
        parts = GridSpec(*((1, n) if beside else (n, 1)), figure, **inside, **shape)
    elif beside:
        parts = spec.subgridspec(1, n, width_ratios=ratios)
    else:
        parts = spec.subgridspec(n, 1, height_ratios=ratios)
    ax.set_subplotspec(parts[0])
    return [figure.add_subplot(parts[k], **shared) for k in range(1, n)]


def line(ax, x, y, number, label, **options):
    """Draw the points that are finite as line `number` of a picture: colour, style and marker."""
    import numpy as np

    x, y = np.asarray(x, float), np.asarray(y, float)
    finite = np.isfinite(x) & np.isfinite(y)
    given = {
        "color": COLOURS[number % len(COLOURS)],
        "linestyle": STYLES[number % len(STYLES)],
        "marker": MARKERS[number % len(MARKERS)],
        "markersize": 4,
        "markevery": max(1, int(finite.sum()) // 12),
        "label": label,
    }
    return ax.plot(x[finite], y[finite], **given | options)[0]


def colour_bar(ax, shades, levels, log, label):
    """Beside a map of `levels`, with round numbers that differ from each other."""
    from matplotlib.ticker import LogLocator, MaxNLocator, ScalarFormatter

    ticks, texts = MaxNLocator(8), ScalarFormatter()
    if log and levels[-1] > 10 * levels[0]:
        steps = (1, 2, 5) if levels[-1] < 1000 * levels[0] else (1,)
        ticks, texts = LogLocator(subs=steps, numticks=9), "{x:g}"
    bar = ax.figure.colorbar(shades, ax=ax, label=label, ticks=ticks, format=texts)
    bar.ax.minorticks_off()


def dress(ax, x=None, y=None, title=None):
    """Labels of the axes, the title in lines of a readable length, and a light grid."""
    ax.grid(True, color=GREY, alpha=0.3, linewidth=0.6)
    ax.set_axisbelow(True)
    if x is not None:
        ax.set_xlabel(x)
    if y is not None:
        ax.set_ylabel(y)
    if title:
        import textwrap

        ax.set_title(textwrap.fill(title, 72), fontsize="medium")
