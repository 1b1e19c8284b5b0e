"""What `import tensorflow` shows beside `tf.keras`: the little that Keras programs use of it."""

import logging as _logging
from types import SimpleNamespace

from trilobite import activations as _activations
from trilobite._checks.numbers import integer as _integer
from trilobite._declare.seeds import seed_all as _seed_all

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

random = SimpleNamespace(set_seed=set_random_seed)
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

__all__ = [
    "config",
    "disable_eager_execution",
    "disable_v2_behavior",
    "enable_eager_execution",
    "enable_v2_behavior",
    "executing_eagerly",
    "get_logger",
    "logging",
    "nn",
    "random",
    "set_random_seed",
    "test",
]
