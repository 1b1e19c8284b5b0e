from collections.abc import Mapping
from typing import Any, Self

from numpy.typing import ArrayLike

class L1(Regularizer):
    l1: float
    def __init__(self, l1: float = 0.01) -> None: ...

class L1L2(Regularizer):
    l1: float
    l2: float
    def __init__(self, l1: float = 0.0, l2: float = 0.0) -> None: ...

class L2(Regularizer):
    l2: float
    def __init__(self, l2: float = 0.01) -> None: ...

class Regularizer:
    assignable: Any
    def get_config(self) -> dict[str, Any]: ...
    @classmethod
    def from_config(
        cls, config: dict[str, Any], custom_objects: Mapping[str, Any] | None = None
    ) -> Self: ...
    l1: float
    l2: float
    def __call__(self, x: ArrayLike) -> Any: ...

def deserialize(config: dict[str, Any], custom_objects: Mapping[str, Any] | None = None) -> Any: ...
def get(identifier: Any) -> Any: ...
def serialize(regularizer: Any) -> Any: ...

__all__ = [
    "L1",
    "L1L2",
    "L2",
    "Regularizer",
    "deserialize",
    "get",
    "l1",
    "l1_l2",
    "l2",
    "serialize",
]
l1 = L1
l1_l2 = L1L2
l2 = L2
