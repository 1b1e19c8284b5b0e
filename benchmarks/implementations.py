"""What is measured: a class for each library that can train a `Net` or predict with it.

`Trilobite` and `Reference` are here, the others in peers.py. A class says which modules it `needs`,
and in which ways it can be used: `options` to train, `blocks` of rows to predict. Of these the one
that is fastest on the spot is measured.
"""

import math

import numpy as np

import trilobite as keras
from trilobite import reference
from trilobite.layers import Dense, Rescaling

LEARNING_RATE = 0.01
# Keras's names, by the kind of cost
OUTPUTS = {"squared": "linear", "binary": "sigmoid", "categorical": "softmax"}
COSTS = {
    "squared": "mean_squared_error",
    "binary": "binary_crossentropy",
    "categorical": "sparse_categorical_crossentropy",
}


def pairs_of(history):
    """(cost, accuracy) of each epoch of Keras's history; None without an accuracy."""
    costs = history["loss"]
    return list(zip(costs, history.get("accuracy", [None] * len(costs)), strict=True))


class Implementation:
    """A net on its way through a library.

    Parameters
    ----------
    net : Net
    weights : list of ndarray
        [w, b, ...] to start from.
    x, y : ndarray
        What `fit` trains on and `predict` predicts for.
    learning_rate : float
    shuffle : bool
    option : one of the class's options or blocks
    """

    name = needs = None
    python = None  # the interpreter of another environment, in which the library is
    same_adam = True  # epsilon stands where Keras has it
    options = blocks = (None,)

    def __init__(self, net, weights, x, y, learning_rate=LEARNING_RATE, shuffle=True, option=None):
        self.net, self.x, self.y = net, x, y
        self.learning_rate, self.shuffle, self.option = learning_rate, shuffle, option
        self.begin(weights)

    @staticmethod
    def form(net):
        """The net as the library has it; None if it has none like it."""
        return net

    def begin(self, weights):
        """Build the network; nothing of it counts as training time."""
        raise NotImplementedError

    def fit(self, epochs):
        """Train; return a list of (cost, accuracy) of each epoch, None for what is not computed."""
        raise NotImplementedError

    def weights(self):
        """[w, b, ...] as NumPy arrays of any layout."""
        raise NotImplementedError

    def predict(self):
        """The outputs for x, anything that `numpy.asarray` takes."""
        raise NotImplementedError

    def call(self):
        """The same where x is one row, for which there may be a shorter way."""
        return self.predict()


class Trilobite(Implementation):
    """This library, as its users call it; the option is a factor of a Rescaling layer."""

    name = "trilobite"

    def begin(self, weights):
        *hidden, output = self.net.widths[1:]
        layers = [keras.Input((self.net.widths[0],), dtype=self.net.dtype)]
        layers += [Rescaling(self.option)] if self.option else []
        layers += [Dense(n, activation=self.net.activation) for n in hidden]
        layers += [Dense(output, activation=OUTPUTS[self.net.cost])]
        self.model = keras.Sequential(layers)
        self.model.compile(
            {"sgd": keras.optimizers.SGD, "adam": keras.optimizers.Adam}[self.net.optimizer](
                self.learning_rate
            ),
            COSTS[self.net.cost],
            metrics=[] if self.net.squared else ["accuracy"],
        )
        self.model.set_weights(weights)

    def fit(self, epochs):
        history = self.model.fit(
            self.x, self.y, self.net.batch, epochs, verbose=0, shuffle=self.shuffle
        ).history
        return pairs_of(history)

    def weights(self):
        return self.model.get_weights()

    def predict(self):
        return self.model.predict(self.x, verbose=0)

    def call(self):
        return self.model(self.x)


class Reference(Implementation):
    """trilobite.reference: plain NumPy, in place, its BLAS on all cores."""

    name = "NumPy"

    def begin(self, weights):
        self.module, self.epochs_done = reference.load(self.net.dtype), 0
        *hidden, output = self.net.widths[1:]
        stages = [("dense", n, self.net.activation, True) for n in hidden]
        stages += [("dense", output, OUTPUTS[self.net.cost], True)]
        cost = COSTS[self.net.cost]
        self.network = self.module.Network(self.net.widths[0], stages)
        accuracy = cost.replace("crossentropy", "accuracy")
        self.network.compile(cost, [] if self.net.squared else [accuracy])
        self.network.set_weights(weights)
        self.optimizer = self.module.Optimizer(self.network, self.net.optimizer)

    def fit(self, epochs):
        training = self.module.Training(
            self.network,
            self.module.Rows(self.x),
            self.module.Rows(self.y),
            self.net.batch,
            epochs,
            first_epoch=self.epochs_done,
            shuffle=self.shuffle,
            optimizer=self.optimizer,
        )
        training.learning_rate = self.learning_rate
        training.run(epochs, math.inf)
        self.epochs_done += epochs
        history = training.history  # sums, each before the number of rows that it is over
        return [(*row, None)[:2] for row in (history[:, 0::2] / history[:, 1::2]).tolist()]

    def weights(self):
        return self.network.get_weights()

    def predict(self):
        out = np.empty((len(self.x), self.network.n_out), self.net.dtype)
        self.network.predict(self.module.Rows(self.x), out)
        return out
