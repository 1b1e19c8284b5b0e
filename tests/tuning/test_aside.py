"""What is tried on copies, or drawn, leaves no trace in seeds and names: threads apart."""

import threading

import numpy as np
import pytest

import trilobite as keras
from trilobite import layers, plot, tuning
from trilobite._declare.aside import set_aside
from trilobite._declare.seeds import draw_seed
from trilobite.sklearn import MLPRegressor


def in_a_thread(work):
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


def test_other_threads_set_and_draw_seeds_meanwhile():
    keras.utils.set_random_seed(7)
    seeds = [draw_seed() for _ in range(3)]
    keras.utils.set_random_seed(1)
    drawn = []

    def work():
        keras.utils.set_random_seed(7)
        drawn.append(draw_seed())

    with set_aside():
        draw_seed()
        in_a_thread(work)
        draw_seed()
        in_a_thread(lambda: drawn.append(draw_seed()))
    assert [*drawn, draw_seed()] == seeds


def test_what_it_draws_are_the_seeds_to_come():
    """So that a copy is what the model will be; also within another such context."""
    keras.utils.set_random_seed(3)
    with set_aside():
        first = draw_seed()
        with set_aside():
            second = draw_seed()
        assert second == draw_seed()
    assert [draw_seed(), draw_seed()] == [first, second]


def test_names_go_on_as_if_there_had_been_none():
    keras.utils.clear_session()
    with set_aside():
        assert [layers.Dense(1).name for _ in range(2)] == ["dense", "dense_1"]
        in_a_thread(lambda: layers.Dense(1))
    assert layers.Dense(1).name == "dense_1"
    rng = np.random.default_rng(0)
    model = keras.Sequential([layers.Dense(1)])
    tuning.fit_automatically(model, rng.normal(9, 1, (60, 2)), rng.normal(size=60), epochs=1)
    assert model.layers[0].name == "normalization"


@pytest.mark.filterwarnings("ignore:Stochastic Optimizer")
def test_a_plot_changes_no_model_made_after_it():
    pytest.importorskip("matplotlib").use("agg")
    x = np.random.default_rng(0).normal(size=(40, 3))
    estimator = MLPRegressor(hidden_layer_sizes=(4,), max_iter=2).fit(x, x[:, 0])
    made = []
    for draw in (lambda: None, lambda: plot.network(estimator)):
        keras.utils.clear_session()
        keras.utils.set_random_seed(0)
        draw()
        model = keras.Sequential([keras.Input((2,)), layers.Dense(3)])
        made.append((model.name, model.get_weights()[0].tolist()))
    assert made[0] == made[1]
