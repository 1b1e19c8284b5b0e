"""The command train."""

import io
import math
import time
from dataclasses import dataclass, field

import numpy as np

import trilobite
from trilobite import callbacks, layers, optimizers, utils
from trilobite._cli import arrays, outputs, reading, show, tables
from trilobite._files import whole

PICTURES = (".svg", ".png", ".pdf")
# The losses that lead to the same net, but for rounding, where y is standardised.
SCALED = ("mean_squared_error", "mean_absolute_error")


@dataclass
class Task:
    """What is to be learned: rows to train on and rows held out, and the net's two ends."""

    x: np.ndarray
    y: np.ndarray
    x_val: np.ndarray
    y_val: np.ndarray
    loss: str
    n_out: int
    activation: str
    scaling: list  # layers in front
    encoding: tables.Encoding | None = None
    rows: np.ndarray | None = None  # numbers in the file of those held out
    mean: float = 0.0  # of y, and its standard deviation, where the net learns without them
    spread: float | None = None
    test: tuple | None = None  # x and y for the end, where those held out choose
    told: list = field(default_factory=list)

    def learned(self, y):
        """What the net learns of y."""
        return y if self.spread is None else (y - self.mean) / self.spread


def train(options):
    """Train as the options say and print what a person wants to see of it."""
    _check_files(options)
    task = _of_table(options) if reading.is_table(options.data) else _of_arrays(options)
    for line in task.told:
        print(line)
    utils.set_random_seed(options.seed)
    model = _model(options, task)
    model.summary()
    _fit(options, task, model)
    usual = show.usual_answer(task.y, task.n_out)
    if task.encoding:
        task.encoding.target["constant"] = usual.tolist()
        model._table = task.encoding.describe()
    classes = task.encoding and task.encoding.target["classes"]
    parts = {"training": (task.x, task.y), "validation": (task.x_val, task.y_val)}
    if task.test:
        parts["test"] = task.test
    answers = {
        name: show.Answers(model, x, y, usual, classes) for name, (x, y) in parts.items()
    }  # fmt: skip
    show.table(answers)
    last = answers[list(answers)[-1]]
    if task.x_val.ndim == 3:
        rows = "test rows" if task.test else "rows held out"
        print(f"\nOf the {rows}, the first ones and the worst mistakes:\n")
        show.pictures(last)
    else:
        show.mistakes(last, task.rows)
    if options.plot:
        _draw(model.history, options.plot)
    if options.save:
        model.save(options.save)
        print(f"\nSaved as {options.save}")


def _check_files(options):
    """Raise for options and files that would not do when all is done."""
    outputs.check({"DATA": options.data}, {"--save": options.save, "--plot": options.plot})
    if options.plot:
        if reading.ending(options.plot) not in PICTURES:
            raise ValueError(
                f"--plot: got {options.plot}, expected a name that ends with .svg, .png or .pdf"
            )
        try:
            import matplotlib.figure  # noqa: F401
        except ImportError:
            raise ValueError("--plot needs matplotlib: pip install 'trilobite[plot]'") from None
    if not reading.is_table(options.data):
        for name in ("target", "drop", "task", "header"):
            if getattr(options, name) not in (None, []):
                raise ValueError(f"--{name}: {options.data} is no table, expected one for it")
    if options.automatic:
        for name in ("learning_rate", "early_stopping"):
            if getattr(options, name):
                option = name.replace("_", "-")
                raise ValueError(f"--{option}: --automatic chooses it, expected one of the two")


def _of_arrays(options):
    chooses, told = bool(options.automatic or options.early_stopping), []
    (x, y), (x_val, y_val), test = arrays.load(
        options.data, options.validation_split, options.seed, chooses
    )
    others = [y_val] if test is None else [y_val, test[1]]
    loss, n_out, activation, (y, y_val, *y_test) = arrays.choose_output(options.loss, y, *others)
    if test is not None:
        test = test[0], *y_test
        told.append(f"{len(test[0])} test rows are for the end alone; others, held out, choose")
    numeric = x.dtype.kind in "biuf"  # else fit says what is wrong
    largest = max(float(x.max(initial=0)), -float(x.min(initial=0))) if numeric else 1
    rescaling = layers.Rescaling(1 / largest if 0 < largest < math.inf else 1)
    scaling = [rescaling, layers.Flatten()]
    return Task(x, y, x_val, y_val, loss, n_out, activation, scaling, test=test, told=told)


