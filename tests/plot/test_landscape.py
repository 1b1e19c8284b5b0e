"""The cost over the weights: values at known places, directions by their definition, the path."""

import numpy as np
import pytest
from matplotlib.colors import LogNorm

import trilobite as keras
from trilobite import layers, plot
from trilobite.plot import canvas, landscape
from trilobite.plot import path as ways

RNG = np.random.default_rng(1)
X = RNG.standard_normal((30, 2))
Y = X @ [1.5, -0.5] + 0.2


@pytest.fixture(autouse=True)
def float64():
    keras.config.set_floatx("float64")
    yield
    keras.config.set_floatx("float32")


def plane(w=(0.5, 1.0), **fit):
    """A linear unit: its mean squared error is a paraboloid over its two weights."""
    model = keras.Sequential([keras.Input((2,)), layers.Dense(1, use_bias=False)])
    model.compile(keras.optimizers.SGD(0.1), "mse")
    model.set_weights([np.reshape(w, (2, 1))])
    return model


def deep():
    keras.utils.set_random_seed(3)
    units = [layers.Dense(5, "tanh"), layers.BatchNormalization(), layers.Dense(1)]
    model = keras.Sequential([keras.Input((2,)), *units])
    model.compile(keras.optimizers.SGD(0.1), "mse")
    return model


def cost(w):
    return np.mean((X @ np.reshape(w, 2) - Y) ** 2)


def labelled(ax):
    return {line.get_label(): line.get_xydata() for line in ax.get_lines()}


def corners_of(ax):
    """Those of a surface's quadrangles, (n, 3)."""
    surface = ax.collections[0]
    faces = getattr(surface, "_faces", None)  # matplotlib up to 3.9 keeps them otherwise
    return surface._vec.T[:, :3] if faces is None else np.reshape(faces, (-1, 3))


def test_line_along_a_parameter_is_the_cost():
    model = plane()
    ax = plot.cost_line(model, X, Y, (0, 1, 0), span=(-2, 3), n=11)
    at = labelled(ax)["cost"]
    assert np.allclose(at[:, 0], np.linspace(-2, 3, 11))
    assert np.allclose(at[:, 1], [cost((0.5, w)) for w in at[:, 0]])
    assert np.allclose(labelled(ax)["here"], [[1.0, cost((0.5, 1.0))]])
    assert ax.get_xlabel() == "parameter 0[1, 0]" and ax.get_ylabel() == "cost"
    assert np.array_equal(model.get_weights()[0], [[0.5], [1.0]])


def test_line_along_a_given_direction():
    d = [np.array([[1.0], [-2.0]])]
    ax = plot.cost_line(plane(), X, Y, d, span=(-1, 1), n=5)
    t, costs = labelled(ax)["cost"].T
    assert np.allclose(costs, [cost((0.5 + s, 1.0 - 2 * s)) for s in t])


def test_cost_is_that_of_evaluate_with_penalties():
    model = keras.Sequential([keras.Input((2,)), layers.Dense(1, kernel_regularizer="l2")])
    model.compile("sgd", "mse")
    ax = plot.cost_line(model, X, Y, (1, 0), n=3)
    assert np.isclose(labelled(ax)["here"][0, 1], model.evaluate(X, Y, verbose=0))


def test_contour_and_surface_are_the_cost():
    model, span = plane(), ((-1, 2), (0, 3))
    directions = (0, 0, 0), (0, 1, 0)
    ax = plot.cost_contour(model, X, Y, directions, span, n=41)
    assert ax.get_xlim() == span[0] and ax.get_ylim() == span[1]
    shades = ax.collections[0]
    levels = shades.levels
    for level, found in zip(levels[1:4], ax.collections[1].get_paths()[1:4], strict=True):
        assert np.allclose([cost(w) for w in found.vertices], level, rtol=0.02)
    surface = plot.cost_surface(model, X, Y, directions, span, n=11)
    corners = corners_of(surface)
    assert len(corners) == 4 * 10 * 10
    assert np.allclose(corners[:, 2], [cost(w) for w in corners[:, :2]])
    logged = plot.cost_surface(model, X, Y, directions, span, n=11, log=True)
    assert np.allclose(corners_of(logged)[:, 2], np.log10(corners[:, 2]))


