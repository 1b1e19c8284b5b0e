"""One round of training with its numbers: batch, outputs, costs, gradient and new weights."""

import numpy as np

from trilobite.tuning.dispatch import subject_of
from trilobite.tuning.noise import one_step

SHOWN = 16  # rows
FORMULAS = {
    "sgd": "w <- w - learning_rate * gradient",
    "momentum": "v <- 0.9 v - learning_rate * gradient; w <- w + v",
    "nesterov": "v <- 0.9 v - learning_rate * gradient; w <- w + 0.9 v - learning_rate * gradient",
    "adam": "m <- 0.9 m + 0.1 gradient; v <- 0.999 v + 0.001 gradient^2; "
    "w <- w - learning_rate * sqrt(1 - 0.999^t) / (1 - 0.9^t) * m / (sqrt(v) + 1e-7)",
    "rmsprop": "v <- 0.9 v + 0.1 gradient^2; w <- w - learning_rate * gradient / sqrt(v + 1e-7)",
}


def gradients(model, x, y):
    """The gradient that the next step on these rows would take.

    Returns
    -------
    dict of list of ndarray
        For each layer that is trained, by its name: of its arrays, kernel and bias.
    """
    subject = subject_of(model, x, y, None)
    subject.begin()
    optimizer = subject.module.Optimizer(subject.net, "gradient")
    training = subject.training(len(x), None, optimizer=optimizer)
    training.set_order(np.arange(len(x)))
    subject.require_finite(one_step(training))
    found = iter(optimizer.get_state())
    return {
        layer.name: [next(found) for _ in layer.trainable_weights]
        for layer in model.layers
        if layer.trainable_weights
    }


def round_with_numbers(trainer, layer, neuron):
    """Train one mini-batch, and tell what it did to a neuron.

    Parameters
    ----------
    trainer : Trainer
    layer, neuron : int
        Number of the Dense layer, and of one of its units.

    Returns
    -------
    dict
        See docs/playground-protocol.md.
    """
    model, view, name = trainer.model, trainer.view, trainer.spec["optimizer"]["name"]
    rows = trainer.next_rows()
    x, y, number = trainer.x[rows], trainer.y[rows], trainer.rounds + 1
    kernel, bias = gradients(model, x, y)[view.dense[layer].name]
    outputs = model.predict(x, verbose=0)
    cost = model.evaluate(x, y, verbose=0, return_dict=True)["loss"]
    rate = float(model.optimizer.learning_rate)
    before = _of(view, layer, neuron)
    trainer.train_rounds(1)
    shown = zip(x[:SHOWN], y, outputs, strict=False)
    return {
        "rows": [
            {"x": each.tolist(), "y": np.ravel(t).tolist(), "output": o.tolist()}
            for each, t, o in shown
        ],
        "n": len(rows),
        "batch": number,
        "batches": trainer.steps,
        "neuron": view.layers()[layer]["names"][neuron],
        "inputs": view.layers()[layer - 1]["names"] if layer else trainer.data.names,
        "cost_before": cost,
        "cost_after": model.evaluate(x, y, verbose=0, return_dict=True)["loss"],
        "gradient": [*kernel[:, neuron].tolist(), float(bias[neuron])],
        "weights_before": before,
        "weights_after": _of(view, layer, neuron),
        "learning_rate": rate,
        "formula": FORMULAS[name],
    }


def _of(view, layer, neuron):
    """The weights of a neuron, and last its bias."""
    kernel, bias = view.weights()[layer]
    return [*kernel[:, neuron].tolist(), float(bias[neuron])]
