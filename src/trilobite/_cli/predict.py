"""The commands predict and evaluate: a model from a file meets rows of another file."""

import csv
import io
import sys

import numpy as np

from trilobite import models
from trilobite._cli import arrays, outputs, reading, show, tables
from trilobite._files import whole

_ITSELF = "these very rows, as the net keeps none of its training"


def predict(options):
    """Print or write what a model says of each row."""
    if options.out and not reading.is_table(options.out):
        raise ValueError(f"--out: got {options.out}, expected {reading.NAMES}")
    outputs.check({"NET": options.net, "DATA": options.data}, {"--out": options.out})
    model = models.load_model(options.net)
    encoding = _encoding(model, options)
    if encoding:
        frame, told = _read(options, encoding)
        x = encoding.x(frame)
        _tell(told + encoding.told)
    elif options.data in arrays.SETS:
        x = arrays.read(options.data)[1][0]
    else:
        found, names = arrays.read_arrays(options.data)
        if "x" not in found:
            raise ValueError(f"{options.data}: expected an array x, got {', '.join(names)}")
        x = found["x"]
    columns = _columns(model, encoding, model.predict(x, verbose=0))
    if options.out and reading.ending(options.out) == ".parquet":
        drawn = io.BytesIO()
        reading.pandas().DataFrame(columns).to_parquet(drawn)
        whole.write(options.out, [drawn.getvalue()])
        return
    text = io.StringIO()
    separator = reading.SEPARATORS[reading.ending(options.out)] if options.out else ","
    lines = csv.writer(text, delimiter=separator, lineterminator="\n")
    lines.writerow(columns)
    if not options.out:
        columns = {name: [_short(value) for value in column] for name, column in columns.items()}
    lines.writerows(zip(*columns.values(), strict=True))
    if options.out:
        whole.write(options.out, [text.getvalue().encode()])
    else:
        print(text.getvalue(), end="")


def evaluate(options):
    """Print cost and metrics of a model, beside those of a constant answer, and its mistakes."""
    model = models.load_model(options.net)
    if model.loss is None:
        raise ValueError(f"{options.net}: the model is not compiled, expected one with a loss")
    encoding, rows, classes = _encoding(model, options), None, None
    if encoding:
        frame, told = _read(options, encoding)
        name, classes = encoding.target["name"], encoding.target["classes"]
        if name in frame:
            rows = np.flatnonzero(frame[name].notna())
            if not len(rows):
                raise ValueError(f"column {name!r}, the target: all values are missing")
            frame = frame.iloc[rows]
        y, x = encoding.y(frame), encoding.x(frame)
        _tell(told + encoding.told)
    else:
        (x, y), test = arrays.read(options.data)
        usual_of, (x, y) = y, test or (x, y)
        origin = f"the training rows of {options.data}" if test else _ITSELF
    n_out = model.layers[-1].get_config().get("units", y[0].size)
    sparse = getattr(model.loss, "name", model.loss) == "sparse_categorical_crossentropy"
    if classes and not sparse:
        y = np.eye(len(classes))[y]
    model.evaluate(x, y, verbose=0)  # says what does not fit
    if encoding:
        usual, origin = encoding.target.get("constant"), "the training rows"
        if usual is None:
            usual, origin = show.usual_answer(y, n_out), _ITSELF
    else:
        usual = show.usual_answer(usual_of, n_out)
    answers = show.Answers(model, x, y, usual, classes)
    print(f"{len(x)} row{'s' * (len(x) > 1)}\n")
    show.table({options.data: answers}, origin)
    show.mistakes(answers, rows)


def _encoding(model, options):
    """How the table becomes x; None for arrays."""
    is_table, description = reading.is_table(options.data), model._table
    if is_table and description is None:
        raise ValueError(f"{options.net}: not trained on a table, expected a .npz file for it")
    if description is not None and not is_table:
        raise ValueError(
            f"{options.data}: {options.net} was trained on a table, expected {reading.NAMES}"
        )
    return tables.Encoding(**description) if is_table else None


def _read(options, encoding):
    """The table, and what a person should know of its file."""
    known = [column["name"] for column in encoding.columns]
    return reading.read(options.data, encoding.texts, known, options.header)


def _tell(told):
    """What a person should know, apart from what is printed for a program."""
    for line in told:
        print(line, file=sys.stderr)


def _columns(model, encoding, said):
    """What is written: lists by name."""
    name, classes = "prediction", None
    if encoding:
        name, classes = encoding.target["name"], encoding.target["classes"]
    if model.layers[-1].get_config().get("activation") == "softmax":
        best = said.argmax(axis=1)
        names = [classes[i] for i in best] if classes else best.tolist()
        return {name: names, "probability": _numbers(said.max(axis=1))}
    said = said.reshape(len(said), -1)
    if said.shape[1] == 1:
        return {name: _numbers(said[:, 0])}
    return {f"{name}_{i}": _numbers(column) for i, column in enumerate(said.T)}


def _numbers(column):
    """Floats with the fewest digits that lead back to the same float32 (or float64)."""
    return [float(str(number)) for number in column]


def _short(value):
    return f"{value:.6g}" if isinstance(value, float) else value
