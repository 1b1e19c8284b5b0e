import os
from typing import Any

from numpy.typing import NDArray

MIRRORS: tuple[str, ...]
FILES: Any

def load_data(
    path: str | os.PathLike[str] | None = None,
) -> tuple[tuple[NDArray[Any], NDArray[Any]], tuple[NDArray[Any], NDArray[Any]]]: ...
