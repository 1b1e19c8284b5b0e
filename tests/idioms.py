"""What public programs with dense nets write, idiom by idiom: `programs/idioms/*.txt`.

An idiom is ``## what it is``, then its code; ``## what it is ! words`` is one that is refused, with
a sentence that holds these words. What it leaves in `out` is compared with Keras's.

    python tests/idioms.py --trilobite RESULTS [FILE ...]
    python tests/idioms.py --keras RESULTS [FILE ...]

RESULTS is a file that is written: of each idiom what `run` returned, pickled.
"""

import contextlib
import io
import pickle
import re
import sys
import warnings
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).parent / "programs" / "idioms"
PRELUDE = """
import numpy as np
import keras

def fixed(model, seed=1):
    rng = np.random.RandomState(seed)
    weights = []
    for v, w in zip(model.weights, model.get_weights()):
        drawn = 0.6 * rng.standard_normal(w.shape)
        weights.append(drawn ** 2 if "variance" in v.path else drawn)
    model.set_weights(weights)
    return model

def net(units=1, activation=None, seed=1):
    hidden = keras.layers.Dense(8, "relu")
    last = keras.layers.Dense(units, activation)
    return fixed(keras.Sequential([keras.Input((4,)), hidden, last]), seed)

rng = np.random.RandomState(0)
x = rng.uniform(size=(32, 4)).astype("float32")  # a batch: no order of rows matters
y = (x.sum(axis=1, keepdims=True) + 0.1 * rng.standard_normal((32, 1))).astype("float32")
b = (x[:, 0] > 0.5).astype("int64")
c = np.digitize(x[:, 1], [0.33, 0.67])
h = np.eye(3, dtype="float32")[c]
out = None
"""


def idioms(files=()):
    """{file: name} to (code, words of the refusal or None) of each idiom in these files, or all."""
    found = {}
    for path in sorted(FOLDER.glob("*.txt")):
        if files and path.stem not in files:
            continue
        for part in re.split(r"^## ", path.read_text(), flags=re.M)[1:]:
            head, code = part.split("\n", 1)
            name, _, refused = head.partition(" ! ")
            assert f"{path.stem}: {name}" not in found, name
            found[f"{path.stem}: {name}"] = code, refused or None
    return found


def run(code):
    """What the code leaves in `out`; of an exception (class, text), a tuple."""
    names = {"__name__": "__main__"}
    try:
        exec(PRELUDE, names)
        exec(compile(code, "idiom", "exec"), names)
        return plain(names["out"])
    except Exception as error:
        return type(error).__name__, str(error)


def plain(value):
    """A result of arrays, numbers, text, lists and dicts."""
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)) or type(value).__name__ == "TensorShape":
        return [plain(v) for v in value]
    return value if value is None or isinstance(value, str) else np.array(value)


def same(ours, theirs, tolerance):
    """Whether two results are."""
    if isinstance(ours, dict):
        both = (ours[k] for k in sorted(ours)), (theirs[k] for k in sorted(theirs))
        return ours.keys() == theirs.keys() and all(map(same, *both, [tolerance] * len(ours)))
    if isinstance(ours, list):
        return len(ours) == len(theirs) and all(map(same, ours, theirs, [tolerance] * len(ours)))
    if isinstance(ours, str) or ours is None or ours.dtype.kind in "UO":
        return bool(np.all(ours == theirs))
    return np.shape(ours) == np.shape(theirs) and np.allclose(ours, theirs, tolerance, tolerance)


if __name__ == "__main__":
    library, path, *files = sys.argv[1:]
    warnings.simplefilter("ignore")
    if library == "--trilobite":
        import trilobite.as_keras  # noqa: F401
    else:
        import keras

        keras.utils.disable_interactive_logging()
    results = {}
    for name, (code, _) in idioms(files).items():
        with contextlib.redirect_stdout(io.StringIO()):
            results[name] = run(code)
    Path(path).write_bytes(pickle.dumps(results))
