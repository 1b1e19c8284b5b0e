from collections.abc import Mapping, Sequence
from typing import Any, Literal, Self

class Initializer:
    assignable: Any
    def get_config(self) -> dict[str, Any]: ...
    @classmethod
    def from_config(
        cls, config: dict[str, Any], custom_objects: Mapping[str, Any] | None = None
    ) -> Self: ...
    def __call__(self, shape: Sequence[int], dtype: str | None = None) -> Any: ...

def deserialize(config: dict[str, Any], custom_objects: Mapping[str, Any] | None = None) -> Any: ...
def get(identifier: Any) -> Any: ...
def serialize(initializer: Any) -> Any: ...

class Constant(Initializer):
    value: float
    def __init__(self, value: float = 0.0) -> None: ...
    def __call__(self, shape: Sequence[int], dtype: str | None = None) -> Any: ...

class Zeros(Constant):
    def __init__(self) -> None: ...

class Ones(Constant):
    def __init__(self) -> None: ...

class RandomUniform(Initializer):
    seed: int | None
    minval: float
    maxval: float
    def __init__(
        self, minval: float = -0.05, maxval: float = 0.05, seed: int | None = None
    ) -> None: ...
    def get_config(self) -> dict[str, Any]: ...
    def __call__(self, shape: Sequence[int], dtype: str | None = None) -> Any: ...
    def draw(self, rng: Any, shape: Sequence[int]) -> Any: ...

class RandomNormal(Initializer):
    seed: int | None
    mean: float
    stddev: float
    def __init__(
        self, mean: float = 0.0, stddev: float = 0.05, seed: int | None = None
    ) -> None: ...
    def get_config(self) -> dict[str, Any]: ...
    def __call__(self, shape: Sequence[int], dtype: str | None = None) -> Any: ...
    def draw(self, rng: Any, shape: Sequence[int]) -> Any: ...

class TruncatedNormal(RandomNormal):
    def draw(self, rng: Any, shape: Sequence[int]) -> Any: ...

class VarianceScaling(Initializer):
    seed: int | None
    input_axes: None
    output_axes: None
    scale: float
    mode: Literal["fan_in", "fan_out", "fan_avg"]
    distribution: Literal["truncated_normal", "untruncated_normal", "uniform"]
    def __init__(
        self,
        scale: float = 1.0,
        mode: Literal["fan_in", "fan_out", "fan_avg"] = "fan_in",
        distribution: Literal[
            "truncated_normal", "untruncated_normal", "uniform"
        ] = "truncated_normal",
        seed: int | None = None,
        *,
        input_axes: None = None,
        output_axes: None = None,
    ) -> None: ...
    def get_config(self) -> dict[str, Any]: ...
    def __call__(self, shape: Sequence[int], dtype: str | None = None) -> Any: ...
    def draw(self, rng: Any, shape: Sequence[int]) -> Any: ...

class GlorotUniform(VarianceScaling):
    def __init__(
        self, seed: int | None = None, *, input_axes: None = None, output_axes: None = None
    ) -> None: ...

class GlorotNormal(VarianceScaling):
    def __init__(
        self, seed: int | None = None, *, input_axes: None = None, output_axes: None = None
    ) -> None: ...

class HeUniform(VarianceScaling):
    def __init__(
        self, seed: int | None = None, *, input_axes: None = None, output_axes: None = None
    ) -> None: ...

class HeNormal(VarianceScaling):
    def __init__(
        self, seed: int | None = None, *, input_axes: None = None, output_axes: None = None
    ) -> None: ...

class LecunUniform(VarianceScaling):
    def __init__(
        self, seed: int | None = None, *, input_axes: None = None, output_axes: None = None
    ) -> None: ...

class LecunNormal(VarianceScaling):
    def __init__(
        self, seed: int | None = None, *, input_axes: None = None, output_axes: None = None
    ) -> None: ...

class Orthogonal(Initializer):
    seed: int | None
    gain: float
    def __init__(self, gain: float = 1.0, seed: int | None = None) -> None: ...
    def get_config(self) -> dict[str, Any]: ...
    def __call__(self, shape: Sequence[int], dtype: str | None = None) -> Any: ...
    def draw(self, rng: Any, shape: Sequence[int]) -> Any: ...

class Identity(Initializer):
    gain: float
    def __init__(self, gain: float = 1.0) -> None: ...
    def __call__(self, shape: Sequence[int], dtype: str | None = None) -> Any: ...

__all__ = [
    "IdentityInitializer",
    "Initializer",
    "OrthogonalInitializer",
    "deserialize",
    "get",
    "serialize",
    "Constant",
    "Zeros",
    "Ones",
    "RandomUniform",
    "RandomNormal",
    "TruncatedNormal",
    "VarianceScaling",
    "GlorotUniform",
    "GlorotNormal",
    "HeUniform",
    "HeNormal",
    "LecunUniform",
    "LecunNormal",
    "Orthogonal",
    "Identity",
    "constant",
    "zeros",
    "ones",
    "random_uniform",
    "random_normal",
    "truncated_normal",
    "variance_scaling",
    "glorot_uniform",
    "glorot_normal",
    "he_uniform",
    "he_normal",
    "lecun_uniform",
    "lecun_normal",
    "orthogonal",
    "identity",
]
IdentityInitializer = Identity
OrthogonalInitializer = Orthogonal
constant = Constant
zeros = Zeros
ones = Ones
random_uniform = RandomUniform
random_normal = RandomNormal
truncated_normal = TruncatedNormal
variance_scaling = VarianceScaling
glorot_uniform = GlorotUniform
glorot_normal = GlorotNormal
he_uniform = HeUniform
he_normal = HeNormal
lecun_uniform = LecunUniform
lecun_normal = LecunNormal
orthogonal = Orthogonal
identity = Identity
