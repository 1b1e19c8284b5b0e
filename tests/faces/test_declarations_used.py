"""Optimizers, schedules, regularizers, losses, metrics, weights: what needs no Keras beside it."""

import numpy as np
import pytest

import trilobite as keras
from trilobite import layers, losses, metrics, optimizers, regularizers
from trilobite._model import results
from trilobite.optimizers import schedules

RNG = np.random.default_rng(2)
X = RNG.normal(size=(60, 4)).astype(np.float32)
Y = RNG.integers(0, 3, 60)
NAMES = [cls.__name__.lower() for cls in optimizers._CLASSES]


def model(*hidden, optimizer="sgd", loss="sparse_categorical_crossentropy", seed=4, **options):
    keras.utils.set_random_seed(seed)
    net = keras.Sequential([keras.Input((4,)), *hidden, layers.Dense(3, "softmax")])
    net.compile(optimizer, loss, **options)
    return net


def parameters(net):
    return np.concatenate([w.ravel() for w in net.get_weights()])


# ---- optimizers ----


@pytest.mark.parametrize("name", NAMES)
def test_optimizers_by_name_class_and_instance(name):
    cls = next(c for n, c in vars(optimizers).items() if n.lower() == name)
    for given in (name, cls.__name__, name.upper(), cls, cls()):
        assert type(optimizers.get(given)) is cls
    net = model(optimizer=name)
    before = parameters(net)
    net.fit(X, Y, epochs=2, verbose=0)
    assert net.optimizer.iterations == 4
    assert np.isfinite(parameters(net)).all() and (parameters(net) != before).any()


def test_state_is_kept_until_another_optimizer_is_compiled():
    adam = optimizers.Adam(0.01)
    net = model(optimizer=adam)
    assert adam.iterations == 0 and adam.state is None
    net.fit(X, Y, verbose=0)
    state = adam.state
    net.fit(X, Y, verbose=0)
    assert adam.state is state and adam.iterations == 4
    net.compile(adam, "sparse_categorical_crossentropy", metrics=["accuracy"])
    net.train_on_batch(X, Y)
    assert adam.state is state and adam.iterations == 5
    net.compile(optimizers.Adam(0.01), "sparse_categorical_crossentropy")
    net.fit(X, Y, verbose=0)
    assert net.optimizer.iterations == 2
    assert adam.iterations == 0 and adam.state is None


def test_fit_twice_is_fit_once_with_momentum():
    once = model(optimizer=optimizers.Nadam(0.01))
    whole = once.fit(X, Y, epochs=4, verbose=0).history["loss"]
    twice = model(optimizer=optimizers.Nadam(0.01))
    parts = [twice.fit(X, Y, epochs=n, verbose=0).history["loss"] for n in (1, 3)]
    np.testing.assert_array_equal(parameters(once), parameters(twice))
    assert whole == parts[0] + parts[1]


def test_an_optimizer_is_for_one_model():
    adam = optimizers.Adam()
    first, second = model(optimizer=adam), model(optimizer=adam)
    first.fit(X, Y, verbose=0)
    with pytest.raises(ValueError, match="optimizer: got the Adam of another model"):
        second.fit(X, Y, verbose=0)


def test_a_model_that_changes_begins_anew():
    net = model(optimizer="adam")
    net.fit(X, Y, verbose=0)
    net.add(layers.Activation("linear"))
    assert net.optimizer.iterations == 0
    net.fit(X, Y, verbose=0)
    assert net.optimizer.iterations == 2


def test_weight_decay_spares_what_is_excluded():
    sgd = optimizers.SGD(0.5, weight_decay=0.5)
    sgd.exclude_from_weight_decay(var_names=["bias"])
    net = model(optimizer=sgd)
    net.set_weights([np.ones((4, 3)), np.ones(3)])
    net.fit(X, Y, batch_size=60, sample_weight=np.zeros(60), verbose=0)
    kernel, bias = net.get_weights()
    np.testing.assert_allclose(kernel, 0.75)
    np.testing.assert_array_equal(bias, 1)
    with pytest.raises(ValueError, match="after training has begun"):
        sgd.exclude_from_weight_decay(var_names=["kernel"])


def test_divergence_puts_the_state_back():
    adam = optimizers.Adam(0.01)
    net = model(optimizer=adam)
    net.fit(X, Y, verbose=0)
    before, state = parameters(net), adam.state.get_state()
    adam.learning_rate = 1e38
    with pytest.warns(RuntimeWarning, match="learning rate smaller"):
        net.fit(X, Y, batch_size=5, verbose=0)
    np.testing.assert_array_equal(parameters(net), before)
    assert adam.iterations == 2
    for now, then in zip(adam.state.get_state(), state, strict=True):
        np.testing.assert_array_equal(now, then)


