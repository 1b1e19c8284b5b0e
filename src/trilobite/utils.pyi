import os
from collections.abc import Iterator, Mapping
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from trilobite.models import Sequential

def CustomObjectScope(custom_objects: Mapping[str, Any] | None) -> None: ...

class PyDataset:
    workers: Any
    use_multiprocessing: Any
    max_queue_size: Any
    def __init__(
        self, workers: int = 1, use_multiprocessing: bool = False, max_queue_size: int = 10
    ) -> None: ...
    def __getitem__(self, index: Any) -> Any: ...
    def __iter__(self) -> Iterator[Any]: ...
    @property
    def num_batches(self) -> Any: ...
    def on_epoch_begin(self) -> None: ...
    def on_epoch_end(self) -> None: ...

def clear_session(free_memory: bool = True) -> None: ...
def custom_object_scope(custom_objects: Mapping[str, Any] | None) -> None: ...
def disable_interactive_logging() -> None: ...
def enable_interactive_logging() -> None: ...
def get_custom_objects() -> Any: ...
def get_file(
    fname: str | None = None,
    origin: str | None = None,
    untar: bool = False,
    md5_hash: str | None = None,
    file_hash: str | None = None,
    cache_subdir: str = "datasets",
    hash_algorithm: Literal["auto", "sha256", "md5"] = "auto",
    extract: bool = False,
    archive_format: Any = "auto",
    cache_dir: str | os.PathLike[str] | None = None,
    force_download: bool = False,
) -> str: ...
def is_keras_tensor(x: ArrayLike) -> Any: ...
def model_to_dot(
    model: Sequential,
    show_shapes: bool = False,
    show_dtype: bool = False,
    show_layer_names: bool = True,
    rankdir: Literal["TB", "LR", "BT", "RL"] = "TB",
    expand_nested: bool = False,
    dpi: int = 200,
    subgraph: bool = False,
    show_layer_activations: bool = False,
    show_trainable: bool = False,
    splines: str = "ortho",
) -> Any: ...
def normalize(x: ArrayLike, axis: int = -1, order: int = 2) -> NDArray[Any]: ...
def plot_model(
    model: Sequential,
    to_file: str | os.PathLike[str] = "model.png",
    show_shapes: bool = False,
    show_dtype: bool = False,
    show_layer_names: bool = False,
    rankdir: str = "TB",
    expand_nested: bool = False,
    dpi: int = 200,
    show_layer_activations: bool = False,
    show_trainable: bool = False,
    splines: str = "ortho",
) -> Any | None: ...
def register_keras_serializable(package: str = "Custom", name: str | None = None) -> Any: ...
def set_random_seed(seed: int) -> None: ...
def to_categorical(x: ArrayLike, num_classes: int | None = None) -> NDArray[np.float64]: ...

__all__ = [
    "CustomObjectScope",
    "PyDataset",
    "Sequence",
    "clear_session",
    "custom_object_scope",
    "disable_interactive_logging",
    "enable_interactive_logging",
    "get_custom_objects",
    "get_file",
    "is_keras_tensor",
    "model_to_dot",
    "normalize",
    "plot_model",
    "register_keras_serializable",
    "set_random_seed",
    "to_categorical",
]
Sequence = PyDataset
