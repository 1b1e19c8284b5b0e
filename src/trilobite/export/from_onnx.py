"""Models from ONNX files: one chain of products and activations; all else is refused by name."""

import os

import numpy as np

from trilobite._declare import needs
from trilobite.export import chain as chains
from trilobite.export.chain import Activation, Chain, Dense, Normalization, PReLU, Rescaling
from trilobite.reference.activations import SELU_ALPHA, SELU_SCALE

_PLAIN = {
    **{"Sigmoid": "sigmoid", "Tanh": "tanh", "Relu": "relu", "Exp": "exponential"},
    **{"Softplus": "softplus", "Softsign": "softsign", "HardSwish": "hard_silu", "Mish": "mish"},
}
_NOTHING = ("Identity", "Dropout", "Cast", "Flatten")
_AFFINE = ("Add", "Sub", "Mul", "Div")


def from_onnx(model, output=None):
    """A `Sequential` that computes what an ONNX model does.

    Parameters
    ----------
    model : str, os.PathLike or onnx.ModelProto
        A file, or what is in one. Nothing in it is executed, and no other file is read.
    output : str, optional
        Its output that is wanted; by default the only one that holds floats. Labels of a
        classifier are left out.

    Returns
    -------
    Sequential
        Not compiled. In float32 or float64 as the model.

    Raises
    ------
    ValueError
        It is damaged, or computes something else than one chain of Gemm, MatMul, Add,
        BatchNormalization, scaling and activations; the message names what.
    ImportError
        The package onnx is not installed.
    """
    onnx = needs.package("onnx")
    name = "model"
    if isinstance(model, (str, os.PathLike)):
        name = os.fsdecode(model)
        with open(model, "rb") as file:
            content = file.read()
        try:
            model = onnx.load_model_from_string(content)
        except Exception as error:  # protobuf's own kinds
            raise ValueError(f"{name}: damaged, or no ONNX file: {error}") from error
    if not isinstance(model, onnx.ModelProto):
        raise TypeError(f"model: got {type(model).__name__}, expected a path or a ModelProto")
    try:
        chain = _Reader(onnx, model.graph).chain(output)
        return chains.to_model(chain)
    except (ValueError, TypeError, IndexError, KeyError) as error:
        raise ValueError(f"{name}: {error}") from error


