"""The command line: what nets are compared with and chosen on, and what a saved net tells."""

import re
import subprocess
import sys

import numpy as np
import pytest
from commands import run, table

from trilobite import models
from trilobite._cli import train
from trilobite.tuning import diagnose

MODULE = [sys.executable, "-m", "trilobite"]


def numbers(shown, name):
    (line,) = re.findall(rf"^{re.escape(str(name))} .*$", shown, re.MULTILINE)
    return [float(word) for word in line.split()[1:]]


@pytest.fixture
def saved(tmp_path, capsys):
    """Train on the table with a target; return path of the net, the frame, what was shown."""

    def train(target, *options):
        frame = table()
        path, net = tmp_path / "t.csv", tmp_path / "net"
        frame.to_csv(path, index=False)
        shown = run(capsys, "train", path, "--target", target, "--save", net, *options).out
        return net, frame, shown

    return train


def test_the_constant_is_the_mean_of_the_training_rows(saved, tmp_path, capsys):
    net, frame, _ = saved("price", "--epochs", 1)
    (constant,) = models.load_model(net)._table["target"]["constant"]
    high = frame[frame["price"] > frame["price"].median()]
    high.to_csv(tmp_path / "high.csv", index=False)
    shown = run(capsys, "evaluate", net, tmp_path / "high.csv").out
    cost, error, r2 = numbers(shown, "constant")
    expected = np.mean((high["price"] - constant) ** 2), np.mean(np.abs(high["price"] - constant))
    np.testing.assert_allclose((cost, error), expected, 1e-3)
    assert r2 < -0.5 and "the mean of the training rows" in shown
    np.testing.assert_allclose(constant, frame["price"].mean(), 0.01)


def test_the_constant_is_the_largest_class_of_the_training_rows(saved, tmp_path, capsys):
    net, frame, _ = saved("kind", "--epochs", 1)
    classes, shares = (models.load_model(net)._table["target"][k] for k in ("classes", "constant"))
    assert sum(shares) == pytest.approx(1) and len(shares) == len(classes)
    largest, other = sorted(classes, key=lambda name: -shares[classes.index(name)])
    parts = [frame[frame["kind"] == other], frame[frame["kind"] == largest].iloc[:5]]
    few = tmp_path / "few.csv"
    table().loc[[*parts[0].index, *parts[1].index]].to_csv(few, index=False)
    shown = run(capsys, "evaluate", net, few).out
    assert numbers(shown, "constant")[1] == pytest.approx(5 / (len(parts[0]) + 5), abs=1e-4)


def test_a_net_without_one_says_so(saved, tmp_path, capsys):
    net, *_ = saved("price", "--epochs", 1)
    model = models.load_model(net)
    del model._table["target"]["constant"]
    model.save(net)
    shown = run(capsys, "evaluate", net, tmp_path / "t.csv").out
    assert "the mean of these very rows, as the net keeps none" in shown
    assert numbers(shown, "constant")[2] == 0


def test_arrays_have_their_training_rows_or_none(tmp_path, capsys):
    rng = np.random.default_rng(0)
    x, path, net = rng.normal(size=(80, 2)), tmp_path / "d.npz", tmp_path / "net"
    parts = {"x_train": x[:60], "y_train": x[:60, 0], "x_test": x[60:], "y_test": x[60:, 0] + 5}
    np.savez(path, **parts)
    run(capsys, "train", path, "--epochs", 1, "--save", net)
    shown = run(capsys, "evaluate", net, path).out
    error = np.mean(np.abs(parts["y_test"] - parts["y_train"].mean()))
    assert numbers(shown, "constant")[1] == pytest.approx(error, abs=1e-4)
    assert f"the mean of the training rows of {path}" in shown
    np.savez(path, x=parts["x_test"], y=parts["y_test"])
    assert "these very rows" in run(capsys, "evaluate", net, path).out


