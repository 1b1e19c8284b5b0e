"""The curves of a training: what the lines hold, which epoch is marked, what is refused."""

import warnings

import numpy as np
import pytest
from matplotlib.figure import Figure

import trilobite as keras
from trilobite import callbacks, layers, plot, tuning
from trilobite.optimizers import SGD, schedules

X = np.random.default_rng(0).standard_normal((50, 3))
Y = X.sum(axis=1)


def fitted(optimizer="sgd", epochs=5, metrics=("mae",), callbacks=(), **options):
    model = keras.Sequential([keras.Input((3,)), layers.Dense(4, "tanh"), layers.Dense(1)])
    model.compile(optimizer, "mse", metrics=list(metrics))
    return model.fit(X, Y, epochs=epochs, verbose=0, callbacks=list(callbacks), **options)


def lines(ax):
    return {line.get_label(): line.get_xydata() for line in ax.get_lines()}


def test_lines_hold_the_history():
    history = fitted(validation_split=0.2)
    ax = history.plot()
    panels = ax.figure.axes
    assert panels[0] is ax and len(panels) == 3
    for panel, name in zip(panels[:2], ["loss", "mae"], strict=True):
        for label, column in (("training", name), ("validation", f"val_{name}")):
            x, y = lines(panel)[label].T
            assert list(x) == [1, 2, 3, 4, 5] and list(y) == history.history[column]
    assert [panel.get_ylabel() for panel in panels] == ["cost", "mae", "learning\nrate"]
    assert panels[-1].get_xlabel() == "epoch" and not ax.get_xlabel()
    rates = lines(panels[2])["learning rate"]
    assert np.allclose(rates[:, 1], 0.01)


def test_training_and_validation_differ_beyond_colour():
    ax = fitted(validation_split=0.2).plot()
    a, b = ax.get_lines()[:2]
    for of in ("get_color", "get_linestyle", "get_marker"):
        assert getattr(a, of)() != getattr(b, of)()


@pytest.mark.parametrize(
    ("columns", "best"),
    [
        ({"loss": [3, 1, 2, 5]}, 2),
        ({"loss": [3, 2, 1, 0], "val_loss": [4, 3, 3.5, 5]}, 2),
        ({"loss": [3, 2, 1], "val_loss": [np.nan, 5, np.nan]}, 2),
        ({"loss": [np.nan, np.inf]}, None),
    ],
)
def test_best_epoch_is_marked_in_all_panels(columns, best):
    columns = columns | {"mae": columns["loss"]}
    ax = plot.history(columns, diagnosis=False)
    for panel in ax.figure.axes:
        marked = [data[0, 0] for label, data in lines(panel).items() if len({*data[:, 0]}) == 1]
        marked = [x for line in panel.get_lines() if line.get_linestyle() == ":"
                  for x in line.get_xdata()]  # fmt: skip
        assert marked == ([best, best] if best else [])
    legend = [text.get_text() for text in ax.get_legend().get_texts()]
    if best:
        of = columns.get("val_loss", columns["loss"])[best - 1]
        assert f"best epoch: {best} ({of:.4g})" in legend


def test_divergence_is_marked():
    ax = plot.history({"loss": [2, 3, np.inf, np.nan]}, diagnosis=False)
    marked = lines(ax)
    assert set(marked["no finite cost: epoch 3"][:, 0]) == {3}
    assert set(marked["best epoch: 1 (2)"][:, 0]) == {1}


def test_numbers_of_epochs_go_on():
    history = fitted(epochs=7, initial_epoch=4, metrics=())
    ax = history.plot()
    assert list(lines(ax)["training"][:, 0]) == [5, 6, 7]


def test_learning_rates_of_the_history():
    reduce = callbacks.LearningRateScheduler(lambda epoch: 0.1 / (epoch + 1))
    ax = fitted(callbacks=[reduce], metrics=()).plot()
    rates = lines(ax.figure.axes[-1])["learning rate"][:, 1]
    assert np.allclose(rates, 0.1 / np.arange(1, 6))


def test_learning_rates_of_a_schedule():
    """Those of the last step of each epoch; also of a fit that goes on."""
    decay = schedules.ExponentialDecay(0.1, 10, 0.5)
    model = keras.Sequential([keras.Input((3,)), layers.Dense(1)])
    model.compile(SGD(decay), "mse")
    for begun in (0, 6):  # 25 rows a step: 2 steps an epoch
        history = model.fit(X, Y, batch_size=25, epochs=3, verbose=0)
        rates = lines(history.plot().figure.axes[-1])["learning rate"][:, 1]
        steps = begun + np.array([1, 3, 5])
        assert np.allclose(rates, 0.1 * 0.5 ** (steps / 10))


