"""Layers: what a model is made of, and which stage of the engine each one is."""

from trilobite._declare.declaration import describe, made
from trilobite._declare.layer import Input, Layer
from trilobite._declare.names import classes_in
from trilobite.layers.activation import ELU, Activation, LeakyReLU, PReLU, ReLU, Softmax
from trilobite.layers.batch_normalization import BatchNormalization
from trilobite.layers.dense import Dense
from trilobite.layers.noise import AlphaDropout, Dropout, GaussianDropout, GaussianNoise
from trilobite.layers.normalization import Normalization
from trilobite.layers.own import Lambda
from trilobite.layers.reading import Flatten, Identity, Rescaling, Reshape
from trilobite.layers.regularization import ActivityRegularization

InputLayer = Input  # as a layer: what begins a chain

__all__ = [
    "ELU",
    "Activation",
    "ActivityRegularization",
    "AlphaDropout",
    "BatchNormalization",
    "Dense",
    "Dropout",
    "Flatten",
    "GaussianDropout",
    "GaussianNoise",
    "Identity",
    "Input",
    "InputLayer",
    "Lambda",
    "Layer",
    "LeakyReLU",
    "Normalization",
    "PReLU",
    "ReLU",
    "Rescaling",
    "Reshape",
    "Softmax",
    "deserialize",
    "serialize",
]

_LAYERS = {c.__name__: c for c in classes_in(globals(), Layer)}


def serialize(layer):
    """A layer as plain data, without its weights, for `deserialize`."""
    return describe("layer", layer)


def deserialize(config, custom_objects=None):
    """What `serialize` was given; `custom_objects` are classes by name that it may be of, too."""
    return made("config", config, _LAYERS, custom_objects)
