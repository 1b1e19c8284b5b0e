"""The quick examples run and do what they say."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def run(name, *arguments, cwd):
    """What the example prints."""
    done = subprocess.run(
        [sys.executable, "-W", "error", str(ROOT / "examples" / name), *map(str, arguments)],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_early_stopping(tmp_path):
    *said, result, lowest = run("early_stopping.py", 5, cwd=tmp_path).splitlines()
    epochs, loss, accuracy = re.fullmatch(
        r"after (\d+) epochs: val_loss ([\d.]+), val_accuracy ([\d.]+)", result
    ).groups()
    assert lowest.endswith(f": {loss}")
    assert float(accuracy) > 0.93
    assert said[-1].startswith(
        f"Epoch {epochs}: early stopping, as val_loss has not improved for 5"
    )
    assert said[-1].endswith("whose weights are restored")


def test_resume(tmp_path):
    folder = tmp_path / "folder"
    whole = run("resume.py", folder, 12, cwd=tmp_path)
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert set(files) == {"best.safetensors", "log.csv"}
    for path in folder.iterdir():
        path.unlink()
    command = [sys.executable, str(ROOT / "examples" / "resume.py"), str(folder), "12"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        while not process.stdout.readline().startswith("Epoch 4/12"):
            pass
        process.kill()
    assert (folder / "backup" / "backup.safetensors").exists()
    rest = run("resume.py", folder, 12, cwd=tmp_path)
    assert rest.splitlines()[-2:] == whole.splitlines()[-2:]
    assert re.match(r"Epoch [45]/12 ", rest)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == files


@pytest.mark.parametrize("name", ["shallow_net.py", "intermediate_net.py", "deep_net.py"])
def test_on_mnist(name, tmp_path, real_mnist):
    said = run(name, 1, cwd=tmp_path)
    assert "Epoch 1/1 - " in said and "val_accuracy" in said
    if name == "deep_net.py":
        assert re.search(r"val_accuracy: 0\.9[4-9]", said)
        for count in ("params: 59,978", "params: 59,594", "params: 384"):
            assert count in said


def test_sklearn_drop_in(tmp_path):
    pytest.importorskip("sklearn")
    lines = run("sklearn_drop_in.py", 3, cwd=tmp_path).splitlines()
    theirs, ours = (line.split(": ", 1)[1].rsplit(", ", 1)[0] for line in lines)
    assert theirs == ours and lines[1].startswith("trilobite.sklearn: ")
