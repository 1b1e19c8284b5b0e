"""scikit-learn's callback protocol (from 1.9): alone, in a pipeline and in a grid search."""

import numpy as np
import pytest

pytest.importorskip("sklearn.callback")

from sklearn.callback import ProgressBar, ScoringMonitor  # noqa: E402
from sklearn.datasets import load_digits  # noqa: E402
from sklearn.model_selection import GridSearchCV  # noqa: E402
from sklearn.pipeline import Pipeline  # noqa: E402
from sklearn.preprocessing import StandardScaler  # noqa: E402
from sklearn_pairs import differs  # noqa: E402

from trilobite.sklearn import MLPClassifier, MLPRegressor  # noqa: E402

X, Y = load_digits(return_X_y=True)
X, Y = X[:200] / 16, Y[:200]
BOTH = pytest.mark.parametrize("kind", [MLPClassifier, MLPRegressor])
JOBS = pytest.mark.parametrize("n_jobs", [None, 2])
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


class Recorder:
    """What a callback is told; ends a fit after `last` epochs."""

    def __init__(self, last=None):
        self.told, self.epochs, self.last = [], 0, last

    def setup(self, estimator, context):
        self.told.append("setup")

    def teardown(self, estimator, context):
        self.told.append("teardown")

    def on_fit_task_begin(self, estimator, context, *, X, y, metadata):
        self.told.append(f"{context.task_name} begins")
        self.data, self.most = (X, y, metadata), context.max_subtasks

    def on_fit_task_end(self, estimator, context, *, fitted_estimator):
        self.told.append(f"{context.task_name} ends")
        self.epochs += context.task_name == "epoch"
        self.fitted = fitted_estimator
        return self.epochs == self.last


@differs("`set_callbacks` (1.9)", "not for these classes", "called after each epoch")
@BOTH
def test_tasks(kind):
    recorder = Recorder()
    net = kind(max_iter=2, random_state=0).set_callbacks(recorder).fit(X, Y)
    epoch = ["epoch begins", "epoch ends"]
    assert recorder.told == ["setup", "fit begins", *epoch, *epoch, "fit ends", "teardown"]
    assert recorder.fitted.score(X, Y) == net.score(X, Y)
    with pytest.raises(TypeError, match="FitCallback protocol"):
        net.set_callbacks(print)


@BOTH
def test_data_as_given(kind):
    recorder = Recorder()
    w = np.full(200, 2.0)
    x, y, metadata = kind(max_iter=1).set_callbacks(recorder).fit(X, Y, w) and recorder.data
    assert x is X and y is Y and metadata == {"sample_weight": w}
    kind(max_iter=1).set_callbacks(recorder).fit(X, Y)
    assert recorder.data == (X, Y, None)


@BOTH
def test_a_callback_ends_the_training(kind):
    recorder = Recorder(last=3)
    net = kind(max_iter=50).set_callbacks(recorder).fit(X, Y)
    assert net.n_iter_ == 3 and recorder.told[-2:] == ["fit ends", "teardown"]


@BOTH
def test_early_stopping_ends_with_the_best(kind):
    recorder = Recorder()
    net = kind(max_iter=30, early_stopping=True, n_iter_no_change=1, tol=0.05, random_state=0)
    net.set_callbacks(recorder).fit(X, Y)
    assert recorder.epochs == net.n_iter_
    assert (recorder.fitted.coefs_[0] == net.coefs_[0]).all()


@BOTH
def test_partial_fit_is_one_epoch(kind):
    class Widths(Recorder):
        def on_fit_task_begin(self, estimator, context):
            self.told.append(context.max_subtasks)

    recorder = Widths()
    first = {"classes": np.unique(Y)} if kind is MLPClassifier else {}
    net = kind(max_iter=50).set_callbacks(recorder).partial_fit(X, Y, **first)
    assert recorder.told == ["setup", 1, 0, "epoch ends", "fit ends", "teardown"]
    net.set_callbacks().partial_fit(X, Y)
    assert recorder.epochs == 1


@BOTH
def test_lbfgs_is_one_task(kind):
    recorder = Recorder()
    kind(max_iter=5, solver="lbfgs").set_callbacks(recorder).fit(X, Y)
    assert recorder.told == ["setup", "fit begins", "fit ends", "teardown"] and recorder.most == 0


@BOTH
def test_a_failed_fit_is_torn_down(kind):
    recorder = Recorder()
    net = kind(solver="sgd", learning_rate_init=1e200, activation="identity")
    with pytest.raises(ValueError, match="non-finite"):
        net.set_callbacks(recorder).fit(X * 1e10, Y)
    assert recorder.told[-1] == "teardown" and "fit ends" not in recorder.told


@BOTH
@JOBS
def test_scoring_monitor_in_a_grid_search(kind, n_jobs):
    """A score of every epoch of every fit."""
    scoring = "accuracy" if kind is MLPClassifier else "r2"
    monitor = ScoringMonitor(scoring=scoring)
    net = kind(max_iter=4, random_state=0).set_callbacks(monitor)
    search = GridSearchCV(net, {"alpha": [1e-4, 1.0]}, cv=2, n_jobs=n_jobs).fit(X, Y)
    rows = monitor.get_logs().data
    epochs = [row for row in rows if row["task_name"] == "epoch"]
    assert len(epochs) == 4 * (2 * 2 + 1)
    last = [row[scoring] for row in epochs if row["task_id"] == 3]
    assert search.best_estimator_.score(X, Y) in last


@BOTH
@JOBS
@pytest.mark.parametrize("in_pipeline", [False, True])
def test_progress_bar_in_a_grid_search(kind, n_jobs, in_pipeline, capsys):
    pytest.importorskip("rich")
    net = kind(max_iter=3, random_state=0)
    name = "alpha"
    if in_pipeline:
        net, name = Pipeline([("scale", StandardScaler()), ("net", net)]), "net__alpha"
    search = GridSearchCV(net, {name: [1e-4, 1.0]}, cv=2, n_jobs=n_jobs)
    search.set_callbacks(ProgressBar(max_propagation_depth=None)).fit(X, Y)
    lines = capsys.readouterr().out.splitlines()
    of_fits = [line for line in lines if f"{kind.__name__} - fit" in line]
    assert len(of_fits) == 5, lines  # 2 x 2 and the refit
    assert all("100%" in line for line in lines if " - " in line)
