"""ONNX, through the package onnx: graphs of a chain."""

import ast

import numpy as np

from trilobite._checks.numbers import integer
from trilobite._declare import needs
from trilobite.export.chain import Activation, Dense, PReLU, Rescaling
from trilobite.export.formulas import EXPRESSIONS
from trilobite.reference.activations import SELU_ALPHA, SELU_SCALE

OPSET = 18
_OLDEST = 13  # Softmax along one dimension
# Operators by name, and what they are told; those from a later opset on, and those that ONNX
# Runtime has in float64 too. All else is made of arithmetic.
_ALWAYS = {
    "sigmoid": "Sigmoid",
    "tanh": "Tanh",
    "relu": "Relu",
    "exponential": "Exp",
    "softmax": "Softmax",
    "log_softmax": "LogSoftmax",
}
_NATIVE = {
    "leaky_relu": ("LeakyRelu", lambda slope: {"alpha": slope}),
    "elu": ("Elu", lambda alpha: {"alpha": alpha}),
    "celu": ("Celu", lambda alpha: {"alpha": alpha}),
    "selu": ("Selu", lambda: {"alpha": SELU_ALPHA, "gamma": SELU_SCALE}),
    "softplus": ("Softplus", dict),
    "softsign": ("Softsign", dict),
    "hard_sigmoid": ("HardSigmoid", lambda: {"alpha": 1 / 6, "beta": 0.5}),
    "sparse_sigmoid": ("HardSigmoid", lambda: {"alpha": 0.5, "beta": 0.5}),
    "hard_silu": ("HardSwish", dict),
    "hard_shrink": ("Shrink", lambda least: {"lambd": least, "bias": 0.0}),
    "soft_shrink": ("Shrink", lambda least: {"lambd": least, "bias": least}),
    "mish": ("Mish", dict),
    "gelu": ("Gelu", dict),
    "gelu_tanh": ("Gelu", lambda: {"approximate": "tanh"}),
}
_SINCE = {"hard_silu": 14, "mish": 18, "gelu": 20, "gelu_tanh": 20}


def model(chain, opset_version=OPSET):
    """A ModelProto of a chain: any number of rows, labels where there are some.

    Its input is "x". Its output is "y", or of a classifier "label" and "probabilities".
    """
    onnx = needs.package("onnx")
    latest = onnx.defs.onnx_opset_version()
    opset = OPSET if opset_version is None else integer("opset_version", opset_version)
    if not _OLDEST <= opset <= latest:
        raise ValueError(f"opset_version: got {opset}, expected {_OLDEST} to {latest}")
    folded = chain.folded()
    graph = Graph(onnx, folded.dtype, opset)
    y = "x"
    if len(chain.row_shape) > 1:
        y = graph.node("Flatten", y, axis=1)
    y = graph.chain(folded, y)
    kind = graph.kind
    outputs = []
    if chain.decision is None:
        graph.node("Identity", y, to="y")
        outputs.append(onnx.helper.make_tensor_value_info("y", kind, ["n", chain.n_out]))
    else:
        y = graph.decide(chain, y, "label", "probabilities")
        shape = ["n", len(chain.labels)] if chain.decision == "several" else ["n"]
        outputs.append(onnx.helper.make_tensor_value_info("label", y, shape))
        shape = ["n", len(chain.labels)]
        outputs.append(onnx.helper.make_tensor_value_info("probabilities", kind, shape))
    x = onnx.helper.make_tensor_value_info("x", kind, ["n", *chain.row_shape])
    made = onnx.helper.make_graph(graph.nodes, "net", [x], outputs, graph.constants)
    return onnx.helper.make_model(
        made,
        opset_imports=[onnx.helper.make_opsetid("", opset)],
        ir_version=8 if opset <= 18 else 10,
        producer_name="trilobite",
    )


