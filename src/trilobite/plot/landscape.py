"""The cost as a function of the weights: along a line, over a plane, with the path of training."""

import numpy as np

from trilobite._checks.numbers import integer, real
from trilobite.plot import canvas
from trilobite.plot import path as ways
from trilobite.plot.costs import cost_at


def cost_line(model, x, y, direction=None, span=None, n=101, path=None, seed=0, ax=None):
    """Draw the cost along one parameter, or along a direction.

    Parameters
    ----------
    model : Model or estimator
        A model built and compiled, the cost is the loss of `evaluate`; or a fitted multilayer
        perceptron of trilobite.sklearn or scikit-learn, the cost is what `fit` minimises, over all
        rows, with the penalty. It stays as it is.
    x, y : array_like
        Rows that the cost is of.
    direction : "pca", tuple of int, or list of array_like, optional
        ``(0, 3, 5)`` is parameter [3, 5] of array 0 of `get_weights`, and the axis shows its
        value. A list shaped as `get_weights` is a direction, the axis shows how many times it is
        added. An estimator's arrays are ``[w, b, w, b, ...]``. "pca", the default with a path, is
        the direction in which the path of the weights that are trained spreads most; without a
        path, or one that stays where it is, a random one, filter-normalised (Li et al., 2018).
    span : (float, float), optional
        From where to where. By default what the path needs and some more, or 1 to both sides.
    n : int
        Values of the cost, 101 by default.
    path : Path or list of list of array, optional
        Weights during training, drawn with their own costs.
    seed : int
        Of the random direction.
    ax : Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    TypeError, ValueError
        The model is none or not compiled, a direction or the path does not fit its weights.
    """
    land = _Landscape(model, x, y, path)
    (axis,) = land.directions("direction", direction, 1, seed)
    n = integer("n", n, least=2)
    at = None if land.path is None else land.project([axis])[:, 0]
    t = np.linspace(*_span("span", span, axis, at), n)
    ax = canvas.axes(ax)
    canvas.line(ax, t, [land.cost([axis], [value]) for value in t], 0, "cost", marker=None)
    if at is None:
        ax.plot(
            axis.start, land.cost([axis], [axis.start]), "o", color=canvas.VERMILION, label="here"
        )
    else:
        costs = [land.cost_at(point) for point in land.path]
        canvas.line(
            ax,
            at,
            costs,
            1,
            "path of training",
            color=canvas.VERMILION,
            markevery=1,
            linestyle=":",
            markersize=3,
        )
        _ends(ax, at, costs)
    ax.legend(frameon=False)
    canvas.dress(ax, axis.label, "cost")
    return ax


def cost_contour(
    model, x, y, directions=None, span=None, n=31, path=None, log=False, seed=0, ax=None
):
    """Draw the cost over two directions as a map.

    Parameters
    ----------
    model, x, y, path, seed, ax
        As in `cost_line`. The path is projected on the plane of the directions.
    directions : "pca" or pair, optional
        Two of what `cost_line` takes for one; "pca", the default with a path, the two in which the
        path of the weights that are trained spreads most. Random ones without a path, and where it
        does not spread in two.
    span : pair of (float, float), optional
        From where to where in each direction.
    n : int
        Values in each direction, 31 by default; `evaluate` runs for each of the n * n.
    log : bool
        Whether the levels are evenly spaced in the logarithm of the cost.

    Returns
    -------
    Axes

    Raises
    ------
    TypeError, ValueError
        As of `cost_line`; or the directions are one, or the path has too few for "pca".
    """
    land, axes, at, (u, v, costs) = plane(model, x, y, directions, span, n, path, seed)
    levels = _levels(costs, log)
    ax = canvas.axes(ax)
    from matplotlib.colors import LogNorm

    norm = LogNorm(levels[0], levels[-1]) if log else None
    shade = ax.contourf(u, v, costs, levels, cmap="cividis", norm=norm)
    ax.contour(u, v, costs, levels, colors=canvas.BLACK, linewidths=0.4)
    canvas.colour_bar(ax, shade, levels, log, "cost")
    if at is None:
        ax.plot(*[axis.start for axis in axes], "o", color=canvas.VERMILION, label="here")
    else:
        canvas.line(
            ax,
            *at.T,
            1,
            "path of training",
            color=canvas.VERMILION,
            linestyle="-",
            markevery=1,
            markersize=2.5,
        )
        _ends(ax, *at.T)
    ax.set(xlim=(u[0], u[-1]), ylim=(v[0], v[-1]))
    ax.legend(framealpha=0.9, fontsize="small")
    canvas.dress(ax, axes[0].label, axes[1].label)
    ax.grid(False)
    return ax


def cost_surface(
    model, x, y, directions=None, span=None, n=31, path=None, log=False, seed=0, ax=None
):
    """Draw the cost over two directions as a surface.

    Parameters
    ----------
    model, x, y, directions, span, n, path, seed
        As in `cost_contour`. The path lies at its own costs, which are those of the surface where
        the weights have two parameters.
    log : bool
        Whether the height is the logarithm of the cost, to base 10.
    ax : Axes3D, optional

    Returns
    -------
    Axes3D

    Raises
    ------
    TypeError, ValueError
        As of `cost_contour`.
    """
    land, axes, at, (u, v, costs) = plane(model, x, y, directions, span, n, path, seed)
    _levels(costs, log)
    height = np.log10 if log else np.asarray
    ax = canvas.axes(ax, (6.4, 5.2), "3d")
    grid = np.meshgrid(u, v)
    ax.plot_surface(
        *grid, height(costs), cmap="cividis", alpha=0.85, linewidth=0, rcount=n, ccount=n
    )
    if at is not None:
        z = height(np.array([land.cost_at(point) for point in land.path]))
        ax.plot(*at.T, z, color=canvas.VERMILION, marker="o", markersize=2.5, zorder=10)
    for name, axis in zip("xy", axes, strict=True):
        ax.set(**{f"{name}label": axis.label.replace(" (", "\n(")})
    ax.set_zlabel("log10 of the cost" if log else "cost")
    ax.xaxis.labelpad = ax.yaxis.labelpad = ax.zaxis.labelpad = 8
    ax.set_box_aspect(None, zoom=0.84)
    return ax


