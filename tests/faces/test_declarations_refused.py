"""Bad declarations: an error that names the argument, what was given and what was expected."""

import numpy as np
import pytest

import trilobite as keras
from trilobite import (
    config,
    constraints,
    initializers,
    layers,
    losses,
    metrics,
    optimizers,
    regularizers,
    utils,
)
from trilobite.optimizers import schedules

X = np.ones((20, 4))


@pytest.mark.parametrize(
    "make, error, message",
    [
        (lambda: layers.Dense(0), ValueError, "units: got 0, expected an integer >= 1"),
        (lambda: layers.Dense(2.0), TypeError, "units: got 2.0"),
        (lambda: layers.Dense(2, "rleu"), ValueError, "'rleu', expected .*; did you mean 'relu'"),
        (lambda: layers.Dense(2, kernel_initializer="he"), ValueError, "kernel_initializer: got"),
        (lambda: layers.Dense(2, bias_initializer=3), TypeError, "bias_initializer: got 3"),
        (
            lambda: layers.Dense(2, kernel_regularizer="l3"),
            ValueError,
            "kernel_regularizer: got 'l3', e",
        ),
        (lambda: layers.Dense(2, bias_regularizer=0.1), TypeError, "bias_regularizer: got 0.1"),
        (lambda: layers.Dense(2, activity_regularizer="l3"), ValueError, "activity_regularizer: g"),
        (
            lambda: layers.Dense(2, kernel_constraint="norm"),
            ValueError,
            "kernel_constraint: g",
        ),
        (lambda: constraints.MaxNorm(axis=1), ValueError, "axis: got 1, expected 0"),
        (lambda: layers.Reshape((2, -2)), ValueError, "target_shape: got -2, expected an int"),
        (lambda: layers.GaussianNoise(2), ValueError, "stddev: got 2, expected a number from 0 to"),
        (lambda: layers.PReLU(shared_axes=[1]), ValueError, "shared_axes: got"),
        (lambda: layers.ELU(-1), ValueError, "alpha: got -1, expected a number >= 0"),
        (lambda: layers.Activation("glu"), ValueError, "activation: got 'glu', expected one of"),
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
        (lambda: layers.ReLU(-6.0), ValueError, "max_value: got -6.0, expected a number >= 0"),
        (lambda: regularizers.L1(-1), ValueError, "l1: got -1, expected a number >= 0"),
        (lambda: regularizers.L2(np.inf), ValueError, "l2: got inf"),
        (lambda: regularizers.L1L2(l2="a"), TypeError, "l2: got 'a'"),
        (lambda: layers.Rescaling("a"), TypeError, r"scale: got 'a' \(str\), expected a number"),
        (lambda: layers.Rescaling(1, np.inf), ValueError, "offset: got inf"),
        (lambda: keras.Input(784), TypeError, r"shape: got 784, expected a tuple such as"),
        (lambda: keras.Input((784.0,)), TypeError, "shape: got 784.0"),
        (lambda: keras.Input((0,)), ValueError, "shape: got 0"),
        (lambda: keras.Input((4,), dtype="float16"), ValueError, "dtype: got 'float16', expected"),
        (lambda: optimizers.SGD(-1), ValueError, "learning_rate: got -1, expected a number >= 0"),
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
        (lambda: losses.chosen(None), TypeError, "loss: got None"),
        (
            lambda: losses.chosen({"dense": "mse"}),
            TypeError,
            "loss: got {'dense': 'mse'} .dict., expected one loss, as there is one output",
        ),
        (lambda: losses.chosen(["mse", "mae"]), TypeError, "expected one loss, as there is one"),
        (
            lambda: losses.chosen(losses.MeanSquaredError("none")),
            ValueError,
            "reduction: got 'none', expected 'sum_ov",
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
            lambda: metrics.get_all("metrics", ["f2_score"]),
            ValueError,
            "metrics: got 'f2_score', e",
        ),
        (lambda: metrics.Precision([]), ValueError, "thresholds: got none, expected one at least"),
        (lambda: metrics.Recall(2), ValueError, "thresholds: got 2, expected a number from 0 to 1"),
        (lambda: metrics.Recall(top_k=2), ValueError, "top_k: got 2, expected None"),
        (lambda: metrics.AUC(1), ValueError, "num_thresholds: got 1, expected an integer >= 2"),
        (lambda: metrics.AUC(curve="PRGAIN"), ValueError, "curve: got 'PRGAIN', expected one of"),
        (lambda: metrics.AUC(summation_method="x"), ValueError, "summation_method: got 'x'"),
        (lambda: metrics.R2Score(None), ValueError, "class_aggregation: got None, expected 'unif"),
        (
            lambda: metrics.TopKCategoricalAccuracy(0),
            ValueError,
            "k: got 0, expected an integer >=",
        ),
        (
            lambda: metrics.BinaryCrossentropy(label_smoothing=0.1),
            ValueError,
            "label_smoothing: got",
        ),
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
