"""Weights, state and rates given to a net that has trained: as if it had just been made."""

import numpy as np
import pytest
from compare import assert_same, networks, random_rows, train

STAGES = {
    "deep": [("dense", 33, "tanh", True), ("dense", 17, "relu", False)],
    "normalized": [
        ("dense", 33, "tanh", True),
        ("batch_normalization", 0.9, 1e-3, True, True),
        ("dense", 17, "tanh", True),
    ],
    "one": [],
}
OPTIMIZERS = [
    ("sgd", {"momentum": 0.9}),
    ("adam", {"amsgrad": True}),
    ("rmsprop", {"centered": True, "momentum": 0.5}),
    ("nadam", {}),
    ("adagrad", {"global_clipnorm": 0.1}),
    ("sgd", {}),
]
kinds = pytest.mark.parametrize("kind", STAGES)
optimizers = pytest.mark.parametrize("name, constants", OPTIMIZERS, ids=lambda v: "-".join(v))
batches = pytest.mark.parametrize("batch_size", [32, 300])


def trained(module, kind, name, constants, batch_size, epochs, seed, first_epoch=0):
    """A net after so many epochs, its optimizer, and its training for two more."""
    net, _ = networks(module, 20, [*STAGES[kind], ("dense", 3, "softmax", True)], seed)
    net.compile("sparse_categorical_crossentropy")
    optimizer = module.Optimizer(net, name, **constants)
    rows = module.Rows(random_rows(module, 700, 20, 1)), module.Rows(np.arange(700) % 3)
    training = module.Training(
        net, *rows, batch_size, epochs + 2, seed=5, first_epoch=first_epoch, optimizer=optimizer,
        threads=2,
    )  # fmt: skip
    assert train(training, 0.01, epochs) == "epoch"
    return net, optimizer, training


@kinds
@optimizers
@batches
@pytest.mark.parametrize("way", ["weights", "snapshot"])
def test_as_if_made_anew(module, kind, name, constants, batch_size, way):
    """The training of the net that has trained goes on; the other's begins at that epoch."""
    source, state, _ = trained(module, kind, name, constants, batch_size, 1, seed=0)
    ends = []
    for epochs in (2, 0):
        net, optimizer, training = trained(
            module, kind, name, constants, batch_size, epochs, seed=1 + epochs,
            first_epoch=2 - epochs,
        )  # fmt: skip
        if way == "weights":
            net.set_weights(source.get_weights())
            optimizer.set_state(state.get_state())
            optimizer.iterations = state.iterations
        else:
            net.restore(source.snapshot())
            optimizer.restore(state.snapshot())
        assert_same(net.get_weights(), source.get_weights())
        assert_same(optimizer.get_state(), state.get_state())
        assert train(training, 0.02, epochs + 2) == "epoch"
        ends.append([*net.get_weights(), *optimizer.get_state(), training.history[-2:]])
        assert optimizer.iterations == state.iterations + 2 * training.steps_per_epoch
    assert_same(*ends)


@kinds
@batches
def test_restored_in_the_middle_of_an_epoch(module, kind, batch_size):
    """The epoch begins anew, with the weights and the state that it began with."""
    ends = []
    for steps in (0, 2):
        net, optimizer, training = trained(module, kind, "adam", {}, batch_size, 1, seed=0)
        if steps:
            before = [*net.get_weights(), *optimizer.get_state()]
            assert training.run(2, seconds=100.0, steps=steps) == "running"
            training.restore()
            assert_same([*net.get_weights(), *optimizer.get_state()], before)
        assert train(training, 0.02) == "epoch"
        ends.append([*net.get_weights(), *optimizer.get_state(), training.history])
    assert_same(*ends)


@kinds
@batches
def test_set_in_the_middle_of_an_epoch(module, kind, batch_size):
    """The steps that follow go on from these weights: backpropagation reads them too."""
    ends = []
    for rate in (0.0, 0.01):  # the steps before
        net, _, training = trained(module, kind, "sgd", {}, batch_size, 0, seed=0)
        given = [np.random.default_rng(1).uniform(0.1, 1, w.shape) for w in net.get_weights()]
        training.learning_rate = rate
        assert training.run(1, seconds=100.0, steps=2) == "running"
        net.set_weights(given)
        assert train(training, 0.02, 1) == "epoch"
        ends.append(net.get_weights())
    assert_same(*ends)


@kinds
def test_predictions_are_those_of_the_weights_set(module, kind):
    net, *_ = trained(module, kind, "sgd", {}, 32, 1, seed=0)
    other, *_ = trained(module, kind, "sgd", {}, 32, 0, seed=1)
    x, outs = module.Rows(random_rows(module, 50, 20, 3)), []
    net.set_weights(other.get_weights())
    for each in (net, other):
        outs.append(np.empty((50, 3), module.dtype))
        assert each.predict(x, outs[-1])
        outs.append(each.evaluate(x, module.Rows(np.arange(50) % 3)))
    assert_same(outs[:2], outs[2:])
