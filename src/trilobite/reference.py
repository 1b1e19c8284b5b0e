"""The engine's mathematics in plain NumPy: specification, tests' oracle, benchmarks' baseline.

`load(dtype)` offers what `trilobite.engine.load(dtype)` offers: `Rows`, `Network`, `Training`.

Shapes: x (n, n_in), w (n_in, n_out), b (n_out,), y (n, n_out). z = x @ w + b and y = act(z). dw is
the gradient of the cost with respect to w, and likewise db, dx, dy, dz. Functions work in place,
name first what they write to, and stand beside their gradient, whose name begins with `d_`.
"""

import math
from functools import partial
from time import perf_counter
from types import SimpleNamespace

import numpy as np

# ---- dense stage (np.dot: half the overhead of np.matmul on small arrays) ----


def dense(y, x, w, b):
    """`z = x @ w + b`, in y."""
    np.dot(x, w, out=y)
    if b is not None:
        y += b


def d_dense(dx, dw, db, dz, x, w, ones):
    """`dw = x.T @ dz`, `db = sum(dz)` over the rows, `dx = dz @ w.T`; db and dx may be None."""
    np.dot(x.T, dz, out=dw)
    if db is not None:
        np.dot(ones, dz, out=db)
    if dx is not None:
        np.dot(dz, w.T, out=dx)


# ---- activations: z -> y in y; gradients: dy -> dz in dy, from the output y, which is used up ----


def linear(y):
    """`y = z`."""


def d_linear(dy, y):
    """`dz = dy`."""


def sigmoid(y):
    """`y = 1 / (1 + exp(-z))`."""
    np.negative(y, out=y)
    np.exp(y, out=y)
    y += 1
    np.reciprocal(y, out=y)


def d_sigmoid(dy, y):
    """`dz = dy * y * (1 - y)`."""
    dy *= y
    np.subtract(1, y, out=y)
    dy *= y


def tanh(y):
    """`y = tanh(z)`."""
    np.tanh(y, out=y)


def d_tanh(dy, y):
    """`dz = dy * (1 - y**2)`."""
    y *= y
    np.subtract(1, y, out=y)
    dy *= y


def relu(y):
    """`y = max(z, 0)`; NaN stays NaN."""
    np.maximum(y, 0, out=y)


def d_relu(dy, y):
    """`dz = dy` where y > 0, else 0."""
    np.sign(y, out=y)
    dy *= y


def softmax(y):
    """`y = exp(z) / sum(exp(z))` of each row; z - max(z) for z, so that nothing overflows."""
    y -= np.maximum.reduce(y, axis=1, keepdims=True)
    np.exp(y, out=y)
    y /= np.add.reduce(y, axis=1, keepdims=True)


def d_softmax(dy, y):
    """`dz = y * (dy - sum(dy * y))`, the full Jacobian."""
    dy -= np.einsum("ij,ij->i", dy, y)[:, None]
    dy *= y


ACTIVATIONS = {"linear": linear, "sigmoid": sigmoid, "tanh": tanh, "relu": relu, "softmax": softmax}
DERIVATIVES = {
    "linear": d_linear,
    "sigmoid": d_sigmoid,
    "tanh": d_tanh,
    "relu": d_relu,
    "softmax": d_softmax,
}

# ---- costs, summed over the rows; gradients: the cost's -> dy ----
#
# Definitions are those of Keras 3 (keras/src/losses/losses.py, keras/src/backend/*/nn.py). t are
# the targets, one-hot for class indices; p is what the cost leaves behind for its gradient. The
# costs from logits are handed z in y, and leave the probabilities in p, maybe the same array.

EPSILON = 1e-7  # keras.config.epsilon()


def mean_squared_error(p, y, t):
    """`cost = sum((y - t)**2) / n_out`."""
    np.subtract(y, t, out=p)
    return np.vdot(p, p) / y.shape[1]


def d_mean_squared_error(dy, p, y, t):
    """`dy = 2 * (y - t) / n_out`."""
    np.multiply(p, 2 / y.shape[1], out=dy)


def categorical_crossentropy(p, y, t):
    """`cost = -sum(t * log(p))`, `p = clip(y / sum(y), EPSILON, 1 - EPSILON)`."""
    np.divide(y, np.add.reduce(y, axis=1, keepdims=True), out=p)
    np.clip(p, EPSILON, 1 - EPSILON, out=p)
    return -np.vdot(t, np.log(p))


