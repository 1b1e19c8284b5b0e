"""Trained models in other programs and on other machines, and theirs here.

``model.export("net.js")`` writes a model, or an estimator of `trilobite.sklearn`, in the format
that the name's ending says, or `format`; see `export`.
"""

from trilobite.export.write import export

__all__ = ["export"]
