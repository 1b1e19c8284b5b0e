"""The engine's tables and the reference's: the same names, the same flags."""

from collections import Counter
from inspect import signature

import pytest

from trilobite import activations, engine, losses, metrics, optimizers, reference

ENGINE = engine.load()


def test_activations():
    ours, theirs = ENGINE.ACTIVATIONS, reference.ACTIVATIONS
    assert {name: (row.from_z, row.numbers) for name, row in ours.items()} == {
        name: (row.from_z, row.numbers) for name, row in theirs.items()
    }


@pytest.mark.parametrize("flag", ["activation", "class_indices", "smoothed", "delta"])
def test_costs(flag):
    ours, theirs = ENGINE.COSTS, reference.COSTS
    assert {name: getattr(row, flag) for name, row in ours.items()} == {
        name: getattr(row, flag) for name, row in theirs.items()
    }


def test_costs_of_output_and_of_z():
    ours = {n: (row.code is None, row.of_z is None) for n, row in ENGINE.COSTS.items()}
    theirs = {n: (not row.of_output, not row.of_z) for n, row in reference.COSTS.items()}
    assert ours == theirs


def test_metrics():
    def of(table):
        return {
            name: (row.number, row.sums and row.sums(row.number or 0, 3))
            for name, row in table.items()
        }

    assert of(ENGINE.METRICS) == of(reference.METRICS)


@pytest.mark.parametrize("of", ["constants", "slots", "scalars"])
def test_optimizers(of):
    """In the same order, too."""
    assert ENGINE.OPTIMIZERS.keys() == reference.OPTIMIZERS.keys()
    for name, row in ENGINE.OPTIMIZERS.items():
        theirs = getattr(reference.OPTIMIZERS[name], of)
        assert list(getattr(row, of).items()) == list(theirs.items()), name


def test_codes():
    """Each stands for one thing, but of targets that are class indices."""
    for table in (ENGINE.ACTIVATIONS, ENGINE.COSTS, ENGINE.METRICS, ENGINE.OPTIMIZERS):
        codes = Counter()
        for name, row in table.items():
            if not name.startswith(("sparse_", "root_")) and not getattr(row, "pieces", None):
                codes.update([(row.code, getattr(row, "cost", None))] * (row.code is not None))
                codes.update([getattr(row, "of_z", None)])
        del codes[None]
        assert set(codes.values()) == {1}, codes


# ---- what the face declares ----


def test_every_row_is_declared():
    functions = activations._FUNCTIONS.values()
    specs = [f.spec(*(0.0, 0.0) * (f is activations.threshold)) for f in functions]
    specs.append(activations.relu.spec(0.25, 6.0))
    assert {s if isinstance(s, str) else s[0] for s in specs} == ENGINE.ACTIVATIONS.keys()
    of_output = {name for name, row in ENGINE.COSTS.items() if row.code is not None}
    assert {cls().formula for cls in losses._CLASSES} == of_output
    plans = [cls(*[0.5] * ("At" in cls.__name__)).plan() for cls in metrics._CLASSES]
    plans += [c(from_logits=True).plan() for c in metrics._CLASSES if "Crossent" in c.__name__]
    summed = {(plan if isinstance(plan, str) else plan[0]).split(":")[-1] for plan in plans}
    assert ENGINE.METRICS.keys() - ENGINE.COSTS.keys() <= summed <= ENGINE.METRICS.keys()
    assert {cls.formula for cls in optimizers._CLASSES} == ENGINE.OPTIMIZERS.keys() - {"gradient"}


def test_constants_of_optimizers():
    for cls in optimizers._CLASSES:
        row = ENGINE.OPTIMIZERS[cls.formula]
        assert {name: getattr(cls(), name) for name in cls.constants} == row.constants


def test_flags_of_losses():
    for cls in losses._CLASSES:
        row, arguments = ENGINE.COSTS[cls().formula], signature(cls).parameters
        assert cls.class_indices == row.class_indices
        assert ("from_logits" in arguments) == (row.of_z is not None)
        assert ("delta" in arguments) == (row.delta is not None)
