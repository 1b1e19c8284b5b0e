"""Files of tables as people have them: separators, decimal commas, no names, numbers as text."""

import numpy as np
import pandas as pd
import pytest
from commands import refuse, run, table

from trilobite._cli import reading

ROWS = [(i / 8, "rgb"[i % 3], i % 7 - 1.5) for i in range(60)]


def text(separator=",", decimal=".", names=("a", "colour", "y")):
    lines = [separator.join(names)] if names else []
    for row in ROWS:
        lines.append(separator.join(str(value) for value in row).replace(".", decimal))
    return "\n".join(lines) + "\n"


@pytest.fixture
def file(tmp_path):
    """Write a file and return its path as text."""

    def write(content, name="t.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    return write


@pytest.mark.parametrize("name", ["t.csv", "t.tsv"])
@pytest.mark.parametrize(
    ("separator", "decimal"), [(",", "."), (";", "."), ("\t", "."), (";", ","), ("\t", ",")]
)
@pytest.mark.parametrize("names", [("a", "colour", "y"), None])
def test_separators_are_found(file, name, separator, decimal, names):
    frame, told = reading.read(
        file(text(separator, decimal, names), name), header=None if names else False
    )
    expected = pd.DataFrame(ROWS, columns=names or ["column_1", "column_2", "column_3"])
    pd.testing.assert_frame_equal(frame, expected)
    told = " ".join(told)
    assert ("separated" in told) == (separator != reading.SEPARATORS[name[1:]])
    assert ("decimal commas in " + ", ".join(expected.columns[[0, 2]]) in told) == (decimal == ",")


def test_decimal_commas_without_names_and_with_thousands(file):
    frame, _ = reading.read(file("1,5;2\n2,5;3\n"))
    assert frame.to_numpy().tolist() == [[1.5, 2], [2.5, 3]]
    frame, _ = reading.read(file("a;b\n1.234,5;x\n;y\n-7;1,2\n"))
    np.testing.assert_array_equal(frame["a"], [1234.5, np.nan, -7])
    assert frame["b"].tolist() == ["x", "y", "1,2"]


def test_a_comma_is_no_decimal_between_commas(file):
    frame, told = reading.read(file('a,b\n"1,234",1\n"2,345",2\n'))
    assert frame["a"].tolist() == ["1,234", "2,345"] and told == []


def test_quoted_separators_are_text(file):
    frame, told = reading.read(file('"a;b",y\n"1;2",3\n"one, ""two""",4\n'))
    assert frame.to_numpy().tolist() == [["1;2", 3], ['one, "two"', 4]] and told == []


def test_a_first_line_of_numbers_is_a_row(file):
    path = file("1,2\n3,4\n5,6\n")
    frame, (line,) = reading.read(path)
    assert frame.columns.tolist() == ["column_1", "column_2"] and len(frame) == 3
    assert "no names" in line and "--header" in line
    frame, told = reading.read(path, header=True)
    assert frame.columns.tolist() == ["1", "2"] and len(frame) == 2 and told == []


def test_a_net_of_columns_without_names(file, tmp_path, capsys):
    """As the table with names: the same numbers come out, of text columns too."""
    bare, named = file(text(names=None), "bare.csv"), file(text(), "named.csv")
    for path, option in ((bare, "--no-header"), (named, "--header")):
        run(capsys, "train", path, option, "--epochs", 2, "--save", f"{path}.net")
    (_, *said), (name, *expected) = (
        run(capsys, "predict", f"{path}.net", path).out.splitlines() for path in (bare, named)
    )
    assert said == expected and len(said) == 60 and name == "y"
    assert "'a' is missing" in refuse(capsys, "predict", f"{named}.net", bare, "--no-header")
    assert "--header" in refuse(capsys, "train", "digits", "--no-header")
    for command in ("predict", "evaluate"):
        line = refuse(capsys, command, f"{bare}.net", named)
        assert "named.csv: got the names a in the first line, expected a file without" in line
    with_gap = file(text(names=None).replace("0.0,", ",", 1), "gap.csv")
    assert len(run(capsys, "predict", f"{bare}.net", with_gap).out.splitlines()) == 61


def test_a_column_that_counts_rows(file, tmp_path):
    for first in (0, 1):
        lines = [f"{i + first},{i * i}\n" for i in range(9)]
        frame, (line,) = reading.read(file(",y\n" + "".join(lines)))
        assert frame.columns.tolist() == ["y"] and "counts the rows" in line
    frame, told = reading.read(file(",y\n4,1\n3,2\n"))
    assert frame.columns.tolist() == ["column_1", "y"] and told == []


def test_texts_are_without_spaces_around(file):
    """A space after a comma, fields that are filled up to a width, also with quotes."""
    frame, told = reading.read(file('a, b , k\n1 , 2 , up \n 3, , "down, or so"\n'))
    assert frame.columns.tolist() == ["a", "b", "k"] and told == []
    np.testing.assert_array_equal(frame[["a", "b"]], [[1, 2], [3, np.nan]])
    assert frame["k"].tolist() == ["up", "down, or so"]


def test_a_separator_at_the_end_of_each_line_makes_no_column(file):
    frame, (line,) = reading.read(file("a,k,\n1,up,\n2,down,\n"))
    assert frame.columns.tolist() == ["a", "k"] and "column 3, without a name, is empty" in line


def test_names_are_without_spaces_and_huge_numbers_are_numbers(file):
    frame, _ = reading.read(file(f"a, y\n{10**25}, 2\n{10**25 * 3}, 4\n"))
    assert frame["a"].tolist() == [1e25, 3e25] and frame["y"].tolist() == [2, 4]


def test_one_column_may_have_any_name(file):
    frame, told = reading.read(file("time:utc\n1\n2\n"))
    assert frame["time:utc"].tolist() == [1, 2] and told == []


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("a|b\n1|2\n", ["one column", "'a|b'", "separated by '|'?"]),
        (b"a,y\n1,2\ngr\xfcn,3\n", ["UTF-8", "0xfc", "line 3", "'grün,3' in Latin-1"]),
        ("a,y\n1,2\n".encode("utf-16"), ["UTF-8", "got UTF-16"]),
        ("a,y\n" + "1,3\n2,3\n" * 90, ["'y'", "[3] alone"]),
        ("a,y\n" + "1,.5\n2,.5\n" * 9, ["'y'", "always 0.5"]),
        ("a,y\n1,2.5\n", ["1 row is too few"]),
        ("a,y\n" + "1,.3\n2e30,.5\n" * 9, ["'a', row 2", "2e+30", "at most 1.84e+19"]),
        ("a,y\n" + "1,.3\n2,5e30\n" * 9, ["'y', row 2", "5e+30", "at most 1.84e+19"]),
        ("\n\n", ["empty file"]),
    ],
)
def test_refused(content, words, file, tmp_path, capsys):
    path, net = file(content), tmp_path / "net"
    line = refuse(capsys, "train", path, "--save", net)
    assert all(word in line for word in words), line
    assert not net.exists()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("t.txt", ["t.txt: expected digits", ".csv", ".npz"]),
        ("t.npz", ["t.npz: not a .npz file"]),
        ("none.csv", ["none.csv: No such file or directory"]),
        ("none", ["none: No such file", ".csv", ".npz"]),
        ("folder.csv", ["folder.csv: Is a directory"]),
    ],
)
def test_files_that_are_none(name, words, file, tmp_path, capsys):
    file(text(), "t.txt"), file(text(), "t.npz")
    (tmp_path / "folder.csv").mkdir()
    line = refuse(capsys, "train", tmp_path / name)
    assert all(word in line for word in words) and "Errno" not in line, line


