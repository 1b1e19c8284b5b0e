"""What layers compute in training, beside any training: dropout and noise by hand."""

import math

import numpy as np

from trilobite import reference
from trilobite._declare.seeds import draw_seed


def outputs(layers, x, dtype, weights):
    """Outputs (n, n_out) for rows x (n, ...), with random layers as in training, by NumPy.

    Raises
    ------
    ValueError
        A layer changes weights while it does so, as `BatchNormalization` does.
    """
    if other := [x.name for x in layers if x.differs_in_training and x.weight_names]:
        raise ValueError(
            f"training: got True, expected False: what layer {other[0]!r} computes in training "
            "only fit and train_on_batch do"
        )
    scale, offset = 1.0, 0.0
    for factor, more in (layer.rescaling for layer in layers if layer.rescaling):
        scale, offset = scale * factor, offset * factor + more
    stages = [stage for layer in layers for stage in layer.stages()]
    net = reference.Network(math.prod(x.shape[1:]), stages, scale, offset, dtype=dtype)
    net.set_weights(weights)
    batch = reference.Batch(net, len(x), training=True)
    batch.read(slice(None), reference.Rows(x, dtype))
    rng = np.random.default_rng(draw_seed())
    for _, mask, rate in batch.masks:
        mask[...] = rng.random(mask.shape) >= rate
    for _, normal in batch.normals:
        normal[...] = rng.standard_normal(normal.shape)
    with np.errstate(all="ignore"):
        net.forward(batch)
    return batch.y
