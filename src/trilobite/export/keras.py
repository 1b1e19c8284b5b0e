"""Models of Keras 3, of ours, and ours of theirs: by way of a .keras file."""

import os
import tempfile
import warnings

from trilobite._declare import needs
from trilobite.models import load_model


def to_keras(model):
    """See `Model.to_keras`."""
    keras = needs.package("keras")
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "model.keras")
        model.save(path)
        return keras.saving.load_model(path)


def from_keras(model):
    """See `trilobite.export.from_keras`."""
    keras = needs.package("keras")
    if not isinstance(model, keras.Model):
        kind = f"{type(model).__module__}.{type(model).__qualname__}"
        raise TypeError(f"model: got {kind}, expected a Sequential or Model of Keras")
    if not model.built:
        raise ValueError(
            f"model: got {model.name!r}, which is not built, expected one with weights"
        )
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "model.keras")
        with warnings.catch_warnings():  # of Keras's own making
            warnings.simplefilter("ignore", DeprecationWarning)
            model.save(path)
        try:
            return load_model(path)
        except ValueError as error:
            said = str(error).removeprefix(f"{path}: ")
            raise ValueError(f"model {model.name!r}: {said}") from error
