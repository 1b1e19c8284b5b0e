"""A layer that is called with an array: a network of it alone. Who makes weights, and when."""

import math
from threading import RLock
from types import SimpleNamespace

import numpy as np

from trilobite import engine
from trilobite._checks import arrays
from trilobite._declare.differentiable import Differentiable
from trilobite._declare.returned import returned

# Held by the thread that makes weights of layers: models that share them are made in any thread.
making = RLock()


def outputs(layer, x, training):
    """What a layer computes, and its weights if it has none yet.

    Parameters
    ----------
    layer : Layer
    x : array_like, shape (n, ...)
    training : bool
        Whether dropout and noise are on; an error for `BatchNormalization`.

    Returns
    -------
    ndarray, shape (n, ...)
        Of the layer's dtype.
    """
    x, dtype = arrays.inputs("x", x), layer.dtype
    shape, stages, module = x.shape[1:], layer.stages(), engine.load(dtype)
    own = getattr(layer, "activation", None)
    if isinstance(own, Differentiable):
        stages = [tuple("linear" if part is own else part for part in s) for s in stages]
    after = (len(x), *layer.shape_for(shape))
    if training and layer.differs_in_training:
        from trilobite._declare import in_training  # here: it is rarely needed

        return returned(in_training.outputs([layer], x, dtype, []).reshape(after))
    scale, offset = layer.rescaling or (1.0, 0.0)
    if not stages:
        return returned((x.astype(dtype) * scale + offset).reshape(after))
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
    if isinstance(own, Differentiable):
        from trilobite.reference.own import of_shape  # here: it is rarely needed

        out = of_shape(own, own(out), out.shape)
    return returned(out.reshape(after))
