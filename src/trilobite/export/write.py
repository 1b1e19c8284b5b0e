"""The function `export`: formats by name and by ending."""

import os

from trilobite._declare.names import choose
from trilobite._files import whole
from trilobite.export import chain as chains

FORMATS = {"numpy": ".py", "js": ".js", "c": ".h", "onnx": ".onnx"}
_ENDINGS = {ending: name for name, ending in FORMATS.items()} | {".mjs": "js", ".c": "c"}


def export(model, filepath, format=None, **options):
    """Write a trained model for other programs, as one that predicts and cannot be trained.

    Dropout and noise are left out, batch normalization goes into the weights beside it.

    Parameters
    ----------
    model : Model, MLPClassifier or MLPRegressor
        Built or fitted; estimators of scikit-learn are taken, too.
    filepath : str or os.PathLike
        It is the old file or the whole new one, whatever happens.
    format : {"numpy", "js", "c", "onnx"}, optional
        By default what the ending says: ".py", ".js" or ".mjs", ".h", ".onnx".
    **options
        Of the format. "c": `dtype`, "float32" (the default) or "int8"; `calibration_data`, rows of
        x from which "int8" takes the range of each layer; `name`, with which all names begin, "net"
        by default. "onnx": `opset_version`, 18 by default.

    Raises
    ------
    TypeError, ValueError
        The model is not trained or has a function of one's own, or the format or an option is not
        known. Nothing is written then.
    ImportError
        "onnx" without the package onnx.
    """
    ending = os.path.splitext(os.fsdecode(filepath))[1].lower()
    if format is None:
        if ending not in _ENDINGS:
            raise ValueError(
                f"format: got none, and the file's ending {ending!r}, expected a format, one of "
                f"{', '.join(map(repr, FORMATS))}, or one of the endings {', '.join(_ENDINGS)}"
            )
        format = _ENDINGS[ending]
    write = choose("format", format, _WRITERS)
    chain = chains.of(model)
    chain.require_finite()
    whole.write(filepath, [write(chain, **options)])


def _numpy(chain):
    from trilobite.export import numpy

    return numpy.module(chain).encode()


def _js(chain):
    from trilobite.export import javascript

    return javascript.module(chain).encode()


def _c(chain, **options):
    from trilobite.export import c

    return c.header(chain, **options).encode()


def _onnx(chain, **options):
    from trilobite.export import onnx

    return onnx.model(chain, **options).SerializeToString()


_WRITERS = {"numpy": _numpy, "js": _js, "c": _c, "onnx": _onnx}
