"""Several threads at one network: each call sees a state between two steps, and none is lost."""

import _thread
import os
import threading

import numpy as np
import pytest
from compare import assert_same, dense, networks, random_rows

ROUNDS = 60
N = 300
METRICS = tuple(("sparse_top_k_categorical_accuracy", k) for k in range(1, 40))


@pytest.fixture
def engine(module):
    if module.name == "reference":
        pytest.skip("is the oracle, of one thread")
    return module


def compiled(module, metrics=()):
    net, _ = networks(module, *dense([20, 33, 3], "relu", "softmax"))
    net.compile("sparse_categorical_crossentropy", metrics)
    return net, module.Rows(random_rows(module, N, 20, 1)), module.Rows(np.arange(N) % 3)


def at_once(*works):
    """Do all at once; raise what one of them raised."""
    errors = []

    def guarded(work):
        try:
            work()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=guarded, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


def until_done(work, also):
    """Do `also` again and again while `work` is done in another thread."""
    done = threading.Event()

    def first():
        try:
            work()
        finally:
            done.set()

    def second():
        while True:
            also()
            if done.is_set():
                return

    at_once(first, second)


@pytest.mark.parametrize("what", ["evaluate", "predict", "train"])
def test_compiled_meanwhile(engine, what):
    """Buffers, plan and metrics of a call are of one compilation."""
    net, x, y = compiled(engine)
    expected = {}
    for metrics in METRICS, ():
        net.compile("sparse_categorical_crossentropy", metrics)
        totals = net.evaluate(x, y, threads=2)
        expected[totals.size] = totals.tobytes()
    out = np.empty((2, N, 3), engine.dtype)
    net.predict(x, out[0])

    def work():
        for _ in range(ROUNDS):
            if what == "evaluate":
                totals = net.evaluate(x, y, threads=2)
                assert totals.tobytes() == expected[totals.size]
            elif what == "predict":
                assert net.predict(x, out[1], 2)
                assert (out[0] == out[1]).all()
            else:
                training = engine.Training(net, x, y, 64, 2, threads=2)
                training.learning_rate = 0.0
                assert training.run(2, seconds=100.0) == "epoch"
                assert training.history.shape[1] in expected

    def compile_again():
        net.compile("sparse_categorical_crossentropy", METRICS)
        net.compile("sparse_categorical_crossentropy")

    until_done(work, compile_again)


def test_one_training_run_by_two_threads(engine):
    """Steps are done one after the other, and none twice."""
    ends = []
    for threads in 1, 2:
        net, x, y = compiled(engine)
        training = engine.Training(net, x, y, 32, 50, threads=2)

        def work(training=training):
            while training.run(50, seconds=1e-4) != "epoch":
                pass

        at_once(*[work] * threads)
        ends.append([*net.get_weights(), training.history])
    assert_same(*ends)


def test_two_trainings_of_one_network(engine):
    """Their steps take turns: at learning rate 0 of one the other's count alone."""
    ends = []
    for both in False, True:
        net, x, y = compiled(engine)
        trainings = [engine.Training(net, x, y, 32, 50) for _ in range(2)]
        trainings[1].learning_rate = 0.0

        def work(training):
            while training.run(50, seconds=1e-4) != "epoch":
                pass

        at_once(*(lambda t=t: work(t) for t in trainings[: 1 + both]))
        ends.append(net.get_weights())
    assert_same(*ends)


def test_read_between_two_steps(engine):
    """Weights, and weights with the optimizer's state, are those after some step."""

    def states(net, optimizer):
        arrays = [*net.get_weights(), *optimizer.get_state()]
        return b"".join(a.tobytes() for a in arrays)

    net, x, y = compiled(engine)
    optimizer = engine.Optimizer(net, "adam")
    training = engine.Training(net, x, y, 32, 20, optimizer=optimizer)
    known = {states(net, optimizer)}
    while training.run(20, steps=1) != "epoch":
        known.add(states(net, optimizer))
    known.add(states(net, optimizer))

    net, x, y = compiled(engine)
    optimizer = engine.Optimizer(net, "adam")
    training = engine.Training(net, x, y, 32, 20, optimizer=optimizer)

    def work():
        while training.run(20, seconds=1e-5) != "epoch":
            pass

    def look():
        with net.reading():
            assert states(net, optimizer) in known

    until_done(work, look)


def test_weights_set_while_it_trains(engine):
    """At learning rate 0 they stay what was set, all of them."""
    net, x, y = compiled(engine)
    training = engine.Training(net, x, y, 32, 50, threads=2)
    training.learning_rate = 0.0
    choices = [[np.full(w.shape, value) for w in net.get_weights()] for value in (0.25, 0.5)]
    net.set_weights(choices[0])

    def work():
        while training.run(50, seconds=1e-4) != "epoch":
            assert len({float(value) for w in net.get_weights() for value in w.flat}) == 1

    def set_again():
        for weights in choices:
            net.set_weights(weights)

    until_done(work, set_again)


def test_rates_and_divisors_set_while_it_trains(engine):
    net, x, y = compiled(engine)
    training = engine.Training(net, x, y, 32, 50)

    def work():
        while training.run(50, seconds=1e-4) != "epoch":
            pass

    def set_again():
        training.learning_rates = np.zeros(3)
        training.divisors = np.full(training.steps_per_epoch, 32.0)
        training.learning_rate = 0.0

    until_done(work, set_again)
    assert np.isfinite(training.history).all()


def test_turns_may_be_nested(engine):
    net, x, y = compiled(engine)
    training = engine.Training(net, x, y, 32, 5)
    with net.reading(), net.reading():
        net.evaluate(x, y)
        with pytest.raises(RuntimeError, match="by a thread that is reading it"):
            training.run(5)
        with pytest.raises(RuntimeError, match="by a thread that is reading it"):
            net.set_weights(net.get_weights())
    with net.writing(), net.reading():
        net.set_weights(net.get_weights())
        assert training.run(5, seconds=100.0) == "epoch"


def held(net):
    """A thread that has its turn at a network until the event is set."""
    has, done = threading.Event(), threading.Event()

    def hold():
        with net.writing():
            has.set()
            done.wait()

    thread = threading.Thread(target=hold)
    thread.start()
    has.wait()
    return thread, done


def test_interrupt_while_waiting(engine, sigint):
    """And whoever gave up waiting is in nobody's way."""
    net, *_ = compiled(engine)
    thread, done = held(net)
    timer = threading.Timer(0.1, _thread.interrupt_main)
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        net.get_weights()
    done.set()
    thread.join()
    timer.join()
    net.set_weights(net.get_weights())


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_fork_while_it_is_held(engine):
    """The thread that had the network is not in the child, which goes on."""
    net, *_ = compiled(engine)
    thread, done = held(net)
    child = os.fork()
    if child == 0:
        threading.Timer(60, os._exit, (1,)).start()
        net.set_weights(net.get_weights())
        os._exit(0)
    done.set()
    thread.join()
    assert os.waitpid(child, 0)[1] == 0
