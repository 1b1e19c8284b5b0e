"""One header of C99 that predicts, without allocation and with no library but the mathematical."""

import re

import numpy as np

from trilobite._declare.names import choose
from trilobite.export import compute, text
from trilobite.export.chain import Activation, Dense, PReLU, Rescaling
from trilobite.export.formulas import ROWS, Language

LANGUAGE = Language(
    {name: f"{name}f" for name in ("exp", "expm1", "log1p", "tanh", "erf", "sqrt")}
    | {"abs": "fabsf", "min": "least", "max": "most"},
    "{test} ? {then} : {other}",
    suffix="f",
)
OF_ROWS = {
    "softmax": """    for (top = {y}[0], i = 1; i < {n}; i++) top = most(top, {y}[i]);
    for (sum = 0.0f, i = 0; i < {n}; i++) sum += {y}[i] = expf({y}[i] - top);
    for (i = 0; i < {n}; i++) {y}[i] /= sum;""",
    "log_softmax": """    for (top = {y}[0], i = 1; i < {n}; i++) top = most(top, {y}[i]);
    for (sum = 0.0f, i = 0; i < {n}; i++) sum += expf({y}[i] - top);
    sum = logf(sum) + top;
    for (i = 0; i < {n}; i++) {y}[i] -= sum;""",
}
_LONGEST = 2**31 // 2**15  # inputs of which a sum of products of bytes has 32 bits


def header(chain, dtype="float32", calibration_data=None, name="net"):
    """The text of a header with `predict`, and `classify` where there are labels."""
    dtype = choose("dtype", dtype, {"float32": "float32", "int8": "int8"})
    if not isinstance(name, str) or not re.fullmatch("[A-Za-z][A-Za-z0-9_]*", name):
        raise ValueError(f"name: got {name!r}, expected letters, digits and _ as C's names have")
    if (calibration_data is None) != (dtype == "float32"):
        given = "none" if calibration_data is None else "some"
        raise ValueError(
            f"calibration_data: got {given} for dtype {dtype!r}, expected rows of x for 'int8' "
            "and none for 'float32'"
        )
    folded = chain.folded()
    if dtype == "int8":
        return _Bytes(folded, name, calibration_data).text()
    return _Header(folded, name).text()


