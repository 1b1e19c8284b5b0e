import os
from collections.abc import Callable, Sequence
from typing import Any, Literal, Self

from numpy.typing import ArrayLike, NDArray
from sklearn.neural_network import MLPClassifier as _MLPClassifier
from sklearn.neural_network import MLPRegressor as _MLPRegressor

class MLPClassifier(_MLPClassifier):
    n_iter_: int
    best_loss_: Any
    best_validation_score_: Any
    validation_loss_curve_: list[float]
    coefs_: list[NDArray[Any]]
    intercepts_: list[NDArray[Any]]
    loss_: float
    t_: Any
    n_outputs_: int
    out_activation_: str
    def set_callbacks(self, *callbacks: Any) -> Any: ...
    def export(
        self, filepath: str | os.PathLike[str], format: str | None = None, **options: Any
    ) -> None: ...
    def to_sklearn(self) -> object: ...
    def score(self, X: Any, y: ArrayLike, sample_weight: ArrayLike | None = None) -> float: ...
    def __init__(
        self,
        hidden_layer_sizes: int | Sequence[int] = (100,),
        activation: str = "relu",
        *,
        solver: str = "adam",
        alpha: float = 0.0001,
        batch_size: Any = "auto",
        learning_rate: str = "constant",
        learning_rate_init: float = 0.001,
        power_t: float = 0.5,
        max_iter: int = 200,
        shuffle: bool = True,
        random_state: Any = None,
        tol: float = 0.0001,
        verbose: bool = False,
        warm_start: bool = False,
        momentum: float = 0.9,
        nesterovs_momentum: bool = True,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-08,
        n_iter_no_change: int = 10,
        max_fun: int = 15000,
        class_weight: dict[str, Any] | list[dict[str, Any]] | Literal["balanced"] | None = None,
        dropout: float = 0.0,
        loss: Literal["log_loss", "squared_error"] = "log_loss",
        n_jobs: int | None = None,
    ) -> None: ...
    def fit(
        self,
        X: ArrayLike | Any,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        validation_data: tuple[Any, ...] | list[Any] | None = None,
        callbacks: Sequence[Callable[..., Any]] | None = None,
    ) -> Self: ...
    def partial_fit(
        self,
        X: ArrayLike | Any,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        classes: ArrayLike | None = None,
    ) -> Self: ...
    def predict(self, X: Any) -> NDArray[Any]: ...
    def predict_proba(self, X: Any) -> NDArray[Any]: ...
    def predict_log_proba(self, X: Any) -> NDArray[Any]: ...

class MLPRegressor(_MLPRegressor):
    n_iter_: int
    best_loss_: Any
    best_validation_score_: Any
    validation_loss_curve_: list[float]
    coefs_: list[NDArray[Any]]
    intercepts_: list[NDArray[Any]]
    loss_: float
    t_: Any
    n_outputs_: int
    out_activation_: str
    def set_callbacks(self, *callbacks: Any) -> Any: ...
    def export(
        self, filepath: str | os.PathLike[str], format: str | None = None, **options: Any
    ) -> None: ...
    def to_sklearn(self) -> object: ...
    def score(self, X: Any, y: ArrayLike, sample_weight: ArrayLike | None = None) -> float: ...
    def __init__(
        self,
        loss: Literal[
            "squared_error", "poisson", "absolute_error", "huber", "log_cosh"
        ] = "squared_error",
        hidden_layer_sizes: int | Sequence[int] = (100,),
        activation: str = "relu",
        *,
        solver: str = "adam",
        alpha: float = 0.0001,
        batch_size: Any = "auto",
        learning_rate: str = "constant",
        learning_rate_init: float = 0.001,
        power_t: float = 0.5,
        max_iter: int = 200,
        shuffle: bool = True,
        random_state: Any = None,
        tol: float = 0.0001,
        verbose: bool = False,
        warm_start: bool = False,
        momentum: float = 0.9,
        nesterovs_momentum: bool = True,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-08,
        n_iter_no_change: int = 10,
        max_fun: int = 15000,
        dropout: float = 0.0,
        n_jobs: int | None = None,
    ) -> None: ...
    def fit(
        self,
        X: ArrayLike | Any,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        validation_data: tuple[Any, ...] | list[Any] | None = None,
        callbacks: Sequence[Callable[..., Any]] | None = None,
    ) -> Self: ...
    def partial_fit(
        self, X: ArrayLike | Any, y: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> Self: ...
    def predict(self, X: Any) -> NDArray[Any]: ...

__all__ = ["MLPClassifier", "MLPRegressor"]
