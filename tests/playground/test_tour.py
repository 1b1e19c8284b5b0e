"""The tour's sentences are what happens."""

import numpy as np
import pytest

from trilobite.playground.session import Session
from trilobite.playground.tour import STEPS


def taken(step, epochs):
    """A session that has taken a step of the tour and trained."""
    session = Session()
    answer = session.handle({"type": "tour", "step": step})
    assert (answer["title"], answer["sentence"]) == STEPS[step][:2]
    assert answer["steps"] == len(STEPS) == 6
    assert session.epochs_per_frame == STEPS[step][3]
    train(session, epochs)
    return session


def train(session, epochs):
    until = session.trainer.epoch + epochs
    while session.trainer.epoch < until and not session.trainer.stopped:
        left = until - session.trainer.epoch
        session.handle({"type": "step", "epochs": min(left, 1000)})
        while session.running:
            session.work()


def train_cost(session):
    return session.trainer.curve.rows[:, 1]


def test_too_small_too_large_right():
    small, large, right = (taken(step, 100) for step in range(3))
    assert train_cost(small)[-1] > 0.9 * train_cost(small)[0]
    assert small.trainer.curve.diagnosis().verdict == "slow"
    assert large.trainer.curve.diagnosis().verdict in ("not_learning", "erratic")
    rises = np.diff(train_cost(large)) > 0
    assert 0.3 < rises.mean() < 0.7 and train_cost(large)[-20:].mean() > 0.6
    assert train_cost(right)[-1] < 0.2
    assert right.trainer.curve.diagnosis().verdict in ("improving", "converged")


def test_batch_size():
    many, few = taken(2, 100), taken(3, 100)
    assert (many.trainer.steps, few.trainer.steps) == (25, 2)
    assert train_cost(few)[-1] > 3 * train_cost(many)[-1]
    spec = few.spec | {"batch_size": 10}
    few.handle({"type": "configure", "spec": spec})
    train(few, 100)
    assert np.array_equal(train_cost(few), train_cost(many))


def test_when_to_stop():
    session = taken(4, 3000)
    test, best = session.trainer.curve.rows[:, 2], session.trainer.curve.best_epoch
    assert "early stopping" in session.trainer.stopped
    assert session.trainer.epoch == best + 100
    assert test[-1] > 1.2 * test[best - 1]
    assert train_cost(session)[-1] < 0.9 * train_cost(session)[best - 1]


def test_local_minimum():
    session = taken(5, 3000)
    stuck = train_cost(session)[-1]
    assert stuck == pytest.approx(0.26, abs=0.03)
    assert train_cost(session)[1000] < 1.1 * stuck
    spec = session.spec | {"batch_size": 10}
    session.handle({"type": "configure", "spec": spec, "keep": True})
    assert train_cost(session)[-1] == stuck  # it goes on
    train(session, 600)
    assert train_cost(session)[-50:].mean() < 0.5 * stuck
