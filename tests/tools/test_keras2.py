"""Every spelling of Keras 2: what it means today, and the one warning that says so."""

import importlib.util
import json
import re
import subprocess
import sys

import pytest

# What was written, what is written today, and what the warnings name.
SPELLINGS = [
    ("layers.Dense(output_dim=3)", "layers.Dense(3)", "output_dim= units="),
    ("layers.Dense(3, init='ones')", "layers.Dense(3, kernel_initializer='ones')", "init="),
    ("layers.Dense(3, W_regularizer='l2')", "layers.Dense(3, kernel_regularizer='l2')", "W_reg"),
    ("layers.Dense(3, b_regularizer='l1')", "layers.Dense(3, bias_regularizer='l1')", "b_reg"),
    ("layers.Dense(3, bias=False)", "layers.Dense(3, use_bias=False)", "bias= use_bias="),
    (
        "layers.Dense(3, batch_input_shape=(None, 4))",
        "layers.Dense(3, input_shape=(4,))",
        "batch_input_shape= input_shape=",
    ),
    ("layers.Dropout(p=0.5)", "layers.Dropout(0.5)", "p= rate="),
    ("layers.BatchNormalization(mode=0)", "layers.BatchNormalization()", "mode= no such"),
    (
        "layers.BatchNormalization(beta_init='ones', gamma_init='zeros')",
        "layers.BatchNormalization(beta_initializer='ones', gamma_initializer='zeros')",
        "beta_init= beta_initializer= gamma_init= gamma_initializer=",
    ),
    ("regularizers.l1(l=0.1)", "regularizers.L1(0.1)", "l= l1="),
    ("regularizers.L2(l=0.2)", "regularizers.L2(0.2)", "l= l2="),
    *[
        (f"optimizers.{name}(lr=0.1)", f"optimizers.{name}(0.1)", "lr= learning_rate=")
        for name in "SGD RMSprop Adam AdamW Adadelta Adagrad Adamax Nadam".split()
    ],
    *[
        (f"optimizers.{name.lower()}()", f"optimizers.{name}()", f"{name.lower()} {name}")
        for name in "SGD RMSprop Adam Adadelta Adagrad Adamax Nadam".split()
    ],
    ("optimizers.Adam(epsilon=None)", "optimizers.Adam()", "epsilon=None"),
    ("optimizers.Nadam(schedule_decay=0.004)", "optimizers.Nadam()", "schedule_decay= no such"),
    ("optimizers.SGD(lr=0.1, decay=0.0)", "optimizers.SGD(0.1)", "decay="),
    (
        "optimizers.SGD(lr=0.1, momentum=0.9, decay=0.5)",
        "optimizers.SGD(schedules.InverseTimeDecay(0.1, 1, 0.5), 0.9)",
        "decay= InverseTimeDecay",
    ),
    (
        "optimizers.SGD(0.1, 0.9, decay=0.5)",
        "optimizers.SGD(schedules.InverseTimeDecay(0.1, 1, 0.5), 0.9)",
        "decay=",
    ),
    (
        "optimizers.Adagrad(decay=0.5)",
        "optimizers.Adagrad(schedules.InverseTimeDecay(0.001, 1, 0.5))",
        "decay=",
    ),
    (
        "callbacks.ReduceLROnPlateau(epsilon=0.1)",
        "callbacks.ReduceLROnPlateau(min_delta=0.1)",
        "epsilon= min_delta=",
    ),
    ("callbacks.ModelCheckpoint('a', period=1)", "callbacks.ModelCheckpoint('a')", "period= no"),
    (
        "utils.to_categorical([0, 1], nb_classes=3).tolist()",
        "utils.to_categorical([0, 1], num_classes=3).tolist()",
        "nb_classes= num_classes=",
    ),
    ("model().predict_classes(x).tolist()", "model().predict(x).argmax(1).tolist()", "predict"),
    (
        "model(1).predict_classes(x, verbose=0).tolist()",
        "(model(1).predict(x) > 0.5).astype(int).tolist()",
        "predict_classes",
    ),
    ("model().predict_proba(x, 8).tolist()", "model().predict(x).tolist()", "predict_proba"),
    (
        "model().predict_generator(iter([x]), 1, max_queue_size=1, workers=1).tolist()",
        "model().predict(x).tolist()",
        "predict_generator predict",
    ),
    (
        "model().fit_generator(iter([(x, y)] * 2), 1, 2, verbose=0).history['loss']",
        "fitted(epochs=2, shuffle=False).history['loss']",
        "fit_generator fit",
    ),
    (
        "model().evaluate_generator(iter([(x, y)]), steps=1, verbose=0)",
        "model().evaluate(x, y, verbose=0)",
        "evaluate_generator evaluate",
    ),
    (
        "fitted(nb_epoch=3).history['loss']",
        "fitted(epochs=3).history['loss']",
        "nb_epoch= epochs=",
    ),
    (
        "fitted(workers=4, use_multiprocessing=True, max_queue_size=2).history['loss']",
        "fitted().history['loss']",
        "workers= use_multiprocessing= max_queue_size= no such argument",
    ),
    (
        "model().evaluate(x, y, verbose=0, workers=2)",
        "model().evaluate(x, y, verbose=0)",
        "workers= no such argument",
    ),
    (
        "(m := model()).compile('sgd', 'mse', ['mae']) or m.metrics_names",
        "(m := model()).compile('sgd', 'mse', metrics=['mae']) or m.metrics_names",
        "compile metrics=",
    ),
    ("keras.constraints.maxnorm(3)", "keras.constraints.max_norm(3)", "maxnorm max_norm"),
    ("keras.constraints.nonneg()", "keras.constraints.non_neg()", "nonneg non_neg"),
    ("keras.constraints.unitnorm()", "keras.constraints.unit_norm()", "unitnorm unit_norm"),
    (
        "fitted(epochs=2).history['acc']",
        "fitted(epochs=2).history['accuracy']",
        "'acc' 'accuracy'",
    ),
    (
        "fitted(epochs=2, validation_split=0.5).history.get('val_acc')",
        "fitted(epochs=2, validation_split=0.5).history['val_accuracy']",
        "'val_acc' 'val_accuracy'",
    ),
    (
        "fitted(epochs=2, callbacks=[rates()]).history['lr']",
        "fitted(epochs=2, callbacks=[rates()]).history['learning_rate']",
        "'lr' 'learning_rate'",
    ),
    *[
        (f"errors()['{val}{old}']", f"errors()['{val}{new}']", f"'{val}{old}' '{val}{new}'")
        for old, new in [("mean_absolute_error", "mae"), ("mean_squared_error", "mse")]
        for val in ("", "val_")
    ],
    ("seen_by_a_callback('acc')", "seen_by_a_callback('accuracy')", "'acc' 'accuracy'"),
    ("best('val_acc')", "best('val_accuracy')", "'val_acc' 'val_accuracy'"),
    ("saved('{acc:.3f}')", "saved('{accuracy:.3f}')", ""),
    ("float(model().optimizer.lr)", "model().optimizer.learning_rate", "optimizer.lr"),
    ("set_lr(0.5)", "0.5", "optimizer.lr optimizer.learning_rate"),
    ("backend_lr(0.25)", "[0.01, 0.25]", "optimizer.lr"),
    *[
        (f"__import__('keras.{old}', fromlist=['*'])", f"keras.{new}", f"keras.{old} keras.{new}")
        for old, new in [
            ("layers.advanced_activations", "layers"),
            ("layers.core", "layers"),
            ("layers.experimental.preprocessing", "layers"),
            ("layers.noise", "layers"),
            ("layers.normalization", "layers"),
            ("optimizers.legacy", "optimizers"),
            ("optimizers.experimental", "optimizers"),
            ("optimizers.adam_v2", "optimizers"),
            ("optimizers.gradient_descent_v2", "optimizers"),
            ("optimizers.rmsprop_v2", "optimizers"),
            ("optimizer_v2.adam", "optimizers"),
            ("optimizer_v2.gradient_descent", "optimizers"),
            ("optimizer_v2.rmsprop", "optimizers"),
            ("engine.sequential", "models"),
            ("initializations", "initializers"),
            ("objectives", "losses"),
            ("utils.generic_utils", "utils"),
            ("utils.np_utils", "utils"),
            ("utils.vis_utils", "utils"),
        ]
    ],
]
if importlib.util.find_spec("tensorboardX"):
    old = "callbacks.TensorBoard(batch_size=32, write_grads=False)"
    SPELLINGS.append((old, "callbacks.TensorBoard()", "batch_size= write_grads= no such"))
