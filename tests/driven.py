"""A callback driven without a training: it is told what a training would tell it."""

import os
from types import SimpleNamespace

import numpy as np


class Model:
    """What a callback sees of a model; its weights are the number of the epoch."""

    metrics = ()

    def __init__(self, learning_rate=0.5):
        self.optimizer = SimpleNamespace(learning_rate=learning_rate)
        self.stop_training, self.weights, self.saved = False, [np.full(1, -1.0)], []

    def metric_directions(self):
        return {}

    def get_weights(self):
        return self.weights

    def set_weights(self, weights):
        self.weights = weights

    def save(self, path, overwrite):
        self.saved.append((os.path.basename(path), int(self.weights[0][0])))

    save_weights = save


def drive(callback, numbers, name="loss", learning_rate=0.5):
    """Tell a callback of a training with these numbers; return the model and the logs."""
    model, everything = Model(learning_rate), []
    callback.set_params({"epochs": len(numbers), "steps": 1, "verbose": 0})
    callback.set_model(model)
    callback.on_train_begin({})
    for epoch, number in enumerate(numbers):
        callback.on_epoch_begin(epoch, {})
        model.weights = [np.full(1, float(epoch))]
        logs = {"other": 1.0, name: number}
        callback.on_epoch_end(epoch, logs)
        everything.append(logs)
        if model.stop_training:
            break
    callback.on_train_end(everything[-1])
    return model, everything
