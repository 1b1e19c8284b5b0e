"""Which numbers are taken: those that Keras takes, but for what nobody can have meant."""

import numpy as np
import pytest

import trilobite
from trilobite.optimizers import schedules

X = np.linspace(-1, 1, 40).reshape(20, 2)
LABELS = np.arange(20) % 2
SPARSE = "sparse_categorical_crossentropy"
NAMES = "callbacks initializers layers losses metrics optimizers regularizers".split()

# Both libraries take them.
TAKEN = [
    "optimizers.SGD(0.0)",
    "optimizers.Adam(1e30)",
    "optimizers.SGD(0.1, momentum=1.0)",
    "optimizers.Adam(beta_1=0.0, epsilon=0.0)",
    "optimizers.SGD(clipnorm=0.0, weight_decay=0.0)",
    "schedules.ExponentialDecay(0.0, 10, 0.5)",
    "schedules.ExponentialDecay(0.1, 10.5, 2.0)",
    "schedules.PolynomialDecay(0.1, 10, 0.0)",
    "schedules.PolynomialDecay(0.0, 10, 0.1)",
    "schedules.CosineDecay(0.0, 10, warmup_target=0.1, warmup_steps=2.5)",
    "schedules.CosineDecay(0.1, np.int64(10), alpha=1.0)",
    "schedules.PiecewiseConstantDecay([5], [0.0, 0.1])",
    "callbacks.EarlyStopping(patience=float('inf'), min_delta=-0.5, start_from_epoch=2.0)",
    "callbacks.EarlyStopping(patience=2.5, baseline=float('-inf'))",
    "callbacks.ReduceLROnPlateau(factor=0.0, patience=0, cooldown=1.5, min_lr=0, min_delta=0)",
    "callbacks.ModelCheckpoint('a.keras', initial_value_threshold=float('inf'))",
    "layers.Dense(1)",
    "layers.Dropout(0)",
    "layers.BatchNormalization(momentum=0.0, epsilon=1)",
    "layers.Rescaling(-1, 0)",
    "losses.Huber(0.0)",
    "losses.CategoricalCrossentropy(label_smoothing=1)",
    "metrics.Precision(0.0)",
    "metrics.AUC(2)",
    "regularizers.L1L2(0, 1e30)",
    "initializers.RandomNormal(1, 0)",
    "initializers.RandomUniform(0.5, 0.5)",
    "initializers.Constant(-3)",
]
# These Keras refuses, or its backend.
TAKEN_BY_US = [
    "initializers.HeNormal(seed=2**63 - 1)((2, 3))",  # seeds that nobody gave are so large
    "optimizers.Adam(np.float32(0.5))",
    "layers.Dense(np.int64(2))",
    "layers.Rescaling(np.float32(0.5))",
    "initializers.Constant(np.float32(3))",
    "callbacks.EarlyStopping(patience=np.int64(3), baseline=np.float32(0.5))",
]
# Options of `fit` that both take.
TAKEN_BY_FIT = [
    "epochs=0",
    "epochs=2, initial_epoch=2",
    "epochs=2, validation_split=0",
    "epochs=3, validation_split=0.5, validation_freq=[2, 9]",
    "batch_size=1000",
    "verbose=False",
    "class_weight={0: 0, 1: 2}",
    "class_weight={np.float64(0): 0.5, np.float64(1): np.float32(2)}",
    "class_weight={False: 0.5, True: 2.0}",
    "class_weight={np.bool_(True): 2.0}",
    "class_weight={np.int64(1): -2.0}",
    "class_weight={}",
]
# We do not take them, for the reason that the error gives; most of them Keras takes silently.
REFUSED = [
    ("optimizers.SGD(-0.1)", "learning_rate: got -0.1, expected a number >= 0"),
    ("optimizers.SGD(float('inf'))", "learning_rate: got inf, expected a finite number"),
    ("optimizers.SGD(True)", r"learning_rate: got True \(bool\), expected a number"),
    ("optimizers.SGD(None)", "learning_rate: got None"),
    ("optimizers.RMSprop(rho=1.5)", "rho: got 1.5, expected a number from 0 to 1"),
    ("optimizers.RMSprop(momentum=float('nan'))", "momentum: got nan, expected a finite number"),
    ("optimizers.Adagrad(initial_accumulator_value=-1)", "initial_accumulator_value: got -1"),
    ("optimizers.AdamW(weight_decay=-1)", "weight_decay: got -1"),
    ("optimizers.SGD(clipvalue=float('nan'))", "clipvalue: got nan"),
    ("optimizers.SGD(global_clipnorm=True)", "global_clipnorm: got True"),
    ("schedules.ExponentialDecay(float('nan'), 10, 0.5)", "initial_learning_rate: got nan"),
    ("schedules.ExponentialDecay(0.1, float('inf'), 0.5)", "decay_steps: got inf"),
    ("schedules.CosineDecay(0.1, 10, warmup_steps=True)", "warmup_steps: got True"),
    ("schedules.CosineDecay(0.1, 10, warmup_target=-1)", "warmup_target: got -1"),
    ("schedules.PolynomialDecay(0.1, 10, power=-1)", "power: got -1"),
    ("schedules.PiecewiseConstantDecay([5], [0.1, float('nan')])", "values: got nan"),
    ("schedules.CosineDecayRestarts(0.1, 5, m_mul=-1)", "m_mul: got -1"),
    ("callbacks.EarlyStopping(patience=-1)", "patience: got -1, expected a number >= 0"),
    ("callbacks.EarlyStopping(patience=float('nan'))", "patience: got nan, expected a number"),
    ("callbacks.EarlyStopping(patience=True)", "patience: got True"),
    ("callbacks.EarlyStopping(patience='5')", "patience: got '5'"),
    ("callbacks.EarlyStopping(min_delta=float('nan'))", "min_delta: got nan"),
    ("callbacks.EarlyStopping(baseline=float('nan'))", "baseline: got nan, expected a number"),
    ("callbacks.EarlyStopping(start_from_epoch=-1)", "start_from_epoch: got -1"),
    ("callbacks.ReduceLROnPlateau(factor=1)", "factor: got 1, expected a number less than 1"),
    ("callbacks.ReduceLROnPlateau(factor=-0.5)", "factor: got -0.5, expected a number >= 0"),
    ("callbacks.ReduceLROnPlateau(factor=float('nan'))", "factor: got nan"),
    ("callbacks.ReduceLROnPlateau(patience=None)", "patience: got None"),
    ("callbacks.ReduceLROnPlateau(cooldown=-1)", "cooldown: got -1"),
    ("callbacks.ReduceLROnPlateau(min_lr=float('nan'))", "min_lr: got nan"),
    ("callbacks.ReduceLROnPlateau(min_delta='a')", "min_delta: got 'a'"),
    (
        "callbacks.ModelCheckpoint('a', initial_value_threshold=float('nan'))",
        "initial_value_threshold: got nan",
    ),
    ("callbacks.ModelCheckpoint('a', save_freq=0)", "save_freq: got 0"),
    ("callbacks.ModelCheckpoint('a', save_freq=True)", "save_freq: got True"),
    ("layers.Dense(True)", "units: got True"),
    ("layers.Dense(10**30)", "units: got 1000.*, expected an integer <="),
    ("layers.Dropout(float('nan'))", "rate: got nan"),
    ("layers.BatchNormalization(momentum=True)", "momentum: got True"),
    ("layers.BatchNormalization(epsilon=float('nan'))", "epsilon: got nan"),
    ("layers.Rescaling(float('nan'))", "scale: got nan"),
    ("losses.Huber(float('nan'))", "delta: got nan"),
    ("losses.BinaryCrossentropy(label_smoothing=-0.1)", "label_smoothing: got -0.1"),
    ("metrics.BinaryAccuracy(threshold=float('nan'))", "threshold: got nan"),
    ("metrics.Recall(float('nan'))", "thresholds: got nan"),
    ("metrics.AUC(2.5)", "num_thresholds: got 2.5"),
    ("metrics.TopKCategoricalAccuracy(-1)", "k: got -1"),
    ("regularizers.L2(float('nan'))", "l2: got nan"),
    ("initializers.RandomNormal(stddev=-1)", "stddev: got -1, expected a number >= 0"),
    ("initializers.TruncatedNormal(float('nan'))", "mean: got nan"),
    ("initializers.RandomUniform(1, 0)", "maxval: got 0, expected a number >= 1"),
    ("initializers.RandomUniform(minval='a')", "minval: got 'a'"),
    ("initializers.Constant(float('inf'))", "value: got inf"),
    ("initializers.HeNormal(seed=True)", "seed: got True"),
]


