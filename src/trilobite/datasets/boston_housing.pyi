import os
from typing import Any

from numpy.typing import NDArray

MIRRORS: tuple[str, ...]
SHA256: str

def load_data(
    path: str | os.PathLike[str] | None = None, test_split: float = 0.2, seed: int = 113
) -> tuple[tuple[NDArray[Any], NDArray[Any]], tuple[NDArray[Any], NDArray[Any]]]: ...
