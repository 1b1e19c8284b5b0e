"""Tables, turned into arrays in a way that a model can keep."""

import difflib
import re

import numpy as np

from trilobite._cli.reading import pandas

MOST = 100  # different texts of a column that is one-hot encoded
CLASSES = 20  # whole numbers up to so many are taken for classes
TRUTH = ["False", "True"]  # classes
LARGEST = float(np.sqrt(np.finfo(np.float32).max))  # number of which the square is float32
DATE = r"\d{4}-\d\d?-\d\d?.*|\d\d?[./]\d\d?[./]\d{2,4}.*"


def check_name(argument, name, frame):
    """Raise unless a DataFrame has the column that an argument names."""
    if name not in frame:
        raise ValueError(f"{argument}: got {name!r}, expected one of {nearest(name, frame)}")


def nearest(name, frame):
    """The columns of a DataFrame as text, those first that are written alike."""

    def unlike(other):
        return -difflib.SequenceMatcher(None, name.lower(), other.lower()).ratio()

    names = sorted(frame.columns, key=unlike)
    return ", ".join(names[:20]) + ", ..." * (len(names) > 20)


class Encoding:
    """How rows of a table become rows of x, and what y means.

    Parameters
    ----------
    columns : list of dict
        "name"; "fill", what stands for a missing value; "categories": texts, of each of which x has
        a column of zeros and ones, or None for numbers.
    target : dict
        "name"; "classes": those that the outputs stand for, or None for a number; "constant", if
        it is known: the mean of the training rows, or the shares of the classes in them, a list.

    Attributes
    ----------
    told : list of str
        What a person should know of the last table.
    """

    def __init__(self, columns, target):
        self.columns, self.target, self.told = columns, target, []

    @classmethod
    def of(cls, frame, rows, target, classes):
        """That of the `rows` of a DataFrame, all columns but the target."""
        columns, told = [], []
        for name in frame.columns.drop(target):
            values, n = frame[name].iloc[rows], frame[name].isna().sum()
            number = _is_number(values)
            here = values.dropna() if number else values.dropna().astype(str)
            different = here.nunique()
            if different < 2:
                why = f"always {here.iloc[0]}" if different else "all values are missing"
                told.append(f"{name}: left out, {why}")
                continue
            if not number and different > MOST:
                told.append(
                    f"{name}: left out, {different} different texts in the training rows, more "
                    f"than {MOST}"
                )
                continue
            if not number:
                told.append(f"{name}: text, as {different} columns of zeros and ones")
                told += _looks_like(name, frame[name].dropna().astype(str))
            fill = float(_numbers(here).mean()) if number else here.mode().iloc[0]
            if n:
                said = "the mean" if number else "the most frequent"
                told.append(f"{name}: {n} missing, filled with {_short(fill)}, {said}")
            categories = None if number else sorted(here.unique())
            columns.append({"name": name, "fill": fill, "categories": categories})
        if not columns:
            why = "; ".join(told) or f"{target!r} is the only one"
            raise ValueError(f"no column is left to predict from: {why}")
        encoding = cls(columns, {"name": target, "classes": classes})
        encoding.told = told
        return encoding

    def describe(self):
        """Plain data, of which `Encoding` makes it again."""
        return {"columns": self.columns, "target": self.target}

    @property
    def texts(self):
        """Names of the columns that are read as text."""
        names = [column["name"] for column in self.columns if column["categories"] is not None]
        classes = self.target["classes"] or [0]
        return names + [self.target["name"]] * isinstance(classes[0], str)

    def x(self, frame):
        """The rows as an array of float32."""
        self.told, parts = [], []
        for column in self.columns:
            name, categories = column["name"], column["categories"]
            if name not in frame:
                raise ValueError(f"column {name!r} is missing, got {nearest(name, frame)}")
            values, missing = frame[name], frame[name].isna().to_numpy()
            if missing.any():
                self.told.append(
                    f"{name}: {missing.sum()} missing, filled with {_short(column['fill'])}"
                )
            if categories is None:
                parts.append(_numbers(values, column["fill"])[:, None])
                continue
            texts = values.astype(object).where(~missing, column["fill"]).astype(str)
            codes = pandas().Index(categories).get_indexer(texts)
            unseen = texts[codes < 0].unique()
            if len(unseen):
                names = ", ".join(map(repr, unseen[:3])) + ", ..." * (len(unseen) > 3)
                self.told.append(f"{name}: {(codes < 0).sum()} of a category not seen: {names}")
            parts.append(codes[:, None] == np.arange(len(categories)))
        return np.concatenate(parts, axis=1, dtype=np.float32)

    @property
    def numeric(self):
        """Which columns of x are numbers, booleans; the others are 0 and 1."""
        sizes = [len(column["categories"] or [0]) for column in self.columns]
        return np.repeat([column["categories"] is None for column in self.columns], sizes)

    def y(self, frame):
        """The target: numbers of the classes, or values."""
        name, classes = self.target["name"], self.target["classes"]
        if name not in frame:
            raise ValueError(f"column {name!r}, the target, is missing, got {nearest(name, frame)}")
        values = frame[name]
        if classes is None:
            return _numbers(values)
        of = str if isinstance(classes[0], str) else float
        values = values.astype(of)
        if classes == TRUTH:
            values = values.str.capitalize()  # text is read as it is written: true
        found = pandas().Index(list(map(of, classes))).get_indexer(values)
        if (found < 0).any():
            strange = values[found < 0].iloc[0]
            raise ValueError(
                f"column {name!r}: got the class {strange!r}, expected one of {classes}"
            )
        return found


