import os
from typing import Any, Literal

from trilobite.models import Model, Sequential
from trilobite.sklearn import MLPClassifier, MLPRegressor

def export(
    model: Model | MLPClassifier | MLPRegressor,
    filepath: str | os.PathLike[str],
    format: Literal["numpy", "js", "c", "onnx"] | None = None,
    **options: Any,
) -> None: ...
def from_keras(model: Any) -> Model: ...
def from_onnx(model: str | os.PathLike[str] | Any, output: str | None = None) -> Sequential: ...
def from_sklearn(estimator: Any) -> MLPClassifier | MLPRegressor: ...
def from_torch(module: Any | str | os.PathLike[str]) -> Sequential: ...

__all__ = ["export", "from_keras", "from_onnx", "from_sklearn", "from_torch"]
