"""What `import tensorflow` shows beside `tf.keras`: the little that Keras programs use of it.

Tensors are arrays: mathematics is that of `trilobite.ops`.
"""

import builtins as _builtins
import logging as _logging
from contextlib import nullcontext as _nullcontext
from types import SimpleNamespace

import numpy as _np

from trilobite import activations as _activations
from trilobite import initializers, losses, metrics, optimizers
from trilobite import ops as _ops
from trilobite._checks.numbers import integer as _integer
from trilobite._declare.seeds import seed_all as _seed_all
from trilobite.as_keras import data
from trilobite.as_keras import random as _keras_random
from trilobite.as_keras.keras import Variable
from trilobite.as_keras.tensor import Tensor
from trilobite.as_keras.tensor import tensor as _tensor

__version__ = "2.21.0+trilobite"

_CPU = SimpleNamespace(name="/physical_device:CPU:0", device_type="CPU")


def set_random_seed(seed):
    """Seed trilobite; NumPy and `random` keep theirs, as with TensorFlow."""
    _seed_all(_integer("seed", seed, least=0))


def get_logger():
    """TensorFlow's logger, to which nothing is written."""
    return _logging.getLogger("tensorflow")


def executing_eagerly():
    """True: what is called is computed."""
    return True


def _nothing(*args, **named):
    """Do nothing: what TensorFlow would set does not exist."""


def _list_devices(device_type=None):
    """The one CPU; no GPU."""
    return [_CPU] if device_type in (None, "CPU") else []


disable_eager_execution = disable_v2_behavior = enable_eager_execution = _nothing
enable_v2_behavior = _nothing


def device(device_name):
    """A context in which nothing changes: there is one CPU."""
    return _nullcontext()


_OPS = """
    abs add argmax argmin argsort cast convert_to_tensor cos divide einsum equal exp expand_dims eye
    floor greater greater_equal less less_equal linspace logical_and logical_not logical_or matmul
    maximum minimum multiply negative norm not_equal ones ones_like reshape round rsqrt shape
    sigmoid sign sin size sort sqrt square squeeze stack subtract tanh tensordot tile transpose
    where zeros zeros_like
""".split()
_OTHERWISE = {  # names in `trilobite.ops` of what is called something else here
    "clip_by_value": "clip",
    "concat": "concatenate",
    "constant": "convert_to_tensor",
    "pow": "power",
    "reduce_variance": "var",
    **{f"reduce_{name}": name for name in "all any logsumexp max mean min prod std sum".split()},
}
_MATHEMATICS = {name: getattr(_ops, name) for name in _OPS} | {
    name: getattr(_ops, known) for name, known in _OTHERWISE.items()
}
globals().update(_MATHEMATICS)
math = SimpleNamespace(
    **{name: getattr(_ops, name) for name in _ops.__all__},
    **{name: op for name, op in _MATHEMATICS.items() if name not in _ops.__all__},
)
newaxis = None
float16, float32, float64 = _np.float16, _np.float32, _np.float64
int32, int64, uint8, bool = _np.int32, _np.int64, _np.uint8, _np.bool_


def one_hot(indices, depth, on_value=None, off_value=None, axis=-1, dtype=None):
    """See `ops.one_hot`."""
    return _ops.one_hot(indices, depth, axis, dtype)


def range(start, limit=None, delta=1, dtype=None):
    """``numpy.arange``."""
    return _ops.arange(start, limit, delta, dtype)


def function(func=None, **options):
    """A decorator that leaves a function as it is."""
    return (lambda f: f) if func is None else func


def print(*inputs, **options):
    """Print."""
    _builtins.print(*inputs)


def _normal(shape, mean=0.0, stddev=1.0, dtype=None, seed=None):
    return _keras_random.normal(shape, mean, stddev, dtype, seed)


def _uniform(shape, minval=0, maxval=1, dtype=None, seed=None):
    return _keras_random.uniform(shape, minval, maxval, dtype, seed)


def _confusion_matrix(labels, predictions, num_classes=None, **options):
    labels, predictions = _np.asarray(labels), _np.asarray(predictions)
    n = num_classes or max(labels.max(), predictions.max()) + 1
    counts = _np.zeros((n, n), _np.int32)
    _np.add.at(counts, (labels, predictions), 1)
    return _tensor(counts)


math.confusion_matrix = _confusion_matrix
random = SimpleNamespace(set_seed=set_random_seed, normal=_normal, uniform=_uniform)
nn = SimpleNamespace(
    **{
        name: getattr(_activations, name)
        for name in "elu gelu leaky_relu relu selu sigmoid silu softmax softplus swish tanh".split()
    }
)
config = SimpleNamespace(
    list_physical_devices=_list_devices,
    set_visible_devices=_nothing,
    experimental=SimpleNamespace(list_physical_devices=_list_devices, set_memory_growth=_nothing),
    threading=SimpleNamespace(
        set_inter_op_parallelism_threads=_nothing, set_intra_op_parallelism_threads=_nothing
    ),
)
test = SimpleNamespace(
    is_built_with_cuda=lambda: False,
    is_gpu_available=lambda *args, **named: False,
    gpu_device_name=lambda: "",
)
logging = SimpleNamespace(
    set_verbosity=lambda level: get_logger().setLevel(level),
    **{level: getattr(_logging, level) for level in "DEBUG INFO WARN ERROR FATAL".split()},
)

TensorSpec = SimpleNamespace

__all__ = [
    "Tensor",
    "TensorSpec",
    "Variable",
    "bool",
    "config",
    "data",
    "device",
    "disable_eager_execution",
    "disable_v2_behavior",
    "enable_eager_execution",
    "enable_v2_behavior",
    "executing_eagerly",
    "float16",
    "float32",
    "float64",
    "function",
    "get_logger",
    "initializers",
    "int32",
    "int64",
    "logging",
    "losses",
    "math",
    "metrics",
    "newaxis",
    "nn",
    "one_hot",
    "optimizers",
    "print",
    "random",
    "range",
    "set_random_seed",
    "test",
    "uint8",
    *_MATHEMATICS,
]
