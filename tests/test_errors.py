"""Bad input: an error that names the argument, what was given and what was expected; no change."""

import warnings

import numpy as np
import pytest

import trilobite as keras
from trilobite import (
    callbacks,
    config,
    initializers,
    layers,
    losses,
    metrics,
    optimizers,
    regularizers,
    utils,
)
from trilobite.optimizers import schedules

X = np.random.default_rng(0).normal(size=(20, 4)).astype(np.float32)
Y = np.arange(20) % 3
ONE_HOT = np.eye(3)[Y]
CATEGORICAL, SPARSE, BINARY = (
    f"{kind}_crossentropy" for kind in ("categorical", "sparse_categorical", "binary")
)


def compiled(loss=SPARSE, n_out=3, **options):
    model = keras.Sequential([keras.Input((4,)), layers.Dense(n_out)])
    model.compile("sgd", loss, **options)
    return model


def changed(x, row, column, value):
    x = np.array(x, np.float64 if np.asarray(x).dtype.kind != "f" else None)
    x[row, column] = value
    return x


BAD_X = [
    (None, TypeError, "x: got NoneType, expected an array"),
    ("text", TypeError, "x: got dtype <U4, expected an array of real numbers"),
    (X.astype(complex), TypeError, "x: got dtype complex128, expected an array of real numbers"),
    (X.astype(object), TypeError, "x: got dtype object"),
    (X.astype(str), TypeError, "x: got dtype <U32"),
    (np.zeros((20, 4), "M8[s]"), TypeError, "x: got dtype datetime64"),
    (iter(X), TypeError, "x: got "),
    ([[1, 2, 3, 4], [1, 2, 3]], ValueError, "x: got a list of unequal rows"),
    (3.0, ValueError, "x: got the scalar 3.0"),
    (X[:0], ValueError, r"x: got an empty array of shape \(0, 4\)"),
    (X[:, :0], ValueError, r"x: got an empty array of shape \(20, 0\)"),
    (X[:, :3], ValueError, r"x: got shape \(20, 3\), expected \(n, 4\)"),
    (X[0], ValueError, r"x: got shape \(4,\), expected \(n, 4\)"),
    (X.reshape(20, 2, 2), ValueError, r"x: got shape \(20, 2, 2\), expected \(n, 4\)"),
]
BAD_NUMBERS = [
    (changed(X, 13, 2, np.nan), ValueError, "x: got nan in row 13, column 2, expected finite"),
    (changed(X, 19, 0, -np.inf), ValueError, "x: got -inf in row 19, column 0"),
    (changed(X.astype("d"), 4, 3, 1e300), ValueError, r"x: got 1e\+300 in row 4, column 3"),
]


@pytest.mark.parametrize("x, error, message", BAD_X + BAD_NUMBERS)
@pytest.mark.parametrize(
    "method", ["fit", "evaluate", "predict", "train_on_batch", "__call__", "with_callback"]
)
def test_bad_x(x, error, message, method):
    model = compiled()
    before = model.get_weights()
    with pytest.raises(error, match=message):
        if method in ("predict", "__call__"):
            getattr(model, method)(x)
        elif method == "with_callback":
            callback = type("C", (callbacks.Callback,), {"on_train_batch_end": lambda *a, **k: 0})
            model.fit(x, Y, batch_size=3, epochs=2, verbose=0, callbacks=[callback()])
        else:
            getattr(model, method)(x, Y)
    for now, then in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(now, then)


