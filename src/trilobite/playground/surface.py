"""The cost around the present weights, along two directions, with the path of training."""

from trilobite.playground.limits import SURFACE_ROWS
from trilobite.plot.landscape import plane


def surface(trainer, points):
    """Costs of `points` times `points` weights of a trainer's model.

    Returns
    -------
    dict
        See docs/playground-protocol.md.
    """
    x, y = trainer.x[:SURFACE_ROWS], trainer.y[:SURFACE_ROWS]
    path = [*trainer.path, (trainer.epoch, trainer.model.get_weights())]
    _, axes, at, (a, b, costs) = plane(
        trainer.model, x, y, n=points, path=[weights for _, weights in path]
    )
    of = f"the first {len(x):,} training rows" if len(trainer.x) > len(x) else "all training rows"
    return {
        "a": a.tolist(),
        "b": b.tolist(),
        "costs": costs.tolist(),
        "path": [[*place, epoch] for place, (epoch, _) in zip(at.tolist(), path, strict=True)],
        "here": at[-1].tolist(),
        "directions": f"across: {axes[0].label}; up: {axes[1].label}; the cost of {of}",
    }
