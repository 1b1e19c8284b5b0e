from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal, Self

from numpy.typing import ArrayLike, NDArray

from trilobite._declare.tensor import KerasTensor, Link
from trilobite.constraints import Constraint
from trilobite.initializers import Initializer
from trilobite.models import Model
from trilobite.regularizers import Regularizer

class ELU(Layer):
    alpha: float
    def __init__(
        self,
        alpha: float = 1.0,
        *,
        activity_regularizer: Regularizer | None = None,
        trainable: bool = True,
        dtype: str | None = None,
        autocast: bool = True,
        name: str | None = None,
        input_shape: Sequence[int] | None = None,
        input_dim: int | None = None,
    ) -> None: ...
    def stage(self) -> Any: ...

class Activation(Layer):
    activation: str | Callable[..., Any]
    def __init__(
        self,
        activation: str | Callable[..., Any],
        *,
        activity_regularizer: Regularizer | None = None,
        trainable: bool = True,
        dtype: str | None = None,
        autocast: bool = True,
        name: str | None = None,
        input_shape: Sequence[int] | None = None,
        input_dim: int | None = None,
    ) -> None: ...
    def shape_for(self, input_shape: Sequence[int | None]) -> Any: ...
    def stage(self) -> Any: ...

class ActivityRegularization(Layer):
    l1: float
    l2: float
    def __init__(
        self,
        l1: float = 0.0,
        l2: float = 0.0,
        *,
        activity_regularizer: Regularizer | None = None,
        trainable: bool = True,
        dtype: str | None = None,
        autocast: bool = True,
        name: str | None = None,
        input_shape: Sequence[int] | None = None,
        input_dim: int | None = None,
    ) -> None: ...
    def stage(self) -> Any: ...

class AlphaDropout(Dropout):
    kind: str
    def __init__(
        self,
        rate: float,
        noise_shape: Sequence[int | None] | None = None,
        seed: int | None = None,
        *,
        activity_regularizer: Regularizer | None = None,
        trainable: bool = True,
        dtype: str | None = None,
        autocast: bool = True,
        name: str | None = None,
        input_shape: Sequence[int] | None = None,
        input_dim: int | None = None,
    ) -> None: ...

class BatchNormalization(Layer):
    axis: int
    momentum: float
    epsilon: float
    beta_regularizer: str | Regularizer | None
    gamma_regularizer: str | Regularizer | None
    beta_constraint: str | Constraint | None
    gamma_constraint: str | Constraint | None
    renorm: Any
    renorm_clipping: Any
    renorm_momentum: Any
    synchronized: Any
    center: bool
    scale: bool
    not_trained: tuple[str, ...]
    differs_in_training: bool
    def __init__(
        self,
        axis: int = -1,
        momentum: float = 0.99,
        epsilon: float = 0.001,
        center: bool = True,
        scale: bool = True,
        beta_initializer: str | Initializer | Callable[..., Any] | None = "zeros",
        gamma_initializer: str | Initializer | Callable[..., Any] | None = "ones",
        moving_mean_initializer: str | Initializer | Callable[..., Any] | None = "zeros",
        moving_variance_initializer: str | Initializer | Callable[..., Any] | None = "ones",
        beta_regularizer: str | Regularizer | None = None,
        gamma_regularizer: str | Regularizer | None = None,
        beta_constraint: str | Constraint | None = None,
        gamma_constraint: str | Constraint | None = None,
        renorm: bool = False,
        renorm_clipping: Any = None,
        renorm_momentum: float = 0.99,
        synchronized: bool = False,
        *,
        activity_regularizer: Regularizer | None = None,
        trainable: bool = True,
        dtype: str | None = None,
        autocast: bool = True,
        name: str | None = None,
        input_shape: Sequence[int] | None = None,
        input_dim: int | None = None,
    ) -> None: ...
    @property
    def weight_names(self) -> Any: ...
    def shape_for(self, input_shape: Sequence[int | None]) -> Any: ...
    def stage(self) -> Any: ...
    def weight_plan(self, input_shape: Sequence[int | None]) -> Any: ...
    def constraints(self) -> Any: ...
    @property
    def gamma(self) -> Any: ...
    @property
    def beta(self) -> Any: ...
    @property
    def moving_mean(self) -> Any: ...
    @property
    def moving_variance(self) -> Any: ...

