"""A layer that is called with an array: a network of it alone. Who makes weights, and when."""

import math
from threading import RLock
from types import SimpleNamespace

import numpy as np

from trilobite import engine
from trilobite._checks import arrays
from trilobite._declare.differentiable import Differentiable

# Held by the thread that makes weights of layers: models that share them are made in any thread.
making = RLock()


def outputs(layer, x, training):
    """What a layer computes, and its weights if it has none yet.

    Parameters
    ----------
    layer : Layer
    x : array_like, shape (n, ...)
    training : bool
        Must be False for a layer that computes something else in training.

    Returns
    -------
    ndarray, shape (n, ...)
        Of the layer's dtype.
    """
    if training and layer.differs_in_training:
        raise ValueError(
            f"training: got {training!r}, expected False: what layer {layer.name!r} computes in "
            "training only fit and train_on_batch do"
        )
    if isinstance(getattr(layer, "activation", None), Differentiable):
        raise TypeError(
            f"x: got an array for layer {layer.name!r}, whose activation is one's own, expected "
            "one of a model, which computes with it: Sequential([layer])(x)"
        )
    x, dtype = arrays.inputs("x", x), layer.dtype
    shape, stages, module = x.shape[1:], layer.stages(), engine.load(dtype)
    after = (len(x), *layer.shape_for(shape))
    scale, offset = layer.rescaling or (1.0, 0.0)
    if not stages:
        return (x.astype(dtype) * scale + offset).reshape(after)
    others = [None] * (len(stages) - 1)
    with making:
        stored, start = layer.weights_for(SimpleNamespace(dtype=dtype), shape)
        constraints = [c and c.plan() for c in layer.constraints()]
        of_stages = [stored, *others], [True] * len(stages), constraints
        penalties = layer.penalties_for(shape)
        net = module.Network(math.prod(shape), stages, scale, offset, penalties, *of_stages)
        if start:
            net.weights[0].set([np.ascontiguousarray(w, dtype) for w in start])
            layer.attach(net.weights[0])
    rows, out = module.Rows(x), np.empty((len(x), net.n_out), dtype)
    if not net.predict(rows, out):
        raise arrays.nonfinite("x", x, rows)
    return out.reshape(after)
