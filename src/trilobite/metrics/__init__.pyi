from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, Self

from numpy.typing import ArrayLike

from trilobite._declare.variable import Variable
from trilobite.initializers import Initializer

class AUC(Metric):
    num_thresholds: int
    curve: Literal["ROC", "PR"]
    summation_method: Literal["interpolation", "minoring", "majoring"]
    thresholds: list[float] | None
    multi_label: bool
    num_labels: None
    label_weights: list[float] | None
    from_logits: bool
    direction: str
    def __init__(
        self,
        num_thresholds: int = 200,
        curve: Literal["ROC", "PR"] = "ROC",
        summation_method: Literal["interpolation", "minoring", "majoring"] = "interpolation",
        name: str | None = None,
        dtype: str | None = None,
        thresholds: Sequence[float] | None = None,
        multi_label: bool = False,
        num_labels: None = None,
        label_weights: Sequence[float] | None = None,
        from_logits: bool = False,
    ) -> None: ...
    def plan(self) -> Any: ...
    def of_totals(self, totals: Any) -> Any: ...

class Accuracy(MeanMetricWrapper):
    direction: str
    def __init__(self, name: str | None = "accuracy", dtype: str | None = None) -> None: ...

class BinaryAccuracy(Metric):
    threshold: float
    direction: str
    def __init__(
        self, name: str | None = None, dtype: str | None = None, threshold: float = 0.5
    ) -> None: ...
    def plan(self) -> Any: ...

class BinaryCrossentropy(Metric):
    from_logits: bool
    label_smoothing: float
    axis: int | Sequence[int] | None
    def __init__(
        self,
        name: str | None = None,
        dtype: str | None = None,
        from_logits: bool = False,
        label_smoothing: float = 0,
        axis: int | Sequence[int] | None = -1,
    ) -> None: ...
    def plan(self) -> Any: ...

class CategoricalAccuracy(Metric):
    direction: str

class CategoricalCrossentropy(Metric):
    from_logits: bool
    label_smoothing: float
    axis: int | Sequence[int] | None
    def __init__(
        self,
        name: str | None = None,
        dtype: str | None = None,
        from_logits: bool = False,
        label_smoothing: float = 0,
        axis: int | Sequence[int] | None = -1,
    ) -> None: ...
    def plan(self) -> Any: ...

class CategoricalHinge(Metric): ...

class CosineSimilarity(Metric):
    axis: int
    direction: str
    def __init__(
        self, name: str | None = "cosine_similarity", dtype: str | None = None, axis: int = -1
    ) -> None: ...
    def of_totals(self, totals: Any) -> Any: ...

class F1Score(FBetaScore):
    def __init__(
        self,
        average: Any = None,
        threshold: Any = None,
        name: str | None = "f1_score",
        dtype: str | None = None,
    ) -> None: ...

class FBetaScore(Metric):
    average: Literal["micro", "macro", "weighted"] | None
    beta: float
    threshold: float | None
    is_array: Any
    direction: str
    def __init__(
        self,
        average: Literal["micro", "macro", "weighted"] | None = None,
        beta: float = 1.0,
        threshold: float | None = None,
        name: str = "fbeta_score",
        dtype: str | None = None,
    ) -> None: ...
    def plan(self) -> Any: ...
    def of_totals(self, totals: Any) -> Any: ...

class FalseNegatives(Metric):
    thresholds: float | list[float] | None
    is_array: Any
    direction: str
    class_id: Any
    def __init__(
        self,
        thresholds: float | Sequence[float] | None = None,
        name: str | None = None,
        dtype: str | None = None,
    ) -> None: ...
    def plan(self) -> Any: ...
    def of_totals(self, totals: Any) -> Any: ...
    def of_counts(self, tp: Any, fp: Any, fn: Any, tn: Any) -> Any: ...

class FalsePositives(Metric):
    thresholds: float | list[float] | None
    is_array: Any
    direction: str
    class_id: Any
    def __init__(
        self,
        thresholds: float | Sequence[float] | None = None,
        name: str | None = None,
        dtype: str | None = None,
    ) -> None: ...
    def plan(self) -> Any: ...
    def of_totals(self, totals: Any) -> Any: ...
    def of_counts(self, tp: Any, fp: Any, fn: Any, tn: Any) -> Any: ...

class Hinge(Metric): ...
class KLDivergence(Metric): ...

class LogCoshError(Metric):
    key: str
    def plan(self) -> Any: ...

class Mean(Metric):
    def __init__(self, name: str | None = "mean", dtype: str | None = None) -> None: ...
    def __call__(self, values: Any, sample_weight: ArrayLike | None = None) -> Any: ...
    def update_state(
        self, values: float | ArrayLike, sample_weight: float | ArrayLike | None = None
    ) -> None: ...
    def of_totals(self, totals: Any) -> Any: ...