class Graph:
    """Nodes and constants of a graph in the making.

    Parameters
    ----------
    onnx : module
    dtype : numpy.dtype
    opset : int
    prefix : str
        Of all names.
    """

    def __init__(self, onnx, dtype, opset, prefix=""):
        self._onnx, self._dtype, self._opset, self._prefix = onnx, np.dtype(dtype), opset, prefix
        self.kind = onnx.helper.np_dtype_to_tensor_dtype(self._dtype)
        self.nodes, self.constants = [], []

    def node(self, operator, *inputs, to=None, **attributes):
        """A new node; the name of its output."""
        to = to or f"{self._prefix}{operator.lower()}_{len(self.nodes)}"
        self.nodes.append(
            self._onnx.helper.make_node(operator, inputs, [to], name=f"{to}_node", **attributes)
        )
        return to

    def constant(self, a, dtype=None):
        """The name of a constant."""
        name = f"{self._prefix}constant_{len(self.constants)}"
        a = np.array(a)
        if a.dtype.kind != "U":
            a = a.astype(dtype or self._dtype)
            self.constants.append(self._onnx.numpy_helper.from_array(a, name))
        else:
            self.constants.append(
                self._onnx.helper.make_tensor(
                    name, self._onnx.TensorProto.STRING, a.shape, [s.encode() for s in a.tolist()]
                )
            )
        return name

    def chain(self, chain, y):
        """The nodes of all steps, after y."""
        for step in chain.steps:
            y = self._step(step, y)
        return y

    def _step(self, step, y):
        if isinstance(step, Dense):
            return self.node("Gemm", y, self.constant(step.w), self.constant(step.b))
        if isinstance(step, Rescaling):
            y = self.node("Mul", y, self.constant(step.scale))
            return self.node("Add", y, self.constant(step.offset)) if step.offset else y
        if isinstance(step, PReLU):
            return self.node("PRelu", y, self.constant(step.alpha))
        if isinstance(step, Activation):
            return self._activation(step, y)
        y = self.node("Sub", y, self.constant(step.mean))
        y = self.node("Mul", y, self.constant(step.factor))
        return self.node("Add", y, self.constant(step.offset)) if step.offset.any() else y

    def _activation(self, step, y):
        name, numbers = step.name, step.numbers
        if name in _ALWAYS:
            return self.node(_ALWAYS[name], y)
        if name == "silu":
            return self.node("Mul", y, self.node("Sigmoid", y))
        known = self._dtype == np.float32 and self._opset >= _SINCE.get(name, 0)
        if known and name in _NATIVE:
            operator, attributes = _NATIVE[name]
            return self.node(operator, y, **attributes(*numbers))
        if name == "hard_tanh" or (name == "bent_relu" and numbers[0] == numbers[2] == 0):
            low, high = (-1, 1) if name == "hard_tanh" else (0, numbers[1])
            return self.node("Clip", y, self.constant(low), self.constant(high))
        text, names = EXPRESSIONS[name]
        given = dict(zip(names, numbers, strict=True))
        return self._expression(ast.parse(text, mode="eval").body, given, y)

    def _expression(self, node, given, z):
        """The nodes of an expression of z: see formulas.py."""
        if isinstance(node, ast.Constant):
            return self.constant(node.value)
        if isinstance(node, ast.Name):
            return z if node.id == "z" else self.constant(given[node.id])
        children = [
            self._expression(child, given, z)
            for child in ast.iter_child_nodes(node)
            if isinstance(child, ast.expr)
            and not (isinstance(node, ast.Call) and child is node.func)
        ]
        if isinstance(node, ast.Call):
            if node.func.id == "expm1":
                return self.node("Sub", self.node("Exp", *children), self.constant(1))
            if node.func.id == "log1p":
                return self.node("Log", self.node("Add", *children, self.constant(1)))
            return self.node(node.func.id.capitalize(), *children)
        operators = {
            **{ast.Compare: "Greater", ast.IfExp: "Where", ast.UnaryOp: "Neg"},
            **{ast.Add: "Add", ast.Sub: "Sub", ast.Mult: "Mul", ast.Div: "Div"},
        }
        operator = type(node.op) if isinstance(node, ast.BinOp) else type(node)
        return self.node(operators[operator], *children)

    def decide(self, chain, y, label, probabilities):
        """Nodes from the outputs to labels and probabilities of these names; the labels' type."""
        if chain.decision == "several":
            self.node("Identity", y, to=probabilities)
            above = self.node("Greater", y, self.constant(0.5))
            integers = self._onnx.TensorProto.INT64
            self.cast(above, integers, label)
            return integers
        if chain.decision == "positive":
            other = self.node("Sub", self.constant(np.ones(1)), y)
            self.node("Concat", other, y, to=probabilities, axis=1)
        else:
            self.node("Identity", y, to=probabilities)
        place = self.node("ArgMax", probabilities, axis=1, keepdims=0)
        labels = np.array(chain.labels)
        labels = self.constant(labels, labels.dtype)
        self.node("Gather", labels, place, to=label, axis=0)
        return self.constants[-1].data_type

    def cast(self, x, kind, to=None):
        """A node that makes x another type; the name of its output."""
        to = to or f"{self._prefix}cast_{len(self.nodes)}"
        self.nodes.append(
            self._onnx.helper.make_node("Cast", [x], [to], name=f"{to}_node", to=kind)
        )
        return to