# ---- schedules ----


class Steps(schedules.LearningRateSchedule):
    def __init__(self):
        self.asked = []

    def __call__(self, step):
        self.asked.append(step)
        return 0.5 / (1 + step)


def test_schedule_of_ones_own():
    own, built_in = Steps(), schedules.InverseTimeDecay(0.5, 1, 1.0)
    nets = [model(optimizer=optimizers.SGD(schedule)) for schedule in (own, built_in)]
    for net in nets:
        for epochs in (3, 1):
            net.fit(X, Y, batch_size=7, epochs=epochs, verbose=0, shuffle=False)
    np.testing.assert_array_equal(parameters(nets[0]), parameters(nets[1]))
    assert sorted(set(own.asked)) == list(range(4 * 9))  # and none beyond the last step
    assert nets[0].optimizer.learning_rate == 0.5 / (1 + 36)


def test_steps_done_before_the_training_count():
    nets = [
        model(optimizer=optimizers.SGD(schedules.InverseTimeDecay(rate, steps, 1.0)))
        for rate, steps in [(0.5, 1), (0.5 / 11, 11)]  # 0.5 / (1 + t), and this of t + 10
    ]
    nets[0].optimizer.iterations = 10
    for net in nets:
        net.fit(X, Y, batch_size=7, verbose=0, shuffle=False)
    np.testing.assert_allclose(parameters(nets[0]), parameters(nets[1]), 1e-4)
    assert [net.optimizer.iterations for net in nets] == [10 + 9, 9]


def test_schedule_that_is_overridden():
    class Half(schedules.ExponentialDecay):
        def __call__(self, step):
            return super().__call__(step) / 2 if step < 3 else 0.25

    schedule = Half(1.0, 2, 0.25)
    np.testing.assert_allclose(schedule.rates(0, 5), [0.5, 0.25, 0.125, 0.25, 0.25])


def test_schedule_step_by_step_is_the_same():
    """With a batch hook each rate is asked for when its step comes."""

    class Hook(keras.callbacks.Callback):
        rates = []

        def on_train_batch_begin(self, batch, logs=None):
            self.rates.append(self.model.optimizer.learning_rate)

    schedule = schedules.PiecewiseConstantDecay([2, 3], [0.5, 0.25, 0.125])
    nets = [model(optimizer=optimizers.SGD(schedule)) for _ in range(2)]
    nets[0].fit(X, Y, batch_size=12, verbose=0, shuffle=False)
    nets[1].fit(X, Y, batch_size=12, verbose=0, shuffle=False, callbacks=[Hook()])
    np.testing.assert_array_equal(parameters(nets[0]), parameters(nets[1]))
    assert Hook.rates == [0.5, 0.5, 0.5, 0.25, 0.125]


def test_schedule_longer_than_a_block_of_rates(monkeypatch):
    whole, blocks = (
        model(optimizer=optimizers.SGD(schedules.CosineDecay(0.5, 40))) for _ in range(2)
    )
    whole.fit(X, Y, batch_size=4, epochs=3, verbose=0, shuffle=False)
    monkeypatch.setattr("trilobite._model.fit._RATES", 7)
    blocks.fit(X, Y, batch_size=4, epochs=3, verbose=0, shuffle=False)
    np.testing.assert_array_equal(parameters(whole), parameters(blocks))


def test_schedule_and_learning_rate():
    sgd = optimizers.SGD(schedules.ExponentialDecay(0.5, 1, 0.5))
    with pytest.raises(TypeError, match="learning_rate: got 0.1, but a ExponentialDecay decides"):
        sgd.learning_rate = 0.1
    sgd.learning_rate = schedules.ExponentialDecay(0.25, 1, 0.5)
    assert sgd.learning_rate == 0.25


def test_schedule_of_bad_rates():
    class Bad(schedules.LearningRateSchedule):
        def __call__(self, step):
            return 0.1 if step < 2 else np.nan

    net = model(optimizer=optimizers.SGD(Bad()))
    with pytest.raises(ValueError, match="learning_rate of Bad for step 2: got nan"):
        net.fit(X, Y, batch_size=10, verbose=0)
    with pytest.raises(NotImplementedError, match="must override __call__"):
        optimizers.SGD(schedules.LearningRateSchedule()).learning_rate  # noqa: B018


# ---- layers and regularizers ----


def deep_net():
    stack = [keras.Input((784,))]
    for _ in range(3):
        stack += [layers.Dense(64, activation="relu"), layers.BatchNormalization()]
    return keras.Sequential([*stack, layers.Dropout(0.2), layers.Dense(10, "softmax")])


