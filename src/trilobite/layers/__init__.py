"""Layers: what a model is made of, and which stage of the engine each one is."""

from trilobite._declare.layer import Input, Layer
from trilobite.layers.activation import ELU, Activation, LeakyReLU, PReLU, ReLU, Softmax
from trilobite.layers.batch_normalization import BatchNormalization
from trilobite.layers.dense import Dense
from trilobite.layers.noise import AlphaDropout, Dropout, GaussianDropout, GaussianNoise
from trilobite.layers.reading import Flatten, Rescaling, Reshape
from trilobite.layers.regularization import ActivityRegularization

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
    "Input",
    "Layer",
    "LeakyReLU",
    "PReLU",
    "ReLU",
    "Rescaling",
    "Reshape",
    "Softmax",
]
