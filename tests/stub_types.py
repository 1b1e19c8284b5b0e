"""Types for the stubs: what words of the docstrings mean, and what names do that have none.

The documents of the public names say what an argument is; numpydoc's way to say it is read here.
"""

import re

IMPORTS = """\
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, Self

import numpy as np
from matplotlib.axes import Axes
from mpl_toolkits.mplot3d import Axes3D
from numpy.typing import ArrayLike, NDArray
"""

_PATH = "str | os.PathLike[str]"
_ROWS = "ArrayLike | Iterable[Any]"  # what makes batches, too
_DATA = "tuple[Any, ...] | list[Any] | Iterable[Any]"
_STATE = "dict[str, Any]"

ATOMS = {  # of docstrings, where "or" and commas part them
    "None": "None",
    "bool": "bool",
    "int": "int",
    "float": "float",
    "str": "str",
    "dict": _STATE,
    "tuple": "tuple[int | None, ...]",
    "list": "list[Any]",
    "callable": "Callable[..., Any]",
    "function": "Callable[..., Any]",
    "type": "type[Any]",
    "object": "object",
    "array": "NDArray[Any]",
    "array_like": "ArrayLike",
    "array-like": "ArrayLike",
    "array_like of int": "ArrayLike",
    "ndarray": "NDArray[Any]",
    "os.PathLike": "os.PathLike[str]",
    "bytes-like": "bytes | bytearray | memoryview",
    "sparse matrix": "Any",
    "classifier": "Any",
    "estimator": "Any",
    "module": "Any",
    "pair": "tuple[Any, Any]",
    "what makes batches": "Iterable[Any]",
    "float of NumPy": "Any",  # or an array of them
    "collection of int": "Iterable[int]",
    "sequence of int": "Sequence[int]",
    "tuple of int": "Sequence[int]",
    "list of int": "list[int]",
    "list of float": "Sequence[float]",
    "list of str": "Sequence[str]",
    "list of dict": "list[dict[str, Any]]",
    "list of callable": "Sequence[Callable[..., Any]]",
    "list of array": "list[NDArray[Any]]",
    "list of array_like": "Sequence[ArrayLike]",
    "list of list of array": "list[list[NDArray[Any]]]",
    "list of list of ndarray": "list[list[NDArray[Any]]]",
    "list of Layer": "list[Any]",  # of whatever class each is
    "list of Layer or Model": "Sequence[Layer | Model]",
    "list of str or Metric": "Sequence[str | Metric | Callable[..., Any]]",
    "dict of str": "dict[str, str]",
    "dict of int to float": "Mapping[int, float]",
    "dict of list of float": "dict[str, list[float]]",
    "(str, str)": "tuple[str, str]",
    "(int, int)": "tuple[int, int]",
    "(float, float)": "tuple[float, float]",
    "pair of (float, float)": "tuple[tuple[float, float] | None, tuple[float, float] | None]",
    "(x, y)": _DATA,
    "tuple (X, y)": "tuple[Any, ...] | list[Any]",
    "(x, y, sample_weight)": _DATA,
    "(X, y, sample_weight)": "tuple[Any, ...] | list[Any]",
    "(x_train, y_train), (x_test, y_test)": (
        "tuple[tuple[NDArray[Any], NDArray[Any]], tuple[NDArray[Any], NDArray[Any]]]"
    ),
    "self": "Self",
    "Axes": "Axes",
    "Axes3D": "Axes3D",
    "Dot": "Any",
    "Network of the engine": "Any",
    "Optimizer of the engine": "Any",
    "Weights": "Any",
    "Link": "Any",
    "iterable of Link": "Iterable[Any]",
    "function of `trilobite.activations`": "Callable[..., Any]",
    "an estimator of `trilobite.sklearn`": "Any",
    "compiled": "Model",
}

NAMES = {  # arguments and attributes that no docstring speaks of
    "X": "Any",  # sparse matrices, too
    "coefs_": "list[NDArray[Any]]",
    "intercepts_": "list[NDArray[Any]]",
    "loss_": "float",
    "loss_curve_": "list[float]",
    "n_iter_": "int",
    "n_outputs_": "int",
    "out_activation_": "str",
    "alpha": "float",
    "ax": "Axes | None",
    "axis": "int | Sequence[int] | None",
    "b": "float",
    "batch": "int",
    "class_weight": "Mapping[int, float] | None",
    "config": _STATE,
    "custom_objects": "Mapping[str, Any] | None",
    "dtype": "str | None",
    "epoch": "int",
    "filepath": _PATH,
    "hidden_layer_sizes": "int | Sequence[int]",
    "input_shape": "Sequence[int | None]",
    "json_string": "str",
    "label_smoothing": "float",
    "layer": "Layer | Model",
    "logs": "dict[str, float] | None",
    "model": "Model",
    "name": "str | None",
    "noise_shape": "Sequence[int | None] | None",
    "optimizer": "Optimizer | None",
    "params": _STATE,
    "path": "Path | list[list[NDArray[Any]]] | None",
    "rate": "float",
    "return_dict": "bool",
    "sample_weight": "ArrayLike | None",
    "seed": "int | None",
    "shape": "Sequence[int]",
    "state": _STATE,
    "step": "int",
    "training": "bool | None",
    "x": "ArrayLike",
    "y": "ArrayLike",
    "y_pred": "ArrayLike",
    "y_true": "ArrayLike",
} | {
    f"{weights}_initializer": "str | Initializer | Callable[..., Any] | None"
    for weights in ("beta", "gamma", "moving_mean", "moving_variance")
}