class _Header:
    """What is written, step by step: arrays, and lines of `predict`.

    `at` is where the values are at present: x, the buffers a and b, or y. Those of x are scaled as
    they are read, by `scaling`; the others lie in a buffer that can be written to.
    """

    weight = "float"

    def __init__(self, chain, name):
        self._chain, self._name = chain, name
        self._arrays, self._lines, self._sizes = {}, [], {}
        self._at, self._scaling = "x", "{}"
        steps = chain.steps
        self._dense = sum(isinstance(step, Dense) for step in steps)
        self._of_rows = any(isinstance(s, Activation) and s.name in ROWS for s in steps)
        self._begin()
        for step, n in zip(steps, chain.widths[1:], strict=True):
            if isinstance(step, Dense):
                self._dense -= 1
                self._multiply(step)
            else:
                self._change(step, n)
        if self._at != "y":
            self._copy("y", chain.n_out)

    def _begin(self):
        pass

    def _array(self, kind, name, a):
        """Have a constant array; its name in C."""
        name = text.new(f"{self._name}_{name}", self._arrays)
        self._arrays[name] = (kind, a)
        return name

    def _next(self, n):
        """Where the next values go: into y if no product comes after these."""
        if not self._dense:
            return "y"
        buffer = "b" if self._at == "a" else "a"
        self._sizes[buffer] = max(n, self._sizes.get(buffer, 0))
        return buffer

    def _loop(self, n, body, variable="i"):
        self._lines.append(f"    for ({variable} = 0; {variable} < {n}; {variable}++) {body}")

    def _copy(self, to, n):
        self._loop(n, f"{to}[i] = {self._read('i')};")
        self._at, self._scaling = to, "{}"

    def _read(self, index):
        return self._scaling.format(f"{self._at}[{index}]")

    def _multiply(self, step):
        n_in, n = step.w.shape
        w, b = self._array("float", "w", step.w), self._array("float", "b", step.b)
        to = self._next(n)
        self._loop(n, f"{to}[j] = {b}[j];", "j")
        self._loop(n_in, "{")
        self._lines.append(f"        const float v = {self._read('i')};")
        self._lines.append(f"        for (j = 0; j < {n}; j++) {to}[j] += v * {w}[i][j];")
        self._lines.append("    }")
        self._at, self._scaling = to, "{}"

    def _change(self, step, n):
        """Values in their place; those of x are left where they are as long as they are scaled."""
        if isinstance(step, Rescaling):
            text_ = f"{{}} * {LANGUAGE.number(step.scale)}"
            if step.offset:
                text_ += f" + {LANGUAGE.number(step.offset)}"
        elif isinstance(step, PReLU):
            slope = self._array("float", "slope", step.alpha)
            text_ = LANGUAGE.expression("prelu", [f"{slope}[i]"], "{0}")
        elif isinstance(step, Activation):
            text_ = step.name not in ROWS and LANGUAGE.expression(step.name, step.numbers, "{0}")
        else:
            mean = self._array("float", "mean", step.mean)
            factor = self._array("float", "factor", step.factor)
            text_ = f"({{}} - {mean}[i]) * {factor}[i]"
            if step.offset.any():
                text_ += f" + {self._array('float', 'offset', step.offset)}[i]"
        if self._at == "x" and not isinstance(step, (Activation, PReLU)):
            self._scaling = text_.format(
                self._scaling if self._scaling == "{}" else f"({self._scaling})"
            )
            return
        if self._at == "x":
            self._copy(self._next(n), n)
        y = self._at
        if text_ is False:
            self._lines.append(OF_ROWS[step.name].format(y=y, n=n))
        else:
            self._loop(n, f"{y}[i] = {text_.format(f'{y}[i]')};")

    # ---- the whole ----

    def text(self):
        """The header."""
        chain, name = self._chain, self._name
        upper = name.upper()
        guard = f"{upper}_H"
        uses_j = any("j" in line for line in self._lines)
        variables = [f"    {kind} {names};" for kind, names in self._variables(uses_j)]
        lines = [re.sub(r"\b(most|least)\(", rf"{name}_\1(", line) for line in self._lines]
        code = [
            f"/* {text.title(chain)}: C99 and its mathematical library.",
            "",
            f"   float x[{upper}_INPUTS], y[{upper}_OUTPUTS];",
            "   predict(x, y); */",
            f"#ifndef {guard}",
            f"#define {guard}",
            "",
            *self._includes(),
            "",
            f"#define {upper}_INPUTS {chain.n_in}",
            f"#define {upper}_OUTPUTS {chain.n_out}",
            "",
            *(_constant(n, kind, a) for n, (kind, a) in self._arrays.items()),
            "",
            *self._functions(lines),
            "/* The outputs y for one row x. */",
            "static inline void predict(const float x[], float y[])",
            "{",
            *variables,
            "",
            *lines,
            "}",
            *_classify(chain, name),
            "",
            f"#endif /* {guard} */",
        ]
        return "\n".join(code) + "\n"

    def _variables(self, uses_j):
        yield "int", "i, j" if uses_j else "i"
        floats = [f"{buffer}[{n}]" for buffer, n in sorted(self._sizes.items())]
        floats += ["top", "sum"] * self._of_rows
        if floats:
            yield "float", ", ".join(floats)

    def _includes(self):
        return ["#include <math.h>"]

    def _functions(self, lines):
        """Those of two numbers that are called: fmaxf is none of a compiler's own, this is."""
        code = []
        for which, sign in (("least", "<"), ("most", ">")):
            called = f"{self._name}_{which}"
            if any(f"{called}(" in line for line in lines):
                code.append(f"static inline float {called}(float a, float b)")
                code += ["{", f"    return a {sign} b ? a : b;", "}", ""]
        return code


