"""Weights as Keras 3 writes them in HDF5: a group of numbered arrays for each layer."""

import io

import numpy as np

from trilobite._declare import needs
from trilobite._files.keras_config import groups

MAGIC = b"\x89HDF\r\n\x1a\n"
# What optimizers keep for each weight, in Keras's order; those of the others are not written.
_SLOTS = {
    "Adam": ("momentum", "velocity"),
    "AdamW": ("momentum", "velocity"),
    "RMSprop": ("velocity",),
    "Adagrad": ("accumulator",),
}


def write(model, state):
    """The bytes of a file with the weights of a model, and its optimizer's state if that is known.

    Parameters
    ----------
    state : dict
        Of `get_state`.
    """
    h5py = needs.package("h5py")
    weights = iter(state["weights"].values())
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        file.create_group("vars").attrs["name"] = model.name
        for layer, path in groups(model.layers):
            arrays = [next(weights) for _ in layer.weight_names]
            if type(layer).__name__ == "Normalization":  # the description has its numbers
                arrays = []
            _put(file.create_group(f"{path}/vars"), layer.name, arrays)
        optimizer = optimizer_variables(model, state)
        if optimizer is not None:
            _put(file.create_group("optimizer/vars"), model.optimizer.name, optimizer)
    return buffer.getvalue()


def _put(group, name, arrays):
    group.attrs["name"] = name
    for number, array in enumerate(arrays):
        group[str(number)] = array


def optimizer_variables(model, state):
    """The variables of Keras's optimizer; None where they are not known or there are none."""
    own = state["optimizer"]
    slots = own and _slots(model.optimizer)
    if slots is None:
        return None
    arrays = [np.int32(own["iterations"])]
    if own["learning_rate"] is not None:
        arrays.append(np.float32(own["learning_rate"]))
    first = getattr(model.optimizer, "initial_accumulator_value", 0.0)
    trained = [moved for _, moved in model.variables_trained()]
    for (name, weight), moved in zip(state["weights"].items(), trained, strict=True):
        if moved:
            fresh = np.full_like(weight, first)
            arrays += [own["arrays"].get(f"{slot}/{name}", fresh) for slot in slots]
    return arrays


def _slots(optimizer):
    """What Keras's keeps for each weight, in order; None where that is not known."""
    kind = type(optimizer).__name__
    momentum = getattr(optimizer, "momentum", None)
    if kind == "SGD":
        return ("momentum",) if momentum else ()
    if kind == "RMSprop" and (momentum or optimizer.centered):
        return None
    if kind in ("Adam", "AdamW") and optimizer.amsgrad:
        return None
    return _SLOTS.get(kind)


def read(content, links, forms):
    """The weights of layers, from the bytes of a file.

    Parameters
    ----------
    content : bytes
    links : list of Link
    forms : dict
        Shape and dtype of each weight by name, in the order of the layers.

    Returns
    -------
    dict of str to ndarray

    Raises
    ------
    ValueError
        It is damaged, or an array is not there or of another shape.
    """
    h5py = needs.package("h5py")
    try:
        with h5py.File(io.BytesIO(content), "r") as file:
            return dict(_arrays(h5py, file, links, forms))
    except (OSError, RuntimeError, KeyError, TypeError) as error:  # what h5py says of damage
        raise ValueError(f"damaged, or no HDF5 file: {error}") from error


def _arrays(h5py, file, links, forms):
    if "model_weights" in file or "layer_names" in file.attrs:
        raise ValueError(
            "got a file of Keras 2, whose form is another, expected one of Keras 3: read it there "
            "and save it as .keras or .weights.h5"
        )
    names = iter(forms.items())
    for layer, path in groups(links):
        given = getattr(layer, "_given", None)  # a Normalization that was told its numbers
        for number, _ in enumerate(layer.weight_names):
            name, (shape, dtype) = next(names)
            if given is not None:
                yield name, np.broadcast_to(given[number], shape).astype(dtype)
            else:
                yield name, _array(h5py, file, f"{path}/vars/{number}", shape, dtype)
        if layer.weight_names and f"{path}/vars/{len(layer.weight_names)}" in file:
            _require_count(layer, path)


def _require_count(layer, path):
    if type(layer).__name__ != "Normalization":
        raise ValueError(
            f"{path}: got more arrays than the {len(layer.weight_names)} of {layer.name!r}"
        )


def _array(h5py, file, path, shape, dtype):
    """One array, if it lies in this file and has the shape."""
    group = file
    for part in path.split("/"):
        link = group.get(part, getlink=True) if isinstance(group, h5py.Group) else None
        if not isinstance(link, h5py.HardLink):
            raise ValueError(f"got no {path!r} in the file, expected an array of shape {shape}")
        group = group[part]
    if not isinstance(group, h5py.Dataset) or group.external or group.is_virtual:
        raise ValueError(f"{path}: got no array of this file")
    if group.shape != tuple(shape) or group.dtype.kind != "f":
        raise ValueError(f"{path}: got shape {group.shape} of {group.dtype}, expected {shape}")
    return group[()].astype(dtype)
