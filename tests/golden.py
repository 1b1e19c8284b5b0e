"""Files that a version of trilobite wrote, which every later one reads.

    python tests/golden.py [VERSION]

writes tests/files/golden/VERSION/, by default of the version that is installed: once, when it is
released. What is there is never written again. tests/files/test_golden.py reads all of them.
"""

import contextlib
import json
import pickle
import sys
import warnings
from pathlib import Path
from unittest import mock

import numpy as np
from saved import LABELS, X, classifier, fit

import trilobite as keras
from trilobite import layers, sklearn
from trilobite.__main__ import main

GOLDEN = Path(__file__).parent / "files" / "golden"
TABLE = "size,colour,kind\n" + "".join(
    f"{size},{colour},{'big' if size > 3 else 'small'}\n"
    for size in range(8)
    for colour in ("red", "green", "")
)


def chain():
    """A float64 model by the functional interface, with a model as a layer."""
    keras.utils.set_random_seed(1)
    start = keras.Input((6,), dtype="float64")
    scaled = layers.Normalization(mean=0.1, variance=2.0)(start)
    inner = keras.Sequential([layers.Dense(4, "gelu"), layers.PReLU()])
    model = keras.Model(start, layers.Dense(3)(inner(scaled)))
    model.compile(keras.optimizers.SGD(0.01, momentum=0.9), keras.losses.Huber(0.5))
    model.fit(X, np.eye(3)[LABELS], epochs=2, verbose=0)
    return model


def estimators():
    """A classifier and a regressor, fitted."""
    options = {"hidden_layer_sizes": (4,), "max_iter": 3, "random_state": 0}
    with warnings.catch_warnings(action="ignore"):
        return {
            "classifier": sklearn.MLPClassifier(**options, dropout=0.1).fit(X, LABELS),
            "regressor": sklearn.MLPRegressor(**options, loss="huber").fit(X, X[:, 0]),
        }


def outputs(model, rows):
    """What a model, or an estimator, says of rows, as plain lists."""
    return getattr(model, "predict_proba", model.predict)(rows).tolist()


def write(folder):
    """Write the files of this version, and what is expected of them, to a new folder."""
    folder.mkdir(parents=True)
    stack, other = classifier(), chain()
    fit(stack, callbacks=[keras.callbacks.BackupAndRestore(folder, delete_checkpoint=False)])
    stack.save(folder / "stack.safetensors")
    stack.save_weights(folder / "weights.safetensors")
    other.save(folder / "chain.safetensors")
    models = {"stack": stack, "chain": other, **estimators()}
    for name, model in models.items():
        (folder / f"{name}.pickle").write_bytes(pickle.dumps(model, protocol=5))
    (folder / "table.csv").write_text(TABLE)
    commands = (
        "train table.csv --target kind --epochs 30 --save table.safetensors",
        "predict table.safetensors table.csv --out predicted.csv",
    )
    with contextlib.chdir(folder), contextlib.redirect_stdout(None):
        for command in commands:
            assert main(command.split()) == 0
    expected = {
        "rows": X[:5].tolist(),
        "outputs": {name: outputs(model, X[:5]) for name, model in models.items()},
        "histories": {name: models[name].history.history for name in ("stack", "chain")},
        "iterations": {name: models[name].optimizer.iterations for name in ("stack", "chain")},
    }
    (folder / "expected.json").write_text(json.dumps(expected, indent=1))


if __name__ == "__main__":
    version = (*sys.argv[1:], keras.__version__)[0]
    if (GOLDEN / version).exists():
        raise SystemExit(f"{GOLDEN / version} is there: what a version wrote stays as it is")
    with mock.patch("importlib.metadata.version", lambda name: version):
        write(GOLDEN / version)
    print(*sorted(path.name for path in (GOLDEN / version).iterdir()))
