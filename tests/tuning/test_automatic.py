"""The one call that needs no hyperparameter: what it chooses, reaches, keeps and leaves alone."""

import numpy as np
import pytest
from sklearn import datasets
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split

import trilobite as keras
from trilobite import layers, tuning
from trilobite._declare.seeds import draw_seed
from trilobite.sklearn import MLPClassifier, MLPRegressor
from trilobite.tuning.choices import rows_held_out, size_for
from trilobite.tuning.cooling import Cooling
from trilobite.tuning.scaling import scaling_of, scaling_of_targets

RNG = np.random.default_rng(0)


def parts(load, n=None):
    x, y = load(return_X_y=True)
    return train_test_split(x[:n], y[:n], test_size=0.25, random_state=0)


def net(activation="relu", last="softmax", n_out=10, hidden=(32,), seed=1):
    keras.utils.set_random_seed(seed)
    hidden = [layers.Dense(n, activation=activation) for n in hidden]
    return keras.Sequential([*hidden, layers.Dense(n_out, activation=last)])


def test_digits_as_they_are():
    """No scaling, rate, size, epochs, loss, optimizer is given; rows are predicted as they are."""
    x, x_valid, y, y_valid = parts(datasets.load_digits)
    model = net()
    found = tuning.fit_automatically(model, x, y, validation_data=(x_valid, y_valid))
    cost, accuracy = model.evaluate(x_valid, y_valid, verbose=0)
    assert accuracy > 0.96
    assert cost == min(found.history["val_loss"]) == found.history["val_loss"][found.best_epoch]
    assert accuracy == found.history["val_accuracy"][found.best_epoch]
    assert (model.predict(x_valid, verbose=0).argmax(1) == y_valid).mean() == pytest.approx(
        accuracy
    )
    assert isinstance(model.layers[0], layers.Rescaling) and len(model.layers) == 3
    assert found.model is model and found.batch_size == 32 and found.epochs <= 100
    assert found.epochs == len(found.history["loss"]) == len(model.history.epoch)
    assert found.learning_rate == found.range.suggestion == model.optimizer.learning_rate
    lines = str(found).splitlines()
    assert [line.split("  ")[0] for line in lines] == [
        *("optimizer", "loss", "x", "batch size", "learning rate", "schedule", "epochs", "weights")
    ]
    assert "between 0 and 16, by which they are divided" in found.reasons["x"]


