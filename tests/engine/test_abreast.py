"""Trainings of tiny nets side by side, a net in each lane: what each would do by itself."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

LOSSES = {
    "mean_squared_error": ("linear", (), 1),
    "binary_crossentropy": ("sigmoid", ("binary_accuracy", "weighted:mean_squared_error"), 2),
    "categorical_crossentropy": ("softmax", ("categorical_accuracy",), 3),
    "sparse_categorical_crossentropy": ("softmax", ("sparse_categorical_accuracy",), 3),
}
OPTIMIZERS = {
    "sgd": {},
    "momentum": {"momentum": 0.9, "nesterov": True},
    "adam": {"amsgrad": True},
    "adamw": {"weight_decay": 0.01},
    "rmsprop": {"momentum": 0.5, "centered": True},
    "adagrad": {},
    "adadelta": {},
    "nadam": {},
    "adamax": {},
    "lion": {},
    "ftrl": {},
    "clipnorm": {"clipnorm": 0.1},
    "clipvalue": {"clipvalue": 0.01},
}
NAMES = {"momentum": "sgd", "adamw": "adam", "clipnorm": "adam", "clipvalue": "sgd"}


def trainings(
    engine,
    n,
    *,
    widths=(2, 5, 4),
    hidden="tanh",
    loss="mean_squared_error",
    optimizer="sgd",
    rows=53,
    batch_size=10,
    weighted=False,
    penalties=None,
    scales=False,
    epochs=3,
    rate=0.1,
    rates=None,
    metrics=None,
):
    """So many of the same form, each with weights, rate, order of rows of its own."""
    last, default, n_out = LOSSES[loss]
    random = np.random.default_rng(0)
    x = random.normal(size=(rows, widths[0])).astype(np.float32)
    y = random.random((rows, n_out))
    if loss != "mean_squared_error":
        y = np.eye(n_out)[y.argmax(axis=1)] if n_out > 2 else np.rint(y)
    if loss.startswith("sparse"):
        y = y.argmax(axis=1)[:, None]
    weights = engine.Rows(random.random((rows, 1))) if weighted else None
    made = []
    for k in range(n):
        stages = [("dense", width, hidden, True) for width in widths[1:]]
        scale = {"scale": 1 / (1 + k), "offset": 0.1 * k} if scales else {}
        wanted = None
        if penalties:
            wanted = [(0.01 * k, 0.001)] * (2 * len(widths))
        net = engine.Network(
            widths[0], [*stages, ("dense", n_out, last, True)], penalties=wanted, **scale
        )
        drawn = np.random.default_rng(k)
        net.set_weights([0.5 * drawn.normal(size=w.shape) for w in net.get_weights()])
        net.compile(loss, default if metrics is None else metrics)
        chosen = OPTIMIZERS[optimizer]
        of = engine.Optimizer(net, NAMES.get(optimizer, optimizer), **chosen)
        training = engine.Training(
            net,
            engine.Rows(x),
            engine.Rows(y),
            batch_size=batch_size,
            epochs=epochs,
            seed=k,
            optimizer=of,
            weights=weights,
        )
        training.learning_rate = rate / (1 + k)
        if rates is not None:
            training.learning_rates = [each / (1 + k) for each in rates]
        made.append((net, of, training))
    return made


def alone(made, epochs=3):
    for _, _, training in made:
        while training.run(epochs) == "running":
            pass


def abreast(engine, made, epochs=3):
    together = engine.TrainingsAbreast([training for *_, training in made])
    while set(statuses := together.run(epochs)) == {"running"}:
        pass
    return statuses


def assert_same_bits(one, other):
    for (net, of, training), (net_2, of_2, training_2) in zip(one, other, strict=True):
        pairs = [
            (bytes(net.snapshot()), bytes(net_2.snapshot())),
            (training.history.tobytes(), training_2.history.tobytes()),
            (of.iterations, of_2.iterations),
        ]
        pairs += zip(of.get_state(), of_2.get_state(), strict=True)
        assert all(np.array_equal(a, b) for a, b in pairs)


def assert_as_alone(engine, n, **options):
    one, other = trainings(engine, n, **options), trainings(engine, n, **options)
    alone(one)
    assert set(abreast(engine, other)) == {"epoch"}
    assert_same_bits(one, other)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("weighted", [False, True])
def test_costs(engine, loss, weighted):
    assert_as_alone(engine, engine.most_abreast, loss=loss, weighted=weighted)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_optimizers(engine, optimizer):
    assert_as_alone(engine, min(3, engine.most_abreast), optimizer=optimizer)


@given(
    st.lists(st.integers(1, 9), min_size=1, max_size=3),
    st.sampled_from(["linear", "relu", "sigmoid", "tanh", "elu"]),
    st.integers(1, 70),
    st.integers(1, 32),
    st.booleans(),
    st.integers(1, 16),
)
@settings(max_examples=30)
def test_widths_and_rows(engine, widths, hidden, rows, batch_size, penalties, n):
    assert_as_alone(
        engine,
        min(n, engine.most_abreast),
        widths=widths,
        hidden=hidden,
        rows=rows,
        batch_size=batch_size,
        penalties=penalties,
        scales=True,
        rate=0.003,
    )


def test_a_layer_wider_than_a_panel(engine):
    assert_as_alone(engine, 2, widths=(1, 40), batch_size=7)


def test_optimizers_of_several_kinds(engine):
    n = min(2, engine.most_abreast)
    one = trainings(engine, n) + trainings(engine, 1, optimizer="adam")
    other = trainings(engine, n) + trainings(engine, 1, optimizer="adam")
    one, other = one[-n:], other[-n:]
    alone(one)
    abreast(engine, other)
    assert_same_bits(one, other)


def test_rates_of_each_step(engine):
    n = min(3, engine.most_abreast)
    rates = np.linspace(0.1, 0.01, 18)
    one, other = (trainings(engine, n, rates=rates) for _ in range(2))
    for made in one:
        alone([made], epochs=3)
    assert set(abreast(engine, other)) == {"epoch"}
    assert_same_bits(one, other)
    few = trainings(engine, n, rates=rates[:4])
    together = engine.TrainingsAbreast([training for *_, training in few])
    assert set(together.run(3)) == {"running"}  # until there are more
    assert [training.step for *_, training in few] == [4] * n


def test_runs_that_pause(engine):
    n = min(3, engine.most_abreast)
    one, other = (trainings(engine, n, epochs=40) for _ in range(2))
    alone(one, 40)
    together = engine.TrainingsAbreast([training for *_, training in other])
    for until in (1, 2, 40):
        while set(together.run(until, 0.0)) == {"running"}:
            pass
    assert_same_bits(one, other)


def test_goes_on_alone(engine):
    n = min(3, engine.most_abreast)
    one, other = (trainings(engine, n) for _ in range(2))
    alone(one)
    abreast(engine, other, 1)
    alone(other)
    assert_same_bits(one, other)


def test_one_that_diverges_leaves_the_others(engine):
    if engine.most_abreast < 3:
        pytest.skip("two lanes")
    one, other = (trainings(engine, 3, hidden="linear", epochs=30) for _ in range(2))
    for made in one, other:
        made[1][2].learning_rate = 1e30
    alone(one, 30)
    before = other[1][0].get_weights()
    statuses = abreast(engine, other, 30)
    assert statuses[1] == "nonfinite"
    other[1][2].restore()
    one[1][2].restore()
    for a, b in zip(other[1][0].get_weights(), before, strict=True):
        np.testing.assert_array_equal(a, b)
    going = [other[0], other[2]]
    assert set(abreast(engine, going, 30)) == {"epoch"}
    assert_same_bits(one, other)


def test_x_that_is_not_finite(engine):
    made = trainings(engine, 2)
    x = np.ones((53, 2), np.float32)
    x[7, 1] = np.nan
    y = engine.Rows(np.zeros((53, 1), np.float32))
    bad = [
        (net, of, engine.Training(net, engine.Rows(x), y, batch_size=10, epochs=3, optimizer=of))
        for net, of, _ in made
    ]
    before = [bytes(net.snapshot()) for net, *_ in bad]
    assert set(abreast(engine, bad)) == {"bad_input"}
    for _, _, training in bad:
        training.restore()
    assert [bytes(net.snapshot()) for net, *_ in bad] == before


def test_what_is_not_alike(engine):
    first = trainings(engine, 1)[0][2]
    others = {
        "width": {"widths": (2, 5, 5)},
        "activation": {"hidden": "relu"},
        "batch": {"batch_size": 9},
        "rows": {"rows": 54},
        "weights of rows": {"weighted": True},
        "cost": {"loss": "binary_crossentropy"},
        "metrics": {"metrics": ("mean_absolute_error",)},
    }
    assert engine.are_alike([first, trainings(engine, 1, penalties=True)[0][2]])
    for options in others.values():
        other = trainings(engine, 1, **options)[0][2]
        assert not engine.are_alike([first, other]), options
        with pytest.raises(ValueError, match="trainings: 2 given; expected 1 to"):
            engine.TrainingsAbreast([first, other])
    for options in ({"widths": (20, 20)}, {"batch_size": 33}, {"metrics": ("r2_score",)}):
        assert not engine.are_alike([trainings(engine, 1, **options)[0][2]]), options


def test_same_weights_twice_are_refused(engine):
    training = trainings(engine, 1)[0][2]
    with pytest.raises(ValueError, match="two of the same weights"):
        engine.TrainingsAbreast([training, training])


def test_another_step_is_refused(engine):
    made = trainings(engine, 2)
    made[0][2].run(3, steps=2)
    with pytest.raises(ValueError, match="same step of the same epoch"):
        engine.TrainingsAbreast([training for *_, training in made]).run(3)


@pytest.mark.parametrize("change", ["feed", "divisors"])
def test_trainings_that_have_changed_are_refused(engine, change):
    made = trainings(engine, 2)
    together = engine.TrainingsAbreast([training for *_, training in made])
    together.run(1)
    before = [bytes(net.snapshot()) for net, *_ in made]
    training = made[1][2]
    if change == "feed":
        x, y = np.ones((40, 2), np.float32), np.ones((40, 1), np.float32)
        training.feed(engine.Rows(x), engine.Rows(y), None, [40])
    else:
        training.divisors = np.ones(training.steps_per_epoch)
    with pytest.raises(ValueError, match="expected 1 to .* that are alike"):
        together.run(2)
    assert [bytes(net.snapshot()) for net, *_ in made] == before
