"""Decision boundary and confusion matrix beside what the classifier itself says."""

import matplotlib as mpl
import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import confusion_matrix

import trilobite as keras
from trilobite import layers, plot
from trilobite.plot.canvas import COLOURS
from trilobite.sklearn import MLPClassifier

X, Y = keras.datasets.toy.blobs(90, 3, 0.5)


def dense(n_out, activation=None, loss="mse", w=None):
    model = keras.Sequential([keras.Input((2,)), layers.Dense(n_out, activation)])
    model.compile("sgd", loss)
    if w is not None:
        model.set_weights([np.reshape(w, (2, n_out)), np.zeros(n_out)])
    return model


def area_at(ax, points):
    """The colours of the areas under the points."""
    shades = ax.collections[0]
    found = []
    for point in points:
        inside = [
            k for k, path in enumerate(shades.get_paths())
            if len(path.vertices) and path.contains_point(point)
        ]  # fmt: skip
        found.append([tuple(shades.get_facecolor()[k][:3]) for k in inside])
    return found


def test_areas_are_the_predictions():
    net = RandomForestClassifier(5, random_state=0).fit(X, np.array(list("abc"))[Y])
    ax = plot.decision_boundary(net, X, np.array(list("abc"))[Y], n=400)
    points = np.random.default_rng(0).uniform(X.min(axis=0), X.max(axis=0), (200, 2))
    names = net.predict(points.astype("f4"))
    found = area_at(ax, points)
    right = [
        [mpl.colors.to_rgb(COLOURS["abc".index(name)])] == seen
        for name, seen in zip(names, found, strict=True)
    ]
    assert np.mean(right) > 0.95  # but for points within a grid's width of a boundary


def test_points_and_mistakes():
    model = dense(3, "softmax", "sparse_categorical_crossentropy", np.ones((2, 3)))
    model.set_weights([np.array([[1, -0.5, -0.5], [0, 0.9, -0.9]]), np.zeros(3)])
    ax = plot.decision_boundary(model, X, Y)
    drawn = {each.get_label(): each.get_offsets() for each in ax.collections}
    for k in range(3):
        assert np.allclose(drawn[f"class {k}"], X[Y == k])
    wrong = model.predict(X).argmax(axis=1) != Y
    assert 0 < wrong.sum() < 30
    assert np.allclose(drawn["wrong"], X[wrong])
    assert ax.get_title() == f"{wrong.sum()} of 90 rows wrong"
    one_hot = plot.decision_boundary(model, X, keras.utils.to_categorical(Y))
    assert one_hot.get_title() == ax.get_title()


@pytest.mark.parametrize(
    ("activation", "loss", "targets", "boundary"),
    [
        ("linear", "mse", (0, 1), 0.5),
        ("sigmoid", "binary_crossentropy", (0, 1), 0.0),  # where x[0] is 0, sigmoid is 0.5
        ("linear", keras.losses.BinaryCrossentropy(from_logits=True), (0, 1), 0.0),
        ("tanh", "hinge", (-1, 1), 0.0),
    ],
)
def test_boundary_of_one_output(activation, loss, targets, boundary):
    """The output is that of x[0] alone: the boundary is an upright line."""
    model = dense(1, activation, loss, [[1.0], [0.0]])
    y = np.where(X[:, 0] > boundary, targets[1], targets[0])
    ax = plot.decision_boundary(model, X, y, n=101)
    assert ax.get_title() == "0 of 90 rows wrong"
    lines = np.concatenate([path.vertices for path in ax.collections[1].get_paths()])
    width = np.diff(ax.get_xlim())[0] / 100
    assert np.allclose(lines[:, 0], boundary, atol=width)
    assert {each.get_label() for each in ax.collections} >= {f"class {t}" for t in targets}


def test_names_of_a_data_frames_columns():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(X, columns=["width", "height"])
    net = RandomForestClassifier(3, random_state=0).fit(frame, Y)
    ax = plot.decision_boundary(net, frame, pandas.Series(Y))
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("width", "height")


def numbers(ax, n):
    found = np.zeros((n, n), int)
    for text in ax.texts:
        j, i = text.get_position()
        found[i, j] = int(text.get_text())
    return found


def test_confusion_is_scikit_learns():
    names = np.array(["x", "y", "z"])[Y]
    net = MLPClassifier((4,), max_iter=20, random_state=0, learning_rate_init=0.02)
    with pytest.warns(UserWarning):
        net.fit(X, names)
    ax = plot.confusion_matrix(net, X, names)
    expected = confusion_matrix(names, net.predict(X))
    assert np.array_equal(numbers(ax, 3), expected)
    shares = expected / expected.sum(axis=1, keepdims=True)
    assert np.allclose(ax.images[0].get_array(), shares)
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["x", "y", "z"]
    right = np.trace(expected)
    assert ax.get_title() == f"{right} of 90 rows right ({right / 90:.1%})"


def test_worst_mistakes_of_images():
    (x, y), _ = keras.datasets.digits.load_data()
    x, y = x[:200], y[:200]
    keras.utils.set_random_seed(0)
    units = [layers.Rescaling(1 / 16), layers.Flatten(), layers.Dense(10, "softmax")]
    model = keras.Sequential([keras.Input((8, 8)), *units])
    model.compile(keras.optimizers.SGD(0.1), "sparse_categorical_crossentropy")
    model.fit(x, y, epochs=3, verbose=0)
    p = model.predict(x)
    seen, at = p.argmax(axis=1), np.arange(200)
    order = np.argsort(-(p[at, seen] - p[at, y]), kind="stable")
    order = [row for row in order if seen[row] != y[row]]
    assert len(order) > 4
    ax = plot.confusion_matrix(model, x, y, worst=4)
    side = ax.figure.axes[1]
    insets = side.child_axes
    assert len(insets) == 4 and len(ax.figure.axes) == 2
    for row, inset in zip(order, insets, strict=False):
        assert np.array_equal(inset.images[0].get_array(), x[row])
        assert inset.get_title() == f"row {row}: {y[row]} taken for {seen[row]}"


def test_worst_mistakes_told_and_none():
    model = dense(3, "softmax", "sparse_categorical_crossentropy", np.ones((2, 3)))
    ax = plot.confusion_matrix(model, X, Y, worst=2)
    told = [text.get_text() for text in ax.figure.axes[1].texts]
    first, second = np.flatnonzero(Y != 0)[:2]
    assert told == [f"row {row}: {Y[row]} taken for 0" for row in (first, second)]
    assert len(plot.confusion_matrix(model, X, Y, worst=0).figure.axes) == 1


@pytest.mark.parametrize(
    ("x", "y", "kind", "message"),
    [
        (np.ones((4, 3)), None, ValueError, "x: got shape .4, 3., expected .n, 2."),
        (X, Y[:5], ValueError, "y: got shape .5,., expected .90,."),
        (X, Y + 7, ValueError, "y: got class 7, expected some of .0, 1, 2."),
        ([[1, "a"]], None, TypeError, "x: got dtype"),
    ],
)
def test_refused(x, y, kind, message):
    model = dense(3, "softmax", "sparse_categorical_crossentropy")
    with pytest.raises(kind, match=message):
        plot.decision_boundary(model, x, y)


def test_models_refused():
    with pytest.raises(TypeError, match="model: got 3 .int., expected a Model or a fitted class"):
        plot.confusion_matrix(3, X, Y)
    with pytest.raises(TypeError, match="expected a Model or a fitted classifier"):
        plot.confusion_matrix(MLPClassifier(), X, Y)
