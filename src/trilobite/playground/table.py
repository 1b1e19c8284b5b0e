"""A visitor's own data: a table in a text, whose columns become features and a target."""

import csv
import math
from dataclasses import dataclass, field

import numpy as np

from trilobite._files import fields as layout
from trilobite.playground import limits

MISSING = {"", "na", "n/a", "nan", "null", "none", "?", "-"}
LARGEST = 1e15  # whose square float32 holds; what is larger counts as missing
FEWEST = 10  # rows
CATEGORIES = 10  # texts of a column, each of which becomes a feature
LONGEST = 200  # characters of a name


@dataclass(eq=False)
class Table:
    """Rows of numbers, and what is to be learned of each.

    Attributes
    ----------
    name : str
        Of the file.
    kinds : dict of str
        Of each column of the text: "number", "text" or "left out".
    target : str
    features : list of str
        Columns of x; "colour=red" is 1 where the column colour has the text red, else 0.
    x : ndarray of float32, shape (n, len(features))
    y : ndarray, shape (n,)
        Numbers of the classes (uint8), or numbers with mean 0 and standard deviation 1 (float32).
    classes : list of str or None
    mean, spread : float
        Of the target before it was standardised.
    dropped : int
        Rows that miss a value.
    told : list of str
        What a person should know.
    """

    name: str
    kinds: dict
    target: str
    features: list
    x: np.ndarray = field(repr=False)
    y: np.ndarray = field(repr=False)
    classes: list | None
    mean: float
    spread: float
    dropped: int
    told: list

    def rows(self, features, seed=0):
        """The columns `features` of x, and y, in an order drawn at random."""
        order = np.random.default_rng(seed).permutation(len(self.y))
        at = [self.features.index(name) for name in features]
        return self.x[order][:, at], self.y[order]


def read(path, target=None):
    """The `Table` in a file; the target is the last column by default."""
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            return of_text(file.read(limits.CSV + 1), target, str(path))
    except UnicodeDecodeError as error:
        raise ValueError(f"{path}: expected text in UTF-8, {error}") from None
    except ValueError as error:
        raise ValueError(f"{path}: {str(error).removeprefix('text: ')}") from None


def of_text(text, target=None, name="own.csv"):
    """The `Table` in a text: CSV, with names of the columns in its first line.

    Fields are separated by commas, semicolons or tabs; beside the last two 1,5 is a number. A first
    line of numbers alone has no names. Rows with a missing value are left out, as are columns of
    one value, or of more than 10 different texts. The target is taken for classes if it is text, or
    whole numbers of at most 20 different values.

    Raises
    ------
    ValueError
        It is no such table, or has too many rows or columns, or none that can be used.
    """
    names, rows = _fields(text)
    if target is None:
        target = names[-1]
    if target not in names:
        raise ValueError(f"target: got {target[:60]!r}, expected one of {', '.join(names[:20])}")
    missing, told = np.zeros(len(rows), bool), []
    read = {of: _column(values) for of, values in zip(names, zip(*rows, strict=True), strict=True)}
    kinds = {of: kind for of, (kind, *_) in read.items()}
    for of, (kind, _, lacks) in list(read.items()):
        if lacks.all() or kind == "left out" and of != target:
            why = "all values are missing" if lacks.all() else f"more than {CATEGORIES} texts"
            told.append(f"{of}: left out, {why}")
            kinds[of] = "left out"
            if of != target:
                del read[of]
                continue
        missing |= lacks
    there = np.flatnonzero(~missing)
    if len(there) < FEWEST:
        raise ValueError(
            f"text: got {len(there)} rows without missing values, expected at least {FEWEST}"
        )
    if len(there) < len(rows):
        told.append(f"{len(rows) - len(there)} rows are left out: a value is missing")
    kind, values, _ = read.pop(target)
    y, classes, mean, spread = _target(target, kind, values[there])
    features, columns = [], []
    for of, (kind, values, _) in read.items():
        values = values[there]
        different = np.unique(values)
        if len(different) < 2:
            told.append(f"{of}: left out, always {different[0]}")
            kinds[of] = "left out"
        elif kind == "number":
            features.append(of)
            columns.append(values)
        else:
            features += [f"{of}={one}" for one in different]
            columns += [values == one for one in different]
    if not columns:
        raise ValueError(f"text: no column is left beside the target {target!r}: {'; '.join(told)}")
    if len(features) > limits.CSV_COLUMNS or len(set(features)) < len(features):
        raise ValueError(
            f"text: got {len(features)} features, expected at most {limits.CSV_COLUMNS}, all of "
            "different names"
        )
    x = np.stack(columns, axis=1).astype("f4")
    dropped = len(rows) - len(there)
    return Table(name, kinds, target, features, x, y, classes, mean, spread, dropped, told)