class _Reader:
    """A graph, read from the output back to the input."""

    def __init__(self, onnx, graph):
        self._onnx, self._graph = onnx, graph
        self._constants = {tensor.name: tensor for tensor in graph.initializer}
        self._makers = {}
        for node in graph.node:
            if node.op_type == "Constant" and len(node.attribute) == 1:
                self._constants[node.output[0]] = node.attribute[0].t
            else:
                self._makers |= {name: node for name in node.output[:1]}

    def chain(self, output):
        """The chain up to an output."""
        x = self._input()
        nodes, name = [], self._output(output)
        while name != x.name:
            node = self._makers.get(name)
            if node is None:
                raise ValueError(f"got {name!r}, which no node makes, expected one chain of nodes")
            if len(nodes) > len(self._graph.node):
                raise ValueError("got nodes in a circle, expected one chain of nodes")
            node, name = self._before(node)
            nodes.append(node)
        kind = x.type.tensor_type.elem_type
        dtypes = {self._onnx.TensorProto.FLOAT: "f4", self._onnx.TensorProto.DOUBLE: "f8"}
        steps = []
        for node in reversed(nodes):
            self._add(node, steps)
        arrays = [step.w for step in steps if isinstance(step, Dense)]
        dtype = np.dtype(dtypes.get(kind, arrays[0].dtype if arrays else "f4"))
        shape = self._row_shape(x, arrays)
        return Chain(shape, _scaled(steps, int(np.prod(shape))), dtype)

    def _input(self):
        inputs = [x for x in self._graph.input if x.name not in self._constants]
        if len(inputs) != 1:
            names = ", ".join(x.name for x in inputs)
            raise ValueError(f"got inputs {names or 'none'}, expected one")
        return inputs[0]

    def _row_shape(self, x, arrays):
        shape = [d.dim_value for d in x.type.tensor_type.shape.dim][1:]
        if not shape or not all(shape):
            if not arrays:
                raise ValueError(f"input {x.name!r}: got no shape, expected (n, columns)")
            shape = [len(arrays[0])]
        return tuple(shape)

    def _output(self, wanted):
        floats = (self._onnx.TensorProto.FLOAT, self._onnx.TensorProto.DOUBLE, 0)
        outputs = {y.name: y.type for y in self._graph.output}
        if wanted is not None:
            if wanted not in outputs:
                raise ValueError(f"output: got {wanted!r}, expected one of {', '.join(outputs)}")
            return wanted
        found = [
            name
            for name, kind in outputs.items()
            if kind.WhichOneof("value") == "tensor_type" and kind.tensor_type.elem_type in floats
        ]
        if len(found) != 1:
            raise ValueError(
                f"output: got none, and outputs {', '.join(outputs)}, expected the name of one "
                "that is a tensor of floats"
            )
        return found[0]

    def _before(self, node):
        """The node, or what it stands for, and the name of what it is computed from."""
        if node.domain not in ("", "ai.onnx"):
            raise ValueError(f"got the operator {node.op_type} of {node.domain}")
        computed = [name for name in node.input if name and name not in self._constants]
        if len(computed) == 2:
            return self._of_two(node, *computed)
        if len(computed) != 1:
            raise ValueError(f"got {node.op_type} of {len(computed)} tensors, expected of one")
        return node, computed[0]

    def _of_two(self, node, a, b):
        """``z * sigmoid(z)``; and of ``[1 - p, p]`` what computes p."""
        for this, other in ((a, b), (b, a)):
            maker = self._makers.get(this)
            if maker is None or other not in maker.input:
                continue
            if (node.op_type, maker.op_type) == ("Mul", "Sigmoid"):
                return "silu", other
            if (node.op_type, maker.op_type) == ("Concat", "Sub"):
                return "nothing", other
        raise ValueError(f"got {node.op_type} of two tensors, expected one chain of nodes")

    def _constant(self, name):
        tensor = self._constants[name]
        if tensor.data_location == self._onnx.TensorProto.EXTERNAL:
            raise ValueError(f"got the tensor {name!r} in another file, which is not read")
        return self._onnx.numpy_helper.to_array(tensor)

    def _add(self, node, steps):
        """What a node does, at the end of the steps."""
        if isinstance(node, str):
            if node != "nothing":
                steps.append(Activation(node))
            return
        kind = node.op_type
        given = {a.name: self._onnx.helper.get_attribute_value(a) for a in node.attribute}
        constants = {
            k: self._constant(name) for k, name in enumerate(node.input) if name in self._constants
        }
        if kind in _NOTHING:
            return
        if kind == "Reshape":
            shape = constants[1].tolist()
            if len(shape) != 2 or shape[0] not in (0, -1):
                raise ValueError(f"got Reshape to {shape}, expected rows of one dimension")
        elif kind in ("Gemm", "MatMul"):
            steps.append(_product(kind, given, constants))
        elif kind in _AFFINE:
            _scale(kind, constants, steps)
        elif kind == "BatchNormalization":
            scale, offset, mean, variance = (constants[k] for k in range(1, 5))
            epsilon, momentum = given.get("epsilon", 1e-5), given.get("momentum", 0.9)
            steps.append(Normalization(mean, variance, epsilon, scale, offset, momentum))
        else:
            steps.append(_activation(kind, given, constants))


def _product(kind, given, constants):
    """A dense step."""
    if 1 not in constants or 0 in constants or constants[1].ndim != 2:
        raise ValueError(f"got {kind} whose second factor is no constant matrix")
    w = constants[1]
    if given.get("transA"):
        raise ValueError("got Gemm with transA, expected rows as they are")
    w = (w.T if given.get("transB") else w) * w.dtype.type(given.get("alpha", 1.0))
    b = np.zeros(w.shape[1], w.dtype)
    if 2 in constants:
        b = b + constants[2].reshape(-1) * w.dtype.type(given.get("beta", 1.0))
    return Dense(w, b)


