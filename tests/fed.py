"""What makes batches, for tests of feeding: under Keras and under trilobite."""

import numpy as np

import trilobite as tl

RNG = np.random.default_rng(0)
X, Y, W = RNG.random((70, 6)), RNG.integers(0, 3, 70), RNG.random(70) + 0.5


def net(k=tl, metrics=("accuracy",), extra=()):
    """Small; `extra`: layers in the middle."""
    layers = [k.Input((6,)), k.layers.Dense(5, "tanh"), *extra, k.layers.Dense(3, "softmax")]
    model = k.Sequential(layers)
    named = dict(metrics=list(metrics), weighted_metrics=["sparse_categorical_crossentropy"])
    model.compile("adam", "sparse_categorical_crossentropy", **named)
    return model


def pair(**named):
    """Twice the same model."""
    tl.utils.set_random_seed(3)
    first = net(**named)
    tl.utils.set_random_seed(3)
    second = net(**named)
    second.set_weights(first.get_weights())
    return first, second


def batches(size=8, weights=False, times=1):
    """A generator."""
    for _ in range(times):
        for i in range(0, len(X), size):
            part = slice(i, i + size)
            yield (X[part], Y[part], W[part]) if weights else (X[part], Y[part])


def data_set(k=tl, size=8, weights=False, **named):
    """An object of a class derived from `PyDataset`; `told` is what it was asked."""

    class Made(k.utils.PyDataset):
        def __init__(self):
            super().__init__(**named)
            self.told = []

        def __len__(self):
            return -(-len(X) // size)

        def __getitem__(self, index):
            self.told.append(index)
            part = slice(index * size, (index + 1) * size)
            return (X[part], Y[part], W[part]) if weights else (X[part], Y[part])

        def on_epoch_begin(self):
            self.told.append("begin")

        def on_epoch_end(self):
            self.told.append("end")

    return Made()


def told(k, seen):
    """A callback that keeps the batches of each epoch, those of validation as -1, -2, ..."""

    class Told(k.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            seen.append([])

        def on_train_batch_end(self, batch, logs=None):
            seen[-1].append(batch)

        def on_test_batch_end(self, batch, logs=None):
            seen[-1].append(-1 - batch)

    return Told()
