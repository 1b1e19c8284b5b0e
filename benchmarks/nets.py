"""The networks that are measured: their data, first weights and number of operations."""

from dataclasses import dataclass, replace

import numpy as np

SEED = 20


@dataclass(frozen=True)
class Net:
    """Dense layers of these widths with relu, a softmax (one output: a sigmoid) and crossentropy.

    With `squared` the output is linear and the cost is the mean squared error. The data are random,
    of MNIST's shape where it is 784 wide: no value is slow or fast to multiply. A `fit` trains
    `epochs` epochs of `rows` rows with the optimizer, "sgd" or "adam". The activation of the hidden
    layers is "relu" or "tanh"; trilobite and the reference know others. `scale` is of x, `shift` is
    added to b.
    """

    widths: tuple
    batch: int = 128
    rows: int = 60_000
    epochs: int = 5
    dtype: str = "float32"
    optimizer: str = "sgd"
    activation: str = "relu"
    scale: float = 1.0
    shift: float = 0.0
    squared: bool = False

    @property
    def cost(self):
        """What is made small: "squared", "binary" or "categorical"."""
        return "squared" if self.squared else "binary" if self.widths[-1] == 1 else "categorical"

    def __str__(self):
        hidden, name = self.widths[1:-1], "-".join(map(str, self.widths))
        if len(hidden) > 3 and len(set(hidden)) == 1:
            name = f"{self.widths[0]}-({hidden[0]} x {len(hidden)})-{self.widths[-1]}"
        return name if self.activation == "relu" else f"{name} {self.activation}"

    @property
    def n_parameters(self):
        return sum((n_in + 1) * n_out for n_in, n_out in self._layers)

    @property
    def steps(self):
        """Steps of an epoch."""
        return -(-self.rows // self.batch)

    @property
    def predict_flops(self):
        """Floating-point operations of a row of `predict`: y = x @ w."""
        return 2 * sum(n_in * n_out for n_in, n_out in self._layers)

    @property
    def train_flops(self):
        """And in training: y, dw = x.T @ dy and, in all layers but the first, dx = dy @ w.T."""
        return 3 * self.predict_flops - 2 * self.widths[0] * self.widths[1]

    @property
    def _layers(self):
        return list(zip(self.widths, self.widths[1:], strict=False))

    def data(self):
        """x (rows, n_in): bytes / 255 * scale; y (rows,): classes, about as many of each.

        For a squared error y (rows, n_out) is normal, of the model's dtype.
        """
        rng = np.random.default_rng(SEED)
        x = rng.integers(0, 256, (self.rows, self.widths[0]), np.uint8)
        x = x * np.dtype(self.dtype).type(self.scale / 255)
        if self.squared:
            return x, rng.standard_normal((self.rows, self.widths[-1])).astype(self.dtype)
        return x, rng.permutation(np.arange(self.rows) % max(2, self.widths[-1]))

    def weights(self):
        """[w, b, w, b, ...]: Glorot-uniform w, and b that are not all the same."""
        rng = np.random.default_rng(SEED)
        weights = []
        for n_in, n_out in self._layers:
            limit = np.sqrt(6 / (n_in + n_out))
            weights.append(rng.uniform(-limit, limit, (n_in, n_out)).astype(self.dtype))
            weights.append((rng.uniform(-0.1, 0.1, n_out) + self.shift).astype(self.dtype))
        return weights

    def toy(self):
        """The same, small enough to be trained in no time."""
        widths, batch = tuple(min(n, 64) for n in self.widths), min(self.batch, 32)
        return replace(self, widths=widths, batch=batch, rows=2 * batch + 1, epochs=1)

    def small(self):
        """A case for the check before the timing: two epochs of two and a half batches or fewer."""
        rows = min(2 * self.batch + self.batch // 2 + 1, max(9, 5 * 10**9 // self.train_flops))
        return replace(self, rows=rows, epochs=2)


PROMISED = [  # what the project promises to be fast at; epochs: so that a fit is not over at once
    Net((784, 64, 10)),
    Net((784, 64, 64, 10)),
    Net((784, 64, 64, 10), batch=32, epochs=3),
    Net((784, 1024, 1024, 10), rows=12_800, epochs=1),
    Net((20, 64, 64, 2), batch=32, rows=10_000, epochs=10),
    Net((2, 8, 8, 2), batch=10, rows=500, epochs=100),
]
WITH_ADAM = replace(PROMISED[1], optimizer="adam")
SMALL_AND_WIDE = [  # where layers are small, batches huge, or outputs one
    Net((784, 256, 256, 10), rows=30_000, epochs=2),
    Net((50, *(32,) * 6, 3), batch=64, rows=10_000, epochs=10),
    Net((13, 100, 1), batch=200, rows=20_000, epochs=10),
    Net((2, 8, 8, 2), batch=1024, rows=65_536, epochs=10),
    Net((2, 8, 8, 2), batch=4096, rows=65_536, epochs=10),
    # The net of SimpleChains.jl's documentation (docs/src/examples/smallmlp.md), full batch, on
    # other data: 0.48 s for 10,000 epochs there, on all cores of a machine that it does not name
    Net(
        (4, 32, 16, 4), batch=10_000, rows=10_000, epochs=100, optimizer="adam",
        activation="tanh", squared=True,
    ),
]  # fmt: skip