def d_categorical_crossentropy(dy, p, y, t):
    """`dp = -t / p` where p is not clipped, else 0; `dy = (dp - sum(dp * p)) / sum(y)`."""
    np.divide(t, p, out=dy)
    dy *= not_clipped(p)
    np.subtract(np.einsum("ij,ij->i", dy, p)[:, None], dy, out=dy)
    dy /= np.add.reduce(y, axis=1, keepdims=True)


def softmax_crossentropy(p, y, t):
    """`cost = -sum(t * log(p))`, `p = softmax(z)`; log(p) = z - max - log(sum(exp(z - max)))."""
    log_p = y - np.maximum.reduce(y, axis=1, keepdims=True)
    np.exp(log_p, out=p)
    total = np.add.reduce(p, axis=1, keepdims=True)
    p /= total
    log_p -= np.log(total, out=total)
    return -np.vdot(t, log_p)


def d_softmax_crossentropy(dy, p, y, t):
    """`dz = p * sum(t) - t`."""
    np.multiply(p, np.add.reduce(t, axis=1, keepdims=True), out=dy)
    dy -= t


def d_softmax_crossentropy_one_hot(dy, p, y, t):
    """`dz = p - t`."""
    np.subtract(p, t, out=dy)


def binary_crossentropy(p, y, t):
    """`cost = -sum(t log(p) + (1 - t) log(1 - p)) / n_out`, `p = clip(y, EPSILON, 1 - EPSILON)`."""
    np.clip(y, EPSILON, 1 - EPSILON, out=p)
    return -(np.vdot(t, np.log(p)) + np.vdot(1 - t, np.log(1 - p))) / y.shape[1]


def d_binary_crossentropy(dy, p, y, t):
    """`dy = (p - t) / (p * (1 - p)) / n_out` where p is not clipped, else 0."""
    np.subtract(p, t, out=dy)
    dy /= p * (1 - p) * y.shape[1]
    dy *= not_clipped(p)


def sigmoid_crossentropy(p, y, t):
    """`cost = sum(max(z, 0) - z * t + log(1 + exp(-|z|))) / n_out`, `p = sigmoid(z)`."""
    cost = np.maximum(y, 0)
    cost -= y * t
    cost += np.log1p(np.exp(-np.abs(y)))
    np.copyto(p, y)
    sigmoid(p)
    return cost.sum() / y.shape[1]


def d_sigmoid_crossentropy(dy, p, y, t):
    """`dz = (p - t) / n_out`."""
    np.subtract(p, t, out=dy)
    dy *= 1 / y.shape[1]


def not_clipped(p):
    """Where a clipped p is strictly inside the limits: there alone the gradient passes."""
    low, high = np.array([EPSILON, 1 - EPSILON], p.dtype)
    return (p > low) & (p < high)


LOSSES = {
    "mean_squared_error": (mean_squared_error, d_mean_squared_error),
    "categorical_crossentropy": (categorical_crossentropy, d_categorical_crossentropy),
    "sparse_categorical_crossentropy": (categorical_crossentropy, d_categorical_crossentropy),
    "binary_crossentropy": (binary_crossentropy, d_binary_crossentropy),
}
LOSSES_FROM_LOGITS = LOSSES | {
    "categorical_crossentropy": (softmax_crossentropy, d_softmax_crossentropy),
    "sparse_categorical_crossentropy": (softmax_crossentropy, d_softmax_crossentropy_one_hot),
    "binary_crossentropy": (sigmoid_crossentropy, d_sigmoid_crossentropy),
}
FUSED = {  # the last activation that the cost takes over, to be one stable function of z with it
    "categorical_crossentropy": "softmax",
    "sparse_categorical_crossentropy": "softmax",
    "binary_crossentropy": "sigmoid",
}

# ---- metrics, summed over the rows ----


def categorical_accuracy(y, t):
    """argmax(y) == argmax(t); of equal maxima the first counts."""
    return np.count_nonzero(y.argmax(axis=1) == t.argmax(axis=1))


METRICS = {
    "categorical_accuracy": categorical_accuracy,
    "sparse_categorical_accuracy": categorical_accuracy,
    "binary_accuracy": lambda y, t: np.count_nonzero((y > 0.5) == t) / y.shape[1],
    "mean_squared_error": lambda y, t: np.square(y - t).sum() / y.shape[1],
    "mean_absolute_error": lambda y, t: np.abs(y - t).sum() / y.shape[1],
}


