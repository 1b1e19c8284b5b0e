"""Files of tables, read by pyarrow a row group at a time."""

import os
from collections import namedtuple
from contextlib import contextmanager
from pathlib import Path

SUFFIXES = {
    ".parquet": "parquet",
    ".pq": "parquet",
    ".arrow": "ipc",
    ".feather": "ipc",
    ".ipc": "ipc",
    ".csv": "csv",
}
CSV_BLOCK = 1 << 22  # bytes of text that become a chunk


def arrow():
    """The package pyarrow with its readers."""
    try:
        import pyarrow
        import pyarrow.compute
        import pyarrow.csv
        import pyarrow.ipc
        import pyarrow.parquet
    except ImportError as error:
        raise ImportError("Table: needs pyarrow: pip install 'trilobite[arrow]'") from error
    return pyarrow


class Piece(namedtuple("Piece", ["path", "number", "rows", "nbytes"])):
    """A row group of a Parquet file, a record batch of an Arrow file, or a whole CSV file."""

    __slots__ = ()

    def __str__(self):
        return self.path if self.number is None else f"{self.path}, row group {self.number}"


class Files:
    """The files of a table, of one kind and with one schema.

    Parameters
    ----------
    path : str, os.PathLike or list of these
        A file, or a folder: all files in it and in folders in it, by their names.

    Attributes
    ----------
    schema : pyarrow.Schema
        Whole numbers of CSV files are floats: later ones may have a point.
    pieces : list of Piece
        The rows of CSV files are None.
    """

    def __init__(self, path):
        self.pa = arrow()
        paths = [path] if isinstance(path, (str, os.PathLike)) else list(path)
        self.paths = [found for each in paths for found in _listed(Path(each))]
        kinds = {SUFFIXES[os.path.splitext(each)[1].lower()] for each in self.paths}
        if len(kinds) != 1:
            raise ValueError(
                f"path: got files of {len(kinds)} kinds in {path}, expected one: "
                + ", ".join(SUFFIXES)
            )
        [self.kind] = kinds
        self.schema, self.pieces = None, []
        self._metadata, self._stats = {}, {}
        for each in self.paths:
            self._stats[each] = _stat(each)
            with self._blaming(each):
                schema, pieces = getattr(self, f"_open_{self.kind}")(each)
            self.schema = self.schema or schema
            if not schema.equals(self.schema):
                raise ValueError(
                    f"{each}: got the columns {_columns(schema)}, expected those of "
                    f"{self.paths[0]}: {_columns(self.schema)}"
                )
            self.pieces += pieces

    def read(self, piece, columns):
        """Tables of the columns of a piece, one for a row group, several for a CSV file."""
        self._check(piece)
        with self._blaming(piece):
            rows = 0
            for table in getattr(self, f"_read_{self.kind}")(piece, columns):
                rows += len(table)
                self._check(piece)
                yield table
            if piece.rows is not None and rows != piece.rows:
                raise ValueError(f"got {rows} rows, expected {piece.rows}")

    def _check(self, piece):
        found, expected = _stat(piece.path), self._stats[piece.path]
        if found != expected:
            raise ValueError(
                f"{piece}: the file has changed since the Table was made: got {found[0]} bytes, "
                f"expected {expected[0]} of the same time"
            )

    @contextmanager
    def _blaming(self, place):
        try:
            yield
        except (self.pa.ArrowException, OSError) as error:
            raise ValueError(f"{place}: cannot be read: {error}") from error

    def _open_parquet(self, path):
        with self.pa.parquet.ParquetFile(path) as file:
            self._metadata[path] = metadata = file.metadata
            groups = map(metadata.row_group, range(metadata.num_row_groups))
            pieces = [
                Piece(path, number, group.num_rows, _stored(group))
                for number, group in enumerate(groups)
            ]
            return file.schema_arrow.remove_metadata(), pieces

    def _read_parquet(self, piece, columns):
        with self.pa.parquet.ParquetFile(piece.path, metadata=self._metadata[piece.path]) as file:
            yield file.read_row_group(piece.number, columns, use_threads=False)

    def _open_ipc(self, path):
        with self.pa.OSFile(path) as source, self.pa.ipc.open_file(source) as file:
            batches = map(file.get_batch, range(file.num_record_batches))
            pieces = [Piece(path, k, b.num_rows, b.nbytes) for k, b in enumerate(batches)]
            return file.schema.remove_metadata(), pieces

    def _read_ipc(self, piece, columns):
        with self.pa.OSFile(piece.path) as source, self.pa.ipc.open_file(source) as file:
            batch = file.get_batch(piece.number)
            batch.validate(full=True)
            yield self.pa.Table.from_batches([batch]).select(columns)

    def _open_csv(self, path):
        pa = self.pa
        with pa.csv.open_csv(path, pa.csv.ReadOptions(block_size=CSV_BLOCK)) as file:
            found = [(field.name, field.type) for field in file.schema]
        numeric = pa.types.is_integer, pa.types.is_floating, pa.types.is_null
        schema = pa.schema(
            (name, pa.float64() if any(is_(kind) for is_ in numeric) else kind)
            for name, kind in found
        )
        return schema, [Piece(path, None, None, os.path.getsize(path))]

    def _read_csv(self, piece, columns):
        csv = self.pa.csv
        types = {name: self.schema.field(name).type for name in columns}
        named = csv.ConvertOptions(
            column_types=types, include_columns=columns, strings_can_be_null=True
        )
        with csv.open_csv(
            piece.path, csv.ReadOptions(block_size=CSV_BLOCK), convert_options=named
        ) as file:
            for batch in file:
                yield self.pa.Table.from_batches([batch])


def _listed(path):
    """The files of tables that a path stands for."""
    if path.is_dir():
        found = sorted(each for each in path.rglob("*") if each.suffix.lower() in SUFFIXES)
        if not found:
            raise ValueError(f"path: got no file in {path}, expected {', '.join(SUFFIXES)}")
        return list(map(str, found))
    if not path.exists():
        raise FileNotFoundError(f"path: got {path}, where there is no file")
    if path.suffix.lower() not in SUFFIXES:
        raise ValueError(f"path: got {path}, expected a name that ends in {', '.join(SUFFIXES)}")
    return [str(path)]


def _stat(path):
    found = os.stat(path)
    return found.st_size, found.st_mtime_ns, found.st_ino


def _stored(group):
    return sum(group.column(k).total_compressed_size for k in range(group.num_columns))


def _columns(schema):
    return ", ".join(f"{field.name} ({field.type})" for field in schema)