class _Landscape:
    """The cost at any weights of a model, and the path."""

    def __init__(self, model, x, y, path):
        self.cost_of = cost_at(model, x, y)
        self.origin = ways.flat(self.cost_of.weights)
        self.path = ways.points(path, self.cost_of.weights)

    def directions(self, argument, given, n, seed):
        """The `n` directions that are given, those of the path, or random ones."""
        rng = np.random.default_rng(integer("seed", seed, least=0))
        by_path = isinstance(given, str) and given == "pca"
        if by_path or given is None:
            found = ways.principal(self.path, ways.flat(self.cost_of.trained), n)
            if by_path and len(found) < n:
                points = 0 if self.path is None else len(self.path)
                raise ValueError(
                    f"path: got {points} points in {len(found)} dimensions, expected a path in {n} "
                    f"or more for {argument}='pca'"
                )
            given = [None] * (n - len(found))
        else:
            found, given = [], [given] if n == 1 else given
            if not isinstance(given, (list, tuple)) or len(given) != n:
                raise TypeError(f"{argument}: got {given!r}, expected 'pca' or two directions")
        return found + [ways.chosen(argument, each, self.cost_of.weights, rng) for each in given]

    def cost_at(self, point):
        """The cost at flat weights, NaN where there is none."""
        weights = self.cost_of.weights
        ends = np.cumsum([w.size for w in weights])[:-1]
        parts = zip(np.split(point, ends), weights, strict=True)
        with np.errstate(over="ignore"):  # beyond float32: no finite cost
            moved = [part.reshape(w.shape).astype(w.dtype) for part, w in parts]
        cost = self.cost_of.at(moved)
        return cost if np.isfinite(cost) else np.nan

    def cost(self, axes, at):
        """The cost at coordinates along directions."""
        moved = sum((t - axis.start) * axis.vector for axis, t in zip(axes, at, strict=True))
        return self.cost_at(self.origin + moved)

    def project(self, axes):
        """Coordinates of the path."""
        return ways.project(self.path, self.origin, axes)


def plane(model, x, y, directions=None, span=None, n=31, path=None, seed=0):
    """What `cost_contour` draws: nothing is drawn here.

    Returns
    -------
    _Landscape
    list of Direction
    ndarray, shape (points, 2), or None
        Coordinates of the path.
    (u, v, costs)
        Coordinates along the two directions, and a masked array (n, n): a row for each of v.
    """
    land, n = _Landscape(model, x, y, path), integer("n", n, least=2)
    axes = land.directions("directions", directions, 2, seed)
    if np.linalg.matrix_rank(np.array([axis.vector for axis in axes])) < 2:
        raise ValueError("directions: got two that are one, expected two that differ")
    at = None if land.path is None else land.project(axes)
    spans = (None, None) if span is None else span
    if not isinstance(spans, (list, tuple)) or len(spans) != 2:
        raise TypeError(f"span: got {span!r}, expected ((low, high), (low, high))")
    u, v = (
        np.linspace(*_span("span", given, axis, None if at is None else at[:, k]), n)
        for k, (given, axis) in enumerate(zip(spans, axes, strict=True))
    )
    costs = np.array([[land.cost(axes, (s, t)) for s in u] for t in v])
    return land, axes, at, (u, v, np.ma.masked_invalid(costs))


def _span(argument, given, axis, at):
    """Ends of an axis: those given, or around the path and the model's weights."""
    if given is not None:
        if not isinstance(given, (list, tuple)) or len(given) != 2:
            raise TypeError(f"{argument}: got {given!r}, expected (low, high)")
        low, high = (real(argument, end) for end in given)
        if not low < high:
            raise ValueError(f"{argument}: got {given}, expected (low, high) with low < high")
        return low, high
    if at is None:
        return axis.start - 1.0, axis.start + 1.0
    low, high = min(axis.start, at.min()), max(axis.start, at.max())
    more = 0.2 * (high - low) or 1.0
    return low - more, high + more


def _levels(costs, log):
    """Of a map with 16 bands."""
    if not costs.count():
        raise ValueError("span: got no finite cost anywhere, expected weights where there is one")
    low, high = float(costs.min()), float(costs.max())
    if log and low <= 0:
        raise ValueError(f"log: got costs from {low:g}, expected positive ones")
    if log:
        return np.geomspace(low, max(high, low * (1 + 1e-6)), 17)
    return np.linspace(low, max(high, low + 1e-9 * max(1.0, abs(low))), 17)


def _ends(ax, x, y):
    """Mark where a path begins and where it ends."""
    ends = (("s", "start"), (0, canvas.SKY)), (("*", "end"), (-1, canvas.ORANGE))
    for (marker, label), (k, colour) in ends:
        ax.plot(
            x[k], y[k], marker, color=colour, markeredgecolor=canvas.BLACK, markersize=9,
            label=label, zorder=5,
        )  # fmt: skip
