import os
from collections.abc import Mapping
from typing import Any

from trilobite.models import Model, Sequential

def CustomObjectScope(custom_objects: Mapping[str, Any] | None) -> None: ...
def custom_object_scope(custom_objects: Mapping[str, Any] | None) -> None: ...
def get_custom_objects() -> Any: ...
def register_keras_serializable(package: str = "Custom", name: str | None = None) -> Any: ...
def load_model(
    filepath: str | os.PathLike[str],
    custom_objects: Mapping[str, Any] | None = None,
    compile: bool = True,
    safe_mode: bool = True,
) -> Sequential | Model: ...
def load_weights(
    model: Model, filepath: str | os.PathLike[str], skip_mismatch: bool = False
) -> None: ...
def save_model(
    model: Model, filepath: str | os.PathLike[str], overwrite: bool = True, zipped: Any = None
) -> None: ...
def save_weights(
    model: Model,
    filepath: str | os.PathLike[str],
    overwrite: bool = True,
    max_shard_size: Any = None,
) -> None: ...

__all__ = [
    "CustomObjectScope",
    "custom_object_scope",
    "get_custom_objects",
    "register_keras_serializable",
    "load_model",
    "load_weights",
    "save_model",
    "save_weights",
]
