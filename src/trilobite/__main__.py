"""The command line: ``python -m trilobite``."""

import argparse
import io
import math
import os
import sys
import time
import warnings
import zipfile

import numpy as np

import trilobite
from trilobite import datasets, layers, losses, optimizers, utils

ARRAYS = ("x", "y", "x_train", "y_train", "x_test", "y_test")
PIXELS = 14  # of a picture's height and width at most, each two characters wide


class Parser(argparse.ArgumentParser):
    """argparse whose errors are one line, without the usage before it."""

    def error(self, message):
        """End with exit status 2."""
        self.exit(2, one_line(message))


def one_line(message):
    """Return an error's message as the one line that a person sees."""
    return f"trilobite: {' '.join(str(message).split())}\n"


def number(kind, low, high, expected):
    """Return a type for argparse: numbers with ``low < number < high``."""

    def parse(text):
        try:
            value = kind(text)
        except ValueError:
            value = math.nan
        if not low < value < high:
            raise argparse.ArgumentTypeError(f"expected {expected}, got {text!r}")
        return value

    return parse


COUNT = number(int, 0, 2**31, "a whole number from 1 to 2147483647")
RATE = number(float, 0, math.inf, "a number above 0")
SHARE = number(float, 0, 1, "a number between 0 and 1")
SEED = number(int, -1, 2**32, "a whole number from 0 to 4294967295")