class Dense(Layer):
    units: int
    activation: str | Callable[..., Any] | None
    use_bias: bool
    lora_rank: None
    lora_alpha: None
    quantization_config: None
    kernel_initializer: str | Initializer | Callable[..., Any]
    bias_initializer: str | Initializer | Callable[..., Any]
    kernel_regularizer: str | Regularizer | None
    bias_regularizer: str | Regularizer | None
    kernel_constraint: str | Constraint | None
    bias_constraint: str | Constraint | None
    def __init__(
        self,
        units: int,
        activation: str | Callable[..., Any] | None = None,
        use_bias: bool = True,
        kernel_initializer: str | Initializer | Callable[..., Any] = "glorot_uniform",
        bias_initializer: str | Initializer | Callable[..., Any] = "zeros",
        kernel_regularizer: str | Regularizer | None = None,
        bias_regularizer: str | Regularizer | None = None,
        activity_regularizer: str | Regularizer | None = None,
        kernel_constraint: str | Constraint | None = None,
        bias_constraint: str | Constraint | None = None,
        lora_rank: None = None,
        lora_alpha: None = None,
        quantization_config: None = None,
        *,
        trainable: bool = True,
        dtype: str | None = None,
        autocast: bool = True,
        name: str | None = None,
        input_shape: Sequence[int] | None = None,
        input_dim: int | None = None,
    ) -> None: ...
    @property
    def weight_names(self) -> Any: ...
    def shape_for(self, input_shape: Sequence[int | None]) -> Any: ...
    def stage(self) -> Any: ...
    def weight_plan(self, input_shape: Sequence[int | None]) -> Any: ...
    def constraints(self) -> Any: ...
    @property
    def kernel(self) -> Any: ...
    @property
    def bias(self) -> Any: ...

class Dropout(Layer):
    seed: int | None
    rate: float
    noise_shape: None
    differs_in_training: bool
    kind: str
    def stage(self) -> Any: ...
    def __init__(
        self,
        rate: float,
        noise_shape: None = None,
        seed: int | None = None,
        *,
        activity_regularizer: Regularizer | None = None,
        trainable: bool = True,
        dtype: str | None = None,
        autocast: bool = True,
        name: str | None = None,
        input_shape: Sequence[int] | None = None,
        input_dim: int | None = None,
    ) -> None: ...

class Flatten(Layer):
    data_format: str | None
    def __init__(
        self,
        data_format: str | None = None,
        *,
        activity_regularizer: Regularizer | None = None,
        trainable: bool = True,
        dtype: str | None = None,
        autocast: bool = True,
        name: str | None = None,
        input_shape: Sequence[int] | None = None,
        input_dim: int | None = None,
    ) -> None: ...
    def shape_for(self, input_shape: Sequence[int | None]) -> Any: ...

class GaussianDropout(Layer):
    seed: int | None
    rate: float
    differs_in_training: bool
    kind: str
    def stage(self) -> Any: ...
    def __init__(
        self,
        rate: float,
        seed: int | None = None,
        *,
        activity_regularizer: Regularizer | None = None,
        trainable: bool = True,
        dtype: str | None = None,
        autocast: bool = True,
        name: str | None = None,
        input_shape: Sequence[int] | None = None,
        input_dim: int | None = None,
    ) -> None: ...

class GaussianNoise(Layer):
    seed: int | None
    stddev: float
    differs_in_training: bool
    kind: str
    def stage(self) -> Any: ...
    def __init__(
        self,
        stddev: float,
        seed: int | None = None,
        *,
        activity_regularizer: Regularizer | None = None,
        trainable: bool = True,
        dtype: str | None = None,
        autocast: bool = True,
        name: str | None = None,
        input_shape: Sequence[int] | None = None,
        input_dim: int | None = None,
    ) -> None: ...

class Identity(Layer): ...

class Input(KerasTensor, Layer):
    shape: tuple[int | None, ...]
    batch_shape: list[int] | None
    batch_size: int | None
    sparse: Any
    ragged: Any
    tensor: Any
    optional: Any
    layer: Any
    dtype: Literal["float32", "float64"] | None
    def __init__(
        self,
        shape: Sequence[int] | None = None,
        batch_size: int | None = None,
        dtype: Literal["float32", "float64"] | None = None,
        sparse: Any = None,
        ragged: Any = None,
        batch_shape: Sequence[int] | None = None,
        name: str | None = None,
        tensor: Any = None,
        optional: bool = False,
    ) -> None: ...
    def __call__(self, x: ArrayLike, training: bool | None = False) -> Any: ...
    @property
    def input(self) -> KerasTensor | list[KerasTensor]: ...
    @property
    def output(self) -> KerasTensor | list[KerasTensor]: ...
    def get_config(self) -> dict[str, Any]: ...

