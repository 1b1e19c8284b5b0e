import os
from collections.abc import Callable
from typing import Any, Literal

from matplotlib.axes import Axes
from numpy.typing import NDArray

from trilobite.models import Model, Sequential
from trilobite.plot import Path

class BackupAndRestore(Callback):
    backup_dir: str | os.PathLike[str]
    save_freq: Literal["epoch"] | int
    idle_hooks: Any
    path: Path | list[list[NDArray[Any]]] | None
    previous_path: Any
    others: Any
    double_checkpoint: bool
    delete_checkpoint: bool
    writes_files: bool
    is_last: bool
    def __init__(
        self,
        backup_dir: str | os.PathLike[str],
        save_freq: Literal["epoch"] | int = "epoch",
        double_checkpoint: bool = False,
        delete_checkpoint: bool = True,
    ) -> None: ...
    def on_train_begin(self, logs: dict[str, float] | None = None) -> None: ...
    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None: ...
    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None: ...
    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None: ...
    def on_train_end(self, logs: dict[str, float] | None = None) -> None: ...

class CSVLogger(Callback):
    keys: Any
    filename: str | os.PathLike[str]
    sep: Any
    append: bool
    writes_files: bool
    def __init__(
        self, filename: str | os.PathLike[str], separator: str = ",", append: bool = False
    ) -> None: ...
    def get_state(self) -> dict[str, Any]: ...
    def on_train_begin(self, logs: dict[str, float] | None = None) -> None: ...
    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None: ...
    def on_train_end(self, logs: dict[str, float] | None = None) -> None: ...

class Callback:
    model: Sequential
    params: dict[str, Any]
    is_last: bool
    writes_files: bool
    idle_hooks: tuple[str, ...]
    state_names: tuple[str, ...]
    def __init__(self) -> None: ...
    def get_state(self) -> dict[str, Any]: ...
    def set_state(self, state: dict[str, Any]) -> None: ...
    def set_model(self, model: Model) -> None: ...
    def set_params(self, params: dict[str, Any]) -> None: ...
    def on_train_begin(self, logs: dict[str, float] | None = None) -> None: ...
    def on_train_end(self, logs: dict[str, float] | None = None) -> None: ...
    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None: ...
    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None: ...
    def on_train_batch_begin(self, batch: int, logs: dict[str, float] | None = None) -> None: ...
    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None: ...
    def on_batch_begin(self, batch: int, logs: dict[str, float] | None = None) -> None: ...
    def on_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None: ...
    def on_test_begin(self, logs: dict[str, float] | None = None) -> None: ...
    def on_test_end(self, logs: dict[str, float] | None = None) -> None: ...
    def on_test_batch_begin(self, batch: int, logs: dict[str, float] | None = None) -> None: ...
    def on_test_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None: ...
    def on_predict_begin(self, logs: dict[str, float] | None = None) -> None: ...
    def on_predict_end(self, logs: dict[str, float] | None = None) -> None: ...
    def on_predict_batch_begin(self, batch: int, logs: dict[str, float] | None = None) -> None: ...
    def on_predict_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None: ...

class EarlyStopping(Callback):
    min_delta: float
    best: float | None
    monitor: str
    mode: Literal["auto", "min", "max"]
    best_epoch: int
    stopped_epoch: int
    restore_best_weights: bool
    start_from_epoch: int
    wait: Any
    best_weights: Any
    patience: int
    verbose: Literal[0, 1] | bool
    baseline: float | None
    def __init__(
        self,
        monitor: str = "val_loss",
        min_delta: float = 0,
        patience: int = 0,
        verbose: Literal[0, 1] | bool = 0,
        mode: Literal["auto", "min", "max"] = "auto",
        baseline: float | None = None,
        restore_best_weights: bool = False,
        start_from_epoch: int = 0,
    ) -> None: ...
    def direction(self) -> Any: ...
    def improves(self, value: Any, on: Any) -> Any: ...
    def watched(self, logs: dict[str, float] | None) -> Any: ...
    state_names: tuple[str, ...]
    def on_train_begin(self, logs: dict[str, float] | None = None) -> None: ...
    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None: ...
    def on_train_end(self, logs: dict[str, float] | None = None) -> None: ...

class History(Callback):
    history: dict[str, list[float]]
    epoch: list[int]
    ending: Any
    baseline: float | None
    cooling: Any
    def __init__(self) -> None: ...
    def on_train_begin(self, logs: dict[str, float] | None = None) -> None: ...
    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None: ...
    def record(self, epochs: Any, columns: Any) -> None: ...
    def so_far(self) -> Any: ...
    def plot(self, **options: Any) -> Axes: ...
    def get_state(self) -> dict[str, Any]: ...
    def set_state(self, state: dict[str, Any]) -> None: ...

