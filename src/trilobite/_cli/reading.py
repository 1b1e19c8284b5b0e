"""Files of tables, as pandas reads them: separators, decimal commas, names of columns."""

import csv
import itertools
import os
import re

SEPARATORS = {".csv": ",", ".tsv": "\t"}
ENDINGS = (*SEPARATORS, ".parquet")
NAMES = "a name that ends with .csv, .tsv or .parquet"
SPOKEN = {",": "commas", ";": "semicolons", "\t": "tabs"}
LINES = 50  # that say what separates fields
DECIMAL = r"[+-]?(\d+|\d{1,3}(\.\d{3})+)?,\d+([eE][+-]?\d+)?"  # 1,5 or 1.234,5
WHOLE = r"[+-]?\d+"
UNNAMED = r"column_\d+"  # the names of columns without one


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
        told.append(f"fields are separated by {SPOKEN[separator]}")
    guessed = header is None
    if guessed:
        header = _are_names(fields, known)
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
        dtype={name: str for name in texts if name in names},
    )
    if known and guessed and not header:
        _check_first_row(frame, [name for name in known if name in names and name not in texts])
    with_comma = []
    for name in names:
        if name in texts or frame[name].dtype.kind in "biuf":
            continue
        values = frame[name].dropna().astype(str).str.strip()
        if _all(values, WHOLE):  # of more digits than an int64 has
            frame[name] = frame[name].astype(float)
        elif separator != "," and _all(values, f"{DECIMAL}|{WHOLE}"):
            plain = frame[name].str.replace(".", "").str.replace(",", ".")
            frame[name] = plain.astype(float)
            with_comma.append(name)
    if with_comma:
        told.append(f"decimal commas in {', '.join(with_comma)}")
    if header:
        for number, (name, field) in enumerate(zip(names, fields, strict=True), 1):
            if not field and _counts(frame[name].tolist()):
                told.append(f"column {number}, without a name, counts the rows: left out")
                frame = frame.drop(columns=name)
    return frame


def _separator(path, usual):
    """What separates the fields of the first lines, and the fields of the first one."""
    with open(path, newline="", encoding="utf-8-sig") as file:
        lines = [line for line in itertools.islice(file, LINES) if line.strip()]
    if not lines:
        raise ValueError("got an empty file, expected names of columns in the first line")
    rows = {
        separator: list(csv.reader(lines, delimiter=separator))
        for separator in dict.fromkeys([usual, *sorted(SPOKEN, reverse=True)])
    }
    alike = [s for s in rows if len(rows[s][0]) > 1 and len({len(r) for r in rows[s]}) == 1]
    if usual == "," and len(alike) > 1:
        alike.remove(usual)  # 1,5;2,5
    found = alike[0] if alike else max(rows, key=lambda separator: len(rows[separator][0]))
    fields = [field.strip() for field in rows[found][0]]
    others = [mark for mark in "|:^~" if all(mark in line for line in lines)]
    if len(fields) == 1 and others:
        raise ValueError(
            f"got one column, {fields[0]!r}, separated by {others[0]!r}? Expected fields "
            "separated by commas, semicolons or tabs"
        )
    return found, fields


def _are_names(fields, known):
    """Whether these are names of columns."""
    if any(name in fields for name in known):
        return True
    if known and all(re.fullmatch(UNNAMED, name) for name in known):
        return False
    return not all(field == "" or _is_number(field) for field in fields)


def _is_number(field):
    try:
        float(field)
    except ValueError:
        return re.fullmatch(f"{DECIMAL}|{WHOLE}", field) is not None
    return True


def _check_first_row(frame, numbers):
    """Raise if there is text in all of the columns that should be numbers: it will be names."""
    first = [frame[name].iloc[0] for name in numbers if len(frame)]
    if first and all(isinstance(value, str) and not _is_number(value.strip()) for value in first):
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
        lines = csv.reader(file, delimiter=separator, strict=True)
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