GRID = np.geomspace(1e-4, 10, 11)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
@pytest.mark.parametrize(
    "load", [datasets.load_digits, datasets.load_breast_cancer, datasets.load_diabetes]
)
def test_as_good_as_tuned_by_hand(load, optimizer):
    """By hand: x and y standardised, the best of 11 rates and of its epochs; in three times one
    training's work."""
    (x, x_valid, y, y_valid), epochs = parts(load), 60
    regression = load is datasets.load_diabetes
    mean, sd = x.mean(0), np.maximum(x.std(0), 1e-9)
    by_hand = np.stack([(x - mean) / sd]), np.stack([(x_valid - mean) / sd])
    scale = y.std() if regression else 1.0
    targets = [(a - y.mean()) / scale if regression else a for a in (y, y_valid)]
    loss = "mse" if regression else "sparse_categorical_crossentropy"
    n_out, last = (1, "linear") if regression else (int(y.max()) + 1, "softmax")
    ours, tuned = [], []
    for seed in range(2):
        costs = []
        for rate in GRID:
            model = net(last=last, n_out=n_out, seed=seed)
            model.compile(keras.optimizers.get(optimizer), loss)
            model.optimizer.learning_rate = rate
            valid = by_hand[1][0], targets[1]
            history = model.fit(
                by_hand[0][0], targets[0], 32, epochs, 0, validation_data=valid
            ).history["val_loss"]
            costs.append(np.nan_to_num(history, nan=np.inf).min() * scale**2)
        tuned.append(costs)
        model = net(last=last, n_out=n_out, seed=seed)
        model.compile(optimizer, loss)
        found = tuning.fit_automatically(
            model, x, y, validation_data=(x_valid, y_valid), epochs=epochs
        )
        ours.append(model.evaluate(x_valid, y_valid, verbose=0))
        steps = sum(t["epochs"] for t in found.range.trials) + found.epochs
        assert steps + len(found.range.rates) / -(-len(x) // 32) <= 3 * epochs
    assert np.mean(ours) <= 1.05 * np.mean(tuned, axis=0).min()


def test_the_textbooks_net(real_mnist):
    """Pixels as they are, beside its own SGD(0.1) of pixels/255, on a part of the rows."""
    (x, y), (x_valid, y_valid) = real_mnist
    x, y, x_valid, y_valid = x[:6000], y[:6000], x_valid[:3000], y_valid[:3000]

    def made():
        model = net(hidden=(64, 64))
        return keras.Sequential([keras.Input((28, 28)), layers.Flatten(), *model.layers])

    tuned = made()
    loss, metrics = "sparse_categorical_crossentropy", ["accuracy"]
    tuned.compile(keras.optimizers.SGD(0.1), loss, metrics=metrics)
    by_hand = tuned.fit(x / 255, y, 128, 20, 0, validation_data=(x_valid / 255, y_valid)).history
    model = made()
    model.compile("sgd", loss, metrics=metrics)
    found = tuning.fit_automatically(
        model, x, y, validation_data=(x_valid, y_valid), batch_size=128, epochs=20
    )
    cost, accuracy = model.evaluate(x_valid, y_valid, verbose=0)
    assert cost <= min(by_hand["val_loss"])
    assert accuracy >= by_hand["val_accuracy"][-1] - 0.003
    steps = 47 * (sum(t["epochs"] for t in found.range.trials) + found.epochs)
    assert steps + len(found.range.rates) <= 3 * 20 * 47


def test_a_regression_of_large_numbers():
    """x and y of the hundreds: layers before and behind; the file keeps them."""
    x = RNG.normal(500, [1, 10, 100], (400, 3))
    y = 3000 + 50 * np.sin(x[:, 0] - 500) * (x[:, 1] - 500) + (x[:, 2] - 500)
    model = net(last="linear", n_out=1, hidden=(32, 32))
    found = tuning.fit_automatically(model, x[:300], y[:300])
    error = model.predict(x[300:], verbose=0)[:, 0] - y[300:]
    assert np.mean(error**2) < 0.1 * y.var()
    assert [type(layer).__name__ for layer in model.layers] == ["Normalization", *["Dense"] * 4]
    assert model.layers[-1].name == "scale_of_y" and not model.layers[-1].trainable
    assert "validation" in found.reasons and "plus 3" in found.reasons["y"]
    mean, variance = model.layers[0].get_weights()
    train, valid = rows_held_out(300, {})
    np.testing.assert_allclose(mean, x[train].mean(0), rtol=1e-5)
    np.testing.assert_allclose(variance, x[train].var(0), rtol=1e-4)
    cost = model.evaluate(x[valid], y[valid], verbose=0)
    assert cost == pytest.approx(found.history["val_loss"][found.best_epoch], rel=1e-5)


def test_the_file_keeps_the_scaling(tmp_path):
    x, x_valid, y, _ = parts(datasets.load_diabetes)
    model = net(last="linear", n_out=1)
    tuning.fit_automatically(model, x, y, epochs=5)
    model.save(tmp_path / "net")
    again = keras.models.load_model(tmp_path / "net")
    outputs = [m.predict(x_valid, verbose=0) for m in (model, again)]
    np.testing.assert_array_equal(*outputs)


@pytest.mark.parametrize(
    ("last", "n_out", "shape", "loss"),
    [
        ("softmax", 3, (90,), "sparse_categorical_crossentropy"),
        ("softmax", 3, (90, 3), "categorical_crossentropy"),
        ("sigmoid", 1, (90,), "binary_crossentropy"),
        ("linear", 2, (90, 2), "mean_squared_error"),
    ],
)
def test_the_loss_is_that_of_the_last_activation(last, n_out, shape, loss):
    x, labels = RNG.normal(size=(90, 4)), np.arange(90) % max(2, n_out)
    y = labels if len(shape) == 1 else np.eye(n_out)[labels % n_out]
    assert y.shape == shape
    model = net(last=last, n_out=n_out, hidden=(8,))
    found = tuning.fit_automatically(model, x, y, epochs=2)
    assert model.get_compile_config()["loss"]["config"].get("name") == loss
    assert found.reasons["loss"] == f"{loss}, for outputs by {last!r}"
    assert found.reasons["optimizer"].startswith("Adam")


def test_a_model_that_has_learned_keeps_its_layers():
    x, _, y, _ = parts(datasets.load_iris)
    model = net(n_out=3)
    model.compile("adam", "sparse_categorical_crossentropy")
    first = model.fit(x, y, epochs=30, verbose=0).history["loss"]
    found = tuning.fit_automatically(model, x, y, epochs=5)
    assert len(model.layers) == 2
    assert found.reasons["x"] == "left as it is: the model has learned already"
    assert found.history["loss"][0] < first[0] / 2


def test_a_model_that_scales_keeps_its_layers():
    x, _, y, _ = parts(datasets.load_iris)
    scaling = layers.Normalization()
    scaling.adapt(x)
    model = keras.Sequential([scaling, *net(n_out=3).layers])
    found = tuning.fit_automatically(model, x, y, epochs=3)
    assert len(model.layers) == 3
    assert found.reasons["x"] == f"left as it is: layer {scaling.name!r} scales it"


def test_what_does_not_fit_changes_nothing():
    x, _, y, _ = parts(datasets.load_iris)
    model = net(n_out=3)
    for given, error, message in [
        ((x, y + 1), ValueError, "y: got class indices from 1 to 3"),
        ((np.where(x > 7, np.nan, x), y), ValueError, "x: got nan"),
        ((x[:1], y[:1]), ValueError, "x: got 1 rows"),
        ((iter([(x, y)]), None), TypeError, "makes batches, expected arrays"),
    ]:
        with pytest.raises(error, match=message):
            tuning.fit_automatically(model, *given)
        assert len(model.layers) == 2 and not model.built and model.compiled_with is None
    with pytest.raises(ValueError, match="epochs: got 0"):
        tuning.fit_automatically(model, x, y, epochs=0)
    with pytest.raises(TypeError, match="expected a model of trilobite or an estimator"):
        tuning.fit_automatically("model", x, y)
    schedule = keras.optimizers.schedules.CosineDecay(0.1, 10)
    model.compile(keras.optimizers.SGD(schedule), "sparse_categorical_crossentropy")
    with pytest.raises(ValueError, match="got an optimizer with a CosineDecay"):
        tuning.fit_automatically(model, x, y)
    with pytest.raises(ValueError, match="without layers"):
        tuning.fit_automatically(keras.Sequential(), x, y)


def test_weights_of_rows_and_callbacks_are_those_of_fit():
    """Rows of the wrong label have the weight 0; a callback ends it after three epochs."""

    class Third(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            self.model.stop_training = epoch == 2

    x, _, y, _ = parts(datasets.load_iris)
    wrong = np.arange(len(x)) % 2 == 0
    model = net(n_out=3)
    given = {"sample_weight": 1.0 - wrong, "epochs": 40}
    tuning.fit_automatically(model, x, np.where(wrong, (y + 1) % 3, y), **given)
    assert model.evaluate(x, y, verbose=0)[1] > 0.9
    found = tuning.fit_automatically(net(n_out=3), x, y, epochs=20, callbacks=[Third()])
    assert found.epochs == 3


def test_the_fall_begins_at_the_best_weights():
    """Labels by lot: the validation cost turns up at once, and training goes back."""
    began, ended, rates = [], [], []

    class Watch(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            began.append(self.model.get_weights())

        def on_epoch_end(self, epoch, logs=None):
            ended.append(self.model.get_weights())
            rates.append(float(self.model.optimizer.learning_rate))

    x, y = RNG.normal(size=(120, 6)), RNG.integers(0, 2, 120)
    found = tuning.fit_automatically(
        net(n_out=2, hidden=(64, 64)), x, y, epochs=20, callbacks=[Watch()]
    )
    falls = next(k for k, rate in enumerate(rates) if rate < found.learning_rate)
    best = int(np.argmin(found.history["val_loss"][:falls]))
    assert falls - 1 - best == 4
    for a, b in zip(began[falls], ended[best], strict=True):
        np.testing.assert_array_equal(a, b)
    assert rates[:falls] == [found.learning_rate] * falls
    np.testing.assert_allclose(
        np.array(rates[falls:]) / found.learning_rate, [0.875, 0.625, 0.375, 0.125]
    )


def test_seeds_are_drawn_as_by_compile_alone():
    x, _, y, _ = parts(datasets.load_digits)
    model = net()
    tuning.fit_automatically(model, x, y, epochs=2)
    after = draw_seed()
    net().compile("adam", "sparse_categorical_crossentropy")
    assert after == draw_seed()


# ---- scikit-learn's face ----


@pytest.mark.parametrize("solver", ["sgd", "adam"])
def test_classifier(solver):
    """Its own parameters stay; the scaling is in coefs_: probabilities of rows as they are."""
    x, x_test, y, y_test = parts(datasets.load_breast_cancer)
    estimator = MLPClassifier((16,), solver=solver, random_state=0, early_stopping=True, tol=1e-3)
    before = estimator.get_params()
    found = tuning.fit_automatically(estimator, x, y)
    assert found.model is estimator and estimator.score(x_test, y_test) > 0.93
    after = estimator.get_params()
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"learning_rate_init", "batch_size", "max_iter"}
    assert after["learning_rate_init"] == found.learning_rate
    valid = rows_held_out(len(x), {})[1]
    cost = log_loss(y[valid], estimator.predict_proba(x[valid]))
    assert cost == pytest.approx(found.history["val_loss"][found.best_epoch], rel=1e-6)
    assert cost == pytest.approx(min(found.history["val_loss"]), rel=1e-6)
    assert estimator.coefs_[0].dtype == np.float64


def test_regressor():
    """Both scalings, and a score that the default does not reach; costs of y scaled."""
    x, x_test, y, y_test = parts(lambda **named: datasets.load_diabetes(scaled=False, **named))
    estimator = MLPRegressor(hidden_layer_sizes=(16,), random_state=0)
    found = tuning.fit_automatically(estimator, x, y)
    train, valid = rows_held_out(len(x), {})
    cost = np.mean((estimator.predict(x[valid]) - y[valid]) ** 2) / 2 / y[train].var()
    assert cost == pytest.approx(found.history["val_loss"][found.best_epoch], rel=1e-6)
    assert estimator.score(x_test, y_test) > 0.3
    assert {"x", "y", "validation", "learning rate"} <= found.reasons.keys()


def test_feature_names_are_kept():
    pandas = pytest.importorskip("pandas")
    x, _, y, _ = parts(datasets.load_iris)
    frame = pandas.DataFrame(x, columns=list("abcd"))
    estimator = MLPClassifier((8,), random_state=0)
    tuning.fit_automatically(estimator, frame, np.array(["u", "v", "w"])[y], epochs=20)
    assert list(estimator.feature_names_in_) == list("abcd")
    assert set(estimator.predict(frame)) == {"u", "v", "w"}


def test_sparse_and_weighted_and_warm():
    from scipy.sparse import csr_matrix

    x, _, y, _ = parts(datasets.load_digits, 600)
    estimator = MLPClassifier((16,), random_state=0, warm_start=True)
    options = {"sample_weight": np.ones(len(x)), "epochs": 10}
    found = tuning.fit_automatically(estimator, csr_matrix(x), y, **options)
    assert "it is sparse" in found.reasons["x"]
    again = tuning.fit_automatically(estimator, csr_matrix(x), y, epochs=3, batch_size=100)
    assert "learned already" in again.reasons["x"]
    assert again.history["loss"][0] < found.history["loss"][0]
    assert again.batch_size == 100


def test_estimators_that_are_refused():
    x, _, y, _ = parts(datasets.load_iris)
    estimator = MLPClassifier(solver="lbfgs")
    with pytest.raises(ValueError, match="'lbfgs', which has no learning rate"):
        tuning.fit_automatically(estimator, x, y)
    from sklearn.neural_network import MLPClassifier as Original

    with pytest.raises(TypeError, match="expected an estimator of trilobite.sklearn"):
        tuning.fit_automatically(Original(), x, y)
    estimator = MLPClassifier()
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        tuning.fit_automatically(estimator, x, y[1:])
    assert not hasattr(estimator, "coefs_")


# ---- the parts ----


def test_cooling():
    """Back to the best after a fifth of the epochs without a better one, then down to 0."""
    cooling = Cooling(1.0, 20)
    followed = []
    costs = [5, 4, 3, 4, 5, 6, 7, 2.5, 2.75, 2.9, 3.0]
    for epoch, cost in enumerate(costs):
        followed.append((cooling.rate(epoch), *cooling.end(epoch, cost)))
    assert [f[0] for f in followed] == [*[1.0] * 7, 0.875, 0.625, 0.375, 0.125]
    assert [f[1] for f in followed] == [
        c in (5, 4, 3, 2.5) and k in (0, 1, 2, 7) for k, c in enumerate(costs)
    ]
    assert [k for k, f in enumerate(followed) if f[2]] == [6]
    assert [k for k, f in enumerate(followed) if f[3]] == [10]
    assert (cooling.best, cooling.best_epoch, cooling.begins) == (2.5, 7, 7)
    cooling = Cooling(1.0, 10)
    followed = [(cooling.rate(k), *cooling.end(k, -k)) for k in range(10)]
    assert [f[0] for f in followed] == [*[1.0] * 8, 0.75, 0.25]
    assert not any(f[2] for f in followed) and [f[3] for f in followed] == [False] * 9 + [True]


def test_cooling_without_any_number():
    cooling = Cooling(1.0, 5)
    assert cooling.end(0, np.nan) == (False, False, False) and cooling.best_epoch == -1


def test_scaling():
    pixels = RNG.integers(0, 256, (50, 30)).astype("u1")
    assert scaling_of(pixels).kind == "range" and scaling_of(pixels / 255).kind == "none"
    np.testing.assert_allclose(scaling_of(pixels).apply(pixels), pixels / pixels.max())
    columns = RNG.normal([1, 100, 0], [1, 30, 1e-3], (200, 3))
    scaled = scaling_of(columns).apply(columns)
    np.testing.assert_allclose(scaled.mean(0), 0, atol=1e-9)
    np.testing.assert_allclose(scaled.std(0), 1)
    assert scaling_of(scaled).kind == "none" and scaling_of(scaled).apply(scaled) is scaled
    level = np.where([True, False, False], 3.7e5, columns)
    np.testing.assert_allclose(scaling_of(level).apply(level)[:, 0], 0, atol=1e-6)
    assert scaling_of(columns.astype("f4")).apply(columns.astype("f4")).dtype == "f4"
    assert scaling_of_targets(RNG.normal(size=50)).kind == "none"
    y = RNG.normal(50, 3, 80)
    np.testing.assert_allclose(scaling_of_targets(y).apply(y), (y - y.mean()) / y.std())


@pytest.mark.parametrize(
    ("n", "size"), [(1, 32), (16_000, 32), (16_001, 64), (32_001, 128), (10**7, 128)]
)
def test_rows_of_a_step(n, size):
    assert size_for(n, {}) == size
