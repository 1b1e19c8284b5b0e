"""A network: its stages, its arrays, its cost and metrics."""

import math
from contextlib import nullcontext
from functools import partial
from types import SimpleNamespace

import numpy as np

from trilobite.reference.batch import Batch
from trilobite.reference.constraints import CONSTRAINTS
from trilobite.reference.metrics import Metric
from trilobite.reference.own import cost_of

# kind of stage: what the tuple that describes it has besides
ARGUMENTS = {
    "dense": ("n_out", "activation", "use_bias"),
    "activation": ("activation",),
    "dropout": ("rate",),
    "alpha_dropout": ("rate",),
    "gaussian_dropout": ("rate",),
    "gaussian_noise": ("stddev",),
    "activity": ("l1", "l2"),
    "prelu": (),
    "batch_normalization": ("momentum", "epsilon", "center", "scale"),
}


def arrays_of(stage):
    """(name, shape, trainable, value at first) of the arrays of a stage, in Keras's order."""
    if stage.kind == "dense":
        yield "w", (stage.n_in, stage.n_out), stage.trained, 0
        if stage.use_bias:
            yield "b", (stage.n_out,), stage.trained, 0
    if stage.kind == "prelu":
        yield "alpha", (stage.n_out,), stage.trained, 0
    if stage.kind == "batch_normalization":
        if stage.scale:
            yield "gamma", (stage.n_out,), stage.trained, 1
        if stage.center:
            yield "beta", (stage.n_out,), stage.trained, 0
        yield "moving_mean", (stage.n_out,), False, 0
        yield "moving_variance", (stage.n_out,), False, 1


class Weights:
    """The arrays of a stage, views of those of its network."""

    def __init__(self, layout):
        self.layout, self.dtype = layout, layout[0].dtype

    def get(self):
        """All arrays, copied."""
        return [a.copy() for a in self.layout]

    def set(self, weights):
        """Copy in what `get` returned."""
        for k, given in enumerate(weights):
            self[k] = given

    def __getitem__(self, k):
        return self.layout[k].copy()

    def __setitem__(self, k, given):
        np.copyto(self.layout[k], given)


