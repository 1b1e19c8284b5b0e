"""What a trained chain computes, as plain data: the one description that formats are made of."""

from dataclasses import dataclass, field, replace

import numpy as np

from trilobite import layers as keras_layers
from trilobite._declare.differentiable import Differentiable
from trilobite._model.chain import leaves

# scikit-learn's name: the engine's
ACTIVATIONS = {"identity": "linear", "logistic": "sigmoid", "exp": "exponential"}
ADVICE = "expected a built Model of trilobite, or a fitted MLPClassifier or MLPRegressor"


@dataclass
class Rescaling:
    """``y = x * scale + offset``."""

    scale: float
    offset: float


@dataclass
class Normalization:
    """``y = gamma * (x - mean) / sqrt(variance + epsilon) + beta`` of each column."""

    mean: np.ndarray
    variance: np.ndarray
    epsilon: float = 0.0
    gamma: np.ndarray | None = None
    beta: np.ndarray | None = None
    momentum: float | None = None  # of the moving mean and variance; None: they do not move

    @property
    def factor(self):
        """What ``x - mean`` is multiplied by, float64."""
        deviation = np.sqrt(self.variance.astype(np.float64) + self.epsilon)
        return (1.0 if self.gamma is None else self.gamma) / deviation

    @property
    def offset(self):
        """What is added last, float64."""
        return np.zeros(len(self.mean)) if self.beta is None else self.beta.astype(np.float64)


@dataclass
class Dense:
    """``y = x @ w + b``, w (n_in, n_out)."""

    w: np.ndarray
    b: np.ndarray


@dataclass
class Activation:
    """The engine's activation of this name, with its numbers."""

    name: str
    numbers: tuple = ()


@dataclass
class PReLU:
    """``y = x`` where x is positive, else ``alpha * x``, an alpha for each column."""

    alpha: np.ndarray


@dataclass
class Random:
    """What only training computes: "dropout", "alpha_dropout" and other kinds, and how much."""

    kind: str
    rate: float


@dataclass
class Chain:
    """Steps from rows of `row_shape` to rows of `n_out` numbers.

    Attributes
    ----------
    row_shape : tuple of int
    steps : list
        In order; rows are flat from the first on.
    dtype : numpy.dtype
        That the model computes in.
    labels : list of int, str or float, or None
        What the outputs stand for.
    decision : {"largest", "positive", "several", None}
        How a label is chosen: that of the largest output; of one output, the second label if it is
        above 1/2; each label whose output is above 1/2.
    name : str
    """

    row_shape: tuple
    steps: list
    dtype: np.dtype
    labels: list | None = None
    decision: str | None = None
    name: str = "net"
    widths: list = field(init=False)  # of rows, before the first step and after each

    def __post_init__(self):
        self.widths = [int(np.prod(self.row_shape))]
        for step in self.steps:
            self.widths.append(step.w.shape[1] if isinstance(step, Dense) else self.widths[-1])

    @property
    def n_in(self):
        """Numbers of a row of x."""
        return self.widths[0]

    @property
    def n_out(self):
        """Numbers of a row of the output."""
        return self.widths[-1]

    def require_finite(self):
        """Raise ValueError if a weight is NaN or infinite."""
        for step in self.steps:
            for name, value in vars(step).items():
                if isinstance(value, np.ndarray) and not np.isfinite(value).all():
                    raise ValueError(
                        f"model: got NaN or infinity in {name} of a {type(step).__name__}, "
                        "expected finite weights"
                    )

    def inference(self):
        """The same without what only training computes."""
        kept = [
            step
            for step in self.steps
            if not isinstance(step, Random) and step != Activation("linear")
        ]
        return replace(self, steps=kept)

    def folded(self):
        """The same with all scaling but that of x within the dense steps.

        ``(x * f + c) @ w + b = x @ (f * w) + (b + c @ w)``, and
        ``(x @ w + b) * f + c = x @ (w * f) + (b * f + c)``; in float64. What is left are at most a
        `Rescaling` and a `Normalization`, before or after everything else, and between
        activations. That of x stays: its mean may be much larger than its deviation.
        """
        steps = []
        waiting = None  # (factor, offset), to be taken by the next dense step
        for step in self.inference().steps:
            if isinstance(step, Normalization) and steps and isinstance(steps[-1], Dense):
                w, b = steps[-1].w, steps[-1].b
                offset = step.offset - step.mean * step.factor
                steps[-1] = Dense(w * step.factor, b * step.factor + offset)
            elif isinstance(step, Normalization) and any(isinstance(s, Dense) for s in steps):
                factor, offset = step.factor, step.offset - step.mean * step.factor
                if waiting is not None:
                    factor, offset = waiting[0] * factor, waiting[1] * factor + offset
                waiting = factor, offset
            elif isinstance(step, Dense):
                w, b = step.w.astype(np.float64), step.b.astype(np.float64)
                if waiting is not None:
                    w, b = waiting[0][:, None] * w, b + waiting[1] @ w
                    waiting = None
                steps.append(Dense(w, b))
            else:
                steps += _left(waiting)
                waiting = None
                steps.append(step)
        return replace(self, steps=steps + _left(waiting))