def _scale(kind, constants, steps):
    """``x * factor + offset`` by one of the four operators, joined to the one before it."""
    ((place, a),) = constants.items()
    a = a.astype(np.float64).reshape(-1)
    if kind == "Add" and steps and isinstance(steps[-1], Dense):
        w, b = steps[-1].w, steps[-1].b
        steps[-1] = Dense(w, (b + a).astype(w.dtype))
        return
    if kind == "Div":
        if place == 0 or not a.all():
            raise ValueError("got Div by a tensor or by 0, expected by other constants")
        kind, a = "Mul", 1.0 / a
    factor, offset = {
        "Add": (1.0, a),
        "Sub": (1.0, -a) if place else (-1.0, a),
        "Mul": (a, 0.0),
    }[kind]
    if steps and isinstance(steps[-1], tuple):
        before, more = steps.pop()
        factor, offset = before * factor, more * factor + offset
    steps.append((factor, offset))


def _scaled(steps, width):
    """The steps, factors and offsets made layers that there are."""
    made, first = [], True
    for step in steps:
        if isinstance(step, tuple):
            factor, offset = map(np.atleast_1d, step)
            if first and len(factor) == len(offset) == 1:
                step = Rescaling(float(factor[0]), float(offset[0]))
            else:
                factor, offset = np.ones(width) * factor, np.ones(width) * offset
                if (factor > 0).all():
                    step = Normalization(-offset / factor, 1 / factor**2)
                else:
                    step = Normalization(0 * factor, 1 + 0 * factor, 0.0, factor, offset)
        first = first and isinstance(step, Rescaling)
        width = step.w.shape[1] if isinstance(step, Dense) else width
        made.append(step)
    return made


def _activation(kind, given, constants):
    """The step of an operator that is an activation."""
    if kind in _PLAIN:
        return Activation(_PLAIN[kind])
    if kind in ("Softmax", "LogSoftmax"):
        if given.get("axis", -1) not in (-1, 1):
            raise ValueError(f"got {kind} along axis {given['axis']}, expected -1")
        return Activation("softmax" if kind == "Softmax" else "log_softmax")
    if kind == "LeakyRelu":
        return Activation("leaky_relu", (_short(given.get("alpha", 0.01)),))
    if kind in ("Elu", "Celu"):
        return Activation(kind.lower(), (_short(given.get("alpha", 1.0)),))
    if kind == "PRelu":
        return PReLU(constants[1].reshape(-1))
    if kind == "Gelu":
        return Activation("gelu_tanh" if given.get("approximate") == b"tanh" else "gelu")
    if kind == "Clip":
        low, high = (float(constants.get(k, [-np.inf, np.inf][k - 1])) for k in (1, 2))
        if (low, high) == (-1, 1):
            return Activation("hard_tanh")
        if low == 0:
            return (
                Activation("bent_relu", (0.0, high, 0.0)) if high < np.inf else Activation("relu")
            )
        raise ValueError(f"got Clip from {low} to {high}, expected from 0 or -1 to 1")
    numbers = {key: float(v) for key, v in given.items() if isinstance(v, (int, float))}
    known = {
        "Selu": [("selu", {"alpha": SELU_ALPHA, "gamma": SELU_SCALE})],
        "HardSigmoid": [
            ("hard_sigmoid", {"alpha": 1 / 6, "beta": 0.5}),
            ("sparse_sigmoid", {"alpha": 0.5, "beta": 0.5}),
        ],
    }
    default = {"Selu": {"alpha": SELU_ALPHA, "gamma": SELU_SCALE}}
    default["HardSigmoid"] = {"alpha": 0.2, "beta": 0.5}
    for name, wanted in known.get(kind, ()):
        found = default[kind] | numbers
        if all(abs(found[key] - value) < 1e-6 for key, value in wanted.items()):
            return Activation(name)
    if kind == "Shrink":
        least, bias = numbers.get("lambd", 0.5), numbers.get("bias", 0.0)
        if bias in (0, least):
            return Activation("soft_shrink" if bias else "hard_shrink", (_short(least),))
    with_numbers = f" of {numbers}" if numbers else ""
    raise ValueError(
        f"got the operator {kind}{with_numbers}, expected Gemm, MatMul, Add, BatchNormalization, "
        "scaling and activations that trilobite has"
    )


def _short(number):
    """A float32 as the float64 that one would write."""
    return float(str(np.float32(number)))