def test_summary_of_the_deep_net(capsys):
    net = deep_net()
    net.summary()
    printed = capsys.readouterr().out
    for line in ("Total params: 59,978", "Trainable params: 59,594", "Non-trainable params: 384"):
        assert f" {line}\n" in printed
    assert net.count_params() == 59_978
    assert sum(w.size for w in net.trainable_weights) == 59_594
    assert sum(w.size for w in net.non_trainable_weights) == 384
    norm = net.layers[1]
    assert [len(norm.trainable_weights), len(norm.non_trainable_weights)] == [2, 2]
    np.testing.assert_array_equal(norm.gamma, 1)
    np.testing.assert_array_equal(norm.moving_variance, 1)


def test_moving_statistics_move_and_stay_with_the_layer():
    net = model(norm := layers.BatchNormalization(momentum=0.5))
    net.train_on_batch(X, Y)
    np.testing.assert_allclose(norm.moving_mean, X.mean(axis=0) / 2, 1e-4, 1e-6)
    np.testing.assert_allclose(norm.moving_variance, (1 + X.var(axis=0)) / 2, 1e-5)
    weights = net.get_weights()
    net.pop()
    np.testing.assert_array_equal(norm.get_weights()[2], weights[2])


@pytest.mark.parametrize(
    "center, scale", [(False, False), (False, True), (True, False), (True, True)]
)
def test_weights_of_batch_normalization(center, scale):
    net = model(norm := layers.BatchNormalization(center=center, scale=scale))
    assert len(norm.get_weights()) == 2 + center + scale
    assert (norm.beta is None) == (not center) and (norm.gamma is None) == (not scale)
    net.set_weights([w + 0.5 for w in net.get_weights()])
    np.testing.assert_array_equal(norm.moving_mean, 0.5)


def test_dropout_drops_in_training_alone():
    """Kept x are scaled up: of a kernel of 0 the gradient is the mean of kept x times dz."""
    n = 20_000
    x, y = np.ones((n, 4), np.float32), np.ones((n, 1), np.float32)
    for rate in (0.0, 0.25, 0.5):
        keras.utils.set_random_seed(5)
        net = keras.Sequential([keras.Input((4,)), layers.Dropout(rate), layers.Dense(1)])
        net.compile(optimizers.SGD(0.5), "mse")
        net.set_weights([np.zeros((4, 1)), np.zeros(1)])
        net.fit(x, y, batch_size=n, verbose=0)
        kernel, bias = net.get_weights()
        rounding = n * np.finfo(np.float32).eps  # of a sum of n terms
        np.testing.assert_allclose(bias, 1, rounding)
        np.testing.assert_allclose(kernel, 1, 0.02 if rate else rounding)
        assert (len(set(kernel.ravel())) > 1) == (rate > 0)
        np.testing.assert_allclose(net.predict(x[:3]), np.full((3, 1), kernel.sum() + bias), 1e-5)


def test_dropout_is_seeded():
    def run(seed=None, layer_seed=None):
        if seed is not None:
            keras.utils.set_random_seed(seed)
        net = keras.Sequential([keras.Input((4,)), layers.Dropout(0.5, seed=layer_seed)])
        net.add(layers.Dense(3, "softmax", kernel_initializer="ones"))
        net.compile("sgd", "sparse_categorical_crossentropy")
        net.fit(X, Y, epochs=2, verbose=0)
        return parameters(net).tolist()

    assert run(1) == run(1) != run(2)
    assert run(layer_seed=3) == run(layer_seed=3) != run(layer_seed=4)


def test_training_true():
    dense = keras.Sequential([keras.Input((4,)), layers.Dense(2)])
    np.testing.assert_array_equal(dense(X, training=True), dense(X))
    net = model(layers.BatchNormalization(name="it"))
    with pytest.raises(ValueError, match="training: got True, expected False: .* layer 'it'"):
        net(X, training=True)
    assert (model(layers.Dropout(0.5))(X, training=True) != net(X)).any()


def test_regularizers_are_in_the_loss():
    net = model(optimizer="sgd", metrics=["accuracy"])
    net.set_weights([w + 0.5 for w in net.get_weights()])  # biases of 0 would cost nothing
    same = model(optimizer="sgd", metrics=["accuracy"])
    same.pop()
    same.add(layers.Dense(3, "softmax", kernel_regularizer="l1", bias_regularizer=regularizers.L2))
    same.set_weights(net.get_weights())
    kernel, bias = net.get_weights()
    penalty = regularizers.L1()(kernel) + regularizers.L2()(bias)
    plain, penalized = (m.evaluate(X, Y, batch_size=7, verbose=0) for m in (net, same))
    assert penalized == pytest.approx([plain[0] + penalty, plain[1]], rel=1e-5)
    assert same.fit(X, Y, batch_size=60, verbose=0).history["loss"][0] == pytest.approx(
        penalized[0], rel=1e-5
    )


