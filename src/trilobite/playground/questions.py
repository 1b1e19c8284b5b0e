"""What a visitor asks about a session: nothing in it changes."""

from trilobite._checks.numbers import integer
from trilobite.playground import exports, net
from trilobite.playground.program import program as program_of
from trilobite.playground.surface import surface as surface_of
from trilobite.tuning import learning_rate_range


def range_test(session):
    """Find a learning rate for this net, from the weights with which it begins."""
    trainer = session.trainer
    model = net.build(session.spec, session.data)
    found = learning_rate_range(
        model, trainer.x, trainer.y, batch_size=trainer.batch_size, validation_data=trainer.test
    )
    return {
        "rates": found.rates.tolist(),
        "costs": found.costs.tolist(),
        "suggestion": found.suggestion,
        "reason": found.reason,
        "diverged_at": found.diverged_at,
    }


def diagnose(session):
    """Say what the curve means."""
    found = session.trainer.curve.diagnosis()
    names = ("verdict", "epoch", "rule", "advice")
    return {name: found and getattr(found, name) for name in names} | {"line": found and str(found)}


def surface(session, points):
    """The cost around the present weights."""
    return surface_of(session.trainer, integer("points", points, 11, 41))


def program(session, face):
    """The program that trains the same."""
    text, notes = program_of(session.trainer, face, session.own)
    return {"text": text, "notes": notes}


def export(session, what):
    """A file to be taken away."""
    return exports.export(session.trainer, what)
