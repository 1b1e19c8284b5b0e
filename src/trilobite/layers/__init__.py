"""Layers: what a model is made of, and which stage of the engine each one is."""

from trilobite._declare.layer import Input, Layer
from trilobite.layers.activation import ELU, Activation, LeakyReLU, ReLU, Softmax
from trilobite.layers.batch_normalization import BatchNormalization
from trilobite.layers.dense import Dense
from trilobite.layers.dropout import Dropout
from trilobite.layers.reading import Flatten, Rescaling

__all__ = [
    "ELU",
    "Activation",
    "BatchNormalization",
    "Dense",
    "Dropout",
    "Flatten",
    "Input",
    "Layer",
    "LeakyReLU",
    "ReLU",
    "Rescaling",
    "Softmax",
]
