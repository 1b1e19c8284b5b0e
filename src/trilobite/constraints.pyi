from collections.abc import Mapping
from typing import Any, Self

class Constraint:
    assignable: Any
    def get_config(self) -> dict[str, Any]: ...
    @classmethod
    def from_config(
        cls, config: dict[str, Any], custom_objects: Mapping[str, Any] | None = None
    ) -> Self: ...
    def plan(self) -> Any: ...
    def __call__(self, w: Any) -> Any: ...

class MaxNorm(Constraint):
    max_value: float
    axis: int
    def __init__(self, max_value: float = 2, axis: int = 0) -> None: ...
    def plan(self) -> Any: ...

class MinMaxNorm(Constraint):
    min_value: float
    max_value: float
    rate: float
    axis: int
    def __init__(
        self, min_value: float = 0.0, max_value: float = 1.0, rate: float = 1.0, axis: int = 0
    ) -> None: ...
    def plan(self) -> Any: ...

class NonNeg(Constraint):
    def __init__(self) -> None: ...
    def plan(self) -> Any: ...

class UnitNorm(Constraint):
    axis: int
    def __init__(self, axis: int = 0) -> None: ...
    def plan(self) -> Any: ...

def deserialize(config: dict[str, Any], custom_objects: Mapping[str, Any] | None = None) -> Any: ...
def get(identifier: Any) -> Any: ...
def serialize(constraint: Any) -> Any: ...

__all__ = [
    "Constraint",
    "MaxNorm",
    "MinMaxNorm",
    "NonNeg",
    "UnitNorm",
    "deserialize",
    "get",
    "max_norm",
    "min_max_norm",
    "non_neg",
    "serialize",
    "unit_norm",
]
max_norm = MaxNorm
min_max_norm = MinMaxNorm
non_neg = NonNeg
unit_norm = UnitNorm
