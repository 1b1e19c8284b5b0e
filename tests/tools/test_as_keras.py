"""Keras's and TensorFlow's names: which modules they are, and what is said of absent ones."""

import json
import os
import re
import subprocess
import sys

import pytest

import trilobite


def python(*arguments, text=None, cwd=None):
    """Run a new Python; `text` is its program, after which it reads ``done``."""
    program = ["-"] if text else []
    return subprocess.run(
        [sys.executable, *arguments, *program],
        input=text,
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=100,
    )


def run(text, *arguments):
    """What a program prints, without a warning."""
    done = python("-W", "error", *arguments, text=text)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_one_module_by_every_path():
    run("""
import trilobite.as_keras
import keras, keras.layers as L, tensorflow as tf, tensorflow.keras
import tensorflow.keras.layers as from_tf
import tf_keras
import keras.api.layers, keras._tf_keras.keras.layers, keras.src.layers
import tensorflow.contrib.keras.api.keras.layers, tensorflow.compat.v1.keras.layers
from keras.layers import Dense, BatchNormalization
from tensorflow import keras as of_tf
from tensorflow.keras import layers, datasets, optimizers
from tensorflow.keras.optimizers.schedules import ExponentialDecay
from tensorflow.python.keras.layers import Dropout
from tensorflow.contrib import keras as of_contrib
import trilobite
for other in (tf.keras, of_tf, tf_keras, of_contrib, keras.api, tf.compat.v1.keras):
    assert other is keras, other
for other in (L, layers, from_tf, tf.keras.layers, keras.src.layers, keras._tf_keras.keras.layers):
    assert other is keras.layers, other
assert tf.compat.v1 is tf
assert Dense is trilobite.layers.Dense and Dropout is keras.layers.Dropout
assert ExponentialDecay is trilobite.optimizers.schedules.ExponentialDecay
assert keras.Sequential is keras.models.Sequential is trilobite.Sequential
assert datasets.mnist.load_data is trilobite.datasets.mnist.load_data
assert keras.__name__ == "keras" and keras.layers.__name__ == "keras.layers"
""")


def test_every_public_name_is_there():
    run("""
import importlib, types
import trilobite.as_keras
import keras, trilobite
for name in trilobite.__all__:
    ours, view = getattr(trilobite, name), getattr(keras, name)
    if not isinstance(ours, types.ModuleType):
        assert view is ours
        continue
    assert importlib.import_module(f"keras.{name}") is view
    assert set(dir(view)) == set(view.__all__)
    for inner in getattr(ours, "__all__", ()):
        assert inner in dir(view), (name, inner)
        value = getattr(ours, inner)
        assert isinstance(value, types.ModuleType) or getattr(view, inner) is value
assert "np" not in dir(keras.losses) and "choose" not in dir(keras.losses)
assert {"get", "mean_squared_error", "MeanSquaredError"} <= set(dir(keras.losses))
assert {"glorot_normal", "GlorotNormal"} <= set(dir(keras.initializers))
scope = {}
exec("from keras.layers import *; from keras import *", scope)
assert scope["Dense"] is keras.layers.Dense and scope["losses"] is keras.losses
""")


