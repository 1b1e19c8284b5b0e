"""The diagnosis of a training: verdicts, what is taken for a history, the line that fit prints."""

import dataclasses
import math
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.metrics import log_loss, mean_squared_error

import trilobite as keras
from trilobite._model.baseline import baseline
from trilobite.tuning import Diagnosis, diagnose

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
RNG = np.random.default_rng(0)
T = np.arange(40)
FALL = 0.1 + 2.2 * np.exp(-T / 2)  # down to a floor, near it at the end
SHAKE = RNG.standard_normal(40)
CURVES = {  # what each verdict looks like: costs, validation costs
    "converged": (FALL * (1 + 0.005 * SHAKE), None),
    "improving": (2.3 * (1 + T / 2) ** -0.7 * (1 + 0.01 * SHAKE), None),
    "slow": (2.3 * np.exp(-T / 300), None),
    "erratic": (0.5 * FALL + 0.4 * np.abs(SHAKE), None),
    "not_learning": (2.35 + 0.1 * SHAKE, None),
    "overfitting": (2.3 * np.exp(-T / 8) + 0.01 * np.abs(SHAKE), 0.3 + ((T - 12) / 30) ** 2),
    "diverged": ([2.3, 9.0, math.nan], None),
}


def history(verdict):
    costs, valid = CURVES[verdict]
    return {"loss": list(costs)} | ({} if valid is None else {"val_loss": list(valid)})


@pytest.mark.parametrize("verdict", CURVES)
def test_verdicts(verdict):
    found = diagnose(history(verdict), baseline=2.3)
    assert found.verdict == verdict
    assert found.epoch == {"diverged": 3, "overfitting": 13}.get(verdict)
    assert dataclasses.is_dataclass(found) and isinstance(found, Diagnosis)
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.verdict = "fine"
    line = str(found)
    assert line.startswith(verdict.replace("_", " ")) and "\n" not in line
    assert found.rule in line and found.advice in line


def test_advice():
    """What the textbook says of each."""
    said = {verdict: diagnose(history(verdict), 2.3).advice for verdict in CURVES}
    assert "raise" in said["slow"] and "tenfold" in said["slow"]
    assert all("lower" in said[verdict] for verdict in ("erratic", "not_learning", "diverged"))
    assert "orders of magnitude" in said["not_learning"]
    assert said["improving"] == "train longer" and "stop" in said["overfitting"]


@pytest.mark.parametrize("verdict", ["converged", "improving", "slow", "erratic", "overfitting"])
def test_the_unit_of_the_cost_does_not_matter(verdict):
    for unit in (1e-6, 1e6):
        scaled = {name: np.multiply(values, unit) for name, values in history(verdict).items()}
        assert diagnose(scaled, 2.3 * unit) == diagnose(history(verdict), 2.3)


def test_a_cost_that_stays_is_read_by_its_baseline():
    """The same curve: a net that guesses, and one that has learned at once what there is."""
    costs = {"loss": 1 + 0.02 * SHAKE}
    assert diagnose(costs, baseline=1.0).verdict == "not_learning"
    assert diagnose(costs, baseline=5.0).verdict == "converged"


def test_histories():
    """A History, its dict, epochs that do not begin with 1, NaNs between validations."""
    made = keras.callbacks.History()
    made.record(list(range(40)), history("overfitting"))
    assert diagnose(made).epoch == diagnose(made.history).epoch == 13
    made.epoch = list(range(100, 140))
    assert diagnose(made).epoch == 113
    made.baseline = 0.001
    assert diagnose(made).verdict == "not_learning" != diagnose(made, baseline=2.3).verdict
    sparse = history("overfitting")
    sparse["val_loss"] = [
        v if epoch % 2 else math.nan for epoch, v in enumerate(sparse["val_loss"])
    ]
    assert diagnose(sparse).epoch in (12, 14)
    sparse["val_loss"] = [math.nan] * 40
    assert diagnose(sparse) == diagnose({"loss": sparse["loss"]})


