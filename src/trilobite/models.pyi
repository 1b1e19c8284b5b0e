import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal, Self

from numpy.typing import ArrayLike, NDArray

from trilobite._declare.tensor import KerasTensor, Link
from trilobite.callbacks import Callback, History
from trilobite.layers import Layer
from trilobite.losses import Loss
from trilobite.metrics import Metric
from trilobite.optimizers import Optimizer

class Model(Link):
    name: str | None
    optimizer: Optimizer | None
    stop_training: bool
    history: History
    loss: Any
    epochs_begun: Any
    initial_epoch: Any
    prefix: str
    several: bool
    def __init__(
        self,
        inputs: KerasTensor | Sequence[KerasTensor] | None = None,
        outputs: KerasTensor | Sequence[KerasTensor] | None = None,
        name: str | None = None,
        trainable: bool = True,
    ) -> None: ...
    @property
    def inputs(self) -> list[KerasTensor]: ...
    @property
    def outputs(self) -> list[KerasTensor]: ...
    @property
    def input(self) -> KerasTensor | list[KerasTensor]: ...
    @property
    def output(self) -> KerasTensor | list[KerasTensor]: ...
    @property
    def trainable(self) -> Any: ...
    @trainable.setter
    def trainable(self, value: Any) -> None: ...
    def parts(self, trained: bool = True) -> Any: ...
    def compute_output_shape(self, input_shape: Sequence[int | None]) -> tuple[int | None, ...]: ...
    def build(self, input_shape: tuple[int | None, ...] | None = None) -> None: ...
    @property
    def declared(self) -> Any: ...
    def described(self, layers: Any) -> Any: ...
    @property
    def declared_input(self) -> Any: ...
    def get_layer(self, name: str | None = None, index: int | None = None) -> Any: ...
    def reading(self) -> Any: ...
    def writing(self) -> Any: ...
    @property
    def network(self) -> Any: ...
    @property
    def built(self) -> bool: ...
    def network_for(self, given: Any) -> Any: ...
    def get_weights(self) -> list[NDArray[Any]]: ...
    def set_weights(self, weights: Sequence[ArrayLike]) -> None: ...
    def variables_trained(self, whole: bool = True) -> Any: ...
    def weight_forms(self) -> Any: ...
    def count_params(self) -> int: ...
    @property
    def input_shape(self) -> tuple[int | None, ...]: ...
    @property
    def output_shape(self) -> tuple[int | None, ...]: ...
    @property
    def dtype(self) -> str: ...
    @property
    def compute_dtype(self) -> str: ...
    @property
    def variable_dtype(self) -> str: ...
    def predict(
        self,
        x: ArrayLike | Iterable[Any],
        batch_size: int | None = None,
        verbose: Literal["auto", 0, 1, 2] | bool = "auto",
        steps: int | None = None,
        callbacks: Sequence[Callback] | None = None,
    ) -> NDArray[Any]: ...
    def __call__(self, x: ArrayLike | KerasTensor, training: bool = False) -> Any: ...
    def predict_on_batch(self, x: ArrayLike) -> NDArray[Any]: ...
    @property
    def metrics_names(self) -> list[str]: ...
    @property
    def metrics(self) -> list[Metric]: ...
    def reset_metrics(self) -> None: ...
    def metric_directions(self) -> Any: ...
    def evaluate(
        self,
        x: ArrayLike | Iterable[Any] | None = None,
        y: ArrayLike | None = None,
        batch_size: int | None = None,
        verbose: Literal["auto", 0, 1, 2] | bool = "auto",
        sample_weight: ArrayLike | None = None,
        steps: int | None = None,
        callbacks: Sequence[Callback] | None = None,
        return_dict: bool = False,
    ) -> Any: ...
    def test_on_batch(
        self,
        x: ArrayLike,
        y: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
        return_dict: bool = False,
    ) -> Any: ...
    def fit(
        self,
        x: ArrayLike | Iterable[Any] | None = None,
        y: ArrayLike | None = None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: Literal["auto", 0, 1, 2] | bool = "auto",
        callbacks: Sequence[Callback] | None = None,
        validation_split: float = 0.0,
        validation_data: tuple[Any, ...] | list[Any] | Iterable[Any] | None = None,
        shuffle: bool | Literal["rows"] | Literal["blocks"] = True,
        class_weight: Mapping[int, float] | None = None,
        sample_weight: ArrayLike | None = None,
        initial_epoch: int = 0,
        steps_per_epoch: int | None = None,
        validation_steps: int | None = None,
        validation_batch_size: int | None = None,
        validation_freq: int | Iterable[int] = 1,
    ) -> History: ...
    def train_on_batch(
        self,
        x: ArrayLike | Iterable[Any],
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        class_weight: Mapping[int, float] | None = None,
        return_dict: bool = False,
    ) -> Any: ...
    def export(
        self,
        filepath: str | os.PathLike[str],
        format: str | None = None,
        verbose: Any = None,
        input_signature: Any = None,
        **kwargs: Any,
    ) -> None: ...
    def to_keras(self) -> object: ...
    @property
    def compiled_with(self) -> Any: ...
    def get_state(self) -> dict[str, Any]: ...
    def train_as(self, trained: Any) -> None: ...
    def set_state(self, state: dict[str, Any]) -> None: ...
    def goes_on_from(self, state: dict[str, Any]) -> Any: ...
    def symbolic(self, x: ArrayLike) -> Any: ...
    kind: str
    @classmethod
    def of(cls, links: Any, **options: Any) -> Any: ...
    @property
    def layers(self) -> list[Any]: ...
    def compile(
        self,
        optimizer: str | Optimizer = "rmsprop",
        loss: str | Loss | Callable[..., Any] | None = None,
        loss_weights: float | None = None,
        metrics: Sequence[str | Metric | Callable[..., Any]] | None = None,
        weighted_metrics: Sequence[str | Metric | Callable[..., Any]] | None = None,
        run_eagerly: bool = False,
        steps_per_execution: int = 1,
        jit_compile: Any = "auto",
        auto_scale_loss: bool = True,
    ) -> None: ...
    def get_config(self) -> dict[str, Any]: ...
    @classmethod
    def from_config(
        cls, config: dict[str, Any], custom_objects: Mapping[str, Any] | None = None
    ) -> Self: ...
    def get_compile_config(self) -> Any: ...
    def compile_from_config(self, config: dict[str, Any]) -> None: ...
    def to_json(self, **options: Any) -> str: ...
    def save(
        self, filepath: str | os.PathLike[str], overwrite: bool = True, zipped: None = None
    ) -> None: ...
    def save_weights(
        self, filepath: str | os.PathLike[str], overwrite: bool = True, max_shard_size: None = None
    ) -> None: ...
    def load_weights(
        self, filepath: str | os.PathLike[str], skip_mismatch: bool = False
    ) -> None: ...
    def summary(
        self,
        line_length: int | None = None,
        positions: Sequence[float] | None = None,
        print_fn: Callable[..., Any] | None = None,
        expand_nested: bool = False,
        show_trainable: bool = False,
        layer_range: tuple[str, str] | None = None,
    ) -> None: ...

class Sequential(Model):
    stop_training: bool
    history: History
    kind: str
    prefix: str
    several: bool
    def __init__(
        self,
        layers: Sequence[Layer | Model] | None = None,
        trainable: bool = True,
        name: str | None = None,
    ) -> None: ...
    @classmethod
    def of(cls, links: Any, **options: Any) -> Any: ...
    @property
    def layers(self) -> list[Any]: ...
    def add(self, layer: Layer | Model, rebuild: bool = True) -> None: ...
    def pop(self, rebuild: bool = True) -> Any: ...

def save_model(
    model: Model, filepath: str | os.PathLike[str], overwrite: bool = True, zipped: Any = None
) -> None: ...
def load_model(
    filepath: str | os.PathLike[str],
    custom_objects: Mapping[str, Any] | None = None,
    compile: bool = True,
    safe_mode: bool = True,
) -> Sequential | Model: ...
def clone_model(
    model: Model,
    input_tensors: Any = None,
    clone_function: Any = None,
    call_function: Any = None,
    recursive: bool = False,
) -> Model: ...
def model_from_json(json_string: str, custom_objects: Mapping[str, Any] | None = None) -> Model: ...