ABSENT = [
    ("from keras.layers import Conv2D", "ImportError", "keras.layers.Conv2D: .*no convolutions"),
    ("keras.layers.MaxPooling2D", "AttributeError", "keras.layers.MaxPooling2D: .*no convol"),
    ("from tensorflow.keras.layers import LSTM", "ImportError", "keras.layers.LSTM: .*no recurr"),
    ("from keras.layers.recurrent import GRU", "ImportError", "keras.layers.recurrent: .*no recu"),
    ("from keras.layers import Concatenate", "ImportError", "no merges, one chain of dense layer"),
    ("from keras.layers import MultiHeadAttention", "ImportError", "there is no attention"),
    ("from keras.layers import Embedding", "ImportError", "rows are numbers, one column of cl"),
    ("from keras.preprocessing.image import ImageDataGenerator", "ImportError", "pictures, texts"),
    ("from keras.applications import VGG16", "ImportError", "keras.applications: .*pictures"),
    ("from keras.datasets import imdb", "ImportError", "keras.datasets.imdb: .*only be unpickled"),
    ("tf.GradientTape()", "AttributeError", "tensorflow.GradientTape: .*compile.. and fit.."),
    ("tf.SparseTensor", "AttributeError", "SparseTensor: .*NumPy's arrays are what is read"),
    (
        "from keras.layers import BatchNormalisation",
        "ImportError",
        "mean keras.layers.BatchNormaliz",
    ),
    ("keras.layers.dense", "AttributeError", r"mean keras.layers.Dense\?"),
    ("from keras.layers import Adam", "ImportError", r"did you mean keras.optimizers.Adam\?"),
    ("import keras.loses", "ImportError", r"keras.loses: .*did you mean keras.losses\?"),
    ("import keras.qqq", "ImportError", "keras.qqq: there is no such name in trilobite's Keras$"),
    ("import tensorflow.qqq", "ImportError", "tensorflow.qqq: there is no such name"),
    ("keras.layers.__qqq__", "AttributeError", "keras.layers.__qqq__"),
]


@pytest.fixture(scope="module")
def said():
    """What is said of each absent name, in one Python."""
    printed = run(f"""
import json
import trilobite.as_keras
import keras, tensorflow as tf
said = []
for statement in {[statement for statement, *_ in ABSENT]!r}:
    try:
        exec(statement)
    except Exception as error:
        said.append([type(error).__name__, str(error)])
print(json.dumps(said))
""")
    return dict(zip([statement for statement, *_ in ABSENT], json.loads(printed), strict=True))


@pytest.mark.parametrize(("statement", "kind", "message"), ABSENT, ids=[row[0] for row in ABSENT])
def test_absent(said, statement, kind, message):
    found, text = said[statement]
    assert found == kind and re.search(message, text), text


def test_keras_that_is_imported_already():
    done = python(text="import sys, types\nsys.modules['keras'] = types.ModuleType('keras')\n"
                       "import trilobite.as_keras")  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        "ImportError: trilobite.as_keras: keras is imported already, from memory; expected "
        "trilobite.as_keras to be imported before it"
    )


