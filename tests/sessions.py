"""A playground's session without a thread or a socket."""

import numpy as np

from trilobite.playground.frames import decode
from trilobite.playground.session import Session


def ask(session, kind, **fields):
    """The answer; what a step has left is trained, however slow the machine is."""
    answer = session.handle({"type": kind, "id": 1} | fields)
    while kind == "step" and session.running:
        session.work()
    return answer


def configured(keep=False, session=None, **fields):
    session = session or Session()
    ask(session, "configure", spec=session.spec | fields, keep=keep)
    return session


def weights(session):
    return [w.copy() for w in session.trainer.model.get_weights()]


def same(one, other):
    return all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


def shown(session):
    """Header and arrays of the next frame."""
    return decode(session.frame())
