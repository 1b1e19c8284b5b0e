from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal

from numpy.typing import ArrayLike

from trilobite import activations as activations
from trilobite import backend as backend
from trilobite import callbacks as callbacks
from trilobite import config as config
from trilobite import constraints as constraints
from trilobite import datasets as datasets
from trilobite import initializers as initializers
from trilobite import layers as layers
from trilobite import losses as losses
from trilobite import metrics as metrics
from trilobite import models as models
from trilobite import ops as ops
from trilobite import optimizers as optimizers
from trilobite import regularizers as regularizers
from trilobite import saving as saving
from trilobite import utils as utils
from trilobite.callbacks import Callback, History
from trilobite.initializers import Initializer as Initializer
from trilobite.layers import Input as Input
from trilobite.layers import Layer as Layer
from trilobite.losses import Loss as Loss
from trilobite.metrics import Metric as Metric
from trilobite.models import Model as Model
from trilobite.models import Sequential as Sequential
from trilobite.optimizers import Optimizer as Optimizer
from trilobite.regularizers import Regularizer as Regularizer

class Differentiable:
    value: Callable[..., Any]
    derivative: Callable[..., Any]
    def __init__(
        self, value: Callable[..., Any], derivative: Callable[..., Any], name: str | None = None
    ) -> None: ...
    def spec(self) -> Any: ...
    def cost(self, t: Any, y: ArrayLike, weighted: Any) -> Any: ...
    def __call__(self, *arguments: Any) -> Any: ...

def fit_many(
    models: Sequence[Model],
    x: ArrayLike,
    y: ArrayLike,
    batch_size: int | None = None,
    epochs: int = 1,
    verbose: Literal["auto", 0] = 0,
    callbacks: Sequence[Callback] | None = None,
    validation_split: float = 0.0,
    validation_data: tuple[Any, ...] | list[Any] | Iterable[Any] | None = None,
    shuffle: bool | Literal["rows"] | Literal["blocks"] = True,
    class_weight: Mapping[int, float] | None = None,
    sample_weight: ArrayLike | None = None,
    initial_epoch: int = 0,
    validation_batch_size: int | None = None,
    validation_freq: int | Iterable[int] = 1,
) -> list[History]: ...
def get_num_threads() -> int: ...
def set_num_threads(n: Any) -> None: ...
def show_config() -> None: ...

__version__: str
__all__ = [
    "Differentiable",
    "Initializer",
    "Input",
    "Layer",
    "Loss",
    "Metric",
    "Model",
    "Optimizer",
    "Regularizer",
    "Sequential",
    "activations",
    "callbacks",
    "config",
    "constraints",
    "datasets",
    "fit_many",
    "get_num_threads",
    "initializers",
    "layers",
    "losses",
    "metrics",
    "models",
    "optimizers",
    "regularizers",
    "saving",
    "set_num_threads",
    "show_config",
    "utils",
]
