"""The program that trains the page's net on the page's data, with Keras's or scikit-learn's names.

Run, it gives the page's costs to rounding: tests/playground/test_program.py.
"""

import os

from trilobite.playground import net

EPOCHS = 100  # where none is trained yet
# Activations by scikit-learn's names, and those that trilobite.sklearn has beside them.
OF_SKLEARN = {"tanh": "tanh", "relu": "relu", "sigmoid": "logistic", "linear": "identity"}
OF_SKLEARN |= {name: name for name in ("leaky_relu", "elu", "selu", "gelu", "silu", "softplus")}


def program(trainer, face, table=None):
    """The program of a trainer.

    Parameters
    ----------
    trainer : Trainer
    face : str
        "keras" or "sklearn".
    table : Table, optional
        Own data.

    Returns
    -------
    text : str
    notes : list of str
        What the program does not say.

    Raises
    ------
    ValueError
        It is something else, or scikit-learn has no words for this net.
    """
    if face not in ("keras", "sklearn"):
        raise ValueError(f"face: got {str(face)[:40]!r}, expected keras or sklearn")
    notes = [f"changed in the page, not here: {each}" for each in trainer.departures]
    if trainer.rounds:
        notes.append(f"the {trainer.rounds} mini-batches of the epoch under way are left out")
    lines = _of_keras(trainer, table) if face == "keras" else _of_sklearn(trainer, table, notes)
    return "\n".join([*(f"# {note}" for note in notes), *lines]) + "\n", notes


def _epochs(trainer):
    return trainer.epoch or EPOCHS


def _rows(trainer, table):
    """Imports and lines that make x_train, y_train, x_test, y_test."""
    spec, data = trainer.spec, trainer.spec["data"]
    if data["name"] == "own":
        imports = [
            "from trilobite.playground.table import read",
            "from trilobite.playground.toy import split",
        ]
        path = os.path.basename(table.name.replace("\\", "/")) or "own.csv"
        lines = [f"table = read({path!r}, target={table.target!r})"]
        lines += _call("x, y = table.rows", [repr(spec["features"]), f"seed={data['seed']}"])
        if table.classes is None:
            lines.append("# y: the target, less its mean, divided by its standard deviation")
    else:
        imports = ["from trilobite.playground.toy import features, points, split"]
        given = f"rows={data['rows']}, noise={data['noise']:g}, seed={data['seed']}"
        lines = [
            f'x, y = points("{data["name"]}", {given})',
            f"x = features(x, {_quoted(spec['features'])})",
        ]
    share = f"test_share={data['test_share']:g}"
    return imports, [*lines, f"(x_train, y_train), (x_test, y_test) = split(x, y, {share})"]


# ---- Keras's names ----


def _of_keras(trainer, table):
    spec, data = trainer.spec, trainer.data
    imports, rows = _rows(trainer, table)
    lines = ["import trilobite as keras", *imports, "", *rows]
    if net.targets(spec, data, data.train[1][:1]).ndim > 1:
        n = len(data.classes)
        lines += [
            f"y_{part} = keras.utils.to_categorical(y_{part}, {n})" for part in ("train", "test")
        ]
    lines += ["", f"keras.utils.set_random_seed({spec['seed']})"]
    layers = [f"keras.Input(({len(data.names)},))"]
    if data.scaled:
        lines += ["scaling = keras.layers.Normalization()", "scaling.adapt(x_train)"]
        layers.append("scaling")
    penalty = spec["regularization"]
    penalized = ""
    if penalty["kind"] != "none" and penalty["rate"]:
        name = penalty["kind"].upper()
        penalized = f", kernel_regularizer=keras.regularizers.{name}({penalty['rate']!r})"
    for n in spec["hidden"]:
        layers.append(f'keras.layers.Dense({n}, activation="{spec["activation"]}"{penalized})')
        if spec["batch_normalization"]:
            layers.append("keras.layers.BatchNormalization()")
        if spec["dropout"]:
            layers.append(f"keras.layers.Dropout({spec['dropout']!r})")
    n, activation = net.output(data)
    layers.append(f'keras.layers.Dense({n}, activation="{activation}"{penalized})')
    lines += _call("model = keras.Sequential", layers, "([", "])", one_a_line=True)
    lines += _call(
        "model.compile",
        [_optimizer(trainer), f'"{net.loss(spec, data)}"', f'metrics=["{net.metric(data)}"]'],
    )
    fit = ["x_train", "y_train", f"batch_size={trainer.batch_size}", f"epochs={_epochs(trainer)}"]
    fit += ["validation_data=(x_test, y_test)", "verbose=0"]
    if spec["early_stopping"]["on"]:
        patience = spec["early_stopping"]["patience"]
        given = f"patience={patience}, restore_best_weights=True"
        lines.append(f"stop = keras.callbacks.EarlyStopping({given})")
        fit.append("callbacks=[stop]")
    lines += _call("history = model.fit", fit)
    return [*lines, 'print(history.history["loss"][-1], history.history["val_loss"][-1])']