def _of_table(options):
    frame, read = reading.read(options.data, header=options.header)
    target, told = frame.columns[-1] if options.target is None else options.target, []
    tables.check_name("--target", target, frame)
    for name in options.drop:
        tables.check_name("--drop", name, frame)
    if target in options.drop:
        raise ValueError(f"--drop: got {target!r}, the target, expected another column")
    frame = frame.drop(columns=options.drop)
    labelled = np.flatnonzero(frame[target].notna())
    if len(labelled) < len(frame):
        told.append(f"{target}: {len(frame) - len(labelled)} rows without it are left out")
        if not len(labelled):
            raise ValueError(f"column {target!r}, the target: all values are missing")
    classes, why = tables.classes_of(frame[target].iloc[labelled], options.task)
    told.insert(0, f"{target} is to be predicted: {why}")
    parts = arrays.split(options.data, len(labelled), options.validation_split, options.seed)
    rows, held_out = (labelled[part] for part in parts)
    encoding = tables.Encoding.of(frame, rows, target, classes)
    told = [*read, *told, *encoding.told]
    x, x_val = (encoding.x(frame.iloc[part]) for part in (rows, held_out))
    y, y_val = (encoding.y(frame.iloc[part]) for part in (rows, held_out))
    task = Task(x, y, x_val, y_val, "", 1, "linear", [], encoding, held_out, told=told)
    if classes is None:
        if y.min() == y.max():
            raise ValueError(f"column {target!r}: always {y[0]:g}, expected what can be predicted")
        task.loss, _, task.activation, _ = arrays.choose_output(options.loss, y, y_val)
        if task.loss in SCALED:
            task.mean, task.spread = float(y.mean()), float(y.std())
    else:
        task.n_out, task.activation = len(classes), "softmax"
        task.loss = options.loss or "sparse_categorical_crossentropy"
        if task.loss != "sparse_categorical_crossentropy":
            task.y, task.y_val = (utils.to_categorical(t, len(classes)) for t in (y, y_val))
    if not options.automatic:
        number = encoding.numeric
        mean, variance = (np.where(number, f(x, axis=0, dtype=float), usual)
                          for f, usual in ((np.mean, 0.0), (np.var, 1.0)))  # fmt: skip
        task.scaling = [layers.Normalization(mean=mean, variance=variance)]
    return task


def _model(options, task):
    hidden = [layers.Dense(n, activation=options.activation) for n in options.hidden]
    scaling = task.scaling
    if options.automatic and scaling:
        scaling = [layers.Flatten()]
    model = trilobite.Sequential(
        [
            layers.Input(task.x.shape[1:] or (1,)),
            *scaling,
            *hidden,
            layers.Dense(task.n_out, activation=task.activation),
        ]
    )
    rate, values = options.learning_rate, task.activation in ("linear", "exponential")
    optimizer = optimizers.get(options.optimizer)
    if rate is None and options.optimizer.lower() == "sgd":
        rate = 0.01 if values else 0.1
    if rate is not None:
        optimizer.learning_rate = rate
    metric = "mean_absolute_error" if values else "accuracy"
    model.compile(optimizer, task.loss, metrics=[metric])
    return model


def _fit(options, task, model):
    batch_size = options.batch_size or (None if options.automatic else 32)
    epochs = options.epochs or (None if options.automatic else 30)
    print(f"\n{len(task.x)} rows to train on, {len(task.x_val)} held out")
    if not options.automatic:
        steps = -(-len(task.x) // batch_size)  # of an epoch
        threads = trilobite.engine.threads_for(6 * model.count_params() * batch_size, steps)
        rate = f"learning rate {model.optimizer.learning_rate:g}"
        print(f"{task.loss}, {rate}, batches of {batch_size}")
        print(f"{trilobite.engine.variant}, {threads} thread{'s' * (threads > 1)}")
    if task.spread is not None:
        name, sign = task.encoding.target["name"], "-+"[task.mean < 0]
        what = f"({name} {sign} {abs(task.mean):.6g}) / {task.spread:.6g}"
        print(f"the epochs' costs and errors are of {what}, those at the end in its own unit")
    print(flush=True)
    import tqdm.auto  # noqa: F401  fit does, and that is not to be timed

    start = time.perf_counter()
    y, valid = task.learned(task.y), (task.x_val, task.learned(task.y_val))
    if options.automatic:
        from trilobite.tuning import fit_automatically

        given = {"batch_size": batch_size, "epochs": epochs, "verbose": 1}
        chosen = fit_automatically(model, task.x, y, validation_data=valid, **given)
        print(f"\n{chosen}")
    else:
        patience, stop = options.early_stopping, []
        if patience:
            stop = [callbacks.EarlyStopping(
                patience=patience, restore_best_weights=True, verbose=1
            )]  # fmt: skip
        model.fit(task.x, y, batch_size, epochs, callbacks=stop, validation_data=valid)
    if task.spread is not None:
        _unscale(model, task)
    seconds, epochs = time.perf_counter() - start, len(model.history.epoch)
    print(
        f"\n{epochs} epoch{'s' * (epochs > 1)} in {seconds:.2f} s, validation included: "
        f"{epochs * len(task.x) / seconds:,.0f} rows/s\n"
    )


def _unscale(model, task):
    """Let a net that has learned ``(y - mean) / spread``, and its history, say y itself."""
    kernel, bias = model.layers[-1].get_weights()
    model.layers[-1].set_weights([kernel * task.spread, bias * task.spread + task.mean])
    history, unit = model.history, task.spread ** (2 if task.loss == "mean_squared_error" else 1)
    for name, values in history.history.items():
        units = {"loss": unit, "mean_absolute_error": task.spread}
        values[:] = [value * units.get(name.removeprefix("val_"), 1) for value in values]
    if history.baseline is not None:
        history.baseline *= unit


def _draw(history, path):
    """Write a picture of the training, whole or not at all."""
    import matplotlib.pyplot as pyplot

    from trilobite import plot

    ax, drawn = plot.history(history), io.BytesIO()
    ax.figure.savefig(drawn, format=reading.ending(path)[1:])
    pyplot.close(ax.figure)
    whole.write(path, [drawn.getvalue()])
    print(f"\nDrawn in {path}")
