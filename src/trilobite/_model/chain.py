"""A chain of layers, models among them: whether they go together, and what the engine makes of it.

`given` is the `Input` that the chain begins with. Of a model as a layer its own layers count.
"""

import math
from collections import Counter

import numpy as np

from trilobite._declare.layer import Input, Layer
from trilobite._declare.names import snake_case
from trilobite._declare.tensor import Link, chain


def arranged(links, several=False):
    """The Input of a chain of these links, of which the first may be one, and the others.

    Parameters
    ----------
    links : iterable of Link
    several : bool
        Whether a layer without weights may come more than once.

    Raises
    ------
    TypeError, ValueError
        They do not go together.
    """
    given, stacked = None, []
    for link in links:
        if isinstance(link, Input):
            if given is not None or stacked:
                raise ValueError(f"layer: got {link.name!r}, expected an Input only once and first")
            given = link
            continue
        if not isinstance(link, Link):
            kind = type(link).__name__
            raise TypeError(f"layer: got {link!r} ({kind}), expected one of trilobite.layers")
        stacked.append(link)
    _check_names(stacked, several)
    _check_rescaling(leaves(stacked))
    if given is None and stacked:
        given = _input_of(stacked[0])
    if given is not None:
        shapes(given.row_shape, stacked)
    return given, stacked


def between(inputs, outputs):
    """An Input and the links from one tensor to another: see `chain`."""
    first, links = chain(inputs, outputs)
    if not isinstance(first, Input):
        first = Input(first.row_shape, dtype=first.dtype)
    return [first, *links]


def leaves(links):
    """The layers of a chain, those of models in their place."""
    return [layer for layer, _ in parts(links)]


def parts(links, trained=True):
    """The layers of a chain, each with whether it is trained where `trained` says so of all."""
    return [part for link in links for part in link.parts(trained)]


def computes(links):
    """Whether there is something to compute for a chain."""
    return any(layer.stages() for layer in leaves(links))


def shapes(shape, links):
    """Shapes of one row: `shape` before the first of `links`, then after each."""
    shapes = [shape]
    for link in links:
        shapes.append(link.compute_output_shape((None, *shapes[-1]))[1:])
    return shapes


def weight_forms(given, links):
    """For each layer of the chain, shape and dtype of its weights by name.

    Layers count by class: "dense/kernel", "dense_1/kernel". So the names are the same when the
    program runs again or makes the model again, unlike the layers' own. None have weights before
    there is an Input.
    """
    forms, times, shape = [], Counter(), given and given.row_shape
    for layer in leaves(links):
        kind = snake_case(type(layer).__name__)
        owner = f"{kind}_{times[kind]}" if times[kind] else kind
        times[kind] += 1
        plan = zip(layer.weight_names, layer.weight_plan(shape), strict=True) if given else ()
        forms.append({f"{owner}/{name}": (wanted, given.dtype) for name, (wanted, *_) in plan})
        shape = given and layer.shape_for(shape)
    return forms


def network_of(given, links, trained, module, model):
    """The network of a chain, of whose layers those are trained where `trained` is true.

    Parameters
    ----------
    module : of the engine, or what stands for one
        One without `Weights` of its own shares none: layers get copies.
    model : Stack
        That the network is for.

    Returns
    -------
    Network of the module
    list of (Layer, Weights)
        The layers that had no such weights, and those that the network has made for them.

    Raises
    ------
    ValueError
        A layer has weights of another shape or dtype, or needs a copy that another model would not
        have.
    """
    scale, offset, stages, of_stages, penalties, constraints = 1.0, 0.0, [], [], [], []
    layers = leaves(links)
    for k, (layer, shape) in enumerate(zip(layers, shapes(given.row_shape, layers), strict=False)):
        if layer.rescaling:
            factor, more = layer.rescaling
            scale, offset = scale * factor, offset * factor + more
        stages += layer.stages()
        weights = layer.weights_for(given, shape)
        if weights[0] is not None and type(weights[0]) is not getattr(module, "Weights", None):
            weights = None, _copied(layer, weights[0], model)
        for _ in layer.stages():  # the first has the weights
            of_stages.append((layer, *weights, trained[k]))
            weights = None, []
        penalties += layer.penalties_for(shape)
        constraints += [c and c.plan() for c in layer.constraints()]
    _, stored, _, masks = zip(*of_stages, strict=True)
    net = module.Network(
        math.prod(given.row_shape), stages, scale, offset, penalties, stored, masks, constraints
    )
    fresh = []
    for (layer, _, start, _), weights in zip(of_stages, net.weights, strict=True):
        if start:
            weights.set([np.ascontiguousarray(w, given.dtype) for w in start])
            fresh.append((layer, weights))
    return net, fresh


def _copied(layer, weights, model):
    """Copies of a layer's weights, where functions of one's own begin or end to be called."""
    if others := [other.name for other in layer.models if other is not model]:
        raise ValueError(
            f"layer {layer.name!r}: model {others[0]!r} has it, too, expected a layer of one model "
            "where functions of one's own are called, or no longer"
        )
    return weights.get()


def _check_names(links, several):
    """Names are those of one layer each, and a layer with weights comes once."""
    of_name = {}
    for k, link in enumerate(links):
        first = of_name.setdefault(link.name, k)
        if first != k and not (several and links[first] is link):
            raise ValueError(f"layer: got the name {link.name!r} twice, expected unique names")
    times = Counter(map(id, leaves(links)))
    for layer in leaves(links):
        if times[id(layer)] > 1 and layer.weight_names:
            raise ValueError(
                f"layer: got {layer.name!r} twice in one chain, expected a layer with weights "
                "once; several models may share it"
            )


def _check_rescaling(layers):
    """What says how x is read comes before what is computed."""
    computed = False
    for layer in layers:
        if layer.rescaling and computed:
            raise ValueError(
                f"layer: got {layer.name!r} (Rescaling) after a layer that computes, expected "
                "it before all Dense and Activation layers"
            )
        computed = computed or bool(layer.stages())


def _input_of(link):
    """A new Input for a chain whose first link knows what it is for, else None."""
    if not isinstance(link, Layer):
        known = link.declared_input
        return known and Input(known.row_shape, dtype=known.dtype)
    return None if link.input_shape is None else Input(link.input_shape)
