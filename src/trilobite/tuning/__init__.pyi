from collections.abc import Iterable, Sequence
from typing import Any, Literal

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike, NDArray

from trilobite.callbacks import History
from trilobite.models import Model, Sequential

class AutomaticFit:
    model: Model
    history: dict[str, list[float]]
    learning_rate: float
    batch_size: int
    epochs: int
    best_epoch: int
    range: LearningRateRange
    reasons: dict[str, str]
    @property
    def diagnosis(self) -> Diagnosis: ...
    def pipeline(self) -> Any: ...
    def plot(self, **options: Any) -> Axes: ...
    def __init__(
        self,
        model: Model,
        history: dict[str, list[float]],
        learning_rate: float,
        batch_size: int,
        epochs: int,
        best_epoch: int,
        range: LearningRateRange,
        reasons: dict[str, str],
        _record: Any,
        _pipeline: Any = None,
    ) -> None: ...
    __match_args__: tuple[str, ...]

class BatchSize:
    table: list[dict[str, Any]]
    suggestion: int
    reason: str
    target: float | None
    def plot(self, ax: Axes | None = None) -> Axes: ...
    def __init__(
        self, table: list[dict[str, Any]], suggestion: int, reason: str, target: float | None
    ) -> None: ...
    __match_args__: tuple[str, ...]

class Diagnosis:
    verdict: str
    epoch: int | None
    rule: str
    advice: str
    def __init__(self, verdict: str, epoch: int | None, rule: str, advice: str) -> None: ...
    def __eq__(self, other: Any) -> Any: ...
    def __hash__(self) -> Any: ...
    __match_args__: tuple[str, ...]

class GradientNoise:
    table: list[dict[str, Any]]
    norm: float
    noise_scale: float
    reason: str
    def plot(self, ax: Axes | None = None) -> Axes: ...
    def __init__(
        self, table: list[dict[str, Any]], norm: float, noise_scale: float, reason: str
    ) -> None: ...
    __match_args__: tuple[str, ...]

class LearningRateRange:
    rates: NDArray[np.float64]
    costs: NDArray[np.float64]
    suggestion: float
    reason: str
    diverged_at: float | None
    trials: list[dict[str, Any]]
    def plot(self, ax: Axes | None = None) -> Axes: ...
    def __init__(
        self,
        rates: NDArray[np.float64],
        costs: NDArray[np.float64],
        suggestion: float,
        reason: str,
        diverged_at: float | None,
        trials: list[dict[str, Any]],
    ) -> None: ...
    __match_args__: tuple[str, ...]

def batch_size(
    model: Sequential | Model | Any,
    x: ArrayLike,
    y: ArrayLike | None = None,
    *,
    sample_weight: ArrayLike | None = None,
    validation_data: tuple[Any, ...] | list[Any] | Iterable[Any] | None = None,
    sizes: Sequence[int] | None = None,
    target: float | None = None,
    epochs: int = 5,
    memory: int | None = None,
    slow: float = 1.0,
) -> BatchSize: ...
def diagnose(
    history: History | dict[str, Any] | AutomaticFit | Any, baseline: float | None = None
) -> Diagnosis: ...
def fit_automatically(
    model: Sequential | Model | Any,
    x: ArrayLike,
    y: ArrayLike | None = None,
    *,
    sample_weight: ArrayLike | None = None,
    validation_data: tuple[Any, ...] | list[Any] | Iterable[Any] | None = None,
    batch_size: int | None = None,
    epochs: int | None = None,
    callbacks: list[Any] | None = None,
    verbose: Literal["auto", 0, 1, 2] | bool = 0,
) -> AutomaticFit: ...
def gradient_noise(
    model: Sequential | Model | Any,
    x: ArrayLike,
    y: ArrayLike | None = None,
    batch_sizes: Sequence[int] | None = None,
    *,
    sample_weight: ArrayLike | None = None,
    draws: int = 200,
    seed: int = 0,
) -> GradientNoise: ...
def learning_rate_range(
    model: Sequential | Model | Any,
    x: ArrayLike,
    y: ArrayLike | None = None,
    *,
    sample_weight: ArrayLike | None = None,
    batch_size: int | None = None,
    epochs: int | None = None,
    validation_data: tuple[Any, ...] | list[Any] | Iterable[Any] | None = None,
    lowest: float = 1e-07,
    highest: float = 100.0,
    steps: int = 300,
    trials: bool = True,
    seed: int | None = None,
) -> LearningRateRange: ...

__all__ = [
    "AutomaticFit",
    "BatchSize",
    "Diagnosis",
    "GradientNoise",
    "LearningRateRange",
    "batch_size",
    "diagnose",
    "fit_automatically",
    "gradient_noise",
    "learning_rate_range",
]
