from typing import Any

from numpy.typing import NDArray

def load_data(
    test_split: float = 0.2, seed: int = 113
) -> tuple[tuple[NDArray[Any], NDArray[Any]], tuple[NDArray[Any], NDArray[Any]]]: ...