@pytest.mark.parametrize("option", [["--automatic"], ["--early-stopping"]])
def test_test_rows_choose_nothing(option, tmp_path, capsys):
    """Other test rows lead to the same net; all of them are reported at the end."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(250, 2))
    y, path, net = (x[:, 0] > x[:, 1]).astype(int), tmp_path / "d.npz", tmp_path / "net"
    seen = []
    for wrong in (False, True):
        y_test = 1 - y[200:] if wrong else y[200:]
        np.savez(path, x_train=x[:200], y_train=y[:200], x_test=x[200:], y_test=y_test)
        shown = run(capsys, "train", path, "--epochs", 6, "--save", net, *option).out
        assert "160 rows to train on, 40 held out" in shown and "50 test rows" in shown
        weights = [w.tolist() for w in models.load_model(net).get_weights()]
        seen.append((weights, numbers(shown, "validation"), numbers(shown, "test")[1]))
    assert seen[0][:2] == seen[1][:2]
    assert seen[0][2] + seen[1][2] == pytest.approx(1) and seen[0][2] != seen[1][2]


def test_without_a_choice_the_test_rows_are_those_held_out(tmp_path, capsys):
    shown = run(capsys, "train", "digits", "--epochs", 1).out
    assert "1437 rows to train on, 360 held out" in shown and "\ntest " not in shown


@pytest.mark.parametrize("options", [[], ["--automatic"]])
def test_units_of_the_epochs_are_told_and_kept_in_the_net(options, saved):
    """The lines are in y's deviations; the history of the saved net, and its picture, in y's."""
    net, frame, shown = saved("price", "--epochs", 3, *options)
    mean, spread = re.search(
        r"costs and errors are of \(price - ([\d.]+)\) / ([\d.]+), those", shown
    ).groups()
    np.testing.assert_allclose(float(mean), frame["price"].mean(), 0.01)
    last = re.findall(r"val_loss: ([\d.]+) - val_mean_absolute_error: ([\d.]+)", shown)[-1]
    history = models.load_model(net).history.history
    for name, told, unit in zip(("val_loss", "val_mean_absolute_error"), last, (2, 1), strict=True):
        np.testing.assert_allclose(history[name][-1], float(told) * float(spread) ** unit, 1e-2)
    cost, error, _ = numbers(shown, "validation")
    np.testing.assert_allclose(history["val_loss"][-1], cost, 1e-3)
    np.testing.assert_allclose(history["val_mean_absolute_error"][-1], error, 1e-3)


def test_the_rate_chosen_is_that_of_y_scaled(saved, tmp_path, capsys):
    """One of any unit, not one for squares of it."""
    _, _, shown = saved("price", "--automatic", "--epochs", 20)
    assert 1e-3 < float(re.search(r"^learning rate +([\d.e+-]+):", shown, re.MULTILINE)[1]) < 5


def test_small_numbers_are_shown(tmp_path, capsys):
    rows = [f"{i % 7},{1e-9 * (i % 7 - i % 2)}" for i in range(60)]
    (tmp_path / "t.csv").write_text("\n".join(["a,y", *rows]))
    shown = run(capsys, "train", tmp_path / "t.csv", "--epochs", 2).out
    cost, error, _ = numbers(shown, "constant")
    assert 1e-18 < cost < 1e-17 and 1e-9 < error < 1e-8
    assert re.search(r"^row \d+: -?\d\.\d{4,}e-\d+, is ", shown, re.MULTILINE)


@pytest.mark.parametrize("loss", ["mean_squared_error", "mean_absolute_error"])
def test_the_picture_has_the_diagnosis_that_is_printed(loss, saved, tmp_path, monkeypatch):
    """The costs in it and that of a constant answer are in the same unit."""
    drawn = []
    monkeypatch.setattr(train, "_draw", lambda history, path: drawn.append(history))
    _, frame, shown = saved("price", "--loss", loss, "--plot", tmp_path / "p.svg")
    assert f"Diagnosis: {diagnose(drawn[0])}\n" in shown
    off = frame["price"] - frame["price"].median()
    expected = off.var() if loss == "mean_squared_error" else off.abs().mean()
    np.testing.assert_allclose(drawn[0].baseline, expected, 0.05)


def test_info_of_a_net(saved, capsys):
    net, frame, _ = saved("kind", "--epochs", 2, "--optimizer", "adam", "--drop", "price")
    shown = run(capsys, "info", net).out
    size = re.search(r"size: number, scaled by mean ([\d.]+) and deviation ([\d.]+);", shown)
    values = frame["size"]
    np.testing.assert_allclose(list(map(float, size.groups())), [values.mean(), values.std()], 0.1)
    for words in (
        " (Dense) ",
        "Total params:",
        "colour: text, one of 'blue, dark', 'green', 'red'; ",
        "Says kind: one of 2 classes: big (",
        "Trained with Adam, learning rate 0.001, loss sparse_categorical_crossentropy",
        "had 2 epochs",
        "val_accuracy: ",
    ):
        assert words in shown, words


def test_info_of_nets_of_all_kinds(tmp_path, saved, capsys):
    net, *_ = saved("price", "--automatic", "--epochs", 3)
    shown = run(capsys, "info", net).out
    assert "scaled by mean" in shown and "Says price: number, mean of the training rows" in shown
    run(capsys, "train", "digits", "--epochs", 1, "--save", net)
    shown = run(capsys, "info", net).out
    assert "rows of shape (8, 8)" in shown and "x * 0.0625 + 0" in shown
    model = models.load_model(net, compile=False)
    model.save(net)
    assert "Not compiled" in run(capsys, "info", net).out


def test_tracebacks_are_those_of_python(tmp_path):
    program = tmp_path / "program.py"
    for text in ("def f():\n    1 / 0\n\n\nf()\n", "x = (\n"):
        program.write_text(text)
        ours, theirs = (
            subprocess.run([*start, program], capture_output=True, text=True, timeout=60)
            for start in ([*MODULE, "run"], [sys.executable])
        )
        assert (ours.returncode, ours.stderr) == (theirs.returncode, theirs.stderr)
        assert "runpy" not in ours.stderr and "program.py" in ours.stderr