def test_few_epochs_tell_little():
    for n in range(1, 8):
        found = diagnose({"loss": FALL[:n]})
        assert found.verdict == "improving" and f"{n} epoch" in found.rule
    assert diagnose({"loss": [math.inf]}).verdict == "diverged"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, ["'loss'", "[]"]),
        ({"val_loss": [1.0]}, ["'loss'", "val_loss"]),
        ({"loss": []}, ["no epoch"]),
        ({"loss": [1.0, 2.0], "val_loss": [1.0]}, ["'val_loss': 1", "one length"]),
        ({"loss": [1.0, 2.0], "accuracy": [1.0]}, ["'accuracy': 1"]),
        ({"loss": [1.0, "2"]}, ["'loss'", "'2'", "number"]),
        ({"loss": [1.0, None]}, ["None"]),
        ({"loss": [1.0, True]}, ["True"]),
        ({"loss": 1.0}, ["1.0", "list"]),
        ({"loss": "123"}, ["'123'", "list"]),
        ({"loss": [[1.0], [2.0]]}, ["[1.0]"]),
        ([1.0, 2.0], ["list", "History"]),
        (None, ["NoneType"]),
    ],
)
def test_no_history(given, words):
    with pytest.raises(ValueError) as caught:
        diagnose(given)
    assert all(word in str(caught.value) for word in words), caught.value


def test_no_baseline():
    with pytest.raises(ValueError, match="baseline: got 'high', expected a number"):
        diagnose(history("slow"), baseline="high")


NUMBERS = st.one_of(
    st.floats(-1e6, 1e6), st.just(0.0), st.floats(1e-12, 1e-9), st.sampled_from([1e300, -1.0])
)


@settings(max_examples=80, deadline=None)
@given(st.lists(NUMBERS, min_size=1, max_size=30), st.booleans(), st.none() | NUMBERS)
def test_any_numbers_have_a_verdict(costs, validated, guess):
    found = diagnose({"loss": costs} | ({"val_loss": costs[::-1]} if validated else {}), guess)
    assert found.verdict in CURVES
    assert found.epoch is None or 1 <= found.epoch <= len(costs)


# ---- runs of known cause ----


def test_runs_of_known_cause(monkeypatch):
    """The calibration in small, on sets that it held back; docs/tuning.md has the whole."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    for name in ("known_runs", "diagnosis", "report"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    import diagnosis
    import known_runs

    setups = [s for s in known_runs.SETUPS if s.name in ("teacher", "stairs", "linear classes")]
    assert all(setup.held_back for setup in setups) and len(setups) == 3
    runs = []
    with pytest.warns(RuntimeWarning, match="infinite or NaN"):
        for setup in setups:
            runs += known_runs.train(setup)
    counts, unknown = diagnosis.count(runs)
    assert counts.total() > 30 and counts.total() + unknown == len(runs) == 48
    assert diagnosis.right(counts) >= 0.85
    causes = {cause for cause, _ in counts}
    assert causes >= {"slow", "converged", "not_learning", "diverged"}
    assert any("| slow |" in line for line in diagnosis.table(counts))


def test_causes_are_found_by_what_helps(monkeypatch):
    """Of three rates: the middle one is best, and 5 times the epochs change nothing."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import known_runs

    setup = known_runs.Setup("made up", None, epochs=10)

    def run(cost, later=None):
        values = [cost] * 10 + [later or cost] * 40
        return known_runs.Run(setup, 0.1, 1.0, {"loss": values, "val_loss": values})

    def causes(*runs):
        known_runs.find_causes(list(runs))
        return [r.cause["val_loss"] for r in runs]

    assert causes(run(0.9), run(0.9), run(0.1)) == ["slow", None, "converged"]
    assert causes(run(0.1), run(0.1), run(0.5)) == ["converged", "converged", "erratic"]
    assert causes(run(0.1), run(2.0)) == ["converged", "not_learning"]
    assert causes(run(0.5, 0.1)) == ["improving"]
    broken = run(0.1)
    broken.history["loss"] = [0.1, math.nan]
    assert causes(broken) == ["diverged"]
    turned = run(0.1)
    turned.history["val_loss"] = [0.1] * 5 + [0.4] * 45
    assert causes(turned) == ["overfitting"]


# ---- fit ----


def fit(rate, epochs=10, verbose=2, **named):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 3)).astype("f4")
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(rate), "mse")
    return model.fit(x, x @ [1.0, 2.0, 3.0] + 1, epochs=epochs, verbose=verbose, **named)


@pytest.mark.parametrize("verbose", [1, 2])
def test_fit_ends_with_the_diagnosis(verbose, capsys):
    made = fit(1e-5, verbose=verbose)
    *lines, last = capsys.readouterr().out.splitlines()
    assert len(lines) == 10 and all(line.startswith("Epoch") for line in lines)
    assert last == f"Diagnosis: {diagnose(made)}" and "slow" in last


