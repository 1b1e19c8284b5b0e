"""The command info: what is in a model file."""

from trilobite import layers, models

WIDTH = 8  # texts of a column that are shown


def info(net):
    """Print the layers of a saved model, what it reads, what it says and how it was trained."""
    model = models.load_model(net)
    model.summary()
    if model._table:
        _show_table(model)
    elif model.inputs:
        print(f"\nReads arrays of rows of shape {model.input_shape[1:]}")
    for layer in model.layers:
        if isinstance(layer, layers.Rescaling):
            print(f"Scaling: x * {layer.scale:.6g} + {layer.offset:.6g}")
    _show_training(model)


def _show_table(model):
    scaling = next((own for own in model.layers if isinstance(own, layers.Normalization)), None)
    centers = spreads = None
    if scaling is not None:
        mean, variance = scaling.get_weights()[:2] if scaling.get_weights() else (None, None)
        config = scaling.get_config()
        mean = config.get("mean") if mean is None else mean
        variance = config.get("variance") if variance is None else variance
        if mean is not None:
            centers, spreads = (list(map(float, _flat(values))) for values in (mean, variance))
    print("\nReads the columns of a table:\n")
    first = 0
    for column in model._table["columns"]:
        name, categories, fill = column["name"], column["categories"], column["fill"]
        if categories is None:
            said = "number"
            if centers:
                said += f", scaled by mean {centers[first]:.6g}"
                said += f" and deviation {spreads[first] ** 0.5:.6g}"
            said += f"; {fill:.6g} where it is missing"
        else:
            said = f"text, one of {_some(categories)}; {fill!r} where it is missing"
        first += len(categories or [0])
        print(f"  {name}: {said}")
    target = model._table["target"]
    name, classes, constant = target["name"], target["classes"], target.get("constant")
    if classes is None:
        said = "number" + (f", mean of the training rows {constant[0]:.6g}" if constant else "")
    else:
        shares = [f" ({share:.1%})" for share in constant] if constant else [""] * len(classes)
        said = f"one of {len(classes)} classes: "
        parts = [f"{c}{s}" for c, s in zip(classes, shares, strict=True)]
        said += ", ".join(parts[:WIDTH]) + ", ..." * (len(parts) > WIDTH)
        said += ", with their shares of the training rows" if constant else ""
    print(f"\nSays {name}: {said}")


def _flat(values):
    import numpy as np

    return np.ravel(values)


def _some(texts):
    return ", ".join(map(repr, texts[:WIDTH])) + ", ..." * (len(texts) > WIDTH)


def _show_training(model):
    if model.optimizer is None:
        print("Not compiled: it can predict, and not be trained or evaluated")
        return
    loss = getattr(model.loss, "name", model.loss)
    rate = model.optimizer.learning_rate
    rate = f"learning rate {float(rate):g}" if isinstance(rate, float) else "a schedule"
    print(f"Trained with {type(model.optimizer).__name__}, {rate}, loss {loss}")
    if model.history is None or not model.history.epoch:
        return
    print(f"The last training had {len(model.history.epoch)} epochs; the last of them:")
    for name, values in model.history.history.items():
        if values and isinstance(values[-1], float):
            print(f"  {name}: {values[-1]:.6g}")
