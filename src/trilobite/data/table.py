"""Tables on disk, as batches."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from trilobite._checks.numbers import integer
from trilobite._declare.names import only
from trilobite.data.columns import Column, Seen, is_text
from trilobite.data.files import Files

BUFFER = 1 << 26  # bytes of x among whose rows a shuffle draws, if one row group has no more


class Table:
    """Rows of a table on disk, for `fit`, `evaluate` and `predict`: a row group at a time.

    The next row group is read in a thread while the engine works. `fit` shuffles row groups, and
    the rows of as many of them as make 64 MB of x; with ``shuffle=False``, and elsewhere, rows come
    as they lie, with the bits of the same rows in memory.

    Parameters
    ----------
    path : str, os.PathLike or list of str
        Parquet (.parquet), Arrow IPC (.arrow, .feather) or CSV files; a folder stands for all
        files in it. CSV files are read once to begin with, and only the rows of a buffer are
        shuffled.
    x : list of str, optional
        Columns of numbers, of lists of one length, or of text; all but the others by default.
    y : str or list of str, optional
        The target; text becomes numbers of classes. Several columns become (n, k).
    sample_weight : str, optional
        A weight for each row.
    batch_size : int
        Rows of a step.
    encoding : {"one-hot", "integer"}
        Of text in x: a column for each category, or its number.
    categories : dict, optional
        A list for each column of text: those that are to be known; by default those that are found
        by reading the columns once, in alphabetical order. Those of the training go to other
        tables: ``Table(..., categories=train.categories)``.
    fill : dict or "mean", optional
        What stands for missing values of each column of x: null, or NaN. "mean" reads the numbers
        once. None: a missing value is an error.
    dtype : {"float32", "float64"}
        Of x.

    Attributes
    ----------
    rows : int
    nbytes : int
        Of the files, as far as it is known what is stored for row groups.
    row_shape : tuple of int
        Of a row of x.
    columns : list of str
        Names of the columns of x: "city=Rome" for a category.
    categories : dict
    fill : dict
    missing : dict
        How many values were filled so far.

    Raises
    ------
    ImportError
        There is no pyarrow: ``pip install 'trilobite[arrow]'``.
    TypeError, ValueError
        No such column, or one of something else; a file that cannot be read, has changed or ends
        early, with its name and the row group. In training the weights are then those of the last
        step before.
    """

    def __init__(
        self,
        path,
        x=None,
        y=None,
        sample_weight=None,
        *,
        batch_size=32,
        encoding="one-hot",
        categories=None,
        fill=None,
        dtype="float32",
    ):
        self.batch_size = integer("batch_size", batch_size)
        one_hot = only("encoding", encoding, "one-hot", "integer") == "one-hot"
        self.dtype = np.dtype(only("dtype", dtype, "float32", "float64"))
        self.files = files = Files(path)
        targets = [y] if isinstance(y, str) else list(y or ())
        rest = [*targets, sample_weight]
        names = [n for n in files.schema.names if n not in rest] if x is None else list(x)
        self._names = list(dict.fromkeys([*names, *targets, *filter(None, [sample_weight])]))
        for argument, given in {"x": names, "y": targets, "sample_weight": rest[-1:]}.items():
            for name in filter(None, given):
                if files.schema.names.count(name) != 1:
                    known = ", ".join(files.schema.names)
                    raise ValueError(f"{argument}: got {name!r}, expected one column of {known}")
        if not names:
            raise ValueError("x: got no column, expected one or more")
        fields = {name: files.schema.field(name) for name in self._names}
        self.categories = dict(categories or {})
        self.fill = {} if fill is None or fill == "mean" else dict(fill)
        self.rows = sum(piece.rows or 0 for piece in files.pieces)
        self.nbytes = sum(piece.nbytes for piece in files.pieces)
        self.bytes_read = 0
        self._look(fields, [n for n in names if not is_text(fields[n].type)] * (fill == "mean"))
        if not self.rows:
            raise ValueError(f"path: got no row in {path}, expected data")

        def column(name, one_hot=False, fill=None):
            return Column(fields[name], self.categories.get(name), one_hot, fill)

        self._x = [column(name, one_hot, self.fill.get(name)) for name in names]
        self._y = [column(name) for name in targets]
        self._one = isinstance(y, str)
        self._weight = sample_weight and column(sample_weight)
        self.row_shape = (sum(each.width for each in self._x),)

    def _look(self, fields, to_mean):
        """Read once what has to be known of all rows."""
        texts = [name for name, field in fields.items() if is_text(field.type)]
        seen = {name: Seen(fields[name]) for name in texts if name not in self.categories}
        seen |= {name: Seen(fields[name]) for name in to_mean}
        counted = self.files.kind == "csv"
        if not (seen or counted):
            return
        columns = self._names if counted else list(seen)
        pieces = []
        for piece in self.files.pieces:
            rows = 0
            for table in self.files.read(piece, columns):
                rows += len(table)
                for name, each in seen.items():
                    each.add(table.column(name))
            pieces.append(piece._replace(rows=rows))
        self.files.pieces, self.rows = pieces, sum(piece.rows for piece in pieces)
        for name, each in seen.items():
            if each.text:
                self.categories[name] = sorted(each.found)
            else:
                self.fill[name] = each.sum / max(1, each.n)

    @property
    def columns(self):
        """Names of the columns of x."""
        return [name for column in self._x for name in _names_of(column)]

    @property
    def missing(self):
        """How many values of each column were filled so far."""
        return {column.name: int(column.missing) for column in self._x if column.missing}

    def __len__(self):
        return -(-self.rows // self.batch_size)

    def __iter__(self):
        """Batches of the rows as they lie."""
        return self._batches(self._read(self.files.pieces))

    def shuffled(self, seed, epoch):
        """Batches of the rows in the order of an epoch, which these numbers alone decide."""
        draw = np.random.default_rng((seed, epoch))
        pieces = [self.files.pieces[k] for k in draw.permutation(len(self.files.pieces))]
        return self._batches(self._mixed(self._read(pieces), draw))

    def to_arrays(self):
        """All rows in memory.

        Returns
        -------
        tuple
            What a batch is: (x,), (x, y) or (x, y, sample_weight).
        """
        return _joined(list(self._read(self.files.pieces)))

    def _batches(self, chunks):
        """Chunks cut into batches, which do not end where chunks do."""
        size, rest = self.batch_size, None
        for chunk in chunks:
            chunk = chunk if rest is None else _joined([rest, chunk])
            whole = len(chunk[0]) // size * size
            for first in range(0, whole, size):
                yield tuple(part[first : first + size] for part in chunk)
            rest = tuple(part[whole:] for part in chunk) if whole < len(chunk[0]) else None
        if rest is not None:
            yield rest

    def _mixed(self, chunks, draw):
        """Chunks of a buffer's rows, shuffled."""
        held, size = [], 0
        for chunk in chunks:
            held.append(chunk)
            size += chunk[0].nbytes
            if size >= BUFFER:
                yield _shuffled(_joined(held), draw)
                held, size = [], 0
        if held:
            yield _shuffled(_joined(held), draw)

    def _read(self, pieces):
        """Arrays of chunks of rows, the next one always read in a thread."""
        chunks = (
            (piece, self._encoded(piece, table))
            for piece in pieces
            for table in self.files.read(piece, self._names)
        )
        self.bytes_read, before = 0, None
        with ThreadPoolExecutor(1) as thread:
            coming = thread.submit(next, chunks, None)
            while (found := coming.result()) is not None:
                coming = thread.submit(next, chunks, None)
                piece, arrays = found
                if piece is not before:
                    self.bytes_read, before = self.bytes_read + piece.nbytes, piece
                if len(arrays[0]):
                    yield arrays

    def _encoded(self, piece, table):
        """x, y and weights of an Arrow table, as far as there are any."""
        try:
            x = np.empty((len(table), *self.row_shape), self.dtype)
            at = 0
            for column in self._x:
                column.write(table.column(column.name), x[:, at : at + column.width])
                at += column.width
            found = [x]
            if self._y:
                y = [column.values(table.column(column.name)) for column in self._y]
                found.append(y[0] if self._one else np.column_stack(y))
            if self._weight:
                found.append(self._weight.values(table.column(self._weight.name)))
        except ValueError as error:
            raise ValueError(f"{piece}: {error}") from error
        return tuple(found)

    def read(self):
        """How far the pass under way has come.

        Returns
        -------
        str
            "3.2 of 80 MB".
        """
        return f"{self.bytes_read / 1e6:.4g} of {self.nbytes / 1e6:.4g} MB"


def _names_of(column):
    """The names of the columns of x that a column of a table becomes."""
    if column.is_text and column.one_hot:
        return [f"{column.name}={category}" for category in column.categories]
    return [f"{column.name}[{k}]" for k in range(column.width)] if column.is_list else [column.name]


def _joined(chunks):
    return tuple(map(np.concatenate, zip(*chunks, strict=True)))


def _shuffled(chunk, draw):
    order = draw.permutation(len(chunk[0]))
    return tuple(part[order] for part in chunk)
