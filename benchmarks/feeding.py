"""How fast epochs of batches that something makes are, beside those of arrays in memory.

    python benchmarks/feeding.py [--rounds N]

A batch is a slice of an array, by a `PyDataset` and by a generator; the three ways take turns, each
for a quarter of a second or two epochs. Printed is the median of the rounds' ratios, memory / fed.
"""

import argparse
import time

import numpy as np

import trilobite as tl

NETS = [  # units, rows of a step, rows of an epoch
    ((784, 64, 64, 10), 128, 12800),
    ((784, 256, 256, 10), 128, 12800),
    ((20, 64, 64, 2), 32, 12800),
    ((2, 8, 8, 2), 10, 4000),
]


def compiled(units):
    """A relu net."""
    hidden = [tl.layers.Dense(n, "relu") for n in units[1:-1]]
    model = tl.Sequential([tl.Input(units[:1]), *hidden, tl.layers.Dense(units[-1], "softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy")
    return model


class Slices(tl.utils.PyDataset):
    """Batches of rows of x and y, which iterating goes on with for ever."""

    def __init__(self, x, y, size):
        super().__init__()
        self.x, self.y, self.size = x, y, size

    def __len__(self):
        return -(-len(self.x) // self.size)

    def __getitem__(self, index):
        rows = slice(index * self.size, (index + 1) * self.size)
        return self.x[rows], self.y[rows]

    def endless(self):
        """A generator."""
        while True:
            for index in range(len(self)):
                yield self[index]


def measure(units, size, n, rounds):
    """Ratios of the data set and of the generator."""
    rng = np.random.default_rng(0)
    x, y = rng.random((n, units[0]), np.float32), rng.integers(0, units[-1], n)
    made, models = Slices(x, y, size), [compiled(units) for _ in range(3)]
    ways = [
        lambda epochs: models[0].fit(x, y, size, epochs, 0),
        lambda epochs: models[1].fit(made, epochs=epochs, verbose=0),
        lambda epochs: models[2].fit(
            made.endless(), None, None, epochs, 0, steps_per_epoch=len(made)
        ),
    ]
    seconds = [[timed(way, 1) for way in ways] for _ in range(2)]
    epochs = max(2, round(0.25 / seconds[-1][0]))
    seconds = np.array([[timed(way, epochs) for way in ways] for _ in range(rounds)])
    return np.median(seconds[:, :1] / seconds[:, 1:], axis=0), seconds[:, 0].min() / epochs


def timed(way, epochs):
    """Seconds that it takes."""
    begun = time.perf_counter()
    way(epochs)
    return time.perf_counter() - begun


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=9)
    rounds = parser.parse_args().rounds
    print(f"{tl.__version__}, {tl.config.floatx()}: net, batch; data set, generator; us a step")
    for units, size, n in NETS:
        ratios, epoch = measure(units, size, n, rounds)
        name = f"{'-'.join(map(str, units))}, {size}"
        print(f"{name:<24} {ratios[0]:.2f}  {ratios[1]:.2f}  {epoch / -(-n // size) * 1e6:.1f}")