def _optimizer(trainer):
    spec, rate = trainer.spec, repr(trainer.spec["optimizer"]["learning_rate"])
    steps = spec["schedule_epochs"] * trainer.steps
    if spec["schedule"] == "exponential":
        given = f"{rate}, decay_steps={steps}, decay_rate=0.1"
        rate = f"keras.optimizers.schedules.ExponentialDecay({given})"
    if spec["schedule"] == "cosine":
        rate = f"keras.optimizers.schedules.CosineDecay({rate}, decay_steps={steps})"
    name = spec["optimizer"]["name"]
    if name in ("adam", "rmsprop"):
        return f"keras.optimizers.{'Adam' if name == 'adam' else 'RMSprop'}({rate})"
    more = {"sgd": "", "momentum": ", momentum=0.9", "nesterov": ", momentum=0.9, nesterov=True"}
    return f"keras.optimizers.SGD({rate}{more[name]})"


# ---- scikit-learn's ----


def _of_sklearn(trainer, table, notes):
    spec, data = trainer.spec, trainer.data
    _check_sklearn(spec)
    numbers = data.classes is None
    imports, rows = _rows(trainer, table)
    lines = ["from sklearn.metrics import log_loss", *imports]
    if numbers:
        lines[0] = "from sklearn.metrics import mean_squared_error"
    elif spec["loss"] == "squared_error":
        del lines[0]
    estimator = "MLPRegressor" if numbers else "MLPClassifier"
    lines += [
        "from trilobite.playground.same import begin",
        f"from trilobite.sklearn import {estimator}",
        "", *rows,
    ]  # fmt: skip
    if data.scaled:
        lines.insert(0, "from sklearn.preprocessing import StandardScaler")
        lines += [
            "scaler = StandardScaler().fit(x_train)",
            "x_train, x_test = scaler.transform(x_train), scaler.transform(x_test)",
        ]
    name, rate = spec["optimizer"]["name"], spec["optimizer"]["learning_rate"]
    penalty = 0.0 if spec["regularization"]["kind"] == "none" else spec["regularization"]["rate"]
    if numbers:
        lines.append("# Its cost is half the squared error: twice the learning rate does the same.")
        rate = rate if name == "adam" else 2 * rate
    alpha = penalty * trainer.batch_size * (1 if numbers else 2)
    given = [
        f"hidden_layer_sizes={tuple(spec['hidden'])!r}",
        f'activation="{OF_SKLEARN[spec["activation"]]}"',
        f'solver="{"adam" if name == "adam" else "sgd"}"',
        f"alpha={alpha!r}",
        f"batch_size={trainer.batch_size}",
        f"learning_rate_init={rate!r}",
        "shuffle=False",
    ]
    if name == "adam":
        given.append("epsilon=1e-07")
    else:
        given += [f"momentum={0.0 if name == 'sgd' else 0.9}"]
        given += [f"nesterovs_momentum={name == 'nesterov'}"]
    if not numbers and spec["loss"] == "squared_error":
        given.append('loss="squared_error"')
    if penalty and len(data.train[1]) % trainer.batch_size:
        notes.append("scikit-learn divides alpha by the rows of the batch: the last one has fewer")
    lines += _call(f"net = {estimator}", given)
    lines += [
        "# The page's first weights and its orders of the rows: else the costs are alike, not the "
        "same.",
        f"order = begin(net, x_train, y_train, seed={spec['seed']})",
        f"for epoch in range({_epochs(trainer)}):",
        "    rows = order(epoch)",
        "    net.partial_fit(x_train[rows], y_train[rows])",
    ]
    cost = "2 * net.loss_curve_[-1]" if numbers else "net.loss_curve_[-1]"
    if penalty or (not numbers and spec["loss"] == "squared_error"):
        lines = [line for line in lines if not line.startswith("from sklearn.metrics")]
        return [*lines, f"print({cost})"]
    test = "log_loss(y_test, net.predict_proba(x_test))"
    if numbers:
        test = "mean_squared_error(y_test, net.predict(x_test))"
    return [*lines, f"print({cost}, {test})"]


def _check_sklearn(spec):
    """Raise for a net that scikit-learn's estimators have no words for."""
    absent = [
        what
        for what, there in (
            ("batch normalization", spec["batch_normalization"]),
            ("dropout of these masks", spec["dropout"]),
            ("L1 regularization", spec["regularization"]["kind"] == "l1"),
            ("RMSprop", spec["optimizer"]["name"] == "rmsprop"),
            (f"{spec['schedule']} schedule", spec["schedule"] != "constant"),
            ("early stopping on given rows by the cost", spec["early_stopping"]["on"]),
            (f"activation {spec['activation']}", spec["activation"] not in OF_SKLEARN),
            ("learning rate of 0", spec["optimizer"]["learning_rate"] == 0),
        )
        if there
    ]
    if absent:
        raise ValueError(
            f"face: scikit-learn's estimators have no {', no '.join(absent)}: see the program with "
            "Keras's names"
        )


def _call(name, given, opening="(", closing=")", one_a_line=False):
    """A call, in lines of at most 88 characters."""
    line = f"{name}{opening}{', '.join(given)}{closing}"
    if len(line) <= 88 and not one_a_line:
        return [line]
    lines, row = [f"{name}{opening}"], "   "
    for each in given:
        if row.strip() and (one_a_line or len(row) + len(each) > 84):
            lines.append(row)
            row = "   "
        row += f" {each},"
    return [*lines, row, closing]


def _quoted(names):
    return "[" + ", ".join(f'"{name}"' for name in names) + "]"