class Rows:
    """The rows of an array, read and converted a batch at a time.

    Parameters
    ----------
    array : ndarray of bool, integers or floats, ndim >= 1, any strides
        Not copied.
    dtype : {"float32", "float64"}
        What the rows are converted to.
    """

    def __init__(self, array, dtype="float32"):
        self.n_rows = len(array)
        self.n_columns = math.prod(array.shape[1:])
        if array.ndim <= 2 or array.flags.c_contiguous:  # a view; otherwise it would be a copy
            array = array.reshape(self.n_rows, self.n_columns)
        self.array, self.dtype = array, dtype
        # np.take gathers without a temporary, but would first copy the whole of any other array
        self._take = array.dtype == dtype and array.flags.c_contiguous and array.flags.aligned

    def read(self, out, rows):
        """`out = array[rows]`, a slice or indices; False if a NaN or an infinity is in it."""
        if self._take and not isinstance(rows, slice):
            np.take(self.array, rows, axis=0, out=out, mode="clip")
        else:
            np.copyto(out, self.array[rows].reshape(out.shape), casting="unsafe")
        # a finite sum(x * x) is proof in one fast pass, an infinite one may be mere overflow
        return (
            self.array.dtype.kind != "f"
            or math.isfinite(np.vdot(out, out))
            or bool(np.isfinite(out).all())
        )

    def find_nonfinite(self):
        """(row, column) of the first element that is NaN or infinite as `dtype`, or None."""
        with np.errstate(all="ignore"):
            for start in range(0, self.n_rows, 1024):
                out = np.empty((min(1024, self.n_rows - start), self.n_columns), self.dtype)
                if not self.read(out, slice(start, start + 1024)):
                    row, column = np.argwhere(~np.isfinite(out))[0]
                    return start + int(row), int(column)
        return None


class Network:
    """Parameters, forward and backward pass of a dense network.

    Parameters
    ----------
    n_in : int
        Columns of x.
    stages : sequence of ("dense", n_out, activation, use_bias) or ("activation", activation)
    scale, offset : float, default 1 and 0
        The first stage is handed x * scale + offset.
    dtype : {"float32", "float64"}
        Of the parameters, which are zero at first, and of the arithmetic.
    """

    def __init__(self, n_in, stages, scale=1.0, offset=0.0, dtype="float32"):
        self.n_in, self.scale, self.offset, self.dtype = n_in, scale, offset, np.dtype(dtype)
        self.stages = []  # (activation, n_out, shape of w or None, shape of b or None)
        for kind, *rest in stages:
            if kind == "dense":
                n_out, activation, use_bias = rest
                self.stages.append(
                    (activation, n_out, (n_in, n_out), (n_out,) if use_bias else None)
                )
                n_in = n_out
            else:
                self.stages.append((*rest, n_in, None, None))
        self.n_out = n_in
        shapes = [shape for *_, w, b in self.stages for shape in (w, b)]
        self.n_parameters = sum(math.prod(shape) for shape in shapes if shape)
        self.parameters = np.zeros(self.n_parameters, self.dtype)
        self.gradient = np.zeros(self.n_parameters, self.dtype)
        self.weights = _views(self.parameters, shapes)  # w, b, w, b, ... or None
        self.gradients = _views(self.gradient, shapes)

    def get_weights(self):
        """[w, b, w, b, ...], copied."""
        return [a.copy() for a in self.weights if a is not None]

    def set_weights(self, weights):
        """Copy [w, b, w, b, ...] in."""
        for a, given in zip((a for a in self.weights if a is not None), weights, strict=True):
            np.copyto(a, given)

    def snapshot(self):
        """All parameters, as bytes."""
        return self.parameters.tobytes()

    def restore(self, snapshot):
        """Put the parameters of a snapshot back."""
        np.copyto(self.parameters, np.frombuffer(snapshot, self.dtype))

    def compile(self, loss, metrics=(), from_logits=False):
        """Choose the cost and the metrics; from_logits: the output is z."""
        self.fused = not from_logits and FUSED.get(loss) == self.stages[-1][0]
        self.sparse = loss.startswith("sparse")
        losses = LOSSES_FROM_LOGITS if from_logits or self.fused else LOSSES
        self.cost, self.d_cost = losses[loss]
        self.metrics = [METRICS[name] for name in metrics]

    def forward(self, batch):
        """`y = act(x @ w + b)`, stage after stage; a fused last stage stops at z."""
        for y, x, w, b, activate in batch.forward:
            if w is None:
                np.copyto(y, x)
            else:
                dense(y, x, w, b)
            activate(y)

    def backward(self, batch):
        """Gradients of the cost summed over the rows, from the output to the first dense stage."""
        self.d_cost(batch.dy, batch.p, batch.y, batch.t)
        for dx, dw, db, dy, y, x, w, d_activate in batch.backward:
            d_activate(dy, y)
            if w is not None:
                d_dense(dx, dw, db, dy, x, w, batch.ones)

    def measure(self, batch):
        """Cost and metrics, summed over the rows of the batch."""
        cost = self.cost(batch.p, batch.y, batch.t)
        return [float(cost), *(metric(batch.y, batch.t) for metric in self.metrics)]

    def predict(self, x, out, threads=1):
        """`out = y` for each row of x; False if x has a NaN or an infinity."""
        with np.errstate(all="ignore"):
            for rows, batch in _blocks(self, x.n_rows, 1024, fused=False):
                if not batch.read(rows, x):
                    return False
                self.forward(batch)
                out[rows] = batch.y
        return True

    def evaluate(self, x, y, batch_size, threads=1):
        """Means over the rows of cost and metrics, 0 for no rows; None if x has NaN or inf."""
        sums = np.zeros(1 + len(self.metrics))
        with np.errstate(all="ignore"):
            for rows, batch in _blocks(self, x.n_rows, batch_size, self.fused):
                if not batch.read(rows, x, y):
                    return None
                self.forward(batch)
                sums += self.measure(batch)
            return sums / max(1, x.n_rows)


