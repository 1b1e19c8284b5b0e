"""PyTorch's modules, of our chains, and ours of theirs."""

import os
import re

import numpy as np

from trilobite._declare import needs
from trilobite.export import chain as chains
from trilobite.export.chain import (
    Activation,
    Chain,
    Dense,
    Normalization,
    PReLU,
    Random,
    Rescaling,
)

# Of our activations: PyTorch's module and its arguments, of the numbers.
_MODULES = {
    "sigmoid": ("Sigmoid", lambda: {}),
    "tanh": ("Tanh", lambda: {}),
    "relu": ("ReLU", lambda: {}),
    "leaky_relu": ("LeakyReLU", lambda slope: {"negative_slope": slope}),
    "elu": ("ELU", lambda alpha: {"alpha": alpha}),
    "celu": ("CELU", lambda alpha: {"alpha": alpha}),
    "selu": ("SELU", lambda: {}),
    "softplus": ("Softplus", lambda: {}),
    "softsign": ("Softsign", lambda: {}),
    "softmax": ("Softmax", lambda: {"dim": 1}),
    "log_softmax": ("LogSoftmax", lambda: {"dim": 1}),
    "gelu": ("GELU", lambda: {}),
    "gelu_tanh": ("GELU", lambda: {"approximate": "tanh"}),
    "silu": ("SiLU", lambda: {}),
    "mish": ("Mish", lambda: {}),
    "log_sigmoid": ("LogSigmoid", lambda: {}),
    "tanh_shrink": ("Tanhshrink", lambda: {}),
    "hard_silu": ("Hardswish", lambda: {}),
    "hard_sigmoid": ("Hardsigmoid", lambda: {}),
    "hard_tanh": ("Hardtanh", lambda: {}),
    "hard_shrink": ("Hardshrink", lambda least: {"lambd": least}),
    "soft_shrink": ("Softshrink", lambda least: {"lambd": least}),
    "threshold": ("Threshold", lambda least, other: {"threshold": least, "value": other}),
}
_DROPOUTS = {"dropout": "Dropout", "alpha_dropout": "AlphaDropout"}


def to_torch(model):
    """See `Model.to_torch`."""
    torch = needs.package("torch")
    chain = chains.of(model)
    made = [torch.nn.Flatten()] if len(chain.row_shape) > 1 else []
    for step, n in zip(chain.steps, chain.widths, strict=False):
        if isinstance(step, Rescaling):
            step = _normalization(step, n, chain.dtype)
        if step != Activation("linear"):
            made += _modules(torch, step)
    stack = torch.nn.Sequential(*made).to(getattr(torch, chain.dtype.name))
    return stack.eval()


def _normalization(step, n, dtype):
    """``x * scale + offset = (x - mean) / sqrt(variance)``."""
    if step.scale <= 0:
        raise ValueError(f"layer: got Rescaling by {step.scale}, expected by more than 0")
    ones = np.ones(n, dtype)
    return Normalization(ones * (-step.offset / step.scale), ones / step.scale**2)


def _modules(torch, step):
    """The modules of a step."""
    nn = torch.nn

    def tensor(a):
        return torch.from_numpy(np.array(a))

    if isinstance(step, Dense):
        made = nn.Linear(*step.w.shape)
        made.load_state_dict({"weight": tensor(step.w.T), "bias": tensor(step.b)})
        return [made]
    if isinstance(step, PReLU):
        made = nn.PReLU(len(step.alpha))
        made.load_state_dict({"weight": tensor(step.alpha)})
        return [made]
    if isinstance(step, Random):
        if step.kind not in _DROPOUTS:
            raise ValueError(f"layer: got {step.kind}, for which PyTorch has no module")
        return [getattr(nn, _DROPOUTS[step.kind])(step.rate)]
    if isinstance(step, Activation):
        if step.name == "bent_relu" and step.numbers[::2] == (0.0, 0.0):
            return [nn.Hardtanh(0.0, step.numbers[1])]
        if step.name not in _MODULES:
            raise ValueError(
                f"activation: got {step.name!r}, for which PyTorch has no module, expected one of "
                f"{', '.join(_MODULES)}"
            )
        kind, arguments = _MODULES[step.name]
        return [getattr(nn, kind)(**arguments(*step.numbers))]
    n = len(step.mean)
    scaled = step.gamma is not None or step.beta is not None
    momentum = 0.0 if step.momentum is None else 1 - step.momentum
    made = nn.BatchNorm1d(n, step.epsilon, momentum, affine=scaled)
    given = {"running_mean": tensor(step.mean), "running_var": tensor(step.variance)}
    if scaled:
        given["weight"] = tensor(np.ones(n) if step.gamma is None else step.gamma)
        given["bias"] = tensor(np.zeros(n) if step.beta is None else step.beta)
    made.load_state_dict(given | {"num_batches_tracked": torch.tensor(0)})
    return [made]