@pytest.mark.parametrize(
    "loss, y, error, message",
    [
        (SPARSE, Y[:19], ValueError, "y: got 19 rows, expected 20, as many as x has"),
        (SPARSE, Y + 1, ValueError, "y: got class indices from 1 to 3, expected 0 to 2: the model"),
        (SPARSE, Y - 1, ValueError, "y: got class indices from -1 to 1, expected 0 to 2"),
        (SPARSE, Y + 0.5, ValueError, "y: got float64 values that are no integers"),
        (SPARSE, Y + np.nan, ValueError, "y: got float64 values that are no integers"),
        (SPARSE, ONE_HOT, ValueError, r"y: got shape \(20, 3\).*use the loss 'categorical_cross"),
        (SPARSE, None, TypeError, "y: got NoneType"),
        (SPARSE, Y.astype(str), TypeError, "y: got dtype <U21"),
        (CATEGORICAL, Y, ValueError, "expected .20, 3.*use the loss 'sparse_categorical_cross"),
        (CATEGORICAL, Y[:, None], ValueError, "use the loss 'sparse_categorical_crossentropy'"),
        (CATEGORICAL, ONE_HOT[:, :2], ValueError, r"y: got shape \(20, 2\), expected \(20, 3\)"),
        (CATEGORICAL, changed(ONE_HOT, 7, 1, np.inf), ValueError, "y: got inf in row 7, column 1"),
        (BINARY, 2 * ONE_HOT - 1, ValueError, "y: got values -1.0 to 1.0, expected 0 to 1"),
        ("mse", Y, ValueError, r"y: got shape \(20,\), expected \(20, 3\)"),
        ("mse", changed(ONE_HOT, 0, 2, np.nan), ValueError, "y: got nan in row 0, column 2"),
    ],
)
@pytest.mark.parametrize("method", ["fit", "evaluate", "train_on_batch"])
def test_bad_y(loss, y, error, message, method):
    model = compiled(loss)
    before = model.get_weights()[0]
    with pytest.raises(error, match=message):
        getattr(model, method)(X, y)
    np.testing.assert_array_equal(model.get_weights()[0], before)


@pytest.mark.parametrize(
    "options, error, message",
    [
        ({"batch_size": 0}, ValueError, "batch_size: got 0, expected an integer >= 1"),
        ({"batch_size": 2.5}, TypeError, r"batch_size: got 2.5 \(float\)"),
        ({"batch_size": True}, TypeError, "batch_size: got True"),
        ({"epochs": 0}, ValueError, "epochs: got 0, expected an integer >= 1"),
        ({"epochs": -1}, ValueError, "epochs: got -1"),
        ({"epochs": "2"}, TypeError, r"epochs: got '2' \(str\)"),
        ({"initial_epoch": -1}, ValueError, "initial_epoch: got -1, expected an integer >= 0"),
        ({"verbose": 3}, ValueError, "verbose: got 3, expected 'auto', 0, 1 or 2"),
        ({"verbose": "loud"}, ValueError, "verbose: got 'loud'"),
        ({"validation_split": 1.0}, ValueError, "validation_split: got 1.0, expected 0 <= "),
        ({"validation_split": -0.1}, ValueError, "validation_split: got -0.1"),
        ({"validation_split": np.nan}, ValueError, "validation_split: got nan"),
        ({"validation_split": 0.99}, ValueError, "leaves 0 of 20 rows for training"),
        ({"validation_split": "a"}, TypeError, r"validation_split: got 'a' \(str\)"),
        ({"validation_data": X}, TypeError, "validation_data: got a ndarray, expected a tuple"),
        ({"validation_data": (X,)}, TypeError, "validation_data: got a tuple of 1"),
        ({"validation_data": (X, Y[:3])}, ValueError, "validation_data's y: got 3 rows"),
        ({"validation_data": (X[:, :2], Y)}, ValueError, "validation_data's x: got shape"),
        (
            {"validation_data": (changed(X, 3, 1, np.nan), Y)},
            ValueError,
            "validation_data's x: got nan in row 3, column 1",
        ),
        ({"validation_batch_size": 0}, ValueError, "validation_batch_size: got 0"),
        ({"validation_freq": 0}, ValueError, "validation_freq: got 0"),
        ({"callbacks": [3]}, TypeError, "callbacks: got 3 .int., expected a list of instances"),
        ({"callbacks": 3}, TypeError, "callbacks: got 3"),
        (
            {"validation_data": (X, Y, X[:3, 0])},
            ValueError,
            "validation_data's sample_weight: got s",
        ),
        ({"validation_data": (X, Y, Y, Y)}, TypeError, "validation_data: got a tuple of 4"),
        (
            {"sample_weight": Y[:3]},
            ValueError,
            r"sample_weight: got shape \(3,\), expected \(20,\)",
        ),
        ({"sample_weight": ONE_HOT}, ValueError, r"sample_weight: got shape \(20, 3\)"),
        ({"sample_weight": Y / 0.7 - np.inf}, ValueError, "sample_weight: got -inf in row 0"),
        ({"sample_weight": np.where(Y, 1, np.nan)}, ValueError, "sample_weight: got nan in row 0"),
        ({"sample_weight": "all"}, TypeError, "sample_weight: got dtype <U3"),
        (
            {"class_weight": [1, 2, 3]},
            TypeError,
            "class_weight: got .1, 2, 3. .list., expected a d",
        ),
        (
            {"class_weight": {"0": 1}},
            TypeError,
            "class_weight's class: got '0' .str., expected an i",
        ),
        ({"class_weight": {-1: 1}}, ValueError, "class_weight's class: got -1, expected an int"),
        ({"class_weight": {0: np.nan}}, ValueError, "class_weight of class 0: got nan"),
        ({"class_weight": {0: "big"}}, TypeError, "class_weight of class 0: got 'big'"),
    ],
)
def test_bad_arguments_of_fit(options, error, message):
    model = compiled()
    before = model.get_weights()[0]
    with pytest.raises(error, match=message):
        model.fit(X, Y, **options)
    np.testing.assert_array_equal(model.get_weights()[0], before)


