"""What is compared with Keras 3, in one table: every entry is a program for both libraries.

`faces/test_keras_pairs.py` runs them all, and docs/keras.md lists them:
``python tests/keras_pairs.py`` writes the list there.
"""

from pathlib import Path

from trilobite import activations, optimizers

PAGE = Path(__file__).parents[1] / "docs" / "keras.md"
BEGIN, END = "<!-- pairs: begin -->\n", "<!-- pairs: end -->\n"

# With every one of the learning rates below. The rates are those that float32 represents exactly:
# Keras rounds them to it, whatever the dtype of the model.
OPTIMIZERS = [f"optimizers.{cls.__name__}({{}})" for cls in optimizers._CLASSES]
LEARNING_RATES = [
    "0.0625",
    "schedules.ExponentialDecay(0.0625, 6, 0.5)",
    "schedules.PiecewiseConstantDecay([5, 12], [0.0625, 0.03125, 0.25])",
    "schedules.PolynomialDecay(0.0625, 7, 0.0078125, power=2.0, cycle=True)",
    "schedules.InverseTimeDecay(0.0625, 5, 2.0)",
    "schedules.CosineDecay(0.0078125, 15, alpha=0.125, warmup_target=0.0625, warmup_steps=6)",
    "schedules.CosineDecayRestarts(0.0625, 5, t_mul=2.0, m_mul=0.5, alpha=0.125)",
]
MORE_LEARNING_RATES = [  # with SGD
    "schedules.ExponentialDecay(0.0625, 6, 0.5, staircase=True)",
    "schedules.InverseTimeDecay(0.0625, 5, 2.0, staircase=True)",
    "schedules.PolynomialDecay(0.0625, 15)",
    "schedules.CosineDecay(0.0625, 15)",
    "schedules.CosineDecay(0.0, 15, alpha=0.125, warmup_target=0.0625, warmup_steps=6)",
    "schedules.CosineDecayRestarts(0.0625, 4, t_mul=1.0, m_mul=0.75)",
]
MORE_OPTIMIZERS = [
    "optimizers.SGD(0.0625, momentum=0.875)",
    "optimizers.SGD(0.0625, momentum=0.875, nesterov=True)",
    "optimizers.Adam(0.0625, amsgrad=True)",
    "optimizers.RMSprop(0.0625, momentum=0.5, centered=True)",
    "optimizers.Adam(0.0625, beta_1=0.75, beta_2=0.875, epsilon=0.125)",
    "optimizers.RMSprop(0.0625, rho=0.5, epsilon=0.125)",
    "optimizers.Adagrad(0.0625, initial_accumulator_value=0.5, epsilon=0.125)",
    "optimizers.Adadelta(1.0, rho=0.5, epsilon=0.125)",
    "optimizers.SGD(0.0625, weight_decay=0.25)",
    "optimizers.Nadam(0.0625, weight_decay=0.25, clipnorm=0.25)",
    "optimizers.SGD(0.0625, clipnorm=0.25)",
    "optimizers.SGD(0.0625, clipvalue=0.03125)",
    "optimizers.SGD(0.0625, momentum=0.5, global_clipnorm=0.25)",
    "optimizers.Adagrad(0.0625, global_clipnorm=0.25)",
    "optimizers.Adamax(0.0625, clipvalue=0.03125)",
    "optimizers.Ftrl(0.5, -0.5, 0.25, l1_regularization_strength=0.015625, beta=0.5)",
    "optimizers.Ftrl(0.5, -0.5, 0.1, 0.0, 0.25, 0.5)",
]
REGULARIZERS = [
    "regularizers.L1(0.0625)",
    "regularizers.L2(0.0625)",
    "regularizers.L1L2(0.03125, 0.0625)",
    "'l1'",
    "'l2'",
    "'l1l2'",
]
CONSTRAINTS = [
    "'max_norm'",
    "'non_neg'",
    "'unit_norm'",
    "constraints.MaxNorm(0.5)",
    "constraints.MinMaxNorm(0.25, 0.75, rate=0.5)",
]
ACTIVATIONS = [name for name in activations._NAMES if name != "gelu_tanh"]  # Keras has no name
LAYERS = [
    "[layers.BatchNormalization()]",
    "[layers.BatchNormalization(momentum=0.5, epsilon=0.25)]",
    "[layers.BatchNormalization(center=False)]",
    "[layers.BatchNormalization(scale=False)]",
    "[layers.BatchNormalization(gamma_regularizer='l2', beta_regularizer='l1',"
    " beta_initializer='ones', gamma_initializer='random_normal',"
    " moving_variance_initializer='random_uniform')]",
    "[layers.Dense(4, use_bias=False), layers.BatchNormalization(), layers.Activation('elu')]",
    "[layers.Dropout(0)]",
    "[layers.ReLU(), layers.ELU(), layers.Softmax()]",
    "[layers.LeakyReLU(), layers.LeakyReLU(negative_slope=0.125), layers.ELU(alpha=0.5)]",
    "[layers.ReLU(max_value=0.5, negative_slope=0.25, threshold=0.125), layers.ReLU(6)]",
    "[layers.PReLU(), layers.Dense(5), layers.PReLU('random_uniform', 'l2', 'non_neg')]",
    "[layers.Dense(5, 'tanh', activity_regularizer='l2')]",
    "[layers.ActivityRegularization(0.0625, 0.03125), layers.Dense(4, activity_regularizer='l1')]",
    "[layers.GaussianNoise(0), layers.GaussianDropout(0), layers.AlphaDropout(0)]",
    "[layers.Reshape((-1, 1)), layers.Reshape((-1,)), layers.Dense(4, 'mish')]",
    "[layers.BatchNormalization(gamma_constraint='max_norm', beta_constraint='non_neg')]",
]
# (loss, activation of the output, kind of targets); in float64 with weights of rows
LOSSES = [
    ("'mean_squared_error'", "linear", "numbers"),
    ("'mae'", "linear", "numbers"),
    ("losses.MeanAbsolutePercentageError()", "linear", "numbers"),
    ("losses.MeanSquaredLogarithmicError()", "softplus", "counts"),
    ("losses.Huber(delta=0.5)", "linear", "numbers"),
    ("losses.log_cosh", "linear", "numbers"),
    ("'poisson'", "exponential", "counts"),
    ("losses.KLDivergence()", "softmax", "distributions"),
    ("losses.CosineSimilarity()", "linear", "numbers"),
    ("losses.MeanSquaredError(reduction='sum')", "linear", "numbers"),
    ("losses.SparseCategoricalCrossentropy(reduction='sum')", "softmax", "classes"),
    ("losses.Hinge()", "tanh", "signs"),
    ("'hinge'", "tanh", "bits"),
    ("losses.SquaredHinge()", "linear", "bits"),
    ("losses.CategoricalHinge()", "linear", "one-hot"),
    ("losses.CategoricalCrossentropy()", "softmax", "one-hot"),
    ("losses.CategoricalCrossentropy(label_smoothing=0.125)", "softmax", "one-hot"),
    (
        "losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.125)",
        "linear",
        "one-hot",
    ),
    ("losses.SparseCategoricalCrossentropy()", "softmax", "classes"),
    ("losses.SparseCategoricalCrossentropy(from_logits=True)", "linear", "classes"),
    ("losses.BinaryCrossentropy()", "sigmoid", "bits"),
    ("losses.BinaryCrossentropy(label_smoothing=0.125)", "sigmoid", "bits"),
    ("losses.BinaryCrossentropy(from_logits=True, label_smoothing=0.125)", "linear", "bits"),
]
# (loss, activation of the output, kind of targets, metrics): in training, evaluation and
# validation, without weights (`metrics`) and with them (`weighted_metrics`)
METRICS = [
    (
        "'mse'",
        "softplus",
        "counts",
        [
            "'mse'",
            "'MAE'",
            "'mape'",
            "metrics.MeanSquaredLogarithmicError()",
            "metrics.RootMeanSquaredError()",
            "metrics.LogCoshError()",
            "'poisson'",
            "metrics.R2Score()",
            "metrics.CosineSimilarity()",
            "metrics.R2Score('variance_weighted_average', name='by_variance')",
        ],
    ),
    (
        "'categorical_crossentropy'",
        "softmax",
        "one-hot",
        [
            "'accuracy'",
            "metrics.CategoricalAccuracy()",
            "metrics.TopKCategoricalAccuracy(k=2)",
            "'categorical_crossentropy'",
            "metrics.KLDivergence()",
            "'categorical_hinge'",
            "metrics.Precision(name='precision')",
            "metrics.Recall(thresholds=0.25, name='recall')",
            "metrics.AUC(name='auc')",
            "metrics.AUC(multi_label=True, name='mean')",
            "metrics.AUC(multi_label=True, label_weights=[0.5, 2.0, 1.0], name='weighted_mean')",
            "metrics.F1Score('macro')",
            "metrics.F1Score('micro', threshold=0.25, name='micro')",
            "metrics.FBetaScore('weighted', beta=0.5)",
            "metrics.Precision(class_id=1, name='precision_of_1')",
        ],
    ),
    (
        "losses.BinaryCrossentropy(from_logits=True)",
        "linear",
        "bits",
        [
            "metrics.BinaryCrossentropy(from_logits=True)",
            "metrics.AUC(from_logits=True, name='auc')",
            "metrics.AUC(curve='PR', thresholds=[0.25, 0.375, 0.75], from_logits=True, name='at')",
        ],
    ),
    (
        "losses.CategoricalCrossentropy(from_logits=True)",
        "linear",
        "one-hot",
        ["metrics.CategoricalCrossentropy(from_logits=True)"],
    ),
    (
        "losses.SparseCategoricalCrossentropy(from_logits=True)",
        "linear",
        "classes",
        ["metrics.SparseCategoricalCrossentropy(from_logits=True)"],
    ),
    (
        "'sparse_categorical_crossentropy'",
        "softmax",
        "classes",
        [
            "'acc'",
            "metrics.SparseCategoricalAccuracy(name='mine')",
            "metrics.SparseTopKCategoricalAccuracy(k=2)",
            "metrics.SparseCategoricalCrossentropy()",
        ],
    ),
    (
        "'binary_crossentropy'",
        "sigmoid",
        "bits",
        [
            "'accuracy'",
            "metrics.BinaryAccuracy(threshold=0.375, name='above')",
            "metrics.BinaryCrossentropy(name='bce')",
            "'precision'",
            "'recall'",
            "'auc'",
            "metrics.AUC(50, curve='PR', name='pr')",
            "metrics.AUC(7, curve='PR', summation_method='minoring', name='below')",
            "metrics.AUC(7, summation_method='majoring', name='over')",
            "metrics.TruePositives(name='tp')",
            "metrics.FalsePositives(0.25, name='fp')",
            "metrics.FalseNegatives(name='fn')",
            "metrics.TrueNegatives(0.75, name='tn')",
            "metrics.SensitivityAtSpecificity(0.5, name='sensitivity')",
            "metrics.SpecificityAtSensitivity(0.5, class_id=1, name='specificity')",
            "metrics.PrecisionAtRecall(0.5, name='precision_at')",
            "metrics.RecallAtPrecision(0.5, name='recall_at')",
        ],
    ),
    ("'hinge'", "tanh", "signs", ["'hinge'", "metrics.SquaredHinge()"]),
]
# (loss, kind of targets, options of fit as Python): w are weights of rows, some of them 0
WEIGHTS = [
    ("'mse'", "numbers", "dict(sample_weight=w)"),
    ("'mse'", "numbers", "dict(sample_weight=w[:, None], validation_split=0.25)"),
    ("'mse'", "numbers", "dict(sample_weight=w, validation_data=(x, y, w[::-1]))"),
    ("'mse'", "numbers", "dict(sample_weight=0 * w)"),
    ("'mse'", "numbers", "dict(sample_weight=w - 0.5)"),
    ("'sparse_categorical_crossentropy'", "classes", "dict(class_weight={0: 2.0, 2: 0.5})"),
    (
        "'categorical_crossentropy'",
        "one-hot",
        "dict(class_weight={0: 2, 1: 0}, validation_split=0.25)",
    ),
    ("'binary_crossentropy'", "bit", "dict(class_weight={1: 3.0})"),
]


