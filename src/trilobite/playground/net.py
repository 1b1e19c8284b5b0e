"""The net of a spec, by Keras's names, and pictures of what its neurons compute."""

import threading

import numpy as np

import trilobite as keras
from trilobite.layers import BatchNormalization, Dense, Dropout, Input, Normalization
from trilobite.optimizers import SGD, Adam, RMSprop, schedules
from trilobite.playground.data import N_MAP, N_SMALL

_seeding = threading.Lock()  # the seeds of all sessions come from one generator


def build(spec, data):
    """A compiled model, whose weights are drawn from the spec's seed.

    Parameters
    ----------
    spec : dict
        Checked.
    data : Data

    Returns
    -------
    Sequential
    """
    with _seeding:
        keras.utils.set_random_seed(spec["seed"])
        model = keras.Sequential([Input((len(data.names),)), *_layers(spec, data)])
        compile_as(model, spec, data)
    return model


def _layers(spec, data):
    if data.scaled:
        normalization = Normalization()
        normalization.adapt(data.train[0])
        yield normalization
    for n in spec["hidden"]:
        yield Dense(n, activation=spec["activation"], kernel_regularizer=_penalty(spec))
        if spec["batch_normalization"]:
            yield BatchNormalization()
        if spec["dropout"]:
            yield Dropout(spec["dropout"])
    n, activation = output(data)
    yield Dense(n, activation=activation, kernel_regularizer=_penalty(spec))


def output(data):
    """Number of outputs and their activation."""
    if data.classes is None:
        return 1, "linear"
    return (1, "sigmoid") if len(data.classes) == 2 else (len(data.classes), "softmax")


def _penalty(spec):
    kind, rate = spec["regularization"]["kind"], spec["regularization"]["rate"]
    if kind == "none" or not rate:
        return None
    return keras.regularizers.L1(rate) if kind == "l1" else keras.regularizers.L2(rate)


def compile_as(model, spec, data):
    """Compile as the spec says, with a new optimizer."""
    model.compile(optimizer(spec, data), loss(spec, data), metrics=[metric(data)])


def loss(spec, data):
    """Keras's name of the loss."""
    if spec["loss"] == "squared_error":
        return "mean_squared_error"
    return "binary_crossentropy" if output(data)[0] == 1 else "sparse_categorical_crossentropy"


def metric(data):
    """Keras's name of what is measured beside the cost."""
    return "mean_absolute_error" if data.classes is None else "accuracy"


def batch_size(spec, data):
    """Rows of a step."""
    n = len(data.train[1])
    return n if spec["batch_size"] == "full" else min(spec["batch_size"], n)


def targets(spec, data, y):
    """What the net learns of y: one-hot for squared errors of more than two classes."""
    if data.classes and len(data.classes) > 2 and spec["loss"] == "squared_error":
        return keras.utils.to_categorical(y, len(data.classes))
    return y


def learning_rate(spec, data):
    """The rate, or its schedule."""
    rate = spec["optimizer"]["learning_rate"]
    steps = spec["schedule_epochs"] * -(-len(data.train[1]) // batch_size(spec, data))
    if spec["schedule"] == "exponential":
        return schedules.ExponentialDecay(rate, decay_steps=steps, decay_rate=0.1)
    if spec["schedule"] == "cosine":
        return schedules.CosineDecay(rate, decay_steps=steps)
    return rate


def optimizer(spec, data):
    """A new optimizer."""
    name, rate = spec["optimizer"]["name"], learning_rate(spec, data)
    if name == "adam":
        return Adam(rate)
    if name == "rmsprop":
        return RMSprop(rate)
    return SGD(rate, momentum=0.0 if name == "sgd" else 0.9, nesterov=name == "nesterov")


class View:
    """The layers of a model, and what they make of the plane that is shown.

    Attributes
    ----------
    dense : list of Dense
        The hidden layers and the output.
    """

    def __init__(self, model, data):
        self.model, self.data = model, data
        self.dense = [layer for layer in model.layers if isinstance(layer, Dense)]
        self._parts = [keras.Model(model.inputs, layer.output) for layer in self.dense[:-1]]

    def map(self):
        """The outputs over the domain, (outputs, N_MAP, N_MAP)."""
        outputs = self.model.predict(self.data.grid(N_MAP), verbose=0)
        return outputs.T.reshape(-1, N_MAP, N_MAP)

    def neurons(self):
        """Each hidden neuron over the domain, (neurons, N_SMALL, N_SMALL), layer by layer."""
        rows = self.data.grid(N_SMALL)
        found = [part.predict(rows, verbose=0).T for part in self._parts]
        found = np.concatenate(found) if found else np.zeros((0, len(rows)), "f4")
        return found.reshape(-1, N_SMALL, N_SMALL)

    def weights(self):
        """Kernel and bias of each Dense layer."""
        return [layer.get_weights() for layer in self.dense]

    def set_weight(self, layer, row, column, value):
        """Set one weight; row -1 is the bias."""
        of = self.dense[layer]
        kernel, bias = of.get_weights()
        if row < 0:
            bias[column] = value
        else:
            kernel[row, column] = value
        of.set_weights([kernel, bias])

    def layers(self):
        """What the page is told of each Dense layer."""
        return [
            {
                "kind": "output" if layer is self.dense[-1] else "hidden",
                "inputs": len(kernel),
                "outputs": len(bias),
                "activation": layer.get_config()["activation"],
                "names": self._names(k, len(bias)),
            }
            for k, (layer, (kernel, bias)) in enumerate(
                zip(self.dense, self.weights(), strict=True)
            )
        ]

    def _names(self, k, n):
        if k < len(self.dense) - 1:
            return [f"hidden {k + 1}, neuron {j + 1}" for j in range(n)]
        classes = self.data.classes
        return [f"class {c}" for c in classes] if classes and n > 1 else ["output"]
