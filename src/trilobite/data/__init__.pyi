import os
from collections.abc import Iterator, Sequence
from typing import Any, Literal

from numpy.typing import NDArray

class Table:
    rows: int
    nbytes: int
    row_shape: list[int]
    categories: dict[str, Any]
    fill: dict[str, Any]
    batch_size: int
    dtype: Literal["float32", "float64"]
    files: Any
    bytes_read: Any
    def __init__(
        self,
        path: str | os.PathLike[str] | Sequence[str],
        x: Sequence[str] | None = None,
        y: str | Sequence[str] | None = None,
        sample_weight: str | None = None,
        *,
        batch_size: int = 32,
        encoding: Literal["one-hot", "integer"] = "one-hot",
        categories: dict[str, Any] | None = None,
        fill: dict[str, Any] | Literal["mean"] | None = None,
        dtype: Literal["float32", "float64"] = "float32",
    ) -> None: ...
    @property
    def columns(self) -> list[str]: ...
    @property
    def missing(self) -> dict[str, Any]: ...
    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[Any]: ...
    def shuffled(self, seed: int | None, epoch: int) -> Any: ...
    def to_arrays(self) -> tuple[int | None, ...]: ...
    def read(self) -> str: ...

def open_memmap(
    filepath: str | os.PathLike[str], name: str | None = None, mode: Literal["r", "r+", "c"] = "r"
) -> NDArray[Any]: ...

__all__ = ["Table", "open_memmap"]