class Lambda(Layer):
    arguments: dict[str, Any] | None
    function: Callable[..., Any]
    output_shape: tuple[int | None, ...] | None
    mask: None
    def __init__(
        self,
        function: Callable[..., Any],
        output_shape: tuple[int | None, ...] | None = None,
        mask: None = None,
        arguments: dict[str, Any] | None = None,
        *,
        activity_regularizer: Regularizer | None = None,
        trainable: bool = True,
        dtype: str | None = None,
        autocast: bool = True,
        name: str | None = None,
        input_shape: Sequence[int] | None = None,
        input_dim: int | None = None,
    ) -> None: ...
    def call(self, x: ArrayLike) -> Any: ...
    @property
    def activation(self) -> Any: ...
    def shape_for(layer, input_shape: Sequence[int | None]) -> Any: ...
    def stage(layer) -> Any: ...

class Layer(Link):
    activity_regularizer: Regularizer | None
    autocast: bool
    input_dim: int | None
    name: str | None
    input_shape: list[int] | None
    owner: Any
    models: Any
    assignable: Any
    def get_config(self) -> dict[str, Any]: ...
    @classmethod
    def from_config(
        cls, config: dict[str, Any], custom_objects: Mapping[str, Any] | None = None
    ) -> Self: ...
    weight_names: tuple[str, ...]
    not_trained: tuple[str, ...]
    differs_in_training: bool
    rescaling: Any
    seed: Any
    def __init__(
        self,
        *,
        activity_regularizer: Regularizer | None = None,
        trainable: bool = True,
        dtype: str | None = None,
        autocast: bool = True,
        name: str | None = None,
        input_shape: Sequence[int] | None = None,
        input_dim: int | None = None,
        **unknown: Any,
    ) -> None: ...
    def build(self, input_shape: Sequence[int | None]) -> None: ...
    def add_weight(self, *_: Any, **__: Any) -> Any: ...
    def __call__(self, x: KerasTensor | ArrayLike, training: bool = False) -> Any: ...
    @property
    def built(self) -> bool: ...
    @property
    def trainable(self) -> bool: ...
    @trainable.setter
    def trainable(self, value: Any) -> None: ...
    def parts(self, trained: bool = True) -> Any: ...
    def shape_for(self, input_shape: Sequence[int | None]) -> Any: ...
    def compute_output_shape(self, input_shape: Sequence[int | None]) -> tuple[int | None, ...]: ...
    @property
    def dtype(self) -> str: ...
    @property
    def compute_dtype(self) -> str: ...
    @property
    def variable_dtype(self) -> str: ...
    def stage(self) -> Any: ...
    def stages(self) -> Any: ...
    def weight_plan(self, input_shape: Sequence[int | None]) -> Any: ...
    def weights_for(
        self, given: Any, input_shape: Sequence[int | None]
    ) -> tuple[Any | None, list[NDArray[Any]]]: ...
    def constraints(self) -> Any: ...
    def penalties_for(self, input_shape: Sequence[int | None]) -> Any: ...
    def as_drawn(self, input_shape: Sequence[int | None]) -> Any: ...
    def keep(self, weights: Any) -> None: ...
    def attach(self, stored: Any) -> None: ...
    def get_weights(self) -> list[NDArray[Any]]: ...
    def set_weights(self, weights: Sequence[ArrayLike]) -> None: ...
    def variables_trained(self, whole: bool = True) -> Any: ...
    def count_params(self) -> int: ...

class LeakyReLU(Layer):
    negative_slope: float
    def __init__(
        self,
        negative_slope: float = 0.3,
        *,
        activity_regularizer: Regularizer | None = None,
        trainable: bool = True,
        dtype: str | None = None,
        autocast: bool = True,
        name: str | None = None,
        input_shape: Sequence[int] | None = None,
        input_dim: int | None = None,
    ) -> None: ...
    def stage(self) -> Any: ...

