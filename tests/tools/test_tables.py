"""The command line on tables: what becomes of columns, and what is refused."""

import csv
import io
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from commands import WRITERS, N, refuse, run, table, write
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_iris
from sklearn.dummy import DummyClassifier
from sklearn.impute import SimpleImputer
from sklearn.metrics import mean_absolute_error, r2_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

import trilobite as keras
from trilobite._cli import tables


def numbers(shown, name):
    (line,) = re.findall(rf"^{re.escape(name)} .*$", shown.out, re.MULTILINE)
    return [float(word) for word in line.split()[1:]]


@pytest.fixture
def frame():
    return table()


@pytest.fixture
def gaps(frame):
    """The same with missing values."""
    rng = np.random.default_rng(1)
    for name in ("size", "colour"):
        frame.loc[rng.choice(N, 15, replace=False), name] = np.nan
    return frame


def predictions(text):
    rows = list(csv.reader(io.StringIO(text)))
    return rows[0], rows[1:]


# ---- x and y ----


def test_columns_are_those_of_scikit_learn(gaps):
    """SimpleImputer and OneHotEncoder on the training rows; StandardScaler is the net's."""
    rows, new = np.arange(0, N, 2), gaps.iloc[1::2]
    encoding = tables.Encoding.of(gaps.drop(columns="price"), rows, "kind", ["big", "small"])
    oracle = ColumnTransformer(
        [
            ("size", SimpleImputer(), ["size"]),
            (
                "colour",
                make_pipeline(
                    SimpleImputer(strategy="most_frequent"),
                    OneHotEncoder(sparse_output=False, handle_unknown="ignore"),
                ),
                ["colour"],
            ),
            ("weight", "passthrough", ["weight"]),
        ]
    ).fit(gaps.iloc[rows])
    np.testing.assert_allclose(encoding.x(new), oracle.transform(new), 1e-6)
    assert encoding.numeric.tolist() == [True, False, False, False, True]
    again = tables.Encoding(**encoding.describe())
    np.testing.assert_array_equal(again.x(new), encoding.x(new))
    assert encoding.y(new).tolist() == (new["kind"] == "small").astype(int).tolist()