class _Bytes(_Header):
    """The same with weights and the inputs of each product as bytes.

    ``v = (q - zero) / scale`` for inputs, with a `scale` and `zero` of each layer from the least
    and the largest in the calibration; ``w = q * s`` with s of each output. Then
    ``sum(w * v) + b = s / scale * sum(q q') + (b - s * zero / scale * sum(q))``.
    """

    def __init__(self, chain, name, rows):
        self._rows = rows
        super().__init__(chain, name)

    def _begin(self):
        """The range of what each product is handed."""
        y = compute.rows(self._chain, "calibration_data", self._rows)
        self._ranges, self._widest = [], 0
        for step in self._chain.steps:
            if isinstance(step, Dense):
                self._ranges.append((y.min(), y.max()))
                self._widest = max(self._widest, step.w.shape[1])
                if len(step.w) > _LONGEST:
                    raise ValueError(
                        f"dtype: got 'int8' for a layer of {len(step.w)} inputs, expected at most "
                        f"{_LONGEST}"
                    )
            y = compute.apply(step, y)

    def _multiply(self, step):
        low, high = self._ranges.pop(0)
        scale = 255 / (high - low) if high > low else 1.0
        zero = -low * scale
        per_output = np.maximum(np.abs(step.w).max(axis=0), 1e-30) / 127
        q = np.rint(step.w / per_output).astype(int)
        n_in, n = step.w.shape
        w = self._array("int8_t", "w", q)
        s = self._array("float", "s", per_output / scale)
        b = self._array("float", "b", step.b - per_output * zero / scale * q.sum(axis=0))
        to = self._next(n)
        self._loop(n, "total[j] = 0;", "j")
        self._loop(n_in, "{")
        value = f"({self._read('i')})" if self._scaling != "{}" else self._read("i")
        byte = f"{value} * {_float(scale)} + {_float(zero + 0.5)}"  # rounds
        self._lines += [
            f"        const int32_t v = {self._name}_byte({byte});",
            f"        for (j = 0; j < {n}; j++) total[j] += v * {w}[i][j];",
            "    }",
        ]
        self._loop(n, f"{to}[j] = (float)total[j] * {s}[j] + {b}[j];", "j")
        self._at, self._scaling = to, "{}"

    def _variables(self, uses_j):
        yield from super()._variables(uses_j)
        if self._widest:
            yield "int32_t", f"total[{self._widest}]"

    def _includes(self):
        return ["#include <math.h>", "#include <stdint.h>"]

    def _functions(self, lines):
        return super()._functions(lines) + [
            f"static inline int32_t {self._name}_byte(float v) /* of NaN 0 */",
            "{",
            "    return (int32_t)(v > 0.0f ? v < 255.0f ? v : 255.0f : 0.0f);",
            "}",
            "",
        ]


def _float(value):
    """A number of C."""
    return LANGUAGE.number(float(str(np.float32(value))))


def _constant(name, kind, a):
    """The definition of a constant array."""
    shape = "".join(f"[{n}]" for n in a.shape)
    return f"static const {kind} {name}{shape} = {_braces(kind, a)};"


def _braces(kind, a):
    if a.ndim > 1:
        return "{\n" + ",\n".join(_braces(kind, row) for row in a) + "}"
    if kind == "float":
        return "{" + ", ".join(map(LANGUAGE.number, text.rounded(a, np.float32))) + "}"
    return "{" + ", ".join(map(str, a.tolist())) + "}"


def _classify(chain, name):
    if chain.decision is None:
        return []
    kind, labels = "char *const", [_string(str(label)) for label in chain.labels]
    if all(isinstance(label, int) and abs(label) < 2**31 for label in chain.labels):
        kind, labels = "long", [f"{int(label)}L" for label in chain.labels]
    n = len(labels)
    code = ["", f"static const {kind} {name}_labels[{n}] = {{{', '.join(labels)}}};", ""]
    outputs = f"    float y[{chain.n_out}];"
    return (
        code
        + {
            "largest": [
                f"/* The place of the label of one row x in {name}_labels. */",
                "static inline int classify(const float x[])",
                "{",
                "    int i, best = 0;",
                outputs,
                "",
                "    predict(x, y);",
                f"    for (i = 1; i < {n}; i++) if (y[i] > y[best]) best = i;",
                "    return best;",
                "}",
            ],
            "positive": [
                f"/* The place of the label of one row x in {name}_labels. */",
                "static inline int classify(const float x[])",
                "{",
                outputs,
                "",
                "    predict(x, y);",
                "    return y[0] > 0.5f;",
                "}",
            ],
            "several": [
                f"/* Whether one row x has the label of that place in {name}_labels. */",
                "static inline int classify(const float x[], int label)",
                "{",
                outputs,
                "",
                "    predict(x, y);",
                "    return y[label] > 0.5f;",
                "}",
            ],
        }[chain.decision]
    )


def _string(label):
    """A string of C, of the label's bytes in UTF-8; three octal digits end by themselves."""
    encoded = label.encode("utf-8", "surrogatepass")
    plain = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 _-+.,:;()"
    return '"' + "".join(chr(c) if c in plain else f"\\{c:03o}" for c in encoded) + '"'
