"""Layers whose `call` is one's own: what they compute, and of what shape."""

import numpy as np

from trilobite._declare.differentiable import Derived


def activation_of(layer):
    """What a layer of one's own computes."""
    return vars(layer).setdefault("_own", Derived(layer.call, layer.name))


def stage(layer):
    """The engine's stage of a layer of one's own."""
    return ("activation", layer.activation)


def shape_for(layer, input_shape):
    """The shape of rows of a layer of one's own, whose `call` must leave it as it is."""
    require_flat(layer, input_shape)
    if not type(layer).build.__module__.startswith("trilobite."):
        layer.build((None, *input_shape))
    shape = np.shape(layer.call(np.ones((2, *input_shape), layer.dtype)))
    if shape != (2, *input_shape):
        raise ValueError(
            f"layer {layer.name!r} ({type(layer).__name__}): got {shape[1:]} from rows of shape "
            f"{input_shape}, expected the same shape: Flatten, Reshape or Dense change it"
        )
    return input_shape


def require_flat(layer, input_shape):
    """Raise ValueError unless the rows of `input_shape` have one dimension."""
    if len(input_shape) != 1:
        raise ValueError(
            f"layer {layer.name!r}: got rows of shape {input_shape}, expected rows of one "
            "dimension; put a Flatten() layer before it"
        )