def test_levels_in_the_logarithm():
    ax = plot.cost_contour(plane(), X, Y, ((0, 0, 0), (0, 1, 0)), n=9, log=True)
    levels = ax.collections[0].levels
    assert np.allclose(np.diff(np.log(levels)), np.log(levels[1] / levels[0]))


def test_path_records_each_epoch_or_so_many_steps():
    steps, epochs, by_hand = plot.Path(every=2), plot.Path(), []
    model = plane()
    keep = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: by_hand.append(model.get_weights()[0])
    )
    first = model.get_weights()[0]
    model.fit(X, Y, batch_size=10, epochs=4, verbose=0, callbacks=[steps, epochs, keep])
    assert len(by_hand) == 12
    assert np.array_equal(np.ravel(steps.weights), np.ravel([first, *by_hand[1::2]]))
    assert np.array_equal(np.ravel(epochs.weights), np.ravel([first, *by_hand[2::3]]))


def test_path_of_epochs_leaves_the_steps_to_the_engine():
    model, path = plane(), plot.Path()
    from trilobite._model.callback_list import CallbackList

    assert not CallbackList([path], model, {}).serves("on_train_batch_end")
    assert CallbackList([plot.Path(3)], model, {}).serves("on_train_batch_end")


def test_path_lies_where_the_weights_were():
    """Two parameters: the path on the map and on the surface is the weights themselves."""
    model, path = plane((-1.0, 2.0)), plot.Path()
    model.fit(X, Y, epochs=6, verbose=0, callbacks=[path])
    w = np.array([np.ravel(each) for each in path.weights])
    parameters = (0, 0, 0), (0, 1, 0)
    ax = plot.cost_contour(model, X, Y, parameters, n=5, path=path)
    assert np.allclose(labelled(ax)["path of training"], w)
    assert np.allclose(labelled(ax)["start"], w[:1]) and np.allclose(labelled(ax)["end"], w[-1:])
    (low, high), (bottom, top) = ax.get_xlim(), ax.get_ylim()
    assert (low < w[:, 0]).all() and (w[:, 0] < high).all()
    assert (bottom < w[:, 1]).all() and (w[:, 1] < top).all()
    surface = plot.cost_surface(model, X, Y, parameters, n=5, path=path)
    x, y, z = surface.lines[0].get_data_3d()
    assert np.allclose(np.transpose([x, y]), w) and np.allclose(z, [cost(each) for each in w])
    line = plot.cost_line(model, X, Y, (0, 1, 0), n=5, path=path)
    expected = np.transpose([w[:, 1], [cost(each) for each in w]])
    assert np.allclose(labelled(line)["path of training"], expected)


def test_projection_is_the_nearest_point():
    """Least squares: what is left is at a right angle to both, which are at none to each other."""
    path, origin = RNG.standard_normal((7, 9)), RNG.standard_normal(9)
    directions = [ways.Direction(RNG.standard_normal(9), start=k) for k in (0, 5)]
    t = ways.project(path, origin, directions) - [0, 5]
    left = path - origin - t @ np.array([d.vector for d in directions])
    for d in directions:
        assert np.allclose(left @ d.vector, 0)


def test_random_directions_are_filter_normalised():
    """Li et al. (2018): each unit's part as long as its weights, nothing for biases; two differ."""
    weights = deep().get_weights()
    weights[-1] += 3
    rng = np.random.default_rng(0)
    first, second = ways.random(weights, rng), ways.random(weights, rng)
    assert not np.allclose(first, second)
    ends = np.cumsum([w.size for w in weights])[:-1]
    for part, w in zip(np.split(first, ends), weights, strict=True):
        if w.ndim == 1:
            assert not part.any()
        else:
            norms = np.linalg.norm(part.reshape(w.shape), axis=0)
            assert np.allclose(norms, np.linalg.norm(w, axis=0))


def test_seed_chooses_the_random_directions():
    model = deep()
    a, b, c = (plot.cost_line(model, X, Y, n=5, seed=seed) for seed in (0, 0, 1))
    a, b, c = (labelled(ax)["cost"] for ax in (a, b, c))
    assert np.array_equal(a, b) and not np.allclose(a[0], c[0])
    assert np.isclose(a[2, 1], c[2, 1])  # in the middle both are where the model is


