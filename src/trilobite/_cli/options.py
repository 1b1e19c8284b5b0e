"""What can be said on the command line, and how it is refused."""

import argparse
import math
import os


class Parser(argparse.ArgumentParser):
    """argparse whose errors are one line, without the usage before it."""

    def error(self, message):
        """End with exit status 2."""
        self.exit(2, one_line(message))


def one_line(message):
    """Return an error, or its message, as the one line that a person sees."""
    if isinstance(message, OSError) and message.strerror:
        where = f"{os.fsdecode(message.filename)}: " if message.filename else ""
        message = f"{where}{message.strerror}"
    elif isinstance(message, RuntimeWarning) and "encountered in" in str(message):  # NumPy's
        message = f"numbers of the data are too large or too small to compute with: {message}"
    elif isinstance(message, MemoryError):
        message = f"not enough memory: {message}"
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
PORT = number(int, 0, 2**16, "a whole number from 1 to 65535")
SEED = number(int, -1, 2**32, "a whole number from 0 to 4294967295")
NET = "a model that train has saved"
TABLE = "a table (.csv, .tsv, .parquet) or a .npz file of arrays"


def parse(arguments):
    """Return the options; without any arguments those of ``train digits``."""
    parser = Parser(
        prog="python -m trilobite",
        description="Train a small dense network and show what happened. "
        "Without a command: train digits.",
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    info = commands.add_parser(
        "info", help=f"show the version, instruction sets and threads, or what is in {NET}"
    )
    info.add_argument("net", metavar="NET", nargs="?", help=NET)
    _run(commands)
    _train(commands)
    predict = commands.add_parser("predict", help=f"let {NET} predict the rows of a file")
    predict.add_argument("net", metavar="NET", help=NET)
    predict.add_argument("data", metavar="DATA", help=TABLE)
    predict.add_argument(
        "--out", metavar="FILE", help="a .csv, .tsv or .parquet file; default: print as .csv"
    )
    _header(predict)
    evaluate = commands.add_parser("evaluate", help=f"measure {NET} on the rows of a file")
    evaluate.add_argument("net", metavar="NET", help=NET)
    evaluate.add_argument("data", metavar="DATA", help=f"digits, mnist, {TABLE}, with the target")
    _header(evaluate)
    _playground(commands)
    options = parser.parse_args(arguments)
    return options if options.command else parser.parse_args(["train", "digits"])


def _header(command):
    command.add_argument(
        "--header",
        action=argparse.BooleanOptionalAction,
        help="the first line of a .csv or .tsv file has the names of the columns, or has not; "
        "default: it has, unless it is numbers alone",
    )


def _run(commands):
    run = commands.add_parser(
        "run",
        help="run a program written for Keras, as it is",
        description="Run a program in which keras and tensorflow.keras mean trilobite.",
    )
    run.add_argument("-m", action="store_true", dest="is_module", help="PROGRAM names a module")
    run.add_argument("program", metavar="PROGRAM")
    run.add_argument("arguments", metavar="ARGUMENTS", nargs=argparse.REMAINDER)


def _playground(commands):
    playground = commands.add_parser(
        "playground",
        help="train small nets in the browser",
        description="Serve a page on which small nets are trained, and open it in the browser. "
        "Only whoever has its whole address gets in. Needs the extra 'playground'.",
    )
    option = playground.add_argument
    option("--data", metavar="FILE", help="a .csv file to begin with; default: toy data")
    option("--port", type=PORT, metavar="N", help="default: any that is free")
    option("--host", default="127.0.0.1", metavar="ADDRESS", help="default: this machine alone")
    option("--no-browser", action="store_true", help="print the address, open no browser")


def _train(commands):
    train = commands.add_parser(
        "train",
        help="train on digits, mnist or a file",
        description="Train a dense network with mini-batch stochastic gradient descent. Columns of "
        "a table are standardised, arrays divided by their largest magnitude.",
    )
    option = train.add_argument
    option(
        "data",
        metavar="DATA",
        help="digits, mnist, a table (.csv, .tsv, .parquet: needs the extra 'tables') or a .npz "
        "file of arrays x, y (or x_train, y_train, x_test, y_test); one column of integers in y is "
        "taken for classes, anything else for values to predict",
    )
    option("--target", metavar="COLUMN", help="of a table, to be predicted; default: the last one")
    _header(train)
    option("--drop", nargs="+", default=[], metavar="COLUMN", help="of a table, to be left out")
    option(
        "--task",
        choices=("classification", "regression"),
        help="of a table; default: classification if the target is text or whole numbers, 20 at "
        "most",
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
    option("--optimizer", default="sgd", metavar="NAME", help="sgd, adam, ...; default: sgd")
    option(
        "--learning-rate",
        type=RATE,
        metavar="RATE",
        help="default: 0.1 for classes and 0.01 for values with sgd, else the optimizer's own",
    )
    option("--batch-size", type=COUNT, metavar="ROWS", help="default: 32")
    option("--epochs", type=COUNT, metavar="N", help="default: 30")
    option(
        "--early-stopping",
        type=COUNT,
        nargs="?",
        const=5,
        metavar="EPOCHS",
        help="end when the validation cost has not improved for so many epochs, 5 if no number is "
        "given, with the best weights",
    )
    option(
        "--automatic",
        action="store_true",
        help="choose scaling, learning rate, batch size, schedule and epochs, and say why",
    )
    option(
        "--validation-split",
        type=SHARE,
        metavar="SHARE",
        help="share of the rows to hold out, drawn at random; default: the data's own test rows, "
        "or 0.2 if it has none",
    )
    option("--seed", type=SEED, default=0, metavar="N", help="default: 0")
    option("--save", metavar="NET", help="file to write the model to, for predict and evaluate")
    option("--plot", metavar="FILE", help=".svg, .png or .pdf file for a picture of the training")