def made(k, expression):
    names = {name: getattr(k, name) for name in NAMES}
    return eval(expression, names | {"schedules": k.optimizers.schedules, "np": np})


@pytest.mark.parametrize("expression", TAKEN)
def test_taken(keras, expression):
    for k in keras, trilobite:
        made(k, expression)


@pytest.mark.parametrize("expression", TAKEN_BY_US)
def test_taken_by_us(expression):
    made(trilobite, expression)


@pytest.mark.parametrize(("expression", "message"), REFUSED)
def test_refused(expression, message):
    with pytest.raises((TypeError, ValueError), match=f"^{message}"):
        made(trilobite, expression)


@pytest.fixture(scope="module")
def models(keras):
    """Keras's model and ours, which start from the same weights."""
    made = []
    for k in keras, trilobite:
        made.append(k.Sequential([k.Input((2,)), k.layers.Dense(2, "softmax")]))
        made[-1].compile(k.optimizers.SGD(0.5), SPARSE)
    return made


@pytest.mark.parametrize("options", TAKEN_BY_FIT)
def test_taken_by_fit(models, options):
    given = {"verbose": 0, "shuffle": False} | eval(f"dict({options})")
    histories = []
    for model in models:
        model.set_weights([np.eye(2), np.zeros(2)])
        histories.append(model.fit(X, LABELS, **given).history)
    assert histories[0].keys() == histories[1].keys()
    for name, values in histories[0].items():
        ours = np.array(histories[1][name])
        if name.startswith("val_"):  # in Keras the list has only the epochs that were validated
            ours = ours[~np.isnan(ours)]
        np.testing.assert_allclose(ours, values, 1e-4, err_msg=name)