_TENSORS = "KerasTensor | list[KerasTensor]"
_SHAPE = "tuple[int | None, ...]"
_VARIABLES = "list[Variable]"
RESULTS = {  # of methods and functions that return something of which no docstring speaks
    "__float__": "float",
    "__int__": "int",
    "__iter__": "Iterator[Any]",
    "__len__": "int",
    "assign": "Self",
    "assign_add": "Self",
    "assign_sub": "Self",
    "built": "bool",
    "compute_dtype": "str",
    "compute_output_shape": _SHAPE,
    "count_params": "int",
    "dtype": "str",
    "epsilon": "float",
    "floatx": "str",
    "from_config": "Self",
    "get_config": _STATE,
    "get_num_threads": "int",
    "get_state": _STATE,
    "get_weights": "list[NDArray[Any]]",
    "input": _TENSORS,
    "input_shape": _SHAPE,
    "inputs": "list[KerasTensor]",
    "metrics": "list[Metric]",
    "metrics_names": "list[str]",
    "model_from_json": "Model",
    "clone_model": "Model",
    "non_trainable_variables": _VARIABLES,
    "non_trainable_weights": _VARIABLES,
    "numpy": "NDArray[Any]",
    "output": _TENSORS,
    "output_shape": _SHAPE,
    "outputs": "list[KerasTensor]",
    "plot": "Axes",
    "predict_on_batch": "NDArray[Any]",
    "predict": "NDArray[Any]",
    "predict_log_proba": "NDArray[Any]",
    "predict_proba": "NDArray[Any]",
    "rates": "NDArray[Any]",
    "score": "float",
    "to_json": "str",
    "trainable": "bool",
    "trainable_variables": _VARIABLES,
    "trainable_weights": _VARIABLES,
    "value": "NDArray[Any]",
    "variable_dtype": "str",
    "variables": _VARIABLES,
    "weights": _VARIABLES,
}

OVERRULED = {  # where a docstring cannot be taken by the word
    ("Model", "__call__"): "Any",  # of a KerasTensor another one
    ("KerasTensor", "layer"): "Any",  # of whatever class it is
    ("Input", "layer"): "Any",
    ("evaluate", "x"): f"{_ROWS} | None",
}

SPECIAL = {  # docstrings that say more than types can, by what stands there
    '{"auto", 0, 1, 2}': 'Literal["auto", 0, 1, 2] | bool',
    "{0, 1}": "Literal[0, 1] | bool",
    "float, list of float or dict": "Any",
    "Model or estimator": "Any",
    "Model or classifier": "Any",
    "History, dict of list of float, or estimator": "Any",
}


def kind_of(words, classes, result=False):
    """The type that words of a docstring stand for; None if they are not known.

    Parameters
    ----------
    words : str
        "str or Optimizer, optional".
    classes : container of str
        Names of public classes, which are types themselves.
    result : bool
        Of an attribute, or of what is returned: a list is a list, not any sequence.
    """
    words = re.sub(r",? default\b.*|, of the shape of .*", "", " ".join(words.split()))
    optional = bool(re.search(r", optional$", words))
    words = re.sub(r", optional$", "", words)
    words = re.sub(r",? shape \(.*?\)( or \(.*?\))?", "", words)
    found = _parts(words, classes)
    if found is None:
        return None
    if result:
        found = found.replace("Sequence[", "list[").replace("Mapping[", "dict[")
    return " | ".join(dict.fromkeys([*found.split(" | "), "None"])) if optional else found


def _parts(words, classes):
    """Alternatives that "or" and commas part."""
    if words in SPECIAL:
        return SPECIAL[words]
    if words in ATOMS:
        return ATOMS[words]
    if words in classes:
        return words
    if words.startswith("list of ") and words[8:] in classes:
        return f"Sequence[{words[8:]}]"
    if re.fullmatch(r"\{[^{}]*\}", words):
        return f"Literal[{words[1:-1]}]"
    if re.fullmatch(r"\w+(\.\w+)+", words):  # of other libraries
        return "Any"
    if dtype := re.fullmatch(r"ndarray of (u?int\d+|float\d+)", words):
        return f"NDArray[np.{dtype[1]}]"
    if re.fullmatch(r'"[^"]*"', words):
        return f"Literal[{words}]"
    for split in re.finditer(r",? or |, ", words):
        first = _parts(words[: split.start()], classes)
        rest = first and _parts(words[split.end() :], classes)
        if rest:
            return " | ".join(dict.fromkeys(f"{first} | {rest}".split(" | ")))
    return None
