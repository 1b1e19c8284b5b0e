import numpy as np
from numpy.typing import NDArray

def moons(
    n: int = 1000, noise: float = 0.1, seed: int = 0
) -> tuple[NDArray[np.float32], NDArray[np.uint8]]: ...
def blobs(
    n: int = 1000, n_classes: int = 3, noise: float = 0.3, seed: int = 0
) -> tuple[NDArray[np.float32], NDArray[np.uint8]]: ...