def parse(arguments):
    """Return the options; without any arguments those of ``train digits``."""
    parser = Parser(
        prog="python -m trilobite",
        description="Train a small dense network and show what happened. "
        "Without a command: train digits.",
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    commands.add_parser("info", help="show the version, instruction sets and threads")
    run = commands.add_parser(
        "run",
        help="run a program written for Keras, as it is",
        description="Run a program in which keras and tensorflow.keras mean trilobite.",
    )
    run.add_argument("-m", action="store_true", dest="is_module", help="PROGRAM names a module")
    run.add_argument("program", metavar="PROGRAM")
    run.add_argument("arguments", metavar="ARGUMENTS", nargs=argparse.REMAINDER)
    train = commands.add_parser(
        "train",
        help="train on digits, mnist or a file",
        description="Train a dense network with mini-batch stochastic gradient descent. "
        "x is divided by its largest magnitude.",
    )
    option = train.add_argument
    option(
        "data",
        metavar="DATA",
        help="digits, mnist, or a .npz file of arrays x, y (or x_train, y_train, x_test, y_test); "
        "one column of integers in y is taken for classes, anything else for values to predict",
    )
    option(
        "--hidden",
        type=COUNT,
        nargs="*",
        default=[64, 64],
        metavar="N",
        help="widths of the hidden layers; default: 64 64",
    )
    option("--activation", default="relu", metavar="NAME", help="default: relu")
    option(
        "--loss",
        metavar="NAME",
        help="default: sparse_categorical_crossentropy for classes, mean_squared_error for values",
    )
    option(
        "--learning-rate",
        type=RATE,
        metavar="RATE",
        help="default: 0.1 for classes, 0.01 for values",
    )
    option("--batch-size", type=COUNT, default=32, metavar="ROWS", help="default: 32")
    option("--epochs", type=COUNT, default=30, metavar="N", help="default: 30")
    option(
        "--validation-split",
        type=SHARE,
        metavar="SHARE",
        help="share of the rows to hold out, drawn at random; default: the data's own test rows, "
        "or 0.2 if it has none",
    )
    option("--seed", type=SEED, default=0, metavar="N", help="default: 0")
    options = parser.parse_args(arguments)
    return options if options.command else parser.parse_args(["train", "digits"])


def read_npz(path):
    """Return ``(x, y), (x_test, y_test)`` of a file of arrays; None for a part it has not."""
    with open(path, "rb") as file:
        if not zipfile.is_zipfile(file):
            raise ValueError(f"{path}: not a .npz file, or a truncated one")
        file.seek(0)
        try:
            archive = np.load(file, allow_pickle=False)
            arrays = {name: np.asarray(archive[name]) for name in ARRAYS if name in archive}
        except Exception as error:  # NumPy, zipfile and zlib raise about ten kinds
            raise ValueError(f"{path}: {error}") from None

    def part(*names):
        return tuple(arrays[name] for name in names) if arrays.keys() >= set(names) else None

    data = part("x", "y") or part("x_train", "y_train")
    if not data:
        found = ", ".join(archive.files) or "none"
        raise ValueError(f"{path}: expected arrays x and y, or x_train and y_train, got {found}")
    return data, part("x_test", "y_test")


def load(data, share, seed):
    """Return ``(x, y), (x, y)``: the rows to train on and those held out."""
    (x, y), test = (
        getattr(datasets, data).load_data() if data in ("digits", "mnist") else read_npz(data)
    )
    if not x.ndim or x.shape[:1] != y.shape[:1]:
        raise ValueError(f"{data}: x and y must have as many rows, got {x.shape} and {y.shape}")
    if test and not share:
        return (x, y), test
    order = np.random.default_rng(seed).permutation(len(x))
    n = round(len(x) * (share or 0.2))
    if not 0 < n < len(x):
        raise ValueError(f"{data}: {len(x)} rows are too few to hold {n} of them out")
    return (x[order[n:]], y[order[n:]]), (x[order[:n]], y[order[:n]])


def choose_output(loss, y, y_val):
    """Return the loss, the last layer's width and activation, and both y as that loss reads them.

    Integers in one column are classes, and the loss is cross-entropy if none is given; with
    another loss they are one-hot encoded. Anything else is values to predict.
    """
    n_columns = math.prod(y.shape[1:])
    classes = y.dtype.kind in "biu" and n_columns == 1
    loss = loss or ("sparse_categorical_crossentropy" if classes else "mean_squared_error")
    loss = losses.chosen(loss).name
    if loss == "sparse_categorical_crossentropy" and not classes:
        raise ValueError(f"y: {loss} expects one column of integers, got {y.dtype} of {y.shape}")
    if loss == "binary_crossentropy":
        return loss, n_columns, "sigmoid", y, y_val
    if not classes:
        return loss, n_columns, "softmax" if "crossentropy" in loss else "linear", y, y_val
    n_classes = 1 + max(0, int(y.max()), int(y_val.max()))
    if n_classes > len(y):
        raise ValueError(
            f"y: {len(y)} rows cannot teach the {n_classes} classes from 0 to {n_classes - 1} "
            "(store values to predict as floating-point numbers)"
        )
    if loss != "sparse_categorical_crossentropy":
        y, y_val = (utils.to_categorical(labels, n_classes) for labels in (y, y_val))
    return loss, n_classes, "softmax", y, y_val


def draw(image):
    """Return the lines of text that show an (h, w) array, from its least to its largest pixel."""
    utf = "utf" in (getattr(sys.stdout, "encoding", None) or "").lower()
    shades = np.array(list(" ░▒▓█" if utf else " .:*#"))
    side = -(-max(image.shape) // PIXELS)  # of the square that becomes one pixel
    image = image.astype(float)
    image /= np.abs(image).max() or 1  # so that no sum overflows
    margins = [(0, -size % side) for size in image.shape]
    squares = np.pad(image, margins, constant_values=image.min())
    pixels = squares.reshape(len(squares) // side, side, -1, side).mean(axis=(1, 3))
    pixels -= pixels.min()
    levels = pixels / (pixels.max() or 1) * (len(shades) - 1)
    return ["".join(row) for row in np.repeat(shades[np.rint(levels).astype(int)], 2, axis=1)]


def values(row):
    """Return the first numbers of a row, short."""
    return " ".join(f"{float(value):.3g}" for value in np.ravel(row)[:6])


def show_predictions(model, x, y, activation):
    """Print what the model says of the first rows and of the first one that it gets wrong."""
    said = model.predict(x, verbose=0)
    if activation == "softmax":
        truth = y.argmax(axis=1) if y[0].size > 1 else y.reshape(len(y))
        wrong = np.flatnonzero(said.argmax(axis=1) != truth)
        rows = np.unique([*range(min(3, len(x))), *wrong[:1]])
        captions = [f"{said[row].argmax()} ({said[row].max():.0%})" for row in rows]
        captions = [
            caption if row not in wrong else f"{caption}, is {int(truth[row])}"
            for row, caption in zip(rows, captions, strict=True)
        ]
    else:
        rows = range(min(4, len(x)))
        captions = [f"{values(said[row])}, is {values(y[row])}" for row in rows]
    if x.ndim != 3:
        print(*captions, sep="\n")
        return
    pictures = [[*draw(x[row]), caption] for row, caption in zip(rows, captions, strict=True)]
    width = len(pictures[0][0])
    in_a_line = max(1, 80 // (width + 2))
    for first in range(0, len(pictures), in_a_line):
        for line in zip(*pictures[first : first + in_a_line], strict=True):
            print("  ".join(f"{part:{width}}" for part in line).rstrip())
        print()


def train(options):
    """Train as the options say and print what a person wants to see of it."""
    (x, y), (x_val, y_val) = load(options.data, options.validation_split, options.seed)
    loss, n_out, activation, y, y_val = choose_output(options.loss, y, y_val)
    learning_rate = options.learning_rate or (0.01 if activation == "linear" else 0.1)
    metric = "mean_absolute_error" if activation == "linear" else "accuracy"

    utils.set_random_seed(options.seed)
    hidden = [layers.Dense(n, activation=options.activation) for n in options.hidden]
    numeric = x.dtype.kind in "biuf"  # else fit says what is wrong
    largest = max(float(x.max(initial=0)), -float(x.min(initial=0))) if numeric else 1
    model = trilobite.Sequential(
        [
            layers.Input(x.shape[1:] or (1,)),
            layers.Rescaling(1 / largest if 0 < largest < math.inf else 1),
            layers.Flatten(),
            *hidden,
            layers.Dense(n_out, activation=activation),
        ]
    )
    model.compile(optimizers.SGD(learning_rate), loss, metrics=[metric])
    model.summary()
    steps = -(-len(x) // options.batch_size)  # of an epoch
    threads = trilobite.engine.threads_for(6 * model.count_params() * options.batch_size, steps)
    print(f"\n{len(x)} rows to train on, {len(x_val)} held out")
    print(f"{loss}, learning rate {learning_rate:g}, batches of {options.batch_size}")
    print(f"{trilobite.engine.variant}, {threads} thread{'s' * (threads > 1)}\n", flush=True)
    import tqdm.auto  # noqa: F401  fit does, and that is not to be timed

    start = time.perf_counter()
    model.fit(x, y, options.batch_size, options.epochs, validation_data=(x_val, y_val))
    seconds = time.perf_counter() - start
    print(
        f"\n{options.epochs} epochs in {seconds:.2f} s, validation included: "
        f"{options.epochs * len(x) / seconds:,.0f} rows/s\n"
    )
    print(f"{'':12}{'cost':>10}  {metric.replace('_', ' ')}")
    for name, data in (("training", (x, y)), ("validation", (x_val, y_val))):
        cost, value = model.evaluate(*data, verbose=0)
        print(f"{name:12}{cost:10.4f}  {value:.4f}")
    spread = float(np.var(y, axis=0, dtype=float).mean()) if loss == "mean_squared_error" else None
    if spread is not None and activation == "linear" and cost > spread:
        print(
            f"\nThe cost is above {spread:.4g}, that of always saying the mean of y: try a smaller "
            "--learning-rate, more --epochs, or y divided by its size"
        )
    print("\nOf the rows held out:\n")
    show_predictions(model, x_val, y_val, activation)


def main(arguments=None):
    """Run the command and return the exit status."""
    options = parse(arguments)
    if options.command == "run":
        if not (options.is_module or os.path.exists(options.program)):
            sys.stderr.write(one_line(f"{options.program}: there is no such program"))
            return 2
        from trilobite.as_keras.run import run  # here: it is seldom asked for

        return run(options.program, options.arguments, options.is_module)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # the frame of the summary, where all is ASCII
    try:
        with warnings.catch_warnings(action="error", category=RuntimeWarning):
            trilobite.show_config() if options.command == "info" else train(options)
        print(end="", flush=True)
    except KeyboardInterrupt:
        sys.stderr.write(one_line("interrupted"))
        return 130
    except BrokenPipeError:  # whoever read the output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (ValueError, TypeError, OverflowError, MemoryError, OSError, RuntimeWarning) as error:
        sys.stderr.write(one_line(error))
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
