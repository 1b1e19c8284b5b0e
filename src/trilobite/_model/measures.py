"""What a compiled model measures: the loss and the metrics, and their names in the history."""

from trilobite._model import results


class Measures:
    """Loss and metrics of a network, which is compiled for them.

    Parameters
    ----------
    net : Network of the engine
    loss : Loss
    metrics, weighted_metrics : list of Metric
        Those without and those with weights of rows.

    Attributes
    ----------
    names : tuple of str
        Of the results, "loss" first.
    directions : dict of str
        Which is better of each metric by name, "max" or "min".

    Raises
    ------
    ValueError
        The loss or a metric does not go with the outputs of the network or with each other.
    """

    def __init__(self, net, loss, metrics, weighted_metrics):
        if net.n_out < loss.least_outputs:
            raise ValueError(
                f"loss: got {loss.formula!r} for a model with one output, expected at least two "
                "outputs; for yes or no use 'binary_crossentropy'"
            )
        given = [(m, False) for m in metrics] + [(m, True) for m in weighted_metrics]
        resolved = [(resolve(m, loss, net.n_out), m.name, weighted) for m, weighted in given]
        plans = [_plan(metric, weighted) for metric, _, weighted in resolved]
        net.compile(loss.formula, plans, loss.from_logits, loss.label_smoothing, loss.delta)
        self.names = ("loss", *_unique([(name, weighted) for _, name, weighted in resolved]))
        self._parts, start = [], 2
        for (metric, *_), size in zip(resolved, net.sizes, strict=True):
            self._parts.append((metric, slice(start, start + size)))
            start += size
        self.n_totals = start
        directions = [metric.direction for metric, *_ in resolved]
        self.directions = dict(zip(self.names[1:], directions, strict=True))

    def loss(self, totals):
        """The loss alone, a float."""
        return results.ratio(totals[0], totals[1])

    def results(self, totals):
        """Loss and metrics by name, floats, from the engine's totals over rows."""
        values = (metric.of_totals(totals[part]) for metric, part in self._parts)
        return dict(zip(self.names, (self.loss(totals), *values), strict=True))


def resolve(metric, loss, n_out):
    """The metric that `metric` means, if it goes with the loss's kind of targets."""
    meant = metric.resolve(loss, n_out)
    if meant.is_array:
        raise ValueError(
            f"metrics: got {metric.name!r}, which is an array of numbers, expected one number for "
            "the history: of one threshold, or with an average"
        )
    if loss.class_indices != meant.class_indices:
        targets = "class indices" if loss.class_indices else f"targets of width {n_out}"
        raise ValueError(
            f"metrics: got {metric.name!r}, which does not go with {targets} "
            f"(loss {loss.formula!r}), expected 'accuracy' or a metric of such targets"
        )
    return meant


def _plan(metric, weighted):
    """What the engine is to sum up, with its prefix for metrics in which weights of rows count."""
    plan = metric.plan()
    if not weighted:
        return plan
    name, *number = (plan,) if isinstance(plan, str) else plan
    return (f"weighted:{name}", *number) if number else f"weighted:{name}"


def _unique(named):
    """Keras's names: the second "mse" is "mse_1", or "weighted_mse" among the weighted metrics."""
    names, times = [], {}
    for name, weighted in named:
        if weighted and name in times:
            name = f"weighted_{name}"
        count = times[name] = times.get(name, -1) + 1
        names.append(f"{name}_{count}" if count else name)
    return names
