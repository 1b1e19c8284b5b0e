"""Keras's `saving`: models and their weights in files."""

from trilobite.models import load_model, save_model

__all__ = ["load_model", "load_weights", "save_model", "save_weights"]


def save_weights(model, filepath, overwrite=True, max_shard_size=None):
    """Write the weights of a model: ``model.save_weights(filepath, overwrite)``."""
    model.save_weights(filepath, overwrite, max_shard_size)


def load_weights(model, filepath, skip_mismatch=False):
    """Set the weights of a model: ``model.load_weights(filepath)``."""
    model.load_weights(filepath, skip_mismatch)