def from_torch(module):
    """See `trilobite.export.from_torch`."""
    if isinstance(module, (str, os.PathLike)):
        return chains.to_model(_of_file(module))
    torch = needs.package("torch")
    if not isinstance(module, torch.nn.Module):
        raise TypeError(
            f"module: got {type(module).__name__}, expected a torch.nn.Module or the path of a "
            "safetensors file"
        )
    steps, shape = [], None
    for name, part in _leaves(torch, module, "module"):
        steps += _steps(torch, name, part)
    widths = [len(step.w) for step in steps if isinstance(step, Dense)]
    widths += [len(vars(s)[k]) for s in steps for k in ("mean", "alpha") if k in vars(s)]
    if not widths:
        raise ValueError("module: got no Linear, expected a chain with one")
    for step in steps:
        if isinstance(step, Dense):
            break
        if isinstance(step, (Normalization, PReLU)):
            widths.insert(0, len(step.mean if isinstance(step, Normalization) else step.alpha))
            break
    shape = (widths[0],)
    dtypes = {str(p.dtype).removeprefix("torch.") for p in module.parameters()}
    if not dtypes <= {"float32", "float64"} or len(dtypes) > 1:
        raise ValueError(f"module: got {', '.join(sorted(dtypes))}, expected float32 or float64")
    return chains.to_model(Chain(shape, steps, np.dtype(dtypes.pop())))


def _leaves(torch, module, name):
    """The modules of a chain with their names: those of Sequentials in their place."""
    if type(module) is torch.nn.Sequential:
        for key, part in module.named_children():
            yield from _leaves(torch, part, f"{name}.{key}")
    else:
        yield name, module


def _steps(torch, name, module):
    """The steps of a module without parts; all that is not known is refused by its class's name."""
    nn, kind = torch.nn, type(module)

    def array(tensor):
        return tensor.detach().cpu().numpy()

    if kind is nn.Linear:
        w = array(module.weight).T
        b = np.zeros(w.shape[1], w.dtype) if module.bias is None else array(module.bias)
        return [Dense(w, b)]
    if kind is nn.BatchNorm1d and module.running_mean is not None:
        numbers = array(module.running_mean), array(module.running_var), module.eps
        scale = (array(module.weight), array(module.bias)) if module.affine else (None, None)
        momentum = 0.1 if module.momentum is None else module.momentum
        return [Normalization(*numbers, *scale, 1 - momentum)]
    if kind is nn.PReLU and module.num_parameters > 1:
        return [PReLU(array(module.weight))]
    if kind is nn.PReLU:
        return [Activation("leaky_relu", (float(module.weight.item()),))]
    if kind in (nn.Identity, nn.Flatten):
        return []
    for ours, theirs in _DROPOUTS.items():
        if kind is getattr(nn, theirs):
            return [Random(ours, module.p)]
    if kind is nn.ReLU6:
        return [Activation("bent_relu", (0.0, 6.0, 0.0))]
    if kind is nn.Hardtanh and module.min_val == 0:
        return [Activation("bent_relu", (0.0, float(module.max_val), 0.0))]
    step = _activation(nn, module)
    if step is None:
        known = "Linear, BatchNorm1d, Dropout, AlphaDropout, Sequential and activations"
        raise ValueError(f"{name}: got {module!r}, expected a chain of {known}")
    return [step]


def _activation(nn, module):
    """The activation that a module is, None if there is no such."""
    for ours, (theirs, arguments) in _MODULES.items():
        if type(module) is not getattr(nn, theirs):
            continue
        names = arguments.__code__.co_varnames[: arguments.__code__.co_argcount]
        keys = list(arguments(*names))
        numbers = [float(getattr(module, key)) for key in keys] if names else []
        made = getattr(nn, theirs)(**arguments(*numbers))
        same = made.extra_repr() == module.extra_repr()
        if not same and theirs in ("Softmax", "LogSoftmax"):
            same = module.dim in (-1, 1, None)
        if same or made.extra_repr().replace("dim=1", "dim=-1") == module.extra_repr():
            return Activation(ours, tuple(numbers))
    return None


def _of_file(path):
    """The chain of Linear layers and activations of which a file has the state_dict.

    A state_dict names no activations: `relu` stands between two products, nothing at the end.
    """
    safetensors = needs.package("safetensors.numpy")
    try:
        tensors = safetensors.load_file(path)
    except Exception as error:
        raise ValueError(f"{path}: damaged, or no safetensors file: {error}") from error
    names = sorted({key.rpartition(".")[0] for key in tensors}, key=_natural)
    steps = []
    for name in names:
        own = {k.rpartition(".")[2]: a for k, a in tensors.items() if k.rpartition(".")[0] == name}
        if "running_mean" in own:
            numbers = own["running_mean"], own["running_var"], 1e-5
            steps.append(Normalization(*numbers, own.get("weight"), own.get("bias"), 0.9))
        elif "weight" in own and own["weight"].ndim == 2:
            if any(isinstance(step, Dense) for step in steps):
                steps.append(Activation("relu"))
            w = own["weight"].T
            steps.append(Dense(w, own.get("bias", np.zeros(w.shape[1], w.dtype))))
        else:
            found = {key: a.shape for key, a in own.items()}
            raise ValueError(f"{path}: got {name!r} of {found}, expected Linear or BatchNorm1d")
    if not any(isinstance(step, Dense) for step in steps):
        raise ValueError(f"{path}: got no weights of a Linear")
    first = steps[0]
    n = len(first.w) if isinstance(first, Dense) else len(first.mean)
    return Chain((n,), steps, np.result_type(*tensors.values()))


def _natural(name):
    """By the numbers in a name."""
    return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", name)]
