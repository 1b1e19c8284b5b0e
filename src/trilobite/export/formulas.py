"""Activations as expressions of z, once for all formats, and the languages that they become.

An expression is Python's: ``a if condition else b``, and calls of FUNCTIONS. Those of a whole row,
softmax and log_softmax, each format writes itself.
"""

import ast

from trilobite.reference.activations import GELU_A, GELU_B, SELU_ALPHA, SELU_SCALE

ROWS = ("softmax", "log_softmax")  # that need more than one number
FUNCTIONS = ("exp", "expm1", "log1p", "tanh", "erf", "sqrt", "abs", "min", "max")

SIGMOID = "1 / (1 + exp(-z))"
SOFTPLUS = "max(z, 0) + log1p(exp(-abs(z)))"
SIXTH = "min(max(z / 6 + 0.5, 0), 1)"
# As in trilobite.reference.activations; numbers come in the order of the engine's.
EXPRESSIONS = {
    "linear": ("z", ()),
    "sigmoid": (SIGMOID, ()),
    "tanh": ("tanh(z)", ()),
    "relu": ("max(z, 0)", ()),
    "leaky_relu": ("z if z > 0 else slope * z", ("slope",)),
    "prelu": ("z if z > 0 else slope * z", ("slope",)),
    "elu": ("z if z > 0 else alpha * expm1(min(z, 0))", ("alpha",)),
    "celu": ("z if z > 0 else alpha * expm1(min(z, 0) / alpha)", ("alpha",)),
    "selu": (
        f"{SELU_SCALE!r} * (z if z > 0 else {SELU_ALPHA!r} * expm1(min(z, 0)))",
        (),
    ),
    "exponential": ("exp(z)", ()),
    "softplus": (SOFTPLUS, ()),
    "silu": ("z / (1 + exp(-z))", ()),
    "gelu": (f"z * (0.5 * (1 + erf(z * {2**-0.5!r})))", ()),
    "gelu_tanh": (f"0.5 * z * (1 + tanh({GELU_A!r} * (z + {GELU_B!r} * z * z * z)))", ()),
    "mish": (f"z * tanh({SOFTPLUS})", ()),
    "softsign": ("z / (1 + abs(z))", ()),
    "log_sigmoid": ("min(z, 0) - log1p(exp(-abs(z)))", ()),
    "tanh_shrink": ("z - tanh(z)", ()),
    "squareplus": ("0.5 * (z + sqrt(z * z + b))", ("b",)),
    "sparse_plus": ("z if z > 1 else (max(z, -1) + 1) * (max(z, -1) + 1) / 4", ()),
    "hard_silu": (f"z * {SIXTH}", ()),
    "hard_sigmoid": (SIXTH, ()),
    "sparse_sigmoid": ("min(max((z + 1) * 0.5, 0), 1)", ()),
    "hard_tanh": ("min(max(z, -1), 1)", ()),
    "bent_relu": (
        "min(z, most) if z > threshold else slope * (z - threshold)",
        ("slope", "most", "threshold"),
    ),
    "threshold": ("z if z > least else default", ("least", "default")),
    "hard_shrink": ("z if abs(z) > least else 0 * z", ("least",)),
    "soft_shrink": ("z - min(max(z, -least), least)", ("least",)),
}


class Language:
    """How expressions are written.

    Attributes
    ----------
    functions : dict
        What each of FUNCTIONS is called.
    where : str
        With {test}, {then} and {other}.
    suffix : str
        Behind a number.
    """

    def __init__(self, functions, where, suffix="", infinity="INFINITY"):
        self.functions, self.where = functions, where
        self.suffix, self.infinity = suffix, infinity

    def expression(self, name, numbers=(), z="z"):
        """The expression of an activation with its numbers, which may be texts, of `z`."""
        text, names = EXPRESSIONS[name]
        given = dict(zip(names, numbers, strict=True)) | {"z": z}
        return self._written(ast.parse(text, mode="eval").body, given)

    def number(self, value):
        """A number."""
        value = float(value)
        if value in (float("inf"), float("-inf")):
            return ("-" if value < 0 else "") + self.infinity
        return f"{value!r}{self.suffix}"

    def _written(self, node, given, inner=False):
        if isinstance(node, ast.Constant):
            return self.number(node.value)
        if isinstance(node, ast.Name):
            value = given[node.id]
            return value if isinstance(value, str) else self.number(value)
        if isinstance(node, ast.Call):
            arguments = [self._written(argument, given) for argument in node.args]
            return f"{self.functions[node.func.id]}({', '.join(arguments)})"
        if isinstance(node, ast.UnaryOp):
            return f"-{self._written(node.operand, given, True)}"
        if isinstance(node, ast.Compare):
            left, right = node.left, node.comparators[0]
            return f"{self._written(left, given)} > {self._written(right, given)}"
        if isinstance(node, ast.IfExp):
            call = self.where.endswith(")")
            parts = [self._written(part, given, not call) for part in _parts(node)]
            text = self.where.format(test=parts[0], then=parts[1], other=parts[2])
            return f"({text})" if inner and not call else text
        sign = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}[type(node.op)]
        parts = [self._written(part, given, True) for part in (node.left, node.right)]
        text = f"{parts[0]} {sign} {parts[1]}"
        return f"({text})" if inner else text


def _parts(node):
    return node.test, node.body, node.orelse
