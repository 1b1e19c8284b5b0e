"""Commands of the command line, run in this process, and a table for them."""

import numpy as np

from trilobite.__main__ import main

N = 240


def run(capsys, *arguments):
    """Run a command that ends well in this process; return what it printed, also as errors."""
    assert main([str(argument) for argument in arguments]) == 0
    return capsys.readouterr()


def refuse(capsys, *arguments):
    """Run a command that must end with status 2 and one line of error; return the line."""
    try:
        status = main([str(argument) for argument in arguments])
    except SystemExit as end:
        status = end.code
    shown = capsys.readouterr()
    assert status == 2
    lines = [line for line in shown.err.splitlines() if line]
    assert len(lines) == 1, shown.err
    assert lines[0].startswith("trilobite: ")
    return lines[0]


def table():
    """Sizes, colours and weights, of which kind and price follow."""
    import pandas as pd  # here: not all who run commands have it

    rng = np.random.default_rng(0)
    size, weight = rng.normal(50, 10, N), rng.exponential(3, N)
    colour = rng.choice(["red", "green", "blue, dark"], N)
    price = 20 * size + 300 * (colour == "red") - 5 * weight + rng.normal(0, 5, N) + 10000
    kind = np.where(size + 10 * (colour == "red") > 54, "big", "small")
    columns = {"size": size, "colour": colour, "weight": weight, "price": price, "kind": kind}
    return pd.DataFrame(columns)


WRITERS = {
    "csv": lambda frame, path: frame.to_csv(path, index=False),
    "tsv": lambda frame, path: frame.to_csv(path, index=False, sep="\t"),
    "parquet": lambda frame, path: frame.to_parquet(path),
}


def write(frame, path):
    WRITERS[path.suffix[1:]](frame, path)
    return path