class MeanAbsoluteError(Metric): ...
class MeanAbsolutePercentageError(Metric): ...

class MeanMetricWrapper(Mean):
    function: Any
    def __init__(
        self,
        fn: Callable[..., Any],
        name: str | None = None,
        dtype: str | None = None,
        **kwargs: Any,
    ) -> None: ...
    def __call__(
        self, y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> Any: ...
    def update_state(
        self, y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> None: ...

class MeanSquaredError(Metric): ...
class MeanSquaredLogarithmicError(Metric): ...

class Metric:
    formula: Any
    name: str | None
    dtype: str | None
    assignable: Any
    def get_config(self) -> dict[str, Any]: ...
    @classmethod
    def from_config(
        cls, config: dict[str, Any], custom_objects: Mapping[str, Any] | None = None
    ) -> Self: ...
    direction: str
    class_indices: bool
    key: Any
    is_own: bool
    is_array: bool
    def __init__(self, name: str | None = None, dtype: str | None = None) -> None: ...
    def resolve(self, loss: Any, n_out: Any) -> Any: ...
    def plan(self) -> Any: ...
    def of_totals(self, totals: Any) -> Any: ...
    def __call__(
        self, y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> Any: ...
    def update_state(
        self, y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> None: ...
    def result(self) -> Any: ...
    def reset_state(self) -> None: ...
    @property
    def variables(self) -> list[Variable]: ...
    def add_weight(
        self,
        shape: Sequence[int] = (),
        initializer: str | Initializer = "zeros",
        dtype: str | None = None,
        name: str | None = None,
    ) -> Any: ...
    def add_variable(
        self,
        shape: Sequence[int] = (),
        initializer: str | Initializer = "zeros",
        dtype: str | None = None,
        name: str | None = None,
    ) -> Any: ...

class Poisson(Metric): ...

class Precision(Metric):
    thresholds: float | list[float] | None
    is_array: Any
    top_k: None
    direction: str
    class_id: int | None
    def __init__(
        self,
        thresholds: Any = None,
        top_k: None = None,
        class_id: int | None = None,
        name: str | None = None,
        dtype: str | None = None,
    ) -> None: ...
    def plan(self) -> Any: ...
    def of_totals(self, totals: Any) -> Any: ...
    def of_counts(self, tp: Any, fp: Any, fn: Any, tn: Any) -> Any: ...

class PrecisionAtRecall(Metric):
    num_thresholds: Any
    class_id: Any
    recall: float
    direction: str
    argument: str
    def plan(self) -> Any: ...
    def of_totals(self, totals: Any) -> Any: ...
    def __init__(
        self,
        recall: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: str | None = None,
    ) -> None: ...
    def of_counts(self, tp: Any, fp: Any, fn: Any, tn: Any) -> Any: ...

class R2Score(Metric):
    class_aggregation: Literal["uniform_average", "variance_weighted_average"]
    num_regressors: int
    direction: str
    def __init__(
        self,
        class_aggregation: Literal[
            "uniform_average", "variance_weighted_average"
        ] = "uniform_average",
        num_regressors: int = 0,
        name: str | None = None,
        dtype: str | None = None,
    ) -> None: ...
    def of_totals(self, totals: Any) -> Any: ...

class Recall(Metric):
    thresholds: float | list[float] | None
    is_array: Any
    top_k: None
    direction: str
    class_id: int | None
    def __init__(
        self,
        thresholds: Any = None,
        top_k: None = None,
        class_id: int | None = None,
        name: str | None = None,
        dtype: str | None = None,
    ) -> None: ...
    def plan(self) -> Any: ...
    def of_totals(self, totals: Any) -> Any: ...
    def of_counts(self, tp: Any, fp: Any, fn: Any, tn: Any) -> Any: ...

class RecallAtPrecision(Metric):
    num_thresholds: Any
    class_id: Any
    precision: float
    direction: str
    argument: str
    def plan(self) -> Any: ...
    def of_totals(self, totals: Any) -> Any: ...
    def __init__(
        self,
        precision: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: str | None = None,
    ) -> None: ...
    def of_counts(self, tp: Any, fp: Any, fn: Any, tn: Any) -> Any: ...

class RootMeanSquaredError(Metric):
    def of_totals(self, totals: Any) -> Any: ...

class SensitivityAtSpecificity(Metric):
    num_thresholds: Any
    class_id: Any
    specificity: float
    direction: str
    argument: str
    def plan(self) -> Any: ...
    def of_totals(self, totals: Any) -> Any: ...
    def __init__(
        self,
        specificity: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: str | None = None,
    ) -> None: ...
    def of_counts(self, tp: Any, fp: Any, fn: Any, tn: Any) -> Any: ...

class SparseCategoricalAccuracy(Metric):
    direction: str
    class_indices: bool

class SparseCategoricalCrossentropy(Metric):
    from_logits: bool
    ignore_class: Any
    axis: int | Sequence[int] | None
    class_indices: bool
    def __init__(
        self,
        name: str | None = None,
        dtype: str | None = None,
        from_logits: bool = False,
        ignore_class: Any = None,
        axis: int | Sequence[int] | None = -1,
    ) -> None: ...
    def plan(self) -> Any: ...

class SparseTopKCategoricalAccuracy(TopKCategoricalAccuracy):
    from_sorted_ids: bool
    class_indices: bool
    def __init__(
        self,
        k: int = 5,
        name: str | None = None,
        dtype: str | None = None,
        from_sorted_ids: bool = False,
    ) -> None: ...

class SpecificityAtSensitivity(Metric):
    num_thresholds: Any
    class_id: Any
    sensitivity: float
    direction: str
    argument: str
    def plan(self) -> Any: ...
    def of_totals(self, totals: Any) -> Any: ...
    def __init__(
        self,
        sensitivity: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: str | None = None,
    ) -> None: ...
    def of_counts(self, tp: Any, fp: Any, fn: Any, tn: Any) -> Any: ...

class SquaredHinge(Metric): ...

class Sum(Mean):
    def __init__(self, name: str | None = "sum", dtype: str | None = None) -> None: ...
    def of_totals(self, totals: Any) -> Any: ...

class TopKCategoricalAccuracy(Metric):
    k: int
    direction: str
    def __init__(self, k: int = 5, name: str | None = None, dtype: str | None = None) -> None: ...
    def plan(self) -> Any: ...

class TrueNegatives(Metric):
    thresholds: float | list[float] | None
    is_array: Any
    direction: str
    class_id: Any
    def __init__(
        self,
        thresholds: float | Sequence[float] | None = None,
        name: str | None = None,
        dtype: str | None = None,
    ) -> None: ...
    def plan(self) -> Any: ...
    def of_totals(self, totals: Any) -> Any: ...
    def of_counts(self, tp: Any, fp: Any, fn: Any, tn: Any) -> Any: ...

class TruePositives(Metric):
    thresholds: float | list[float] | None
    is_array: Any
    direction: str
    class_id: Any
    def __init__(
        self,
        thresholds: float | Sequence[float] | None = None,
        name: str | None = None,
        dtype: str | None = None,
    ) -> None: ...
    def plan(self) -> Any: ...
    def of_totals(self, totals: Any) -> Any: ...
    def of_counts(self, tp: Any, fp: Any, fn: Any, tn: Any) -> Any: ...

def deserialize(config: dict[str, Any], custom_objects: Mapping[str, Any] | None = None) -> Any: ...
def get(identifier: Any) -> Any: ...
def serialize(metric: Any) -> Any: ...
def binary_accuracy(y_true: ArrayLike, y_pred: ArrayLike, threshold: float = 0.5) -> Any: ...
def categorical_accuracy(y_true: ArrayLike, y_pred: ArrayLike) -> Any: ...
def sparse_categorical_accuracy(y_true: ArrayLike, y_pred: ArrayLike) -> Any: ...
def sparse_top_k_categorical_accuracy(
    y_true: ArrayLike, y_pred: ArrayLike, k: int = 5, from_sorted_ids: bool = False
) -> Any: ...
def top_k_categorical_accuracy(y_true: ArrayLike, y_pred: ArrayLike, k: int = 5) -> Any: ...
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
    "AUC",
    "Accuracy",
    "BinaryAccuracy",
    "BinaryCrossentropy",
    "CategoricalAccuracy",
    "CategoricalCrossentropy",
    "CategoricalHinge",
    "CosineSimilarity",
    "F1Score",
    "FBetaScore",
    "FalseNegatives",
    "FalsePositives",
    "Hinge",
    "KLDivergence",
    "LogCoshError",
    "Mean",
    "MeanAbsoluteError",
    "MeanAbsolutePercentageError",
    "MeanMetricWrapper",
    "MeanSquaredError",
    "MeanSquaredLogarithmicError",
    "Metric",
    "Poisson",
    "Precision",
    "PrecisionAtRecall",
    "R2Score",
    "Recall",
    "RecallAtPrecision",
    "RootMeanSquaredError",
    "SensitivityAtSpecificity",
    "SparseCategoricalAccuracy",
    "SparseCategoricalCrossentropy",
    "SparseTopKCategoricalAccuracy",
    "SpecificityAtSensitivity",
    "SquaredHinge",
    "Sum",
    "TopKCategoricalAccuracy",
    "TrueNegatives",
    "TruePositives",
    "deserialize",
    "get",
    "serialize",
    "binary_accuracy",
    "categorical_accuracy",
    "sparse_categorical_accuracy",
    "sparse_top_k_categorical_accuracy",
    "top_k_categorical_accuracy",
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