def test_keras_that_is_installed(tmp_path):
    for name in ("keras", "tensorflow"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('the installed one')")
    printed = run(f"""
import sys
sys.path.insert(0, {str(tmp_path)!r})
import trilobite.as_keras
import keras, tensorflow
print(keras.__version__, tensorflow.__version__)
""")
    assert printed == f"3.15.0+trilobite.{trilobite.__version__} 2.21.0+trilobite\n"


def test_is_imported_only_when_asked_for():
    printed = run("import sys, trilobite; print('trilobite.as_keras' in sys.modules)")
    assert printed == "False\n"
    run("import trilobite.as_keras as a; a.load_ipython_extension(None); import keras")


def test_what_programs_use_of_tensorflow():
    run("""
import trilobite.as_keras
import logging
import tensorflow as tf
from tensorflow.random import set_seed
from tensorflow import nn
assert tf.config.list_physical_devices("GPU") == [] != tf.config.list_physical_devices()
assert tf.config.experimental.list_physical_devices("GPU") == []
assert not tf.test.is_gpu_available() and tf.test.gpu_device_name() == ""
assert tf.executing_eagerly()
tf.get_logger().setLevel("ERROR")
tf.compat.v1.logging.set_verbosity(tf.compat.v1.logging.FATAL)
assert logging.getLogger("tensorflow").level == logging.FATAL
made = []
for seed in (set_seed, tf.set_random_seed):
    seed(3)
    model = tf.keras.Sequential([tf.keras.layers.Dense(2, tf.nn.relu, input_shape=(3,))])
    made.append(model.get_weights()[0])
assert (made[0] == made[1]).all() and model.layers[0].activation is tf.nn.relu
with tf.device("/cpu:0"):
    x = tf.constant([[1.0, -2.0], [3.0, 4.0]])
assert x.dtype == tf.float32 and model.predict(tf.ones((2, 3))).shape == (2, 2)
assert tf.reduce_mean(x) == 1.5 and tf.reduce_sum(tf.square(x), axis=1).tolist() == [5, 25]
assert tf.cast(tf.equal(tf.argmax(x, axis=1), [0, 0]), tf.int32).tolist() == [1, 0]
assert tf.math.abs(x)[0, 1] == 2 == tf.clip_by_value(x, 0, 2)[1, 1] and tf.math.reduce_max(x) == 4
assert tf.one_hot([1], 3).tolist() == [[0, 1, 0]] and tf.concat([x, x], 0).shape == (4, 2)
assert tf.losses.MeanSquaredError is tf.keras.losses.MeanSquaredError
model.compile(tf.optimizers.Adam(), "mse", metrics=[lambda t, p: tf.reduce_mean(tf.abs(t - p))])
model.fit(tf.ones((2, 3)), tf.zeros((2, 2)), verbose=0)
for bad in (-1, 1.5):
    try:
        tf.random.set_seed(bad)
    except (TypeError, ValueError) as error:
        assert "seed: got" in str(error)
    else:
        raise SystemExit("taken")
""")


def test_backend():
    run("""
import trilobite.as_keras
import numpy as np
from keras import backend as K, layers
assert (K.backend(), K.epsilon(), K.floatx()) == ("trilobite", 1e-7, "float32")
assert K.image_data_format() == "channels_last"
K.set_floatx("float64")
assert K.cast_to_floatx([1]).dtype == np.float64
assert f"{K.get_value(0.5):.2f}" == "0.50" and K.get_value([1, 2]).shape == (2,)
K.clear_session()
assert [layers.Dense(1).name for _ in range(2)] == ["dense", "dense_1"]
K.clear_session()
assert layers.Dense(1).name == "dense"
""")


def test_what_is_saved_and_pickled_needs_no_keras(tmp_path):
    """Objects are trilobite's own: they come back in a process that knows nothing of this."""
    file, pickled = str(tmp_path / "net"), str(tmp_path / "pickled")
    run(f"""
import pickle, warnings
warnings.simplefilter("ignore")
import trilobite.as_keras
import numpy as np
from tensorflow import keras
model = keras.Sequential([keras.layers.Dense(output_dim=2, init="normal")])
model.compile(keras.optimizers.SGD(lr=0.1, decay=0.1), "mse", metrics=["acc"])
history = model.fit(np.eye(2), np.eye(2), epochs=2, verbose=0)
model.save({file!r})
pickle.dump([model, history.history, history], open({pickled!r}, "wb"))
""")
    printed = run(f"""
import pickle, sys
import numpy as np
import trilobite
with open({pickled!r}, "rb") as file:
    model, numbers, history = pickle.load(file)
again = trilobite.models.load_model({file!r})
print((again.predict(np.eye(2)) == model.predict(np.eye(2))).all(), type(numbers).__name__)
print(any(name.startswith(("keras", "trilobite.as_keras")) for name in sys.modules))
""")
    assert printed == "True dict\nFalse\n"


PROGRAM = """
import os, sys
import keras
print(__name__, sys.argv, sys.path[0] == os.path.dirname(os.path.abspath(__file__)))
import beside
sys.exit(3)
"""


@pytest.mark.parametrize("as_module", [False, True])
def test_run(tmp_path, as_module):
    folder = tmp_path / "programs"
    folder.mkdir()
    (folder / "program.py").write_text(PROGRAM)
    (folder / "beside.py").write_text("print('beside')")
    what = ["-m", "program"] if as_module else ["programs/program.py"]
    cwd = folder if as_module else tmp_path
    done = python("-m", "trilobite", "run", *what, "-x", "--epochs", "3", cwd=cwd)
    assert done.returncode == 3, done.stderr
    name = os.path.join(folder, "program.py") if as_module else "programs/program.py"
    argv = [name, "-x", "--epochs", "3"]
    assert done.stdout == f"__main__ {argv} True\nbeside\n"


def test_run_shows_what_a_program_raises(tmp_path):
    (tmp_path / "program.py").write_text("import keras\nkeras.layers.Conv2D(3)\n")
    done = python("-m", "trilobite", "run", "program.py", cwd=tmp_path)
    assert done.returncode == 1
    assert 'File "program.py", line 2, in <module>' in done.stderr
    assert done.stderr.splitlines()[-1].startswith("AttributeError: keras.layers.Conv2D: ")
    done = python("-m", "trilobite", "run", "none.py", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith("trilobite: ") and "none.py" in done.stderr


WRAPPED = """
import warnings
warnings.simplefilter("ignore", FutureWarning)
import trilobite.as_keras
import numpy as np
from keras.layers import Dense
from keras.models import Sequential
from keras.utils import set_random_seed
from keras.wrappers.scikit_learn import KerasClassifier, KerasRegressor
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

rng = np.random.default_rng(0)
labels = np.array(["left", "middle", "right"])
y = rng.integers(0, 3, 90)
x = rng.normal(size=(90, 4)) + 2 * np.eye(3, 4)[y]

def build(n=8, loss="categorical_crossentropy"):
    set_random_seed(0)
    model = Sequential([Dense(n, "relu"), Dense(3, "softmax")])
    model.compile("adam", loss, metrics=["accuracy"])
    return model

def yes_or_no():
    model = Sequential([Dense(1, "sigmoid")])
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    return model

def regressor():
    model = Sequential([Dense(1)])
    model.compile("adam", "mse", metrics=["mae"])
    return model
"""


@pytest.mark.parametrize(
    "text",
    [
        """
net = KerasClassifier(build_fn=build, epochs=30, batch_size=10, verbose=0)
assert is_classifier(net) and clone(net).get_params() == net.get_params()
history = net.fit(x, labels[y])
assert len(history.history["loss"]) == 30 and list(net.classes_) == list(labels)
assert set(net.predict(x)) <= set(labels)
p = net.predict_proba(x)
assert p.shape == (90, 3) and (labels[p.argmax(1)] == net.predict(x)).all()
assert net.score(x, labels[y]) == (net.predict(x) == labels[y]).mean() > 0.7
one_hot = KerasClassifier(build, epochs=30, batch_size=10, verbose=0)
one_hot.fit(x, np.eye(3)[y])
sparse = KerasClassifier(build, loss="sparse_categorical_crossentropy", epochs=30, batch_size=10)
sparse.fit(x, y, verbose=0)
for other in (one_hot, sparse):
    assert np.abs(other.predict_proba(x) - p).max() < 1e-4
assert one_hot.score(x, np.eye(3)[y]) == net.score(x, labels[y])
""",
        """
net = KerasClassifier(yes_or_no, nb_epoch=3, verbose=0)
net.fit(x, labels[(y > 0) * 1])
assert list(net.classes_) == ["left", "middle"] and len(net.model.history.history["loss"]) == 3
p = net.predict_proba(x)
assert p.shape == (90, 2) and np.allclose(p.sum(1), 1)
assert ((p[:, 1] > 0.5) == (net.predict(x) == "middle")).all()
""",
        """
net = KerasRegressor(build_fn=regressor, epochs=5, verbose=0)
assert is_regressor(net)
net.fit(x, x[:, 0])
assert net.predict(x).shape == (90,)
assert net.score(x, x[:, 0]) == -net.model.evaluate(x, x[:, 0], verbose=0)[0]
assert (cross_val_score(net, x, x[:, 0], cv=3) < 0).all()
""",
        """
net = make_pipeline(StandardScaler(), KerasClassifier(build_fn=build, batch_size=10, verbose=0))
grid = {"kerasclassifier__n": [2, 16], "kerasclassifier__epochs": [1, 25]}
search = GridSearchCV(net, grid, cv=3).fit(x, y)
assert search.best_params_ == {"kerasclassifier__n": 16, "kerasclassifier__epochs": 25}
assert search.best_estimator_[-1].model.layers[0].units == 16
""",
        """
try:
    KerasClassifier(build, epoch=3).fit(x, y)
except ValueError as error:
    assert str(error).startswith("sk_params: got epoch, expected an argument of build"), error
else:
    raise SystemExit("taken")
""",
    ],
    ids=["classifier", "one output", "regressor", "grid search", "unknown argument"],
)
def test_wrappers_of_scikit_learn(text):
    pytest.importorskip("sklearn")
    run(WRAPPED + text)
