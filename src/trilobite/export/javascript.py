"""A module of JavaScript (ECMAScript 2015) that predicts: for pages and for node."""

import json

from trilobite.export import text
from trilobite.export.chain import Activation, Dense, PReLU, Rescaling
from trilobite.export.formulas import ROWS, Language

LANGUAGE = Language(
    {
        name: f"Math.{name}"
        for name in ("exp", "expm1", "log1p", "tanh", "sqrt", "abs", "min", "max")
    }
    | {"erf": "erf"},
    "{test} ? {then} : {other}",
    infinity="Infinity",
)
OF_ROWS = {
    "softmax": """function softmax(y) {
  const most = y.reduce((a, b) => Math.max(a, b));
  const e = y.map((z) => Math.exp(z - most));
  const sum = e.reduce((a, b) => a + b);
  return e.map((z) => z / sum);
}""",
    "log_softmax": """function log_softmax(y) {
  const most = y.reduce((a, b) => Math.max(a, b));
  const sum = y.reduce((s, z) => s + Math.exp(z - most), 0);
  return y.map((z) => z - most - Math.log(sum));
}""",
}
DENSE = """function dense(x, w, b) {
  return b.map((bias, j) => x.reduce((sum, value, i) => sum + value * w[i][j], bias));
}"""
# Abramowitz and Stegun, 7.1.6
ERF = """// 2 / sqrt(pi) * exp(-z**2) * sum of 2**n * z**(2 n + 1) / (1 * 3 * ... (2 n + 1))
function erf(z) {
  if (Math.abs(z) > 6) return Math.sign(z);
  let term = z, sum = z;
  for (let n = 1; n < 200; n++) sum += term *= (2 * z * z) / (2 * n + 1);
  return ((2 * Math.exp(-z * z)) / Math.sqrt(Math.PI)) * sum;
}"""


def module(chain):
    """The text of a module with `predict`, and `classify` where there are labels."""
    folded = chain.folded()
    arrays, lines = {}, []
    for step in folded.steps:
        lines.append(_line(step, arrays))
    functions = [DENSE] * any(isinstance(step, Dense) for step in folded.steps)
    functions += [ERF] * any("erf(" in line for line in lines)
    functions += [OF_ROWS[name] for name in ROWS if f"  y = {name}(y);" in lines]
    n, n_out = folded.n_in, folded.n_out
    code = [
        f"// {text.title(chain)}.",
        "",
        *(
            f"const {name} = {json.dumps(_numbers(name, a, chain.dtype))};"
            for name, a in arrays.items()
        ),
        "",
        *functions,
        "",
        f"/** The {n_out} outputs for one row, x: {n} numbers. */",
        "export function predict(x) {",
        "  let y = Array.from(x).flat(Infinity);",
        f"  if (y.length !== {n}) throw new RangeError(`x: got ${{y.length}} numbers, not {n}`);",
        *lines,
        "  return y;",
        "}",
        *_classify(chain),
    ]
    return "\n".join(code) + "\n"


def _numbers(name, a, dtype):
    """Those of weights as short as can be; all digits of what is subtracted from x.

    JavaScript computes in float64, where a float32 of few digits is another number.
    """
    return a.tolist() if name.startswith("mean") else text.rounded(a, dtype)


def _line(step, arrays):
    """What a step does to y; its arrays are added to those by name."""
    if isinstance(step, Dense):
        k = sum(name[0] == "w" for name in arrays) + 1
        arrays[f"w{k}"], arrays[f"b{k}"] = step.w, step.b
        return f"  y = dense(y, w{k}, b{k});"
    if isinstance(step, Rescaling):
        offset = f" + {step.offset!r}" if step.offset else ""
        return f"  y = y.map((z) => z * {step.scale!r}{offset});"
    if isinstance(step, PReLU):
        name = text.new("slope", arrays)
        arrays[name] = step.alpha
        return f"  y = y.map((z, i) => ({LANGUAGE.expression('prelu', [f'{name}[i]'])}));"
    if isinstance(step, Activation):
        if step.name in ROWS:
            return f"  y = {step.name}(y);"
        return f"  y = y.map((z) => {LANGUAGE.expression(step.name, step.numbers)});"
    names = [text.new(name, arrays) for name in ("mean", "factor", "offset")]
    arrays |= dict(zip(names, (step.mean, step.factor, step.offset), strict=True))
    mean, factor, offset = names
    return f"  y = y.map((z, i) => (z - {mean}[i]) * {factor}[i] + {offset}[i]);"


def _classify(chain):
    if chain.decision is None:
        return []
    head = ["", f"export const labels = {json.dumps(chain.labels)};", ""]
    return (
        head
        + {
            "largest": [
                "/** The label of one row. */",
                "export function classify(x) {",
                "  const y = predict(x);",
                "  return labels[y.indexOf(y.reduce((a, b) => Math.max(a, b)))];",
                "}",
            ],
            "positive": [
                "/** The label of one row. */",
                "export function classify(x) {",
                "  return labels[predict(x)[0] > 0.5 ? 1 : 0];",
                "}",
            ],
            "several": [
                "/** For one row a 1 for each label that it has. */",
                "export function classify(x) {",
                "  return predict(x).map((p) => (p > 0.5 ? 1 : 0));",
                "}",
            ],
        }[chain.decision]
    )
