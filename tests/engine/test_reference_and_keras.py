"""The reference against Keras 3 itself, in float64: definitions, not only our reading of them."""

import keras_side
import numpy as np
import pytest
from compare import (
    COSTS,
    FROM_LOGITS,
    ORACLE,
    assert_close,
    identity,
    means,
    targets,
    train,
)

from trilobite.reference import ACTIVATIONS, OPTIMIZERS

# Keras's own, under NumPy 2
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


@pytest.fixture(scope="module")
def keras():
    keras = keras_side.load()
    if keras is None:
        pytest.skip("Keras with JAX is not installed")
    for dtype in ("float64", "float32"):
        keras.config.set_floatx(dtype)
        keras.config.set_dtype_policy(dtype)  # without it the first dtype that was used stays
        if dtype == "float64":
            yield keras


RNG = np.random.default_rng(0)
Y, Z = RNG.dirichlet(np.ones(4), 50), RNG.uniform(-5, 5, (50, 4))


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations(keras, name):
    same = {"gelu_tanh": ("gelu", True), "bent_relu": ("relu", 0.5, 2.0, 1.0)}
    same |= {"threshold": ("threshold", 0.0, 0.0)}
    named, *options = same.get(name, (name,))
    numbers = (0.5, 2.0, 1.0) if name == "bent_relu" else ACTIVATIONS[name].numbers
    theirs, y = getattr(keras.activations, named), Z.copy()
    ACTIVATIONS[name].function(y, *numbers)
    expected = np.asarray(theirs(keras.ops.array(Z), *options))
    rtol = 1e-6 if expected.dtype == "float32" else 1e-12  # tanh: always, under Keras on JAX
    assert_close(y, expected, rtol=rtol, atol=1e-14)


@pytest.mark.parametrize("name", COSTS)
def test_costs(keras, name):
    t = targets(np.random.default_rng(1), name, 50, 4)
    for y, from_logits in ((Y, False), (Z, True), (Z, False)):
        if from_logits and name not in FROM_LOGITS:
            continue
        if y is Z and not from_logits and (name in FROM_LOGITS or name == "poisson"):
            continue
        options = {"from_logits": True} if from_logits else {}
        expected = np.asarray(getattr(keras.losses, name)(t, keras.ops.array(y), **options))
        net = identity(ORACLE, 4)
        net.compile(name, (), from_logits)
        got = net.evaluate(ORACLE.Rows(y), ORACLE.Rows(t))
        # Keras rounds epsilon and delta to float32
        assert_close(got, [expected.sum(), 50], rtol=1e-7)


@pytest.mark.parametrize("name", ["categorical_crossentropy", "binary_crossentropy"])
def test_label_smoothing(keras, name):
    t = targets(np.random.default_rng(1), name, 50, 4)
    theirs = getattr(keras.losses, name)(t, keras.ops.array(Y), label_smoothing=0.1)
    net = identity(ORACLE, 4)
    net.compile(name, label_smoothing=0.1)
    got = net.evaluate(ORACLE.Rows(Y), ORACLE.Rows(t))
    assert_close(got, [np.asarray(theirs).sum(), 50], rtol=1e-8)


def test_metrics(keras):
    weights, t = np.random.default_rng(2).uniform(0, 2, 50), (Y > 0.3).astype(float)
    ours = [("auc", 200), ("confusion", (0.2, 0.4)), "r2_score"]
    ours += [("binary_accuracy", 0.3), ("top_k_categorical_accuracy", 2), "categorical_accuracy"]
    m = keras.metrics
    counts = m.FalseNegatives, m.TruePositives, m.TrueNegatives, m.FalsePositives
    theirs = [m.AUC(), *(count([0.2, 0.4]) for count in counts), m.R2Score()]
    theirs += [m.BinaryAccuracy(threshold=0.3), m.TopKCategoricalAccuracy(2)]
    theirs += [m.CategoricalAccuracy()]
    net = identity(ORACLE, 4)
    for prefix, w in (("", None), ("weighted:", weights)):
        names = [(prefix + of[0], *of[1:]) if type(of) is tuple else prefix + of for of in ours]
        net.compile("mean_squared_error", names)
        rows = None if w is None else ORACLE.Rows(w[:, None])
        got = net.evaluate(ORACLE.Rows(Y), ORACLE.Rows(t), 7, weights=rows)
        parts = np.split(got[2:], np.cumsum(net.sizes)[:-1])
        for metric in theirs:
            metric.reset_state()
            metric.update_state(t, keras.ops.array(Y), w)
        auc, *counted, r2 = theirs[:6]
        above = np.stack([auc.true_positives, auc.false_positives])  # each threshold
        expected = [(above - np.pad(above[:, 1:], [(0, 0), (0, 1)])).ravel()]
        fn, tp, tn, fp = (np.asarray(metric.accumulator) for metric in counted)
        expected.append([fn[0], tp[0] - tp[1], tp[1], tn[0], fp[0] - fp[1], fp[1]])
        columns = r2.count, r2.sum, r2.squared_sum, r2.total_mse
        expected.append(np.stack([np.asarray(of) for of in columns], axis=1).ravel())
        expected += [[float(metric.total), float(metric.count)] for metric in theirs[6:]]
        for a, b in zip(parts, expected, strict=True):
            assert_close(a, np.asarray(b), rtol=1e-6, atol=1e-6)