@pytest.mark.parametrize("method", ["fit", "evaluate", "train_on_batch", "test_on_batch"])
def test_not_compiled(method):
    model = keras.Sequential([keras.Input((4,)), layers.Dense(3)])
    with pytest.raises(ValueError, match="not compiled, call compile"):
        getattr(model, method)(X, Y)


@pytest.mark.parametrize(
    "make, error, message",
    [
        (lambda: layers.Dense(0), ValueError, "units: got 0, expected an integer >= 1"),
        (lambda: layers.Dense(2.0), TypeError, "units: got 2.0"),
        (lambda: layers.Dense(2, "rleu"), ValueError, "'rleu', expected .*; did you mean 'relu'"),
        (
            lambda: layers.Dense(2, max),
            TypeError,
            "activation: got .*max.*expected one of 'linear'",
        ),
        (lambda: layers.Dense(2, kernel_initializer="he"), ValueError, "kernel_initializer: got"),
        (lambda: layers.Dense(2, bias_initializer=3), TypeError, "bias_initializer: got 3"),
        (
            lambda: layers.Dense(2, kernel_regularizer="l3"),
            ValueError,
            "kernel_regularizer: got 'l3', e",
        ),
        (lambda: layers.Dense(2, bias_regularizer=0.1), TypeError, "bias_regularizer: got 0.1"),
        (lambda: layers.Dense(2, activity_regularizer="l2"), ValueError, "activity_regularizer: g"),
        (lambda: layers.Dense(2, kernel_constraint="max_norm"), ValueError, "kernel_constraint: g"),
        (lambda: layers.Activation("mish"), ValueError, "activation: got 'mish', expected one of"),
        (lambda: layers.Dropout(1), ValueError, "rate: got 1.0, which drops everything"),
        (lambda: layers.Dropout(-0.1), ValueError, "rate: got -0.1, expected a number from 0 to 1"),
        (lambda: layers.Dropout("a"), TypeError, "rate: got 'a'"),
        (
            lambda: layers.Dropout(0.5, (2, 1)),
            ValueError,
            r"noise_shape: got \(2, 1\), expected None",
        ),
        (lambda: layers.Dropout(0.5, seed=0.5), TypeError, "seed: got 0.5"),
        (lambda: layers.BatchNormalization(axis=0), ValueError, "axis: got 0, expected -1, 1"),
        (
            lambda: layers.BatchNormalization(momentum=2),
            ValueError,
            "momentum: got 2, expected a n",
        ),
        (lambda: layers.BatchNormalization(epsilon=-1), ValueError, "epsilon: got -1, expected"),
        (
            lambda: layers.BatchNormalization(renorm=True),
            ValueError,
            "renorm: got True, expected F",
        ),
        (
            lambda: layers.BatchNormalization(beta_regularizer="x"),
            ValueError,
            "beta_regularizer: g",
        ),
        (lambda: layers.BatchNormalization(gamma_initializer="x"), ValueError, "gamma_initializer"),
        (lambda: layers.ReLU(6.0), ValueError, "max_value: got 6.0, expected None: nothing else"),
        (lambda: setattr(layers.Dense(2), "trainable", False), ValueError, "trainable: got False"),
        (lambda: regularizers.L1(-1), ValueError, "l1: got -1, expected a number >= 0"),
        (lambda: regularizers.L2(np.inf), ValueError, "l2: got inf"),
        (lambda: regularizers.L1L2(l2="a"), TypeError, "l2: got 'a'"),
        (lambda: layers.Rescaling("a"), TypeError, r"scale: got 'a' \(str\), expected a number"),
        (lambda: layers.Rescaling(1, np.inf), ValueError, "offset: got inf"),
        (lambda: keras.Input(784), TypeError, r"shape: got 784, expected a tuple such as"),
        (lambda: keras.Input((784.0,)), TypeError, "shape: got 784.0"),
        (lambda: keras.Input((0,)), ValueError, "shape: got 0"),
        (lambda: keras.Input((4,), dtype="float16"), ValueError, "dtype: got 'float16', expected"),
        (lambda: optimizers.SGD(0), ValueError, "learning_rate: got 0, expected a positive"),
        (lambda: optimizers.SGD(np.nan), ValueError, "learning_rate: got nan"),
        (lambda: optimizers.SGD("fast"), TypeError, "learning_rate: got 'fast'"),
        (
            lambda: optimizers.SGD(0.1, momentum=1.5),
            ValueError,
            "momentum: got 1.5, expected a num",
        ),
        (
            lambda: optimizers.SGD(clipnorm=-1),
            ValueError,
            "clipnorm: got -1, expected a number >= 0",
        ),
        (lambda: optimizers.SGD(weight_decay="a"), TypeError, "weight_decay: got 'a'"),
        (
            lambda: optimizers.Adam(clipnorm=1, clipvalue=2),
            ValueError,
            "clipnorm, clipvalue, global_clipnorm: got clipnorm=1.0, clipvalue=2.0, expected one",
        ),
        (lambda: optimizers.Adam(beta_1=1), ValueError, "beta_1: got 1.0, expected a number below"),
        (lambda: optimizers.Nadam(beta_2=-1), ValueError, "beta_2: got -1, expected a number from"),
        (lambda: optimizers.Adamax(epsilon=np.nan), ValueError, "epsilon: got nan"),
        (lambda: optimizers.AdamW(weight_decay=None), TypeError, "weight_decay: got None"),
        (
            lambda: optimizers.RMSprop(rho=2),
            ValueError,
            "rho: got 2, expected a number from 0 to 1",
        ),
        (lambda: optimizers.Adagrad(0.1, -1), ValueError, "initial_accumulator_value: got -1"),
        (
            lambda: optimizers.Adadelta(use_ema=True),
            ValueError,
            "use_ema: got True, expected False",
        ),
        (
            lambda: optimizers.SGD(ema_momentum=0.5),
            ValueError,
            "ema_momentum: got 0.5, expected 0.99",
        ),
        (lambda: optimizers.SGD(loss_scale_factor=2), ValueError, "loss_scale_factor: got 2, expe"),
        (lambda: optimizers.SGD(moment=0.5), TypeError, "moment: SGD has no such argument"),
        (lambda: setattr(optimizers.SGD(), "iterations", -1), ValueError, "iterations: got -1"),
        (
            lambda: optimizers.SGD().exclude_from_weight_decay(var_names="bias"),
            TypeError,
            r"var_names: got 'bias', expected a list such as \['bias'\]",
        ),
        (
            lambda: optimizers.SGD().exclude_from_weight_decay([X]),
            ValueError,
            "var_list: got a list, expected None",
        ),
        (
            lambda: schedules.ExponentialDecay(0.1, 0, 0.5),
            ValueError,
            "decay_steps: got 0, expected",
        ),
        (
            lambda: schedules.InverseTimeDecay(0.1, 5, -1),
            ValueError,
            "decay_rate: got -1, expected",
        ),
        (lambda: schedules.PolynomialDecay("a", 5), TypeError, "initial_learning_rate: got 'a'"),
        (
            lambda: schedules.CosineDecay(0.1, 5, warmup_steps=-1),
            ValueError,
            "warmup_steps: got -1",
        ),
        (
            lambda: schedules.CosineDecayRestarts(0.1, 5, 0.5),
            ValueError,
            "t_mul: got 0.5, expected",
        ),
        (
            lambda: schedules.PiecewiseConstantDecay([1, 2], [0.1, 0.2]),
            ValueError,
            "values: got 2 values and 2 boundaries, expected .* one value more",
        ),
        (
            lambda: schedules.PiecewiseConstantDecay([2, 1], [0.1, 0.2, 0.3]),
            ValueError,
            r"boundaries: got \[2, 1\], expected them in ascending order",
        ),
        (
            lambda: schedules.PiecewiseConstantDecay(2, [0.1, 0.2]),
            TypeError,
            "boundaries: got 2 .int., expected a list",
        ),
        (lambda: optimizers.get("sdg"), ValueError, "optimizer: got 'sdg', .*did you mean 'sgd'"),
        (lambda: losses.get("mes"), ValueError, "loss: got 'mes', .*did you mean 'mse'"),
        (lambda: losses.get(None), TypeError, "loss: got None"),
        (
            lambda: losses.MeanSquaredError("sum"),
            ValueError,
            "reduction: got 'sum', expected 'sum_ov",
        ),
        (
            lambda: losses.Poisson(dtype="float64"),
            ValueError,
            "dtype: got 'float64', expected None",
        ),
        (lambda: losses.Huber(-1), ValueError, "delta: got -1, expected a number >= 0"),
        (
            lambda: losses.BinaryCrossentropy(label_smoothing=2),
            ValueError,
            "label_smoothing: got 2",
        ),
        (lambda: losses.CategoricalCrossentropy(axis=0), ValueError, "axis: got 0, expected -1"),
        (
            lambda: losses.SparseCategoricalCrossentropy(ignore_class=0),
            ValueError,
            "ignore_class: got 0, expected None",
        ),
        (lambda: metrics.get_all("metrics", "acc"), TypeError, "metrics: got 'acc', .*a list"),
        (
            lambda: metrics.get_all("metrics", ["f1_score"]),
            ValueError,
            "metrics: got 'f1_score', e",
        ),
        (
            lambda: metrics.get_all("weighted_metrics", [len]),
            TypeError,
            "weighted_metrics: got .*len",
        ),
        (lambda: metrics.Precision([0.1, 0.9]), TypeError, r"thresholds: got \[0.1, 0.9\]"),
        (lambda: metrics.Recall(2), ValueError, "thresholds: got 2, expected a number from 0 to 1"),
        (lambda: metrics.Recall(top_k=2), ValueError, "top_k: got 2, expected None"),
        (lambda: metrics.AUC(1), ValueError, "num_thresholds: got 1, expected an integer >= 2"),
        (lambda: metrics.AUC(curve="PRGAIN"), ValueError, "curve: got 'PRGAIN', expected one of"),
        (
            lambda: metrics.AUC(multi_label=True),
            ValueError,
            "multi_label: got True, expected False",
        ),
        (lambda: metrics.AUC(summation_method="x"), ValueError, "summation_method: got 'x'"),
        (lambda: metrics.R2Score(None), ValueError, "class_aggregation: got None, expected 'unif"),
        (
            lambda: metrics.TopKCategoricalAccuracy(0),
            ValueError,
            "k: got 0, expected an integer >=",
        ),
        (lambda: metrics.BinaryCrossentropy(from_logits=True), ValueError, "from_logits: got True"),
        (lambda: config.set_floatx("float16"), ValueError, "value: got 'float16'"),
        (lambda: initializers.HeNormal(seed=-1), ValueError, "seed: got -1"),
        (lambda: utils.set_random_seed(1.5), TypeError, "seed: got 1.5"),
        (lambda: utils.set_random_seed(-1), ValueError, "seed: got -1"),
        (lambda: utils.to_categorical([0, 3], 3), ValueError, "x: got class indices 0 to 3"),
        (lambda: utils.to_categorical([0.5]), ValueError, "x: got float64 values"),
    ],
)
def test_bad_declarations(make, error, message):
    with pytest.raises(error, match=message):
        make()