def classes_of(values, task):
    """The classes of a target, sorted, or None if it is a number to be predicted; and why."""
    number, truth = _is_number(values), _is_truth(values)
    if task == "regression":
        if not number:
            raise ValueError(f"column {values.name!r}: got text, expected numbers for regression")
        return None, "numbers, as --task says"
    if truth or not number:
        found = sorted(values.astype(str).unique())
        why = "true and false" if truth else "as it is text"
        return _checked(found, values), f"{len(found)} classes, {why}"
    numbers = _numbers(values)
    whole = (numbers == np.round(numbers)).all()
    if task is None and not (whole and values.nunique() <= CLASSES):
        return None, "numbers to predict, as they are many" if whole else "numbers to predict"
    if not whole:
        raise ValueError(
            f"column {values.name!r}: got fractions, expected whole numbers for classes"
        )
    found = [int(value) for value in sorted(values.unique())]
    return _checked(found, values), f"{len(found)} classes, {'whole numbers' if not task else task}"


def _looks_like(name, texts):
    """What a person may not expect of a column of texts: that it is text."""
    numbers = pandas().to_numeric(texts, errors="coerce")
    if 0.5 < numbers.notna().mean() < 1:
        strange = texts[numbers.isna()].iloc[0]
        return [f"{name}: taken as text, as {strange!r} is no number"]
    if all(re.fullmatch(DATE, text) for text in texts.unique()):
        return [f"{name}: dates are taken as text, each one for itself"]
    return []


def _short(fill):
    return f"{fill:.6g}" if isinstance(fill, float) else repr(fill)


def _checked(classes, values):
    if len(classes) < 2:
        raise ValueError(f"column {values.name!r}: got the class {classes} alone, expected two")
    if len(classes) > len(values) / 2:
        raise ValueError(
            f"column {values.name!r}: got {len(classes)} classes in {len(values)} rows, expected "
            "several rows of each"
        )
    return classes


def _is_number(values):
    kind = values.dtype.kind in "biuf" or getattr(values.dtype, "_is_numeric", False)
    return kind or _is_truth(values)


def _is_truth(values):
    """Whether a column is of true and false, with missing values or without."""
    return pandas().api.types.infer_dtype(values, skipna=True) == "boolean"


def _numbers(values, fill=np.nan):
    """A column as finite floats, `fill` where there is none."""
    missing = values.isna().to_numpy()
    try:
        numbers = values.mask(missing).astype(float).to_numpy()
    except (ValueError, TypeError):
        bad = next(value for value in values if not _reads_as_number(value))
        raise ValueError(f"column {values.name!r}: got {bad!r}, expected numbers") from None
    numbers = np.where(missing, fill, numbers)
    wrong = ~(np.abs(numbers) <= LARGEST)
    if wrong.any():
        row, number = values.index[wrong].min() + 1, numbers[wrong][0]
        got = (
            f"{number:g}, expected at most {LARGEST:.3g}"
            if np.isfinite(number)
            else "an infinite number"
        )
        raise ValueError(f"column {values.name!r}, row {row}: got {got}")
    return numbers


def _reads_as_number(value):
    try:
        float(value)
    except (ValueError, TypeError):
        return False
    return True