def test_a_learning_rate_that_is_not_known_is_not_drawn():
    assert len(plot.history({"loss": [2, 1]}, diagnosis=False).figure.axes) == 1


def test_metrics_chosen():
    history = fitted(metrics=["mae", "mape"])
    names = [panel.get_ylabel() for panel in history.plot(metrics=["mape"]).figure.axes]
    assert names == ["cost", "mape", "learning\nrate"]
    assert len(history.plot(metrics=[]).figure.axes) == 2


def test_validation_now_and_then():
    """Lines go on across the epochs without validation."""
    history = fitted(epochs=6, validation_split=0.2, validation_freq=2)
    x, y = lines(history.plot())["validation"].T
    assert list(x) == [2, 4, 6] and np.isfinite(y).all()


def test_title_is_the_diagnosis():
    with pytest.warns(RuntimeWarning):
        diverged = fitted(SGD(1e30), epochs=9, initial_epoch=4)
    for history in (fitted(), fitted(SGD(5.0), validation_split=0.2), diverged):
        title = " ".join(history.plot().get_title().split())
        assert title == str(tuning.diagnose(history)) and len(title) > 10
        assert history.plot(diagnosis=False).get_title() == ""
    assert "epoch 5" in title
    assert plot.history(fitted().history).get_title().startswith("improving")


def test_title_of_an_estimators_curve():
    from trilobite.sklearn import MLPRegressor

    net = fit(MLPRegressor(max_iter=9), X, Y)
    title = " ".join(plot.history(net).get_title().split())
    assert title == str(tuning.diagnose({"loss": net.loss_curve_}))


def fit(estimator, *data, **options):
    with warnings.catch_warnings(action="ignore"):  # it has not converged
        return estimator.fit(*data, **options)


def test_estimators():
    from sklearn.neural_network import MLPClassifier as Theirs

    from trilobite.sklearn import MLPClassifier

    data = X, np.where(Y > 0, "a", "b")
    options = dict(max_iter=8, n_iter_no_change=8, early_stopping=True, random_state=0, tol=0.0)
    for kind in (MLPClassifier, Theirs):
        net = fit(kind(**options), *data)
        ax = plot.history(net, diagnosis=False)
        assert list(lines(ax)["training"][:, 1]) == net.loss_curve_
        scores = ax.figure.axes[1]
        assert scores.get_ylabel() == "accuracy"
        assert list(lines(scores)["validation"][:, 1]) == net.validation_scores_
        best = 1 + int(np.argmax(net.validation_scores_))
        texts = [text.get_text() for text in ax.get_legend().get_texts()]
        assert any(text.startswith(f"best epoch: {best} ") for text in texts)
        assert np.allclose(lines(ax.figure.axes[2])["learning rate"][:, 1], 0.001)


def test_estimator_with_validation_data():
    from trilobite.sklearn import MLPRegressor

    net = fit(MLPRegressor(max_iter=5), X, Y, validation_data=(X, Y))
    ax = plot.history(net, diagnosis=False)
    assert list(lines(ax)["validation"][:, 1]) == net.validation_loss_curve_


def test_panels_share_the_place_given():
    figure = Figure()
    ax = figure.add_subplot(2, 2, 1)
    place = ax.get_position()
    history = fitted(validation_split=0.2)
    assert history.plot(ax=ax) is ax
    boxes = [panel.get_position() for panel in figure.axes]
    assert np.isclose(boxes[0].y1, place.y1) and np.isclose(boxes[-1].y0, place.y0)
    assert all(a.y0 > b.y1 for a, b in zip(boxes, boxes[1:], strict=False))


@pytest.mark.parametrize(
    ("given", "kind", "message"),
    [
        ([1, 2], TypeError, "history: got .* expected what fit returned"),
        ({}, ValueError, "history: got columns"),
        ({"loss": []}, ValueError, "expected a loss of some epochs"),
        ({"loss": [1, 2], "mae": [1]}, ValueError, "shape .1,., expected .2,."),
        ({"loss": ["a"]}, TypeError, "history.'loss'.: got dtype"),
    ],
)
def test_refused(given, kind, message):
    with pytest.raises(kind, match=message):
        plot.history(given, diagnosis=False)


def test_unknown_metric_refused():
    with pytest.raises(ValueError, match="metrics: got 'auc', expected some of .'mae'."):
        fitted().plot(metrics=["auc"])
    with pytest.raises(TypeError, match="metrics: got 'mae', expected a list of names"):
        fitted().plot(metrics="mae")
