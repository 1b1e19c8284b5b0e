"""Own data: what is read, and how what cannot be read is refused."""

import numpy as np
import pytest

from trilobite.playground import limits
from trilobite.playground.session import Session
from trilobite.playground.table import of_text, read


def rows(n, line):
    return "".join(f"{line(k)}\n" for k in range(n))


def test_numbers_texts_and_missing_values():
    text = "\ufeffa;colour;always;many;y\r\n" + "".join(
        f"{k};{('red', 'blue', '')[k % 3]};7;t{k};{k % 2}\r\n" for k in range(60)
    )
    table = of_text(text)
    assert table.features == ["a", "colour=blue", "colour=red"]
    assert table.kinds == {
        "a": "number", "colour": "text", "always": "left out", "many": "left out", "y": "number"
    }  # fmt: skip
    assert table.dropped == 20 and len(table.y) == 40 and table.classes == ["0", "1"]
    assert any("20 rows are left out" in each for each in table.told)
    a = [k for k in range(60) if k % 3 != 2]
    assert table.x[:, 0].tolist() == a
    assert table.x[:, 1].tolist() == [float(k % 3 == 1) for k in a]
    assert table.y.tolist() == [k % 2 for k in a]


@pytest.mark.parametrize("missing", ["", "nan", "NaN", "NA", "?", "null", "inf", "-1e300"])
def test_what_counts_as_missing(missing):
    table = of_text("a,y\n" + rows(30, lambda k: f"{missing if k == 3 else k},{k % 2}"))
    assert table.dropped == 1 and len(table.y) == 29 and np.isfinite(table.x).all()


def test_names_are_made_where_there_are_none():
    table = of_text(rows(30, lambda k: f"{k}\t{k % 4}\t{k * 0.5}"))
    assert table.features == ["column_1", "column_2"] and table.target == "column_3"
    assert len(table.y) == 30 and table.classes is None


def test_decimal_commas():
    table = of_text("a;b;y\n" + rows(20, lambda k: f"{k},5;1.{k:03},25;{k % 2}"))
    assert table.features == ["a", "b"] and table.x[3].tolist() == [3.5, 1003.25]
    assert of_text(rows(20, lambda k: f"{k},5;{k};{k % 2}")).features == ["column_1", "column_2"]


def test_quotes_spaces_and_the_target():
    table = of_text(
        '"a, b", y ,z\n' + rows(20, lambda k: f'" {k}", {"no" if k % 2 else "yes"},3{k}'), "y"
    )
    assert table.features == ["a, b", "z"] and table.classes == ["no", "yes"]


@pytest.mark.parametrize(
    "text, words",
    [
        ("", "empty file"),
        ("\n\n\n", "empty file"),
        ("a\n1\n2\n", "got 1 column,"),
        ("just some prose. And more of it", "got 1 column,"),
        ("a,y\n", "got 0 rows"),
        ("a,y\n" + rows(9, lambda k: f"{k},{k % 2}"), "got 9 rows"),
        ("a,y\n1,2\n3\n", "line 3 has 1 fields, expected 2"),
        ("a,y\n1,2,3\n", "line 2 has 3 fields, expected 2"),
        ('a,y\n"1,2\n', "line 2 is no CSV"),
        ('a,y\n"1"2,2\n', "line 2 is no CSV"),
        ("a,a\n1,2\n", "different names"),
        (f"{'n' * 201},y\n1,2\n", "at most 200 characters"),
        ("a,y\n" + rows(20, lambda k: f"nan,{k % 2}"), "no column is left"),
        ("a,y\n" + rows(20, lambda k: f"text {k},{k % 2}"), "no column is left"),
        ("a,y\n" + rows(20, lambda k: f"1,{k % 2}"), "no column is left"),
        ("a,y\n" + rows(20, lambda k: f"{k},same"), "got 1 classes"),
        ("a,y\n" + rows(50, lambda k: f"{k},class {k}"), "classes"),
        ("a,y\n" + rows(20, lambda k: f"{k},"), "missing"),
        ("a,b\n" + rows(20, lambda k: f"{'x' * 200_000},{k}"), "field limit"),
        ("a|y\n" + rows(20, lambda k: f"{k}|{k % 2}"), "separated by '|'"),
        (",".join("abc") + "\n" + "\0" * 100, "text: "),
        ("a,y\n" + rows(limits.CSV_ROWS + 1, lambda k: "1,2"), "at most 50,000 rows"),
        (",".join(f"c{k}" for k in range(101)) + "\n", "got 101 columns"),
        ("a,y\n" + "1,2\n" * 1_300_000, "5,000,000 characters"),
        ("a=1,a,y\n" + rows(30, lambda k: f"{k},{('1', 'b')[k % 2]},{k % 2}"), "different names"),
    ],
)
def test_what_is_no_table_is_refused_and_nothing_changes(text, words):
    session = Session()
    session.handle({"type": "step", "epochs": 2})
    before, epoch = session.state(), session.trainer.epoch
    with pytest.raises(ValueError, match="^(text|target): ") as error:
        session.handle({"type": "data", "text": text})
    assert words in str(error.value)
    assert session.state() == before and session.trainer.epoch == epoch


@pytest.mark.parametrize("seed", range(30))
def test_noise_is_refused_or_read(seed):
    """Whatever bytes come, it is a sentence or a table that trains."""
    rng = np.random.default_rng(seed)
    letters = np.array(list('a1,;\t\n\r".-e é\0NA'))
    text = "".join(rng.choice(letters, 600)) + "\n" * 3
    if seed % 3 == 0:  # most of it a table
        lines = [f"{k},{k % 3},{k % 2}" for k in range(40)]
        lines[rng.integers(40)] = text[: rng.integers(20)]
        text = "a,b,y\n" + "\n".join(lines)
    session = Session()
    try:
        session.handle({"type": "data", "text": text})
    except ValueError as error:
        assert str(error).startswith(("text: ", "target: "))
        return
    session.handle({"type": "step", "epochs": 2})
    session.frame()
    assert np.isfinite(session.trainer.curve.rows[:, 1]).all()


def test_files(tmp_path):
    path = tmp_path / "own.csv"
    path.write_text("a,y\n" + rows(20, lambda k: f"{k},{k % 2}"), encoding="utf-8-sig")
    assert len(read(path).y) == 20
    path.write_bytes(b"a,y\n\xff\xfe,2\n")
    with pytest.raises(ValueError, match=r"own\.csv: expected text in UTF-8"):
        read(path)
    path.write_text("a\n1\n")
    with pytest.raises(ValueError, match=r"own\.csv: got 1 column"):
        read(path)