REFUSED = [
    ("optimizers.SGD(lr=0.1, learning_rate=0.2)", "TypeError: lr: got it beside learning_rate"),
    ("optimizers.Nadam(schedule_decay=0.01)", "ValueError: schedule_decay: got 0.01, expected"),
    ("optimizers.SGD(decay=-1)", "ValueError: decay: got -1, expected a number >= 0"),
    ("callbacks.ModelCheckpoint('a', period=5)", "ValueError: period: got 5, expected 1"),
    ("layers.BatchNormalization(mode=2)", "ValueError: mode: got 2, expected 0"),
    ("layers.Dense(3, outputs=4)", "TypeError: "),
    ("setattr(layers.Dense(3), 'units', 4)", "AttributeError: units: got 4 for a Dense that is"),
    ("fitted(epochs=1).history['val_acc']", "KeyError: 'val_acc'"),
    ("keras.backend.set_value(0.1, 1)", "TypeError: x: got 0.1, which is a copy"),
    ("model().predikt(x)", "AttributeError: Sequential.predikt: .*did you mean predict?"),
]
PROGRAM = """
import importlib, json, sys, warnings
from pathlib import Path
import numpy as np
import trilobite.as_keras
import keras
from keras import callbacks, layers, optimizers, regularizers, utils
from keras.optimizers import schedules

x = np.linspace(0, 1, 12).reshape(6, 2)
y = np.arange(6) % 3

def model(n_out=3):
    utils.set_random_seed(0)
    made = keras.Sequential([layers.Dense(n_out, "softmax" if n_out > 1 else None)])
    loss = "sparse_categorical_crossentropy" if n_out > 1 else "mse"
    made.compile("sgd", loss, metrics=["accuracy"])
    return made

def fitted(**options):
    return model().fit(x, y, verbose=0, **options)

def errors():
    made = model(1)
    made.compile("sgd", "mse", metrics=["mae", "mse"])
    return made.fit(x, y, verbose=0, validation_split=0.5).history

def rates():
    return callbacks.LearningRateScheduler(lambda epoch, rate: rate / 2)

def seen_by_a_callback(name):
    class Watch(callbacks.Callback):
        def on_epoch_end(self, epoch, logs={}):
            seen.append(logs.get(name))
    seen = []
    fitted(epochs=2, callbacks=[Watch()])
    return seen

def best(name):
    stop = callbacks.EarlyStopping(monitor=name)
    fitted(epochs=2, callbacks=[stop], validation_split=0.5)
    return stop.best

def saved(name):
    folder = Path(sys.argv[1])
    for path in folder.iterdir():
        path.unlink()
    checkpoint = callbacks.ModelCheckpoint(str(folder / ("w-{epoch}-" + name)), monitor="acc")
    fitted(epochs=2, callbacks=[checkpoint])
    return sorted(path.name for path in folder.iterdir())

def set_lr(rate):
    optimizer = optimizers.Adam()
    optimizer.lr = rate
    return optimizer.learning_rate

def backend_lr(rate):
    made = model()
    before = keras.backend.get_value(made.optimizer.lr)
    keras.backend.set_value(made.optimizer.lr, rate)
    return [float(before), made.optimizer.learning_rate]

def plain(value):
    if isinstance(value, callbacks.Callback):
        return repr(sorted(vars(value).items()))
    if hasattr(value, "get_config"):
        return [type(value).__name__, value.get_config() | {"name": None}]
    return value

def call(expression):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            value = plain(eval(expression))
        except Exception as error:
            value = f"{type(error).__name__}: {error}"
    return value, [[w.category.__name__, str(w.message), w.filename] for w in caught]

results = {}
for old, new in json.load(sys.stdin):
    trilobite.as_keras.keras2._said.clear()
    value, said = call(old)
    _, again = call(old)
    today, nothing = call(new) if new else (value, [])
    same = bool(value == today)
    results[old] = [same, repr(value), repr(today), said, again, nothing]
json.dump(results, sys.stdout)
"""


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """What each expression gave in a Python of its own."""
    pairs = [(old, new) for old, new, _ in SPELLINGS] + [(old, None) for old, _ in REFUSED]
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path_factory.mktemp("files"))],
        input=json.dumps(pairs),
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize(("old", "new", "named"), SPELLINGS, ids=[old for old, *_ in SPELLINGS])
def test_spelling(results, old, new, named):
    same, value, today, said, again, nothing = results[old]
    assert same, (value, today)
    assert "Error" not in value
    texts = [text for _, text, _ in said]
    for word in named.split():
        assert any(word in text for text in texts), texts
    assert len(set(texts)) == len(texts) > 0
    assert {category for category, *_ in said} == {"FutureWarning"}
    assert not again and not nothing


@pytest.mark.parametrize(("expression", "message"), REFUSED, ids=[name for name, _ in REFUSED])
def test_refused(results, expression, message):
    value = results[expression][1]
    assert re.search(message.replace("(", "\\("), value), value


def test_warnings_name_the_line_of_the_program(results):
    for old, _, _ in SPELLINGS:
        said = results[old][3]
        if not old.startswith(("best(", "saved(")):  # a monitor is named when training begins
            assert {filename for *_, filename in said} == {"<string>"}, old
