"""Weights that networks share, and weights that training leaves as they are."""

import _thread
from itertools import product

import numpy as np
import pytest
from compare import ORACLE, assert_close, assert_same, networks, random_rows, tolerance, train

N_IN, N = 20, 700
BN = ("batch_normalization", 0.9, 1e-3, True, True)
STAGES = [
    ("dense", 33, "tanh", True),
    BN,
    ("dropout", 0.25),
    ("dense", 17, "gelu", False),
    ("batch_normalization", 0.5, 1e-3, False, False),
    ("dense", 3, "softmax", True),
]
ARRAYS = [2, 4, 0, 1, 2, 2]  # of each stage
MASKS = [
    [True, True, True, True, True, False],
    [True, False, True, False, True, True],
    [False, True, True, True, False, True],
    [False, False, False, True, True, True],
    [False, False, False, False, False, True],
    [False, False, False, False, True, False],
    [False] * 6,
]


@pytest.fixture
def engine(module):
    if module.name == "reference":
        pytest.skip("its networks share nothing")
    return module


def rows(module, of=None):
    of = of or module
    return of.Rows(random_rows(module, N, N_IN, 1)), of.Rows(np.arange(N) % 3)


def of_stages(mask):
    """Of each array whether its stage is trained."""
    return [trained for trained, n in zip(mask, ARRAYS, strict=True) for _ in range(n)]


@pytest.mark.parametrize("mask", MASKS)
@pytest.mark.parametrize("optimizer", ["sgd", "adam", "clipped"])
def test_frozen_stages_as_in_the_oracle(module, mask, optimizer):
    """Frozen arrays keep their bits and count in no penalty; the others are the oracle's."""
    name, constants = ("sgd", {"clipnorm": 0.01}) if optimizer == "clipped" else (optimizer, {})
    penalties = [(0.01, 0.02)] * sum(ARRAYS)
    nets = networks(module, N_IN, STAGES, trained=mask, penalties=penalties)
    for m, net in zip((module, ORACLE), nets, strict=True):
        net.compile("sparse_categorical_crossentropy", ["sparse_categorical_accuracy"])
        before = net.get_weights()
        descent = m.Optimizer(net, name, **constants)
        drawn = {name: getattr(module, name) for name in ("permutation", "dropout_mask")}
        options = {"seed": 3, "optimizer": descent} | (drawn if m is ORACLE else {"threads": 2})
        training = m.Training(net, *rows(module, m), 300, 2, **options)
        assert train(training, 0.05) == "epoch"
        after = zip(before, net.get_weights(), of_stages(mask), strict=True)
        for w, trained in ((pair, trained) for *pair, trained in after):
            assert trained != np.array_equal(*w)
    got, expected = (net.get_weights() for net in nets)
    tol = tolerance(module, N_IN, N) * (64 if optimizer == "adam" else 4)
    for a, b in zip(got, expected, strict=True):
        assert_close(a, b, rtol=tol, atol=tol)
    pairs = zip((module, ORACLE), nets, strict=True)
    assert_close(*(net.evaluate(*rows(module, m))[0] for m, net in pairs), rtol=tol)


def test_nothing_is_kept_for_frozen_stages(engine):
    """An optimizer has no state for them."""
    for mask in MASKS:
        net, _ = networks(engine, N_IN, STAGES, trained=mask)
        assert net.trainable == tuple(
            trained and i not in (4, 5, 7, 8) for i, trained in enumerate(of_stages(mask))
        )
        shapes = [w.shape for w, of in zip(net.get_weights(), net.trainable, strict=True) if of]
        state = engine.Optimizer(net, "adam").get_state()
        assert [a.shape for a in state] == shapes * 2
        assert net.n_trainable == sum(map(np.prod, shapes))


def test_a_frozen_training_begins_anew(engine):
    """`restore` puts back what an epoch has changed, and only that."""
    net, _ = networks(engine, N_IN, STAGES, trained=MASKS[2])
    net.compile("sparse_categorical_crossentropy")
    before = net.get_weights()
    training = engine.Training(net, *rows(engine), 32, 2)
    training.run(1, steps=3)
    assert any(not np.array_equal(*pair) for pair in zip(before, net.get_weights(), strict=True))
    training.restore()
    assert_same(net.get_weights(), before)


