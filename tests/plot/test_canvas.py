"""Every function: on the Axes given or on a figure of its own, leaving matplotlib as it is."""

import subprocess
import sys
import warnings
from types import SimpleNamespace

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

import trilobite as keras
from trilobite import layers, plot
from trilobite.plot import canvas
from trilobite.sklearn import MLPClassifier

RNG = np.random.default_rng(0)
X = RNG.standard_normal((40, 2)).astype("float32")
Y = (X[:, 0] > X[:, 1]).astype(int)


def trained():
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [keras.Input((2,)), layers.Dense(3, "tanh"), layers.Dense(2, "softmax")]
    )
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    path = plot.Path()
    model.fit(X, Y, epochs=4, verbose=0, validation_data=(X, Y), callbacks=[path])
    return model, path


MODEL, PATH = trained()
NET = MLPClassifier((3,), batch_size=10, max_iter=3, n_iter_no_change=9, random_state=0)
NET_PATH = plot.Path()
with warnings.catch_warnings(action="ignore"):
    NET.fit(X, Y, callbacks=[NET_PATH])
RANGE = SimpleNamespace(
    rates=[0.01, 0.1, 1.0], costs=[1, 0.5, 9], suggestion=0.1, reason="why", diverged_at=1.0
)
SIZES = SimpleNamespace(
    table=[{"batch_size": n, "rows_per_second": 10 * n, "bytes": 2**20 * n} for n in (16, 32, 64)],
    suggestion=32,
)
NOISE = SimpleNamespace(
    table=[{"batch_size": n, "noise": 1 / n, "law": 1 / n} for n in (16, 32, 64)], reason="why"
)
CALLS = {  # each with what it needs
    "history": lambda **ax: plot.history(MODEL.history, **ax),
    "learning_rate_range": lambda **ax: plot.learning_rate_range(RANGE, **ax),
    "batch_size": lambda **ax: plot.batch_size(SIZES, **ax),
    "gradient_noise": lambda **ax: plot.gradient_noise(NOISE, **ax),
    "cost_line": lambda **ax: plot.cost_line(MODEL, X, Y, n=5, **ax),
    "cost_contour": lambda **ax: plot.cost_contour(MODEL, X, Y, "pca", n=5, path=PATH, **ax),
    "cost_surface": lambda **ax: plot.cost_surface(MODEL, X, Y, n=5, **ax),
    "decision_boundary": lambda **ax: plot.decision_boundary(MODEL, X, Y, n=9, **ax),
    "confusion_matrix": lambda **ax: plot.confusion_matrix(MODEL, X, Y, **ax),
    "first_layer": lambda **ax: plot.first_layer(MODEL, (1, 2), **ax),
    "network": lambda **ax: plot.network(MODEL, **ax),
    "activations": lambda **ax: plot.activations(MODEL, X, **ax),
    # of what is drawn of models, the same of an estimator
    "history of a net": lambda **ax: plot.history(NET, **ax),
    "cost_line of a net": lambda **ax: plot.cost_line(NET, X, Y, n=5, path=NET_PATH, **ax),
    "cost_contour of a net": lambda **ax: plot.cost_contour(NET, X, Y, n=5, path=NET_PATH, **ax),
    "cost_surface of a net": lambda **ax: plot.cost_surface(NET, X, Y, n=5, path=NET_PATH, **ax),
    "decision_boundary of a net": lambda **ax: plot.decision_boundary(NET, X, Y, n=9, **ax),
    "confusion_matrix of a net": lambda **ax: plot.confusion_matrix(NET, X, Y, **ax),
    "first_layer of a net": lambda **ax: plot.first_layer(NET, (1, 2), **ax),
    "network of a net": lambda **ax: plot.network(NET, **ax),
    "activations of a net": lambda **ax: plot.activations(NET, X, **ax),
}


def test_every_function_is_called_here():
    """Of those that take no result of `trilobite.tuning` with both faces."""
    names = {name for name in CALLS if " " not in name}
    assert names | {"Path"} == set(plot.__all__)
    tools = {"learning_rate_range", "batch_size", "gradient_noise"}
    assert {name.split()[0] for name in set(CALLS) - names} == names - tools


@pytest.mark.parametrize("name", CALLS)
def test_a_figure_of_its_own(name, tmp_path):
    """It is no figure of pyplot's where nobody has imported that, and it can be written."""
    before = dict(mpl.rcParams)
    ax = CALLS[name]()
    assert isinstance(ax, Axes)
    for kind in ("png", "svg"):
        ax.figure.savefig(tmp_path / f"picture.{kind}")
        assert (tmp_path / f"picture.{kind}").stat().st_size > 1000
    assert dict(mpl.rcParams) == before


@pytest.mark.parametrize("name", CALLS)
def test_on_the_axes_given(name):
    """The same artists; what stands beside stays where it was."""
    projection = "3d" if name.startswith("cost_surface") else None
    figure = Figure((9, 4))
    other = figure.add_subplot(1, 2, 2)
    place = other.get_position().bounds
    ax = figure.add_subplot(1, 2, 1, projection=projection)
    given = ax.get_position()
    assert CALLS[name](ax=ax) is ax
    assert other.get_position().bounds == place and not other.get_children()[0].get_label()
    alone = CALLS[name]()
    assert len(ax.get_children()) == len(alone.get_children())
    assert [text.get_text() for text in ax.texts] == [text.get_text() for text in alone.texts]
    for panel in set(figure.axes) - {other}:
        box = panel.get_position()
        assert box.x0 >= given.x0 - 1e-9 and box.x1 <= given.x1 + 1e-9
        assert box.y0 >= given.y0 - 1e-9 and box.y1 <= given.y1 + 1e-9