def _fields(text):
    """Names of the columns, and rows of texts."""
    text = text.removeprefix("\ufeff")
    if len(text) > limits.CSV:
        raise ValueError(f"text: got more than {limits.CSV:,} characters, expected fewer")
    lines = text.splitlines(keepends=True)
    try:
        separator, first = layout.separator(lines[: layout.LINES])
    except (ValueError, csv.Error) as error:
        raise ValueError(f"text: {error}") from None
    rows = [] if layout.are_names(first) else [[""] * len(first)]
    lines = csv.reader(lines, delimiter=separator, strict=True)
    try:
        for fields in lines:
            if not fields:
                continue
            if rows and len(fields) != len(rows[0]):
                raise ValueError(
                    f"text: line {lines.line_num} has {len(fields)} fields, expected {len(rows[0])}"
                )
            fields = [each.strip() for each in fields]
            rows.append(fields if separator == "," else [layout.plain(each) for each in fields])
            if len(rows) > limits.CSV_ROWS + 1:
                raise ValueError(f"text: expected at most {limits.CSV_ROWS:,} rows, got more")
    except csv.Error as error:
        raise ValueError(f"text: line {lines.line_num} is no CSV: {error}") from None
    names = [each or f"column_{k}" for k, each in enumerate(rows[0], 1)]
    if not 2 <= len(names) <= limits.CSV_COLUMNS:
        raise ValueError(
            f"text: got {len(names)} column{'s' * (len(names) > 1)}, expected 2 to "
            f"{limits.CSV_COLUMNS}: features and a target, separated by commas, semicolons or tabs"
        )
    if len(set(names)) < len(names) or max(map(len, names)) > LONGEST:
        raise ValueError(
            f"text: got the columns {', '.join(names)[:100]}, expected different names of at most "
            f"{LONGEST} characters in the first line"
        )
    if not rows[1:]:
        raise ValueError("text: got 0 rows, expected some below the names of the columns")
    return names, rows[1:]


def _number(text):
    """A text as a number, NaN if it is missing, None if it is none."""
    if text.lower() in MISSING:
        return math.nan
    try:
        value = float(text)
    except ValueError:
        return None
    return value if abs(value) <= LARGEST else math.nan


def _column(texts):
    """Kind of a column, its values, and which of them are missing."""
    numbers = [_number(each) for each in texts]
    if None not in numbers:
        values = np.array(numbers)
        return "number", values, np.isnan(values)
    lacks = np.array([each.lower() in MISSING for each in texts])
    different = {each for each, is_missing in zip(texts, lacks, strict=True) if not is_missing}
    few = len(different) <= CATEGORIES and max(map(len, different), default=0) <= LONGEST
    return "text" if few else "left out", np.array(texts, object), lacks


def _target(name, kind, values):
    """What is learned, the classes or None, and mean and standard deviation of numbers."""
    different = np.unique(values)
    whole = kind == "number" and (different == np.round(different)).all()
    if kind == "number" and not (whole and len(different) <= limits.CSV_CLASSES):
        values = values.astype(float)
        mean, spread = float(values.mean()), float(values.std())
        return ((values - mean) / spread).astype("f4"), None, mean, spread
    if not 2 <= len(different) <= limits.CSV_CLASSES:
        raise ValueError(
            f"target: got {len(different)} classes in column {name!r}, expected 2 to "
            f"{limits.CSV_CLASSES}, or numbers"
        )
    classes = [f"{one:g}" if kind == "number" else one for one in different]
    return np.searchsorted(different, values).astype("u1"), classes, 0.0, 1.0
