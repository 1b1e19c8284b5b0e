"""What is drawn of a model of trilobite, or of an estimator of scikit-learn's kind."""

import numpy as np

from trilobite import layers
from trilobite._checks import arrays
from trilobite._declare.aside import set_aside
from trilobite._model.chain import leaves
from trilobite.models import Model, Sequential

_SKLEARN = {"identity": "linear", "logistic": "sigmoid", "exp": "exponential"}


def is_model(model):
    """Whether it is a built model, or else a fitted multilayer perceptron of scikit-learn's kind.

    Raises
    ------
    TypeError, ValueError
        It is neither.
    """
    if isinstance(model, Model):
        if not model.built:
            raise ValueError(f"model: got {model!r}, expected one that is built")
        return True
    if not hasattr(model, "hidden_layer_sizes"):
        kind = type(model).__name__
        raise TypeError(
            f"model: got {model!r} ({kind}), expected a Model, or an MLPClassifier or MLPRegressor"
        )
    if not hasattr(model, "coefs_"):
        raise ValueError(f"model: got {model!r}, expected one that is fitted")
    return False


def as_model(model):
    """The model, or one that computes what a fitted multilayer perceptron of scikit-learn does."""
    if is_model(model):
        return model
    dtype = "float32" if model.coefs_[0].dtype == np.float32 else "float64"
    names = [model.activation] * (len(model.coefs_) - 1) + [model.out_activation_]
    with set_aside():  # drawing changes no model that is made later
        dense = [
            layers.Dense(w.shape[1], _SKLEARN.get(name, name), name=f"layer_{k}")
            for k, (w, name) in enumerate(zip(model.coefs_, names, strict=True), start=1)
        ]
        made = Sequential([layers.Input((len(model.coefs_[0]),), dtype=dtype), *dense])
    pairs = zip(model.coefs_, model.intercepts_, strict=True)
    made.set_weights([array for pair in pairs for array in pair])
    return made


def kernels(model):
    """Names of the layers that multiply, and their kernels (n_in, n_out)."""
    found = [
        (layer.name, layer.get_weights()[0])
        for layer in leaves(as_model(model).layers)
        if layer.weight_names[:1] == ("kernel",)
    ]
    if not found:
        raise ValueError(f"model: got {model!r}, expected one with a Dense layer")
    return found


class Decided:
    """What a classifier says of rows.

    Attributes
    ----------
    classes : list
        As they are called.
    predicted : ndarray of int, shape (n,)
        Places in `classes`.
    scores : ndarray, shape (n, classes), or None
        The more, the surer.
    """

    def __init__(self, model, x, targets=None):
        self.scores = None
        if isinstance(model, Model):
            self._by_outputs(model, x, targets)
        elif hasattr(model, "predict") and hasattr(model, "classes_"):
            self.classes = np.asarray(model.classes_).tolist()
            self.predicted = places("predictions", labels(model.predict(x), len(x)), self.classes)
            if hasattr(model, "predict_proba"):
                self.scores = model.predict_proba(x)
        else:
            kind = type(model).__name__
            raise TypeError(
                f"model: got {model!r} ({kind}), expected a Model or a fitted classifier"
            )

    def _by_outputs(self, model, x, targets):
        scores = model.predict(x, verbose=0)
        if scores.shape[1] == 1:
            signs = targets is not None and np.min(targets) == -1
            logits = getattr(model, "_loss", None) is not None and model._loss.from_logits
            scores = np.hstack([-scores, scores - 2 * (0.0 if signs or logits else 0.5)])
            self.classes = [-1, 1] if signs else [0, 1]
        else:
            self.classes = list(range(scores.shape[1]))
        self.predicted, self.scores = scores.argmax(axis=1), scores


def labels(y, n, classes=None):
    """Targets as labels (n,): those of one-hot rows are their places in `classes`."""
    y = y.to_numpy() if hasattr(y, "to_numpy") else np.asarray(y)
    if y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    if y.ndim == 2:
        y = arrays.array("y", y).argmax(axis=1)
    if y.shape != (n,):
        raise ValueError(f"y: got shape {y.shape}, expected ({n},), a class for each row of x")
    return y if y.dtype.kind in "OUS" else arrays.array("y", y)


def places(argument, y, classes):
    """Of labels the places in `classes`."""
    at = {label: k for k, label in enumerate(classes)}
    unknown = sorted({str(label) for label in y.tolist() if label not in at})
    if unknown:
        raise ValueError(f"{argument}: got class {unknown[0]}, expected some of {classes}")
    return np.array([at[label] for label in y.tolist()])