def table():
    """The list for docs/keras.md."""
    rates = [*LEARNING_RATES, *MORE_LEARNING_RATES]
    losses = [f"{loss}, {activation}, {kind}" for loss, activation, kind in LOSSES]
    metrics = sorted({m for *_, listed in METRICS for m in listed}, key=str.lower)
    rows = {
        "optimizer, with each of the first seven learning rates": OPTIMIZERS,
        "learning rate": rates,
        "optimizer": MORE_OPTIMIZERS,
        "regularizer, of kernels and biases": REGULARIZERS,
        "constraint, of kernels and biases": CONSTRAINTS,
        "activation": ACTIVATIONS,
        "layers": LAYERS,
        "loss, activation of the output, targets": losses,
        "metric, without and with weights of rows": metrics,
        "weights of rows: loss, targets, options of `fit`": [", ".join(row) for row in WEIGHTS],
    }
    lines = ["| what | compared |", "|---|---|"]
    for what, entries in rows.items():
        lines += [f"| {what} | `{entry}` |" for entry in entries]
    return "\n".join(lines).replace("optimizers.", "").replace("schedules.", "") + "\n"


def page():
    """docs/keras.md with the list of today."""
    text = PAGE.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    return before + BEGIN + table() + END + rest.split(END)[1]


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
