"""Bad input: an error that names the argument, what was given and what was expected; no change."""

import warnings

import numpy as np
import pytest

import trilobite as keras
from trilobite import callbacks, layers, losses, metrics, optimizers

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
    (len, TypeError, "x: got builtin_function_or_method, expected an array"),
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
        ({"epochs": -1}, ValueError, "epochs: got -1, expected an integer >= 0"),
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
        ({"validation_data": (X, Y + np.nan)}, ValueError, "validation_data's y: got float64 val"),
        ({"validation_data": (X, Y, Y / 0.7 - np.inf)}, ValueError, "s sample_weight: got -inf"),
        (
            {"validation_data": (changed(X, 3, 1, np.nan), Y)},
            ValueError,
            "validation_data's x: got nan in row 3, column 1",
        ),
        ({"validation_batch_size": 0}, ValueError, "validation_batch_size: got 0"),
        ({"validation_freq": 0}, ValueError, "validation_freq: got 0"),
        ({"validation_freq": [2, "3"]}, TypeError, "validation_freq: got '3'"),
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
        ({"class_weight": {-1: 1}}, ValueError, "'s class: got -1, expected one from 0 to 2"),
        ({"class_weight": {3.0: 1}}, ValueError, "'s class: got 3.0, expected one from 0 to 2"),
        ({"class_weight": {0.5: 1}}, ValueError, "'s class: got 0.5, expected an integer"),
        ({"class_weight": {np.nan: 1}}, ValueError, "'s class: got nan, expected an integer"),
        ({"class_weight": {None: 1}}, TypeError, "'s class: got None .NoneType., expected an int"),
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
    with pytest.raises(ValueError, match="metrics: got the name 'loss', which is that of another"):
        compiled(CATEGORICAL, metrics=[keras.metrics.MeanAbsoluteError(name="loss")])
    with pytest.raises(ValueError, match="for a model with one output.*'binary_crossentropy'"):
        compiled(SPARSE, n_out=1)


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


@pytest.mark.parametrize(
    ("made", "name", "value"),
    [
        (layers.Dense(3), "activation", "tanh"),
        (layers.Dropout(0.5), "rate", 0.1),
        (layers.BatchNormalization(), "epsilon", 1.0),
        (optimizers.SGD(momentum=0.5), "momentum", 0.0),
        (optimizers.Adam(), "beta_1", 0.5),
        (losses.Huber(), "delta", 2.0),
        (metrics.Precision(), "thresholds", 0.3),
    ],
)
def test_what_is_made_stays_as_it_is(made, name, value):
    before = getattr(made, name)
    with pytest.raises(
        AttributeError, match=f"{name}: got .* expected a new {type(made).__name__}"
    ):
        setattr(made, name, value)
    assert getattr(made, name) == before


def test_learning_rate_can_be_assigned():
    optimizer = optimizers.SGD(0.1)
    optimizer.learning_rate = 0.2
    assert optimizer.learning_rate == 0.2


def test_layers_changed_while_training():
    class Adds(callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            self.model.add(layers.Dense(3))

    with pytest.raises(RuntimeError, match="layers were added or taken away"):
        compiled().fit(X, Y, epochs=3, verbose=0, callbacks=[Adds()])


def test_class_weight_beyond_the_dtype():
    with pytest.raises(ValueError, match="class_weight: got 1e.300 in row"):
        compiled().fit(X, Y, verbose=0, class_weight={0: 1e300})


@pytest.mark.parametrize("argument", ["epochs", "batch_size"])
def test_numbers_beyond_the_engine(argument):
    with pytest.raises(ValueError, match=f"{argument}: got 1000.*, expected an integer <= "):
        compiled().fit(X, Y, verbose=0, **{argument: 10**30})


def test_weights_that_overflow_between_two_steps():
    """They are not left behind where a callback ends the training in the middle of an epoch."""

    class Stops(callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            self.model.stop_training = True

    model = compiled("mse")
    model.compile(optimizers.SGD(1e38), "mse")
    with pytest.warns(RuntimeWarning, match="became infinite or NaN"):
        model.fit(1e3 * X, ONE_HOT, batch_size=5, verbose=0, callbacks=[Stops()])
    assert all(np.isfinite(w).all() for w in model.get_weights())