def test_principal_directions_are_scikit_learns():
    from sklearn.decomposition import PCA

    path = RNG.standard_normal((12, 3)) @ RNG.standard_normal((3, 20))
    ours, theirs = ways.principal(path, True, 2), PCA(2).fit(path)
    assert len(ours) == 2 and len(ways.principal(path, True, 9)) == 3
    for k, direction in enumerate(ours):
        assert np.isclose(abs(direction.vector @ theirs.components_[k]), 1)
        share = f"{theirs.explained_variance_ratio_[k]:.0%}"
        assert share in direction.label


def test_moving_statistics_are_no_direction():
    """They are no numbers where they are negative; what they do on the way has no share."""
    model, path = deep(), plot.Path()
    model.fit(X + 5, Y, epochs=10, verbose=0, callbacks=[path])
    ax = plot.cost_contour(model, X + 5, Y, "pca", n=5, path=path)
    moved = [[*w[:4], *model.get_weights()[4:6], *w[6:]] for w in path.weights]
    expected = ways.principal(ways.points(moved, moved[0]), True, 2)
    assert ax.get_xlabel() == expected[0].label and ax.get_ylabel() == expected[1].label
    with_them = ways.principal(ways.points(path, moved[0]), True, 2)
    assert ax.get_xlabel() != with_them[0].label


def test_map_along_principal_directions():
    """In the middle of the map, at the end of the path, lies the model's own cost."""
    model, path = deep(), plot.Path()
    model.fit(X, Y, epochs=10, verbose=0, callbacks=[path])
    ax = plot.cost_contour(model, X, Y, "pca", n=5, path=path)
    assert np.allclose(labelled(ax)["end"], 0, atol=1e-12)
    assert "principal direction 1" in ax.get_xlabel() and "2" in ax.get_ylabel()
    shares = [
        int(label.split("(")[1].split("%")[0]) for label in (ax.get_xlabel(), ax.get_ylabel())
    ]
    assert 50 < sum(shares) <= 100 and shares[0] >= shares[1]


def test_a_path_shows_its_principal_directions_by_default():
    model, path = deep(), plot.Path()
    model.fit(X, Y, epochs=10, verbose=0, callbacks=[path])
    for draw in (plot.cost_contour, plot.cost_surface):
        given, default = (draw(model, X, Y, which, n=3, path=path) for which in ("pca", None))
        for axis in ("get_xlabel", "get_ylabel"):
            assert getattr(default, axis)() == getattr(given, axis)()
            assert "principal direction" in getattr(default, axis)()
    line, given = (plot.cost_line(model, X, Y, which, n=3, path=path) for which in (None, "pca"))
    (first,) = ways.principal(ways.points(path, path.weights[0]), ways.flat(trained(model)), 1)
    assert line.get_xlabel() == given.get_xlabel() == first.label
    at = labelled(line)["path of training"][:, 0]
    moves = ways.points(path, path.weights[0]) - ways.flat(model.get_weights())
    assert np.allclose(at, moves @ first.vector)
    assert "random" in plot.cost_contour(model, X, Y, n=3).get_xlabel()


def trained(model):
    return [np.full(v.shape, moved) for v, moved in model.variables_trained()]


@pytest.mark.parametrize(("points", "found"), [([1], 0), ([1, 1, 1], 0), ([1, 2], 1)])
def test_a_path_without_two_dimensions_is_drawn(points, found):
    """What it lacks of principal directions are random ones."""
    path = [[np.full((2, 1), point)] for point in points]
    ax = plot.cost_contour(plane(), X, Y, n=3, path=path)
    labels = [ax.get_xlabel(), ax.get_ylabel()]
    assert sum("principal" in label for label in labels) == found
    assert sum("random" in label for label in labels) == 2 - found


