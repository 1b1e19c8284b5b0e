from collections.abc import Sequence
from typing import Any, Literal

from matplotlib.axes import Axes
from mpl_toolkits.mplot3d import Axes3D
from numpy.typing import ArrayLike, NDArray

from trilobite.callbacks import Callback, History
from trilobite.tuning import AutomaticFit

class Path(Callback):
    weights: list[list[NDArray[Any]]]
    every: int | None
    idle_hooks: Any
    def __init__(self, every: int | None = None) -> None: ...
    def on_train_begin(self, logs: dict[str, float] | None = None) -> None: ...
    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None: ...
    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None: ...
    def __call__(self, estimator: Any) -> None: ...

def activations(model: Any, x: ArrayLike, bins: int = 40, ax: Axes | None = None) -> Axes: ...
def batch_size(result: Any, ax: Axes | None = None) -> Axes: ...
def confusion_matrix(
    model: Any, x: ArrayLike, y: ArrayLike, worst: int = 5, ax: Axes | None = None
) -> Axes: ...
def cost_contour(
    model: Any,
    x: ArrayLike,
    y: ArrayLike,
    directions: Literal["pca"] | tuple[Any, Any] | None = None,
    span: tuple[tuple[float, float] | None, tuple[float, float] | None] | None = None,
    n: int = 31,
    path: Path | list[list[NDArray[Any]]] | None = None,
    log: bool = False,
    seed: int = 0,
    ax: Axes | None = None,
) -> Axes: ...
def cost_line(
    model: Any,
    x: ArrayLike,
    y: ArrayLike,
    direction: Literal["pca"] | Sequence[int] | Sequence[ArrayLike] | None = None,
    span: tuple[float, float] | None = None,
    n: int = 101,
    path: Path | list[list[NDArray[Any]]] | None = None,
    seed: int = 0,
    ax: Axes | None = None,
) -> Axes: ...
def cost_surface(
    model: Any,
    x: ArrayLike,
    y: ArrayLike,
    directions: Literal["pca"] | tuple[Any, Any] | None = None,
    span: tuple[tuple[float, float] | None, tuple[float, float] | None] | None = None,
    n: int = 31,
    path: Path | list[list[NDArray[Any]]] | None = None,
    log: bool = False,
    seed: int = 0,
    ax: Axes3D | None = None,
) -> Axes3D: ...
def decision_boundary(
    model: Any, x: ArrayLike, y: ArrayLike | None = None, n: int = 200, ax: Axes | None = None
) -> Axes: ...
def first_layer(
    model: Any, shape: tuple[int, int] | None = None, n: int | None = None, ax: Axes | None = None
) -> Axes: ...
def gradient_noise(result: Any, ax: Axes | None = None) -> Axes: ...
def history(
    history: History | dict[str, list[float]] | AutomaticFit | Any,
    metrics: Sequence[str] | None = None,
    diagnosis: bool = True,
    ax: Axes | None = None,
) -> Axes: ...
def learning_rate_range(result: Any, ax: Axes | None = None) -> Axes: ...
def network(model: Any, most: int = 12, ax: Axes | None = None) -> Axes: ...

__all__ = [
    "Path",
    "activations",
    "batch_size",
    "confusion_matrix",
    "cost_contour",
    "cost_line",
    "cost_surface",
    "decision_boundary",
    "first_layer",
    "gradient_noise",
    "history",
    "learning_rate_range",
    "network",
]
