"""Tables in text: what separates fields, whether there are names, which texts are numbers."""

import csv
import re

SPOKEN = {",": "commas", ";": "semicolons", "\t": "tabs"}
LINES = 50  # that say what separates fields
DECIMAL = r"[+-]?(\d+|\d{1,3}(\.\d{3})+)?,\d+([eE][+-]?\d+)?"  # 1,5 or 1.234,5
WHOLE = r"[+-]?\d+"
UNNAMED = r"column_\d+"  # the names of columns without one


def separator(lines, usual=","):
    """What separates the fields of the first lines, and the fields of the first one.

    Parameters
    ----------
    lines : list of str
        With their ends; a quoted field may have several.
    usual : str
        What it is where nothing else is more likely.

    Raises
    ------
    ValueError
        There is no line, or it is none of commas, semicolons and tabs.
    """
    lines = [line for line in lines if line.strip()]
    if not lines:
        raise ValueError("got an empty file, expected names of columns in the first line")
    rows = {
        each: list(csv.reader(lines, delimiter=each, skipinitialspace=True))
        for each in dict.fromkeys([usual, *sorted(SPOKEN, reverse=True)])
    }
    alike = [s for s in rows if len(rows[s][0]) > 1 and len({len(r) for r in rows[s]}) == 1]
    if usual == "," and len(alike) > 1:
        alike.remove(usual)  # 1,5;2,5
    found = alike[0] if alike else max(rows, key=lambda each: len(rows[each][0]))
    fields = [field.strip() for field in rows[found][0]]
    others = [mark for mark in "|:^~" if all(mark in line for line in lines)]
    if len(fields) == 1 and others:
        raise ValueError(
            f"got one column, {fields[0]!r}, separated by {others[0]!r}? Expected fields "
            "separated by commas, semicolons or tabs"
        )
    return found, fields


def are_names(fields, known=()):
    """Whether the fields of a first line are names of columns, and not numbers alone.

    Parameters
    ----------
    fields : list of str
    known : list of str
        Columns that there should be.
    """
    if any(name in fields for name in known):
        return True
    if known and all(re.fullmatch(UNNAMED, name) for name in known):
        return False
    return not all(field == "" or is_number(field) for field in fields)


def is_number(field):
    """Whether a text is a number, perhaps with a decimal comma."""
    try:
        float(field)
    except ValueError:
        return re.fullmatch(f"{DECIMAL}|{WHOLE}", field) is not None
    return True


def plain(text):
    """A number with a decimal comma, or perhaps dots between thousands, as `float` reads it."""
    return text.replace(".", "").replace(",", ".") if re.fullmatch(DECIMAL, text) else text
