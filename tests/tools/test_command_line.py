"""The command line, as a person meets it."""

import os
import re
import signal
import subprocess
import sys

import commands
import numpy as np
import pytest
from commands import refuse

import trilobite
from trilobite._cli.show import draw

MODULE = [sys.executable, "-m", "trilobite"]


def run(capsys, *arguments):
    """Run a command that ends well in this process; return what it printed, but for errors."""
    return commands.run(capsys, *arguments).out


def numbers(shown, name):
    """Return the numbers in the line of the result table that starts with the name."""
    (line,) = re.findall(rf"^{name} .*$", shown, re.MULTILINE)
    return [float(word) for word in line.split()[1:]]


@pytest.fixture
def npz(tmp_path):
    """Write arrays into a file and return its path."""

    def write(**arrays):
        path = tmp_path / "data.npz"
        np.savez(path, **arrays)
        return path

    return write


@pytest.fixture
def rows():
    """200 rows of two columns and the class (which side of a line) that each is in."""
    x = np.random.default_rng(0).normal(size=(200, 2))
    return x, (x[:, 0] > x[:, 1]).astype(int)


def test_main_job():
    done = subprocess.run(MODULE, capture_output=True, text=True, encoding="utf-8", timeout=120)
    assert done.returncode == 0, done.stderr
    shown = done.stdout
    assert "Total params: 8,970" in shown  # 65 * 64 + 65 * 64 + 65 * 10
    assert numbers(shown, "training")[1] > 0.99
    assert numbers(shown, "validation")[1] >= 0.965
    assert re.search(r"[\d,]+ rows/s", shown)
    assert trilobite.engine.variant in shown
    assert re.search(r"\d threads?\b", shown)
    assert "█" in shown
    assert max(map(len, shown.splitlines())) <= 100


def test_without_a_command_trains_digits_with_the_defaults(capsys):
    def results(*arguments):
        shown = run(capsys, *arguments)
        return numbers(shown, "training"), numbers(shown, "validation")

    assert results() == results("train", "digits")


def test_info(capsys):
    trilobite.show_config()
    assert capsys.readouterr().out == run(capsys, "info")


def test_options(capsys):
    shown = run(
        capsys,
        *("train", "digits", "--hidden", 20, 12, "--activation", "tanh", "--seed", 7),
        *("--loss", "mean_squared_error", "--learning-rate", 0.25, "--batch-size", 50),
        *("--epochs", 2, "--validation-split", 0.5),
    )
    assert "Total params: 1,682" in shown  # 65 * 20 + 21 * 12 + 13 * 10
    assert "719 rows to train on, 718 held out" in shown  # of the 1,437 training rows
    assert "mean_squared_error, learning rate 0.25, batches of 50" in shown
    assert shown.count("2 epochs in") == 1


def test_no_hidden_layer(capsys):
    assert "Total params: 650" in run(capsys, "train", "digits", "--epochs", 1, "--hidden")


def test_seed(capsys):
    def cost(seed):
        return numbers(run(capsys, "train", "digits", "--epochs", 1, "--seed", seed), "training")

    assert cost(3) == cost(3) != cost(4)


@pytest.mark.parametrize("dtype", [np.int64, np.uint8, bool])
@pytest.mark.parametrize("loss", [None, "categorical_crossentropy", "mse"])
def test_classes(npz, rows, capsys, dtype, loss):
    x, y = rows
    choice = ["--loss", loss] if loss else []
    shown = run(capsys, "train", npz(x=x, y=y.astype(dtype)), *choice)
    assert "160 rows to train on, 40 held out" in shown
    assert "accuracy" in shown
    assert numbers(shown, "validation")[1] > 0.9


@pytest.mark.parametrize("loss", ["binary_crossentropy", "categorical_crossentropy"])
def test_one_hot_and_binary_classes(npz, rows, capsys, loss):
    x, y = rows
    y = y if loss == "binary_crossentropy" else np.eye(2)[y]
    shown = run(capsys, "train", npz(x=x, y=y), "--loss", loss)
    assert numbers(shown, "validation")[1] > 0.9


@pytest.mark.parametrize("n_columns", [None, 1, 3])
def test_values(npz, rows, capsys, n_columns):
    x, _ = rows
    y = x[:, 0] if n_columns is None else np.repeat(x[:, :1], n_columns, axis=1)
    shown = run(capsys, "train", npz(x=x, y=y), "--epochs", 200)
    assert "mean absolute error" in shown
    assert numbers(shown, "validation")[0] < 0.05


def test_test_rows_of_a_file(npz, rows, capsys):
    x, y = rows
    path = npz(x_train=x[:150], y_train=y[:150], x_test=x[150:], y_test=y[150:])
    assert "150 rows to train on, 50 held out" in run(capsys, "train", path)
    split = run(capsys, "train", path, "--validation-split", 0.1)
    assert "135 rows to train on, 15 held out" in split