def _left(waiting):
    """The step of a factor and an offset that no dense step takes."""
    if waiting is None:
        return []
    factor, offset = waiting
    ones = np.ones(len(factor))
    return [Normalization(0 * ones, ones, 0.0, factor, offset)]


def of(model):
    """The chain of a model or an estimator.

    Raises
    ------
    TypeError, ValueError
        It is neither, not built or fitted, or calls a function of one's own.
    """
    if hasattr(model, "declared"):
        return of_model(model)
    if hasattr(model, "hidden_layer_sizes"):
        return of_estimator(model)
    raise TypeError(f"model: got {model!r} ({type(model).__name__}), {ADVICE}")


def of_model(model):
    """The chain of a built model of Keras's names."""
    if not model.built:
        raise ValueError(f"model: got {model.name!r}, which is not built; {ADVICE}")
    with model.reading():
        steps = [step for layer in leaves(model.layers) for step in _steps(layer)]
    labels = decision = None
    if model._table is not None and model._table["target"]["classes"]:
        labels, decision = list(model._table["target"]["classes"]), "largest"
    dtype = np.dtype(model.dtype)
    return Chain(model.input_shape[1:], steps, dtype, labels, decision, model.name)


def _steps(layer):
    """The steps of a layer of a built model."""
    weights = dict(zip(layer.weight_names, layer.get_weights(), strict=True))
    if layer.rescaling:
        return [Rescaling(*map(float, layer.rescaling))]
    if isinstance(layer, keras_layers.Dense):
        w = weights["kernel"]
        b = weights.get("bias", np.zeros(w.shape[1], w.dtype))
        return [Dense(w, b), _activation(layer, layer.activation.spec())]
    if isinstance(layer, keras_layers.PReLU):
        return [PReLU(weights["alpha"])]
    if isinstance(layer, keras_layers.Normalization):
        return [Normalization(weights["mean"], weights["variance"])]
    if isinstance(layer, keras_layers.BatchNormalization):
        numbers = weights["moving_mean"], weights["moving_variance"], layer.epsilon
        return [Normalization(*numbers, weights.get("gamma"), weights.get("beta"), layer.momentum)]
    stage = layer.stage()
    if stage is None or stage[0] == "activity":
        return []
    if stage[0] == "activation":
        return [_activation(layer, stage[1])]
    return [Random(stage[0], float(stage[1]))]


def _activation(layer, spec):
    if isinstance(spec, Differentiable):
        raise TypeError(
            f"layer {layer.name!r}: got {spec!r}, a function of one's own, which no format can "
            "hold, expected an activation of trilobite.activations"
        )
    return activation(spec)


