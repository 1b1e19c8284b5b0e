import os
from typing import Any, Literal

from numpy.typing import NDArray

def open_memmap(
    filepath: str | os.PathLike[str], name: str | None = None, mode: Literal["r", "r+", "c"] = "r"
) -> NDArray[Any]: ...

__all__ = ["open_memmap"]
