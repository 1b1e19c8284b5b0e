import os
from typing import Any

from numpy.typing import ArrayLike, NDArray

DTYPES: Any
MAX_NDIM: int
CHUNK: int

def read(
    source: str | os.PathLike[str] | bytes | bytearray | memoryview,
    *,
    limit: int = 2147483648,
    name: str | None = None,
) -> NDArray[Any]: ...
def to_bytes(array: ArrayLike) -> Any: ...