def test_regularizers_are_numbers():
    w = np.array([[1.0, -2.0], [0.0, 3.0]])
    assert regularizers.l1(0.5)(w) == 3
    assert regularizers.l2(0.5)(w) == 7
    assert regularizers.L1L2(0.5, 0.25)(w) == 6.5
    assert regularizers.L1L2()(w) == 0


def test_activations_are_functions():
    x = np.linspace(-2, 2, 6).reshape(2, 3)
    for name in ("relu", "gelu", "softmax", "linear"):
        function = getattr(keras.activations, name)
        net = keras.Sequential([keras.Input((3,), dtype="float64"), layers.Activation(function)])
        net.compile("sgd", "mse")
        np.testing.assert_allclose(function(x), net.predict(x))
    np.testing.assert_array_equal(keras.activations.relu([-1, 2]), [0, 2])


# ---- losses, metrics, weights ----


def test_results_of_totals():
    assert results.mean([3, 4]) == 0.75 and results.mean([0, 0]) == 0
    assert results.root_mean([36, 4]) == 3
    assert results.r2([4, 2, 2, 0.5]) == pytest.approx(0.5)
    two = [4, 2, 2, 0.5, 4, 2, 10, 0]
    assert results.r2(two) == pytest.approx(0.75)
    assert results.r2(two, by_variance=True) == pytest.approx(0.95)
    perfect = [0, 2, 0, 3, 0, 0]  # positives above each of three thresholds only, then negatives
    for curve in ("ROC", "PR"):
        assert results.area(np.array(perfect, float), curve) == pytest.approx(1)
    random = np.array([1, 1, 0, 1, 1, 0], float)
    assert results.area(random) == 0.5
    assert results.area(random, method="minoring") == 0.25
    assert results.area(random, method="majoring") == 0.75


def test_names_of_metrics_that_come_twice():
    net = model(metrics=["acc", "acc"], weighted_metrics=["acc", "acc", "accuracy"])
    names = list(net.evaluate(X, Y, verbose=0, return_dict=True))
    assert names == ["loss", "acc", "acc_1", "weighted_acc", "weighted_acc_1", "accuracy"]


def test_a_weight_is_so_many_rows():
    counts = RNG.integers(0, 3, 60)
    many = np.repeat(np.arange(60), counts)
    nets = [model(weighted_metrics=["accuracy"]) for _ in range(2)]
    loss, accuracy = nets[0].evaluate(X, Y, sample_weight=counts, verbose=0)
    repeated, as_well = nets[1].evaluate(X[many], Y[many], verbose=0)
    assert accuracy == pytest.approx(as_well)
    assert loss * 60 == pytest.approx(repeated * len(many), rel=1e-5)


def test_class_weights_are_sample_weights():
    by_class = {0: 0.5, 2: 3}
    of_rows = np.array([0.5, 1, 3])[Y]
    w = RNG.uniform(0, 2, 60)
    fitted = []
    for options in (
        {"class_weight": by_class, "sample_weight": w},
        {"sample_weight": w * of_rows},
    ):
        net = model()
        history = net.fit(X, Y, epochs=2, verbose=0, validation_split=0.25, **options).history
        fitted.append([parameters(net), history["loss"]])
        assert len(history["val_loss"]) == 2
    for a, b in zip(*fitted, strict=True):
        np.testing.assert_allclose(a, b, 1e-6)


def test_validation_takes_no_class_weights():
    values = []
    for class_weight in (None, {0: 100.0}):
        net = model(optimizer=optimizers.SGD(1e-30))
        history = net.fit(X, Y, verbose=0, validation_split=0.5, class_weight=class_weight)
        values.append(history.history["val_loss"])
    assert values[0] == values[1]


def test_hinge_takes_bits_for_signs():
    bits = RNG.integers(0, 2, (60, 3))
    net = model(loss="hinge", metrics=["squared_hinge", "accuracy"])
    got = [net.evaluate(X, y, verbose=0) for y in (bits, 2.0 * bits - 1)]
    assert got[0][:2] == got[1][:2]


def test_names_that_are_not_the_formulas():
    assert losses.Huber().name == "huber_loss" and losses.Huber(2).delta == 2
    assert metrics.LogCoshError().name == "logcosh"