@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize(
    ("low", "high"),
    [(0.3, 0.4), (0.3001, 0.3004), (0.29, 0.41), (1e6, 1e6), (2.0, 2.0 + 1e-9), (1e-9, 1e-9),
     (0.5, 3.0), (1e-6, 1e3), (1e-30, 1e30), (0.001, 0.0999), (999.0, 1001.0)],
)  # fmt: skip
def test_colour_bar_never_repeats_a_number(low, high, log):
    from matplotlib.figure import Figure

    ax = Figure((6, 4)).add_subplot()
    costs = np.ma.array(np.geomspace(low, high, 16).reshape(4, 4))
    levels = landscape._levels(costs, log)
    norm = LogNorm(levels[0], levels[-1]) if log else None
    canvas.colour_bar(ax, ax.contourf(costs, levels, norm=norm), levels, log, "cost")
    bar = ax.figure.axes[-1]
    ax.figure.canvas.draw()
    bottom, top = bar.get_ylim()
    told = {
        text.get_position()[1]: text.get_text()
        for text in bar.get_yticklabels()
        if bottom <= text.get_position()[1] <= top
    }
    assert len(told) >= 2 and all(told.values())
    assert len(set(told.values())) == len(told)


def test_costs_that_are_not_finite_are_left_out():
    for dtype in ("float64", "float32"):
        keras.config.set_floatx(dtype)
        ax = plot.cost_line(plane(), X, Y, (0, 0, 0), span=(0, 1e300), n=3)
        assert labelled(ax)["cost"].shape == (1, 2)


def test_nothing_of_the_model_changes():
    model, path = deep(), plot.Path()
    model.fit(X, Y, epochs=3, verbose=0, callbacks=[path])
    before, state = model.get_weights(), model.optimizer.get_state()
    plot.cost_contour(model, X, Y, n=3, path=path)
    assert all(map(np.array_equal, model.get_weights(), before))
    assert str(model.optimizer.get_state()) == str(state)


@pytest.mark.parametrize(
    ("options", "kind", "message"),
    [
        ({"direction": (1, 0)}, ValueError, "direction: got .1, 0., expected one of 1 arrays"),
        ({"direction": (0, 2, 0)}, ValueError, "index .2, 0. in an array of shape .2, 1."),
        ({"direction": "down"}, TypeError, "direction: got 'down'"),
        ({"direction": [np.ones(2)]}, ValueError, "direction, array 0: got shape .2,."),
        ({"direction": [np.zeros((2, 1))]}, ValueError, "not all zero"),
        ({"span": (1, 1)}, ValueError, "span: got .1, 1., expected .low, high. with low < high"),
        ({"span": 3}, TypeError, "span: got 3"),
        ({"n": 1}, ValueError, "n: got 1, expected an integer >= 2"),
        ({"path": 3}, TypeError, "path: got 3"),
        ({"path": [[np.ones(2)]]}, ValueError, "path, array 0: got shape"),
        ({"seed": -1}, ValueError, "seed: got -1"),
    ],
)
def test_line_refused(options, kind, message):
    with pytest.raises(kind, match=message):
        plot.cost_line(plane(), X, Y, **options)


@pytest.mark.parametrize(
    ("options", "kind", "message"),
    [
        (
            {"directions": "pca"},
            ValueError,
            "path: got 0 points in 0 dimensions, expected a path in 2",
        ),
        ({"directions": ((0, 0, 0),) * 2}, ValueError, "directions: got two that are one"),
        ({"directions": 3}, TypeError, "directions: got 3, expected 'pca' or two"),
        ({"span": (0, 1)}, TypeError, "span: got 0, expected .low, high."),
        (
            {"directions": "pca", "path": [[np.ones((2, 1))]] * 4},
            ValueError,
            "4 points in 0 dimensions",
        ),
    ],
)
def test_map_refused(options, kind, message):
    with pytest.raises(kind, match=message):
        plot.cost_contour(plane(), X, Y, **options)


def test_models_refused():
    with pytest.raises(TypeError, match="model: got 3 .int., expected a Model"):
        plot.cost_line(3, X, Y)
    with pytest.raises(ValueError, match="expected one that is built"):
        plot.cost_line(keras.Sequential([layers.Dense(1)]), X, Y)
    with pytest.raises(ValueError, match="expected one that is built and compiled"):
        plot.cost_line(keras.Sequential([keras.Input((2,)), layers.Dense(1)]), X, Y)


def test_a_random_direction_from_weights_whose_squares_float32_has_not():
    direction = ways.random([np.full((3, 2), 1e30, "f4")], np.random.default_rng(0))
    assert np.linalg.norm(direction) == pytest.approx(np.sqrt(6) * 1e30, rel=1e-6)