@pytest.mark.parametrize(
    "stack, error, message",
    [
        ([3], TypeError, "layer: got 3 .int., expected one of trilobite.layers"),
        ([layers.Dense(2), keras.Input((3,))], ValueError, "expected an Input only once and first"),
        ([keras.Input((3,)), keras.Input((3,))], ValueError, "only once and first"),
        (
            [keras.Input((3,)), layers.Dense(2), layers.Rescaling(2.0)],
            ValueError,
            "Rescaling. after a layer that computes, expected it before",
        ),
        ([layers.Dense(2, name="a"), layers.Dense(2, name="a")], ValueError, "the name 'a' twice"),
        ([keras.Input((3, 2)), layers.Dense(2)], ValueError, r"put a Flatten\(\) layer before"),
        ([keras.Input((3, 2)), layers.Activation("relu")], ValueError, r"add a Flatten\(\)"),
        (
            [keras.Input((3, 2)), layers.BatchNormalization(), layers.Flatten()],
            ValueError,
            r"put a Flatten\(\) layer before",
        ),
        ([keras.Input((3, 2)), layers.Softmax(), layers.Flatten()], ValueError, "layer before"),
        (
            [keras.Input((2,)), layers.Dense(2, kernel_initializer=lambda shape, dtype: np.eye(3))],
            ValueError,
            r"kernel of layer 'dense.*': got shape \(3, 3\), expected \(2, 2\)",
        ),
    ],
)
def test_bad_stacks(stack, error, message):
    with pytest.raises(error, match=message):
        keras.Sequential(stack)