class Network:
    """Parameters, forward and backward pass of a network.

    Parameters
    ----------
    n_in : int
        Columns of x.
    stages : sequence of tuple
        ("dense", n_out, activation, use_bias), ("activation", activation), ("dropout", rate),
        ("alpha_dropout", rate), ("gaussian_dropout", rate), ("gaussian_noise", stddev),
        ("batch_normalization", momentum, epsilon, center, scale), ("prelu",) or
        ("activity", l1, l2), which adds `sum(l1 * |y| + l2 * y**2)` to the cost of a row.
    scale, offset : float, default 1 and 0
        The first stage is handed x * scale + offset.
    penalties : sequence of (l1, l2), optional
        For each array of `get_weights` that is trained: the cost gains
        `sum(l1 * |w| + l2 * w**2)`.
    weights : sequence of None, optional
        One for each stage: here networks share none.
    trained : sequence of bool, optional
        For each stage whether its arrays are; default all. A batch normalization whose are not
        does in training what it does in inference.
    constraints : sequence of (name, number, ...) or None, optional
        For each array of `get_weights` that is trained: of `CONSTRAINTS`, what it is brought to
        after a step.
    dtype : {"float32", "float64"}
        Of the parameters, which are zero at first (gamma and moving_variance 1), and of the
        arithmetic.
    """

    def __init__(
        self,
        n_in,
        stages,
        scale=1.0,
        offset=0.0,
        penalties=None,
        weights=None,
        trained=None,
        constraints=None,
        dtype="float32",
    ):
        self.n_in, self.scale, self.offset, self.dtype = n_in, scale, offset, np.dtype(dtype)
        self.stages, arrays = [], []  # of arrays: (stage, name, shape, trainable, value at first)
        if any(weights or ()):
            raise ValueError(f"weights: {weights} given; expected None of each stage")
        trained = [True] * len(stages) if trained is None else trained
        for (kind, *values), of_stage in zip(stages, trained, strict=True):
            arguments = dict(zip(ARGUMENTS[kind], values, strict=True)) | {"trained": of_stage}
            stage = SimpleNamespace(**{"kind": kind, "activation": None, "n_out": n_in} | arguments)
            stage.n_in, n_in = n_in, stage.n_out
            stage.w = stage.b = stage.gamma = stage.beta = None
            stage.dw = stage.db = stage.dgamma = stage.dbeta = None
            self.stages.append(stage)
            arrays += [(stage, *array) for array in arrays_of(stage)]
        self.n_out = n_in
        self.cost_activates, self.label_smoothing = False, 0  # until `compile`

        self.trainable = tuple(trainable for *_, trainable, _ in arrays)
        self.trainable_shapes = [shape for *_, shape, trainable, _ in arrays if trainable]
        self.n_parameters = sum(math.prod(shape) for _, _, shape, *_ in arrays)
        self.n_trainable = sum(map(math.prod, self.trainable_shapes))
        self.parameters = np.empty(self.n_parameters, self.dtype)  # the trainable ones first
        self.trainable_parameters = self.parameters[: self.n_trainable]
        self.gradient = np.zeros(self.n_trainable, self.dtype)
        self.arrays, self.gradients = [], []  # views, in the order of get_weights
        at = {True: 0, False: self.n_trainable}
        for stage, name, shape, trainable, value in arrays:
            piece = slice(at[trainable], at[trainable] + math.prod(shape))
            at[trainable] = piece.stop
            self.arrays.append(self.parameters[piece].reshape(shape))
            self.arrays[-1].fill(value)
            setattr(stage, name, self.arrays[-1])
            if trainable:
                self.gradients.append(self.gradient[piece].reshape(shape))
                setattr(stage, f"d{name}", self.gradients[-1])
        self.weights = []  # of each stage, None where it has no arrays
        for stage in self.stages:
            own = [a for a, (of, *_) in zip(self.arrays, arrays, strict=True) if of is stage]
            self.weights.append(Weights(own) if own else None)
        penalties = [(0, 0)] * len(arrays) if penalties is None else penalties
        self.penalties = [  # (w, dw, l1, l2)
            (getattr(stage, name), getattr(stage, f"d{name}"), l1, l2)
            for (stage, name, _, trainable, _), (l1, l2) in zip(arrays, penalties, strict=True)
            if trainable and (l1 or l2)
        ]
        self.constraints = [
            partial(CONSTRAINTS[given[0]], w, *given[1:])
            for w, trainable, given in zip(
                self.arrays, self.trainable, constraints or [None] * len(arrays), strict=True
            )
            if trainable and given
        ]

    def reading(self):
        """A context for several calls; here only one thread uses a network."""
        return nullcontext()

    writing = reading

    def get_weights(self):
        """All arrays, stage by stage, copied: w, b; gamma, beta, moving_mean, moving_variance."""
        return [a.copy() for a in self.arrays]

    def set_weights(self, weights):
        """Copy in what `get_weights` returned."""
        for a, given in zip(self.arrays, weights, strict=True):
            np.copyto(a, given)

    def snapshot(self):
        """All parameters, as bytes."""
        return self.parameters.tobytes()

    def restore(self, snapshot):
        """Put the parameters of a snapshot back."""
        np.copyto(self.parameters, np.frombuffer(snapshot, self.dtype))

    def compile(self, loss, metrics=(), from_logits=False, label_smoothing=0.0, delta=1.0):
        """Choose the cost and the metrics.

        Parameters
        ----------
        loss : str or Differentiable
            A key of `COSTS`, or a function of one's own; scikit-learn's only if the last activation
            is the one named there.
        metrics : sequence of str or (str, float)
            See `metrics.Metric`.
        from_logits : bool
            The output is z, of which the cost takes softmax or sigmoid.
        label_smoothing : float
            Of the cost's targets; see `costs.smooth_labels`.
        delta : float
            Of the huber cost.
        """
        row = cost_of(loss)
        last = self.stages[-1].activation
        self.cost_activates = bool(row.of_z) and not from_logits and row.activation == last
        functions = row.of_output
        if row.of_z and (from_logits or self.cost_activates):
            functions = row.of_z
        if functions is None:
            raise ValueError(f"loss: {loss!r} given; expected one that fits the last activation")
        self.cost, self.d_cost = functions
        if row.delta is not None:
            self.cost, self.d_cost = (partial(f, delta=delta) for f in functions)
        self.class_indices = row.class_indices
        self.label_smoothing = label_smoothing if row.smoothed else 0
        self.smoothed_over = {None: None, "bits": 2, "classes": self.n_out}[row.smoothed]
        self.metrics = [Metric(spec, self.n_out) for spec in metrics]
        self.sizes = tuple(metric.size for metric in self.metrics)
        # rows of a batch of `evaluate`; functions of one's own see all that it is given
        self.at_once = 0 if any(metric.is_own for metric in self.metrics) else 1024

    def constrain(self):
        """Bring the arrays back to where their constraints want them."""
        for do in self.constraints:
            do()

    def penalty(self):
        """`sum(l1 * |w| + l2 * w**2)`."""
        return sum(
            l1 * float(np.abs(w).sum()) + l2 * float(np.vdot(w, w))
            for w, _, l1, l2 in self.penalties
        )

    def forward(self, batch):
        """From x to y, or to z where the cost applies the last activation."""
        for do in batch.forward:
            do()

    def backward(self, batch):
        """Gradient of the cost and the penalty, summed over the rows, into `gradient`."""
        self.d_cost(batch.dy, batch.p, batch.y, batch.smoothed)
        if batch.w is not None:
            batch.dy *= batch.w[:, None]
        for do in batch.backward:
            do()
        for w, dw, l1, l2 in self.penalties:
            dw += batch.penalties * (l1 * np.sign(w) + 2 * l2 * w)

    def cost_and_metrics(self, batch, scale=1.0):
        """[cost, rows, accumulators of the metrics], sums over the rows; costs times `scale`."""
        cost = float(self.cost(batch.p, batch.y, batch.smoothed, batch.w)) * scale
        cost += sum(do() for do in batch.activities) * batch.penalties / batch.n
        if self.penalties:
            cost += batch.penalties * self.penalty()
        totals = [cost, batch.n]
        for metric in self.metrics:
            totals += metric(batch.y, batch.t, batch.w)
        return totals

    def predict(self, x, out, threads=1):
        """`out = y` for each row of x; False if x has a NaN or an infinity."""
        with np.errstate(all="ignore"):
            for rows, batch in self._blocks(x.n_rows, 1024, cost_activates=False):
                if not batch.read(rows, x):
                    return False
                self.forward(batch)
                out[rows] = batch.y
        return True

    def evaluate(self, x, y, threads=1, weights=None, scale=1.0):
        """Totals of `cost_and_metrics` over all rows; None if x has a NaN or an infinity."""
        totals = np.zeros(2 + sum(self.sizes))
        with np.errstate(all="ignore"):
            for rows, batch in self._blocks(
                x.n_rows, self.at_once or x.n_rows, self.cost_activates
            ):
                if not batch.read(rows, x, y, weights):
                    return None
                self.forward(batch)
                totals += self.cost_and_metrics(batch, scale)
        return totals

    def _blocks(self, n, size, cost_activates):
        """Slices of `size` rows of n, the last one perhaps shorter, each with a batch so large."""
        batch = None
        for start in range(0, n, size):
            if batch is None or n - start < size:
                batch = Batch(self, min(size, n - start), cost_activates)
            yield slice(start, start + batch.n), batch
