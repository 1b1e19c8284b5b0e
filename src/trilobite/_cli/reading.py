"""Files of tables, as pandas reads them: separators, decimal commas, names of columns."""

import csv
import itertools
import os

from trilobite._files import fields as fields_of

SEPARATORS = {".csv": ",", ".tsv": "\t"}
ENDINGS = (*SEPARATORS, ".parquet")
NAMES = "a name that ends with .csv, .tsv or .parquet"


def is_table(path):
    """Whether a path ends as a table does."""
    return ending(path) in ENDINGS


def ending(path):
    """The end of a file's name, in small letters, with the dot."""
    return os.path.splitext(path)[1].lower()


def pandas():
    """The library, or an error that says how to get it."""
    try:
        import pandas
    except ImportError:
        raise ValueError("tables need pandas: pip install 'trilobite[tables]'") from None
    return pandas


def read(path, texts=(), known=(), header=None):
    """A DataFrame from a file, and lines that say how the file was understood.

    Parameters
    ----------
    path : str
    texts : list of str
        Columns that are read as text, whatever is in them.
    known : list of str
        Columns that a net was trained on.
    header : bool, optional
        Whether the first line has the names of the columns. By default it has unless it is numbers
        alone, or `known` are the names that columns without names are given here.
    """
    pd, told = pandas(), []
    try:
        if ending(path) == ".parquet":
            frame = pd.read_parquet(path)
        else:
            frame = _read_text(path, texts, known, header, told)
    except UnicodeDecodeError:
        raise ValueError(f"{path}: {_not_utf8(path)}") from None
    except ImportError:
        raise ValueError(".parquet needs pyarrow: pip install 'trilobite[tables]'") from None
    except OSError:
        raise
    except Exception as error:  # csv's, pandas's and pyarrow's are of many kinds
        raise ValueError(f"{path}: {str(error).removeprefix(f'{path}: ')}") from None
    frame = frame.reset_index(drop=True)  # labels are numbers of rows
    frame.columns = [str(name) for name in frame.columns]
    if not len(frame):
        raise ValueError(f"{path}: got no rows")
    return frame, [f"{path}: {line}" for line in told]


def _read_text(path, texts, known, header, told):
    usual = SEPARATORS[ending(path)]
    separator, fields = _separator(path, usual)
    if separator != usual:
        told.append(f"fields are separated by {fields_of.SPOKEN[separator]}")
    guessed = header is None
    if guessed:
        header = fields_of.are_names(fields, known)
        if not header:
            told.append(
                f"the first line has no names (with --header it has), so the columns are column_1 "
                f"to column_{len(fields)}"
            )
    names = [
        name if header and name else f"column_{number}"
        for number, name in enumerate(fields, 1)
    ]  # fmt: skip
    _check_lines(path, separator, names)
    frame = pandas().read_csv(
        path,
        sep=separator,
        encoding="utf-8-sig",
        header=0 if header else None,
        names=names,
        index_col=False,
        skipinitialspace=True,
        dtype={name: str for name in texts if name in names},
    )
    if known and guessed and not header:
        _check_first_row(frame, [name for name in known if name in names and name not in texts])
    for name in names:
        if pandas().api.types.infer_dtype(frame[name], skipna=True) == "string":
            frame[name] = frame[name].str.strip()
    with_comma = []
    for name in names:
        if name in texts or frame[name].dtype.kind in "biuf":
            continue
        values = frame[name].dropna().astype(str).str.strip()
        if _all(values, fields_of.WHOLE):  # of more digits than an int64 has
            frame[name] = frame[name].astype(float)
        elif separator != "," and _all(values, f"{fields_of.DECIMAL}|{fields_of.WHOLE}"):
            plain = frame[name].str.replace(".", "").str.replace(",", ".")
            frame[name] = plain.astype(float)
            with_comma.append(name)
    if with_comma:
        told.append(f"decimal commas in {', '.join(with_comma)}")
    if header:
        for number, (name, field) in enumerate(zip(names, fields, strict=True), 1):
            counts = not field and _counts(frame[name].tolist())
            if counts or not field and frame[name].isna().all():
                why = "counts the rows" if counts else "is empty"
                told.append(f"column {number}, without a name, {why}: left out")
                frame = frame.drop(columns=name)
    return frame


def _separator(path, usual):
    """What separates the fields of the first lines, and the fields of the first one."""
    with open(path, newline="", encoding="utf-8-sig") as file:
        return fields_of.separator([*itertools.islice(file, fields_of.LINES)], usual)


def _check_first_row(frame, numbers):
    """Raise if there is text in all of the columns that should be numbers: it will be names."""
    first = [frame[name].iloc[0] for name in numbers if len(frame)]
    if first and all(
        isinstance(value, str) and not fields_of.is_number(value.strip()) for value in first
    ):
        raise ValueError(
            f"got the names {', '.join(first)} in the first line, expected a file without names of "
            "columns, as the net was trained on"
        )


def _counts(values):
    return values in (list(range(len(values))), list(range(1, len(values) + 1)))


def _all(texts, pattern):
    return len(texts) > 0 and bool(texts.str.fullmatch(pattern).all())


def _check_lines(path, separator, names):
    """Raise unless each line has a field for each of the names, which differ."""
    if len(set(names)) < len(names):
        raise ValueError(f"got the columns {', '.join(names)}, expected different names")
    with open(path, newline="", encoding="utf-8-sig") as file:
        lines = csv.reader(file, delimiter=separator, skipinitialspace=True, strict=True)
        for fields in lines:
            if fields and len(fields) != len(names):
                raise ValueError(
                    f"line {lines.line_num} has {len(fields)} fields, expected {len(names)}"
                )


def _not_utf8(path):
    """What is wrong with the bytes of a file that are no UTF-8."""
    with open(path, "rb") as file:
        if file.read(2) in (b"\xff\xfe", b"\xfe\xff"):
            return "expected text in UTF-8, got UTF-16; save it as UTF-8"
        file.seek(0)
        for number, line in enumerate(file, 1):
            try:
                line.decode()
            except UnicodeDecodeError as error:
                text = line.decode("latin-1").strip()[:40]
                return (
                    f"expected text in UTF-8, got the byte {line[error.start]:#x} in line {number} "
                    f"({text!r} in Latin-1); save it as UTF-8"
                )
    return "expected text in UTF-8"
