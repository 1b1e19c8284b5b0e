"""Trained models in other programs and on other machines, and theirs here.

``model.export("net.js")`` writes a model, or an estimator of `trilobite.sklearn`, in the format
that the name's ending says, or `format`; see `export`. The functions `from_...` make models of
trilobite of what other libraries have trained.
"""

from trilobite.export.from_onnx import from_onnx
from trilobite.export.write import export

__all__ = ["export", "from_onnx"]