class Normalization(Layer):
    axis: int | None
    invert: bool
    input_shape: Sequence[int | None]
    assignable: Any
    weight_names: tuple[str, ...]
    not_trained: tuple[str, ...]
    def __init__(
        self,
        axis: int | None = -1,
        mean: float | ArrayLike | None = None,
        variance: float | ArrayLike | None = None,
        invert: bool = False,
        *,
        activity_regularizer: Regularizer | None = None,
        trainable: bool = True,
        dtype: str | None = None,
        autocast: bool = True,
        name: str | None = None,
        input_shape: Sequence[int] | None = None,
        input_dim: int | None = None,
    ) -> None: ...
    def adapt(self, data: ArrayLike | Iterable[Any]) -> None: ...
    def keep(self, weights: Any) -> None: ...
    def get_config(self) -> dict[str, Any]: ...
    def parts(self, trained: bool = True) -> Any: ...
    def shape_for(self, input_shape: Sequence[int | None]) -> Any: ...
    def stage(self) -> Any: ...
    def weight_plan(self, input_shape: Sequence[int | None]) -> Any: ...
    @property
    def mean(self) -> NDArray[Any]: ...
    @property
    def variance(self) -> NDArray[Any]: ...

class PReLU(Layer):
    alpha_initializer: str | Initializer | Callable[..., Any]
    alpha_regularizer: str | Regularizer | None
    alpha_constraint: str | Constraint | None
    shared_axes: None
    weight_names: tuple[str, ...]
    def __init__(
        self,
        alpha_initializer: str | Initializer | Callable[..., Any] = "Zeros",
        alpha_regularizer: str | Regularizer | None = None,
        alpha_constraint: str | Constraint | None = None,
        shared_axes: None = None,
        *,
        activity_regularizer: Regularizer | None = None,
        trainable: bool = True,
        dtype: str | None = None,
        autocast: bool = True,
        name: str | None = None,
        input_shape: Sequence[int] | None = None,
        input_dim: int | None = None,
    ) -> None: ...
    def shape_for(self, input_shape: Sequence[int | None]) -> Any: ...
    def stage(self) -> Any: ...
    def weight_plan(self, input_shape: Sequence[int | None]) -> Any: ...
    def constraints(self) -> Any: ...
    @property
    def alpha(self) -> Any: ...

class ReLU(Layer):
    activation: Any
    max_value: float | None
    negative_slope: float
    threshold: float
    def __init__(
        self,
        max_value: float | None = None,
        negative_slope: float = 0.0,
        threshold: float = 0.0,
        *,
        activity_regularizer: Regularizer | None = None,
        trainable: bool = True,
        dtype: str | None = None,
        autocast: bool = True,
        name: str | None = None,
        input_shape: Sequence[int] | None = None,
        input_dim: int | None = None,
    ) -> None: ...
    def stage(self) -> Any: ...

class Rescaling(Layer):
    scale: float
    offset: float
    def __init__(
        self,
        scale: float,
        offset: float = 0.0,
        *,
        activity_regularizer: Regularizer | None = None,
        trainable: bool = True,
        dtype: str | None = None,
        autocast: bool = True,
        name: str | None = None,
        input_shape: Sequence[int] | None = None,
        input_dim: int | None = None,
    ) -> None: ...
    @property
    def rescaling(self) -> Any: ...

class Reshape(Layer):
    target_shape: list[int]
    def __init__(
        self,
        target_shape: Sequence[int],
        *,
        activity_regularizer: Regularizer | None = None,
        trainable: bool = True,
        dtype: str | None = None,
        autocast: bool = True,
        name: str | None = None,
        input_shape: Sequence[int] | None = None,
        input_dim: int | None = None,
    ) -> None: ...
    def shape_for(self, input_shape: Sequence[int | None]) -> Any: ...

class Softmax(Activation):
    axis: int
    def __init__(
        self,
        axis: int = -1,
        *,
        activity_regularizer: Regularizer | None = None,
        trainable: bool = True,
        dtype: str | None = None,
        autocast: bool = True,
        name: str | None = None,
        input_shape: Sequence[int] | None = None,
        input_dim: int | None = None,
    ) -> None: ...

def deserialize(config: dict[str, Any], custom_objects: Mapping[str, Any] | None = None) -> Any: ...
def serialize(layer: Layer | Model) -> Any: ...

__all__ = [
    "ELU",
    "Activation",
    "ActivityRegularization",
    "AlphaDropout",
    "BatchNormalization",
    "Dense",
    "Dropout",
    "Flatten",
    "GaussianDropout",
    "GaussianNoise",
    "Identity",
    "Input",
    "InputLayer",
    "Lambda",
    "Layer",
    "LeakyReLU",
    "Normalization",
    "PReLU",
    "ReLU",
    "Rescaling",
    "Reshape",
    "Softmax",
    "deserialize",
    "serialize",
]
InputLayer = Input
