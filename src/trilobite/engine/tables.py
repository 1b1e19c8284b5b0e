"""What the rows of the engine's tables say, and what is read off them.

Each variant of the engine has its own tables, in formulas/, with its codes. What is the same for
all is here, and so it is once in the wheel.
"""

from collections import namedtuple

import numpy as np

ActivationRow = namedtuple(
    "ActivationRow", "code from_z numbers pieces", defaults=(False, (), None)
)
ActivationRow.__doc__ = """An activation.

Parameters
----------
code : int
from_z : bool
    Its derivative is computed from z.
numbers : tuple of float
    Those that it has, as they are where none are given.
pieces : callable or None
    Where it is linear in pieces: from the dtype and its numbers to two limits, then a slope for
    below the first, for between them and for above the second, then three offsets.
"""


def hard_sigmoid(dtype):
    """`min(max(z / 6 + 1 / 2, 0), 1)`."""
    return _above(dtype, -3), -_above(dtype, -3), 0, 1 / 6, 0, 0, 0.5, 1


def sparse_sigmoid(dtype):
    """`min(max((z + 1) / 2, 0), 1)`."""
    return -1, 1, 0, 0.5, 0, 0, 0.5, 1


def hard_tanh(dtype):
    """`min(max(z, -1), 1)`."""
    return -1, 1, 0, 1, 0, -1, 0, 1


def bent_relu(dtype, slope, most, threshold):
    """`min(z, most)` above the threshold, else `slope * (z - threshold)`."""
    return _above(dtype, threshold), most, slope, 1, 0, -slope * threshold, 0, most


def threshold(dtype, least, default):
    """`z` above the least, else the default."""
    return _above(dtype, least), np.inf, 0, 1, 0, default, 0, 0


def hard_shrink(dtype, least):
    """`z` where |z| is above the least, else 0."""
    return -least, least, 1, 0, 1, 0, 0, 0


def soft_shrink(dtype, least):
    """`z` moved by the least towards 0."""
    return -least, least, 1, 0, 1, least, 0, -least


def _above(dtype, limit):
    """The number that follows the limit."""
    return np.nextafter(dtype.type(limit), dtype.type(np.inf))


def activation_of(table, dtype, described):
    """The row of an activation, a name or a name and numbers, and the numbers of its formula."""
    name, *numbers = (described,) if isinstance(described, str) else described
    row = table[name]
    numbers = numbers or row.numbers
    return row, row.pieces(dtype, *numbers) if row.pieces else numbers


def single_stages(table, stages):
    """The stages with their numbers; a dense one whose activation needs its z is two."""
    for number, (kind, *arguments) in enumerate(stages):
        if kind == "dense" and activation_of(table, np.dtype(float), arguments[1])[0].from_z:
            n_out, activation, use_bias = arguments
            yield number, kind, n_out, "linear", use_bias
            yield number, "activation", activation
        else:
            yield number, kind, *arguments


CostRow = namedtuple(
    "CostRow",
    "code mean of_z activation class_indices smoothed delta",
    defaults=(None, None, False, None, None),
)
CostRow.__doc__ = """A cost.

Parameters
----------
code : int or None
    Of the cost of the output.
mean : bool
    Over the outputs; otherwise their sum.
of_z : int or None
    Code of the cost of z.
activation : str or None
    What it takes for the activation between z and the output, and applies where it is the last.
class_indices : bool
    Targets are class indices, otherwise a number for each output.
smoothed : {"classes", "bits", None}
    Labels can be smoothed, each over all classes, or over yes and no.
delta : float or None
    Its number where none is given.
"""


def code_of(cost, activations, from_logits, last):
    """Code of a cost, and whether it applies the last activation, whose code is given, itself."""
    if cost is None or cost.of_z is None:
        return cost and cost.code, False
    activates = not from_logits and activations[cost.activation].code == last
    return cost.of_z if from_logits or activates else cost.code, activates


MetricRow = namedtuple("MetricRow", "code mean number sums cost", defaults=(None, None, None))
MetricRow.__doc__ = """A metric.

Parameters
----------
code : int
mean : bool
    The value of a row is a mean over its outputs.
number : float, tuple of float or None
    Threshold, k, thresholds, ... where none is given.
sums : callable or None
    None: a row metric. Otherwise (number, outputs of a row) to how many accumulators it has.
cost : int or None
    Code of the cost that it is.
"""


def metric_of(table, n_out, described):
    """Row, flags, number, thresholds and number of accumulators of a metric.

    Before its name, each with a colon, come the flags: "weighted", "by_output", "of_logits",
    "of_largest" (see `Metric` in formulas/metrics.pxi).
    """
    name, *given = (described,) if isinstance(described, str) else described
    *flags, name = name.split(":")
    row = table[name]
    number = given[0] if given else row.number or 0
    sums = row.sums(number, n_out) * (n_out if "by_output" in flags else 1) if row.sums else 2
    if isinstance(number, tuple):
        return row, flags, 0, number, sums
    return row, flags, number, (), sums


def metrics_of(table, n_out, metrics):
    """What the engine keeps of metrics.

    Returns
    -------
    list of int
        Numbers of their accumulators.
    int
        So many are row metrics.
    ndarray, (n, 11)
        Of each, row metrics first: codes of its own and of its cost; whether weighted, by output,
        of logits, of the largest; its number; the divisor of a sum over the outputs; where its
        accumulators begin; how many thresholds, and where they begin in
    ndarray
        the thresholds of all.
    """
    described = [metric_of(table, n_out, metric) for metric in metrics]
    *_, sizes = zip(*described, strict=True) if described else [()]
    of_rows = [row.sums is None for row, *_ in described]
    numbers, thresholds = np.empty((len(sizes), 11)), []
    for k, which in enumerate(sorted(range(len(sizes)), key=lambda which: not of_rows[which])):
        row, flags, number, among, _ = described[which]
        numbers[k] = (
            row.code,
            row.cost or 0,
            *(flag in flags for flag in ("weighted", "by_output", "of_logits", "of_largest")),
            number,
            n_out if row.mean else 1,
            2 + sum(sizes[:which]),
            len(among) or int(number),
            len(thresholds),
        )
        thresholds += among
    return sizes, sum(of_rows), numbers, np.array(thresholds, np.float64)


OptimizerRow = namedtuple("OptimizerRow", "code constants slots scalars", defaults=({}, {}, {}))
OptimizerRow.__doc__ = """An optimizer; its names are Keras's.

Parameters
----------
code : int
constants : dict of str to float or bool
    And their defaults: beside those of all, members of Given.
slots : dict of str to str or None
    Arrays of its state, in the order in which `change` hands them over; each is there if the
    constant that stands beside it is not 0.
scalars : dict of str to float
    Numbers of its state, in the order of Constants.scalars, as they are at first.
"""

_FOR_ALL = {"weight_decay": 0.0, "clipnorm": 0.0, "clipvalue": 0.0, "global_clipnorm": 0.0}


def constants_of(table, name, given):
    """Those of an optimizer, as given or by default; 0 for those that only others have."""
    defaults = table[name].constants | _FOR_ALL
    if unknown := given.keys() - defaults:
        raise TypeError(f"{name}: {', '.join(unknown)} given; expected {', '.join(defaults)}")
    return {c: 0 for row in table.values() for c in row.constants} | defaults | given


Laid = namedtuple("Laid", "stage of trainable at stride columns shape")
Laid.__doc__ = "Where an array of a stage lies: where it begins behind w, from panel to panel."