def test_fit_says_nothing(capsys):
    fit(1e-5, verbose=0)
    assert capsys.readouterr().out == ""
    fit(1e-5, epochs=7)
    assert "Diagnosis" not in capsys.readouterr().out


def test_fit_that_diverges_says_so_soon(capsys):
    with pytest.warns(RuntimeWarning, match="infinite or NaN"):
        fit(1e30, epochs=3)
    assert capsys.readouterr().out.splitlines()[-1].startswith("Diagnosis: diverged in epoch 1: ")


# ---- the baseline ----


@pytest.mark.parametrize("n_classes", [2, 5])
def test_baseline_of_classes(n_classes):
    y = RNG.integers(n_classes, size=60)
    x, one_hot = np.zeros((60, 1)), np.eye(n_classes)[y]
    prior = log_loss(y, DummyClassifier(strategy="prior").fit(x, y).predict_proba(x))
    losses = keras.losses
    assert baseline(losses.SparseCategoricalCrossentropy(), y) == pytest.approx(prior)
    assert baseline(losses.CategoricalCrossentropy(), one_hot) == pytest.approx(prior)
    if n_classes == 2:
        assert baseline(losses.BinaryCrossentropy(), y[:, None]) == pytest.approx(prior)
        assert baseline(losses.BinaryCrossentropy(), one_hot) == pytest.approx(prior)


def test_baseline_of_values():
    y = RNG.normal(size=(50, 3))
    said = DummyRegressor().fit(y, y).predict(y)
    assert baseline(keras.losses.MeanSquaredError(), y) == pytest.approx(
        mean_squared_error(y, said)
    )
    median = DummyRegressor(strategy="median").fit(y, y).predict(y)
    loss = keras.losses.MeanAbsoluteError()
    assert baseline(loss, y) == pytest.approx(np.abs(y - median).mean())


def test_baseline_is_told_by_fit_where_it_is_the_cost():
    made = fit(0.01, 1, 0)
    assert made.baseline == pytest.approx(13.4, rel=0.2)  # 1 + 4 + 9, of this draw
    assert fit(0.01, 1, 0, sample_weight=np.ones(200)).baseline is None
    for layer in (
        keras.layers.Dense(1, kernel_regularizer="l2"),
        keras.layers.Dense(1, activity_regularizer="l1"),
    ):
        model = keras.Sequential([keras.Input((1,)), layer])
        model.compile("sgd", "mse")
        assert model.fit(np.ones((4, 1)), np.arange(4), verbose=0).baseline is None
    for loss in (
        keras.losses.Huber(),
        keras.losses.MeanSquaredError("sum"),
        keras.losses.CategoricalCrossentropy(label_smoothing=0.1),
    ):
        assert baseline(loss, np.eye(3)) is None


@pytest.mark.parametrize(
    "curve",
    [  # digits by SGD(10): two nets whose units the first steps have killed
        [3.2841, 2.456, 2.4939, 2.4786, 2.47, 2.483, 2.49, 2.471, 2.486, 2.4766, 2.484, 2.4577],
        [2.9092, 2.493, 2.4751, 2.4727, 2.474, 2.4733, 2.471, 2.469, 2.472, 2.468, 2.466, 2.461],
    ],
)
def test_a_cost_that_was_thrown_up_and_trembles_is_not_slow(curve):
    """It stays above what a constant answer costs; a slow one goes on as it began."""
    found = diagnose({"loss": curve}, baseline=2.3021)
    assert found.verdict == "not_learning"
    slow = 2.5 - 0.005 * np.arange(12) + 0.0005 * np.sin(np.arange(12))
    assert diagnose({"loss": slow}, baseline=2.3021).verdict == "slow"


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_digits_at_a_rate_of_ten():
    """Whatever the net and the seed, nobody is told to raise the rate."""
    (x, y), _ = keras.datasets.digits.load_data()
    for hidden, scale in ((8, 16), (20, 16), (20, 1)):
        for seed in range(3):
            keras.utils.set_random_seed(seed)
            hidden_layer = keras.layers.Dense(hidden, "relu")
            model = keras.Sequential(
                [keras.layers.Flatten(), hidden_layer, keras.layers.Dense(10, "softmax")]
            )
            model.compile(keras.optimizers.SGD(10.0), "sparse_categorical_crossentropy")
            history = model.fit(x / scale, y, epochs=20, verbose=0)
            assert diagnose(history).verdict != "slow"