def activation(spec):
    """The step of an activation that is a name, or a name and numbers."""
    from trilobite.reference.activations import ACTIVATIONS as rows

    name, *numbers = (spec,) if isinstance(spec, str) else spec
    numbers = tuple(map(float, numbers or rows[name].numbers))
    return Activation("bent_relu" if name == "relu6" else name, numbers)


def of_estimator(estimator):
    """The chain of a fitted multilayer perceptron, of trilobite or of scikit-learn."""
    if not hasattr(estimator, "coefs_"):
        raise ValueError(f"model: got {estimator!r}, which is not fitted; {ADVICE}")
    names = [estimator.activation] * (len(estimator.coefs_) - 1) + [estimator.out_activation_]
    steps = []
    for w, b, name in zip(estimator.coefs_, estimator.intercepts_, names, strict=True):
        steps += [Dense(w, b), activation(ACTIVATIONS.get(name, name))]
    labels = decision = None
    if hasattr(estimator, "classes_"):
        labels = np.asarray(estimator.classes_).tolist()
        if estimator._label_binarizer.y_type_.startswith("multilabel"):
            decision = "several"
        else:
            decision = "largest" if estimator.n_outputs_ > 1 else "positive"
    w = estimator.coefs_[0]
    name = type(estimator).__name__
    return Chain((len(w),), steps, w.dtype, labels, decision, name)


def to_model(chain, name=None):
    """A `Sequential` of these steps, with their weights."""
    from trilobite.models import Sequential

    made, weights = [], []
    for step in chain.steps:
        layer, own = _layer(step)
        made.append(layer)
        weights += own
    model = Sequential([keras_layers.Input(chain.row_shape, dtype=chain.dtype.name)], name=name)
    if len(chain.row_shape) > 1:
        model.add(keras_layers.Flatten())
    for layer in made:
        model.add(layer)
    model.set_weights(weights)
    return model


def _layer(step):
    """The layer of a step, and its weights."""
    if isinstance(step, Rescaling):
        return keras_layers.Rescaling(step.scale, step.offset), []
    if isinstance(step, Dense):
        return keras_layers.Dense(step.w.shape[1]), [step.w, step.b]
    if isinstance(step, PReLU):
        return keras_layers.PReLU(), [step.alpha]
    if isinstance(step, Random):
        kinds = {
            "dropout": keras_layers.Dropout,
            "alpha_dropout": keras_layers.AlphaDropout,
            "gaussian_dropout": keras_layers.GaussianDropout,
            "gaussian_noise": keras_layers.GaussianNoise,
        }
        return kinds[step.kind](step.rate), []
    if isinstance(step, Normalization):
        fixed = step.momentum is None and step.gamma is None and step.beta is None
        if fixed and not step.epsilon:
            return keras_layers.Normalization(), [step.mean, step.variance]
        layer = keras_layers.BatchNormalization(
            momentum=0.99 if step.momentum is None else step.momentum,
            epsilon=step.epsilon,
            center=step.beta is not None,
            scale=step.gamma is not None,
        )
        own = [step.gamma, step.beta, step.mean, step.variance]
        return layer, [a for a in own if a is not None]
    return _activation_layer(step), []


def _activation_layer(step):
    """The layer of an activation, of these numbers."""
    name, numbers = step.name, step.numbers
    if name == "bent_relu":
        slope, most, threshold = numbers
        return keras_layers.ReLU(None if most == np.inf else most, slope, threshold)
    if name in ("leaky_relu", "elu"):
        return {"leaky_relu": keras_layers.LeakyReLU, "elu": keras_layers.ELU}[name](*numbers)
    layer = keras_layers.Activation(name)
    if activation(layer.activation.spec()) != step:
        raise ValueError(
            f"activation: got {name} of {numbers}, expected "
            f"{activation(layer.activation.spec()).numbers}, which a layer can have"
        )
    return layer