def pair(module, masks=(None, None), stages=(STAGES, STAGES), like=0):
    """Two networks with the same arrays, and a third, alone, with copies of those of one."""
    first, _ = networks(module, N_IN, stages[0], trained=masks[0])
    weights = [*first.weights, *[None] * len(stages[1])][: len(stages[1])]
    second = module.Network(N_IN, stages[1], weights=weights, trained=masks[1])
    alone = module.Network(N_IN, stages[like], trained=masks[like])
    alone.set_weights((first, second)[like].get_weights())
    for net in (first, second, alone):
        net.compile("sparse_categorical_crossentropy")
    return first, second, alone


def one_epoch(module, net, name="sgd"):
    descent = module.Optimizer(net, name, momentum=0.9)
    training = module.Training(net, *rows(module), 32, seed=1, optimizer=descent)
    assert train(training, 0.05) == "epoch"
    return training


@pytest.mark.parametrize("masks", list(product([None, MASKS[1], MASKS[4]], repeat=2)))
def test_shared_weights_train_in_turns(engine, masks):
    """Two networks of the same arrays, trained in turns: as one that is compiled in between."""
    first, second, alone = pair(engine, masks)
    for net, mask in ((first, masks[0]), (second, masks[1]), (first, masks[0])):
        one_epoch(engine, net)
        again = engine.Network(N_IN, STAGES, trained=mask)
        again.compile("sparse_categorical_crossentropy")
        again.set_weights(alone.get_weights())
        one_epoch(engine, again)
        alone.set_weights(again.get_weights())
        assert_same(first.get_weights(), alone.get_weights())
        assert_same(second.get_weights(), alone.get_weights())


def test_part_of_a_network(engine):
    """The first stages as a network of their own: its outputs are those of the hidden layer."""
    first, hidden, alone = pair(engine, stages=(STAGES, STAGES[:4]), like=1)
    x, out, expected = rows(engine)[0], *np.empty((2, N, 17), engine.dtype)
    one_epoch(engine, first)
    alone.set_weights(first.get_weights()[:7])
    assert hidden.predict(x, out) and alone.predict(x, expected)
    assert_same([out], [expected])


def test_weights_set_in_one_network_are_those_of_all(engine):
    for way in ("set_weights", "restore", "set", "Training.restore"):
        first, second, alone = pair(engine)
        one_epoch(engine, second)  # whose copies of w.T are now those of its weights
        before = second.snapshot()
        training = engine.Training(first, *rows(engine), 32, 2)
        training.run(1, steps=3)
        if way == "set_weights":
            first.set_weights(alone.get_weights())
        elif way == "restore":
            first.restore(before)
        elif way == "set":
            first.weights[3].set([np.ones((33, 17))])
            assert (first.weights[3].get()[0] == 1).all()
        else:
            training.restore()
        assert_same(first.get_weights(), second.get_weights())
        alone.set_weights(first.get_weights())
        one_epoch(engine, second)
        one_epoch(engine, alone)
        assert_same(second.get_weights(), alone.get_weights())


def test_weights_of_another_form(engine):
    first, _ = networks(engine, N_IN, STAGES)
    for stages in ([("dense", 34, "tanh", True)], [("dense", 33, "tanh", False)], [BN]):
        with pytest.raises(ValueError, match=r"weights: of \('dense', 20, 33, .* given; expected"):
            engine.Network(N_IN, stages, weights=first.weights[:1])
    with pytest.raises(TypeError):
        engine.Network(N_IN, STAGES[:1], weights=["w"])
    with pytest.raises(ValueError, match=r"weights: arrays of shapes \[\(2,\)\] given"):
        first.weights[0].set([np.zeros(2)])


def test_two_threads_at_networks_that_share(engine):
    """A third network of arrays of two others, which train at the same time: none is torn."""
    stages = [("dense", 65, "relu", True), ("dense", 3, "softmax", True)]
    ones, _ = networks(engine, N_IN, stages, 1)
    others, _ = networks(engine, N_IN, stages, 2)
    both = engine.Network(N_IN, stages, weights=[others.weights[0], ones.weights[1]])
    nets, done = (ones, others, both), []
    x, y = rows(engine)
    for net in nets:
        net.compile("sparse_categorical_crossentropy")

    def work(net):
        for _ in range(20):
            training = engine.Training(net, x, y, 32)
            training.learning_rate = 1e-3
            while training.run(1, seconds=0.001) == "running":
                net.evaluate(x, y)
        done.append(net)

    def look():
        while len(done) < 3:
            with both.reading():
                assert_same(both.get_weights(), both.get_weights())
        done.append(None)

    for net in nets:
        _thread.start_new_thread(work, (net,))
    look()
    assert len(done) == 4
