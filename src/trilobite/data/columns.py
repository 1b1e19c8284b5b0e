"""Columns of tables, turned into columns of x."""

import numpy as np

from trilobite.data.files import arrow


class Column:
    """How a column of a table becomes columns of x, or y.

    Parameters
    ----------
    field : pyarrow.Field
    categories : list of str, optional
        Of text: those that there are, in the order of their numbers.
    one_hot : bool
        A column of zeros and ones for each category, otherwise one of their numbers.
    fill : float or str, optional
        What stands for a missing value; None: that is an error.

    Attributes
    ----------
    width : int
        Columns of x.
    missing : int
        Values that were filled so far.
    """

    def __init__(self, field, categories=None, one_hot=False, fill=None):
        types = arrow().types
        self.name, self.type, self.fill, self.missing = field.name, field.type, fill, 0
        self.categories, self.one_hot = categories, one_hot
        self.is_text = is_text(field.type)
        self.is_list = types.is_fixed_size_list(field.type)
        of = field.type.value_type if self.is_list else field.type
        numeric = types.is_integer(of) or types.is_floating(of) or types.is_boolean(of)
        if not (self.is_text or numeric or types.is_decimal(of)):
            raise TypeError(
                f"column {self.name!r}: got {field.type}, expected numbers, text, or lists of one "
                "length"
            )

    @property
    def width(self):
        """How many columns of x this is."""
        if self.is_list:
            return self.type.list_size
        return len(self.categories) if self.is_text and self.one_hot else 1

    def values(self, column):
        """Of a pyarrow.ChunkedArray: an array (n,), or (n, width) of lists."""
        found = self._codes(column) if self.is_text else self._numbers(column)
        if not self.is_list:
            return found
        return found.reshape(len(column), -1)

    def write(self, column, x):
        """Write a pyarrow.ChunkedArray into its columns of x, (n, width)."""
        found = self.values(column)
        if self.is_text and self.one_hot:
            np.equal(found[:, None], np.arange(self.width), out=x, casting="unsafe")
        else:
            x[:] = found if self.is_list else found[:, None]

    def _numbers(self, column):
        pa = arrow()
        if self.is_list:
            if column.null_count:
                self._refuse(column.null_count)
            column = pa.chunked_array([chunk.flatten() for chunk in column.chunks])
        if not column.null_count and not pa.types.is_decimal(column.type):
            found = column.to_numpy()
        else:
            found = column.cast(pa.float64(), safe=False).to_numpy()
        if found.dtype.kind == "f" and (n := np.count_nonzero(np.isnan(found))):
            if self.fill is None:
                self._refuse(n)
            self.missing += n
            found = np.where(np.isnan(found), np.array(self.fill, found.dtype), found)
        return found

    def _codes(self, column):
        pa = arrow()
        if pa.types.is_dictionary(column.type):
            column = column.cast(column.type.value_type)
        if n := column.null_count:
            if self.fill is None:
                self._refuse(n)
            self.missing += n
            column = column.fill_null(self.fill)
        codes = pa.compute.index_in(column, value_set=pa.array(self.categories, column.type))
        if codes.null_count:
            strange = column.filter(pa.compute.is_null(codes))[0].as_py()
            raise ValueError(
                f"column {self.name!r}: got {strange!r}, expected one of "
                f"{', '.join(map(repr, self.categories[:20]))}"
            )
        return codes.to_numpy().astype(np.int64)

    def _refuse(self, n):
        raise ValueError(
            f"column {self.name!r}: {n} values are missing, expected none, or "
            f"fill={{{self.name!r}: ...}}"
        )


def is_text(kind):
    """Whether an Arrow type is text, or numbers of text."""
    types = arrow().types
    if types.is_dictionary(kind):
        kind = kind.value_type
    return types.is_string(kind) or types.is_large_string(kind)


class Seen:
    """What a pass over a column is for: its categories, or its mean."""

    def __init__(self, field):
        self.text, self.found, self.sum, self.n = is_text(field.type), set(), 0.0, 0

    def add(self, column):
        """Look at a pyarrow.ChunkedArray."""
        pc = arrow().compute
        if self.text:
            self.found.update(pc.unique(column.drop_null()).to_pylist())
        else:
            values = column.drop_null().cast("float64", safe=False)
            self.sum += pc.sum(values, min_count=0).as_py()
            self.n += len(values)