def test_columns_are_listed_nearest_first(file, capsys):
    path = file(text(names=("Alter", "Farbe", "Wert")))
    for option in ("--target", "--drop"):
        line = refuse(capsys, "train", path, option, "farben")
        assert f"{option}: got 'farben', expected one of Farbe, " in line
        assert "Alter" in line and "Wert" in line
    assert "--target: got ''" in refuse(capsys, "train", path, "--target", "")


def test_text_that_looks_like_more_is_told(file, capsys):
    lines = [f"{'?' if i == 7 else i},2024-05-{i + 1:02},{i},{i * i}\n" for i in range(30)]
    shown = run(capsys, "train", file("a,day,c,y\n" + "".join(lines)), "--epochs", 1, "--seed", 1)
    told = shown.out.splitlines()
    assert "a: taken as text, as '?' is no number" in told
    assert "day: dates are taken as text, each one for itself" in told
    assert not any(line.startswith("c:") for line in told)


def test_what_is_printed_is_short_and_what_is_written_is_all(tmp_path, capsys):
    path, net, out = tmp_path / "t.csv", tmp_path / "net", tmp_path / "out.csv"
    for target in ("price", "kind"):
        table().to_csv(path, index=False)
        run(capsys, "train", path, "--target", target, "--epochs", 1, "--save", net)
        _, *printed = run(capsys, "predict", net, path).out.splitlines()
        run(capsys, "predict", net, path, "--out", out)
        _, *written = out.read_text().splitlines()
        printed, written = ([line.split(",")[-1] for line in lines] for lines in (printed, written))
        assert printed == [f"{float(number):.6g}" for number in written]
        assert max(map(len, written)) > max(map(len, printed))
        assert [str(np.float32(number)) for number in written] == written