class Batch:
    """n rows on their way through a network: buffers, and who reads and writes them."""

    def __init__(self, net, n, fused):
        self.net, self.n = net, n
        self.range, self.ones = np.arange(n), np.ones(n, net.dtype)
        self.x = self.y = self._buffer(net.n_in)
        self.forward, self.backward = [], []
        dx = None  # not asked for below the first dense stage
        for i, (activation, n_out, *_) in enumerate(net.stages):
            if fused and i == len(net.stages) - 1:
                activation = "linear"  # the cost takes it over
            (w, b), (dw, db) = net.weights[2 * i : 2 * i + 2], net.gradients[2 * i : 2 * i + 2]
            x, self.y = self.y, self._buffer(n_out)
            self.forward.append((self.y, x, w, b, ACTIVATIONS[activation]))
            if w is not None or self.backward:
                dy = dx if w is None else self._buffer(n_out)
                derivative = DERIVATIVES[activation]
                self.backward.insert(0, (dx, dw, db, dy, self.y, x, w, derivative))
                dx = dy
        self.dy = dx
        self.t = self._buffer(net.n_out)
        self.p = self.y if fused else self._buffer(net.n_out)

    def _buffer(self, n_columns):
        return np.empty((self.n, n_columns), self.net.dtype)

    def read(self, rows, x, y=None):
        """Fill x, and t if y is given; False if x has a NaN or an infinity."""
        finite = x.read(self.x, rows)
        if self.net.scale != 1:
            self.x *= self.net.scale
        if self.net.offset != 0:
            self.x += self.net.offset
        if y is not None and self.net.sparse:
            self.t.fill(0)
            self.t[self.range, y.array[rows].reshape(-1).astype(np.intp)] = 1
        elif y is not None:
            y.read(self.t, rows)
        return finite