def test_one_column_of_x(npz, capsys):
    x = np.linspace(-1, 1, 50)
    assert "40 rows to train on" in run(capsys, "train", npz(x=x, y=2 * x))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["fly"], ["fly", "train", "info"]),
        (["--fast"], ["--fast"]),
        (["info", "more"], ["more"]),
        (["train"], ["DATA"]),
        (["train", "digits", "--speed", 3], ["--speed"]),
        (["train", "digits", "--hidden", "sixty"], ["--hidden", "whole number", "'sixty'"]),
        (["train", "digits", "--hidden", 64, 0], ["--hidden", "from 1 to", "'0'"]),
        (["train", "digits", "--activation", "step"], ["activation", "step", "relu"]),
        (["train", "digits", "--loss", "hings"], ["loss", "hings", "mean_squared_error"]),
        (["train", "digits", "--learning-rate", 0], ["--learning-rate", "above 0", "'0'"]),
        (["train", "digits", "--learning-rate", "nan"], ["--learning-rate", "'nan'"]),
        (["train", "digits", "--learning-rate", "inf"], ["--learning-rate", "'inf'"]),
        (["train", "digits", "--batch-size", 0], ["--batch-size", "from 1 to"]),
        (["train", "digits", "--batch-size", 1.5], ["--batch-size", "'1.5'"]),
        (["train", "digits", "--epochs", -1], ["--epochs"]),
        (["train", "digits", "--epochs", 10**30], ["--epochs"]),
        (["train", "digits", "--validation-split", 1], ["--validation-split", "between 0 and 1"]),
        (["train", "digits", "--validation-split", 1e-9], ["too few", "1437"]),
        (["train", "digits", "--seed", -1], ["--seed", "'-1'"]),
        (["train", "digist"], ["digist", "No such file"]),
        (["train", "/"], ["directory"]),
        (["train", "digits", "--learning-rate", 1e30], ["learning rate"]),
    ],
)
def test_wrong_options(capsys, arguments, words):
    line = refuse(capsys, *arguments)
    assert all(word in line for word in words), line


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"y": None}, ["x and y", "got x"]),
        ({"x": None, "y": None}, ["got none"]),
        ({"x": np.ones((3, 2))}, ["(3, 2)", "(200,)"]),
        ({"x": np.array(1.0)}, ["()"]),
        ({"x": np.full((200, 2), np.nan)}, ["x"]),
        ({"x": np.full((200, 2), "a")}, ["x"]),
        ({"x": np.full((200, 2), object())}, ["llow_pickle=False"]),
        ({"y": np.full(200, "a")}, ["y"]),
        ({"y": np.full(200, -1)}, ["y"]),
        ({"y": np.full(200, 10**9)}, ["y", "1000000000"]),
        ({"y": np.full(200, np.inf)}, ["y"]),
        ({"x": np.ones((0, 2)), "y": np.ones(0)}, ["0 rows"]),
        ({"x": np.ones((200, 0))}, ["x"]),
        ({"x_test": np.ones((5, 3)), "y_test": np.ones(5, int)}, ["2", "3"]),
    ],
)
def test_wrong_arrays(npz, rows, capsys, change, words):
    x, y = rows
    arrays = {"x": x, "y": y} | change
    path = npz(**{name: array for name, array in arrays.items() if array is not None})
    line = refuse(capsys, "train", path)
    assert all(word in line for word in words), line


def test_sparse_loss_of_values(npz, rows, capsys):
    x, _ = rows
    path = npz(x=x, y=x)
    line = refuse(capsys, "train", path, "--loss", "sparse_categorical_crossentropy")
    assert "integers" in line


@pytest.mark.parametrize("kind", ["empty", "text", "npy", "truncated", "flipped", "no arrays"])
def test_wrong_files(npz, rows, capsys, kind):
    x, y = rows
    path = npz(x=x, y=y)
    good = path.read_bytes()
    if kind == "empty":
        path.write_bytes(b"")
    elif kind == "text":
        path.write_text("x,y\n1,2\n")
    elif kind == "npy":
        with path.open("wb") as file:
            np.save(file, x)
    elif kind == "truncated":
        path.write_bytes(good[: len(good) // 2])
    elif kind == "flipped":
        path.write_bytes(good[:500] + bytes(byte ^ 255 for byte in good[500:510]) + good[510:])
    else:
        import zipfile

        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("x", "text")
            archive.writestr("y.npy", "text")
    assert str(path) in refuse(capsys, "train", path)


def test_interrupt(npz, sigint):
    path = npz(x=np.random.default_rng(0).normal(size=(20000, 100)), y=np.arange(20000) % 10)
    command = [*MODULE, "train", str(path), "--epochs", "1000000"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8"
    ) as process:
        while "Epoch" not in process.stdout.readline():
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "Traceback" not in errors
    assert errors.splitlines()[-1] == "trilobite: interrupted"


def test_broken_pipe():
    with subprocess.Popen(
        [*MODULE, "train", "digits", "--epochs", "2"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        process.stdout.close()
        errors = process.stderr.read().decode()
    assert process.returncode == 0
    assert "Error" not in errors
    assert "Traceback" not in errors


def test_ascii_terminal():
    done = subprocess.run(
        [*MODULE, "train", "digits", "--epochs", "1"],
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert "##" in done.stdout


def test_draw():
    assert draw(np.array([[0, 2], [4, 1]])) in (["  ▒▒", "██░░"], ["  ::", "##.."])
    assert len(draw(np.ones((28, 28)))) == 14
    assert {len(line) for line in draw(np.ones((40, 20)))} == {14}
    assert draw(np.zeros((2, 2))) == ["    ", "    "]


@pytest.mark.parametrize(
    "like",
    [
        lambda image: image - 3,
        lambda image: image - 1e6,
        lambda image: image * 1e306 - 1e308,
        lambda image: image * 1e-310,
    ],
)
def test_pictures_are_drawn_from_the_least_to_the_largest_pixel(like):
    """Also where many pixels of the image become one, and with a margin."""
    for image in np.array([[0, 2], [4, 1]]), np.random.default_rng(0).random((30, 30)):
        assert draw(like(image)) == draw(image - image.min())


def test_pictures_of_small_integers():
    image = np.array([[0, 2], [4, 1]])
    assert (
        draw((image - 128).astype(np.int8)) == draw((image + 200).astype(np.uint8)) == draw(image)
    )


@pytest.mark.parametrize("image", [np.full((3, 3), -7), np.full((1, 1), 1e308), np.ones((30, 2))])
def test_pictures_of_one_number(image):
    assert not "".join(draw(image)).strip()
