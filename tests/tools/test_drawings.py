"""utils.plot_model and model_to_dot: Graphviz's text, and pictures where its program is."""

import re
import shutil
import stat
import sys
from types import SimpleNamespace

import pytest

from trilobite import Input, Sequential, layers, utils

SHOWN = dict(
    show_shapes=True,
    show_dtype=True,
    show_layer_names=True,
    show_layer_activations=True,
    show_trainable=True,
)


@pytest.fixture
def model():
    hidden = layers.Dense(8, "relu", name='a<b & "c"')
    return Sequential([Input((5,)), hidden, layers.Dropout(0.5), layers.Dense(3)], name='my "net"')


@pytest.fixture
def no_programs(monkeypatch, tmp_path):
    """A machine without Graphviz."""
    monkeypatch.setenv("PATH", str(tmp_path / "none"))


@pytest.fixture
def program(monkeypatch, tmp_path):
    """A program dot that writes down how it was called, or fails for gif."""
    folder = tmp_path / "programs"
    folder.mkdir()
    path = folder / "dot"
    path.write_text(
        f"#!{sys.executable}\nimport sys\n"
        "if sys.argv[1] == '-Tgif': sys.exit('no gif')\n"
        "sys.stdout.write(sys.argv[1] + sys.stdin.read())\n"
    )
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(folder))


def test_boxes_and_edges(model):
    text = utils.model_to_dot(model)
    assert re.findall(r"^(\d+) -> (\d+);$", text, re.MULTILINE) == [("0", "1"), ("1", "2")]
    assert text.startswith('digraph "my \\"net\\"" {\nrankdir=TB; dpi=200;')
    assert re.findall(r"\((\w+)\)</font>", text) == ["Dense", "Dropout", "Dense"]
    assert '<b>a&lt;b &amp; "c"</b>' in text and text.to_string() == text
    assert "shape:" not in text and "Activation" not in text


def test_what_is_shown(model):
    text = utils.model_to_dot(model, rankdir="LR", dpi=96, **SHOWN)
    boxes = re.findall(r"label=<(.*)>\];", text)
    assert "Input shape: <b>(None, 5)</b>" in boxes[0] and "(None, 8)" in boxes[0]
    assert "Activation: <b>relu</b>" in boxes[0] and "<b>Trainable</b>" in boxes[0]
    assert "Activation" not in boxes[1] and "rainable" not in boxes[1]
    assert "Activation: <b>linear</b>" in boxes[2]
    assert text.count("Output dtype: <b>float32</b>") == 3
    assert "rankdir=LR; dpi=96" in text
    with pytest.raises(ValueError, match="rankdir"):
        utils.model_to_dot(model, rankdir="up")
    with pytest.raises(ValueError, match="not built"):
        utils.model_to_dot(Sequential([layers.Dense(2)]))


def test_without_the_program(model, no_programs, tmp_path):
    utils.plot_model(model, tmp_path / "text.dot", show_shapes=True)
    assert (tmp_path / "text.dot").read_text() == utils.model_to_dot(
        model, show_shapes=True, show_layer_names=False
    )
    with pytest.warns(UserWarning, match="no program dot"):
        assert utils.plot_model(model, tmp_path / "net.png") is None
    assert [path.name for path in tmp_path.iterdir()] == ["text.dot", "net.dot"] or (
        sorted(path.name for path in tmp_path.iterdir()) == ["net.dot", "text.dot"]
    )
    with pytest.raises(FileNotFoundError):
        utils.model_to_dot(model).create()


def test_pictures(model, program, tmp_path, monkeypatch):
    image = SimpleNamespace(Image=lambda data: ("shown", data))
    text = utils.model_to_dot(model, show_layer_names=False).encode()
    monkeypatch.setitem(sys.modules, "IPython.display", None)
    assert utils.plot_model(model, str(tmp_path / "net.svg")) is None
    assert (tmp_path / "net.svg").read_bytes() == b"-Tsvg" + text
    monkeypatch.setitem(sys.modules, "IPython.display", image)
    assert utils.plot_model(model, str(tmp_path / "net")) == ("shown", b"-Tpng" + text)
    assert (tmp_path / "net.png").read_bytes() == b"-Tpng" + text
    with pytest.raises(ValueError, match="format: got 'gif', which dot does not make: no gif"):
        utils.plot_model(model, tmp_path / "net.gif")
    assert not (tmp_path / "net.gif").exists()


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")
def test_graphviz_reads_it(model):
    picture = utils.model_to_dot(model, **SHOWN).create(format="svg")
    assert b"a&lt;b &amp;" in picture and picture.count(b"(Dense)") == 2


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")
def test_a_picture_is_written(model, tmp_path):
    """A PNG; a line more for each layer makes it higher, other resolutions larger."""
    sizes = []
    for number, options in enumerate(({}, {"show_shapes": True}, {"dpi": 100})):
        path = tmp_path / f"net{number}.png"
        utils.plot_model(model, path, **options)
        content = path.read_bytes()
        assert content.startswith(b"\x89PNG\r\n") and content[12:16] == b"IHDR"
        sizes.append([int.from_bytes(content[at : at + 4], "big") for at in (16, 20)])
    plain, shapes, coarse = sizes
    assert shapes[1] > plain[1] > coarse[1] > 50
    assert shapes[0] > plain[0] > coarse[0] > 50