class LambdaCallback(Callback):
    def __init__(
        self,
        on_epoch_begin: Callable[..., Any] | None = None,
        on_epoch_end: Callable[..., Any] | None = None,
        on_train_begin: Callable[..., Any] | None = None,
        on_train_end: Callable[..., Any] | None = None,
        on_train_batch_begin: Callable[..., Any] | None = None,
        on_train_batch_end: Callable[..., Any] | None = None,
        **kwargs: Any,
    ) -> None: ...

class LearningRateScheduler(Callback):
    schedule: Callable[..., Any]
    verbose: Literal[0, 1] | bool
    def __init__(self, schedule: Callable[..., Any], verbose: Literal[0, 1] | bool = 0) -> None: ...
    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None: ...
    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None: ...

class ModelCheckpoint(Callback):
    min_delta: float
    best: Any
    monitor: str
    mode: Literal["auto", "min", "max"]
    save_freq: Literal["epoch"] | int
    idle_hooks: Any
    filepath: str | os.PathLike[str]
    verbose: Literal[0, 1] | bool
    save_best_only: bool
    save_weights_only: bool
    def __init__(
        self,
        filepath: str | os.PathLike[str],
        monitor: str = "val_loss",
        verbose: Literal[0, 1] | bool = 0,
        save_best_only: bool = False,
        save_weights_only: bool = False,
        mode: Literal["auto", "min", "max"] = "auto",
        save_freq: Literal["epoch"] | int = "epoch",
        initial_value_threshold: float | None = None,
    ) -> None: ...
    def direction(self) -> Any: ...
    def improves(self, value: Any, on: Any) -> Any: ...
    def watched(self, logs: dict[str, float] | None) -> Any: ...
    writes_files: bool
    state_names: tuple[str, ...]
    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None: ...
    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None: ...
    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None: ...

class ReduceLROnPlateau(Callback):
    min_delta: float
    best: Any
    monitor: str
    mode: Literal["auto", "min", "max"]
    factor: float
    patience: int
    verbose: Literal[0, 1] | bool
    cooldown: int
    min_lr: float
    wait: Any
    cooldown_counter: Any
    def __init__(
        self,
        monitor: str = "val_loss",
        factor: float = 0.1,
        patience: int = 10,
        verbose: Literal[0, 1] | bool = 0,
        mode: Literal["auto", "min", "max"] = "auto",
        min_delta: float = 0.0001,
        cooldown: int = 0,
        min_lr: float = 0.0,
    ) -> None: ...
    def direction(self) -> Any: ...
    def improves(self, value: Any, on: Any) -> Any: ...
    def watched(self, logs: dict[str, float] | None) -> Any: ...
    state_names: tuple[str, ...]
    def on_train_begin(self, logs: dict[str, float] | None = None) -> None: ...
    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None: ...
    def in_cooldown(self) -> Any: ...

class TensorBoard(Callback):
    log_dir: str | os.PathLike[str]
    histogram_freq: int
    update_freq: Literal["epoch"] | Literal["batch"] | int
    idle_hooks: Any
    writes_files: bool
    state_names: tuple[str, ...]
    def __init__(
        self,
        log_dir: str | os.PathLike[str] = "logs",
        histogram_freq: int = 0,
        write_graph: bool = True,
        write_images: bool = False,
        write_steps_per_second: bool = False,
        update_freq: Literal["epoch"] | Literal["batch"] | int = "epoch",
        profile_batch: int = 0,
        embeddings_freq: int = 0,
        embeddings_metadata: Any = None,
    ) -> None: ...
    def on_train_begin(self, logs: dict[str, float] | None = None) -> None: ...
    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None: ...
    def on_test_end(self, logs: dict[str, float] | None = None) -> None: ...
    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None: ...
    def on_train_end(self, logs: dict[str, float] | None = None) -> None: ...

class TerminateOnNaN(Callback):
    raise_error: bool
    def __init__(self, raise_error: bool = False) -> None: ...
    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None: ...

__all__ = [
    "BackupAndRestore",
    "CSVLogger",
    "Callback",
    "EarlyStopping",
    "History",
    "LambdaCallback",
    "LearningRateScheduler",
    "ModelCheckpoint",
    "ReduceLROnPlateau",
    "TensorBoard",
    "TerminateOnNaN",
]