def test_a_layer_is_part_of_one_model():
    model = compiled()
    with pytest.raises(ValueError, match="is part of another model"):
        keras.Sequential([keras.Input((4,)), *model.layers])
    assert model.predict(X).shape == (20, 3)


@pytest.mark.parametrize(
    "weights, error, message",
    [
        ([np.zeros((4, 3))], ValueError, "weights: got 1 arrays, expected 2: kernel of layer"),
        (np.zeros((4, 3)), TypeError, "weights: got ndarray, expected a list"),
        (
            [np.zeros((3, 4)), np.zeros(3)],
            ValueError,
            r"kernel .*got shape \(3, 4\), expected \(4,",
        ),
        ([np.zeros((4, 3)), np.zeros(4)], ValueError, r"bias of layer .*got shape \(4,\)"),
        ([np.zeros((4, 3)), "abc"], TypeError, "bias of layer .*: got dtype <U3"),
    ],
)
def test_bad_weights(weights, error, message):
    model = compiled()
    before = model.get_weights()[0]
    for target in (model, model.layers[0]):
        with pytest.raises(error, match=message):
            target.set_weights(weights)
    np.testing.assert_array_equal(model.get_weights()[0], before)


def test_losses_and_metrics_that_do_not_go_with_the_model():
    with pytest.raises(
        ValueError, match="metrics: got 'mse', which does not go with class indices"
    ):
        compiled(SPARSE, metrics=["mse"])
    with pytest.raises(
        ValueError, match="'sparse_categorical_accuracy', which does not go with tar"
    ):
        compiled(CATEGORICAL, metrics=["sparse_categorical_accuracy"])
    with pytest.raises(ValueError, match="metrics: got 'auc', which does not go with class ind"):
        compiled(SPARSE, weighted_metrics=["auc"])
    with pytest.raises(ValueError, match="for a model with one output.*'binary_crossentropy'"):
        compiled(SPARSE, n_out=1)