@pytest.mark.parametrize("name", CALLS)
def test_ax_refused(name):
    with pytest.raises(TypeError, match="ax: got 3 .int., expected an Axes"):
        CALLS[name](ax=3)
    wrong = Figure().add_subplot(projection=None if name.startswith("cost_surface") else "3d")
    with pytest.raises(ValueError, match="ax: got an Axes of projection"):
        CALLS[name](ax=wrong)


def test_axes_placed_by_hand_are_split():
    ax = Figure().add_axes((0.2, 0.3, 0.5, 0.6))
    (below,) = canvas.split(ax, [2, 1])
    top, bottom = ax.get_position(), below.get_position()
    assert np.allclose([top.x0, top.x1, top.y1], [0.2, 0.7, 0.9])
    assert np.isclose(bottom.y0, 0.3) and bottom.y1 < top.y0
    assert np.isclose(top.height / bottom.height, 2)


def test_colours_differ_in_print():
    """Of neighbours in the list, by luminance, as a printer without colours has it."""
    grey = [np.dot(to_rgb(colour), (0.2126, 0.7152, 0.0722)) for colour in canvas.COLOURS]
    assert min(np.abs(np.diff(grey))) > 0.05
    assert len(set(canvas.COLOURS)) == len(set(canvas.MARKERS)) == 7


def python(program, **options):
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, **options
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


PROGRAM = """
import sys
import matplotlib as mpl
from trilobite import plot
before = dict(mpl.rcParams)
backend = mpl.get_backend(auto_select=False)
figure = plot.history({{"loss": [3, 2, 1]}}, diagnosis=False).figure
figure.savefig("{}")
assert dict(mpl.rcParams) == before and mpl.get_backend(auto_select=False) == backend
print("matplotlib.pyplot" in sys.modules, backend)
"""


def test_backend_stays_and_pyplot_is_not_imported(tmp_path):
    """Even where the backend that is chosen has no display."""
    told = python(PROGRAM.format(tmp_path / "a.png"), env={"MPLBACKEND": "TkAgg"})
    assert told == "False TkAgg"


def test_with_pyplot_the_figure_is_pyplots():
    program = (
        "from matplotlib import pyplot; from trilobite import plot\n"
        "ax = plot.history({'loss': [3, 2, 1]}, diagnosis=False)\n"
        "print(pyplot.gcf() is ax.figure)"
    )
    assert python(program, env={"MPLBACKEND": "Agg"}) == "True"


def test_room_imports_no_matplotlib():
    assert python("import sys, trilobite.plot; print('matplotlib' in sys.modules)") == "False"
    assert python("import sys, trilobite; print('trilobite.plot' in sys.modules)") == "False"


def test_without_matplotlib_an_error_names_the_extra():
    program = (
        "import sys; sys.modules['matplotlib'] = None\n"
        "from trilobite import plot\n"
        "try: plot.history({'loss': [1.0]}, diagnosis=False)\n"
        "except ImportError as error: print(error)"
    )
    assert "pip install 'trilobite[plot]'" in python(program)


def pixels(ax):
    """The picture, (height, width, 3), and where in it a point of the Axes lies: row, column."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    drawn = FigureCanvasAgg(ax.figure)
    drawn.draw()
    image = np.asarray(drawn.buffer_rgba())[..., :3]

    def at(x, y):
        column, row = ax.transData.transform((x, y))
        return image.shape[0] - 1 - int(row), int(column)

    return image, at


def test_pixels_of_weights_have_their_colour():
    """In the middle of each weight of the first layer lies the colour of its value."""
    image, at = pixels(plot.first_layer(MODEL, (1, 2)))
    kernel = MODEL.get_weights()[0]
    most = np.abs(kernel).max()
    for k, unit in enumerate(kernel.T):
        for pixel, weight in enumerate(unit):
            expected = mpl.colormaps["PuOr"](0.5 + weight / most / 2)[:3]
            found = image[at(3 * (k % 2) + pixel, 2 * (k // 2))]
            assert np.allclose(found / 255, expected, atol=0.01)


def test_pixels_of_the_map_have_the_colour_of_their_cost():
    """Of a map with log levels: the band that the cost of `evaluate` lies in."""
    ax = plot.cost_contour(MODEL, X, Y, ((0, 0, 0), (0, 1, 0)), ((-2, 2), (-2, 2)), n=61)
    image, at = pixels(ax)
    shades = ax.collections[0]
    weights, copy, right = MODEL.get_weights(), keras.models.clone_model(MODEL), []
    copy.compile("sgd", "sparse_categorical_crossentropy")
    for u, v in RNG.uniform(-1.9, 1.9, (40, 2)):
        moved = [w.copy() for w in weights]
        moved[0][:, 0] = u, v
        copy.set_weights(moved)
        cost = copy.evaluate(X, Y, verbose=0)
        band = np.searchsorted(shades.levels, cost) - 1
        expected = shades.get_facecolor()[band][:3]
        right.append(np.allclose(image[at(u, v)] / 255, expected, atol=0.01))
    assert np.mean(right) > 0.75  # the others lie on a line, or on the legend


def test_pixels_of_areas_have_the_colour_of_their_class():
    ax = plot.decision_boundary(MODEL, X, n=200)
    image, at = pixels(ax)
    points = RNG.uniform(X.min(axis=0), X.max(axis=0), (100, 2)).astype("f4")
    right = []
    for point, k in zip(points, MODEL.predict(points).argmax(axis=1), strict=True):
        expected = 1 - 0.25 * (1 - np.array(to_rgb(canvas.COLOURS[k])))
        right.append(np.allclose(image[at(*point)] / 255, expected, atol=0.01))
    assert np.mean(right) > 0.9  # the others lie on a boundary