OPTIONS = {  # beside the defaults
    "sgd": [{"momentum": 0.9}, {"momentum": 0.8, "nesterov": True}],
    "adam": [{"amsgrad": True, "beta_2": 0.5}],
    "rmsprop": [{"momentum": 0.5, "centered": True, "epsilon": 1e-3}],
}
FOR_ALL = [{"weight_decay": 0.1}, {"clipnorm": 0.05}, {"global_clipnorm": 0.1}]
FOR_ALL += [{"clipvalue": 0.01}]


def check(keras, name, constants, normalization, rtol):
    """Three epochs with a penalty and weights of rows: weights, cost, the optimizer's state."""
    rate = 2.0**-6  # Keras rounds the learning rate to float32
    layers, penalty = keras.layers, keras.regularizers.L1L2(2.0**-7, 2.0**-6)
    between = [layers.BatchNormalization(**normalization)] if normalization else []
    model = keras.Sequential([
        keras.Input((5,)),
        layers.Dense(6, "sigmoid", kernel_regularizer=penalty),
        *between,
        layers.Dense(4, "softmax"),
    ])  # fmt: skip
    theirs = {cls.lower(): cls for cls in dir(keras.optimizers)}
    optimizer = getattr(keras.optimizers, theirs[name])(rate, **constants)
    model.compile(optimizer, "categorical_crossentropy")
    weights = [np.asarray(w) for w in model.get_weights()]
    between = [("batch_normalization", *normalization.values())] if normalization else []
    stages = [("dense", 6, "sigmoid", True), *between, ("dense", 4, "softmax", True)]
    penalties = [(2.0**-7, 2.0**-6)] + [(0, 0)] * (len(weights) - 1)
    net = ORACLE.Network(5, stages, penalties=penalties)
    net.compile("categorical_crossentropy")
    net.set_weights(weights)

    rng = np.random.default_rng(0)
    x, y, w = rng.uniform(-1, 1, (50, 5)), rng.dirichlet(np.ones(4), 50), rng.uniform(0, 2, 50)
    history = model.fit(x, y, 16, 3, verbose=0, shuffle=False, sample_weight=w).history
    rows = [ORACLE.Rows(a) for a in (x, y, w[:, None])]
    ours = ORACLE.Optimizer(net, name, **constants)
    training = ORACLE.Training(
        net, *rows[:2], 16, 3, shuffle=False, optimizer=ours, weights=rows[2]
    )
    assert train(training, rate) == "epoch"
    for got, expected in zip(net.get_weights(), model.get_weights(), strict=True):
        assert_close(got, np.asarray(expected), rtol=rtol, atol=rtol)
    assert_close(means(training.history)[:, 0], history["loss"], rtol=rtol)
    out = np.empty((50, 4))
    net.predict(rows[0], out)
    assert_close(out, model.predict(x, verbose=0), rtol=rtol, atol=rtol)

    assert ours.iterations == int(optimizer.iterations) == 12
    state, theirs = ours.get_state(), [np.asarray(v) for v in optimizer.variables[2:]]
    for scalar in reversed(ours.scalars):
        assert_close(state.pop()[0], float(getattr(optimizer, f"_{scalar}")), rtol=rtol)
        theirs = [v for v in theirs if v.ndim]
    # Keras goes array by array or slot by slot: the sums of squares do not tell
    state, theirs = (sorted(float(np.square(a).sum()) for a in of) for of in (state, theirs))
    assert_close(state, theirs, rtol=10 * rtol, atol=rtol)


@pytest.mark.parametrize("name", [name for name in OPTIMIZERS if name != "gradient"])
def test_optimizers(keras, name):
    for constants in [{}, *OPTIONS.get(name, []), *FOR_ALL]:
        check(keras, name, constants, None, rtol=1e-12)


@pytest.mark.parametrize("name", ["sgd", "adam"])
@pytest.mark.parametrize("center, scale", [(True, True), (True, False), (False, True)])
def test_batch_normalization(keras, name, center, scale):
    """In Keras on JAX it computes in float32."""
    of = {"momentum": 0.75, "epsilon": 0.01, "center": center, "scale": scale}
    check(keras, name, {}, of, rtol=1e-5)