def test_hinge_beside_what_takes_bits():
    model = compiled("hinge", metrics=["accuracy"])
    with pytest.raises(ValueError, match="y: got 0 and 1, .* as they are in 'accuracy'; expected"):
        model.fit(X, ONE_HOT)
    assert len(model.evaluate(X, 2 * ONE_HOT - 1, verbose=0)) == 2


@pytest.mark.parametrize("method", ["evaluate", "train_on_batch", "test_on_batch"])
def test_bad_sample_weight(method):
    model = compiled()
    with pytest.raises(ValueError, match=r"sample_weight: got shape \(19,\), expected \(20,\)"):
        getattr(model, method)(X, Y, sample_weight=X[1:, 0])


def test_bad_number_in_the_part_for_validation():
    with pytest.raises(ValueError, match="x: got nan in row 17, column 2"):
        compiled().fit(changed(X, 17, 2, np.nan), Y, validation_split=0.5)


def test_not_built():
    model = keras.Sequential([layers.Dense(3)])
    model.compile("sgd", SPARSE)
    with pytest.raises(ValueError, match="count_params: model 'sequential.*' has no weights yet"):
        model.count_params()
    with pytest.raises(AttributeError, match="output_shape"):
        _ = model.output_shape
    with pytest.raises(AttributeError, match="has no kernel before the model is built"):
        _ = model.layers[0].kernel
    with pytest.raises(ValueError, match="weights: got 1 arrays, expected 0"):
        model.set_weights([X])
    with pytest.raises(ValueError, match=r"x: got shape \(20,\), expected rows and columns"):
        model.fit(X[:, 0], Y)
    with pytest.raises(ValueError, match="y: got class indices from 0 to 5"):
        model.fit(X, np.arange(20) % 6)
    assert not model.built
    with pytest.raises(TypeError, match="input_shape: got 4, expected a tuple"):
        model.build(4)
    model.build((None, 4))
    with pytest.raises(ValueError, match=r"input_shape: got \(None, 5\), expected \(None, 4\)"):
        model.build((None, 5))


def test_empty_model():
    model = keras.Sequential()
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match="nothing to compute: add a Dense layer"):
        model.fit(X, Y)
    with pytest.raises(ValueError, match="has no layers"):
        model.pop()


def test_errors_come_without_warnings():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ValueError, match="row 4"):
            compiled().predict(changed(X.astype("d"), 4, 3, 1e300))