@pytest.mark.parametrize(
    ("loss", "n_out", "there", "bad"),
    [
        (SPARSE, 3, (0, 2), -1),
        (SPARSE, 3, (0, 2), 3),
        ("categorical_crossentropy", 3, (0, 2), 3),
        ("binary_crossentropy", 3, (0, 2), 3),
        ("binary_crossentropy", 1, (0, 1), 2),
        ("binary_crossentropy", 1, (0, 1), -1),
        ("hinge", 1, (-1, 1), 2),
        ("squared_hinge", 1, (-1, 1), -2),
    ],
)
def test_a_class_that_does_not_exist_has_no_weight(loss, n_out, there, bad):
    """One that does, but is not in these rows, may have one."""
    model = trilobite.Sequential([trilobite.Input((2,)), trilobite.layers.Dense(n_out, "softmax")])
    model.compile("sgd", loss)
    y = np.zeros((20, 1 if loss == SPARSE else n_out))
    for method in (model.fit, model.train_on_batch):
        method(X, y, class_weight=dict.fromkeys(there, 2.0))
        message = f"class_weight's class: got {bad}, expected one from {there[0]} to {there[1]}"
        with pytest.raises(ValueError, match=message):
            method(X, y, class_weight={bad: 2.0})


@pytest.mark.parametrize(
    ("loss", "y", "class_weight"),
    [
        ("mse", 7 * LABELS, {7.0: 3}),
        ("hinge", 2.0 * LABELS - 1, {np.float64(1): 3, np.float64(-1): 1}),
        ("binary_crossentropy", LABELS.astype(bool), {np.bool_(True): 3}),
    ],
)
def test_one_output_of_labels_of_any_type(loss, y, class_weight):
    losses = []
    for weights in ({"class_weight": class_weight}, {"sample_weight": np.where(LABELS, 3, 1)}):
        model = trilobite.Sequential([trilobite.Input((2,)), trilobite.layers.Dense(1, "sigmoid")])
        model.set_weights([np.ones((2, 1)), np.ones(1)])
        model.compile("sgd", loss)
        losses.append(model.train_on_batch(X, y, **weights))
    assert losses[0] == losses[1]


class Given(schedules.LearningRateSchedule):
    """A schedule that gives `value` from the third step on."""

    def __init__(self, value):
        self.value = value

    def __call__(self, step):
        return 0.125 if step < 2 else self.value


def trained_by(schedule, **options):
    model = trilobite.Sequential([trilobite.Input((2,)), trilobite.layers.Dense(1)])
    model.set_weights([np.ones((2, 1)), np.ones(1)])
    model.compile(trilobite.optimizers.SGD(schedule), "mse")
    model.fit(X, LABELS, 5, verbose=0, shuffle=False, **options)
    return model.get_weights()[0]


@pytest.mark.parametrize("value", [0.5, 0, np.float32(0.5), np.asarray(0.5)])
def test_numbers_from_a_schedule(value):
    rates = schedules.PiecewiseConstantDecay([1], [0.125, float(value)])
    np.testing.assert_array_equal(trained_by(Given(value)), trained_by(rates))


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (None, r"got None \(NoneType\), expected a number"),
        ("0.5", "got '0.5'"),
        ([0.5], r"got \[0.5\]"),
        (np.array([0.5]), r"got array\(\[0.5\]\)"),
        (True, "got True"),
        (1j, "got 1j"),
        (np.nan, "got nan, expected a finite number"),
        (-0.5, "got -0.5, expected a number >= 0"),
        (np.inf, "got inf"),
        (10**400, "got 1000"),
    ],
)
@pytest.mark.parametrize("each_step", [False, True])
def test_nonsense_from_a_schedule(value, message, each_step):
    hook = trilobite.callbacks.LambdaCallback(on_train_batch_end=lambda *_: None)
    with pytest.raises(
        (TypeError, ValueError), match=f"learning_rate of Given for step 2: {message}"
    ):
        trained_by(Given(value), callbacks=[hook] * each_step)


@pytest.mark.parametrize("given", [[], None, np.zeros((2, 1)), [0.5] * 3])
def test_rates_that_are_not_as_many_as_the_steps(given):
    schedule = type("Own", (Given,), {"rates": lambda self, first, n: given})(0.5)
    with pytest.raises(ValueError, match=r"learning_rate of Own: got .* rates, expected \(4,\)"):
        trained_by(schedule)


@pytest.mark.parametrize("rate", [np.nan, -0.5, np.inf])
def test_nonsense_from_a_callback(rate):
    nonsense = trilobite.callbacks.LearningRateScheduler(lambda epoch: float(rate))
    with pytest.raises(ValueError, match=f"learning_rate: got {rate}"):
        trained_by(0.1, callbacks=[nonsense])
