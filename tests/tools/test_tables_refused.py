"""Tables, options and models that the command line refuses: one line, status 2, nothing written."""

import sys

import pytest
from commands import refuse, run, table, write

GOOD = "a,b,y\n" + "".join(f"{i},{i % 7},{'pq'[i % 2]}\n" for i in range(40))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ["empty"]),
        ("a,b,y\n", ["no rows"]),
        (GOOD + "1,2\n", ["line 42", "2 fields, expected 3"]),
        (GOOD + "1,2,p,4\n", ["line 42", "4 fields, expected 3"]),
        (GOOD + '"1,2,p\n', ["unexpected end"]),
        (GOOD + "1," + "9" * 200_000 + ",p\n", ["field larger"]),
        (GOOD.encode() + b"\xff,1,p\n", ["UTF-8"]),
        (GOOD.encode("utf-16"), ["UTF-8"]),
        ("y\n" + "p\nq\n" * 9, ["no column is left", "'y' is the only one"]),
        ("a,y\n" + ",p\n,q\n" * 9, ["no column is left", "all values are missing"]),
        ("a,y\n" + "1,p\n1,q\n" * 9, ["no column is left", "always 1"]),
        ("a,y\n" + "1,\n2,\n" * 9, ["'y'", "all values are missing"]),
        ("a,y\n" + "1,p\n2,p\n" * 9, ["'y'", "['p'] alone"]),
        ("a,y\n" + "".join(f"{i},n{i}\n" for i in range(20)), ["20 classes in 20 rows"]),
        ("a,a,y\n" + "1,2,p\n2,1,q\n" * 9, ["a, a, y", "different names"]),
        ("a,y\n" + "1,p\ninf,q\n" * 9, ["'a', row 2", "infinite"]),
        ("a,y\n" + "1,3\n2,4\n" * 9 + "1,inf\n", ["'y', row 19", "infinite"]),
        ("a,y\n" + "1,.3\n2,.4\n" * 9 + "1,-inf\n", ["'y', row 19", "infinite"]),
        ("a,y\n1,p\n2,q\n1,p\n2,q\n", ["too few"]),
    ],
)
def test_broken_tables(text, words, tmp_path, capsys):
    path, net = tmp_path / "t.csv", tmp_path / "net"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    if "too few" in words:
        line = refuse(capsys, "train", path, "--save", net, "--validation-split", 0.01)
    else:
        line = refuse(capsys, "train", path, "--save", net)
    assert all(word in line for word in words), line
    assert not net.exists()


def test_a_byte_order_mark_and_empty_lines(tmp_path, capsys):
    path = tmp_path / "t.csv"
    path.write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode() + b"\r\n\r\n")
    assert "a: left out" not in run(capsys, "train", path, "--epochs", 1).out


def test_no_parquet(tmp_path, capsys):
    path = tmp_path / "t.parquet"
    path.write_text(GOOD)
    assert str(path) in refuse(capsys, "train", path)
    assert "No such file" in refuse(capsys, "train", tmp_path / "none.csv")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--target", "z"], ["'z'", "a, b, y"]),
        (["--drop", "z"], ["'z'", "a, b, y"]),
        (["--drop", "y"], ["--drop", "'y'", "target"]),
        (["--task", "guess"], ["--task", "guess"]),
        (["--task", "regression"], ["'y'", "text"]),
        (["--target", "a", "--loss", "sparse_categorical_crossentropy"], ["integers"]),
        (["--optimizer", "steepest"], ["optimizer", "steepest", "adam"]),
        (["--early-stopping", 0], ["--early-stopping", "'0'"]),
        (["--plot", "picture.txt"], ["--plot", "picture.txt", ".svg"]),
        (["--plot", "nowhere/picture.svg"], ["--plot", "folder"]),
        (["--save", "nowhere/net"], ["--save", "folder"]),
        (["--automatic", "--learning-rate", 0.1], ["--learning-rate", "--automatic"]),
        (["--automatic", "--early-stopping"], ["--early-stopping", "--automatic"]),
    ],
)
def test_wrong_options(arguments, words, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "t.csv"
    path.write_text(GOOD)
    line = refuse(capsys, "train", path, *arguments)
    assert all(word in line for word in words), line
    assert [p.name for p in tmp_path.iterdir()] == ["t.csv"]


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("train t.csv --save t.csv", ["--save", "t.csv", "DATA"]),
        ("train t.csv --save ./link", ["--save", "link", "DATA"]),
        ("train t.csv --save twin", ["--save", "twin", "DATA"]),
        ("train t.csv --plot link.svg", ["--plot", "link.svg", "DATA"]),
        ("train t.csv --save z.svg --plot ./z.svg", ["--plot", "z.svg", "--save"]),
        ("predict net.csv t.csv --out t.csv", ["--out", "t.csv", "DATA"]),
        ("predict net.csv t.csv --out net.csv", ["--out", "net.csv", "NET"]),
        ("predict none t.csv --out nowhere/u.csv", ["--out", "nowhere/u.csv", "folder"]),
    ],
)
def test_nothing_read_is_overwritten(command, words, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path, net = tmp_path / "t.csv", tmp_path / "net.csv"
    path.write_text(GOOD)
    run(capsys, "train", path, "--epochs", 1, "--save", net)
    kept = path.read_bytes(), net.read_bytes()
    (tmp_path / "link").symlink_to(path)
    (tmp_path / "link.svg").symlink_to(path)
    (tmp_path / "twin").hardlink_to(path)
    line = refuse(capsys, *command.split())
    assert all(word in line for word in words), line
    assert (path.read_bytes(), net.read_bytes()) == kept
    assert len(list(tmp_path.iterdir())) == 5


def test_folders_that_cannot_be_written_to(tmp_path, capsys, monkeypatch):
    path = write(table(), tmp_path / "t.csv")
    monkeypatch.setattr("os.access", lambda *_: False)  # of root's all can be
    line = refuse(capsys, "train", path, "--epochs", 1, "--save", tmp_path / "net")
    assert "--save" in line and "can be written to" in line
    assert [p.name for p in tmp_path.iterdir()] == ["t.csv"]


def test_errors_of_the_system_are_sentences(tmp_path, capsys, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device", "net")

    path = write(table(), tmp_path / "t.csv")
    monkeypatch.setattr("trilobite._files.whole.write", full)
    assert refuse(capsys, "train", path, "--epochs", 1, "--plot", tmp_path / "p.svg").endswith(
        "trilobite: net: No space left on device"
    )


def test_a_net_may_be_called_as_a_data_set(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for _ in range(2):
        run(capsys, "train", "digits", "--epochs", 1, "--save", "digits")


def test_options_of_tables_alone(capsys):
    assert "--target" in refuse(capsys, "train", "digits", "--target", "y")


def test_wrong_nets(tmp_path, capsys):
    path = write(table(), tmp_path / "t.csv")
    assert "No such file" in refuse(capsys, "predict", tmp_path / "none", path)
    assert str(path) in refuse(capsys, "predict", path, path)
    net = tmp_path / "net"
    run(capsys, "train", path, "--epochs", 1, "--save", net)
    assert ".parquet" in refuse(capsys, "predict", net, path, "--out", tmp_path / "out.txt")
    assert "trained on a table" in refuse(capsys, "predict", net, "digits")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["net", "t.csv"]


def test_without_pandas(monkeypatch, tmp_path, capsys):
    monkeypatch.setitem(sys.modules, "pandas", None)
    path = tmp_path / "t.csv"
    path.write_text(GOOD)
    assert "trilobite[tables]" in refuse(capsys, "train", path)
