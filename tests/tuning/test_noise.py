"""Gradient noise: beside the reference's gradients of single rows, and the law of sampling."""

import numpy as np
import pytest

import trilobite as keras
from trilobite import layers, reference, tuning
from trilobite.sklearn import MLPClassifier
from trilobite.tuning.noise import without_replacement

RNG = np.random.default_rng(0)
N = 60
X = RNG.normal(size=(N, 5))
Y = RNG.integers(0, 3, N)


@pytest.fixture
def model():
    keras.config.set_floatx("float64")
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [
            keras.Input((5,)),
            layers.Dense(6, activation="tanh"),
            layers.Dense(3, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    keras.config.set_floatx("float32")
    return model


def gradients_of_rows(model):
    """(N, parameters): of each row alone, by the reference."""
    module = reference.load("float64")
    net = module.Network(5, [("dense", 6, "tanh", True), ("dense", 3, "softmax", True)])
    net.set_weights(model.get_weights())
    net.compile("sparse_categorical_crossentropy")
    rows = []
    for x, y in zip(X, Y, strict=True):
        optimizer = module.Optimizer(net, "gradient")
        training = module.Training(
            net, module.Rows(x[None]), module.Rows(np.array([y])), 1, optimizer=optimizer
        )
        training.run(1)
        rows.append(np.concatenate([g.ravel() for g in optimizer.get_state()]))
    return np.array(rows)


def test_beside_single_rows(model):
    """All rows, one at a time: the variance is that of the rows, exactly."""
    g = gradients_of_rows(model)
    whole = g.mean(axis=0)
    variance = np.mean(np.sum((g - whole) ** 2, axis=1))
    found = tuning.gradient_noise(model, X, Y, [1], draws=N)
    assert found.norm == pytest.approx(np.linalg.norm(whole), rel=1e-9)
    (row,) = found.table
    assert row["variance"] == pytest.approx(variance, rel=1e-9)
    assert row["noise"] == pytest.approx(np.sqrt(variance) / found.norm, rel=1e-9)
    assert found.noise_scale == pytest.approx(variance / found.norm**2, rel=1e-9)
    assert row["law"] == pytest.approx(row["noise"])


def test_the_law_of_drawing_without_replacement(model):
    """variance_1 (N - n) / (N - 1) / n, of 3,000 draws each within four standard errors."""
    g = gradients_of_rows(model)
    per_row = np.mean(np.sum((g - g.mean(axis=0)) ** 2, axis=1))
    found = tuning.gradient_noise(model, X, Y, [1, 2, 5, 12, 30, 60], draws=3000)
    for row in found.table[:-1]:
        size = row["batch_size"]
        expected = per_row * (N - size) / (N - 1) / size
        order = [RNG.permutation(N)[:size] for _ in range(500)]
        spread = np.std([np.sum((g[i].mean(0) - g.mean(0)) ** 2) for i in order]) / np.sqrt(3000)
        assert abs(row["variance"] - expected) < 4 * spread
        assert row["law"] == pytest.approx(np.sqrt(expected) / found.norm, rel=0.05)
    assert found.table[-1]["variance"] < 1e-20
    assert [row["draws"] for row in found.table] == [3000] * 6


def test_by_hand_for_two_rows(model):
    """A batch of 2 has the mean gradient of its rows: every one is among those of the pairs."""
    g = gradients_of_rows(model)
    pairs = {
        round(float(np.sum(((g[i] + g[j]) / 2 - g.mean(0)) ** 2)), 9)
        for i in range(N)
        for j in range(i)
    }
    found = tuning.gradient_noise(model, X, Y, [2], draws=2, seed=3)
    other = tuning.gradient_noise(model, X, Y, [2], draws=3, seed=3)
    third = 3 * other.table[0]["variance"] - 2 * found.table[0]["variance"]
    assert min(abs(third - p) for p in pairs) < 1e-8


def test_the_model_stays_as_it_is(model):
    model.fit(X, Y, epochs=2, verbose=0)
    before = [w.tobytes() for w in model.get_weights()], str(model.optimizer.get_state())
    tuning.gradient_noise(model, X, Y, draws=5)
    assert ([w.tobytes() for w in model.get_weights()], str(model.optimizer.get_state())) == before


def test_constraints_and_normalization_leave_the_weights():
    """Each gradient is at the same weights, whatever a step does besides."""
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [
            keras.Input((5,)),
            layers.Dense(6, kernel_constraint=keras.constraints.UnitNorm()),
            layers.BatchNormalization(),
            layers.Dense(3, activation="softmax"),
        ]
    )
    model.compile("sgd", "sparse_categorical_crossentropy")
    one, other = (
        tuning.gradient_noise(model, X, Y, sizes, draws=10) for sizes in ([30], [10, 30, 60])
    )
    assert one.table[0]["variance"] == other.table[1]["variance"]
    assert other.table[2]["variance"] < 1e-9


def test_an_estimator_and_defaults():
    estimator = MLPClassifier((6,), random_state=0)
    found = tuning.gradient_noise(estimator, X, Y, draws=20)
    assert [row["batch_size"] for row in found.table] == [1, 2, 4, 8, 16]
    noise = [row["noise"] for row in found.table]
    assert noise == sorted(noise, reverse=True)
    assert not hasattr(estimator, "coefs_")
    assert str(found) == found.reason and f"{found.noise_scale:.3g} rows" in found.reason


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"batch_sizes": [0]}, ValueError, "batch_sizes: got 0"),
        ({"batch_sizes": [61]}, ValueError, "batch_sizes: got 61"),
        ({"batch_sizes": []}, ValueError, "batch_sizes: got none"),
        ({"batch_sizes": 5}, TypeError, "batch_sizes: got 5 .int., expected a sequence"),
        ({"draws": 1}, ValueError, "draws: got 1"),
        ({"seed": 0.5}, TypeError, "seed: got 0.5"),
    ],
)
def test_refused(model, options, error, message):
    with pytest.raises(error, match=message):
        tuning.gradient_noise(model, X, Y, **options)


@pytest.mark.parametrize(("x_scale", "weight"), [(1e25, 1e5), (1e30, 1e-12)])
@pytest.mark.parametrize("batch_sizes", [[1], [N], None])
def test_what_is_not_finite_is_refused(x_scale, weight, batch_sizes):
    """A cost beyond all float32, or the gradient of one that is not: of any batch, at once."""
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input((5,)), layers.Dense(1)])
    model.compile("sgd", "mse")
    weights = model.get_weights()
    weights[0][:] = weight
    model.set_weights(weights)
    x = x_scale * np.abs(X)
    with pytest.raises(ValueError, match="x, y: got a cost or a gradient that is not finite"):
        tuning.gradient_noise(model, x, Y, batch_sizes)
    kept = np.where(np.arange(N)[:, None] == 7, x, X)  # one such row
    with pytest.raises(ValueError, match="x, y: got a cost or a gradient that is not finite"):
        tuning.gradient_noise(model, kept, Y, batch_sizes)


def test_a_picture(model):
    pytest.importorskip("matplotlib").use("agg")
    found = tuning.gradient_noise(model, X, Y, draws=5)
    ax = found.plot()
    assert list(ax.lines[0].get_ydata()) == [row["noise"] for row in found.table]


def test_without_replacement():
    assert without_replacement(1, 9) == 1 and without_replacement(9, 9) == 0
    assert without_replacement(4, 10**9) == pytest.approx(1 / 4)
