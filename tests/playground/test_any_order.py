"""Messages in any order, right and wrong ones: each is answered or refused, and all goes on."""

import json

import numpy as np
import pytest

from trilobite.playground.frames import decode, dumps
from trilobite.playground.session import _TYPES, Session
from trilobite.playground.spec import ACTIVATIONS, DEFAULT, LOSSES, OPTIMIZERS, SCHEDULES
from trilobite.playground.visitor import _REFUSALS

CSV = "a,b,c,y\n" + "".join(f"{k % 7},{k % 5},{k % 3},{k % 4}\n" for k in range(50))
NUMBERS = "a,y\n" + "".join(f"{k},{k * 1.5}\n" for k in range(30))
VALUES = [None, True, -1, 0, 1, 2, 7, 1e9, 10**30, float("nan"), "", "x1", "full", [], [3], {}]


def spec_at_random(rng, own):
    """Mostly a spec that can be taken, of own data if there are some."""
    pick = rng.choice
    numbers = own is None and bool(rng.integers(2))
    spec = {
        "problem": "regression" if numbers else "classification",
        "data": {"name": "plane" if numbers else pick(["circle", "three_classes"]), "rows": 30},
        "features": list(pick(["x1", "x2", "x1^2"], 2, replace=False)),
        "hidden": rng.integers(1, 5, rng.integers(0, 4)).tolist(),
        "activation": pick(ACTIVATIONS),
        "loss": pick(LOSSES),
        "optimizer": {"name": pick(OPTIMIZERS), "learning_rate": float(10 ** rng.uniform(-4, 3))},
        "schedule": pick(SCHEDULES),
        "regularization": {"kind": pick(["none", "l1", "l2"]), "rate": float(rng.uniform(0, 2))},
        "dropout": float(pick([0, 0.5])),
        "batch_normalization": bool(rng.integers(2)),
        "early_stopping": {"on": bool(rng.integers(2)), "patience": 2},
        "batch_size": pick([1, 4, 100]).item() if rng.integers(3) else "full",
    }
    if own is not None:
        spec["data"]["name"] = "own"
        spec["features"] = list(pick(own.features, rng.integers(1, 1 + len(own.features)), False))
        spec["view"] = "pca" if rng.integers(2) else list(pick(own.features, 2))
    kept = [key for key in spec if rng.integers(2) or key in ("problem", "data")]
    return json.loads(json.dumps({key: spec[key] for key in kept}, default=str))


def message(rng, session):
    kind = rng.choice([*_TYPES, "configure", "configure", "configure", "data"])
    own = session.own if rng.integers(3) else None
    known = {
        "spec": lambda: spec_at_random(rng, own),
        "keep": lambda: bool(rng.integers(4)),
        "epochs": lambda: int(rng.integers(1, 6)),
        "rounds": lambda: None if rng.integers(2) else int(rng.integers(1, 9)),
        "text": lambda: (CSV, NUMBERS, CSV[:50], "a,b\n1\n")[rng.integers(4)],
        "target": lambda: (None, "a", "z")[rng.integers(3)],
        "face": lambda: ("keras", "sklearn")[rng.integers(2)],
        "what": lambda: ("model", "history", "numpy")[rng.integers(3)],
        "points": lambda: 11,
        "name": lambda: "n",
        "value": lambda: float(rng.normal()),
    }
    fields = {
        name: known[name]() if name in known else int(rng.integers(-1, 4))
        for name, usual in _TYPES[kind][1].items()
        if usual is ... or rng.integers(2)
    }
    if not rng.integers(8):  # something is wrong
        fields[rng.choice([*fields, "more"])] = VALUES[rng.integers(len(VALUES))]
    return {"type": str(kind)} | fields


@pytest.mark.parametrize("seed", range(8))
def test_any_order(seed):
    rng, session, done = np.random.default_rng(seed), Session(), []
    for _ in range(80):
        each = message(rng, session)
        before = json.dumps(session.spec)
        try:
            json.loads(dumps({"type": "answer"} | session.handle(each)))
            done.append(each["type"])
        except _REFUSALS as error:
            assert str(error)
            assert json.dumps(session.spec) == before
        state = json.loads(dumps(session.state()))
        assert state["spec"].keys() == DEFAULT.keys()
        session.work()
        header, arrays = decode(session.frame())
        assert header["epoch"] == session.trainer.epoch == len(session.trainer.curve)
        for layer, (kernel, bias) in enumerate(session.trainer.view.weights()):
            assert np.isfinite(kernel).all() and np.isfinite(bias).all()
            assert arrays[f"weights.{layer}"].shape == kernel.shape
        assert arrays["map"].shape[1:] == (100, 100)
    assert len(set(done)) >= 8
