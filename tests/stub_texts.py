"""What a stub says of a module: names, arguments and defaults, and the types of docstrings."""

import ast
import dataclasses
import importlib
import inspect
import re
import textwrap

from stub_types import IMPORTS, NAMES, OVERRULED, RESULTS, kind_of

MODULES = [  # where two have a class, it is the first one's
    f"trilobite.{name}"
    for name in """
    _declare.tensor _declare.variable initializers regularizers constraints layers losses metrics
    optimizers.schedules optimizers callbacks models activations config ops backend saving utils
    datasets.boston_housing datasets.california_housing datasets.digits datasets.fashion_mnist
    datasets.idx datasets.mnist datasets.toy datasets data sklearn tuning plot export
    """.split()
] + ["trilobite"]
LIKE = "as in "  # in the place of the words of a type, before the name of a function
PREDICTIONS = "predict", "predict_proba", "predict_log_proba"
# of a class what says nothing to who uses it
PASSED = set(
    """
    __init_subclass__ __getstate__ __setstate__ __repr__ __str__ __module__ __doc__ __dict__
    __weakref__ __copy__ __deepcopy__ __setattr__ __delattr__ __slots__ __abstractmethods__
    __dataclass_fields__ __dataclass_params__ __annotations__ __static_attributes__
    __firstlineno__ __annotate_func__ __annotations_cache__ __signature__ __replace__ __parameters__
    """.split()
)


def sections(doc):
    """Of a numpydoc docstring: {section: {name: words of its type}}; of "Returns" a list."""
    parts = re.split(r"^(\w+(?: \w+)?)\n-+\n", inspect.cleandoc(doc or ""), flags=re.MULTILINE)
    found = {}
    for title, text in zip(parts[1::2], parts[2::2], strict=True):
        text = text.replace("\\\n", " ")
        if title == "Returns":
            given = [line for line in text.splitlines() if line and not line[0].isspace()]
            found[title] = [line.partition(" : ")[2] or line for line in given]
            continue
        found[title] = {}
        for entry in re.split(r"\n(?=\S)", text):
            names, _, words = entry.partition("\n")[0].partition(" : ")
            like = re.search(r"^\s+As in `(\w+)`", entry, re.MULTILINE)
            words = words or like and LIKE + like[1]
            found[title] |= dict.fromkeys(names.replace("*", "").split(", "), words)
    return found


