from collections.abc import Mapping, Sequence
from typing import Any, Self

from numpy.typing import NDArray

class CosineDecay(LearningRateSchedule):
    initial_learning_rate: float
    decay_steps: int
    alpha: float
    name: str | None
    warmup_target: float | None
    warmup_steps: float
    def __call__(self, step: int) -> Any: ...
    def formula(self, t: Any) -> Any: ...
    def rates(self, first: Any, n: Any) -> NDArray[Any]: ...
    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: int,
        alpha: float = 0.0,
        name: str | None = "CosineDecay",
        warmup_target: float | None = None,
        warmup_steps: float = 0,
    ) -> None: ...

class CosineDecayRestarts(LearningRateSchedule):
    initial_learning_rate: float
    first_decay_steps: int
    t_mul: float
    m_mul: float
    alpha: float
    name: str | None
    def __call__(self, step: int) -> Any: ...
    def formula(self, t: Any) -> Any: ...
    def rates(self, first: Any, n: Any) -> NDArray[Any]: ...
    def __init__(
        self,
        initial_learning_rate: float,
        first_decay_steps: int,
        t_mul: float = 2.0,
        m_mul: float = 1.0,
        alpha: float = 0.0,
        name: str | None = "SGDRDecay",
    ) -> None: ...

class ExponentialDecay(LearningRateSchedule):
    initial_learning_rate: float
    decay_steps: int
    decay_rate: float
    staircase: bool
    name: str | None
    def __call__(self, step: int) -> Any: ...
    def formula(self, t: Any) -> Any: ...
    def rates(self, first: Any, n: Any) -> NDArray[Any]: ...
    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: int,
        decay_rate: float,
        staircase: bool = False,
        name: str | None = "ExponentialDecay",
    ) -> None: ...

class InverseTimeDecay(LearningRateSchedule):
    initial_learning_rate: float
    decay_steps: int
    decay_rate: float
    staircase: bool
    name: str | None
    def __call__(self, step: int) -> Any: ...
    def formula(self, t: Any) -> Any: ...
    def rates(self, first: Any, n: Any) -> NDArray[Any]: ...
    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: int,
        decay_rate: float,
        staircase: bool = False,
        name: str | None = "InverseTimeDecay",
    ) -> None: ...

class LearningRateSchedule:
    assignable: Any
    def get_config(self) -> dict[str, Any]: ...
    @classmethod
    def from_config(
        cls, config: dict[str, Any], custom_objects: Mapping[str, Any] | None = None
    ) -> Self: ...
    def __call__(self, step: int) -> Any: ...
    def rates(self, first: Any, n: Any) -> NDArray[Any]: ...

class PiecewiseConstantDecay(LearningRateSchedule):
    boundaries: list[int]
    values: list[float]
    name: str | None
    def __call__(self, step: int) -> Any: ...
    def formula(self, t: Any) -> Any: ...
    def rates(self, first: Any, n: Any) -> NDArray[Any]: ...
    def __init__(
        self, boundaries: list[int], values: Sequence[float], name: str | None = "PiecewiseConstant"
    ) -> None: ...

class PolynomialDecay(LearningRateSchedule):
    initial_learning_rate: float
    decay_steps: int
    end_learning_rate: float
    power: float
    cycle: bool
    name: str | None
    def __call__(self, step: int) -> Any: ...
    def formula(self, t: Any) -> Any: ...
    def rates(self, first: Any, n: Any) -> NDArray[Any]: ...
    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: int,
        end_learning_rate: float = 0.0001,
        power: float = 1.0,
        cycle: bool = False,
        name: str | None = "PolynomialDecay",
    ) -> None: ...

def deserialize(config: dict[str, Any], custom_objects: Mapping[str, Any] | None = None) -> Any: ...
def serialize(learning_rate_schedule: Any) -> Any: ...

__all__ = [
    "CosineDecay",
    "CosineDecayRestarts",
    "ExponentialDecay",
    "InverseTimeDecay",
    "LearningRateSchedule",
    "PiecewiseConstantDecay",
    "PolynomialDecay",
    "deserialize",
    "serialize",
]