class Training:
    """Mini-batch stochastic gradient descent.

    w <- w - learning_rate * dw, the cost being the mean over the rows of the batch. Every epoch
    takes each row once; its last batch may be smaller.

    Parameters
    ----------
    net : Network, compiled
    x, y : Rows
        y has one column, of class indices, for a sparse cost, otherwise net.n_out columns.
    batch_size, epochs, seed, first_epoch : int
    shuffle : bool
        Epoch e takes the rows in the order permutation(n, seed, first_epoch + e), or as they lie.
    threads : int
        Of the engine; here NumPy's BLAS decides.
    permutation : callable, default `permutation`
    """

    def __init__(
        self,
        net,
        x,
        y,
        batch_size=32,
        epochs=1,
        seed=0,
        first_epoch=0,
        shuffle=True,
        threads=1,
        permutation=None,
    ):
        self.net, self.x, self.y = net, x, y
        self.batch_size, self.epochs, self.first_epoch = batch_size, epochs, first_epoch
        self.seed, self.shuffle = seed, shuffle
        self.permutation = permutation or globals()["permutation"]
        self.learning_rate = 0.01
        self.steps_per_epoch = -(-x.n_rows // batch_size)
        self.epoch = self.step = self.rows_done = 0
        self.history = np.full((epochs, 1 + len(net.metrics)), np.nan)
        self._sums, self._summed = np.zeros(1 + len(net.metrics)), 0
        self._next_order = None
        self._before = net.parameters.copy()
        full = min(batch_size, x.n_rows)
        self._batches = {n: Batch(net, n, net.fused) for n in {full, x.n_rows % full or full}}

    def run(self, until_epoch, seconds=0.05, steps=0):
        """Train until `until_epoch` epochs are finished, `seconds` are over or `steps` steps done.

        Returns "running", "epoch" (until_epoch is reached), or, until `restore`, "nonfinite" (the
        cost of a step or the parameters after an epoch are not finite; that step counts in
        `totals`) or "bad_input" (x has a NaN or an infinity). At least one step is done.
        """
        end = perf_counter() + seconds
        until_epoch = min(until_epoch, self.epochs)
        with np.errstate(all="ignore"):
            while self.epoch < until_epoch:
                status = self._step()
                if status:
                    return status
                steps -= 1
                if steps == 0 or perf_counter() >= end:
                    break
        return "running" if self.epoch < until_epoch else "epoch"

    def _step(self):
        net, start = self.net, self.rows_done
        if start == 0:
            self._start_epoch()
        batch = self._batches[min(self.batch_size, self.x.n_rows - start)]
        rows = slice(start, start + batch.n)
        if not batch.read(rows if self._order is None else self._order[rows], self.x, self.y):
            return "bad_input"
        net.forward(batch)
        sums = net.measure(batch)
        self._sums += sums
        self.step += 1
        self.rows_done += batch.n
        self._summed += batch.n
        if not math.isfinite(sums[0]):
            return "nonfinite"
        if batch.backward:
            net.backward(batch)
            net.gradient *= self.learning_rate / batch.n  # of the sum over the rows -> of the mean
            net.parameters -= net.gradient
        return self._end_epoch() if self.step == self.steps_per_epoch else None

    def _start_epoch(self):
        np.copyto(self._before, self.net.parameters)
        self._sums.fill(0)
        self._summed = 0
        self._order, self._next_order = self._next_order, None
        if self._order is None and self.shuffle:
            self._order = self.permutation(self.x.n_rows, self.seed, self.first_epoch + self.epoch)

    def _end_epoch(self):
        if not np.isfinite(self.net.parameters).all():
            return "nonfinite"
        self.history[self.epoch] = self.totals()
        self.epoch += 1
        self.step = self.rows_done = 0
        return None

    def totals(self):
        """Means of cost and metrics over the rows of the epoch under way, or just finished."""
        return self._sums / max(1, self._summed)

    def restore(self):
        """Put back the parameters from before the epoch under way, which then begins anew."""
        np.copyto(self.net.parameters, self._before)
        self.step = self.rows_done = 0

    def set_order(self, order):
        """Take the rows of the next epoch to start in this order, n indices."""
        self._next_order = order


def permutation(n, seed, epoch):
    """The order of n rows in an epoch: n, seed and epoch alone decide."""
    return np.random.default_rng((seed, epoch)).permutation(n)


def load(dtype="float32"):
    """The classes for a dtype, and `permutation`, as `trilobite.engine.load` returns them."""
    return SimpleNamespace(
        Rows=partial(Rows, dtype=dtype),
        Network=partial(Network, dtype=dtype),
        Training=Training,
        permutation=permutation,
    )


def _views(flat, shapes):
    """Consecutive pieces of a flat array as arrays of these shapes, None for None."""
    ends = np.cumsum([math.prod(shape) if shape else 0 for shape in shapes])
    pieces = np.split(flat, ends[:-1]) if shapes else []
    return [a.reshape(shape) if shape else None for a, shape in zip(pieces, shapes, strict=True)]


def _blocks(net, n, size, fused):
    """Slices of `size` rows of n, the last one perhaps shorter, each with a batch of its size."""
    batch = None
    for start in range(0, n, size):
        if batch is None or n - start < size:
            batch = Batch(net, min(size, n - start), fused)
        yield slice(start, start + batch.n), batch
