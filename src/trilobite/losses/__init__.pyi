from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, Self

from numpy.typing import ArrayLike

class BinaryCrossentropy(Loss):
    from_logits: bool
    label_smoothing: float
    axis: int
    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str = "sum_over_batch_size",
        name: str | None = None,
        dtype: str | None = None,
    ) -> None: ...

class CategoricalCrossentropy(Loss):
    from_logits: bool
    label_smoothing: float
    axis: int
    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str = "sum_over_batch_size",
        name: str | None = None,
        dtype: str | None = None,
    ) -> None: ...
    least_outputs: int

class CategoricalHinge(Loss): ...

class CosineSimilarity(Loss):
    axis: int
    def __init__(
        self,
        axis: int = -1,
        reduction: str = "sum_over_batch_size",
        name: str | None = "cosine_similarity",
        dtype: str | None = None,
    ) -> None: ...

class Hinge(Loss): ...

class Huber(Loss):
    delta: float
    def __init__(
        self,
        delta: float = 1.0,
        reduction: str = "sum_over_batch_size",
        name: str | None = "huber_loss",
        dtype: str | None = None,
    ) -> None: ...

class KLDivergence(Loss): ...
class LogCosh(Loss): ...

class Loss:
    formula: Any
    reduction: Literal[
        "sum_over_batch_size", "mean", "sum", "mean_with_sample_weight", "none", None
    ]
    name: str | None
    dtype: str | None
    assignable: Any
    def get_config(self) -> dict[str, Any]: ...
    @classmethod
    def from_config(
        cls, config: dict[str, Any], custom_objects: Mapping[str, Any] | None = None
    ) -> Self: ...
    from_logits: bool
    label_smoothing: float
    delta: float
    class_indices: bool
    is_own: bool
    least_outputs: int
    def __init__(
        self,
        reduction: Literal[
            "sum_over_batch_size", "mean", "sum", "mean_with_sample_weight", "none", None
        ] = "sum_over_batch_size",
        name: str | None = None,
        dtype: str | None = None,
    ) -> None: ...
    def __call__(
        self, y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> Any: ...
    def call(self, y_true: ArrayLike, y_pred: ArrayLike) -> Any: ...

class MeanAbsoluteError(Loss): ...
class MeanAbsolutePercentageError(Loss): ...
class MeanSquaredError(Loss): ...
class MeanSquaredLogarithmicError(Loss): ...
class Poisson(Loss): ...

class SparseCategoricalCrossentropy(Loss):
    from_logits: bool
    ignore_class: None
    axis: int | Sequence[int] | None
    class_indices: bool
    least_outputs: int
    def __init__(
        self,
        from_logits: bool = False,
        ignore_class: None = None,
        reduction: str = "sum_over_batch_size",
        axis: int | Sequence[int] | None = -1,
        name: str | None = None,
        dtype: str | None = None,
    ) -> None: ...

class SquaredHinge(Loss): ...

def deserialize(name: str | None, custom_objects: Mapping[str, Any] | None = None) -> Any: ...
def get(identifier: Loss | Callable[..., Any] | type[Any] | str | dict[str, Any] | None) -> Any: ...
def serialize(loss: Any) -> Any: ...
def KLD(y_true: ArrayLike, y_pred: ArrayLike) -> Any: ...
def MAE(y_true: ArrayLike, y_pred: ArrayLike) -> Any: ...
def MAPE(y_true: ArrayLike, y_pred: ArrayLike) -> Any: ...
def MSE(y_true: ArrayLike, y_pred: ArrayLike) -> Any: ...
def MSLE(y_true: ArrayLike, y_pred: ArrayLike) -> Any: ...
def binary_crossentropy(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int | Sequence[int] | None = -1,
) -> Any: ...
def categorical_crossentropy(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int | Sequence[int] | None = -1,
) -> Any: ...
def categorical_hinge(y_true: ArrayLike, y_pred: ArrayLike) -> Any: ...
def cosine_similarity(
    y_true: ArrayLike, y_pred: ArrayLike, axis: int | Sequence[int] | None = -1
) -> Any: ...
def hinge(y_true: ArrayLike, y_pred: ArrayLike) -> Any: ...
def huber(y_true: ArrayLike, y_pred: ArrayLike, delta: float = 1.0) -> Any: ...
def kl_divergence(y_true: ArrayLike, y_pred: ArrayLike) -> Any: ...
def kld(y_true: ArrayLike, y_pred: ArrayLike) -> Any: ...
def kullback_leibler_divergence(y_true: ArrayLike, y_pred: ArrayLike) -> Any: ...
def log_cosh(y_true: ArrayLike, y_pred: ArrayLike) -> Any: ...
def logcosh(y_true: ArrayLike, y_pred: ArrayLike) -> Any: ...
def mae(y_true: ArrayLike, y_pred: ArrayLike) -> Any: ...
def mape(y_true: ArrayLike, y_pred: ArrayLike) -> Any: ...
def mean_absolute_error(y_true: ArrayLike, y_pred: ArrayLike) -> Any: ...
def mean_absolute_percentage_error(y_true: ArrayLike, y_pred: ArrayLike) -> Any: ...
def mean_squared_error(y_true: ArrayLike, y_pred: ArrayLike) -> Any: ...
def mean_squared_logarithmic_error(y_true: ArrayLike, y_pred: ArrayLike) -> Any: ...
def mse(y_true: ArrayLike, y_pred: ArrayLike) -> Any: ...
def msle(y_true: ArrayLike, y_pred: ArrayLike) -> Any: ...
def poisson(y_true: ArrayLike, y_pred: ArrayLike) -> Any: ...
def sparse_categorical_crossentropy(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    from_logits: bool = False,
    ignore_class: Any = None,
    axis: int | Sequence[int] | None = -1,
) -> Any: ...
def squared_hinge(y_true: ArrayLike, y_pred: ArrayLike) -> Any: ...

__all__ = [
    "BinaryCrossentropy",
    "CategoricalCrossentropy",
    "CategoricalHinge",
    "CosineSimilarity",
    "Hinge",
    "Huber",
    "KLDivergence",
    "LogCosh",
    "Loss",
    "MeanAbsoluteError",
    "MeanAbsolutePercentageError",
    "MeanSquaredError",
    "MeanSquaredLogarithmicError",
    "Poisson",
    "SparseCategoricalCrossentropy",
    "SquaredHinge",
    "deserialize",
    "get",
    "serialize",
    "KLD",
    "MAE",
    "MAPE",
    "MSE",
    "MSLE",
    "binary_crossentropy",
    "categorical_crossentropy",
    "categorical_hinge",
    "cosine_similarity",
    "hinge",
    "huber",
    "kl_divergence",
    "kld",
    "kullback_leibler_divergence",
    "log_cosh",
    "logcosh",
    "mae",
    "mape",
    "mean_absolute_error",
    "mean_absolute_percentage_error",
    "mean_squared_error",
    "mean_squared_logarithmic_error",
    "mse",
    "msle",
    "poisson",
    "sparse_categorical_crossentropy",
    "squared_hinge",
]