@pytest.mark.parametrize("form", WRITERS)
def test_scaling_is_kept_in_the_model(form, gaps, tmp_path, capsys):
    """Mean and variance of the numbers among the training rows, 0 and 1 of the others."""
    path, net = write(gaps.drop(columns="price"), tmp_path / f"t.{form}"), tmp_path / "net"
    run(capsys, "train", path, "--epochs", 2, "--save", net)
    model = keras.models.load_model(net)
    encoding = tables.Encoding(**model._table)
    rows = np.random.default_rng(0).permutation(N)[N // 5 :]
    x = encoding.x(gaps.iloc[rows])
    scaler = StandardScaler().fit(x[:, encoding.numeric])
    mean, variance = model.layers[0].mean[0], model.layers[0].variance[0]
    np.testing.assert_allclose(mean[encoding.numeric], scaler.mean_, 1e-5)
    np.testing.assert_allclose(variance[encoding.numeric], scaler.var_, 1e-5)
    assert set(mean[~encoding.numeric]) == {0} and set(variance[1:4]) == {1}


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_true_and_false_with_gaps(form, frame, tmp_path, capsys):
    """As a target classes of these names, as a column numbers, however a file spells them."""
    small, path, net = frame["kind"] == "small", tmp_path / f"t.{form}", tmp_path / "net"
    told = pd.DataFrame({"size": frame["size"], "heavy": frame["weight"] > 2, "small": small})
    told = told.astype({"heavy": object, "small": object})
    told.loc[:9, "heavy"] = told.loc[5:9, "small"] = None
    if form == "csv":
        path.write_text(told.to_csv(index=False).lower())
    else:
        told.to_parquet(path)
    shown = run(capsys, "train", path, "--save", net).out
    assert "small is to be predicted: 2 classes, true and false" in shown
    assert "heavy: 10 missing, filled with 0." in shown
    head, said = predictions(run(capsys, "predict", net, path).out)
    assert head == ["small", "probability"]
    assert np.mean(small.astype(str) == [row[0] for row in said]) > 0.8
    measured = run(capsys, "evaluate", net, path)
    assert "235 rows" in measured.out and "not seen" not in measured.err
    assert re.search(r"^row \d+: True \(\d+%\), is False$", measured.out, re.MULTILINE)


def test_what_is_told(gaps, tmp_path, capsys):
    gaps["same"], gaps["nothing"], gaps["name"] = 7, np.nan, [f"row {i}" for i in range(N)]
    gaps.loc[:2, "kind"] = np.nan
    order = ["same", "nothing", "name", "size", "colour", "weight", "price", "kind"]
    shown = run(capsys, "train", write(gaps[order], tmp_path / "t.csv"), "--epochs", 1).out
    for line in (
        "kind is to be predicted: 2 classes, as it is text",
        "kind: 3 rows without it are left out",
        "colour: text, as 3 columns of zeros and ones",
        "same: left out, always 7",
        "nothing: left out, all values are missing",
        f"name: left out, {round(237 * 0.8)} different texts in the training rows, more than 100",
    ):
        assert line in shown.splitlines(), line
    assert re.search(r"^size: 15 missing, filled with \d+\.\d+, the mean$", shown, re.MULTILINE)
    assert re.search(r"^colour: 15 missing, filled with '.*', the most", shown, re.MULTILINE)


@pytest.mark.parametrize(
    ("values", "task", "expected"),
    [
        (["b", "a"] * 9, None, ["a", "b"]),
        ([True, False] * 9, None, ["False", "True"]),
        ([True, False] * 9, "regression", None),
        ([3, 1, 2] * 9, None, [1, 2, 3]),
        ([3.0, 1.0] * 9, None, [1, 3]),
        (range(60), None, None),
        ([0.5, 1.5] * 9, None, None),
        ([3, 1, 2] * 9, "regression", None),
        ([*range(30)] * 2, "classification", list(range(30))),
    ],
)
def test_task(values, task, expected):
    assert tables.classes_of(pd.Series(values, name="y"), task)[0] == expected


# ---- train, predict, evaluate ----


@pytest.mark.parametrize("form", WRITERS)
def test_classes_there_and_back(form, frame, tmp_path, capsys):
    path, net = write(frame.drop(columns="price"), tmp_path / f"t.{form}"), tmp_path / "net"
    shown = run(capsys, "train", path, "--save", net)
    assert f"Saved as {net}" in shown.out and "Diagnosis: " in shown.out
    rows = np.random.default_rng(0).permutation(N)
    truth = frame["kind"].to_numpy()
    usual = DummyClassifier().fit(np.zeros((192, 1)), truth[rows[48:]])
    assert numbers(shown, "constant")[1] == pytest.approx(
        usual.score(np.zeros((48, 1)), truth[rows[:48]]), abs=1e-4
    )
    assert numbers(shown, "validation")[1] > 0.9
    head, said = predictions(run(capsys, "predict", net, path).out)
    assert head == ["kind", "probability"] and len(said) == N
    model = keras.models.load_model(net)
    chances = model.predict(tables.Encoding(**model._table).x(frame), verbose=0)
    assert [row[0] for row in said] == [["big", "small"][i] for i in chances.argmax(axis=1)]
    np.testing.assert_allclose([float(row[1]) for row in said], chances.max(axis=1), atol=1e-6)
    measured = run(capsys, "evaluate", net, path)
    right = np.mean(truth == [row[0] for row in said])
    assert numbers(measured, str(path))[1] == pytest.approx(right, abs=1e-4)
    mistakes = re.findall(r"^row (\d+): (\w+) \(\d+%\), is (\w+)$", measured.out, re.MULTILINE)
    wrong = [i for i, row in enumerate(said) if row[0] != truth[i]]
    assert len(mistakes) == min(5, len(wrong))
    sure = [1 - float(said[int(number) - 1][1]) for number, *_ in mistakes]
    assert sure == sorted(sure)  # of two classes: the surer, the worse
    assert {int(number) - 1 for number, *_ in mistakes} <= set(wrong)
    for number, answer, is_really in mistakes:
        assert said[int(number) - 1][0] == answer != is_really == truth[int(number) - 1]


@pytest.mark.parametrize("automatic", [False, True])
def test_values_there_and_back(automatic, frame, tmp_path, capsys):
    """What is predicted is in the unit of the table."""
    path, net, out = write(frame, tmp_path / "t.csv"), tmp_path / "net", tmp_path / "out.tsv"
    options = ["--automatic"] * automatic
    shown = run(
        capsys, "train", path, "--target", "price", "--drop", "kind", "--save", net, *options
    )
    assert "price is to be predicted: numbers to predict" in shown.out
    assert ("learning rate  " in shown.out) == automatic
    assert numbers(shown, "validation")[2] > 0.95 > 0.1 > numbers(shown, "constant")[2]
    assert run(capsys, "predict", net, path, "--out", out).out == ""
    said = pd.read_csv(out, sep="\t")["price"]
    model = keras.models.load_model(net)
    x = tables.Encoding(**model._table).x(frame)
    np.testing.assert_allclose(said, model.predict(x, verbose=0)[:, 0], 1e-6)
    measured = run(capsys, "evaluate", net, path)
    errors = np.abs(frame["price"] - said).to_numpy()
    worst = [int(number) - 1 for number in re.findall(r"^row (\d+): ", measured.out, re.MULTILINE)]
    np.testing.assert_allclose(errors[worst], np.sort(errors)[:-6:-1], 1e-4)
    _, error, r2 = numbers(measured, str(path))
    assert error == pytest.approx(mean_absolute_error(frame["price"], said), abs=1e-3)
    assert r2 == pytest.approx(r2_score(frame["price"], said), abs=1e-3)


def test_only_mean_errors_learn_standardised_values(frame, tmp_path, capsys):
    """What others say of y depends on its sign and unit."""
    path, costs = write(frame.drop(columns="kind"), tmp_path / "t.csv"), {}
    for loss in ("mse", "mae", "msle", "mape", "huber", "log_cosh"):
        shown = run(capsys, "train", path, "--epochs", 1, "--loss", loss, "--optimizer", "adam")
        costs[loss] = float(re.search(r" loss: ([\d.e+-]+)", shown.out)[1])
    assert costs["mse"] < 10 and costs["mae"] < 10  # of y with mean 0 and variance 1
    price = frame["price"].to_numpy()
    assert costs["huber"] == pytest.approx(price.mean() - 0.5, rel=0.01)  # of a net that says 0
    assert costs["log_cosh"] == pytest.approx(price.mean() - np.log(2), rel=0.01)
    assert costs["mape"] == pytest.approx(100, abs=2)
    assert 20 < costs["msle"] < np.log(price.mean()) ** 2


def test_counts_by_poisson(frame, tmp_path, capsys):
    """What is predicted of them is above 0."""
    frame["count"] = np.random.default_rng(2).poisson(np.exp((frame["size"] - 50) / 10))
    path = write(frame[["size", "weight", "count"]], tmp_path / "t.csv")
    options = ["--task", "regression", "--loss", "poisson", "--save", tmp_path / "net"]
    assert "accuracy" not in run(capsys, "train", path, *options).out
    said = np.array(predictions(run(capsys, "predict", tmp_path / "net", path).out)[1], float)
    assert (said > 0).all()
    assert np.corrcoef(np.log(said[:, 0]), frame["size"])[0, 1] > 0.9


def test_shares_by_cross_entropy(frame, tmp_path, capsys):
    """They stay between 0 and 1, as what is predicted of them."""
    frame["share"] = 1 / (1 + np.exp(-(frame["size"] - 50) / 10))
    path = write(frame[["size", "weight", "share"]], tmp_path / "t.csv")
    run(capsys, "train", path, "--loss", "binary_crossentropy", "--save", tmp_path / "net")
    head, said = predictions(run(capsys, "predict", tmp_path / "net", path).out)
    assert head == ["share"]
    np.testing.assert_allclose([float(row[0]) for row in said], frame["share"], atol=0.1)


def test_whole_numbers_with_gaps(tmp_path, capsys):
    """pandas's Int64, filled with a mean that is no whole number."""
    count = pd.array([1, 2, None, 4, 9, 2, None, 3] * 10, dtype="Int64")
    frame = pd.DataFrame({"count": count, "y": list("abbaabab") * 10})
    encoding = tables.Encoding.of(frame, np.arange(80), "y", ["a", "b"])
    expected = SimpleImputer().fit_transform(frame[["count"]].astype(float))
    np.testing.assert_allclose(encoding.x(frame), expected, 1e-6)
    path, net = write(frame, tmp_path / "t.parquet"), tmp_path / "net"
    shown = run(capsys, "train", path, "--epochs", 1, "--save", net)
    assert "count: 20 missing, filled with " in shown.out
    run(capsys, "predict", net, path)


def test_predictions_as_parquet(frame, tmp_path, capsys):
    path, net, out = write(frame, tmp_path / "t.csv"), tmp_path / "net", tmp_path / "out.parquet"
    run(capsys, "train", path, "--epochs", 1, "--save", net)
    run(capsys, "predict", net, path, "--out", out)
    _, said = predictions(run(capsys, "predict", net, path).out)
    assert pd.read_parquet(out)["kind"].tolist() == [row[0] for row in said]


def test_options(frame, tmp_path, capsys):
    path = write(frame, tmp_path / "t.csv")
    drawn = tmp_path / "drawn.svg"
    shown = run(
        capsys,
        *("train", path, "--optimizer", "adam", "--batch-size", 16, "--hidden", 5, "--seed", 3),
        *("--epochs", 500, "--early-stopping", 4, "--task", "classification", "--plot", drawn),
    ).out
    assert "learning rate 0.001, batches of 16" in shown
    assert re.search(r"early stopping, as val_loss has not improved for 4", shown)
    assert "<svg" in drawn.read_text() and f"Drawn in {drawn}" in shown
    lines = [line for line in shown.splitlines() if line.startswith("Epoch ")]
    assert 4 < len(lines) < 502


def test_a_table_that_changed(frame, tmp_path, capsys):
    """Columns in another order and more of them make no difference; new categories are told."""
    net = tmp_path / "net"
    path = write(frame.drop(columns="price"), tmp_path / "t.csv")
    run(capsys, "train", path, "--epochs", 2, "--save", net)
    before = run(capsys, "predict", net, path).out
    other = frame[["price", "weight", "colour", "size"]].assign(more="x")
    assert run(capsys, "predict", net, write(other, tmp_path / "o.csv")).out == before
    other.loc[:1, "colour"], other.loc[2, "size"] = "pink", np.nan
    shown = run(capsys, "predict", net, write(other, tmp_path / "p.csv"))
    assert "colour: 2 of a category not seen: 'pink'" in shown.err
    assert "size: 1 missing, filled with " in shown.err and shown.out != before
    renamed = write(frame.rename(columns={"size": "length"}), tmp_path / "r.csv")
    line = refuse(capsys, "predict", net, renamed)
    assert "'size' is missing, got " in line and "length" in line
    texts = write(frame.astype({"size": object}).replace({"size": {frame["size"][3]: "big"}}),
                  tmp_path / "s.csv")  # fmt: skip
    assert "'size': got 'big', expected numbers" in refuse(capsys, "predict", net, texts)
    strange = write(frame.assign(kind="medium"), tmp_path / "c.csv")
    assert "the class 'medium'" in refuse(capsys, "evaluate", net, strange)
    assert "'kind', the target" in refuse(capsys, "evaluate", net, tmp_path / "o.csv")


def test_categories_that_look_like_numbers(tmp_path, capsys):
    """They are texts for good once they were: 01 is not 1."""
    codes = np.tile(["01", "1", "x"], 40)
    frame = pd.DataFrame({"code": codes, "y": np.where(codes == "01", "a", "b")})
    path, net = write(frame, tmp_path / "t.csv"), tmp_path / "net"
    run(capsys, "train", path, "--save", net)
    short = write(frame[frame["code"] != "x"], tmp_path / "s.csv")
    _, said = predictions(run(capsys, "predict", net, short).out)
    assert [row[0] for row in said] == ["a", "b"] * 40


def test_models_of_arrays(tmp_path, capsys):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(90, 2))
    path, net = tmp_path / "d.npz", tmp_path / "net"
    np.savez(path, x=x, y=(x[:, 0] > 0).astype(int))
    run(capsys, "train", path, "--save", net)
    head, said = predictions(run(capsys, "predict", net, path).out)
    chances = keras.models.load_model(net).predict(x, verbose=0)
    assert head == ["prediction", "probability"]
    assert [int(row[0]) for row in said] == chances.argmax(axis=1).tolist()
    assert numbers(run(capsys, "evaluate", net, path), str(path))[1] > 0.9
    table = tmp_path / "t.csv"
    table.write_text("a,b\n1,2\n")
    assert "not trained on a table" in refuse(capsys, "predict", net, table)


def test_commands_of_the_page(tmp_path, capsys, monkeypatch):
    """As the first block of docs/command-line.md has them; test_readme.py runs the other one."""
    page = (Path(__file__).parents[2] / "docs" / "command-line.md").read_text(encoding="utf-8")
    block, _ = re.findall(r"^```sh\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    iris = load_iris(as_frame=True).frame
    iris["species"] = load_iris().target_names[iris.pop("target")]
    iris = iris.rename(columns={"petal width (cm)": "width"})
    iris.to_csv(tmp_path / "flowers.csv", index=False)
    monkeypatch.chdir(tmp_path)
    for line in block.splitlines():
        python, m, name, *arguments = line.split()
        assert (python, m, name) == ("python", "-m", "trilobite")
        shown = run(capsys, *arguments)
    assert "width is to be predicted" in shown.out and "R^2" in shown.out
    said = pd.read_csv("species.csv")["species"]
    assert np.mean(said == iris["species"]) > 0.9
    assert (tmp_path / "flowers.svg").exists()