class Stubs:
    """What each module is to be described by.

    Attributes
    ----------
    texts : dict of str
        By name of the module.
    unknown : set of str
        Words of docstrings that stand for no type.
    """

    def __init__(self):
        self.home, self.texts, self.unknown = {}, {}, set()
        modules = {name: importlib.import_module(name) for name in MODULES}
        for name, module in modules.items():
            for public in public_names(module):
                value = getattr(module, public)
                if inspect.isclass(value):
                    known = value.__name__ in public_names(module)
                    named = value.__name__ if known else public
                    self.home.setdefault(value, (name, named))
        self.classes = {public: name for name, public in self.home.values()}
        for name, module in modules.items():
            self.texts[name] = self.module(name, module)

    def module(self, name, module):
        """The stub of a module."""
        lines, aliases, self.imported = [], [], []
        public = public_names(module)
        for each in public:
            value = getattr(module, each)
            if inspect.ismodule(value):
                self.imported.append(f"from {name} import {each} as {each}")
            elif inspect.isclass(value):
                home, original = self.home[value]
                if home != name:
                    self.imported.append(f"from {home} import {original} as {each}")
                elif original != each:
                    aliases.append(f"{each} = {original}")
                else:
                    lines += self.describe(each, value)
            elif callable(value):
                lines += self.function(each, value)
            else:
                lines.append(f"{each}: {self.of_value(value)}")
        if name == "trilobite":
            self.imported += [
                f"from trilobite import {each} as {each}" for each in ("backend", "ops")
            ]
            lines.append("__version__: str")
        if hasattr(module, "__all__"):
            lines.append(f"__all__ = {list(module.__all__)!r}")
        body = "\n".join(lines + aliases)
        head = self.imports(name, public, body)
        for hidden in re.findall(r" as (_\w+)", head):  # by a public name
            body = re.sub(rf"\b{hidden[1:]}\[", f"{hidden}[", body)
        return head + body + "\n"

    def imports(self, name, public, body):
        """What the body of a stub names that is not its own."""
        used = {node.id for node in ast.walk(ast.parse(body)) if isinstance(node, ast.Name)}
        found = []
        for line in filter(None, IMPORTS.splitlines()):
            head, names = line.split("import ")
            names = [n for n in names.split(", ") if n.split()[-1] in used]
            names = [f"{n} as _{n}" if n in public else n for n in names]
            names = [n for n in names if " as _" not in n or f"{n.split()[0]}[" in body]
            if names:
                found.append(f"{head}import {', '.join(names)}")
        for each, home in sorted(self.classes.items()):
            if each in used and home != name and each not in public:
                found.append(f"from {home} import {each}")
        return "\n".join([*found, *self.imported]) + "\n"

    def kind(self, words, result=False):
        """The type that words stand for."""
        found = kind_of(words, self.classes, result)
        if found is None:
            self.unknown.add(words)
        return found or "Any"

    def of_value(self, value):
        if isinstance(value, (bool, int, float, str)):
            return type(value).__name__
        if isinstance(value, tuple) and all(isinstance(v, str) for v in value):
            return "tuple[str, ...]"
        return "Any"

    # ---- classes ----

    def bases(self, cls):
        """Public bases, the nearest ones, and those of other packages."""
        found = []
        for base in cls.__mro__[1:]:
            foreign = not base.__module__.startswith("trilobite") and base is not object
            known = base in self.home or (
                foreign and base.__module__.startswith(("sklearn.neural", "numpy.lib"))
            )
            if known and not any(issubclass(other, base) for other in found):
                found.append(base)
        return found

    def describe(self, name, cls):
        """The lines of a class: what it and its private bases have."""
        bases = self.bases(cls)
        names = [self.home[base][1] if base in self.home else None for base in bases]
        for k, base in enumerate(bases):
            if base not in self.home:
                names[k] = f"_{base.__name__}"
                of = base.__module__.rpartition("._")[0] or base.__module__
                self.imported.append(f"from {of} import {base.__name__} as {names[k]}")
        members = {}
        inherited = set().union(*(base.__mro__ for base in bases), {object})
        for part in reversed(cls.__mro__):
            if part not in inherited:
                members |= vars(part)
        if any(base not in self.home for base in bases):  # scikit-learn's, which has no types
            members |= {name: getattr(cls, name) for name in PREDICTIONS if hasattr(cls, name)}
        attributes = self.attributes(cls, inherited)
        body = [f"{each}: {kind}" for each, kind in attributes.items() if each not in members]
        for each, value in members.items():
            private = each.startswith("_") and not (each.startswith("__") and each.endswith("__"))
            if not private and each not in PASSED and not each.endswith("_request"):
                body += self.member(cls, each, value, attributes)
        head = f"class {name}" + (f"({', '.join(names)})" if names else "") + ":"
        return [head, *textwrap.indent("\n".join(body) or "...", "    ").splitlines()]

    def attributes(self, cls, inherited):
        """What `self` is given in the class and its private bases, by name."""
        found = {}
        for part in reversed(cls.__mro__):
            if part in inherited or not part.__module__.startswith("trilobite"):
                continue
            told = sections(part.__doc__)
            known = told.get("Attributes", {})
            given = told.get("Parameters", {})
            names = list(known)
            if not dataclasses.is_dataclass(part):
                tree = ast.parse(textwrap.dedent(inspect.getsource(part)))
                for node in ast.walk(tree):
                    if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
                        if isinstance(node.value, ast.Name) and node.value.id == "self":
                            names.append(node.attr)
            for name in names:
                if name.startswith("_") or " " in name:
                    continue
                if (part.__name__, name) in OVERRULED:
                    found[name] = OVERRULED[part.__name__, name]
                    continue
                words = known.get(name) or given.get(name)
                found[name] = self.kind(words, True) if words else NAMES.get(name, "Any")
        return found

    def member(self, cls, name, value, attributes):
        """The lines of a method, property or attribute of a class."""
        if isinstance(value, property):
            kind = attributes.get(name) or self.returned(value.fget, name)
            lines = ["@property", f"def {name}(self) -> {kind}: ..."]
            if value.fset:
                lines += [f"@{name}.setter", f"def {name}(self, value: Any) -> None: ..."]
            return lines
        if isinstance(value, (classmethod, staticmethod)):
            kind = type(value).__name__
            return [f"@{kind}", *self.function(name, value.__func__, cls)]
        value = getattr(value, "fn", value)  # of scikit-learn's `available_if`
        if inspect.isfunction(value):
            return self.function(name, value, cls)
        if name == "__hash__" and value is None:
            return ["__hash__: None  # type: ignore[assignment]"]
        return [f"{name}: {attributes.get(name) or self.of_value(value)}"]

    # ---- functions ----

    def function(self, name, f, cls=None):
        """The lines of a function or method."""
        ours = inspect.unwrap(f).__module__.startswith("trilobite")
        told = sections(f.__doc__) if ours else {}
        given = told.get("Parameters", {})
        if cls is not None and name == "__init__":
            given = {}
            for part in reversed([p for p in cls.__mro__ if p.__module__.startswith("trilobite")]):
                parts = sections(part.__doc__)
                given |= parts.get("Attributes", {}) if dataclasses.is_dataclass(part) else {}
                given |= parts.get("Parameters", {})
        for argument in given:
            while (given[argument] or "").startswith(LIKE):
                other = given[argument].removeprefix(LIKE)
                other = getattr(cls, other, None) or inspect.unwrap(f).__globals__[other]
                given[argument] = sections(other.__doc__)["Parameters"].get(argument)
        signature = inspect.signature(f)
        parameters = list(signature.parameters.values())
        if cls is not None and name == "__init__" and cls.__name__ != "Layer":
            parameters = self.by_name(cls, parameters)
        if name == "__init__":
            returns = "None"
        elif cls is not None and (cls.__name__, name) in OVERRULED:
            returns = OVERRULED[cls.__name__, name]
        elif "Returns" in told:
            returns = [self.kind(words, result=True) for words in told["Returns"]]
            returns = returns[0] if len(returns) == 1 else f"tuple[{', '.join(returns)}]"
        else:
            returns = self.returned(f, name)
        written = [
            self.parameter(name, p, given, first=k == 0 and cls is not None)
            for k, p in enumerate(parameters)
        ]
        for k, p in enumerate(parameters):
            if p.kind is p.KEYWORD_ONLY:
                if not any(q.kind is q.VAR_POSITIONAL for q in parameters):
                    written.insert(k, "*")
                break
        return [f"def {name}({', '.join(written)}) -> {returns}: ..."]

    def by_name(self, cls, parameters):
        """In the place of ``**named``: what the bases take by name."""
        names = [p.name for p in parameters]
        more = [name for name in getattr(cls, "_passed_on", ()) if name not in names]
        if not more or parameters[-1].kind is not inspect.Parameter.VAR_KEYWORD:
            return parameters
        of_bases = {}
        for base in reversed(cls.__mro__[1:]):
            if "__init__" in vars(base) and base is not object:
                of_bases |= inspect.signature(base.__init__).parameters
        kind = inspect.Parameter.KEYWORD_ONLY
        return parameters[:-1] + [of_bases[name].replace(kind=kind) for name in more]

    def parameter(self, function, p, given, first):
        """An argument of a function, as it is written."""
        prefix = {p.VAR_POSITIONAL: "*", p.VAR_KEYWORD: "**"}.get(p.kind, "")
        if first and not prefix:
            return p.name
        if (function, p.name) in OVERRULED:
            kind = OVERRULED[function, p.name]
        elif given.get(p.name):
            kind = self.kind(given[p.name])
        elif prefix:
            kind = "Any"
        elif p.name in NAMES:
            kind = NAMES[p.name]
        else:
            kind = "Any" if p.default in (p.empty, "auto") else self.of_value(p.default)
        if p.default is None and kind != "Any" and "None" not in kind.split(" | "):
            kind += " | None"
        text = f"{prefix}{p.name}: {kind}"
        if p.default is not p.empty and not prefix:
            simple = isinstance(p.default, (bool, int, float, str, tuple, type(None)))
            text += f" = {p.default!r}" if simple else " = ..."
        return text

    def returned(self, f, name):
        """The type of what a function returns that does not say it."""
        if hasattr(f, "spec"):  # an activation
            return "NDArray[Any]"
        try:
            tree = ast.parse(textwrap.dedent(inspect.getsource(inspect.unwrap(f))))
        except (OSError, TypeError, IndentationError):
            return "Any"
        values = [n for n in ast.walk(tree) if isinstance(n, (ast.Return, ast.Yield)) and n.value]
        raises = any(isinstance(n, ast.Raise) for n in tree.body[0].body)
        return RESULTS.get(name, "Any") if values or raises else "None"


def public_names(module):
    """Those of `__all__`, or what the module defines itself."""
    if hasattr(module, "__all__"):
        return list(module.__all__)
    return [
        name
        for name, value in vars(module).items()
        if not name.startswith("_")
        and (name.isupper() or getattr(value, "__module__", None) == module.__name__)
    ]
