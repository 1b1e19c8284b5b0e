"""A module of Python that predicts with NumPy alone."""

from trilobite.export import text
from trilobite.export.chain import Activation, Dense, PReLU, Rescaling
from trilobite.export.formulas import ROWS, Language

LANGUAGE = Language(
    {name: f"np.{name}" for name in ("exp", "expm1", "log1p", "tanh", "sqrt", "abs")}
    | {"erf": "erf", "min": "np.minimum", "max": "np.maximum"},
    "np.where({test}, {then}, {other})",
    infinity="np.inf",
)
OF_ROWS = {
    "softmax": (
        "y = np.exp(y - y.max(axis=1, keepdims=True))",
        "y /= y.sum(axis=1, keepdims=True)",
    ),
    "log_softmax": (
        "y = y - y.max(axis=1, keepdims=True)",
        "y -= np.log(np.exp(y).sum(axis=1, keepdims=True))",
    ),
}


def module(chain):
    """The text of a module with `predict`, and `classify` where there are labels."""
    folded = chain.folded()
    dtype = f"np.{chain.dtype.name}"
    arrays, lines = {}, []
    for step in folded.steps:
        lines += _lines(step, arrays)
    defined = [
        f"{name} = np.array({text.rounded(a, chain.dtype)}, {dtype})" for name, a in arrays.items()
    ]
    if any("erf(" in line for line in lines):
        defined.append("erf = np.vectorize(math.erf, otypes=[float])")
    imports = ["import numpy as np"]
    if any("math." in line for line in defined):
        imports = ["import math", "", *imports]
    n, n_out = folded.n_in, folded.n_out
    code = [
        f'"""{text.title(chain)}, with NumPy alone."""',
        "",
        *imports,
        "",
        *defined,
        "",
        "",
        '@np.errstate(all="ignore")  # what overflows has its limit',
        "def predict(x):",
        f'    """Outputs (n, {n_out}) for rows x (n, {n})."""',
        f"    y = np.asarray(x, {dtype}).reshape(len(x), {n})",
        *(f"    {line}" for line in lines),
        f"    return y.astype({dtype})",
        *_classify(chain),
    ]
    return "\n".join(code) + "\n"


def _lines(step, arrays):
    """What a step does to y; its arrays are added to those by name."""
    if isinstance(step, Dense):
        k = sum(name[0] == "w" for name in arrays) + 1
        arrays[f"w{k}"], arrays[f"b{k}"] = step.w, step.b
        return [f"y = y @ w{k} + b{k}"]
    if isinstance(step, Rescaling):
        offset = f" + {step.offset!r}" if step.offset else ""
        return [f"y = y * {step.scale!r}{offset}"]
    if isinstance(step, PReLU):
        name = text.new("slope", arrays)
        arrays[name] = step.alpha
        return [f"y = {LANGUAGE.expression('prelu', [name], 'y')}"]
    if isinstance(step, Activation):
        if step.name in ROWS:
            return OF_ROWS[step.name]
        return [f"y = {LANGUAGE.expression(step.name, step.numbers, 'y')}"]
    mean, factor = text.new("mean", arrays), text.new("factor", arrays)
    arrays[mean], arrays[factor] = step.mean, step.factor
    if not step.offset.any():
        return [f"y = (y - {mean}) * {factor}"]
    offset = text.new("offset", arrays)
    arrays[offset] = step.offset
    return [f"y = (y - {mean}) * {factor} + {offset}"]


def _classify(chain):
    if chain.decision is None:
        return []
    head = ["", "", f"labels = {chain.labels!r}", "", "", "def classify(x):"]
    return (
        head
        + {
            "largest": [
                '    """The label of each row of x."""',
                "    return np.array(labels)[predict(x).argmax(axis=1)]",
            ],
            "positive": [
                '    """The label of each row of x."""',
                "    return np.array(labels)[(predict(x)[:, 0] > 0.5).astype(int)]",
            ],
            "several": [
                '    """For each row of x a 1 for each label that it has."""',
                "    return (predict(x) > 0.5).astype(int)",
            ],
        }[chain.decision]
    )
