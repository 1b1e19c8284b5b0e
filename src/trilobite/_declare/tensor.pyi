from collections.abc import Sequence
from typing import Any

from numpy.typing import ArrayLike

from trilobite._declare.variable import Variable
from trilobite.layers import Layer
from trilobite.models import Model

class KerasTensor:
    shape: tuple[int | None, ...]
    dtype: str
    name: str
    layer: Any
    before: KerasTensor | None
    def __init__(
        self,
        shape: Sequence[int],
        dtype: str | None,
        layer: Layer | Model,
        before: Any,
        name: str | None = None,
    ) -> None: ...
    @property
    def row_shape(self) -> Any: ...
    @property
    def ndim(self) -> Any: ...
    layers: Any
    __add__: Any
    __radd__: Any
    __sub__: Any
    __rsub__: Any
    __mul__: Any
    __rmul__: Any
    __truediv__: Any
    __neg__: Any
    def __rtruediv__(self, *_: Any) -> Any: ...
    def __matmul__(self, *_: Any) -> Any: ...
    def __rmatmul__(self, *_: Any) -> Any: ...
    def __pow__(self, *_: Any) -> Any: ...
    def __getitem__(self, *_: Any) -> Any: ...
    __array_ufunc__: Any

class Link:
    def symbolic(self, x: ArrayLike) -> Any: ...
    @property
    def input(self) -> KerasTensor | list[KerasTensor]: ...
    @property
    def output(self) -> KerasTensor | list[KerasTensor]: ...
    @property
    def weights(self) -> list[Variable]: ...
    @property
    def trainable_weights(self) -> list[Variable]: ...
    @property
    def non_trainable_weights(self) -> list[Variable]: ...
    @property
    def variables(self) -> list[Variable]: ...
    @property
    def trainable_variables(self) -> list[Variable]: ...
    @property
    def non_trainable_variables(self) -> list[Variable]: ...

def chain(inputs: Any, outputs: Any) -> Any: ...
def one_tensor(x: ArrayLike) -> None: ...
