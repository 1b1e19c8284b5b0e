"""The cost as a function of the weights: along a line, over a plane, with the path of training."""

import copy

import numpy as np

from trilobite._checks.numbers import integer, real
from trilobite.models import Model
from trilobite.plot import canvas
from trilobite.plot import path as ways


def cost_line(model, x, y, direction=None, span=None, n=101, path=None, seed=0, ax=None):
    """Draw the cost along one parameter, or along a direction.

    Parameters
    ----------
    model : Model
        Built and compiled; it stays as it is. The cost is the loss of `evaluate`.
    x, y : array_like
        Rows that the cost is of.
    direction : tuple of int, or list of array_like, optional
        ``(0, 3, 5)`` is parameter [3, 5] of array 0 of `get_weights`, and the axis shows its
        value. A list shaped as `get_weights` is a direction, the axis shows how many times it is
        added. By default a random direction, filter-normalised (Li et al., 2018).
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
    axis = ways.chosen("direction", direction, land.weights, _generator(seed))
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
        Two of what `cost_line` takes for one; "pca" the two in which the path of the weights that
        are trained spreads most. By default random ones, filter-normalised.
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
        As of `cost_line`; or the directions are one, or the path has too few points for "pca".
    """
    land, axes, at, (u, v, costs) = _plane(model, x, y, directions, span, n, path, seed)
    levels = _levels(costs, log)
    ax = canvas.axes(ax)
    from matplotlib.colors import LogNorm

    norm = LogNorm(levels[0], levels[-1]) if log else None
    shade = ax.contourf(u, v, costs, levels, cmap="cividis", norm=norm)
    ax.contour(u, v, costs, levels, colors=canvas.BLACK, linewidths=0.4)
    ax.figure.colorbar(shade, ax=ax, label="cost", format="%.3g")
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
    land, axes, at, (u, v, costs) = _plane(model, x, y, directions, span, n, path, seed)
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
    """The cost at any weights of a model, computed on a copy of it."""

    def __init__(self, model, x, y, path):
        if not isinstance(model, Model):
            kind = type(model).__name__
            raise TypeError(f"model: got {model!r} ({kind}), expected a Model of trilobite")
        if not model.built or model.optimizer is None:
            raise ValueError(f"model: got {model!r}, expected one that is built and compiled")
        self.model, self.data = copy.deepcopy(model), (x, y)
        self.weights = model.get_weights()
        self.origin = ways.flat(self.weights)
        self.path = ways.points(path, self.weights)
        trained = [np.full(v.shape, moved) for v, moved in model.variables_trained()]
        self.trained = ways.flat(trained)  # not moving statistics, which may not be any numbers

    def cost_at(self, point):
        """The cost at flat weights, NaN where there is none."""
        ends = np.cumsum([w.size for w in self.weights])[:-1]
        parts = zip(np.split(point, ends), self.weights, strict=True)
        with np.errstate(over="ignore"):  # beyond float32: no finite cost
            moved = [part.reshape(w.shape).astype(w.dtype) for part, w in parts]
        self.model.set_weights(moved)
        cost = self.model.evaluate(*self.data, verbose=0, return_dict=True)["loss"]
        return cost if np.isfinite(cost) else np.nan

    def cost(self, axes, at):
        """The cost at coordinates along directions."""
        moved = sum((t - axis.start) * axis.vector for axis, t in zip(axes, at, strict=True))
        return self.cost_at(self.origin + moved)

    def project(self, axes):
        """Coordinates of the path."""
        return ways.project(self.path, self.origin, axes)


def _plane(model, x, y, directions, span, n, path, seed):
    """Landscape, directions, coordinates of the path, and those of a grid with its costs."""
    land, rng, n = _Landscape(model, x, y, path), _generator(seed), integer("n", n, least=2)
    if isinstance(directions, str) and directions == "pca":
        axes = ways.principal(land.path, land.trained)
    else:
        given = (None, None) if directions is None else directions
        if not isinstance(given, (list, tuple)) or len(given) != 2:
            raise TypeError(f"directions: got {directions!r}, expected 'pca' or two directions")
        axes = [ways.chosen("directions", each, land.weights, rng) for each in given]
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


def _generator(seed):
    return np.random.default_rng(integer("seed", seed, least=0))


def _levels(costs, log):
    """Of a map with 16 bands."""
    if not costs.count():
        raise ValueError("span: got no finite cost anywhere, expected weights where there is one")
    low, high = float(costs.min()), float(costs.max())
    if log and low <= 0:
        raise ValueError(f"log: got costs from {low:g}, expected positive ones")
    if log:
        return np.geomspace(low, max(high, low * 1.001), 17)
    return np.linspace(low, max(high, low + 1e-9), 17)


def _ends(ax, x, y):
    """Mark where a path begins and where it ends."""
    ends = (("s", "start"), (0, canvas.SKY)), (("*", "end"), (-1, canvas.ORANGE))
    for (marker, label), (k, colour) in ends:
        ax.plot(
            x[k], y[k], marker, color=colour, markeredgecolor=canvas.BLACK, markersize=9,
            label=label, zorder=5,
        )  # fmt: skip
