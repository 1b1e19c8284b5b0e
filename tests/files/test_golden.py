"""What earlier versions wrote is read: of the files of tests/golden.py the same comes out.

docs/model-file.md promises it of `model` and `weights`. Pickles and backups, which are for the
version that wrote them, have been readable so far.
"""

import csv
import json
import pickle
import re
import shutil
import warnings
from pathlib import Path

import golden
import numpy as np
import pytest
from saved import LABELS, X, classifier, fit, stack

import trilobite as keras
from trilobite.__main__ import main
from trilobite.models import load_model

VERSIONS = sorted(path for path in golden.GOLDEN.iterdir() if path.is_dir())
ALL = pytest.mark.parametrize("version", VERSIONS, ids=lambda path: path.name)


def expected(version):
    return json.loads((version / "expected.json").read_text())


def assert_outputs(version, name, model):
    told = expected(version)
    found = golden.outputs(model, np.array(told["rows"], np.float32))
    assert np.allclose(found, told["outputs"][name], rtol=1e-5, atol=1e-6)


def test_each_release_has_some():
    """A folder for each version of the changelog that has a date, and for the one to come."""
    changelog = (Path(__file__).parents[2] / "CHANGELOG.md").read_text(encoding="utf-8")
    released = re.findall(r"^## \[(.+)\] - \d{4}-\d\d-\d\d$", changelog, re.MULTILINE)
    assert {"0.2.0", *released} == {path.name for path in VERSIONS}


@ALL
@pytest.mark.parametrize("name", ["stack", "chain"])
def test_model(version, name):
    """Outputs, history, optimizer; and it trains on."""
    model, told = load_model(version / f"{name}.safetensors"), expected(version)
    assert_outputs(version, name, model)
    assert model.history.history == told["histories"][name]
    assert model.optimizer.iterations == told["iterations"][name]
    y = LABELS if name == "stack" else np.eye(3)[LABELS]
    assert np.isfinite(model.fit(X, y, verbose=0).history["loss"]).all()


@ALL
def test_weights(version):
    model = stack()
    model.load_weights(version / "weights.safetensors")
    assert_outputs(version, "stack", model)


@ALL
def test_backup(version, tmp_path):
    """Two epochs of three are done."""
    shutil.copy(version / "backup.safetensors", tmp_path)
    model = classifier(seed=5)
    history = fit(model, epochs=3, callbacks=[keras.callbacks.BackupAndRestore(tmp_path)])
    before = expected(version)["histories"]["stack"]
    assert all(history[name][:2] == before[name] and len(history[name]) == 3 for name in before)


@ALL
def test_table(version, tmp_path):
    pytest.importorskip("pandas")
    out = tmp_path / "out.csv"
    given = version / "table.safetensors", version / "table.csv", "--out", out
    assert main(["predict", *map(str, given)]) == 0
    paths = out, version / "predicted.csv"
    found, there = (list(csv.reader(path.read_text().splitlines())) for path in paths)
    assert [row[0] for row in found] == [row[0] for row in there]
    numbers = [[float(row[1]) for row in rows[1:]] for rows in (found, there)]
    assert np.allclose(*numbers, rtol=1e-4)


@ALL
@pytest.mark.parametrize("name", ["stack", "chain", "classifier", "regressor"])
def test_pickle(version, name):
    with warnings.catch_warnings(action="ignore"):  # another version of scikit-learn
        model = pickle.loads((version / f"{name}.pickle").read_bytes())
    assert_outputs(version, name, model)


def test_nothing_is_written_again(tmp_path, monkeypatch):
    import runpy

    monkeypatch.setattr("sys.argv", ["golden.py", VERSIONS[0].name])
    with pytest.raises(SystemExit, match="what a version wrote stays as it is"):
        runpy.run_path(str(Path(golden.__file__)), run_name="__main__")


def test_written_files_are_what_is_read(tmp_path):
    """What `golden.py` would write now, it reads."""
    pytest.importorskip("pandas")  # which tables need
    golden.write(tmp_path / "now")
    assert {p.name for p in (tmp_path / "now").iterdir()} == {
        p.name for p in VERSIONS[-1].iterdir()
    }
    for name in ("stack", "chain"):
        assert_outputs(tmp_path / "now", name, load_model(tmp_path / "now" / f"{name}.safetensors"))
